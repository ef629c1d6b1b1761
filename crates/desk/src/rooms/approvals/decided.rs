//! What became of something that was asked: noted once.

use domain::{Actor, ApprovalAnswer, Error, Result, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};

use crate::store::{
    db::Tx,
    entities::{Approvals as Table, approvals},
    fault::OrRefuse as _,
};

/// Notes what was answered.
pub(super) async fn answered(
    tx: &Tx,
    actor: &Actor,
    row: &approvals::Model,
    answer: ApprovalAnswer,
    why: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let decided = approvals::ActiveModel {
        answer: Set(Some(answer)),
        decided_at: Set(Some(at)),
        sid: Set(actor.session.clone()),
        why: Set(why.filter(|why| !why.is_empty()).map(ToOwned::to_owned)),
        ..Default::default()
    };
    decide(tx, row, decided).await
}

/// Notes what became of it, once.
pub(super) async fn decide(tx: &Tx, row: &approvals::Model, decided: approvals::ActiveModel) -> Result<()> {
    let undecided =
        Condition::all().add(approvals::COLUMN.answer.is_null()).add(approvals::COLUMN.decided_at.is_null());
    let decide = Table::update_many().set(decided).filter(approvals::COLUMN.id.eq(row.id)).filter(undecided);
    if decide.exec(tx).await.or_refuse()?.rows_affected == 0 {
        return Err(Error::conflict("This was answered or taken back already."));
    }
    Ok(())
}
