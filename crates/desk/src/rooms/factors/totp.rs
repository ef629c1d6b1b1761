//! Codes of authenticator apps: TOTP (RFC 6238) with what every app takes for granted, HMAC-SHA-1, six digits and steps of 30
//! seconds.

use domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// Seconds for which a code is shown.
const STEP: i64 = 30;
/// Bytes of a secret: as long as what the hash gives (RFC 4226, 4).
pub(super) const SECRET: usize = 20;
/// Steps before and after now whose code is taken, too, as clocks differ (RFC 6238, 5.2).
const APART: i64 = 1;

/// The step of a moment.
pub(super) fn step(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(STEP)
}

/// The last step whose code is taken at a moment. Later ones were used when the clock was wrong.
pub(super) fn last_taken(at: Timestamp) -> i64 {
    step(at) + APART
}

/// The code of a step: HOTP (RFC 4226, 5.3) of its number.
pub(super) fn code(secret: &[u8], step: i64) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last()? & 0xf);
    let bytes: [u8; 4] = hash.get(at..at + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
}

/// Of which step that may be taken at a moment this is the code; the newest if it is that of several. All are looked at, so that
/// the time tells nothing.
pub(super) fn step_of(secret: &[u8], typed: u32, at: Timestamp) -> Option<i64> {
    let now = step(at);
    let is_of = |step: i64| code(secret, step).is_some_and(|code| code ^ typed == 0);
    (now - APART..=now + APART).fold(None, |found, step| if is_of(step) { Some(step) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits; RFC 4226, appendix D.
    #[test]
    fn the_codes_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            let at = Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(code(secret, step(at)), Some(expected), "{seconds}");
        }
        for (step, expected) in [755_224, 287_082, 359_152, 969_429, 338_314].into_iter().enumerate() {
            assert_eq!(code(secret, step as i64), Some(expected), "{step}");
        }
    }

    #[test]
    fn clocks_may_be_one_step_apart() {
        let (secret, at) = ([7; SECRET], Timestamp::from_micros(3_000_000_015_000_000));
        let now = step(at);
        for (step, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(&secret, now + step).unwrap();
            assert_eq!(step_of(&secret, typed, at), taken.then_some(now + step), "{step}");
        }
    }
}
