//! The words of a text, and which of them a search means. The one place that decides it, for both databases and for what is
//! marked on the page.

use std::{collections::BTreeSet, ops::Range};

use domain::{SEARCH_MAX_WORDS, SEARCH_WORD_MAX_CHARS};
use unicode_normalization::UnicodeNormalization as _;

/// A word of a text: a run of letters and digits.
pub(super) struct Word {
    /// In lower case, without accents, cut off after [`SEARCH_WORD_MAX_CHARS`]: letters and digits only.
    pub(super) folded: String,
    /// Where it is in the text, in bytes.
    pub(super) place: Range<usize>,
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let start = chars.find(|(_, char)| char.is_alphanumeric())?.0;
            let mut end = text.len();
            while let Some((at, char)) = chars.peek() {
                if !char.is_alphanumeric() && !is_accent(*char) {
                    end = *at;
                    break;
                }
                chars.next();
            }
            let folded = fold(&text[start..end]);
            if !folded.is_empty() {
                return Some(Word { folded, place: start..end });
            }
        }
    })
}

/// Each word of these texts once: what the databases index.
pub(super) fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().flat_map(words).map(|word| word.folded).collect()
}

fn fold(word: &str) -> String {
    word.nfd().flat_map(char::to_lowercase).filter(|char| char.is_alphanumeric()).take(SEARCH_WORD_MAX_CHARS).collect()
}

/// A mark that stands on the letter before it and is written apart from it in decomposed text.
const fn is_accent(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// A word that is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As [`Word::folded`].
    pub(super) folded: String,
    /// Also found as the beginning of a word. One plain letter or digit is not: half of all words begin with it.
    pub(super) may_begin: bool,
}

impl Wanted {
    /// Whether `word` is what is searched for, and whether all of it.
    pub(super) fn fits(&self, word: &str) -> Option<Fit> {
        if word == self.folded {
            Some(Fit::Whole)
        } else if self.may_begin && word.starts_with(&self.folded) {
            Some(Fit::Beginning)
        } else {
            None
        }
    }
}

/// How well a word fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It begins so.
    Beginning,
    /// It is the word.
    Whole,
}

/// The words that a typed text searches for: each once, the first [`SEARCH_MAX_WORDS`].
pub(super) fn wanted(text: &str) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for Word { folded, .. } in words(text) {
        if wanted.len() == SEARCH_MAX_WORDS {
            break;
        }
        if wanted.iter().all(|known| known.folded != folded) {
            wanted.push(Wanted { may_begin: folded.len() > 1, folded });
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|word| word.folded).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            folded("It's 3.5\" \u{1F600} _bold_ scan-2026_04.PDF"),
            ["it", "s", "3", "5", "bold", "scan", "2026", "04", "pdf"]
        );
        assert_eq!(folded(" \0*%'\"--NEAR(a AND b)"), ["near", "a", "and", "b"]);
        assert!(folded(" \u{301} …").is_empty());
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        assert_eq!(folded("CAFÉ Cafe\u{301} ÜBER Ångström İstanbul"), ["cafe", "cafe", "uber", "angstrom", "istanbul"]);
        assert_eq!(folded("Привет ПРИВЕТ"), ["привет", "привет"]);
        // A decomposed word is one word, and its place covers its marks.
        let text = "a cafe\u{301} b";
        let places: Vec<_> = words(text).map(|word| &text[word.place]).collect();
        assert_eq!(places, ["a", "cafe\u{301}", "b"]);
    }

    #[test]
    fn a_search_is_bounded() {
        assert_eq!(wanted(&"one two three four five six seven eight nine ten ".repeat(99)).len(), SEARCH_MAX_WORDS);
        assert_eq!(wanted(&"x".repeat(10_000))[0].folded.len(), SEARCH_WORD_MAX_CHARS);
        assert_eq!(
            wanted("a b1 A"),
            [Wanted { folded: "a".into(), may_begin: false }, Wanted { folded: "b1".into(), may_begin: true }]
        );
    }

    proptest! {
        #[test]
        fn a_word_is_found_in_the_text_it_is_from(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(word.folded.chars().all(char::is_alphanumeric));
                prop_assert!(!word.folded.chars().any(|char| char.is_ascii_uppercase()));
                let again = folded(&text[word.place]);
                prop_assert_eq!(again, [word.folded.clone()]);
                // What is indexed is not taken apart once more.
                prop_assert_eq!(folded(&word.folded), [word.folded]);
            }
        }
    }
}
