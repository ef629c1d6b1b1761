//! The words of a text, and which of them a search means. The one place that decides it, for both databases and for what is
//! marked on the page.
//!
//! A word is a run of letters and digits, found whole or by its beginning. Words that a hyphen or an apostrophe joins are also
//! one: `e-mail` and `email`, `O'Brien` and `OBrien` find each other. Where a script writes no blanks, or writes particles on its
//! words, a run of its signs is found by any part: databases index its signs and its pairs of neighbours, and what has all pairs
//! of a part is compared sign by sign.

use std::{collections::BTreeSet, ops::Range};

use domain::{SEARCH_MAX_WORDS, SEARCH_WORD_MAX_CHARS};
use unicode_normalization::char::is_combining_mark;

use crate::store::fold::{Sign, is_apostrophe, signs};

/// What the databases index of one document, in bytes; what is more is left aside. Texts of the greatest length that do not
/// repeat themselves stay below it; a `tsvector` holds 1 MiB.
const TERMS_MAX_BYTES: usize = 600_000;
/// What a term takes beyond its own bytes: a bucket, a blank.
const OVERHEAD: usize = 8;
/// Pairs of neighbours that a database is asked for, of one run.
const MAX_PAIRS: usize = 16;

/// The words of a text, in order.
pub(super) struct Text {
    words: Vec<Word>,
    /// What hyphens and apostrophes join, as one.
    joined: Vec<Word>,
}

/// A word of a text, or a run of signs without blanks.
#[derive(Debug, Clone)]
struct Word {
    /// Folded, cut off after [`SEARCH_WORD_MAX_CHARS`] unless it is a run: letters, digits and marks only.
    folded: String,
    /// The same with its marks written out, where that differs: `muller` is `mueller`.
    spelled: Option<String>,
    /// Where each sign of a run is in the text, in bytes; empty for a word.
    signs: Vec<Range<usize>>,
    /// Where it is in the text, in bytes.
    place: Range<usize>,
    /// How it follows the word before it.
    link: Link,
}

/// What is between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Blanks, marks of punctuation, or nothing because it is the first.
    None,
    /// One sign as in `conn_42`, `2.3` and `a@b`, or none, where scripts change.
    Tight,
    /// A hyphen or an apostrophe.
    Join,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let signs = signs(text);
        let mut words: Vec<Word> = Vec::new();
        let mut end = None;
        let mut at = 0;
        while at < signs.len() {
            let Some(kind) = Kind::of(signs[at].char) else {
                at += 1;
                continue;
            };
            let length = signs[at..].iter().take_while(|sign| kind.goes_on(sign.char)).count().max(1);
            let link = end.map_or(Link::None, |end: usize| Link::between(&signs[end..at]));
            words.push(Word::new(&signs[at..at + length], kind, link));
            at += length;
            end = Some(at);
        }
        let joined = words
            .chunk_by(|_, next| next.link == Link::Join)
            .filter(|chunk| chunk.len() > 1 && chunk.iter().all(|word| !word.is_run()))
            .map(Word::join)
            .collect();
        Self { words, joined }
    }

    fn all(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().chain(&self.joined)
    }
}

impl Link {
    fn between(signs: &[Sign]) -> Self {
        match signs {
            [] => Self::Tight,
            [sign] if is_apostrophe(sign.char) || matches!(sign.char, '-' | '\u{2010}'..='\u{2013}') => Self::Join,
            [sign] if "._@/\\:+=&#~".contains(sign.char) => Self::Tight,
            _ => Self::None,
        }
    }
}

/// The two kinds of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With blanks between words.
    Word,
    /// Without, or with particles on the words.
    Run,
}

impl Kind {
    /// What a sign begins; nothing if it belongs to no word.
    fn of(char: char) -> Option<Self> {
        if is_apostrophe(char) {
            None
        } else if is_unspaced(char) {
            (char.is_alphanumeric() || is_combining_mark(char)).then_some(Self::Run)
        } else {
            char.is_alphanumeric().then_some(Self::Word)
        }
    }

    fn goes_on(self, char: char) -> bool {
        Self::of(char) == Some(self) || (is_combining_mark(char) && !is_unspaced(char))
    }
}

/// Belongs to a script that is written without blanks between words (Unicode's line breaking classes SA, ID and CJ), or to
/// Korean.
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

