//! The words of a text, and which of them a search means. The one place that decides it, for both databases and for
//! what is marked on the page.
//!
//! A word is a run of letters and digits, found whole or by its beginning. Words that a hyphen or an apostrophe joins
//! are also one: `e-mail` and `email`, `O'Brien` and `OBrien` find each other. Where a script writes no blanks, or
//! writes particles on its words, a run of its signs is found by any part: databases index its signs and its pairs of
//! neighbours, and what has all pairs of a part is compared sign by sign.

mod kind;

use std::{collections::BTreeSet, ops::Range};

use domain::{SEARCH_MAX_WORDS, SEARCH_WORD_MAX_CHARS};

use self::kind::Kind;
use crate::store::fold::{Sign, is_apostrophe, signs};

/// What the databases index of one document, in bytes; what is more is left aside. Texts of the greatest length that do
/// not repeat themselves stay below it; a `tsvector` holds 1 MiB.
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

    /// What a database is asked for: documents that have it, `whole` or its last word by the beginning, and some that
    /// have its parts but not together.
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

/// Whether words of a text are those that are wanted, in this order: of the first, if it is a run, the end is enough,
/// of the last the beginning.
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

    /// Where it is in a text that has it as a word, or as what is joined to one; then the parts of that are not it
    /// already.
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
mod tests;
