//! The session of a request.

use domain::{CanSet, LoginKind, Purpose, Result, Role, SessionId, TicketId, Timestamp, UserId};
use sea_orm::DerivePartialModel;

use crate::store::{
    db::Hot,
    entities::{Sessions, users},
    hot::hot_row,
    parents::{has_password, parent_expires_at, ticket_closed_at},
};

hot_row! {
    /// A session with its owner, as far as a request needs it. The query builder selects it too, from both tables.
    #[derive(DerivePartialModel)]
    #[sea_orm(entity = "Sessions")]
    pub(crate) struct Session {
        pub(crate) sid: SessionId,
        pub(crate) user_id: UserId,
        pub(crate) kind: LoginKind,
        pub(crate) refresh_jti: String,
        pub(crate) previous_jti: Option<String>,
        pub(crate) rotated_at: Option<Timestamp>,
        pub(crate) refresh_used_at: Option<Timestamp>,
        pub(crate) created_at: Timestamp,
        pub(crate) last_seen_at: Timestamp,
        pub(crate) expires_at: Timestamp,
        pub(crate) ended_at: Option<Timestamp>,
        pub(crate) ticket_id: Option<TicketId>,
        pub(crate) can: Option<CanSet>,
        pub(crate) until: Option<Timestamp>,
        pub(crate) label: Option<String>,
        pub(crate) purpose: Option<Purpose>,
        pub(crate) parent_sid: Option<SessionId>,
        pub(crate) welcomed_at: Option<Timestamp>,
        /// Until when the session goes on that it hangs on; none when that is over, or it hangs on none.
        #[sea_orm(from_expr = "parent_expires_at()")]
        pub(crate) parent_expires_at: Option<Timestamp>,
        /// Since when the ticket is closed that it is for.
        #[sea_orm(from_expr = "ticket_closed_at()")]
        pub(crate) ticket_closed_at: Option<Timestamp>,
        #[sea_orm(from_expr = "users::Column::Username")]
        pub(crate) username: String,
        #[sea_orm(from_expr = "users::Column::Name")]
        pub(crate) name: String,
        #[sea_orm(from_expr = "users::Column::Role")]
        pub(crate) role: Role,
        #[sea_orm(from_expr = "users::Column::IsActive")]
        pub(crate) is_active: bool,
        #[sea_orm(from_expr = "users::Column::IsUnnamed")]
        pub(crate) is_unnamed: bool,
        #[sea_orm(from_expr = "users::Column::FactorSince")]
        pub(crate) factor_since: Option<Timestamp>,
        /// 1 or 0.
        #[sea_orm(from_expr = "has_password()")]
        pub(crate) has_password: i64,
    }
}

/// A [`Session`] by its `sid`. Raw, because every request asks for it before anything else: its text is there already, where
/// the query builder would put the same one together each time.
pub(crate) const SESSION: &str = "SELECT s.sid, s.user_id, s.kind, s.refresh_jti, s.previous_jti, s.rotated_at,
        s.refresh_used_at, s.created_at, s.last_seen_at, s.expires_at, s.ended_at,
        s.ticket_id, s.can, s.until, s.label, s.purpose, s.parent_sid, s.welcomed_at,
        (SELECT p.expires_at FROM sessions p WHERE p.sid = s.parent_sid AND p.ended_at IS NULL) AS parent_expires_at,
        (SELECT t.closed_at FROM tickets t WHERE t.id = s.ticket_id) AS ticket_closed_at,
        u.username, u.name, u.role, u.is_active, u.is_unnamed, u.factor_since,
        CASE WHEN u.password_hash IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS has_password
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.sid = $1";

impl Session {
    /// Asks [`SESSION`], on the pool or in a transaction.
    pub(crate) async fn find(db: &impl Hot, sid: &SessionId) -> Result<Option<Self>> {
        db.hot_one(SESSION, [sid.clone().into()]).await
    }
}
