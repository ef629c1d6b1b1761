//! Sessions.

use domain::{CanSet, EndReason, LoginKind, PinId, Purpose, SessionId, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// For paging; tokens carry the `sid`.
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub sid: SessionId,
    pub user_id: UserId,
    pub kind: LoginKind,
    /// The address that it was opened from.
    pub client: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// The `jti` of the refresh token that counts.
    pub refresh_jti: String,
    /// The one before it.
    pub previous_jti: Option<String>,
    pub rotated_at: Option<Timestamp>,
    /// When the refresh token that counts, or what came with it, was first used.
    pub refresh_used_at: Option<Timestamp>,
    /// Which log-in opened it.
    pub login_key: Option<String>,
    /// The PIN that opened it.
    pub pin_id: Option<PinId>,
    /// The ticket that it is for; none for all of its owner's.
    pub ticket_id: Option<TicketId>,
    /// None is everything.
    pub can: Option<CanSet>,
    /// When it ends, if sooner than others.
    pub until: Option<Timestamp>,
    pub label: Option<String>,
    /// None is a log-in.
    pub purpose: Option<Purpose>,
    /// The customer's session that let them in, without which there is nothing.
    pub parent_sid: Option<SessionId>,
    /// Why it ended; none for who logged out or was logged out.
    pub end_reason: Option<EndReason>,
    /// When a browser was told whose access it has; none for programs, and for staff.
    pub welcomed_at: Option<Timestamp>,
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "user_id", to = "id")]
    pub owner: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
