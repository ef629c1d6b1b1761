//! Bytes.
use crate::{DeskConfig, OpenError};
pub(crate) struct Storage {}
impl Storage { pub(crate) fn open(config: &DeskConfig) -> Result<Self, OpenError> { todo!() } }
