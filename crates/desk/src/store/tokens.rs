//! JWTs (RFC 7519), HS256. The algorithm and the type are pinned when one is read.

use domain::{Error, Result, SessionId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::store::{fault::internal, keys::Keys};

/// The tokens of a session. `Debug` hides them.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// Seconds the access token lives.
    pub access_ttl: i64,
    /// Seconds the refresh token lives from now.
    pub refresh_ttl: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenType {
    Access,
    Refresh,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) token_type: TokenType,
    pub(crate) user_id: UserId,
    pub(crate) jti: String,
    pub(crate) sid: SessionId,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
}

impl Keys {
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        encode(&Header::new(Algorithm::HS256), claims, &self.jwt_encoding)
            .map_err(|_| internal("a token could not be signed"))
    }

    /// The claims of a token of this type that is signed by us and not over at `now`.
    pub(crate) fn read(&self, token: &str, token_type: TokenType, now: Timestamp) -> Result<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        // By the desk's clock, below.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims =
            decode::<Claims>(token, &self.jwt_decoding, &validation).map_err(|_| Error::Unauthenticated)?.claims;
        if claims.token_type == token_type && now.as_seconds() < claims.exp {
            Ok(claims)
        } else {
            Err(Error::Unauthenticated)
        }
    }
}
