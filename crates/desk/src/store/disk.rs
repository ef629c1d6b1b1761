//! What is known of the disk below a folder.

use std::path::Path;

/// See the module.
pub(crate) struct Disk {
    /// Bytes that this process may still write.
    pub(crate) free: u64,
    pub(crate) size: u64,
    /// The kind of a file system of another machine, on which SQLite's log is not safe.
    pub(crate) network: Option<&'static str>,
}

/// None where it cannot be found out.
#[cfg(unix)]
pub(crate) fn below(folder: &Path) -> Option<Disk> {
    let about = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(about.f_frsize);
    Some(Disk { free: bytes(about.f_bavail), size: bytes(about.f_blocks), network: network(folder) })
}

#[cfg(not(unix))]
pub(crate) fn below(_: &Path) -> Option<Disk> {
    None
}

/// By the numbers of `statfs(2)`.
#[cfg(target_os = "linux")]
fn network(folder: &Path) -> Option<&'static str> {
    let about = rustix::fs::statfs(folder).ok()?;
    let number = u64::try_from(about.f_type).ok()? & 0xffff_ffff;
    [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xff53_4d42, "SMB"),
        (0xfe53_4d42, "SMB"),
        (0x0102_1997, "9P"),
        (0x00c3_6400, "Ceph"),
    ]
    .into_iter()
    .find_map(|(known, name)| (known == number).then_some(name))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn network(_: &Path) -> Option<&'static str> {
    None
}
