//! Which files are taken, judged by their bytes, and the sentences of a refusal.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::word::words;

mod found;
mod name;
mod picture;
mod size;

pub use found::{Found, LockSearch};
pub use name::clean_file_name;
pub use picture::{Measured, PictureSize};
pub use size::human_bytes;

/// Signatures at the beginning of a file (WHATWG MIME Sniffing Standard).
const SIGNATURES: [(&[u8], FileKind); 4] = [
    (b"%PDF-", FileKind::Pdf),
    (b"\xFF\xD8\xFF", FileKind::Jpg),
    (b"\x89PNG\r\n\x1A\n", FileKind::Png),
    (b"PK\x03\x04", FileKind::Docx),
];

/// A kind of file that can be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum FileKind {
    /// Portable Document Format.
    Pdf,
    /// JPEG image, `.jpg` or `.jpeg`.
    Jpg,
    /// PNG image.
    Png,
    /// Office Open XML word processing document.
    Docx,
}

impl FileKind {
    /// How many first bytes of a file [`FileKind::sniff`] looks at: readers look for the header of a PDF in so many.
    pub const SNIFF_BYTES: usize = 1024;

    /// For the `accept` attribute of a file field.
    pub const ACCEPT: &str = ".pdf,.jpg,.jpeg,.png,.docx";

    /// The kind by a file's first bytes. A `.docx` is a ZIP archive; what is in it is looked at by the desk, when it is
    /// all there. A PDF may have something in front of its header (a byte order mark, blank lines, a printer's job,
    /// MacBinary), as readers allow, but nothing that makes it a web page or another file.
    pub fn sniff(first_bytes: &[u8]) -> Option<Self> {
        let first = SIGNATURES.iter().find(|(signature, _)| first_bytes.starts_with(signature));
        first.map(|(_, kind)| *kind).or_else(|| {
            let (header, kind) = SIGNATURES[0];
            let head = &first_bytes[..first_bytes.len().min(Self::SNIFF_BYTES)];
            let start = head.windows(header.len()).position(|part| part == header)?;
            let is_other = Found::by_signature(head).is_some() || found::has_markup(&head[..start]);
            (!is_other).then_some(kind)
        })
    }

    /// The kind that a file's name claims by its extension.
    pub fn by_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension)))
    }

    /// The extensions that agree with the kind; files are stored under the first.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Docx => &["docx"],
        }
    }

    /// The media type it is served with.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Jpg => "JPG image",
            Self::Png => "PNG image",
            Self::Docx => "Word document",
        }
    }

    /// Whether a browser shows it as a picture.
    pub const fn is_image(self) -> bool {
        matches!(self, Self::Jpg | Self::Png)
    }

    /// Whether it is shown in the browser rather than only downloaded.
    pub const fn is_inline(self) -> bool {
        !matches!(self, Self::Docx)
    }
}

words!(FileKind);

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRefusal {
    /// Not one of the kinds, but this.
    WrongKind(Found),
    /// The bytes are of this kind, the name says another.
    NameDisagrees(FileKind),
    /// No bytes.
    Empty,
    /// Only the first bytes of a file of this kind.
    CutOff(FileKind),
    /// It cannot be read, as a folder cannot. Only browsers meet this.
    Unreadable,
    /// It is not any more what was chosen, or not there any more. Only browsers meet this.
    Changed,
    /// Looks like a ZIP archive, but is no proper Word document.
    BrokenDocx,
    /// Locked with a password.
    Locked,
    /// A Word document with macros.
    Macros,
    /// A Word document whose entries climb out, overlap or are not what they say.
    UnsafeArchive,
    /// A Word document that unpacks to more than it may.
    UnpacksTooLarge,
    /// More bytes than a file may have.
    TooLarge,
    /// More files than a ticket may have.
    TooMany,
}

/// How much may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadLimits {
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// Files of one ticket.
    pub max_files: u32,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self { max_file_bytes: 5 * 1024 * 1024, max_files: 10 }
    }
}

