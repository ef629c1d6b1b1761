//! People who lost their access and ask for it.

use domain::{PinId, RecoveryCheck, RecoveryId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recoveries")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RecoveryId,
    /// Who they say they are.
    pub name: String,
    /// How to call them back.
    pub callback: String,
    pub at: Timestamp,
    /// Where it came from, for a day.
    pub client: Option<String>,
    pub network: Option<String>,
    /// Whom staff took them for.
    pub customer_id: Option<UserId>,
    /// How they made sure of it, and in their words.
    pub checked: Option<RecoveryCheck>,
    pub how: Option<String>,
    /// Whether the customer's sessions end.
    pub ends_sessions: Option<bool>,
    pub prepared_by: Option<UserId>,
    pub prepared_at: Option<Timestamp>,
    /// The second one of staff, where two are needed.
    pub confirmed_by: Option<UserId>,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    /// The PIN that was issued.
    pub pin_id: Option<PinId>,
    /// Why none was.
    pub dismissed: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