impl Word {
    fn new(signs: &[Sign], kind: Kind, link: Link) -> Self {
        let place = match (signs.first(), signs.last()) {
            (Some(first), Some(last)) => first.place.start..last.place.end,
            _ => 0..0,
        };
        if kind == Kind::Run {
            let places = signs.iter().map(|sign| sign.place.clone()).collect();
            let folded = signs.iter().map(|sign| sign.char).collect();
            return Self { folded, spelled: None, signs: places, place, link };
        }
        let folded = signs.iter().map(|sign| sign.char).take(SEARCH_WORD_MAX_CHARS).collect();
        let is_spelled = signs.iter().any(|sign| sign.spelled.is_some());
        let spelled = signs.iter().flat_map(|sign| [Some(sign.char), sign.spelled]).flatten();
        let spelled = is_spelled.then(|| spelled.take(SEARCH_WORD_MAX_CHARS).collect());
        Self { folded, spelled, signs: Vec::new(), place, link }
    }

    fn join(words: &[Self]) -> Self {
        let whole = |form: fn(&Self) -> &str| -> String {
            words.iter().flat_map(|word| form(word).chars()).take(SEARCH_WORD_MAX_CHARS).collect()
        };
        let folded = whole(|word| &word.folded);
        let spelled = words.iter().any(|word| word.spelled.is_some());
        let spelled = spelled.then(|| whole(|word| word.spelled.as_deref().unwrap_or(&word.folded)));
        let place = match (words.first(), words.last()) {
            (Some(first), Some(last)) => first.place.start..last.place.end,
            _ => 0..0,
        };
        Self { folded, spelled, signs: Vec::new(), place, link: Link::None }
    }

    fn is_run(&self) -> bool {
        !self.signs.is_empty()
    }

    fn forms(&self) -> impl Iterator<Item = &str> {
        [Some(&self.folded), self.spelled.as_ref()].into_iter().flatten().map(String::as_str)
    }

    /// What the databases index of it.
    fn terms(&self) -> Vec<String> {
        if !self.is_run() {
            return self.forms().map(str::to_owned).collect();
        }
        self.folded.chars().map(String::from).chain(pairs(&self.folded)).collect()
    }
}

/// Neighbours in a run.
fn pairs(run: &str) -> impl Iterator<Item = String> {
    run.chars().zip(run.chars().skip(1)).map(|(one, next)| String::from_iter([one, next]))
}

/// What the databases index of these texts, each once.
pub(super) fn terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    let mut bytes = 0;
    for text in texts {
        for term in Text::new(text).all().flat_map(Word::terms) {
            bytes += if terms.contains(&term) { 0 } else { term.len() + OVERHEAD };
            if bytes > TERMS_MAX_BYTES {
                return terms;
            }
            terms.insert(term);
        }
    }
    terms
}

/// What is searched for: a word or a run, or several that stand together.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// One after the other.
    words: Vec<Word>,
    /// Instead of them, when hyphens or apostrophes join them.
    joined: Option<Word>,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        let forms = |wanted: &Self| -> Vec<String> {
            wanted.words.iter().flat_map(|word| word.forms().map(str::to_owned)).collect()
        };
        forms(self) == forms(other) && self.joined.is_some() == other.joined.is_some()
    }
}

/// How a database writes what it is asked for.
pub(super) struct Syntax {
    pub(super) term: fn(term: &str, is_beginning: bool) -> String,
    pub(super) and: &'static str,
    pub(super) or: &'static str,
}

impl Wanted {
    /// Also found when its last word is the beginning of one. Runs are found by any part of them.
    pub(super) fn may_begin(&self) -> bool {
        self.joined.is_some() || self.words.last().is_some_and(may_begin)
    }

