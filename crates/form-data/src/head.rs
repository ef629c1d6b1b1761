//! The head of a part: its name, its file's name, the encoding of its text.

use encoding_rs::{Encoding, UTF_8};

use crate::disposition::{Parameters, file_name, text};

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of its field; empty when it has none.
    pub name: String,
    /// The name of its file; empty for a file field in which nothing was chosen, `None` for a text.
    pub file_name: Option<String>,
    charset: Option<&'static Encoding>,
}

/// A text that is not in the encoding it should be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not in UTF-8")]
pub struct NotText;

impl Part {
    /// From the lines of its head.
    pub(crate) fn of(lines: &[u8]) -> Self {
        let lines = unfolded(lines);
        let value_of = |wanted: &str| {
            lines.iter().find_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                line[..colon].trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()).then(|| &line[colon + 1..])
            })
        };
        let disposition = Parameters::of(value_of("content-disposition").unwrap_or_default());
        let content_type = Parameters::of(value_of("content-type").unwrap_or_default());
        Self {
            name: disposition.get("name").map(text).unwrap_or_default(),
            file_name: file_name(&disposition),
            charset: content_type.get("charset").and_then(Encoding::for_label),
        }
    }

    /// The part's bytes as text: in the encoding its head names, or in UTF-8.
    ///
    /// # Errors
    /// They are not in UTF-8, and no other encoding was named.
    pub fn text(&self, bytes: Vec<u8>) -> Result<String, NotText> {
        match self.charset {
            Some(charset) if charset != UTF_8 => Ok(charset.decode_without_bom_handling(&bytes).0.into_owned()),
            _ => String::from_utf8(bytes).map_err(|_| NotText),
        }
    }
}

/// The lines of a head; one that begins with a blank goes on with the one before (RFC 5322, 2.2.3).
fn unfolded(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match lines.last_mut() {
            Some(before) if line.starts_with(b" ") || line.starts_with(b"\t") => before.extend_from_slice(line),
            _ => lines.push(line.to_vec()),
        }
    }
    lines
}

/// The boundary in the value of a `Content-Type` header, if that is `multipart/form-data`.
pub fn boundary(content_type: &[u8]) -> Option<String> {
    /// RFC 2046 allows 70.
    const MAX: usize = 200;
    let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
    if !content_type[..end].trim_ascii().eq_ignore_ascii_case(b"multipart/form-data") {
        return None;
    }
    let parameters = Parameters::of(content_type);
    let boundary = std::str::from_utf8(parameters.get("boundary")?).ok()?;
    let is_one = !boundary.is_empty() && boundary.len() <= MAX && !boundary.chars().any(char::is_control);
    is_one.then(|| boundary.to_owned())
}
