//! Which signs belong together, and in which kind of writing.

use unicode_normalization::char::is_combining_mark;

use crate::store::fold::is_apostrophe;

/// The two kinds of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// With blanks between words.
    Word,
    /// Without, or with particles on the words.
    Run,
}

impl Kind {
    /// What a sign begins; nothing if it belongs to no word.
    pub(super) fn of(char: char) -> Option<Self> {
        if is_apostrophe(char) {
            None
        } else if is_unspaced(char) {
            (char.is_alphanumeric() || is_combining_mark(char)).then_some(Self::Run)
        } else {
            char.is_alphanumeric().then_some(Self::Word)
        }
    }

    pub(super) fn goes_on(self, char: char) -> bool {
        Self::of(char) == Some(self) || (is_combining_mark(char) && !is_unspaced(char))
    }
}

/// Belongs to a script that is written without blanks between words (Unicode's line breaking classes SA, ID and CJ), or
/// to Korean.
const fn is_unspaced(char: char) -> bool {
    matches!(char,
        // Thai, Lao; Burmese and its extensions; Korean; Khmer.
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}'
            | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}'
            | '\u{1780}'..='\u{17FF}'
        // The scripts of the Tai, of Ahom.
            | '\u{1950}'..='\u{19DF}' | '\u{1A20}'..='\u{1AAF}' | '\u{AA80}'..='\u{AADF}' | '\u{11700}'..='\u{1174F}'
        // Chinese and Japanese, Bopomofo, Yi, Tangut, Khitan, Nushu.
            | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}'
            | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{16FE0}'..='\u{18DFF}'
            | '\u{1AFF0}'..='\u{1B2FF}' | '\u{20000}'..='\u{3FFFF}')
}
