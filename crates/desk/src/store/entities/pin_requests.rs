//! PINs that one of staff asked for, for a customer for whom two are needed.

use domain::{CanSet, PinId, PinRequestId, Purpose, Stay, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pin_requests")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PinRequestId,
    /// The customer.
    pub user_id: UserId,
    /// Seconds that it can be redeemed.
    pub life: i64,
    /// The ticket that it is for; none for all of theirs.
    pub ticket_id: Option<TicketId>,
    /// None is everything.
    pub can: Option<CanSet>,
    pub stays: Option<Stay>,
    pub label: Option<String>,
    /// None is a log-in.
    pub purpose: Option<Purpose>,
    pub asked_by: UserId,
    pub asked_at: Timestamp,
    /// The second one of staff.
    pub confirmed_by: Option<UserId>,
    pub confirmed_at: Option<Timestamp>,
    /// When it was issued, withdrawn or asked for anew.
    pub done_at: Option<Timestamp>,
    /// The PIN that was issued.
    pub pin_id: Option<PinId>,
}

impl ActiveModelBehavior for ActiveModel {}
