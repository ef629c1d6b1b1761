//! Whether a ZIP archive is a Word document that may be attached, by its directory alone: nothing is unpacked.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

use bytes::Bytes;
use domain::{FileRefusal, Result};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use tokio::runtime::Handle;
use zip::ZipArchive;

use crate::fault::internal;

/// Bytes that a document may unpack to, by its directory.
const MAX_UNPACKED: u128 = 100 * 1024 * 1024;
/// Bytes read from the store at a time.
const READ_BYTES: u64 = 64 * 1024;

/// Looks at a stored archive of `size` bytes.
pub(crate) async fn check(store: Arc<dyn ObjectStore>, path: Path, size: u64) -> Result<Result<(), FileRefusal>> {
    let runtime = Handle::current();
    let reader = StoreReader { store, path, size, position: 0, buffer: Bytes::new(), buffer_start: 0, runtime };
    tokio::task::spawn_blocking(move || judge(reader)).await.map_err(|_| internal("a document could not be looked at"))
}

fn judge(reader: impl Read + Seek) -> Result<(), FileRefusal> {
    let archive = ZipArchive::new(reader).map_err(|_| FileRefusal::BrokenDocx)?;
    let names: Vec<_> = archive.file_names().collect::<Result<_, _>>().map_err(|_| FileRefusal::BrokenDocx)?;
    if !["[Content_Types].xml", "word/document.xml"].iter().all(|part| names.iter().any(|name| name == part)) {
        return Err(FileRefusal::BrokenDocx);
    }
    if names.iter().any(|name| is_macro(name)) {
        return Err(FileRefusal::Macros);
    }
    if names.iter().any(|name| is_outside(name)) || archive.decompressed_size().is_none_or(|size| size > MAX_UNPACKED) {
        return Err(FileRefusal::UnsafeArchive);
    }
    Ok(())
}

fn is_macro(name: &str) -> bool {
    name.rsplit(['/', '\\']).next().is_some_and(|last| last.eq_ignore_ascii_case("vbaProject.bin"))
}

/// Whether an entry is absolute or climbs out of the folder it would be unpacked in.
fn is_outside(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    has_drive || name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}

/// Reads an object as a file, in pieces, on a thread that may block.
struct StoreReader {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
    position: u64,
    buffer: Bytes,
    buffer_start: u64,
    runtime: Handle,
}

impl Read for StoreReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || out.is_empty() {
            return Ok(0);
        }
        let buffered = self.buffer_start..self.buffer_start + self.buffer.len() as u64;
        if !buffered.contains(&self.position) {
            let range = self.position..self.size.min(self.position + READ_BYTES);
            self.buffer = self.runtime.block_on(self.store.get_range(&self.path, range)).map_err(io::Error::other)?;
            self.buffer_start = self.position;
        }
        let from = usize::try_from(self.position - self.buffer_start).map_err(io::Error::other)?;
        let available = self.buffer.get(from..).unwrap_or_default();
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for StoreReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(names: &[&str]) -> io::Cursor<Vec<u8>> {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        for name in names {
            writer
                .start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
                .unwrap();
            writer.write_all(b"<x/>").unwrap();
        }
        writer.finish().unwrap()
    }

    const PARTS: [&str; 2] = ["[Content_Types].xml", "word/document.xml"];

    #[test]
    fn takes_documents_only() {
        let with = |extra: &str| judge(archive(&[PARTS[0], PARTS[1], extra]));
        assert_eq!(with("word/media/image1.png"), Ok(()));
        assert_eq!(judge(archive(&PARTS[..1])), Err(FileRefusal::BrokenDocx));
        assert_eq!(judge(io::Cursor::new(b"PK\x03\x04 torn".to_vec())), Err(FileRefusal::BrokenDocx));
        assert_eq!(with("word/vbaProject.bin"), Err(FileRefusal::Macros));
        assert_eq!(with("word/VBAPROJECT.BIN"), Err(FileRefusal::Macros));
        for outside in ["../evil", "word/../../evil", "/etc/passwd", "\\evil", "C:\\evil", "word\\..\\..\\evil"] {
            assert_eq!(with(outside), Err(FileRefusal::UnsafeArchive), "{outside}");
        }
        assert_eq!(with("word/a..b.xml"), Ok(()));
    }

    #[test]
    fn believes_the_directory_about_size() {
        let mut bytes = archive(&PARTS).into_inner();
        // The uncompressed size of the first entry in the central directory (APPNOTE 4.3.12: offset 24).
        let entry = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        bytes[entry + 24..entry + 28].copy_from_slice(&(100 * 1024 * 1024u32).to_le_bytes());
        assert_eq!(judge(io::Cursor::new(bytes)), Err(FileRefusal::UnsafeArchive));
    }
}
