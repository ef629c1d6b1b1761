//! Staff passwords: argon2id with the library's parameters (19 MiB, 2 passes; OWASP Password Storage Cheat Sheet).

use std::sync::OnceLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use domain::Result;
use tokio::sync::Semaphore;

use crate::fault::internal;

/// Hashes worked on at once: each takes 19 MiB and a core.
static SLOTS: Semaphore = Semaphore::const_new(2);

/// Hashes a password, off the threads that answer requests.
pub(crate) async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    work(move || Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string()))
        .await?
        .ok_or_else(|| internal("a password could not be hashed"))
}

/// Whether the password belongs to the hash. Without a hash it takes the same time and says no.
pub(crate) async fn verify(password: &str, stored: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    work(move || {
        static NOBODY: OnceLock<String> = OnceLock::new();
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| {
            NOBODY
                .get_or_init(|| {
                    Argon2::default().hash_password(b"nobody").map(|hash| hash.to_string()).unwrap_or_default()
                })
                .clone()
        });
        Argon2::default().verify_password(password.as_bytes(), stored.as_str()).is_ok() && is_known
    })
    .await
}

async fn work<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _slot = SLOTS.acquire().await.map_err(|_| internal("password work was stopped"))?;
    tokio::task::spawn_blocking(job).await.map_err(|_| internal("password work failed"))
}
