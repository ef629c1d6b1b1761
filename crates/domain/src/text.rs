//! What a text must be, whoever writes it.

/// The sentence about a text that says nothing.
const BLANK: &str = "This field may not be blank.";

/// Checks a text: 1 to `max_chars` characters after trimming, no null; the rules of Django REST framework's
/// `CharField`, in its words. Characters that nobody sees are no text.
///
/// # Errors
/// The sentence for the field.
pub fn check_text(text: &str, max_chars: usize) -> Result<String, String> {
    let text = text.trim();
    if text.contains('\0') {
        return Err("Null characters are not allowed.".into());
    }
    if text.chars().all(is_invisible) {
        return Err(BLANK.into());
    }
    if text.chars().count() > max_chars {
        return Err(format!("Ensure this field has no more than {max_chars} characters."));
    }
    Ok(text.to_owned())
}

/// Checks a text of one line, as [`check_text`]: line feeds, tabs and other control characters become blanks.
///
/// # Errors
/// The sentence for the field.
pub fn check_line(text: &str, max_chars: usize) -> Result<String, String> {
    check_text(&one_line(text), max_chars)
}

/// Checks a name to show, as [`check_line`]; it may be empty.
///
/// # Errors
/// The sentence for the field.
pub(crate) fn check_name(name: &str, max_chars: usize) -> Result<String, String> {
    match check_line(name, max_chars) {
        Err(sentence) if sentence == BLANK => Ok(String::new()),
        other => other,
    }
}

/// The text in one line. Blanks stay as they are, but those around a line's end become one. A null stays, to be
/// refused.
pub fn one_line(text: &str) -> String {
    let is_end = |c: char| (c.is_control() && c != '\0') || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(is_end) {
        return text.to_owned();
    }
    let parts = text.split(is_end).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// Whether a character shows nothing: white space, control characters, and what Unicode calls default ignorable.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// First strong isolate, and its end (Unicode's bidirectional algorithm, UAX #9).
pub const ISOLATE: char = '\u{2068}';
/// As above.
pub const ISOLATE_END: char = '\u{2069}';

/// Somebody's words within a sentence of ours: they run in their own direction, whatever is around them.
pub fn apart(words: &str) -> String {
    // Their own isolates must not end this one.
    let words: String = words.chars().filter(|c| !matches!(*c, ISOLATE | ISOLATE_END)).collect();
    let mut apart = String::from(ISOLATE);
    apart.push_str(&words);
    apart.push(ISOLATE_END);
    apart
}

/// A text that a spreadsheet takes for text: what it would take for a formula, also behind what nobody sees, gets an apostrophe
/// in front (OWASP, CSV Injection).
pub fn no_formula(text: &str) -> String {
    const FIRST: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let shown = text.trim_start_matches(|sign: char| sign == ' ' || is_invisible(sign));
    if text.starts_with(FIRST) || shown.starts_with(FIRST) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u{feff}=1", "＝1", "\u{200b} ＋1"] {
            assert_eq!(no_formula(text), format!("'{text}"));
        }
        for text in ["", "Ana", "1 = 1", " a=b", "2-1", "ana@example.org"] {
            assert_eq!(no_formula(text), text);
        }
    }

    #[test]
    fn a_line_has_no_ends() {
        for (text, line) in [
            ("a\nb", "a b"),
            ("a \r\n\t b", "a b"),
            ("  a  b ", "  a  b "),
            ("a\u{2028}b\u{85}c\u{1b}[0m\u{7f}", "a b c [0m"),
            ("\n\n", ""),
        ] {
            assert_eq!(one_line(text), line, "{text:?}");
        }
        assert_eq!(check_line("\na\nb\n", 3), Ok("a b".into()));
        assert!(check_line("a\0b", 3).is_err());
    }

    #[test]
    fn what_nobody_sees_is_blank() {
        for text in
            ["", " ", "\n", "\u{200b}", "\u{feff} \u{200d}", "\u{ad}", "\u{2800}", "\u{3164}", "\u{202e}", "\u{a0}"]
        {
            assert_eq!(check_text(text, 9), Err(BLANK.into()), "{text:?}");
            assert_eq!(check_name(text, 9), Ok(String::new()), "{text:?}");
        }
        // Within a text they have their use.
        assert_eq!(check_text("\u{1f469}\u{200d}\u{1f4bb}", 9), Ok("\u{1f469}\u{200d}\u{1f4bb}".into()));
        assert!(check_name("\0", 9).is_err());
    }
}
