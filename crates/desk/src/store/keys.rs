//! The server's secret, what is derived from it, and the operating system's random source.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
    time::Duration,
};

use data_encoding::HEXLOWER;
use domain::Pin;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};
use sha2::Sha256;

use crate::{
    DeskConfig, OpenError, Secret,
    store::{
        db::Db,
        entities::{SecretMark, secret_mark},
        fault::OrRefuse as _,
        private,
        random::random_hex,
    },
};

pub(crate) struct Keys {
    hmac: Hmac<Sha256>,
    pub(crate) jwt_encoding: EncodingKey,
    pub(crate) jwt_decoding: DecodingKey,
}

/// The secret's file in the data folder.
const FILE: &str = "secret";

/// What a desk in use is told when its secret is not there.
const IF_LOST: &str =
    "If it is lost, go on with --new-secret: everybody is logged out then, and PINs that were not used yet are void.";

impl Keys {
    /// With the secret that is given or kept in the data folder. A new one is made for a desk that is not in use; beside a
    /// database with people in it only when that is asked for, because it voids every PIN and session.
    pub(crate) fn load(config: &DeskConfig, is_in_use: bool) -> Result<Self, OpenError> {
        let path = config.data_dir.join(FILE);
        let secret = match &config.secret {
            Some(secret) => secret.clone(),
            None => {
                if !path.exists() {
                    if is_in_use && !config.new_secret {
                        return Err(OpenError(format!(
                            "the secret {} is missing, but the database has people in it. Put it back from a backup, or give it as \
                             PINDESK_SECRET_KEY. {IF_LOST}",
                            path.display()
                        )));
                    }
                    create(&path)?;
                    if is_in_use {
                        tracing::info!("a new secret was made");
                    }
                }
                read(&path)?
            }
        };
        Self::of(&secret)
    }

    /// Looks whether the database knows another secret, as after a backup of one without the other, or with two processes
    /// that have data folders of their own. A new one is noted for a desk that is not in use, or when that is asked for.
    pub(crate) async fn recognise(&self, config: &DeskConfig, db: &Db, is_in_use: bool) -> Result<(), OpenError> {
        let mark = self.keyed_hash("mark", "");
        let looked = async {
            let tx = db.begin().await?;
            tx.serialise("secret").await?;
            let known = SecretMark::find_by_id(1).one(&tx).await.or_refuse()?;
            if known.as_ref().is_some_and(|known| known.mark == mark) {
                return Ok(true);
            }
            if known.is_some() && is_in_use {
                if !config.new_secret {
                    return Ok(false);
                }
                tracing::warn!(
                    "the secret is another one than before: everybody is logged out, and unused PINs are void"
                );
            }
            let new = SecretMark::insert(secret_mark::ActiveModel { id: Set(1), mark: Set(mark) });
            let instead =
                OnConflict::column(secret_mark::Column::Id).update_column(secret_mark::Column::Mark).to_owned();
            new.on_conflict(instead).exec_without_returning(&tx).await.or_refuse()?;
            tx.commit().await?;
            Ok(true)
        };
        let looked: domain::Result<bool> = looked.await;
        if looked.map_err(|_| OpenError("cannot read the database; the log says why".to_owned()))? {
            return Ok(());
        }
        let which = match &config.secret {
            Some(_) => "the secret that is given as PINDESK_SECRET_KEY".to_owned(),
            None => format!("the secret {}", config.data_dir.join(FILE).display()),
        };
        Err(OpenError(format!(
            "{which} is not the one that this database was used with. Put that one back from a backup, or give it as \
             PINDESK_SECRET_KEY. {IF_LOST}"
        )))
    }

    fn of(secret: &Secret) -> Result<Self, OpenError> {
        let secret = secret.bytes();
        Ok(Self {
            hmac: Hmac::new_from_slice(secret)
                .map_err(|cause| OpenError(format!("the secret cannot be used: {cause}")))?,
            jwt_encoding: EncodingKey::from_secret(secret),
            jwt_decoding: DecodingKey::from_secret(secret),
        })
    }

