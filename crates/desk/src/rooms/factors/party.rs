//! What the desk is called, by authenticator apps and passkeys.

use domain::{Error, Result};
use webauthn_rs::{Webauthn, WebauthnBuilder, prelude::Url};

/// What programs and devices call the desk.
pub(super) const ISSUER: &str = "Pindesk";

/// The desk as passkeys know it. They belong to a name, are asked over HTTPS alone, and on this machine without.
///
/// # Errors
/// [`Error::Conflict`] for an address that they do not work at.
pub(super) fn party(origin: &str) -> Result<Webauthn> {
    let unfit = || {
        Error::conflict(
            "Passkeys work where the desk has a name and is reached over HTTPS. Whoever runs it sets its address: \
             PINDESK_PUBLIC_URL, as in https://desk.example.org.",
        )
    };
    let is_fit = |url: &Url| match (url.scheme(), url.domain()) {
        ("https", Some(_)) => true,
        ("http", Some(name)) => name == "localhost" || name.ends_with(".localhost"),
        _ => false,
    };
    let url = Url::parse(origin).ok().filter(is_fit).ok_or_else(unfit)?;
    let name = url.domain().unwrap_or_default();
    let party = WebauthnBuilder::new(name, &url).and_then(|builder| builder.rp_name(ISSUER).build());
    party.map_err(|_| unfit())
}
