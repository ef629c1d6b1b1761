//! The names of files, as they are shown.

/// Characters of a name.
const MAX: usize = 150;

/// The name to show for a file: the last part of what the client sent, at most 150 characters, its extension kept.
/// Without control characters, without what turns the direction of writing or breaks the line, and without marks nobody
/// sees; the joiners stay, which Persian, Hindi and emoji are written with. Dots and spaces at the end go, as on
/// Windows. Never used as a path.
pub fn clean_file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control() && !deceives(*c) && *c != '"').collect();
    let name = name.trim_start().trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    if name.chars().all(is_joiner) {
        return "file".to_owned();
    }
    if name.chars().count() <= MAX {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end).filter(|end| end.chars().count() <= 10);
    let keep = MAX - extension.map_or(0, |end| end.chars().count() + 1);
    let stem: String = name.chars().take(keep).collect();
    extension.map_or_else(
        // What is cut off may leave a space or a dot at the end.
        || stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).to_owned(),
        |end| format!("{stem}.{end}"),
    )
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Format characters (Unicode category Cf) and separators that make a name look like another one.
const fn deceives(c: char) -> bool {
    matches!(c,
        '\u{00AD}' // soft hyphen
        | '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' // direction
        | '\u{2028}' | '\u{2029}' // lines
        | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}' // unseen
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0001}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FileKind;

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
    fn what_scripts_are_written_with_stays() {
        for name in [
            "نامه\u{200C}ها.pdf",
            "क्\u{200D}ष.pdf",
            "👩\u{200D}👩\u{200D}👧.png",
            "e\u{301}te\u{301}.png",
            "🏴\u{E0067}\u{E0062}\u{E007F}.png",
            "日本語 の 名前.docx",
            "CON.pdf",
            ".pdf",
            "a..b.pdf",
        ] {
            assert_eq!(clean_file_name(name), name);
        }
    }

    #[test]
    fn what_deceives_goes() {
        for c in [
            '\u{AD}', '\u{61C}', '\u{200B}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}', '\u{202A}', '\u{202E}',
            '\u{2060}', '\u{2066}', '\u{2069}', '\u{206A}', '\u{FEFF}', '\u{FFF9}', '\0', '\u{85}', '\u{7F}', '"',
        ] {
            assert_eq!(clean_file_name(&format!("a{c}b.pdf")), "ab.pdf", "{:x}", u32::from(c));
        }
    }

    #[test]
    fn ends_that_windows_drops_go() {
        assert_eq!(clean_file_name("scan.pdf "), "scan.pdf");
        assert_eq!(clean_file_name(" scan.pdf. ."), "scan.pdf");
        for nothing in ["...", "", " ", "\u{200D}", "\u{200C}\u{200D}", "a/"] {
            assert_eq!(clean_file_name(nothing), "file", "{nothing:?}");
        }
    }

    proptest! {
        #[test]
        fn a_clean_name_stays_as_it_is(sent: String) {
            let name = clean_file_name(&sent);
            prop_assert!(!name.is_empty() && !name.contains(['/', '\\', '"', '\n']));
            prop_assert_eq!(clean_file_name(&name), name.clone());
        }

        #[test]
        fn a_long_name_stays_as_it_is(sent in "[a .\u{200D}é]{140,170}(\\.pdf)?") {
            let name = clean_file_name(&sent);
            prop_assert!(name.chars().count() <= 150);
            prop_assert_eq!(clean_file_name(&name), name.clone());
        }
    }
}
