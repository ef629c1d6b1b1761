//! Encoded words of mail headers (RFC 2047), which .NET and mail programs write into file names.

use data_encoding::BASE64_NOPAD;
use encoding_rs::{Encoding, WINDOWS_1252};

/// A text with encoded words in it; `None` when there are none, or one that cannot be read.
pub(crate) fn decode(text: &str) -> Option<String> {
    if !text.contains("=?") {
        return None;
    }
    let mut out = String::new();
    // A letter may be cut in two by the end of a word, so words of one charset are decoded together.
    let mut waiting: Option<(&'static Encoding, Vec<u8>)> = None;
    let mut rest = text;
    let mut is_found = false;
    while let Some(at) = rest.find("=?") {
        let between = &rest[..at];
        let word = Word::at_start(&rest[at..])?;
        // Blanks between two words are not part of the text.
        if !(waiting.is_some() && between.trim().is_empty()) {
            flush(&mut waiting, &mut out);
            out.push_str(between);
        }
        match &mut waiting {
            Some((charset, bytes)) if *charset == word.charset => bytes.extend_from_slice(&word.bytes),
            _ => {
                flush(&mut waiting, &mut out);
                waiting = Some((word.charset, word.bytes));
            }
        }
        rest = word.rest;
        is_found = true;
    }
    flush(&mut waiting, &mut out);
    out.push_str(rest);
    is_found.then_some(out)
}

fn flush(waiting: &mut Option<(&'static Encoding, Vec<u8>)>, out: &mut String) {
    if let Some((charset, bytes)) = waiting.take() {
        out.push_str(&charset.decode_without_bom_handling(&bytes).0);
    }
}

struct Word<'a> {
    charset: &'static Encoding,
    bytes: Vec<u8>,
    rest: &'a str,
}

impl<'a> Word<'a> {
    /// `=?charset?B?…?=` or `=?charset*language?Q?…?=`
    fn at_start(text: &'a str) -> Option<Self> {
        let (charset, text) = text.strip_prefix("=?")?.split_once('?')?;
        let (kind, text) = text.split_once('?')?;
        let (encoded, rest) = text.split_once("?=")?;
        let label = charset.split('*').next().unwrap_or_default();
        let charset = match label.to_ascii_lowercase().as_str() {
            "us-ascii" => WINDOWS_1252,
            label => Encoding::for_label(label.as_bytes())?,
        };
        let bytes = match kind {
            "B" | "b" => BASE64_NOPAD.decode(encoded.trim_end_matches('=').as_bytes()).ok()?,
            "Q" | "q" => quoted(encoded)?,
            _ => return None,
        };
        Some(Self { charset, bytes, rest })
    }
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [b'=', high, low, after @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
                after
            }
            [b'=', ..] => return None,
            [b'_', after @ ..] => {
                bytes.push(b' ');
                after
            }
            [byte, after @ ..] => {
                bytes.push(*byte);
                after
            }
            [] => return Some(bytes),
        };
    }
}
