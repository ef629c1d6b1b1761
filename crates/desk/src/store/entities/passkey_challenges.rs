//! What passkeys are asked to sign, until they did.

use domain::{Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_challenges")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Keyed hash of the log-in or the session that it is for, and of the purpose.
    #[sea_orm(unique)]
    pub bound_to: String,
    pub user_id: UserId,
    /// What a passkey that is being added will be called.
    pub name: Option<String>,
    /// What the browser is asked, as JSON (WebAuthn, 5.1.8 and 5.1.9).
    pub options: String,
    /// What its answer is held against, as webauthn-rs writes it.
    pub state: String,
    pub made_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
