//! Staff passwords: argon2id with the library's parameters (19 MiB, 2 passes; OWASP Password Storage Cheat Sheet), and which
//! passwords are taken (NIST SP 800-63B, 5.1.1.2: long enough, not common, not the person's own names).
//!
//! A password is hashed in its compatibility form (NFKC), so that keyboards which write one letter in different ways agree.

mod common;

use std::sync::{Mutex, OnceLock, PoisonError};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordVerifier, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use domain::Result;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::{fault::internal, keys::random};

/// Hashes worked on at once: each takes 19 MiB and a core.
static SLOTS: Semaphore = Semaphore::const_new(2);
/// The memory of the slots, made once and used again: an allocator would keep what it gave to each thread that ever hashed.
static MEMORY: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Checks a password that somebody chose; `names` are the person's own.
///
/// # Errors
/// The sentence for the field.
pub(crate) fn check(password: &str, names: &[&str]) -> Result<(), String> {
    let password = normal(password);
    domain::check_password(&password)?;
    common::check(&password, names)
}

/// Hashes a password, off the threads that answer requests.
pub(crate) async fn hash(password: &str) -> Result<String> {
    let password = normal(password);
    let salt = random::<16>()?;
    work(move |memory| encode(password.as_bytes(), &salt, memory))
        .await?
        .ok_or_else(|| internal("a password could not be hashed"))
}

/// Whether the password belongs to the hash. Without a hash it takes the same time and says no.
pub(crate) async fn verify(password: &str, stored: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    work(move |memory| {
        static NOBODY: OnceLock<String> = OnceLock::new();
        let is_known = stored.is_some();
        let stored = stored
            .unwrap_or_else(|| NOBODY.get_or_init(|| encode(b"nobody", &[0; 16], memory).unwrap_or_default()).clone());
        let normal = normal(&password);
        let mut is_right = matches(normal.as_bytes(), &stored, memory);
        if !is_right && normal != password {
            // A hash from before passwords were brought into one form.
            is_right = matches(password.as_bytes(), &stored, memory);
        }
        is_right && is_known
    })
    .await
}

fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// The hash as a PHC string.
fn encode(password: &[u8], salt: &[u8], memory: &mut [Block]) -> Option<String> {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::default().hash_password_into_with_memory(password, salt, &mut output, memory).ok()?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&Params::default()).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(&output).ok()?),
    };
    Some(hash.to_string())
}

fn matches(password: &[u8], stored: &str, memory: &mut [Block]) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    in_memory(password, &hash, memory)
        // Other parameters than ours, which need other memory.
        .unwrap_or_else(|| Argon2::default().verify_password(password, &hash).is_ok())
}

/// As the library's `verify_password`, in memory that is there already. Nothing when that does not suffice.
fn in_memory(password: &[u8], hash: &PasswordHash, memory: &mut [Block]) -> Option<bool> {
    let params = Params::try_from(hash).ok()?;
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let mut buffer = [0; Output::MAX_LENGTH];
    let output = buffer.get_mut(..expected.len())?;
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(password, salt.as_ref(), output, memory).ok()?;
    // Compared in constant time.
    Some(Output::new(output).ok()? == *expected)
}

async fn work<T: Send + 'static>(job: impl FnOnce(&mut [Block]) -> T + Send + 'static) -> Result<T> {
    let _slot = SLOTS.acquire().await.map_err(|_| internal("password work was stopped"))?;
    let job = || {
        let free = MEMORY.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = free.unwrap_or_else(|| vec![Block::default(); Params::default().block_count()]);
        let done = job(&mut memory);
        MEMORY.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        done
    };
    tokio::task::spawn_blocking(job).await.map_err(|_| internal("password work failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Vec<Block> {
        vec![Block::default(); Params::default().block_count()]
    }

    #[test]
    fn memory_that_was_used_changes_nothing() {
        let mut memory = memory();
        let first = encode(b"one", &[1; 16], &mut memory).unwrap();
        encode(b"another", &[2; 16], &mut memory).unwrap();
        assert_eq!(encode(b"one", &[1; 16], &mut memory).unwrap(), first);
        assert!(matches(b"one", &first, &mut memory) && !matches(b"two", &first, &mut memory));
        // The library reads and writes the same.
        assert!(Argon2::default().verify_password(b"one", first.as_str()).is_ok());
        let theirs = argon2::PasswordHasher::hash_password(&Argon2::default(), b"one").unwrap().to_string();
        assert!(matches(b"one", &theirs, &mut memory));
    }

    #[test]
    fn other_parameters_are_read_too() {
        let larger = Argon2::new(Algorithm::Argon2id, Version::default(), Params::new(20_000, 1, 1, None).unwrap());
        let theirs = argon2::PasswordHasher::hash_password(&larger, b"one").unwrap().to_string();
        assert!(matches(b"one", &theirs, &mut memory()) && !matches(b"two", &theirs, &mut memory()));
    }

    #[tokio::test]
    async fn one_password_however_a_keyboard_writes_it() {
        let (composed, apart) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        let new = hash(apart).await.unwrap();
        for typed in [composed, apart, "ｃａｆé au lait"] {
            assert!(verify(typed, Some(new.clone())).await.unwrap(), "{typed}");
        }
        // One from before: hashed as it was typed.
        let old = encode(apart.as_bytes(), &[1; 16], &mut memory()).unwrap();
        assert!(verify(apart, Some(old)).await.unwrap());
        assert!(!verify(composed, None).await.unwrap());
    }
}
