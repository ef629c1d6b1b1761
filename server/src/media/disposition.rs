//! `Content-Disposition` (RFC 6266), with names in any script (RFC 8187).

use domain::Attachment;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the `attr-char` of RFC 8187.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The header for a file; shown in the browser if its kind is harmless there and nobody asks for a download.
pub(super) fn header(attachment: &Attachment, is_download: bool) -> String {
    let how = if attachment.kind.is_inline() && !is_download { "inline" } else { "attachment" };
    let name = &attachment.name;
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    if plain == *name {
        format!("{how}; filename=\"{plain}\"")
    } else {
        format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ESCAPED))
    }
}

#[cfg(test)]
mod tests {
    use domain::{AttachmentId, FileKind, TicketId, Timestamp};

    use super::*;

    fn of(name: &str, kind: FileKind, is_download: bool) -> String {
        let attachment = Attachment {
            id: AttachmentId(1),
            ticket_id: TicketId(1),
            stored_name: "x".into(),
            name: name.into(),
            size: 1,
            kind,
            picture: None,
            uploaded_at: Timestamp::from_micros(0),
        };
        header(&attachment, is_download)
    }

    #[test]
    fn names_in_any_script() {
        assert_eq!(of("a b.png", FileKind::Png, false), "inline; filename=\"a b.png\"");
        assert_eq!(of("a.png", FileKind::Png, true), "attachment; filename=\"a.png\"");
        assert_eq!(of("a.docx", FileKind::Docx, false), "attachment; filename=\"a.docx\"");
        assert_eq!(
            of("Prüfung\"1.pdf", FileKind::Pdf, false),
            "inline; filename=\"Pr_fung_1.pdf\"; filename*=UTF-8''Pr%C3%BCfung%221.pdf"
        );
        // Joiners are part of how a word is written.
        assert_eq!(
            of("نامه\u{200C}ها.pdf", FileKind::Pdf, true),
            "attachment; filename=\"_______.pdf\"; \
             filename*=UTF-8''%D9%86%D8%A7%D9%85%D9%87%E2%80%8C%D9%87%D8%A7.pdf"
        );
    }
}
