//! Whether a ZIP archive is a Word document that may be attached: by its directory, and by the two parts that say what
//! it is (ECMA-376, part 2: Open Packaging Conventions). Nothing else is unpacked.

use std::{
    collections::HashMap,
    io::{Read, Seek},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{Error, FileRefusal, Found, Result};
use object_store::path::Path;
use tokio::sync::Semaphore;
use zip::{CompressionMethod, ZipArchive};

use crate::store::{fault::internal, files::Storage};
use package::{ContentTypes, main_part, part_name};

mod package;
mod reader;

/// Bytes that a document may unpack to, by its directory.
const MAX_UNPACKED: u64 = 100 * 1024 * 1024;
/// Entries of its directory.
const MAX_ENTRIES: usize = 5000;
/// Bytes that are unpacked of a part; those of real documents have some thousand.
const MAX_PART: u64 = 512 * 1024;
/// Documents looked at at once: a directory takes several times its bytes in memory.
static LOOKS: Semaphore = Semaphore::const_new(4);

/// Looks at a stored archive of `size` bytes.
pub(crate) async fn check(storage: &Storage, path: Path, size: u64) -> Result<Result<(), FileRefusal>> {
    let _look = LOOKS.acquire().await.map_err(|_| internal("documents are not looked at any more"))?;
    let has_failed = Arc::new(AtomicBool::new(false));
    let reader = reader::StoreReader::new(storage, path, size, Arc::clone(&has_failed));
    let judged = tokio::task::spawn_blocking(move || judge(reader)).await;
    if has_failed.load(Ordering::Relaxed) {
        return Err(Error::Unavailable);
    }
    judged.map_err(|_| internal("a document could not be looked at"))
}

fn judge(reader: impl Read + Seek) -> Result<(), FileRefusal> {
    let mut archive = ZipArchive::new(reader).map_err(|_| FileRefusal::BrokenDocx)?;
    let parts = directory(&mut archive)?;
    let read = |archive: &mut ZipArchive<_>, name: &str| {
        let index = *parts.get(name).ok_or(FileRefusal::BrokenDocx)?;
        part(archive, index)
    };
    if parts.contains_key("mimetype") && parts.contains_key("meta-inf/manifest.xml") {
        return Err(FileRefusal::WrongKind(Found::OpenDocument));
    }
    let types = ContentTypes::read(&read(&mut archive, "[content_types].xml")?)?;
    let main = main_part(&read(&mut archive, "_rels/.rels")?)?;
    if !parts.contains_key(&main) {
        return Err(FileRefusal::BrokenDocx);
    }
    types.check(&main)
}

/// Looks at every entry of the directory; the numbers of the entries by the names of their parts.
fn directory(archive: &mut ZipArchive<impl Read + Seek>) -> Result<HashMap<String, usize>, FileRefusal> {
    if archive.len() > MAX_ENTRIES || archive.has_duplicate_names() {
        return Err(FileRefusal::UnsafeArchive);
    }
    let mut parts = HashMap::with_capacity(archive.len());
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|_| FileRefusal::BrokenDocx)?;
        if entry.encrypted() {
            return Err(FileRefusal::Locked);
        }
        let name = entry.name().map_err(|_| FileRefusal::BrokenDocx)?;
        if is_macro(&name) {
            return Err(FileRefusal::Macros);
        }
        // The sizes are those of the directory: who writes an archive in one go has none to put in front of the data.
        unpacked = unpacked.saturating_add(entry.size());
        let is_twice = parts.insert(part_name(&name), index).is_some();
        if is_twice || is_outside(&name) || lies(entry.compression(), entry.compressed_size(), entry.size()) {
            return Err(FileRefusal::UnsafeArchive);
        }
    }
    if unpacked > MAX_UNPACKED {
        return Err(FileRefusal::UnpacksTooLarge);
    }
    match archive.has_overlapping_entries() {
        Ok(false) => Ok(parts),
        Ok(true) => Err(FileRefusal::UnsafeArchive),
        Err(_) => Err(FileRefusal::BrokenDocx),
    }
}

/// A part as text, if it is as small as such parts are.
fn part(archive: &mut ZipArchive<impl Read + Seek>, index: usize) -> Result<String, FileRefusal> {
    let entry = archive.by_index(index).map_err(|_| FileRefusal::BrokenDocx)?;
    let mut bytes = Vec::new();
    entry.take(MAX_PART + 1).read_to_end(&mut bytes).map_err(|_| FileRefusal::BrokenDocx)?;
    if bytes.len() as u64 > MAX_PART {
        return Err(FileRefusal::BrokenDocx);
    }
    package::text(&bytes).ok_or(FileRefusal::BrokenDocx)
}

/// Whether an entry cannot have the sizes that it says. What is deflated grows by some bytes at most, if at all.
fn lies(compression: CompressionMethod, packed: u64, unpacked: u64) -> bool {
    match compression {
        CompressionMethod::Stored => packed != unpacked,
        _ => packed / 2 > unpacked.saturating_add(1024),
    }
}

fn is_macro(name: &str) -> bool {
    name.rsplit(['/', '\\']).next().is_some_and(|last| last.eq_ignore_ascii_case("vbaProject.bin"))
}

/// Whether an entry is absolute or climbs out of the folder it would be unpacked in.
fn is_outside(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    has_drive
        || name.contains('\0')
        || name.starts_with(['/', '\\'])
        || name.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests;
