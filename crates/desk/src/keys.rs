//! The server's secret, what is derived from it, and the operating system's random source.

use std::{fs, io::Write, path::Path};

use data_encoding::HEXLOWER;
use domain::Pin;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::Sha256;

use crate::{DeskConfig, OpenError, Secret};

pub(crate) struct Keys {
    hmac: Hmac<Sha256>,
    pub(crate) jwt_encoding: EncodingKey,
    pub(crate) jwt_decoding: DecodingKey,
}

impl Keys {
    pub(crate) fn load(config: &DeskConfig) -> Result<Self, OpenError> {
        make_folder(&config.data_dir)?;
        let secret = match &config.secret {
            Some(secret) => secret.clone(),
            None => load_or_create(&config.data_dir.join("secret"))?,
        };
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
        HEXLOWER.encode(&self.mac(purpose, text).finalize().into_bytes())
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

    /// The form in which a PIN is stored. What cannot be a PIN is hashed too, so that it costs the same.
    pub(crate) fn pin_hash(&self, typed: &str) -> String {
        match Pin::parse(typed) {
            Ok(pin) => self.keyed_hash("pin", pin.symbols()),
            Err(_) => self.keyed_hash("no pin", typed),
        }
    }
}

/// Bytes from the operating system's random source.
pub(crate) fn random<const N: usize>() -> domain::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| crate::fault::internal("the random source failed"))?;
    Ok(bytes)
}

/// `N` random bytes as lower-case hexadecimal digits.
pub(crate) fn random_hex<const N: usize>() -> domain::Result<String> {
    Ok(HEXLOWER.encode(&random::<N>()?))
}

/// Makes the data folder; only its owner may look into one that is made here.
fn make_folder(folder: &Path) -> Result<(), OpenError> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|cause| {
        OpenError(format!("cannot make the data folder {}: {cause}. Check PINDESK_DATA_DIR.", folder.display()))
    })
}

/// Reads the secret, or makes it: written whole under another name with mode 0600, then linked, so that of two
/// processes that start at once both end up with the same one.
fn load_or_create(path: &Path) -> Result<Secret, OpenError> {
    let failed = |what: &str, cause: &dyn std::fmt::Display| {
        OpenError(format!(
            "cannot {what} the secret {}: {cause}. Check the data folder's permissions, and that there is room on the disk.",
            path.display()
        ))
    };
    if !path.exists() {
        let text = random_hex::<32>().map_err(|cause| failed("make", &cause))?;
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        // The draft may be gone already; what counts is the file it was linked to.
        let _ = fs::remove_file(&draft);
        linked.map_err(|cause| failed("write", &cause))?;
    }
    let text = fs::read_to_string(path).map_err(|cause| failed("read", &cause))?;
    Secret::from_text(text.trim()).map_err(|cause| failed("use", &cause))
}
