//! What the characters of a typed or pasted text are in a Support PIN.

/// The zeros of every script's decimal digits (Unicode 16, category Nd); each is followed by its one to nine.
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
    0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0,
    0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50,
    0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// Letters that look like a Latin one and like nothing else on paper, capital and small.
const LOOK_ALIKES: &[(&str, &str)] = &[
    // Cyrillic.
    ("АВЕКМНОРСТУХЅІЈ", "ABEKMHOPCTYXSIJ"),
    ("авекмнорстухѕіј", "ABEKMHOPCTYXSIJ"),
    // Greek.
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("αεικορτχ", "AEIKOPTX"),
    // Turkish.
    ("ıİ", "II"),
];

/// A run of these begins with A, or with 0 or 1.
const RUNS: &[(u32, u32, u8)] = &[
    // Full-width, circled, squared letters; flags.
    (0xFF21, 26, b'A'),
    (0xFF41, 26, b'A'),
    (0x24B6, 26, b'A'),
    (0x24D0, 26, b'A'),
    (0x1F130, 26, b'A'),
    (0x1F150, 26, b'A'),
    (0x1F170, 26, b'A'),
    (0x1F1E6, 26, b'A'),
    // Digits in circles, and above and below the line.
    (0x2460, 9, b'1'),
    (0x2776, 9, b'1'),
    (0x2780, 9, b'1'),
    (0x278A, 9, b'1'),
    (0x2074, 6, b'4'),
    (0x2080, 10, b'0'),
    (0x24EA, 1, b'0'),
    (0x24FF, 1, b'0'),
];

/// What a character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A Latin letter or a digit, in ASCII and upper case, however it was written.
    Symbol(u8),
    /// A letter that makes a word of the symbols beside it.
    Letter,
    /// A letter of a script in which a Latin word stands out without a space: Han, Thai, Arabic …
    Foreign,
    /// Nobody sees it.
    Invisible,
    /// A dash, in whatever form, as it stands inside a word.
    Hyphen,
    /// A dash as it stands between parts of a sentence.
    Dash,
    /// A space or a line break.
    Space,
    /// Anything else.
    Mark,
}

/// What a character is. It knows what Unicode composes of others (NFKC) only as far as keyboards write it.
pub(super) fn sign(c: char) -> Sign {
    if c.is_ascii_alphanumeric() {
        return Sign::Symbol(c.to_ascii_uppercase() as u8);
    }
    if c.is_ascii() {
        return match c {
            '-' => Sign::Hyphen,
            c if c.is_ascii_whitespace() => Sign::Space,
            _ => Sign::Mark,
        };
    }
    if let Some(symbol) = digit(c).or_else(|| in_run(c)).or_else(|| look_alike(c)) {
        return Sign::Symbol(symbol);
    }
    match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{300}'..='\u{36f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => Sign::Invisible,
        // The long-vowel sign is where a Japanese keyboard has the dash.
        '\u{58a}'
        | '\u{5be}'
        | '\u{640}'
        | '\u{1400}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2012}'
        | '\u{2043}'
        | '\u{207b}'
        | '\u{208b}'
        | '\u{2212}'
        | '\u{2796}'
        | '\u{2e17}'
        | '\u{2e1a}'
        | '\u{2e40}'
        | '\u{30a0}'
        | '\u{30fc}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{ff70}'
        | '\u{2500}'
        | '\u{2501}' => Sign::Hyphen,
        '\u{2013}'..='\u{2015}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{fe31}'
        | '\u{fe32}'
        | '\u{ff5e}' => Sign::Dash,
        c if c.is_whitespace() => Sign::Space,
        // Latin, Greek, Cyrillic and Armenian, and what was added to them later.
        c if c.is_alphanumeric() => {
            if c < '\u{590}' || ('\u{1d00}'..'\u{2000}').contains(&c) || ('\u{2100}'..'\u{2e00}').contains(&c) {
                Sign::Letter
            } else if ('\u{1d400}'..'\u{1d800}').contains(&c) {
                // Letters of formulas, which only NFKC knows.
                Sign::Letter
            } else {
                Sign::Foreign
            }
        }
        _ => Sign::Mark,
    }
}

fn digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    let at = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    let value = code - ZEROS.get(at)?;
    u8::try_from(value).ok().filter(|value| *value < 10).map(|value| b'0' + value)
}

fn in_run(c: char) -> Option<u8> {
    let code = u32::from(c);
    let (first, _, symbol) = RUNS.iter().find(|(first, length, _)| (*first..first + length).contains(&code))?;
    u8::try_from(code - first).ok().map(|offset| symbol + offset)
}

fn look_alike(c: char) -> Option<u8> {
    LOOK_ALIKES.iter().find_map(|(theirs, ours)| {
        let at = theirs.chars().position(|known| known == c)?;
        ours.as_bytes().get(at).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        assert!(ZEROS.is_sorted());
        for (theirs, ours) in LOOK_ALIKES {
            assert_eq!(theirs.chars().count(), ours.len(), "{ours}");
            assert!(theirs.chars().all(|c| !c.is_ascii()), "{theirs}");
        }
        // Whatever Rust knows as a number and no letter, and whose neighbours are too, is in the table or no digit.
        for zero in ZEROS {
            for value in 0..10 {
                let c = char::from_u32(zero + value).unwrap();
                assert_eq!(sign(c), Sign::Symbol(b'0' + value as u8), "{c}");
            }
        }
    }

    #[test]
    fn every_run_ends_where_it_should() {
        for (c, symbol) in
            [('Ａ', b'A'), ('ｚ', b'Z'), ('Ⓩ', b'Z'), ('①', b'1'), ('⑨', b'9'), ('₉', b'9'), ('⁹', b'9'), ('🇿', b'Z')]
        {
            assert_eq!(sign(c), Sign::Symbol(symbol), "{c}");
        }
    }
}
