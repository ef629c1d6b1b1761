//! Passkeys of staff: the public halves of their keys.

use domain::{PasskeyId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PasskeyId,
    pub user_id: UserId,
    pub name: String,
    /// What the authenticator calls it, in base64url.
    #[sea_orm(unique)]
    pub credential_id: String,
    /// The public key and what goes with it, as webauthn-rs writes it.
    pub credential: String,
    /// How much it signed when it was last used; 0 for one that does not count.
    pub counter: i64,
    pub made_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
