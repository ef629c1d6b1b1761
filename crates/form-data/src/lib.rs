//! Reads `multipart/form-data` (RFC 7578) as it arrives, within a fixed amount of memory whatever comes.
//!
//! Not one of the known crates, because each lacks something that the desk promises: what lies between parts must have
//! a limit before it is collected, a form must be read to its true end, and a file's name counts in every way in which
//! clients write it (`filename*`, encoded words, bytes that are not UTF-8).

mod disposition;
mod head;
mod words;

pub use head::{NotText, Part, boundary};

use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use memchr::memmem::Finder;

/// Bytes before the first part, of a part's head, and after the last part.
pub const MAX_BETWEEN: usize = 16 * 1024;

/// Why a form cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Its body ended with an error, as when the connection broke off.
    #[error("the body broke off: {0}")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its body ended before the boundary that closes it.
    #[error("the body ended before the form did")]
    Unfinished,
    /// More than [`MAX_BETWEEN`] bytes that belong to no part.
    #[error("more than {MAX_BETWEEN} bytes between two parts")]
    TooMuchBetween,
    /// A boundary is followed by something else than the end of its line.
    #[error("a boundary is not on a line of its own")]
    Boundary,
    /// More bytes than [`FormData::limit`] allows.
    #[error("the form is larger than it may be")]
    TooLong,
    /// It was read on after an error.
    #[error("the form could not be read before")]
    Failed,
}

/// A form that is read part by part: [`next_part`](Self::next_part), then [`chunk`](Self::chunk) until there is none,
/// and so on until there is no part. Only then the whole body has come.
pub struct FormData {
    body: BoxStream<'static, Result<Bytes, Unreadable>>,
    buffer: BytesMut,
    /// `CR LF -- boundary`
    delimiter: Finder<'static>,
    place: Place,
    left: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Preamble,
    Data,
    /// Behind a delimiter.
    Between,
    Over,
    Failed,
}

impl std::fmt::Debug for FormData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormData").field("place", &self.place).finish_non_exhaustive()
    }
}

impl FormData {
    /// A form in a body.
    pub fn new<E>(body: impl Stream<Item = Result<Bytes, E>> + Send + 'static, boundary: &str) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let delimiter = format!("\r\n--{boundary}");
        Self {
            body: body.map_err(|error| Unreadable::Body(error.into())).boxed(),
            // The first delimiter may begin the body, without an end of line before it.
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            place: Place::Preamble,
            left: u64::MAX,
        }
    }

    /// From here on at most so many bytes of the body are read.
    pub fn limit(&mut self, bytes: u64) {
        self.left = bytes;
    }

    /// The next part; what was not read of the one before is thrown away. `None` once the body has come to its end.
    ///
    /// # Errors
    /// The form cannot be read; it never can after that.
    pub async fn next_part(&mut self) -> Result<Option<Part>, Unreadable> {
        let place = std::mem::replace(&mut self.place, Place::Failed);
        let (part, place) = match place {
            Place::Over => (None, Place::Over),
            Place::Failed => return Err(Unreadable::Failed),
            Place::Preamble => {
                self.skip_preamble().await?;
                self.head().await?
            }
            Place::Data => {
                self.place = Place::Data;
                while self.chunk().await?.is_some() {}
                self.place = Place::Failed;
                self.head().await?
            }
            Place::Between => self.head().await?,
        };
        self.place = place;
        Ok(part)
    }

    /// The next bytes of the part, at least one; `None` at its end.
    ///
    /// # Errors
    /// As [`next_part`](Self::next_part).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Unreadable> {
        match self.place {
            Place::Data => {}
            Place::Failed => return Err(Unreadable::Failed),
            Place::Preamble | Place::Between | Place::Over => return Ok(None),
        }
        // Whoever drops the future half-way may call again: nothing is taken before it is given.
        loop {
            if let Some(at) = self.delimiter.find(&self.buffer) {
                if at > 0 {
                    return Ok(Some(self.buffer.split_to(at).freeze()));
                }
                self.buffer.advance(self.delimiter.needle().len());
                self.place = Place::Between;
                return Ok(None);
            }
            // The end of what came may be the beginning of a delimiter.
            let sure = self.buffer.len().saturating_sub(self.delimiter.needle().len() - 1);
            if sure > 0 {
                return Ok(Some(self.buffer.split_to(sure).freeze()));
            }
            if let Err(error) = self.fill().await {
                self.place = Place::Failed;
                return Err(error);
            }
        }
    }

    /// Takes what comes next of the body.
    async fn fill(&mut self) -> Result<(), Unreadable> {
        let bytes = self.body.next().await.ok_or(Unreadable::Unfinished)??;
        self.count(&bytes)?;
        self.buffer.extend_from_slice(&bytes);
        Ok(())
    }

    fn count(&mut self, bytes: &Bytes) -> Result<(), Unreadable> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Unreadable::TooLong)?;
        Ok(())
    }

    async fn skip_preamble(&mut self) -> Result<(), Unreadable> {
        let mut looked_at = 0;
        let at = loop {
            if let Some(at) = self.delimiter.find(&self.buffer[looked_at..]) {
                break looked_at + at;
            }
            looked_at = self.buffer.len().saturating_sub(self.delimiter.needle().len() - 1);
            if looked_at > MAX_BETWEEN {
                return Err(Unreadable::TooMuchBetween);
            }
            self.fill().await?;
        };
        if at > MAX_BETWEEN {
            return Err(Unreadable::TooMuchBetween);
        }
        self.buffer.advance(at + self.delimiter.needle().len());
        Ok(())
    }

    /// What follows a delimiter: the rest of its line and a part's head, or the end of the form.
    async fn head(&mut self) -> Result<(Option<Part>, Place), Unreadable> {
        const END: &[u8] = b"\r\n\r\n";
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            self.skip_epilogue().await?;
            return Ok((None, Place::Over));
        }
        let mut looked_at = 0;
        let end = loop {
            if let Some(at) = memchr::memmem::find(&self.buffer[looked_at..], END) {
                break looked_at + at;
            }
            looked_at = self.buffer.len().saturating_sub(END.len() - 1);
            if looked_at > MAX_BETWEEN {
                return Err(Unreadable::TooMuchBetween);
            }
            self.fill().await?;
        };
        if end > MAX_BETWEEN {
            return Err(Unreadable::TooMuchBetween);
        }
        let head = self.buffer.split_to(end + END.len());
        // Transport padding (RFC 2046, 5.1.1).
        let head = head[..end].trim_start_of(b" \t");
        let lines = if head.is_empty() { head } else { head.strip_prefix(b"\r\n").ok_or(Unreadable::Boundary)? };
        Ok((Some(Part::of(lines)), Place::Data))
    }

    /// Reads on to the end of the body: before it, nobody knows whether it broke off.
    async fn skip_epilogue(&mut self) -> Result<(), Unreadable> {
        let mut length = self.buffer.len();
        self.buffer = BytesMut::new();
        while length <= MAX_BETWEEN {
            let Some(bytes) = self.body.next().await.transpose()? else { return Ok(()) };
            self.count(&bytes)?;
            length += bytes.len();
        }
        Err(Unreadable::TooMuchBetween)
    }
}

trait TrimStartOf {
    fn trim_start_of(&self, set: &[u8]) -> &Self;
}

impl TrimStartOf for [u8] {
    fn trim_start_of(&self, set: &[u8]) -> &Self {
        let start = self.iter().position(|byte| !set.contains(byte)).unwrap_or(self.len());
        &self[start..]
    }
}

#[cfg(test)]
mod tests;
