//! What a file is that is not taken, so that its refusal names the cause and says what to do.

use super::{FileKind, starts_with_ignoring_case};

/// What the bytes of a file that is not taken look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A HEIC or HEIF picture, as phones take them.
    Heic,
    /// An AVIF picture.
    Avif,
    /// A WebP picture.
    WebP,
    /// A GIF picture.
    Gif,
    /// A BMP picture.
    Bmp,
    /// A TIFF picture or scan.
    Tiff,
    /// An SVG drawing.
    Svg,
    /// Another picture: JPEG XL, JPEG 2000, Photoshop, icons.
    OtherPicture,
    /// A video.
    Video,
    /// A sound recording.
    Sound,
    /// A web page.
    Html,
    /// A document of an old Office version (`.doc`, `.xls`, `.ppt`).
    OldOffice,
    /// An Excel workbook.
    Excel,
    /// A PowerPoint presentation.
    PowerPoint,
    /// An Office document under another name; which one is not looked at.
    Office,
    /// An OpenDocument text, sheet or presentation.
    OpenDocument,
    /// Rich Text Format.
    Rtf,
    /// PostScript.
    PostScript,
    /// A ZIP, RAR, 7z or other archive.
    Archive,
    /// Something that runs.
    Program,
    /// A shortcut of Windows, which holds nothing of what it leads to.
    Shortcut,
    /// Words without a format.
    Text,
    /// Nothing but zeros.
    Zeros,
    /// None of these.
    Unknown,
}

/// Where a signature stands, its bytes, and what it tells.
type Signature = (usize, &'static [u8], Found);

/// From the formats' own descriptions; those with few bytes come last.
const SIGNATURES: &[Signature] = &[
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Found::OldOffice),
    (0, b"GIF8", Found::Gif),
    (8, b"WEBP", Found::WebP),
    (8, b"AVI ", Found::Video),
    (8, b"WAVE", Found::Sound),
    (0, b"II*\0", Found::Tiff),
    (0, b"MM\0*", Found::Tiff),
    (0, b"II+\0", Found::Tiff),
    (0, b"8BPS", Found::OtherPicture),
    (4, b"JXL ", Found::OtherPicture),
    (4, b"jP  \r\n", Found::OtherPicture),
    (0, b"\0\0\x01\0", Found::OtherPicture),
    (0, b"{\\rtf", Found::Rtf),
    (0, b"%!PS", Found::PostScript),
    (0, b"PK\x05\x06", Found::Archive),
    (0, b"PK\x07\x08", Found::Archive),
    (0, b"Rar!\x1A\x07", Found::Archive),
    (0, b"7z\xBC\xAF\x27\x1C", Found::Archive),
    (0, b"\xFD7zXZ\0", Found::Archive),
    (0, b"\x28\xB5\x2F\xFD", Found::Archive),
    (257, b"ustar", Found::Archive),
    (0, b"BZh", Found::Archive),
    (0, b"\x1F\x8B", Found::Archive),
    (0, b"\x7FELF", Found::Program),
    (0, b"\xCF\xFA\xED\xFE", Found::Program),
    (0, b"\xCA\xFE\xBA\xBE", Found::Program),
    (0, b"#!", Found::Program),
    (0, b"L\0\0\0\x01\x14\x02\0", Found::Shortcut),
    (0, b"\x1A\x45\xDF\xA3", Found::Video),
    (0, b"\0\0\x01\xBA", Found::Video),
    (0, b"OggS", Found::Sound),
    (0, b"fLaC", Found::Sound),
    (0, b"ID3", Found::Sound),
    (0, b"\xFF\xFB", Found::Sound),
    (0, b"\xFF\x0A", Found::OtherPicture),
    (0, b"MZ", Found::Program),
];