    /// HMAC-SHA-256 (RFC 2104) of `text`, for one purpose: the same text gives another value for another purpose.
    pub(crate) fn keyed_hash(&self, purpose: &str, text: &str) -> String {
        HEXLOWER.encode(&self.keyed_bytes(purpose, text))
    }

    /// As [`Keys::keyed_hash`], in bytes.
    pub(crate) fn keyed_bytes(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.mac(purpose, text).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(crate) fn is_keyed_hash(&self, purpose: &str, text: &str, claimed: &str) -> bool {
        HEXLOWER.decode(claimed.as_bytes()).is_ok_and(|claimed| self.mac(purpose, text).verify_slice(&claimed).is_ok())
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = self.hmac.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac
    }

    /// The form in which a PIN is stored that confirms one thing, which has this sum. The PIN is good for exactly that: where the
    /// sum is another one, so is this; and it is none that a log-in asks for.
    pub(crate) fn approving_hash(&self, typed: &str, sha256: &str) -> String {
        match Pin::parse(typed) {
            Ok(pin) => self.keyed_hash("approving pin", &format!("{} {sha256}", pin.symbols())),
            Err(_) => self.keyed_hash("no pin", typed),
        }
    }

    /// The form in which a PIN is stored. What cannot be a PIN is hashed too, so that it costs the same.
    pub(crate) fn pin_hash(&self, typed: &str) -> String {
        match Pin::parse(typed) {
            Ok(pin) => self.keyed_hash("pin", pin.symbols()),
            Err(_) => self.keyed_hash("no pin", typed),
        }
    }
}

fn failed(path: &Path, what: &str, cause: &dyn std::fmt::Display) -> OpenError {
    OpenError(format!(
        "cannot {what} the secret {}: {cause}. Check the data folder's permissions, and that there is room on the disk.",
        path.display()
    ))
}

/// Makes the secret, unless another process just did.
fn create(path: &Path) -> Result<(), OpenError> {
    let text = random_hex::<32>().map_err(|cause| failed(path, "make", &cause))?;
    publish(path, &text, |draft, path| fs::hard_link(draft, path)).map_err(|cause| failed(path, "write", &cause))
}

/// Writes the secret whole under another name with mode 0600 and links it to its own, so that of two processes that
/// start at once both end up with the same one, and nobody reads half of it.
fn publish(path: &Path, text: &str, link: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let _ = fs::remove_file(&draft);
    let linked = write_new(&draft, text).and_then(|()| match link(&draft, path) {
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
        // A file system without links, as on a stick or a network share. One of the two processes makes the file, the other
        // waits until it is whole, see `read`.
        Err(_) => match write_new(path, text) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other,
        },
        Ok(()) => Ok(()),
    });
    // The draft may be gone already; what counts is the file it was linked to.
    let _ = fs::remove_file(&draft);
    linked
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[expect(clippy::disallowed_methods, reason = "only while the program starts")]
fn read(path: &Path) -> Result<Secret, OpenError> {
    private::require_secret(path)?;
    let mut tries = 20;
    loop {
        let text = fs::read_to_string(path).map_err(|cause| failed(path, "read", &cause))?;
        match Secret::from_text(text.trim()) {
            Ok(secret) => return Ok(secret),
            Err(cause) if tries == 0 => return Err(failed(path, "use", &cause)),
            // Another process may be writing it just now.
            Err(_) => tries -= 1,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_where_files_cannot_be_linked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let no_links = |_: &Path, _: &Path| Err(io::Error::from(ErrorKind::Unsupported));
        publish(&path, &"a".repeat(64), no_links).unwrap();
        // The second comes too late, and takes the first one's.
        publish(&path, &"b".repeat(64), no_links).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a".repeat(64));
        publish(&path, &"c".repeat(64), |draft, path| fs::hard_link(draft, path)).unwrap();
        assert_eq!(read(&path).unwrap().bytes(), "a".repeat(64).as_bytes());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }
}
