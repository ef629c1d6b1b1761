//! Letters as people type them, whatever keyboard they have: `łódź`, `Lodz` and `ＬＯＤＺ` are the same to who looks for
//! them.
//!
//! Compatibility decomposition (NFKD) takes accents off letters, and ligatures, full-width and raised signs apart. Some
//! letters have their stroke or dot in themselves and stay whole; those are in [`plain`]: of Latin the ones of CLDR's
//! transform Latin-ASCII, of Arabic what its writers use for one another. A transliteration of everything would be too
//! coarse: it makes `北` and `贝` the same `bei`.
//!
//! Marks that are accents go; marks that are part of the spelling stay: the vowels and tones of Thai, the viramas of India,
//! the voicing of Japanese. Unicode's combining classes tell them apart.

use std::ops::Range;

use unicode_normalization::{
    UnicodeNormalization as _,
    char::{canonical_combining_class, compose},
};

/// A text for comparing: small letters without accents, full-width and raised signs as plain ones, digits of every script as
/// ASCII's, and without apostrophes and signs that nobody sees. All other signs stay as they are. The rule of the search.
#[must_use]
pub fn fold(text: &str) -> String {
    signs(text).into_iter().map(|sign| sign.char).filter(|char| !is_apostrophe(*char)).collect()
}

/// A sign of a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) char: char,
    /// What follows it where its mark is written out: `ü` is `u` here and `ue` where there is no such key.
    pub(crate) spelled: Option<char>,
    /// What it was in the text, in bytes.
    pub(crate) place: Range<usize>,
}

/// The signs of a text. One letter of the text may be several of them, and the other way round.
pub(crate) fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    while let Some((start, char)) = chars.next() {
        let mut end = start + char.len_utf8();
        while let Some((_, mark)) = chars.next_if(|(_, next)| !next.is_ascii() && canonical_combining_class(*next) != 0)
        {
            end += mark.len_utf8();
        }
        let place = start..end;
        if char.is_ascii() && place.len() == 1 {
            signs.push(Sign { char: char.to_ascii_lowercase(), spelled: None, place });
            continue;
        }
        for char in text[place.clone()].nfkd().flat_map(char::to_lowercase) {
            push(&mut signs, char, &place);
        }
    }
    signs
}

fn push(signs: &mut Vec<Sign>, char: char, place: &Range<usize>) {
    if is_unseen(char) {
        return;
    }
    if is_accent(char) {
        if let Some(letter) = signs.last_mut().filter(|letter| letter.place == *place && letter.spelled.is_none()) {
            letter.spelled = spelled(letter.char, char);
        }
        return;
    }
    if let Some(plain) = plain(char) {
        for char in plain.chars() {
            signs.push(Sign { char, spelled: None, place: place.clone() });
        }
        if char == 'ø'
            && let Some(letter) = signs.last_mut()
        {
            letter.spelled = Some('e');
        }
        return;
    }
    let char = digit(char).unwrap_or(char);
    // What is not an accent belongs together again: the parts of a Korean syllable, a sign of Japanese and its voicing.
    if let Some(last) = signs.last_mut()
        && let Some(whole) = compose(last.char, char)
    {
        last.char = whole;
        last.place.end = last.place.end.max(place.end);
        return;
    }
    signs.push(Sign { char, spelled: None, place: place.clone() });
}

/// As German and the Nordic languages write a letter out, when they must do without its mark.
const fn spelled(letter: char, mark: char) -> Option<char> {
    match (letter, mark) {
        ('a' | 'o' | 'u', '\u{308}') => Some('e'),
        ('a', '\u{30A}') => Some('a'),
        _ => None,
    }
}

/// Stands inside of words, and is left out as often as not.
pub(crate) const fn is_apostrophe(char: char) -> bool {
    matches!(
        char,
        '\'' | '`' | '\u{B7}' | '\u{2B9}'..='\u{2BF}' | '\u{2018}'..='\u{201B}' | '\u{2027}' | '\u{2032}' | '\u{5F3}' | '\u{5F4}' | '\u{A78C}'
    )
}

/// Signs that show nothing of themselves: soft hyphens, joiners, directions, variants; and the line that stretches Arabic words.
const fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{640}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// A mark that a letter is known without.
fn is_accent(char: char) -> bool {
    match canonical_combining_class(char) {
        // Around a letter: keys, circles.
        0 => matches!(char, '\u{488}' | '\u{489}' | '\u{20DD}'..='\u{20E0}' | '\u{20E2}'..='\u{20E4}'),
        // Through it; the dots of India, but not Burmese's, which is a tone.
        1 => true,
        7 => char != '\u{1037}',
        // The points of Hebrew, the vowels of Arabic and Syriac.
        10..=36 => true,
        // Above and below it.
        class => class >= 200,
    }
}

