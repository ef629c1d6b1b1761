//! What the desk knows of PINs, and which of them can be redeemed.

use std::collections::BTreeSet;

use domain::{
    CanSet, Error, FamilyEnded, PinId, PinRecord, PinState, Purpose, Result, Stay, TicketId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    RelationTrait as _, Select,
    sea_query::{IntoCondition, JoinType},
};

use crate::{
    rooms::sessions::ending,
    store::{
        db::Tx,
        entities::{Pins as Table, Users, pins, sessions},
        fault::OrRefuse as _,
        names::staff_name_of,
        parents::parent_goes_on,
        scopes::Kept,
    },
    trail::ledger::{self, Cause},
};

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
pub(super) struct Owner {
    pub(super) username: String,
    pub(super) name: String,
}

/// What the desk knows of a PIN, with its owner, and with its issuer's name for staff.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
pub(super) struct PinRow {
    pub(super) id: PinId,
    user_id: UserId,
    issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) redeemed_at: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
    replaced_by: Option<PinId>,
    ticket_id: Option<TicketId>,
    can: Option<CanSet>,
    stays: Option<Stay>,
    label: Option<String>,
    purpose: Option<Purpose>,
    #[sea_orm(nested)]
    pub(super) owner: Owner,
    #[sea_orm(from_expr = "staff_name_of(ISSUER)")]
    issued_by: Option<String>,
}

/// What [`records`] call the people who issued PINs.
const ISSUER: &str = "issuer";

/// Selects [`PinRow`]s.
pub(super) fn records() -> Select<Table> {
    Table::find().join(JoinType::InnerJoin, pins::Relation::Owner.def()).join_as(
        JoinType::LeftJoin,
        pins::Relation::Issuer.def(),
        ISSUER,
    )
}

impl PinRow {
    pub(super) fn into_record(self, at: Timestamp) -> PinRecord {
        let state = match (self.redeemed_at, self.revoked_at) {
            (Some(_), _) => PinState::Redeemed,
            (None, Some(_)) => PinState::Revoked,
            _ if self.expires_at <= at => PinState::Expired,
            _ => PinState::Issued,
        };
        let Self { ticket_id, can, label, purpose, .. } = self;
        PinRecord {
            id: self.id,
            user_id: self.user_id,
            username: self.owner.username,
            name: self.owner.name,
            issued_by: self.issued_by,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            redeemed_at: self.redeemed_at,
            revoked_at: self.revoked_at,
            replaced_by: self.replaced_by,
            state,
            is_in_use: false,
            scope: Kept { ticket_id, can, label, purpose }.into_pin_scope(self.stays),
        }
    }
}

/// Neither redeemed nor revoked.
pub(super) fn unused() -> Condition {
    Condition::all().add(pins::COLUMN.redeemed_at.is_null()).add(pins::COLUMN.revoked_at.is_null())
}

/// Only PINs that can be redeemed, if their owner is active.
pub(crate) fn can_be_redeemed(at: Timestamp) -> Condition {
    unused().add(pins::COLUMN.expires_at.gt(at)).add(parent_goes_on((Table, pins::Column::ParentSid), at))
}

/// Revokes those that can be redeemed of some PINs, in a transaction; how many it were.
pub(super) async fn revoke(
    tx: &Tx,
    which: impl IntoCondition,
    cause: &Cause,
    by: Option<PinId>,
    at: Timestamp,
) -> Result<u64> {
    Ok(revoke_each(tx, which, cause, by, at).await?.len() as u64)
}

/// As [`revoke`]; which it were.
async fn revoke_each(
    tx: &Tx,
    which: impl IntoCondition,
    cause: &Cause,
    by: Option<PinId>,
    at: Timestamp,
) -> Result<Vec<pins::Model>> {
    let revoked = pins::ActiveModel { revoked_at: Set(Some(at)), replaced_by: Set(by), ..Default::default() };
    let revoke = Table::update_many().set(revoked).filter(which.into_condition()).filter(can_be_redeemed(at));
    let revoked = revoke.exec_with_returning(tx).await.or_refuse()?;
    ledger::revoked(tx, &revoked, cause, at);
    Ok(revoked)
}

/// Revokes a PIN if it could still be redeemed, in a transaction; the PIN.
pub(crate) async fn revoke_one(tx: &Tx, id: PinId, cause: &Cause, at: Timestamp) -> Result<pins::Model> {
    revoke(tx, pins::COLUMN.id.eq(id), cause, None, at).await?;
    Table::find_by_id(id).one(tx).await.or_refuse()?.ok_or(Error::NotFound)
}

/// Ends a PIN's whole family, in a transaction: it can be redeemed no more, the sessions that it opened are over, and so is
/// what hangs on these. How many ended.
pub(crate) async fn end_family(tx: &Tx, pin: &pins::Model, cause: &Cause, at: Timestamp) -> Result<FamilyEnded> {
    let revoked = revoke(tx, pins::COLUMN.id.eq(pin.id), cause, None, at).await?;
    let mut ended = ending::end_each(tx, pin.user_id, sessions::COLUMN.pin_id.eq(pin.id), cause, at).await?;
    ended.pins += revoked;
    Ok(ended)
}

/// Revokes the PINs for some tickets that could still be redeemed, in a transaction; whose they were, each once.
pub(crate) async fn revoke_of_tickets(
    tx: &Tx,
    tickets: impl IntoIterator<Item = TicketId>,
    cause: &Cause,
    at: Timestamp,
) -> Result<BTreeSet<UserId>> {
    let tickets = tx.rows_of(tickets.into_iter().map(|ticket| ticket.0));
    let revoked = revoke_each(tx, pins::COLUMN.ticket_id.in_subquery(tickets), cause, None, at).await?;
    Ok(revoked.into_iter().map(|pin| pin.user_id).collect())
}

/// Revokes a person's PINs that could still be redeemed, in a transaction.
pub(crate) async fn revoke_all(tx: &Tx, user: UserId, cause: &Cause, at: Timestamp) -> Result<()> {
    revoke(tx, pins::COLUMN.user_id.eq(user), cause, None, at).await.map(|_| ())
}