impl UploadLimits {
    /// The limits in a sentence, shown before anything is chosen.
    pub fn sentence(&self) -> String {
        format!(
            "PDF, JPG, PNG or DOCX, up to {} each, {} files at most.",
            human_bytes(self.max_file_bytes),
            self.max_files
        )
    }

    /// Why the file `name` is refused, and what to do.
    pub fn refusal(&self, name: &str, why: FileRefusal) -> String {
        match why {
            FileRefusal::WrongKind(found) => {
                format!("\"{name}\" is not a PDF, JPG, PNG or DOCX file. {}", found.sentence())
            }
            FileRefusal::NameDisagrees(kind) => format!(
                "\"{name}\" is a {} by its content. Give its name the ending .{} or choose another file.",
                kind.label(),
                kind.extensions()[0]
            ),
            FileRefusal::Empty => format!("\"{name}\" is empty. Choose a file with something in it."),
            FileRefusal::CutOff(kind) => {
                format!("\"{name}\" is only the beginning of a {}. Fetch the whole file and attach that.", kind.label())
            }
            FileRefusal::Unreadable => {
                format!("\"{name}\" cannot be read. If it is a folder, attach the files in it.")
            }
            FileRefusal::Changed => {
                format!("\"{name}\" changed after you chose it, or is gone. Choose it again.")
            }
            FileRefusal::Locked => {
                format!("\"{name}\" is locked with a password. Save it without one and attach that.")
            }
            FileRefusal::BrokenDocx => {
                format!("\"{name}\" is not a whole Word document. Save it again as .docx and attach that.")
            }
            FileRefusal::Macros => {
                format!("\"{name}\" has macros in it. Save it as .docx without macros and attach that.")
            }
            FileRefusal::UnsafeArchive => {
                format!("\"{name}\" is not a safe Word document. Save it again as .docx and attach that.")
            }
            FileRefusal::UnpacksTooLarge => format!(
                "\"{name}\" is not a safe Word document: it unpacks to more than 100 MB. Make its pictures smaller, save it again and attach that."
            ),
            FileRefusal::TooLarge => {
                format!("\"{name}\" is larger than {}, the limit for one file.", human_bytes(self.max_file_bytes))
            }
            FileRefusal::TooMany => {
                format!("\"{name}\" is one file too many: a ticket takes {} files at most.", self.max_files)
            }
        }
    }

    /// Judges a file by its name, first bytes and size before it is sent: the browser's and the desk's first look.
    ///
    /// # Errors
    /// The reason, for [`UploadLimits::refusal`].
    pub fn first_look(&self, name: &str, first_bytes: &[u8], size: u64) -> Result<FileKind, FileRefusal> {
        if first_bytes.is_empty() {
            return Err(FileRefusal::Empty);
        }
        let Some(kind) = FileKind::sniff(first_bytes) else {
            let cut_off = found::beginning_of(first_bytes, &SIGNATURES).map(FileRefusal::CutOff);
            return Err(cut_off.unwrap_or_else(|| FileRefusal::WrongKind(Found::look(first_bytes))));
        };
        match FileKind::by_name(name) {
            Some(named) if named == kind => {}
            // A ZIP archive under another name may be anything.
            _ if kind == FileKind::Docx => {
                return Err(FileRefusal::WrongKind(Found::look_into_zip(name, first_bytes)));
            }
            _ => return Err(FileRefusal::NameDisagrees(kind)),
        }
        if size > self.max_file_bytes { Err(FileRefusal::TooLarge) } else { Ok(kind) }
    }
}