/// Brands of HEIF containers (ISO/IEC 23008-12), and of pictures and sound in others of their kind.
const BRANDS: [(&[u8], Found); 11] = [
    (b"heic", Found::Heic),
    (b"heix", Found::Heic),
    (b"heim", Found::Heic),
    (b"heis", Found::Heic),
    (b"hevc", Found::Heic),
    (b"hevx", Found::Heic),
    (b"mif1", Found::Heic),
    (b"msf1", Found::Heic),
    (b"avif", Found::Avif),
    (b"avis", Found::Avif),
    (b"M4A ", Found::Sound),
];

impl Found {
    /// By a signature that no file that is taken has.
    pub(super) fn by_signature(head: &[u8]) -> Option<Self> {
        if head.get(4..8) == Some(b"ftyp") {
            let brand = head.get(8..12).unwrap_or_default();
            let found = BRANDS.iter().find(|(known, _)| brand == *known).map_or(Self::Video, |(_, found)| *found);
            // `mif1` says only that it is some picture; the brands it is compatible with say which.
            let compatible = head.get(16..head.len().min(64)).unwrap_or_default();
            let is_avif = brand == b"mif1" && compatible.chunks(4).any(|known| known == b"avif");
            return Some(if is_avif { Self::Avif } else { found });
        }
        // The size of the second head tells a bitmap from words that begin with BM.
        if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) && head.get(15..18) == Some(&[0; 3]) {
            return Some(Self::Bmp);
        }
        SIGNATURES
            .iter()
            .find(|(at, bytes, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(bytes)))
            .map(|it| it.2)
    }

    /// What the first bytes of a file look like that is of no kind that is taken.
    pub(super) fn look(head: &[u8]) -> Self {
        if let Some(found) = Self::by_signature(head) {
            return found;
        }
        if head.iter().all(|byte| *byte == 0) {
            return Self::Zeros;
        }
        if head.contains(&0) || head.iter().any(|byte| *byte < b' ' && !byte.is_ascii_whitespace() && *byte != 0x1B) {
            // UTF-16 begins with a mark of its own.
            return if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
                Self::Text
            } else {
                Self::Unknown
            };
        }
        if head.windows(4).any(|four| starts_with_ignoring_case(four, b"<svg")) {
            Self::Svg
        } else if has_markup(head) && !starts_with_ignoring_case(head, b"<?xml") {
            Self::Html
        } else {
            Self::Text
        }
    }

    /// What a ZIP archive is whose name is not that of a Word document.
    pub(super) fn look_into_zip(name: &str, head: &[u8]) -> Self {
        let first_entry = head.get(30..).unwrap_or_default();
        if first_entry.starts_with(b"mimetypeapplication/vnd.oasis") {
            return Self::OpenDocument;
        }
        let extension = name.rsplit_once('.').map_or("", |(_, end)| end);
        let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(extension));
        if is(&["xlsx", "xlsm", "xltx", "xlsb"]) {
            Self::Excel
        } else if is(&["pptx", "pptm", "ppsx", "potx"]) {
            Self::PowerPoint
        } else if is(&["docm", "dotm", "dotx"])
            || [b"[Content_Types].xml".as_slice(), b"_rels/.rels", b"word/", b"docProps/"]
                .iter()
                .any(|part| first_entry.starts_with(part))
        {
            Self::Office
        } else {
            Self::Archive
        }
    }

    /// What it is, and what to do instead.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Heic => "It is a HEIC picture. Save it as JPG and attach that.",
            Self::Avif => "It is an AVIF picture. Save it as JPG and attach that.",
            Self::WebP => "It is a WebP picture. Save it as JPG or PNG and attach that.",
            Self::Gif => "It is a GIF picture. Save it as PNG and attach that.",
            Self::Bmp => "It is a BMP picture. Save it as PNG and attach that.",
            Self::Tiff => "It is a TIFF picture. Save it as PDF or JPG and attach that.",
            Self::Svg => "It is an SVG drawing. Save it as PNG or PDF and attach that.",
            Self::OtherPicture => "It is a picture of another kind. Save it as JPG or PNG and attach that.",
            Self::Video => "It is a video. Attach a picture of what matters in it.",
            Self::Sound => "It is a sound recording. Write down what matters in it.",
            Self::Html => "It is a web page (HTML). Print it to a PDF and attach that.",
            Self::OldOffice => "It is a document of an old Office version. Save it as .docx or PDF and attach that.",
            Self::Excel => "It is an Excel workbook. Save it as PDF and attach that.",
            Self::PowerPoint => "It is a PowerPoint presentation. Save it as PDF and attach that.",
            Self::Office => {
                "It is an Office document. If it is one of Word's, save it as .docx; otherwise save it as PDF. Attach that."
            }
            Self::OpenDocument => "It is an OpenDocument file. Save it as .docx or PDF and attach that.",
            Self::Rtf => "It is an RTF document. Save it as .docx or PDF and attach that.",
            Self::PostScript => "It is PostScript. Save it as PDF and attach that.",
            Self::Archive => "It is an archive (ZIP or the like). Unpack it and attach the files in it.",
            Self::Program => "It is a program. Programs cannot be attached.",
            Self::Shortcut => "It is a shortcut. Attach the file that it leads to.",
            Self::Text => "It is plain text. Paste it where you write, or save it as PDF and attach that.",
            Self::Zeros => "There is nothing in it but zeros: it was not copied or downloaded whole. Fetch it again.",
            Self::Unknown => "Only these can be attached.",
        }
    }
}

