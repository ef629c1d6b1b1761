//! Support PINs: what the desk knows of them; the PIN itself is nowhere.

use domain::{CanSet, PinId, Purpose, SessionId, Stay, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pins")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PinId,
    pub user_id: UserId,
    /// Keyed hash of the PIN.
    #[sea_orm(unique)]
    pub hash: String,
    /// None for the command line.
    pub issued_by: Option<UserId>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Symbols in it; none for one from when all had eight.
    pub symbols: Option<i64>,
    /// The ticket that it is for; none for all of its owner's.
    pub ticket_id: Option<TicketId>,
    /// None is everything.
    pub can: Option<CanSet>,
    pub stays: Option<Stay>,
    pub label: Option<String>,
    /// None is a log-in.
    pub purpose: Option<Purpose>,
    /// The customer's session that let them in, without which there is nothing.
    pub parent_sid: Option<SessionId>,
    /// Whether it was issued alone; none when nobody knows.
    pub is_alone: Option<bool>,
    /// The PIN for which it was revoked.
    pub replaced_by: Option<PinId>,
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "user_id", to = "id")]
    pub owner: BelongsTo<super::users::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Issuer", from = "issued_by", to = "id")]
    pub issuer: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
