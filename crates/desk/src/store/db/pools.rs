//! What the connections are doing, for who watches the desk.

use std::{sync::Arc, time::Instant};

use sea_orm::DatabaseConnection;

use super::Db;
use crate::store::tally::Tally;

/// The connections of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// `read` and `write` on SQLite, `all` on PostgreSQL.
    pub pool: &'static str,
    /// Those that are open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
}

impl Db {
    /// What happened since the process started.
    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Counts a transaction that is begun, and how long that takes.
    pub(super) async fn timed<T>(&self, begin: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let begun = begin.await;
        self.tally.began(start.elapsed());
        begun
    }

    /// Its connections, for each pool.
    pub(crate) fn connections(&self) -> Vec<Connections> {
        let of = |pool, open: u32, idle: usize| Connections { pool, open, idle: u32::try_from(idle).unwrap_or(open) };
        if let Some(pool) = self.postgres() {
            return vec![of("all", pool.size(), pool.num_idle())];
        }
        let of_sqlite = |(name, connection): (_, &DatabaseConnection)| {
            let pool = connection.get_sqlite_connection_pool();
            of(name, pool.size(), pool.num_idle())
        };
        [("read", &self.read), ("write", &self.write)].map(of_sqlite).to_vec()
    }
}
