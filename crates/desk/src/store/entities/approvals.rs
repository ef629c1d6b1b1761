//! What staff ask a customer to confirm. Of a row nothing changes but what became of it.

use domain::{ApprovalAnswer, ApprovalId, PinId, SessionId, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approvals")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ApprovalId,
    pub ticket_id: TicketId,
    pub text: String,
    /// May be empty.
    pub amount: String,
    /// As JSON: a list of [`domain::ApprovalFile`].
    pub files: String,
    /// Over all of that, in 64 hexadecimal digits.
    pub sha256: String,
    #[sea_orm(unique)]
    pub pin_id: PinId,
    /// None for the command line.
    pub asked_by: Option<UserId>,
    pub asked_at: Timestamp,
    /// What the customer answered; none when they did not, also where staff took it back.
    pub answer: Option<ApprovalAnswer>,
    /// When it was answered or taken back.
    pub decided_at: Option<Timestamp>,
    /// In which session it was answered.
    pub sid: Option<SessionId>,
    /// Why it was declined.
    pub why: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