/// A letter that decomposition leaves whole, or what is written for it.
const fn plain(char: char) -> Option<&'static str> {
    Some(match char {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ƕ' => "hv",
        'ƣ' => "oi",
        'ȣ' => "ou",
        'ɑ' | 'ⱥ' => "a",
        'ƀ' | 'ƃ' | 'ɓ' => "b",
        'ƈ' | 'ȼ' => "c",
        'đ' | 'ð' | 'ƌ' | 'ɖ' | 'ɗ' | 'ȡ' => "d",
        'ǝ' | 'ə' | 'ɛ' | 'ɇ' => "e",
        'ƒ' => "f",
        'ǥ' | 'ɠ' | 'ɡ' => "g",
        'ħ' | 'ⱨ' => "h",
        'ı' | 'ɨ' | 'ɩ' => "i",
        'ȷ' | 'ɉ' => "j",
        'ƙ' | 'ⱪ' => "k",
        'ł' | 'ƚ' | 'ȴ' | 'ɫ' | 'ⱡ' => "l",
        'ŋ' | 'ɲ' | 'ƞ' | 'ȵ' => "n",
        'ø' | 'ɔ' | 'ɵ' => "o",
        'ƥ' | 'ᵽ' => "p",
        'ĸ' | 'ɋ' => "q",
        'ɍ' | 'ɽ' => "r",
        'ȿ' | 'ʂ' => "s",
        'ŧ' | 'ƫ' | 'ƭ' | 'ʈ' | 'ȶ' | 'ⱦ' => "t",
        'ʉ' | 'ʊ' => "u",
        'ʋ' => "v",
        'ⱳ' => "w",
        'ƴ' | 'ɏ' => "y",
        'ƶ' | 'ȥ' | 'ɀ' | 'ʒ' | 'ⱬ' => "z",
        // The s at the end of a Greek word.
        'ς' => "σ",
        // Ukrainian, which keyboards of its neighbours lack.
        'ґ' => "г",
        // Arabic: alef with a wasla, teh marbuta, the yehs and kafs and hehs of Persian, Urdu and Pashto.
        '\u{671}' => "\u{627}",
        '\u{629}' | '\u{6BE}' | '\u{6C1}' | '\u{6C3}' | '\u{6D5}' => "\u{647}",
        '\u{649}' | '\u{6CC}' | '\u{6CD}' | '\u{6D2}' => "\u{64A}",
        '\u{6A9}' | '\u{6AA}' => "\u{643}",
        _ => return None,
    })
}

/// The zeros of scripts whose digits people use in everyday writing; the other nine follow each.
const ZEROS: [u32; 17] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040,
    0x17E0,
];

/// A digit of another script as ASCII's.
fn digit(char: char) -> Option<char> {
    let code = u32::from(char);
    ZEROS.iter().find_map(|zero| char::from_digit(code.checked_sub(*zero).filter(|digit| *digit < 10)?, 10))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_are_as_people_type_them() {
        for (text, folded) in [
            ("Łódź ØRSTED Đặng ıİIi Æsir Œuvre", "lodz orsted dang iiii aesir oeuvre"),
            ("Þór Ðað Ħamrun Ŧ Ŋ ŉ ĸ Əliyev", "thor dad hamrun t n n q eliyev"),
            ("Hauptstraße HAUPTSTRAẞE ﬁnden ĳs", "hauptstrasse hauptstrasse finden ijs"),
            ("Nguyễn Việt Đức ơ ư", "nguyen viet duc o u"),
            ("ΟΔΟΣ οδός Ά ϊ", "οδοσ οδοσ α ι"),
            ("Ёлка ёж Ґанок", "елка еж ганок"),
            ("أحمد إحمد آحمد ٱحمد", "احمد احمد احمد احمد"),
            ("مُحَمَّدٌ مـحـمـد مدرسة على علی کتاب", "محمد محمد مدرسه علي علي كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("ＡＢＣ１２３　ｶﾞﾊﾟ ㍿", "abc123 ガパ 株式会社"),
            ("x² H₂O ① ½ №", "x2 h2o 1 1\u{2044}2 no"),
            ("٤٢ ۴۲ ४२ ๔๒", "42 42 42 42"),
            (
                "O’Brien O'Brien OʼBrien O＇Brien col·lecció coŀlecció",
                "obrien obrien obrien obrien colleccio colleccio",
            ),
            ("soft\u{AD}hy\u{200B}phen می\u{200C}خواهم", "softhyphen ميخواهم"),
            ("ana.m@example.com ERR_CONN-42", "ana.m@example.com err_conn-42"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn marks_that_spell_stay() {
        assert_eq!(fold("がぎパ か\u{3099}"), "がぎパ が");
        assert_ne!(fold("か"), fold("が"));
        assert_eq!(fold("เครื่องพิมพ์"), "เครื่องพิมพ์");
        assert_eq!(fold("한국어"), "한국어");
        assert_eq!(fold(&"한국어".nfd().to_string()), "한국어");
        assert_eq!(fold("हिन्दी"), "हिन्दी");
        assert_eq!(fold("ខ្មែរ မြန်မာ့"), "ខ្មែរ မြန်မာ့");
    }

    #[test]
    fn each_sign_knows_its_place_and_how_it_is_spelled() {
        let signs = |text: &str| -> Vec<_> {
            super::signs(text).into_iter().map(|sign| (sign.char, sign.spelled, sign.place)).collect()
        };
        assert_eq!(signs("aß"), [('a', None, 0..1), ('s', None, 1..3), ('s', None, 1..3)]);
        assert_eq!(signs("U\u{308}."), [('u', Some('e'), 0..3), ('.', None, 3..4)]);
        assert_eq!(signs("Åø"), [('a', Some('a'), 0..2), ('o', Some('e'), 2..4)]);
        assert_eq!(signs("ﾊﾟ"), [('パ', None, 0..6)]);
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn it_does_not_matter_how_letters_are_composed(text in any::<String>()) {
            prop_assert_eq!(fold(&text.nfc().to_string()), fold(&text));
            prop_assert_eq!(fold(&text.nfd().to_string()), fold(&text));
        }

        #[test]
        fn places_are_of_whole_letters_in_order(text in any::<String>()) {
            let mut last = 0;
            for sign in signs(&text) {
                prop_assert!(text.get(sign.place.clone()).is_some());
                prop_assert!(sign.place.start >= last);
                last = sign.place.start;
            }
        }
    }
}
