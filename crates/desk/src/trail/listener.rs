//! Between processes: `NOTIFY` and `LISTEN` of PostgreSQL. On SQLite there is one process, and nothing to do.

use std::{sync::Arc, time::Duration};

use sea_orm::sqlx::{
    self, PgPool,
    postgres::{PgListener, PgNotification},
};
use tokio::task::JoinHandle;

use crate::{
    OpenError,
    store::{
        db::Db,
        raw::backup as raw,
        signal::{CHANNEL, Signal},
    },
    trail::hub::Hub,
};

const RETRY: Duration = Duration::from_secs(1);

/// The task that listens; it ends when this is dropped.
pub(crate) struct Listener(JoinHandle<()>);

impl Listener {
    /// Listens from now on. The first connection is waited for, so that nothing is missed after this. Nothing on
    /// SQLite, where there is one process.
    pub(crate) async fn start(db: &Db, hub: &Arc<Hub>) -> Result<Option<Self>, OpenError> {
        let Some(pool) = db.postgres() else { return Ok(None) };
        let listener = connect(&pool).await;
        let listener = listener.map_err(|cause| OpenError(format!("cannot LISTEN on the database: {cause}")))?;
        Ok(Some(Self(tokio::spawn(listen(pool, listener, Arc::clone(hub))))))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn connect(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    if !note_use(&mut listener).await? {
        let why = "a backup is being restored into the database; wait until that is done, and start again";
        return Err(sqlx::Error::Configuration(why.into()));
    }
    Ok(listener)
}

/// Holds, as long as the connection, what tells a restore that the desk is open. Whether nobody restores.
async fn note_use(listener: &mut PgListener) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(raw::IN_USE).bind(raw::IN_USE_LOCK).fetch_one(listener).await
}

async fn listen(pool: PgPool, mut listener: PgListener, hub: Arc<Hub>) {
    loop {
        match listener.try_recv().await {
            Ok(Some(notification)) => take(&hub, &notification),
            // The connection was lost and is there again; what was sent between is not.
            Ok(None) => {
                let noted = note_use(&mut listener).await;
                tracing::debug!(?noted, "listening again");
                hub.catch_up();
            }
            Err(sqlx::Error::PoolClosed) => return,
            Err(cause) => {
                tracing::warn!(%cause, "listening for what other processes do was broken off");
                listener = loop {
                    tokio::time::sleep(RETRY).await;
                    match connect(&pool).await {
                        Ok(listener) => break listener,
                        Err(sqlx::Error::PoolClosed) => return,
                        Err(cause) => tracing::debug!(%cause, "not listening yet"),
                    }
                };
                hub.catch_up();
            }
        }
    }
}

fn take(hub: &Hub, notification: &PgNotification) {
    match serde_json::from_str::<Vec<Signal>>(notification.payload()) {
        Ok(signals) => signals.into_iter().for_each(|signal| hub.take(signal)),
        // From another version of the program: the database tells the rest.
        Err(_) => hub.catch_up(),
    }
}
