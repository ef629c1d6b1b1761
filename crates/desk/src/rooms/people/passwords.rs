//! Staff passwords: argon2id with the library's parameters (19 MiB, 2 passes; OWASP Password Storage Cheat Sheet), and
//! which passwords are taken (NIST SP 800-63B, 5.1.1.2: long enough, not common, not the person's own names).
//!
//! A password is hashed in its compatibility form (NFKC), so that keyboards which write one letter in different ways
//! agree.

mod common;

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordVerifier, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use domain::Result;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::store::{fault::internal, random::random};

/// Two hashes at once.
static WORK: Work = Work::new(2);

/// So many hashes at once, each of which takes a core, and 19 MiB that go back to the system when nobody hashes any
/// more.
struct Work {
    slots: Semaphore,
    /// Of slots that are free, while others are not.
    memory: Mutex<Vec<Vec<Block>>>,
    /// Who has a slot, or waits for one.
    wanted: AtomicUsize,
}

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
    WORK.run(move |memory| encode(password.as_bytes(), &salt, memory))
        .await?
        .ok_or_else(|| internal("a password could not be hashed"))
}

/// Whether the password belongs to the hash. Without a hash it takes the same time and says no.
pub(crate) async fn verify(password: &str, stored: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    WORK.run(move |memory| {
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

impl Work {
    const fn new(slots: usize) -> Self {
        Self { slots: Semaphore::const_new(slots), memory: Mutex::new(Vec::new()), wanted: AtomicUsize::new(0) }
    }

    async fn run<T: Send + 'static>(&'static self, job: impl FnOnce(&mut [Block]) -> T + Send + 'static) -> Result<T> {
        let wanted = Wanted::of(self);
        let slot = self.slots.acquire().await.map_err(|_| internal("password work was stopped"))?;
        let job = move || {
            // Held until it is done: whoever goes away meanwhile does not stop it, and must not make room for one more.
            let _held = (slot, wanted);
            let free = self.memory().pop();
            let mut memory = free.unwrap_or_else(blocks);
            let done = job(&mut memory);
            self.memory().push(memory);
            done
        };
        tokio::task::spawn_blocking(job).await.map_err(|_| internal("password work failed"))
    }

    fn memory(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock()
    }
}

/// Counted in [`Work::wanted`]; the last one to go gives the memory back.
struct Wanted(&'static Work);

impl Wanted {
    fn of(work: &'static Work) -> Self {
        work.wanted.fetch_add(1, Ordering::AcqRel);
        Self(work)
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        if self.0.wanted.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.memory().clear();
        }
    }
}

/// The memory of one hash. There is room for more, which is never touched and so costs nothing: what is larger than 32
/// MiB glibc gets from the system and gives back to it at once, and anything less it would keep for each thread that
/// ever hashed (mallopt(3), `M_MMAP_THRESHOLD`).
fn blocks() -> Vec<Block> {
    const ROOM: usize = 33 * 1024 * 1024;
    let mut blocks = Vec::with_capacity(ROOM / size_of::<Block>());
    blocks.resize(Params::default().block_count(), Block::default());
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_was_used_changes_nothing() {
        let mut memory = blocks();
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
        assert!(matches(b"one", &theirs, &mut blocks()) && !matches(b"two", &theirs, &mut blocks()));
    }

    #[tokio::test]
    async fn who_goes_away_makes_no_room_and_the_last_gives_the_memory_back() {
        static MINE: Work = Work::new(1);
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let mut first = Box::pin(MINE.run(move |memory| {
            let _ = gone.recv();
            memory.len()
        }));
        assert!(futures::poll!(&mut first).is_pending());
        drop(first);
        let mut second = Box::pin(MINE.run(|memory| memory.len()));
        assert!(futures::poll!(&mut second).is_pending());
        assert_eq!(MINE.slots.available_permits(), 0, "the first still works");
        drop(go);
        assert_eq!(second.await.unwrap(), Params::default().block_count());
        // The outcome is there a moment before its worker has left.
        while MINE.wanted.load(Ordering::Acquire) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(MINE.slots.available_permits(), 1);
        assert!(MINE.memory().is_empty());
    }

    #[tokio::test]
    async fn one_password_however_a_keyboard_writes_it() {
        let (composed, apart) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        let new = hash(apart).await.unwrap();
        for typed in [composed, apart, "ｃａｆé au lait"] {
            assert!(verify(typed, Some(new.clone())).await.unwrap(), "{typed}");
        }
        // One from before: hashed as it was typed.
        let old = encode(apart.as_bytes(), &[1; 16], &mut blocks()).unwrap();
        assert!(verify(apart, Some(old)).await.unwrap());
        assert!(!verify(composed, None).await.unwrap());
    }
}
