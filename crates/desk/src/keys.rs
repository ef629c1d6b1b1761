//! The secret and what is derived from it.
use crate::{DeskConfig, OpenError};
pub(crate) struct Keys {}
impl Keys { pub(crate) fn load(config: &DeskConfig) -> Result<Self, OpenError> { todo!() } }
