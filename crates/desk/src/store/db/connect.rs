//! How connections are made, tested and given back.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::{
    ConnectOptions, DbErr, RuntimeErr,
    sqlx::{
        self, Connection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

/// A connection that does not answer within this time is not used again.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// A connection that nobody used for so long may have been forgotten by a firewall.
const TESTED_AFTER: Duration = Duration::from_secs(30);

/// When a connection to the server was found lost: those that were idle then are tested before they are used, so that
/// one loss does not cost a request for each of them.
#[derive(Default)]
pub(crate) struct Lost(Mutex<Option<Instant>>);

impl Lost {
    pub(crate) fn note(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// Whether something was lost while a connection was idle for so long.
    fn is_within(&self, idle_for: Duration) -> bool {
        self.0.lock().is_some_and(|at| at.elapsed() <= idle_for)
    }
}

pub(crate) fn postgres(url: &str, connections: u32, lost: &Arc<Lost>) -> ConnectOptions {
    let lost = Arc::clone(lost);
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_postgres_pool_opts(move |pool| {
            let lost = Arc::clone(&lost);
            pool.before_acquire(move |connection, about| {
                let must_answer = about.idle_for >= TESTED_AFTER || lost.is_within(about.idle_for);
                Box::pin(async move { if must_answer { answers(connection).await.map(|()| true) } else { Ok(true) } })
            })
            .after_release(|connection, _| Box::pin(may_be_used_again(connection)))
        });
    options
}

/// `file` is a path of our own, which goes in as it is; in an address `?` and `%` would mean something else. Unless each commit
/// `syncs` by itself, [`super::durable`] does.
pub(crate) fn sqlite(
    url: &str,
    file: Option<PathBuf>,
    connections: u32,
    patience: Duration,
    syncs: bool,
) -> ConnectOptions {
    let mut options = ConnectOptions::new(if file.is_some() { "sqlite://pindesk.db" } else { url });
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(move |pool| {
            pool.after_release(move |connection, _| {
                // Somebody waits for the writer mostly. One that the driver knows in no transaction has nothing to roll back.
                let is_free = connections == 1 && !connection.is_in_transaction();
                Box::pin(async move { if is_free { Ok(true) } else { may_be_used_again(connection).await } })
            })
        })
        .map_sqlx_sqlite_opts(move |options| {
            let options = match &file {
                Some(file) => options.filename(file),
                None => options,
            };
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(if syncs { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
                // Pages that every ticket touches go from the log into the file once in some hundred tickets, not in twenty.
                .pragma("wal_autocheckpoint", "4000")
                .foreign_keys(true)
                .busy_timeout(patience)
                .statement_cache_capacity(256)
        });
    options
}

/// The file that [`sqlite`] connects to.
pub(crate) fn sqlite_file(url: &str, file: Option<PathBuf>) -> Result<PathBuf, DbErr> {
    match file {
        Some(file) => Ok(file),
        None => {
            let options: SqliteConnectOptions =
                url.parse().map_err(|cause: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(cause))))?;
            Ok(options.get_filename().to_owned())
        }
    }
}

async fn answers<C: Connection>(connection: &mut C) -> Result<(), sqlx::Error> {
    match tokio::time::timeout(ANSWER_TIME, connection.ping()).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

/// Whether a connection that comes back to its pool sits in no transaction; one that may is closed. After a full disk SQLite
/// rolls back by itself, the driver's `ROLLBACK` is refused and it goes on counting a transaction: every later one would
/// be a savepoint in it, answered as committed and kept by nobody. The ping waits for the rollback that dropping a
/// transaction only begins.
async fn may_be_used_again<C: Connection>(connection: &mut C) -> Result<bool, sqlx::Error> {
    answers(connection).await.map(|()| !connection.is_in_transaction())
}

/// A database's address for people: without the password, which may stand before the `@` or among the parameters. Also of what
/// is no right address, because that is said of it in a message.
pub fn without_password(url: &str) -> String {
    let hidden = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=…"),
        _ => parameter.to_owned(),
    };
    let url = match url.split_once('?') {
        Some((place, parameters)) => {
            let parameters: Vec<_> = parameters.split('&').map(hidden).collect();
            format!("{place}?{}", parameters.join("&"))
        }
        None => url.to_owned(),
    };
    let shown = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, place) = rest.rsplit_once('@')?;
        let (user, _) = user.split_once(':')?;
        Some(format!("{scheme}://{user}:…@{place}"))
    };
    shown().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://desk:geheim@db.example.org/desk", "postgres://desk:…@db.example.org/desk"),
            ("postgres://desk:ge:he@im@db.example.org/desk", "postgres://desk:…@db.example.org/desk"),
            ("postgres://desk:ge/he?im@db/desk", "postgres://desk:…@db/desk"),
            ("postgres://desk@db:5432/desk", "postgres://desk@db:5432/desk"),
            ("postgres://db:5432/desk?user=desk&password=ge@heim", "postgres://db:5432/desk?user=desk&password=…"),
            ("postgres:///desk?Password=geheim&host=/run", "postgres:///desk?Password=…&host=/run"),
            ("postgres://a:geheim@db/desk?sslmode=require", "postgres://a:…@db/desk?sslmode=require"),
            ("sqlite://data/pindesk.db?mode=rwc", "sqlite://data/pindesk.db?mode=rwc"),
            ("sqlite:pindesk.db", "sqlite:pindesk.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
