//! Whether the ledger is what was written, as the doctor looks at it.

use futures::StreamExt as _;

use crate::{
    OpenError,
    store::{
        addresses::network_of,
        db::snapshot::Snapshot,
        ledger::{Broken, Check},
    },
};

/// The first thing that is wrong with the chain, if anything is.
pub(crate) async fn check(snapshot: &Snapshot) -> Result<Option<Broken>, OpenError> {
    let shapes = snapshot.tables().await?;
    let shape = |name: &str| shapes.iter().find(|shape| shape.table.name == name);
    let (Some(entries), Some(heads)) = (shape("ledger"), shape("ledger_head")) else { return Ok(None) };
    let head = {
        let mut rows = std::pin::pin!(snapshot.rows(heads).await?);
        rows.next().await.transpose()?
    };
    let mut check = match Check::new(&entries.table, head.as_deref().map(|row| (&heads.table, row))) {
        Ok(check) => check,
        Err(broken) => return Ok(Some(broken)),
    };
    let mut rows = std::pin::pin!(snapshot.rows(entries).await?);
    while let Some(row) = rows.next().await.transpose()? {
        if let Err(broken) = check.entry(&row, network_of) {
            return Ok(Some(broken));
        }
    }
    Ok(check.end().err())
}