/// Tags by which browsers know a web page (WHATWG MIME Sniffing Standard, 7.1), and those that bring script.
const TAGS: [&[u8]; 38] = [
    b"!doctype",
    b"!--",
    b"?xml",
    b"?php",
    b"html",
    b"head",
    b"script",
    b"iframe",
    b"h1",
    b"div",
    b"font",
    b"table",
    b"a",
    b"style",
    b"title",
    b"b",
    b"body",
    b"br",
    b"p",
    b"svg",
    b"img",
    b"meta",
    b"object",
    b"embed",
    b"form",
    b"input",
    b"button",
    b"video",
    b"audio",
    b"link",
    b"base",
    b"math",
    b"details",
    b"template",
    b"frame",
    b"frameset",
    b"ul",
    b"span",
];

/// Whether there is a tag in it that makes somebody take it for a web page. `<ana@example.org>` is none.
pub(super) fn has_markup(bytes: &[u8]) -> bool {
    let is_tag = |rest: &[u8]| {
        TAGS.iter().any(|tag| {
            let after = rest.get(tag.len());
            let is_word = tag.iter().all(u8::is_ascii_alphanumeric);
            starts_with_ignoring_case(rest, tag)
                && (!is_word || after.is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'>' | b'/')))
        })
    };
    bytes.iter().enumerate().any(|(at, byte)| *byte == b'<' && is_tag(&bytes[at + 1..]))
}

/// The kind of which these bytes are only the beginning.
pub(super) fn beginning_of(bytes: &[u8], signatures: &[(&[u8], FileKind)]) -> Option<FileKind> {
    let found = signatures.iter().find(|(signature, _)| bytes.len() > 1 && signature.starts_with(bytes));
    found.map(|(_, kind)| *kind)
}

/// Looks for the mark of an Office document that is locked with a password: the stream that holds it ([MS-OFFCRYPTO]
/// 2.3.4) in the directory of the compound file, which may stand anywhere.
#[derive(Debug, Default)]
pub struct LockSearch {
    /// The end of what was looked at, as long as the mark.
    rest: Vec<u8>,
    is_locked: bool,
}

