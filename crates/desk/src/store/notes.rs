//! What the desk notes in its data folder and not in its database, because it is about the database: the last backup, the last one
//! that was verified, how far things had come. Each is a small file, written whole.

use std::{fs, io, net::IpAddr, path::Path};

use domain::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Names of the files.
pub(crate) const LAST_BACKUP: &str = "last-backup.json";
pub(crate) const LAST_VERIFIED: &str = "last-verified.json";
pub(crate) const SEEN: &str = "seen.json";
pub(crate) const CHECKS: &str = "checks.json";
pub(crate) const SETTINGS: &str = "settings.json";
pub(crate) const STORAGE: &str = "storage.json";
pub(crate) const MOVED: &str = "files-moved.json";
pub(crate) const BACKUPS: &str = "backups.json";
pub(crate) const PROXY: &str = "unknown-proxy.json";

/// A backup that was made or verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupNote {
    /// When it was made, or verified.
    pub at: Timestamp,
    /// The name of its file.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The moment that it shows, of one that was verified.
    #[serde(default)]
    pub shows: Option<Timestamp>,
}

/// That all files were moved elsewhere, until that is in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) files: u64,
    pub(crate) at: Timestamp,
}

/// Somebody who speaks for others, and whom the settings do not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnknownProxy {
    /// Where they are.
    pub(crate) peer: IpAddr,
    /// When they last did.
    pub(crate) at: Timestamp,
}

impl UnknownProxy {
    /// Notes one. Only who is near: a header from out in the world is anybody's who makes one up.
    pub(crate) fn note(self, folder: &Path) {
        if is_near(self.peer)
            && let Err(cause) = write(folder, PROXY, &self)
        {
            tracing::debug!(%cause, "it could not be noted who speaks for others");
        }
    }
}

/// Whether an address is one of this machine or of a network that the world does not reach: there proxies are.
fn is_near(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private() || peer.is_link_local(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
    }
}

/// How far the desk had come: the last event that the database gave an id. One that says less is an older one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) event: i64,
}

impl Seen {
    /// Notes how far it has come, unless it had come further.
    pub(crate) fn note(self, folder: &Path) {
        let before = read(folder, SEEN).unwrap_or(Self::default());
        if self.event > before.event
            && let Err(cause) = write(folder, SEEN, &self)
        {
            tracing::debug!(%cause, "it could not be noted how far the desk has come");
        }
    }
}

/// What was noted; none when nothing was, or it cannot be read.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Option<T> {
    let bytes = fs::read(folder.join(name)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Notes it in place of what was there.
pub(crate) fn write<T: Serialize>(folder: &Path, name: &str, note: &T) -> io::Result<()> {
    let draft = folder.join(format!("{name}.new-{}", std::process::id()));
    let written = fs::write(&draft, serde_json::to_vec(note)?).and_then(|()| fs::rename(&draft, folder.join(name)));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_from_out_in_the_world_is_not_noted() {
        let folder = tempfile::tempdir().unwrap();
        let noted = |peer: &str| {
            UnknownProxy { peer: peer.parse().unwrap(), at: Timestamp::from_micros(1) }.note(folder.path());
            read::<UnknownProxy>(folder.path(), PROXY).map(|note| note.peer.to_string())
        };
        for peer in ["203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"] {
            assert_eq!(noted(peer), None, "{peer}");
        }
        for peer in ["127.0.0.1", "10.0.0.7", "172.18.0.2", "192.168.1.1", "fd00::1", "fe80::1", "::ffff:10.0.0.7"] {
            assert_eq!(noted(peer).as_deref(), Some(peer), "{peer}");
        }
    }
}
