//! A backup's file: a tar archive with the tables, the files and a manifest.
//!
//! ```text
//! tables/<table>-<number>.jsonl.gz    rows, each a JSON array of its columns
//! media/tickets/<ticket>/<file>       as in the data folder
//! manifest.json                       what is in it, with the SHA-256 of each member
//! SHA256                              of all bytes before this member
//! ```
//! It has one form only: a header that would be written in another way, or a byte that is not covered, is damage. So any byte that
//! changed is found. `tar` reads it.

mod tar;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::tar::{BLOCK, END, header, padding};
use crate::store::aside::Wanted;

/// The version of the form.
pub(crate) const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const SUM: &str = "SHA256";
/// A manifest of some million files; more is damage.
const MANIFEST_MOST: u64 = 2 << 30;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// Of the program that made it.
    pub(crate) version: String,
    /// The migrations that its tables have, in order.
    pub(crate) schema: Vec<String>,
    /// When its snapshot was taken, in microseconds.
    pub(crate) at: i64,
    pub(crate) tables: Vec<Table>,
    pub(crate) files: u64,
    pub(crate) file_bytes: u64,
    /// Files that tables name and that were not there.
    pub(crate) missing: Vec<String>,
    pub(crate) members: Vec<Member>,
}

/// A table, whose columns are in this order in each row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: u64,
    /// The last id that it gave, if it gives them.
    pub(crate) last_id: Option<i64>,
    pub(crate) parts: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnKind {
    Number,
    Truth,
    Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl Manifest {
    /// The last migration.
    pub(crate) fn schema(&self) -> &str {
        self.schema.last().map_or("none", String::as_str)
    }

    /// Rows of a table; none when there is no such table.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.tables.iter().find(|known| known.name == table).map_or(0, |known| known.rows)
    }
}

/// The name of a part of a table.
pub(crate) fn part_name(table: &str, number: u32) -> String {
    format!("tables/{table}-{number:06}.jsonl.gz")
}

/// Rows, one a line, as they are kept.
pub(crate) fn pack(lines: &str) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(lines.as_bytes())?;
    packed.finish()
}

/// Writes a backup.
pub(crate) struct Writer {
    out: BufWriter<File>,
    all: Sha256,
    members: Vec<Member>,
    open: Option<(Member, u64, Sha256)>,
}

impl Writer {
    pub(crate) fn new(file: File) -> Self {
        Self { out: BufWriter::with_capacity(1 << 18, file), all: Sha256::new(), members: Vec::new(), open: None }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.all.update(bytes);
        self.out.write_all(bytes)
    }

    /// Begins a member of so many bytes.
    pub(crate) fn begin(&mut self, name: String, size: u64) -> io::Result<()> {
        self.put(&header(&name, size)?)?;
        self.open = Some((Member { name, size, sha256: String::new() }, size, Sha256::new()));
        Ok(())
    }

    /// Bytes of the member.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (_, left, hash) = self.open.as_mut().ok_or_else(|| io::Error::other("no member was begun"))?;
        let length = bytes.len() as u64;
        *left = left.checked_sub(length).ok_or_else(|| io::Error::other("a file grew while it was read"))?;
        hash.update(bytes);
        self.put(bytes)
    }

    /// Ends it; its SHA-256.
    pub(crate) fn end(&mut self) -> io::Result<String> {
        let (mut member, left, hash) = self.open.take().ok_or_else(|| io::Error::other("no member was begun"))?;
        if left > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file became shorter while it was read"));
        }
        self.put(&END[..padding(member.size)])?;
        member.sha256 = HEXLOWER.encode(&hash.finalize());
        let sha256 = member.sha256.clone();
        self.members.push(member);
        Ok(sha256)
    }

    /// A member as a whole.
    pub(crate) fn member(&mut self, name: String, bytes: &[u8]) -> io::Result<()> {
        self.begin(name, bytes.len() as u64)?;
        self.append(bytes)?;
        self.end().map(|_| ())
    }

    /// Writes the manifest, which gets the members, and brings everything onto the disk. How many bytes it has in all.
    pub(crate) fn finish(mut self, mut manifest: Manifest) -> io::Result<u64> {
        manifest.members = std::mem::take(&mut self.members);
        self.member(MANIFEST.to_owned(), &serde_json::to_vec(&manifest)?)?;
        let sum = format!("{}\n", HEXLOWER.encode(&self.all.clone().finalize()));
        self.member(SUM.to_owned(), sum.as_bytes())?;
        self.put(&END)?;
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

/// A manifest of format 1, with what is left of it when it is none: enough to say which version it is of.
fn manifest(bytes: &[u8]) -> io::Result<Manifest> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
        version: String,
    }
    let known: Format = serde_json::from_slice(bytes)?;
    if known.format != FORMAT {
        return Err(damaged(format!(
            "it is of form {} and was made by Pindesk {}; this is Pindesk {}, which reads form {FORMAT}",
            known.format,
            known.version,
            env!("CARGO_PKG_VERSION")
        )));
    }
    Ok(serde_json::from_slice(bytes)?)
}