    /// What a database is asked for: documents that have it, `whole` or its last word by the beginning, and some that have its
    /// parts but not together.
    pub(super) fn expression(&self, whole: bool, syntax: &Syntax) -> String {
        let word = |word: &Word, is_last: bool| {
            let begins = !whole && is_last && may_begin(word);
            if word.is_run() {
                let mut pairs: Vec<String> = pairs(&word.folded).collect();
                if pairs.is_empty() {
                    pairs.push(word.folded.clone());
                }
                let pairs: BTreeSet<String> = pairs.into_iter().take(MAX_PAIRS).collect();
                return all(pairs.iter().map(|pair| (syntax.term)(pair, false)), syntax.and);
            }
            all(word.forms().map(|form| (syntax.term)(form, begins)), syntax.or)
        };
        let last = self.words.len().saturating_sub(1);
        let words = self.words.iter().enumerate();
        // What begins with one sign is too much to ask for; what stands before it will do.
        let words =
            words.filter(|(at, word)| whole || *at == 0 || *at < last || !may_begin(word) || word.folded.len() > 1);
        let words = all(words.map(|(at, part)| word(part, at == last)), syntax.and);
        match &self.joined {
            Some(joined) => all([words, word(joined, true)].into_iter(), syntax.or),
            None => words,
        }
    }

    /// Where it is in a text, and how well each place fits.
    pub(super) fn find(&self, text: &Text) -> Vec<(Fit, Range<usize>)> {
        let mut found = Vec::new();
        match &*self.words {
            [wanted] if wanted.is_run() => {
                for word in text.words.iter().filter(|word| word.is_run()) {
                    word.find(&wanted.folded, &mut found);
                }
            }
            [wanted] => wanted.find_whole(text, &mut found),
            words => {
                for together in text.words.windows(words.len()) {
                    found.extend(stand_together(words, together));
                }
            }
        }
        if let Some(joined) = &self.joined {
            joined.find_whole(text, &mut found);
        }
        found
    }
}

/// One plain letter or digit alone does not: half of all words begin with it.
fn may_begin(word: &Word) -> bool {
    !word.is_run() && (word.folded.len() > 1 || word.link == Link::Tight)
}

/// Each in brackets if there are several.
fn all(parts: impl Iterator<Item = String>, sign: &str) -> String {
    let mut parts: Vec<String> = parts.collect();
    match parts.len() {
        1 => parts.remove(0),
        _ => format!("({})", parts.join(sign)),
    }
}

/// Whether words of a text are those that are wanted, in this order: of the first, if it is a run, the end is enough, of the
/// last the beginning.
fn stand_together(wanted: &[Word], words: &[Word]) -> Option<(Fit, Range<usize>)> {
    let last = wanted.len() - 1;
    let mut fit = Fit::Whole;
    let mut place = words[0].place.start..words[last].place.end;
    for (at, (wanted, word)) in wanted.iter().zip(words).enumerate() {
        if !wanted.is_run() || !word.is_run() {
            fit = fit.min(wanted.fits(word, at == last)?);
        } else if wanted.folded != word.folded {
            fit = Fit::Beginning;
            let length = wanted.signs.len();
            if at == 0 && word.folded.ends_with(&wanted.folded) {
                place.start = word.signs[word.signs.len() - length].start;
            } else if at == last && word.folded.starts_with(&wanted.folded) {
                place.end = word.signs[length - 1].end;
            } else {
                return None;
            }
        }
    }
    Some((fit, place))
}

impl Word {
    /// Whether `word` is what is searched for, and whether all of it. Not for runs.
    fn fits(&self, word: &Self, begins: bool) -> Option<Fit> {
        if self.is_run() || word.is_run() {
            return None;
        }
        let fit = |wanted: &str, word: &str| {
            if word == wanted {
                Some(Fit::Whole)
            } else if begins && may_begin(self) && word.starts_with(wanted) {
                Some(Fit::Beginning)
            } else {
                None
            }
        };
        self.forms().flat_map(|wanted| word.forms().map(move |word| fit(wanted, word))).flatten().max()
    }

    /// Where it is in a text that has it as a word, or as what is joined to one; then the parts of that are not it already.
    fn find_whole(&self, text: &Text, found: &mut Vec<(Fit, Range<usize>)>) {
        for word in &text.words {
            found.extend(self.fits(word, true).map(|fit| (fit, word.place.clone())));
        }
        for word in &text.joined {
            if found.iter().all(|(_, place)| place.start != word.place.start) {
                found.extend(self.fits(word, true).map(|fit| (fit, word.place.clone())));
            }
        }
    }

