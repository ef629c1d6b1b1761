//! What is in a database that was just brought to this version.

use domain::Result;

use crate::{
    rooms::search,
    store::{db::Tx, names},
    trail::events,
};

/// Makes of it what this version keeps beside it.
pub(crate) async fn bring_up(tx: &Tx) -> Result<()> {
    search::index::index_existing(tx).await?;
    names::key_existing(tx).await?;
    events::convert_newest(tx).await
}
