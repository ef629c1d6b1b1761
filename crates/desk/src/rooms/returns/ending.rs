//! How return codes end. Whoever ends somebody's access ends theirs.

use domain::{LedgerData, PinId, Result, Timestamp, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::{
    store::{
        db::Tx,
        entities::{ReturnCodes as Table, return_codes},
        fault::OrRefuse as _,
    },
    trail::{events::By, ledger::NewEntry},
};

/// Ends a person's code, if they have one, in a transaction.
pub(crate) async fn end(tx: &Tx, user: UserId, by: By, at: Timestamp) -> Result<bool> {
    let ended = Table::delete_many().filter(return_codes::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    let is_ended = ended.rows_affected > 0;
    if is_ended {
        NewEntry::of_customer(LedgerData::ReturnCodeEnded, user, None).note(tx, by, at);
    }
    Ok(is_ended)
}

/// Ends the code that came of a PIN, if there is one, in a transaction.
pub(crate) async fn end_of(tx: &Tx, pin: PinId, by: By, at: Timestamp) -> Result<bool> {
    let its = Table::find().filter(return_codes::COLUMN.pin_id.eq(pin)).one(tx).await.or_refuse()?;
    match its {
        Some(its) => end(tx, its.user_id, by, at).await,
        None => Ok(false),
    }
}
