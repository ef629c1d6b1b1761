//! Parameters of a header, and the file name in those of `Content-Disposition`.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use percent_encoding::percent_decode;

use crate::words;

/// The parameters of a header's value, names in lower case, values without their quotation marks.
pub(crate) struct Parameters(Vec<(String, Vec<u8>)>);

impl Parameters {
    /// Reads what follows the first semicolon.
    pub(crate) fn of(value: &[u8]) -> Self {
        let mut parameters = Vec::new();
        let mut rest = value.iter().position(|byte| *byte == b';').map_or(&[][..], |at| &value[at + 1..]);
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
            let name = String::from_utf8_lossy(rest[..end].trim_ascii()).to_ascii_lowercase();
            if rest.get(end) != Some(&b'=') {
                rest = rest.get(end + 1..).unwrap_or_default();
                continue;
            }
            let (value, after) = value_at_start(&rest[end + 1..]);
            parameters.push((name, value));
            rest = after;
        }
        Self(parameters)
    }

    /// The first one of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// A value, and what follows the semicolon behind it.
fn value_at_start(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let bytes = bytes.trim_ascii_start();
    let Some(mut rest) = bytes.strip_prefix(b"\"") else {
        let end = bytes.iter().position(|byte| *byte == b';').unwrap_or(bytes.len());
        return (bytes[..end].trim_ascii().to_vec(), bytes.get(end + 1..).unwrap_or_default());
    };
    let mut value = Vec::new();
    loop {
        match rest {
            // Browsers send a backslash as it is, so only what must be escaped is taken as escaped.
            [b'\\', escaped @ (b'"' | b'\\'), after @ ..] => {
                value.push(*escaped);
                rest = after;
            }
            [b'"', after @ ..] => match after.trim_ascii_start() {
                [] => return (value, &[]),
                [b';', after @ ..] => return (value, after),
                // A quotation mark that its sender forgot to escape.
                _ => {
                    value.push(b'"');
                    rest = after;
                }
            },
            [byte, after @ ..] => {
                value.push(*byte);
                rest = after;
            }
            [] => return (value, &[]),
        }
    }
}

/// Bytes of a header as text: UTF-8, or what else can only be Western Europe's.
pub(crate) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The name of a file. `filename*` counts before `filename` (RFC 6266, 4.3).
pub(crate) fn file_name(parameters: &Parameters) -> Option<String> {
    let extended = parameters.get("filename*");
    let plain = parameters.get("filename");
    if let Some(name) = extended.and_then(decoded).filter(|name| !name.is_empty()) {
        return Some(name);
    }
    if let Some(name) = continued(parameters) {
        return Some(name);
    }
    let name = text(plain.or(extended)?);
    if let Some(decoded) = words::decode(&name) {
        return Some(decoded);
    }
    // As the HTML Standard has browsers write them (4.10.21.8).
    let unescaped = ["%22", "%0D", "%0A", "%0d", "%0a"].into_iter().zip(["\"", "\r", "\n", "\r", "\n"]);
    Some(
        unescaped
            .fold(name, |name, (escape, sign)| if name.contains(escape) { name.replace(escape, sign) } else { name }),
    )
}

/// `charset'language'percent-encoded` (RFC 8187, 3.2).
fn decoded(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let charset = Encoding::for_label(parts.next()?)?;
    let (_language, encoded) = (parts.next()?, parts.next()?);
    let bytes: Cow<'_, [u8]> = percent_decode(encoded).into();
    Some(charset.decode_without_bom_handling(&bytes).0.into_owned())
}

/// A name in pieces: `filename*0`, `filename*1*` and so on (RFC 2231, 3 and 4.1).
fn continued(parameters: &Parameters) -> Option<String> {
    let mut bytes = Vec::new();
    let mut charset = None;
    for number in 0.. {
        if let Some(piece) = parameters.get(&format!("filename*{number}*")) {
            let encoded = if number == 0 {
                let mut parts = piece.splitn(3, |byte| *byte == b'\'');
                charset = Encoding::for_label(parts.next()?);
                parts.nth(1)?
            } else {
                piece
            };
            bytes.extend(percent_decode(encoded));
        } else if let Some(piece) = parameters.get(&format!("filename*{number}")) {
            bytes.extend_from_slice(piece);
        } else {
            break;
        }
    }
    if bytes.is_empty() {
        return None;
    }
    Some(charset.map_or_else(|| text(&bytes), |charset| charset.decode_without_bom_handling(&bytes).0.into_owned()))
}
