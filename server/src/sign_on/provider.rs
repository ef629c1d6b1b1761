//! The provider that staff log in with (OpenID Connect Core 1.0, the code flow with PKCE).

mod client;
mod fault;
mod token;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use desk::SignedOn;
use domain::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

pub(crate) use self::fault::Fault;
use self::{
    client::Client,
    token::{Expected, claims, find, identity, key_of},
};
use crate::config::{PublicUrl, RoleRule, SignOn, is_safe};

/// Seconds that what a provider says of itself is taken for true.
const KNOWN: i64 = 3600;
/// Seconds between two looks at its keys, however often a token names one that is not known.
const KEYS_EVERY: i64 = 60;

/// Seconds for which a provider that did not answer is taken to be away.
const AWAY: i64 = 5;

/// Where somebody comes back to.
pub(crate) const CALLBACK: &str = "/admin/login/sso/callback";

/// What a provider says of itself (OpenID Connect Discovery 1.0, 3).
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    id_token: String,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Metadata, Timestamp)>,
    keys: Option<(JwkSet, Timestamp)>,
    /// Why it did not answer, and since when: nobody waits for that again at once.
    away: Option<(Fault, Timestamp)>,
}

/// See the module.
pub(crate) struct Provider {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    rules: Vec<RoleRule>,
    redirect_uri: String,
    client: Client,
    known: Mutex<Known>,
}

/// What one log-in is known by: each derived from the browser's cookie.
pub(crate) struct Secrets {
    pub(crate) state: String,
    pub(crate) nonce: String,
    /// PKCE's (RFC 7636, 4.1).
    pub(crate) verifier: String,
}

impl Provider {
    /// The one of the settings, if there is one.
    pub(crate) fn new(settings: &SignOn, public_url: &PublicUrl) -> Option<Self> {
        let (issuer, client_id) = (settings.issuer.clone()?, settings.client_id.clone()?);
        let client =
            Client::new().map_err(|cause| tracing::error!(%cause, "nobody can log in by single sign-on")).ok()?;
        Some(Self {
            issuer,
            client_id,
            client_secret: settings.client_secret.as_ref().map(|secret| secret.text().to_owned()),
            rules: settings.roles.clone(),
            redirect_uri: format!("{}{CALLBACK}", public_url.as_str()),
            client,
            known: Mutex::default(),
        })
    }

    /// Whether this is the provider's name for itself.
    pub(crate) fn is_called(&self, issuer: &str) -> bool {
        self.issuer == issuer
    }

    /// Where a browser is sent to log in.
    pub(crate) async fn authorize(&self, secrets: &Secrets, at: Timestamp) -> Result<String, Fault> {
        let metadata = self.metadata(at).await?;
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(secrets.verifier.as_bytes()));
        let parts = [
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", "openid profile email"),
            ("state", secrets.state.as_str()),
            ("nonce", secrets.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let before = if metadata.authorization_endpoint.contains('?') { '&' } else { '?' };
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parts).finish();
        Ok(format!("{}{before}{query}", metadata.authorization_endpoint))
    }

    /// Who somebody is that came back with a code.
    pub(crate) async fn identify(&self, code: &str, secrets: &Secrets, at: Timestamp) -> Result<SignedOn, Fault> {
        let metadata = self.metadata(at).await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &secrets.verifier),
        ];
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|known| known == method);
        let by_post = !methods.is_empty() && !has("client_secret_basic") && has("client_secret_post");
        let mut authorization = None;
        match &self.client_secret {
            Some(secret) if by_post => form.extend([("client_id", self.client_id.as_str()), ("client_secret", secret)]),
            // RFC 6749, 2.3.1: both parts are encoded as in a form first.
            Some(secret) => {
                let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                let pair = format!("{}:{}", part(&self.client_id), part(secret));
                authorization = Some(format!("Basic {}", BASE64.encode(pair.as_bytes())));
            }
            None => form.push(("client_id", &self.client_id)),
        }
        let answer: Answer = self.client.post(&metadata.token_endpoint, &form, authorization.as_deref()).await?;
        let token = answer.id_token;
        let (algorithm, kid) = key_of(&token)?;
        let keys = self.keys(&metadata, at, |keys| find(keys, kid.as_deref(), algorithm).is_some()).await?;
        let key = find(&keys, kid.as_deref(), algorithm);
        let key =
            key.ok_or_else(|| Fault::Refused("its token is signed with a key that it does not show".to_owned()))?;
        let expected = Expected { issuer: &self.issuer, client_id: &self.client_id, nonce: &secrets.nonce, at };
        identity(&claims(&token, key, algorithm, &expected)?, &self.issuer, &self.rules)
    }

    async fn metadata(&self, at: Timestamp) -> Result<Metadata, Fault> {
        let mut known = self.known.lock().await;
        let is_new = |since: &Timestamp| (0..KNOWN).contains(&at.seconds_since(*since));
        if let Some((metadata, _)) = known.metadata.as_ref().filter(|(_, since)| is_new(since)) {
            return Ok(metadata.clone());
        }
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = self.ask(&mut known, &address, at).await?;
        self.check(&metadata)?;
        known.metadata = Some((metadata.clone(), at));
        Ok(metadata)
    }

    /// Refuses what another provider says of itself, and places that are no safe ones.
    fn check(&self, metadata: &Metadata) -> Result<(), Fault> {
        if metadata.issuer != self.issuer {
            return Err(Fault::Refused(format!("it calls itself {}", metadata.issuer)));
        }
        for endpoint in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri] {
            if !is_safe(endpoint) {
                return Err(Fault::Refused(format!("it would be asked without TLS at {endpoint}")));
            }
        }
        Ok(())
    }

    /// Asks it for something, unless it did not answer a moment ago.
    async fn ask<T: DeserializeOwned>(&self, known: &mut Known, address: &str, at: Timestamp) -> Result<T, Fault> {
        if let Some((fault, since)) = &known.away
            && (0..AWAY).contains(&at.seconds_since(*since))
        {
            return Err(fault.clone());
        }
        let answer = self.client.get(address).await;
        known.away = match &answer {
            Err(fault @ Fault::Away(_)) => Some((fault.clone(), at)),
            _ => None,
        };
        answer
    }

    /// Its keys; looked at anew when they do not have what is wanted, but not too often.
    async fn keys(&self, metadata: &Metadata, at: Timestamp, has: impl Fn(&JwkSet) -> bool) -> Result<JwkSet, Fault> {
        let mut known = self.known.lock().await;
        if let Some((keys, since)) = &known.keys {
            let age = at.seconds_since(*since);
            if (has(keys) && (0..KNOWN).contains(&age)) || (0..KEYS_EVERY).contains(&age) {
                return Ok(keys.clone());
            }
        }
        let keys: JwkSet = self.ask(&mut known, &metadata.jwks_uri, at).await?;
        known.keys = Some((keys.clone(), at));
        Ok(keys)
    }
}
