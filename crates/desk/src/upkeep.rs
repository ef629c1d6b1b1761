//! Upkeep.
pub(crate) async fn run(desk: &crate::Inner) -> domain::Result<()> { todo!() }
