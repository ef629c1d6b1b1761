//! What is sent by those who write.

use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};
use xtask::Result;

/// The type of a form with a file.
pub(crate) const MULTIPART: &str = "multipart/form-data; boundary=pindesk-bench";

/// The bodies of the scenarios that write.
pub(crate) struct Files {
    pub(crate) json: PathBuf,
    pub(crate) multipart: PathBuf,
}

impl Files {
    /// Writes them to `dir`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn new(dir: &Path) -> Result<Self> {
        let files = Self { json: dir.join("ticket.json"), multipart: dir.join("ticket.multipart") };
        fs::write(&files.json, ticket_json(0))?;
        // What follows the end of an image is no part of it.
        let mut png = PNG.to_vec();
        png.resize(1024 * 1024, 0);
        fs::write(&files.multipart, multipart("A picture", &png))?;
        Ok(files)
    }
}

const DESCRIPTION: &str = "Since this morning the second tray is said to be empty although it was filled twice. \
    Switching it off and on again helps for one page. The serial number is on the picture, if there is one.";

/// A picture of one pixel.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\rIDATx\xdacPHX\xf0\x1f\0\x03\xe4\x02\x20\xa4\xd8\x1c\xcc\0\0\0\0IEND\xaeB`\x82";

/// What opens a ticket.
pub(crate) fn ticket_json(number: usize) -> String {
    let title = format!("Ticket {number}: the printer does not print");
    let ticket = json!({ "title": title, "description": DESCRIPTION, "priority": "High", "category": "Bug" });
    ticket.to_string()
}

/// The same as a form, with this file.
pub(crate) fn multipart(title: &str, png: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in [("title", title), ("description", DESCRIPTION), ("priority", "High"), ("category", "Bug")] {
        let part = format!("--pindesk-bench\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--pindesk-bench\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"tray.png\"\r\n\
          Content-Type: image/png\r\n\r\n",
    );
    body.extend_from_slice(png);
    body.extend_from_slice(b"\r\n--pindesk-bench--\r\n");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_with_a_file_is_whole() {
        let body = multipart("T", PNG);
        let text = String::from_utf8_lossy(&body);
        assert_eq!(text.matches("--pindesk-bench\r\n").count(), 5);
        assert!(text.ends_with("\r\n--pindesk-bench--\r\n"));
        assert!(body.windows(PNG.len()).any(|bytes| bytes == PNG));
    }
}
