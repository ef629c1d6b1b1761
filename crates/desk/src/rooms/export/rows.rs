//! What there is of a customer beside their tickets, without anything secret: no hash of a PIN, nothing of a token, and no address of
//! others, whether of staff or of whom they let in.

use std::collections::BTreeMap;

use domain::{
    CallerOutcome, EndReason, LoginKind, PinId, Purpose, RecoveryCheck, RecoveryId, Result, SessionId, TicketId,
    Timestamp, UserId,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Serialize;

use crate::store::{
    entities::{
        Attachments, CallerChecks, Drafts, Messages, Recoveries, Sessions, Tickets, attachments, caller_checks, drafts,
        messages, recoveries, sessions, tickets,
    },
    fault::OrRefuse as _,
};

/// A session, as long as the desk knows of it.
#[derive(Debug, Clone, Serialize, DerivePartialModel)]
#[sea_orm(entity = "Sessions")]
pub struct PersonSession {
    /// As the ledger names it.
    pub sid: SessionId,
    /// How it carries its tokens.
    pub kind: LoginKind,
    /// Where it was opened from; empty for one of somebody whom they let in.
    pub client: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why, if it is known.
    pub end_reason: Option<EndReason>,
    /// By which PIN.
    pub pin_id: Option<PinId>,
    /// The ticket that it is for; none for all.
    pub ticket_id: Option<TicketId>,
    /// What it is called.
    pub label: Option<String>,
    /// What for, if not to log in.
    pub purpose: Option<Purpose>,
    #[serde(skip)]
    parent_sid: Option<SessionId>,
}

/// A request for a lost access that staff took for theirs.
#[derive(Debug, Clone, Serialize, DerivePartialModel)]
#[sea_orm(entity = "Recoveries")]
pub struct PersonRecovery {
    /// Its number.
    pub id: RecoveryId,
    /// Who they said they are.
    pub name: String,
    /// How to call them back.
    pub callback: String,
    /// When.
    pub at: Timestamp,
    /// How staff made sure of it.
    pub checked: Option<RecoveryCheck>,
    /// The same in their words.
    pub how: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// The PIN that was issued.
    pub pin_id: Option<PinId>,
    /// Why none was.
    pub dismissed: Option<String>,
}

/// A call with them, or how staff knew that it was they who called.
#[derive(Debug, Clone, Serialize, DerivePartialModel)]
#[sea_orm(entity = "CallerChecks")]
pub struct PersonCall {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: CallerOutcome,
    /// How else staff knew them.
    pub how: Option<String>,
}

/// What they typed and did not send.
#[derive(Debug, Clone, Serialize)]
pub struct PersonDraftKept {
    /// In which form: `ticket`, `reply-7`.
    pub place: String,
    /// By the names of its fields.
    pub fields: BTreeMap<String, String>,
    /// When.
    pub saved_at: Timestamp,
}

pub(super) async fn sessions_of(db: &impl ConnectionTrait, id: UserId) -> Result<Vec<PersonSession>> {
    let theirs = Sessions::find().filter(sessions::COLUMN.user_id.eq(id)).order_by_asc(sessions::COLUMN.id);
    let mut theirs: Vec<PersonSession> = theirs.into_partial_model().all(db).await.or_refuse()?;
    theirs.iter_mut().filter(|session| session.parent_sid.is_some()).for_each(|session| session.client.clear());
    Ok(theirs)
}

pub(super) async fn recoveries_of(db: &impl ConnectionTrait, id: UserId) -> Result<Vec<PersonRecovery>> {
    let theirs = Recoveries::find().filter(recoveries::COLUMN.customer_id.eq(id)).order_by_asc(recoveries::COLUMN.id);
    theirs.into_partial_model().all(db).await.or_refuse()
}

pub(super) async fn calls_of(db: &impl ConnectionTrait, id: UserId) -> Result<Vec<PersonCall>> {
    let theirs =
        CallerChecks::find().filter(caller_checks::COLUMN.customer_id.eq(id)).order_by_asc(caller_checks::COLUMN.id);
    theirs.into_partial_model().all(db).await.or_refuse()
}

pub(super) async fn drafts_of(db: &impl ConnectionTrait, id: UserId) -> Result<Vec<PersonDraftKept>> {
    let theirs = Drafts::find().filter(drafts::COLUMN.user_id.eq(id)).order_by_asc(drafts::COLUMN.place);
    let theirs = theirs.all(db).await.or_refuse()?;
    let kept = |row: drafts::Model| PersonDraftKept {
        place: row.place.to_string(),
        fields: serde_json::from_str(&row.fields).unwrap_or_default(),
        saved_at: row.saved_at,
    };
    Ok(theirs.into_iter().map(kept).collect())
}

/// Their tickets with their titles, oldest first.
pub(super) async fn tickets_of(db: &impl ConnectionTrait, id: UserId) -> Result<Vec<(TicketId, String)>> {
    let theirs = Tickets::find().select_only().columns([tickets::Column::Id, tickets::Column::Title]);
    let theirs = theirs.filter(tickets::COLUMN.requester_id.eq(id)).order_by_asc(tickets::COLUMN.id);
    theirs.into_tuple().all(db).await.or_refuse()
}

/// How many files of theirs they may see, and how many they may not.
pub(super) async fn files_of(db: &impl ConnectionTrait, id: UserId) -> Result<(u64, u64)> {
    let counted: Vec<(bool, i64)> = Attachments::find()
        .inner_join(Tickets)
        .select_only()
        .column(attachments::Column::IsInternal)
        .column_as(attachments::COLUMN.id.count(), "files")
        .filter(tickets::COLUMN.requester_id.eq(id))
        .group_by(attachments::COLUMN.is_internal)
        .into_tuple()
        .all(db)
        .await
        .or_refuse()?;
    let of = |which| counted.iter().find(|(is, _)| *is == which).map_or(0, |(_, count)| count.unsigned_abs());
    Ok((of(false), of(true)))
}

/// How many internal notes are on their tickets.
pub(super) async fn notes_of(db: &impl ConnectionTrait, id: UserId) -> Result<u64> {
    let notes: Option<i64> = Messages::find()
        .inner_join(Tickets)
        .select_only()
        .column_as(messages::COLUMN.id.count(), "notes")
        .filter(tickets::COLUMN.requester_id.eq(id))
        .filter(messages::COLUMN.kind.eq(domain::MessageKind::Note))
        .into_tuple()
        .one(db)
        .await
        .or_refuse()?;
    Ok(notes.unwrap_or_default().unsigned_abs())
}
