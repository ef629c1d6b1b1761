//! The API token of a request.

use domain::{Result, Role, Timestamp, TokenId, UserId};
use sea_orm::FromQueryResult;

use crate::store::{db::Hot, hot::hot_row};

hot_row! {
    /// A token with its owner, as they are now, as far as a request needs it.
    #[derive(FromQueryResult)]
    pub(crate) struct Token {
        pub(crate) id: TokenId,
        pub(crate) user_id: UserId,
        pub(crate) is_read_only: bool,
        pub(crate) expires_at: Timestamp,
        pub(crate) last_used_at: Option<Timestamp>,
        pub(crate) revoked_at: Option<Timestamp>,
        pub(crate) username: String,
        pub(crate) name: String,
        pub(crate) role: Role,
        pub(crate) is_active: bool,
    }
}

/// Selects [`Token`]s. Raw, as that of a session is: a program's every request asks for it.
const TOKEN: &str = "SELECT t.id, t.user_id, t.is_read_only, t.expires_at, t.last_used_at, t.revoked_at,
        u.username, u.name, u.role, u.is_active
    FROM api_tokens t JOIN users u ON u.id = t.user_id";

impl Token {
    /// By the keyed hash of the token.
    pub(crate) async fn find(db: &impl Hot, hash: &str) -> Result<Option<Self>> {
        db.hot_one(&format!("{TOKEN} WHERE t.hash = $1"), [hash.into()]).await
    }

    /// By its id.
    pub(crate) async fn with_id(db: &impl Hot, id: TokenId) -> Result<Option<Self>> {
        db.hot_one(&format!("{TOKEN} WHERE t.id = $1"), [id.into()]).await
    }
}