impl LockSearch {
    /// Looks at the next bytes of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mark: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.rest.extend_from_slice(bytes);
        self.is_locked |= self.rest.windows(mark.len()).any(|part| part == mark);
        let keep = self.rest.len().min(mark.len() - 1);
        self.rest.drain(..self.rest.len() - keep);
    }

    /// Whether the mark was there.
    pub fn is_locked(&self) -> bool {
        self.is_locked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_named() {
        for (head, found) in [
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice(), Found::Heic),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0mif1heic", Found::Heic),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avif", Found::Avif),
            (b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1", Found::Avif),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Found::Video),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", Found::Video),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", Found::Sound),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Found::WebP),
            (b"RIFF\x24\0\0\0WAVEfmt ", Found::Sound),
            (b"GIF89a\x01\0", Found::Gif),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Found::Bmp),
            (b"BMW: the brake squeals, since Monday", Found::Text),
            (b"II*\0\x08\0\0\0", Found::Tiff),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\">", Found::Svg),
            (b"<SVG>", Found::Svg),
            (b"<!DOCTYPE html><title>x</title>", Found::Html),
            (b"\n <script>", Found::Html),
            (b"<?xml version=\"1.0\"?>\n<order/>", Found::Text),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", Found::OldOffice),
            (b"Rar!\x1A\x07\x01\0", Found::Archive),
            (b"7z\xBC\xAF\x27\x1C\0\x04", Found::Archive),
            (b"\x1F\x8B\x08\0", Found::Archive),
            (b"MZ\x90\0", Found::Program),
            (b"\x7FELF\x02\x01", Found::Program),
            (b"#!/bin/sh\n", Found::Program),
            (b"{\\rtf1\\ansi", Found::Rtf),
            (b"Hello, the printer is broken.\r\n", Found::Text),
            ("Grüße — Ünïcode".as_bytes(), Found::Text),
            (b"\xFF\xFEH\0i\0", Found::Text),
            (b"\0\0\0\0\0\0\0\0", Found::Zeros),
            (b"\x07\x01\x02\0", Found::Unknown),
        ] {
            assert_eq!(Found::look(head), found, "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn archives_are_called_by_what_they_are() {
        let zip = |first: &str| [b"PK\x03\x04".as_slice(), &[0; 26], first.as_bytes()].concat();
        for (name, first, found) in [
            ("sums.xlsx", "[Content_Types].xml", Found::Excel),
            ("talk.PPTX", "[Content_Types].xml", Found::PowerPoint),
            ("letter.odt", "mimetypeapplication/vnd.oasis.opendocument.text", Found::OpenDocument),
            ("letter", "[Content_Types].xml", Found::Office),
            ("letter.pdf", "word/document.xml", Found::Office),
            ("all.zip", "a.txt", Found::Archive),
        ] {
            assert_eq!(Found::look_into_zip(name, &zip(first)), found, "{name}");
        }
    }

    #[test]
    fn addresses_are_no_markup() {
        for markup in [
            "<html>",
            "x <SCRIPT src=a>",
            "<p>",
            "<a href=x>",
            "<br/>",
            "<!-- x",
            "<b",
            "<video src=x onerror=alert(1)>",
            "<form>",
            "<frameset>",
        ] {
            assert!(has_markup(markup.as_bytes()), "{markup}");
        }
        for none in [
            "From: Ana <ana@example.org>",
            "<b.c@d.e>",
            "a < b",
            "<",
            "Subject: <price list>",
            "<links>",
            "<form-7@example.org>",
        ] {
            assert!(!has_markup(none.as_bytes()), "{none}");
        }
    }

    #[test]
    fn a_lock_is_found_wherever_it_stands() {
        let mark: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let file = [vec![7; 3000], mark, vec![0; 100]].concat();
        for piece in [1, 7, 31, 32, 1000, 5000] {
            let mut search = LockSearch::default();
            file.chunks(piece).for_each(|bytes| search.feed(bytes));
            assert!(search.is_locked(), "{piece}");
        }
        let mut search = LockSearch::default();
        search.feed(&vec![7; 5000]);
        assert!(!search.is_locked());
    }
}
