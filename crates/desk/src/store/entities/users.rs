//! People: customers, agents and admins.

use domain::{Role, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UserId,
    pub username: String,
    /// The username as it is compared ([`crate::store::names::username_key`]).
    #[sea_orm(unique)]
    pub username_key: String,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Staff only.
    pub password_hash: Option<String>,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    /// What a search looks in ([`crate::store::names::name_key`]); none until the next start makes it.
    pub name_key: Option<String>,
    /// Whether single keys do something. Staff only.
    pub has_shortcuts: bool,
    /// Whether they may let others in. Customers only.
    pub may_delegate: bool,
    /// Since when a password alone does not let them in. Staff only.
    pub factor_since: Option<Timestamp>,
    /// Whether two of staff are needed to let them in again who lost their access. Customers only.
    pub is_sensitive: bool,
    /// Whether nobody knows who they are: the name is an alias, and no address of theirs is kept. Customers only.
    pub is_unnamed: bool,
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::sessions::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
