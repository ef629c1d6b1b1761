//! PINs that wait, sealed, for the one page that shows them.

use domain::{PinId, SessionId, Timestamp};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shown_once")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub pin_id: PinId,
    /// The session that may see it.
    pub sid: SessionId,
    /// Encrypted under the server's secret.
    pub sealed: String,
    pub until: Timestamp,
    /// The form that issued it.
    pub form: Option<String>,
    #[sea_orm(belongs_to, from = "pin_id", to = "id")]
    pub pin: BelongsTo<super::pins::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