    /// Where a part of a run is in it.
    fn find(&self, part: &str, found: &mut Vec<(Fit, Range<usize>)>) {
        if self.folded == part {
            found.push((Fit::Whole, self.place.clone()));
            return;
        }
        let length = part.chars().count();
        let (mut sign, mut byte) = (0, 0);
        for (at, _) in self.folded.match_indices(part) {
            sign += self.folded[byte..at].chars().count();
            byte = at;
            found.push((Fit::Beginning, self.signs[sign].start..self.signs[sign + length - 1].end));
        }
    }
}

/// How well a word fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It begins so; or a run has it in it.
    Beginning,
    /// It is the word.
    Whole,
}

/// What a typed text searches for: each once, the first [`SEARCH_MAX_WORDS`] words.
pub(super) fn wanted(text: &str) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut words = Text::new(text).words;
    words.truncate(SEARCH_MAX_WORDS);
    for chunk in words.chunk_by(|_, next| next.link != Link::None) {
        let is_joined = chunk.len() > 1
            && chunk.iter().all(|word| !word.is_run())
            && chunk[1..].iter().all(|word| word.link == Link::Join);
        let one = Wanted { words: chunk.to_vec(), joined: is_joined.then(|| Word::join(chunk)) };
        if !wanted.contains(&one) {
            wanted.push(one);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        Text::new(text).words.into_iter().map(|word| word.folded).collect()
    }

    /// Whether a search finds a text, and what is marked in it.
    fn marked(search: &str, text: &str) -> Option<String> {
        let known = Text::new(text);
        let mut marked = Vec::new();
        for wanted in wanted(search) {
            let found = wanted.find(&known);
            if found.is_empty() {
                return None;
            }
            marked.extend(found.into_iter().map(|(_, place)| text[place].to_owned()));
        }
        Some(marked.join("|"))
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            folded("It's 3.5\" \u{1F600} _bold_ scan-2026_04.PDF"),
            ["it", "s", "3", "5", "bold", "scan", "2026", "04", "pdf"]
        );
        assert_eq!(folded(" \0*%'\"--NEAR(a AND b)"), ["near", "a", "and", "b"]);
        assert!(folded(" \u{301} …").is_empty());
        assert_eq!(folded("½ ㈱"), ["1", "2", "株"]);
        assert_eq!(folded("हिन्दी भाषा"), ["हिन्दी", "भाषा"]);
        assert_eq!(folded("A4プリンターv2 เครื่องพิมพ์HP"), ["a4", "プリンター", "v2", "เครื่องพิมพ์", "hp"]);
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        assert_eq!(folded("CAFÉ Cafe\u{301} ÜBER Ångström İstanbul"), ["cafe", "cafe", "uber", "angstrom", "istanbul"]);
        assert_eq!(folded("Привет ПРИВЕТ"), ["привет", "привет"]);
        // A decomposed word is one word, and its place covers its marks.
        let text = "a cafe\u{301} b";
        let places: Vec<_> = Text::new(text).words.into_iter().map(|word| &text[word.place]).collect();
        assert_eq!(places, ["a", "cafe\u{301}", "b"]);
    }

    #[test]
    fn a_search_is_bounded() {
        let words = |text: &str| wanted(text).iter().map(|wanted| wanted.words.len()).sum::<usize>();
        assert_eq!(words(&"one two three four five six seven eight nine ten ".repeat(99)), SEARCH_MAX_WORDS);
        assert_eq!(words(&"one-two.three/four@".repeat(99)), SEARCH_MAX_WORDS);
        assert_eq!(wanted(&"x".repeat(10_000))[0].words[0].folded.len(), SEARCH_WORD_MAX_CHARS);
        let searched = wanted("a b1 A");
        let searched: Vec<_> =
            searched.iter().map(|wanted| (wanted.words[0].folded.as_str(), wanted.may_begin())).collect();
        assert_eq!(searched, [("a", false), ("b1", true)]);
        let syntax = Syntax { term: |term, _| term.to_owned(), and: " ", or: " " };
        let run: String = ('一'..='龥').take(5000).collect();
        assert_eq!(wanted(&run)[0].expression(true, &syntax).split(' ').count(), MAX_PAIRS);
        let run: String = ('\u{20000}'..'\u{2A000}').take(20_000).collect();
        let bytes: usize = terms([run.as_str()]).iter().map(|term| term.len() + OVERHEAD).sum();
        assert!(bytes < TERMS_MAX_BYTES);
        let names = terms([run.as_str(), "a", &run[8000..], &run.chars().rev().collect::<String>()]);
        assert!(
            names.contains("a") && names.iter().map(|term| term.len() + OVERHEAD).sum::<usize>() <= TERMS_MAX_BYTES
        );
    }

    #[test]
    fn any_part_of_a_run_is_found_in_its_order() {
        let text = "昨日からプリンターが動かないので困っています";
        for part in ["プリンター", "プリ", "動かない", "困って", "昨", "す", "ンタ", text] {
            assert_eq!(marked(part, text).as_deref(), Some(part));
        }
        assert_eq!(marked("プリンター 困って", text).as_deref(), Some("プリンター|困って"));
        assert_eq!(marked("ﾌﾟﾘﾝﾀｰ", text).as_deref(), Some("プリンター"));
        for none in ["ターン", "ンプリ", "動く", "日昨", "プリンター 紙"] {
            assert_eq!(marked(none, text), None, "{none}");
        }
        // All its pairs are there, but apart.
        assert_eq!(marked("東京都", "東京と京都"), None);
        assert_eq!(marked("프린터", "네트워크프린터가").as_deref(), Some("프린터"));
        assert_eq!(marked("พิมพ์", "เครื่องพิมพ์ไม่ทำงาน").as_deref(), Some("พิมพ์"));
        assert_eq!(marked("プリンターA4", "新プリンターA4用").as_deref(), Some("プリンターA4"));
        assert_eq!(marked("プリンターA", "プリンター紙A4"), None);
        assert_eq!(marked("ンター a4用", "新プリンターA4用").as_deref(), Some("ンター|A4用"));
    }

    #[test]
    fn joined_words_are_found_as_people_write_them() {
        for (search, text, mark) in [
            ("obrien", "Mr O’Brien", "O’Brien"),
            ("O'Brien", "Mr OBrien", "OBrien"),
            ("O'Br", "Mr O’Brien", "O’Brien"),
            ("photo", "photo-of", "photo"),
            ("email", "my E-Mail", "E-Mail"),
            ("e-mail", "my email", "email"),
            ("its", "it's", "it's"),
            ("tray-7", "tray_7", "tray_7"),
            ("conn_4", "ERR_CONN_42", "CONN_42"),
            ("err_conn_42", "ERR_CONN_42!", "ERR_CONN_42"),
            ("ana@example", "To ana@example.com", "ana@example"),
            ("2.3", "1.2.3.4", "2.3"),
            ("mueller", "Müller", "Müller"),
            ("Müller", "MUELLER", "MUELLER"),
            ("muller", "Müller", "Müller"),
            ("soerensen", "Sørensen", "Sørensen"),
            ("hauptstrasse", "Hauptstraße", "Hauptstraße"),
            ("Hauptstraße", "hauptstrasse", "hauptstrasse"),
        ] {
            let found = marked(search, text).unwrap_or_default();
            assert!(found.split('|').any(|found| found == mark), "{search} in {text}: {found}");
        }
        assert_eq!(marked("it's", "it stinks"), None);
        assert_eq!(marked("2.3", "3.2"), None);
        assert_eq!(marked("muller", "Mueller"), None);
    }

    proptest! {
        #[test]
        fn a_word_is_found_in_the_text_it_is_from(text in any::<String>()) {
            for word in Text::new(&text).words {
                // Nothing in them means anything to a database.
                prop_assert!(word.folded.chars().all(|char| char.is_alphanumeric() || is_combining_mark(char)));
                prop_assert!(!word.folded.chars().any(|char| char.is_ascii_uppercase()));
                // What is indexed is not taken apart once more.
                prop_assert_eq!(folded(&word.folded), [word.folded.clone()]);
            }
        }

        #[test]
        fn neighbours_in_a_run_are_found(run in "[ぁ-ん一-龥ァ-ヴー]{2,12}", at in any::<prop::sample::Index>(), length in 1..4_usize) {
            let signs: Vec<char> = run.chars().collect();
            let at = at.index(signs.len());
            let part: String = signs[at..].iter().take(length).collect();
            let marked = marked(&part, &format!("a{run} b"));
            prop_assert!(marked.is_some());
            let terms = terms([run.as_str()]);
            prop_assert!(wanted(&part)[0].words[0].folded.chars().all(|sign| terms.contains(&sign.to_string())));
        }
    }
}
