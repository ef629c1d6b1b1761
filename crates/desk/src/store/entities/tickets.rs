//! Tickets.

use domain::{CategoryId, Priority, Status, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tickets")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TicketId,
    pub requester_id: UserId,
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    pub priority: Priority,
    pub category_id: CategoryId,
    pub status: Status,
    /// The first thing that staff did with it.
    pub worked_on_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub assignee_id: Option<UserId>,
    /// Since when it is closed.
    pub closed_at: Option<Timestamp>,
    #[sea_orm(belongs_to, relation_enum = "Requester", from = "requester_id", to = "id")]
    pub requester: BelongsTo<super::users::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Assignee", from = "assignee_id", to = "id")]
    pub assignee: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, from = "category_id", to = "id")]
    pub category: BelongsTo<super::categories::Entity>,
    #[sea_orm(has_many)]
    pub attachments: HasMany<super::attachments::Entity>,
    #[sea_orm(has_many)]
    pub messages: HasMany<super::messages::Entity>,
    #[sea_orm(has_many)]
    pub unread: HasMany<super::unread::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
