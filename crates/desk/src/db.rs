//! Connections.
use crate::{DeskConfig, OpenError};
pub(crate) struct Db {}
impl Db {
    pub(crate) async fn open(config: &DeskConfig) -> Result<Self, OpenError> { todo!() }
    pub(crate) async fn ping(&self) -> domain::Result<()> { todo!() }
}
