//! Which files are taken, judged by their bytes, and the sentences of a refusal.

use serde::{Deserialize, Serialize};

/// A kind of file that can be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Pdf, Self::Jpg, Self::Png, Self::Docx];

    /// How many first bytes of a file [`FileKind::sniff`] looks at.
    pub const SNIFF_BYTES: usize = 8;

    /// For the `accept` attribute of a file field.
    pub const ACCEPT: &str = ".pdf,.jpg,.jpeg,.png,.docx";

    /// The kind by a file's first bytes (the signatures of the WHATWG MIME Sniffing Standard). A `.docx` is a ZIP
    /// archive; what is in it is looked at by the desk, when it is all there.
    pub fn sniff(first_bytes: &[u8]) -> Option<Self> {
        const SIGNATURES: [(&[u8], FileKind); 4] = [
            (b"%PDF-", FileKind::Pdf),
            (b"\xFF\xD8\xFF", FileKind::Jpg),
            (b"\x89PNG\r\n\x1A\n", FileKind::Png),
            (b"PK\x03\x04", FileKind::Docx),
        ];
        SIGNATURES.iter().find(|(signature, _)| first_bytes.starts_with(signature)).map(|(_, kind)| *kind)
    }

    /// The kind that a file's name claims by its extension.
    pub fn by_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Self::ALL.into_iter().find(|kind| kind.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension)))
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

    /// The word in the database and in a URL.
    pub const fn word(self) -> &'static str {
        self.extensions()[0]
    }

    /// The kind of a word from the database or a URL.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
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

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRefusal {
    /// Not one of the kinds.
    WrongKind,
    /// The bytes are of this kind, the name says another.
    NameDisagrees(FileKind),
    /// No bytes.
    Empty,
    /// Looks like a ZIP archive, but is no proper Word document.
    BrokenDocx,
    /// A Word document with macros.
    Macros,
    /// A Word document whose entries climb out, or that unpacks to more than it may.
    UnsafeArchive,
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
            FileRefusal::WrongKind => {
                format!("\"{name}\" is not a PDF, JPG, PNG or DOCX file. Only these can be attached.")
            }
            FileRefusal::NameDisagrees(kind) => format!(
                "\"{name}\" is a {} by its content. Give its name the ending .{} or choose another file.",
                kind.label(),
                kind.extensions()[0]
            ),
            FileRefusal::Empty => format!("\"{name}\" is empty. Choose a file with something in it."),
            FileRefusal::BrokenDocx => {
                format!("\"{name}\" is not a whole Word document. Save it again as .docx and attach that.")
            }
            FileRefusal::Macros => {
                format!("\"{name}\" has macros in it. Save it as .docx without macros and attach that.")
            }
            FileRefusal::UnsafeArchive => {
                format!("\"{name}\" is not a safe Word document. Save it again as .docx and attach that.")
            }
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
        let kind = FileKind::sniff(first_bytes).ok_or(FileRefusal::WrongKind)?;
        match FileKind::by_name(name) {
            Some(named) if named == kind => {}
            // A ZIP archive under another name is no Word document at all.
            _ if kind == FileKind::Docx => return Err(FileRefusal::WrongKind),
            _ => return Err(FileRefusal::NameDisagrees(kind)),
        }
        if size > self.max_file_bytes { Err(FileRefusal::TooLarge) } else { Ok(kind) }
    }
}

/// The name to show for a file: the last part of what the client sent, without control and direction characters, at
/// most 150 characters, its extension kept. Never used as a path.
pub fn clean_file_name(sent: &str) -> String {
    const MAX: usize = 150;
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '"'))
        .collect();
    let name = name.trim();
    if name.is_empty() {
        return "file".to_owned();
    }
    if name.chars().count() <= MAX {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end).filter(|end| end.chars().count() <= 10);
    let keep = MAX - extension.map_or(0, |end| end.chars().count() + 1);
    let stem: String = name.chars().take(keep).collect();
    extension.map_or_else(|| stem.clone(), |end| format!("{stem}.{end}"))
}

/// A size for people: `812 bytes`, `1.4 MB` (of 1024 × 1024 bytes, as the limits are).
pub fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" });
    }
    // Whole tenths of the unit: floating-point formatting would be a tenth of the browser's file.
    let mut unit_bytes = 1024;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if bytes / 1024 < unit_bytes {
            break;
        }
        unit_bytes *= 1024;
        unit = next;
    }
    let tenths = (bytes / unit_bytes * 10) + (bytes % unit_bytes * 10 + unit_bytes / 2) / unit_bytes;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 { format!("{whole} {unit}") } else { format!("{whole}.{tenth} {unit}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

    #[test]
    fn bytes_decide_and_the_name_must_agree() {
        let limits = UploadLimits::default();
        assert_eq!(limits.first_look("a.png", PNG, 100), Ok(FileKind::Png));
        assert_eq!(limits.first_look("a.PNG", PNG, 100), Ok(FileKind::Png));
        assert_eq!(limits.first_look("a.pdf", PNG, 100), Err(FileRefusal::NameDisagrees(FileKind::Png)));
        assert_eq!(limits.first_look("a", PNG, 100), Err(FileRefusal::NameDisagrees(FileKind::Png)));
        assert_eq!(limits.first_look("a.png", b"MZ\x90\0", 100), Err(FileRefusal::WrongKind));
        assert_eq!(limits.first_look("a.zip", b"PK\x03\x04aaaa", 100), Err(FileRefusal::WrongKind));
        assert_eq!(limits.first_look("a.jpeg", b"\xFF\xD8\xFF\xE0", 100), Ok(FileKind::Jpg));
        assert_eq!(limits.first_look("a.png", PNG, 5 * 1024 * 1024), Ok(FileKind::Png));
        assert_eq!(limits.first_look("a.png", PNG, 5 * 1024 * 1024 + 1), Err(FileRefusal::TooLarge));
        assert_eq!(limits.first_look("a.png", b"", 0), Err(FileRefusal::Empty));
    }

    #[test]
    fn names_are_only_names() {
        assert_eq!(clean_file_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_file_name("C:\\Users\\ana\\scan.pdf"), "scan.pdf");
        assert_eq!(clean_file_name("a\u{202E}fdp.exe"), "afdp.exe");
        assert_eq!(clean_file_name("\r\n"), "file");
        let long = clean_file_name(&format!("{}.pdf", "ä".repeat(400)));
        assert_eq!(long.chars().count(), 150);
        assert_eq!(FileKind::by_name(&long), Some(FileKind::Pdf));
    }

    #[test]
    fn sizes_for_people() {
        assert_eq!(human_bytes(1), "1 byte");
        assert_eq!(human_bytes(5 * 1024 * 1024), "5 MB");
        assert_eq!(human_bytes(1536), "1.5 KB");
        assert_eq!(human_bytes(1024 * 1024), "1 MB");
        assert_eq!(human_bytes(3 * 1024 * 1024 * 1024 / 2), "1.5 GB");
        assert_eq!(human_bytes(u64::MAX), "16777216 TB");
    }

    proptest! {
        #[test]
        fn a_clean_name_stays_as_it_is(sent: String) {
            let name = clean_file_name(&sent);
            prop_assert!(!name.is_empty() && !name.contains(['/', '\\', '"', '\n']));
            prop_assert_eq!(clean_file_name(&name), name.clone());
        }
    }
}