fn damaged(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// A backup that was read from end to end and is whole.
#[derive(Debug)]
pub(crate) struct Archive {
    file: File,
    pub(crate) path: PathBuf,
    pub(crate) manifest: Manifest,
    /// Where the bytes of each member of the manifest begin.
    places: Vec<u64>,
}

impl Archive {
    /// Reads all of a file, and looks whether every byte is as it was written.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] and [`io::ErrorKind::UnexpectedEof`] when it is damaged, or no backup.
    pub(crate) fn open(path: &Path, wanted: &Wanted) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut input = Input { input: BufReader::with_capacity(1 << 18, &file), all: Sha256::new(), at: 0, wanted };
        let (mut found, mut places): (Vec<Member>, _) = (Vec::new(), Vec::new());
        let manifest = loop {
            let (name, size) = input.header()?;
            if name == MANIFEST {
                if size > MANIFEST_MOST {
                    return Err(damaged("its manifest is too large"));
                }
                let mut bytes = Vec::new();
                input.member(size, |piece| bytes.extend_from_slice(piece))?;
                break manifest(&bytes)?;
            }
            places.push(input.at);
            let mut hash = Sha256::new();
            input.member(size, |piece| hash.update(piece))?;
            found.push(Member { name, size, sha256: HEXLOWER.encode(&hash.finalize()) });
        };
        let expected = format!("{}\n", HEXLOWER.encode(&input.all.clone().finalize()));
        let mut sum = Vec::new();
        match input.header()? {
            (name, size) if name == SUM && size == expected.len() as u64 => {
                input.member(size, |piece| sum.extend_from_slice(piece))?;
            }
            (name, _) => return Err(damaged(format!("{name} is not where its sum should be"))),
        }
        input.end()?;
        if let Some((known, _)) = manifest.members.iter().zip(&found).find(|(known, found)| known != found) {
            return Err(damaged(format!("{} is not what was written", known.name)));
        }
        if manifest.members.len() != found.len() {
            return Err(damaged("there are other members in it than its manifest says"));
        }
        if sum != expected.as_bytes() {
            return Err(damaged("its sum is not that of its bytes"));
        }
        Ok(Self { file, path: path.to_owned(), manifest, places })
    }

    /// The bytes of a member, by its place in the manifest.
    pub(crate) fn read(&self, member: usize) -> impl Read + '_ {
        let at = self.places.get(member).copied().unwrap_or_default();
        let left = self.manifest.members.get(member).map_or(0, |member| member.size);
        Section { file: &self.file, at, left }
    }

    /// The rows of a part of a table.
    pub(crate) fn part(&self, table: &str, number: u32) -> io::Result<String> {
        let name = part_name(table, number);
        let member = self.manifest.members.iter().position(|member| member.name == name);
        let member = member.ok_or_else(|| damaged(format!("{name} is missing")))?;
        let mut lines = String::new();
        GzDecoder::new(self.read(member)).read_to_string(&mut lines)?;
        Ok(lines)
    }
}

struct Section<'a> {
    file: &'a File,
    at: u64,
    left: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.file.read_at(&mut into[..most], self.at)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// What is read, with the sum of all that was.
struct Input<'a, R> {
    input: R,
    all: Sha256,
    at: u64,
    wanted: &'a Wanted,
}

impl<R: Read> Input<'_, R> {
    fn block(&mut self) -> io::Result<[u8; BLOCK]> {
        self.wanted.check()?;
        let mut block = [0; BLOCK];
        self.input.read_exact(&mut block)?;
        self.all.update(block);
        self.at += BLOCK as u64;
        Ok(block)
    }

    fn header(&mut self) -> io::Result<(String, u64)> {
        let block = self.block()?;
        tar::read(&block).ok_or_else(|| damaged("what should be the head of a member is none"))
    }

    /// The bytes of a member, and what fills its last block.
    fn member(&mut self, size: u64, mut piece: impl FnMut(&[u8])) -> io::Result<()> {
        let mut left = size;
        while left > 0 {
            let block = self.block()?;
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK);
            piece(&block[..length]);
            if block[length..].iter().any(|byte| *byte != 0) {
                return Err(damaged("there is something between two members"));
            }
            left -= length as u64;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let mut end = Vec::new();
        (&mut self.input).take(END.len() as u64 + 1).read_to_end(&mut end)?;
        if end == END { Ok(()) } else { Err(damaged("it does not end where it should")) }
    }
}
