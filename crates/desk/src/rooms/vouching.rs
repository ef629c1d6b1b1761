//! An agent writes how they know a customer who can make no code, by itself or with the PIN that they issue: both meet here.

use domain::{Actor, CallerOutcome, Error, HOW_MAX_CHARS, LedgerData, Result, Role, UserId, check_line};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::{
    rooms::{Inner, known::is_whole, sessions::under_way},
    store::{
        db::Tx,
        entities::{CallerChecks as Checks, Sessions, Users, caller_checks as checks, sessions, users},
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

/// Notes how an agent knows a customer, in a transaction; whoever commits it logs it.
pub(crate) async fn vouch_in(desk: &Inner, tx: &Tx, actor: &Actor, customer: UserId, how: &str) -> Result<()> {
    actor.require_staff()?;
    let agent = actor.id.ok_or_else(|| Error::forbidden("Nobody calls the command line."))?;
    let how = check_line(how, HOW_MAX_CHARS).map_err(|sentence| Error::field("how", sentence))?;
    require_customer(tx, customer).await?;
    if has_whole_session(desk, tx, customer).await? {
        return Err(Error::conflict(
            "This customer is logged in and can make a caller code. Ask for it, and type it under “Who is calling?”.",
        ));
    }
    let check = checks::ActiveModel {
        agent_id: Set(agent),
        at: Set(desk.now()),
        outcome: Set(CallerOutcome::Vouched),
        customer_id: Set(Some(customer)),
        how: Set(Some(how.clone())),
        ..Default::default()
    };
    Checks::insert(check).exec_without_returning(tx).await.or_refuse()?;
    NewEntry::of_customer(LedgerData::CallerVouched { how }, customer, None).note(tx, actor, desk.now());
    Ok(())
}

pub(crate) fn log_vouched(actor: &Actor, customer: UserId) {
    tracing::info!(
        target: crate::rooms::SECURITY,
        event = "caller_vouched",
        user = actor.id.map(|id| id.0),
        customer = customer.0,
        "a customer without a session is known otherwise"
    );
}

/// Whether a customer has a session by which they can make a code that counts.
pub(crate) async fn has_whole_session(desk: &Inner, db: &impl ConnectionTrait, customer: UserId) -> Result<bool> {
    let theirs = Sessions::find()
        .inner_join(Users)
        .filter(sessions::COLUMN.user_id.eq(customer))
        .filter(is_whole())
        .filter(under_way(desk, desk.now()));
    let one: Option<i64> = theirs.select_only().column(sessions::Column::Id).into_tuple().one(db).await.or_refuse()?;
    Ok(one.is_some())
}

/// An active customer.
pub(crate) async fn require_customer(tx: &Tx, id: UserId) -> Result<()> {
    let theirs = Users::find_by_id(id).filter(users::COLUMN.role.eq(Role::Customer));
    let active = theirs.filter(users::COLUMN.is_active.eq(true)).one(tx).await.or_refuse()?;
    active.map(|_| ()).ok_or(Error::NotFound)
}
