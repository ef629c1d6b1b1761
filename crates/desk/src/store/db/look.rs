//! A look at whether the database answers and can be written to.

use std::time::Duration;

use domain::{Error, Result};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait as _, QueryTrait as _};

use super::Db;
use crate::store::{
    entities::{Pulse, pulse},
    fault::{OrRefuse as _, Trouble},
};

/// It may take so long.
const LOOK_TIME: Duration = Duration::from_secs(3);

impl Db {
    /// Whether the database answers and takes what is written.
    pub(crate) async fn look(&self) -> Result<()> {
        let look = async {
            // Read by itself: where one may only read, what is the matter with writing is known from here on.
            self.query_one_raw(self.statement("SELECT 1", [])).await.or_refuse()?;
            let at = crate::Clock::System.now();
            let beat = pulse::ActiveModel { at: Set(at), ..Default::default() };
            self.write(&Pulse::update_many().set(beat).into_query()).await.map(|_| ())
        };
        match tokio::time::timeout(LOOK_TIME, look).await {
            Ok(answer) => answer,
            Err(_) => {
                self.health.database.fails(if self.is_sqlite() { Trouble::Busy } else { Trouble::Unreachable });
                Err(Error::Unavailable)
            }
        }
    }
}
