//! Secrets that wait for the one page that shows them, sealed under the server's secret.

use data_encoding::HEXLOWER;
use domain::Result;

use crate::{rooms::Inner, store::random::random};

const NONCE: usize = 16;

/// Encrypts or decrypts up to 32 bytes: the key stream is made for one number that is used once, as long as HMAC-SHA-256 (RFC
/// 2104) cannot be told from chance. Whether it opens to the right secret, the secret's own hash tells.
fn stream(desk: &Inner, nonce: &[u8], bytes: &[u8]) -> Vec<u8> {
    let key = desk.keys.keyed_bytes("shown once", &HEXLOWER.encode(nonce));
    bytes.iter().zip(key).map(|(byte, key)| byte ^ key).collect()
}

pub(crate) fn seal(desk: &Inner, secret: &[u8]) -> Result<String> {
    debug_assert!(secret.len() <= 32, "the key stream is no longer");
    let nonce = random::<NONCE>()?;
    Ok(HEXLOWER.encode(&[&nonce[..], &stream(desk, &nonce, secret)].concat()))
}

pub(crate) fn open(desk: &Inner, sealed: &str) -> Option<Vec<u8>> {
    let bytes = HEXLOWER.decode(sealed.as_bytes()).ok()?;
    let (nonce, rest) = bytes.split_at_checked(NONCE)?;
    Some(stream(desk, nonce, rest))
}