fn starts_with_ignoring_case(bytes: &[u8], start: &[u8]) -> bool {
    bytes.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

    #[test]
    fn bytes_decide_and_the_name_must_agree() {
        let limits = UploadLimits::default();
        let wrong = |found| Err(FileRefusal::WrongKind(found));
        assert_eq!(limits.first_look("a.png", PNG, 100), Ok(FileKind::Png));
        assert_eq!(limits.first_look("a.PNG", PNG, 100), Ok(FileKind::Png));
        assert_eq!(limits.first_look("a.pdf", PNG, 100), Err(FileRefusal::NameDisagrees(FileKind::Png)));
        assert_eq!(limits.first_look("a", PNG, 100), Err(FileRefusal::NameDisagrees(FileKind::Png)));
        assert_eq!(limits.first_look("a.png", b"MZ\x90\0", 100), wrong(Found::Program));
        assert_eq!(limits.first_look("a.zip", b"PK\x03\x04aaaa", 100), wrong(Found::Archive));
        assert_eq!(limits.first_look("a.jpeg", b"\xFF\xD8\xFF\xE0", 100), Ok(FileKind::Jpg));
        assert_eq!(limits.first_look("a.png", PNG, 5 * 1024 * 1024), Ok(FileKind::Png));
        assert_eq!(limits.first_look("a.png", PNG, 5 * 1024 * 1024 + 1), Err(FileRefusal::TooLarge));
        assert_eq!(limits.first_look("a.png", b"", 0), Err(FileRefusal::Empty));
        assert_eq!(limits.first_look("a.jpg", b"\xFF\xD8", 2), Err(FileRefusal::CutOff(FileKind::Jpg)));
        assert_eq!(limits.first_look("a.png", &PNG[..7], 7), Err(FileRefusal::CutOff(FileKind::Png)));
        assert_eq!(limits.first_look("a.pdf", b"%PDF", 4), Err(FileRefusal::CutOff(FileKind::Pdf)));
    }

    #[test]
    fn jpgs_of_every_maker_are_taken() {
        for marker in [0xC0, 0xC2, 0xC4, 0xDB, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xFF] {
            assert_eq!(FileKind::sniff(&[0xFF, 0xD8, 0xFF, marker]), Some(FileKind::Jpg), "{marker:x}");
        }
    }

    #[test]
    fn a_pdf_may_have_something_in_front() {
        let mac_binary = [&[0, 8], b"scan.pdf".as_slice(), &[0; 118]].concat();
        for front in [
            b"".as_slice(),
            b"\xEF\xBB\xBF",
            b"\r\n\r\n  ",
            &mac_binary,
            b"\x1B%-12345X@PJL JOB NAME=\"x\"\r\n@PJL ENTER LANGUAGE=PDF\r\n",
            b"From: Ana <ana@example.org>\r\nContent-Type: application/pdf\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n",
            &[b' '; 1019],
        ] {
            let bytes = [front, b"%PDF-1.4\n"].concat();
            assert_eq!(FileKind::sniff(&bytes), Some(FileKind::Pdf), "{:?}", String::from_utf8_lossy(front));
        }
        for front in [
            [b' '; 1020].as_slice(),
            b"<html>",
            b"<!-- ",
            b"\xEF\xBB\xBF <ScRiPt>alert(1)</script>",
            b"x <svg onload=alert(1)>",
            b"<?xml version=\"1.0\"?>",
            b"GIF89a ",
            b"MZ\x90\0",
            b"#!/bin/sh\n",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        ] {
            let bytes = [front, b"%PDF-1.4\n"].concat();
            assert_eq!(FileKind::sniff(&bytes), None, "{:?}", String::from_utf8_lossy(front));
        }
    }

    #[test]
    fn a_refusal_names_the_file_the_rule_and_the_cause() {
        let limits = UploadLimits::default();
        let refused = |name: &str, head: &[u8]| limits.refusal(name, limits.first_look(name, head, 100).unwrap_err());
        assert_eq!(
            refused("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            "\"IMG_1.HEIC\" is not a PDF, JPG, PNG or DOCX file. It is a HEIC picture. Save it as JPG and attach that."
        );
        assert_eq!(
            refused("x.pdf", b"\x07\x01"),
            "\"x.pdf\" is not a PDF, JPG, PNG or DOCX file. Only these can be attached."
        );
        assert_eq!(
            refused("x.png", b"\xFF\xD8"),
            "\"x.png\" is only the beginning of a JPG image. Fetch the whole file and attach that."
        );
    }
}
