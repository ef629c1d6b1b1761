//! Finds a Support PIN in a text around it.
//!
//! PINs have several lengths, so that one may be the beginning of a longer one. What is printed decides: `SUP-`, groups of the
//! same size, a dash between them. Where that is missing, what looks least like words of a language.

mod words;

use super::{PREFIX, Pin, PinLength};
use words::{Gap, Word, words};

/// Words that stand for a PIN.
struct Found<'a> {
    /// The words of its groups, without the prefix if that stands apart.
    groups: &'a [Word],
    /// Symbols in each of them, without the prefix.
    sizes: Vec<usize>,
    /// Where the last of them is.
    last: usize,
    pin: Pin,
}

impl<'a> Found<'a> {
    /// The first of the groups begins with so many letters of the prefix.
    fn new(groups: &'a [Word], of_prefix: usize, last: usize, pin: Pin) -> Self {
        let mut sizes: Vec<usize> = groups.iter().map(Word::len).collect();
        if let Some(first) = sizes.first_mut() {
            *first -= of_prefix;
        }
        Self { groups, sizes, last, pin }
    }

    /// Whether its groups have the sizes that are printed.
    fn is_in_groups(&self) -> bool {
        self.sizes == self.pin.length().groups()
    }

    /// Whether its groups are one PIN, and not a shorter one with words beside it.
    fn is_one(&self, has_prefix: bool) -> bool {
        // There is none that is shorter.
        if self.pin.length() == PinLength::Eight || self.sizes.len() == 1 {
            return true;
        }
        let [size, .., last] = self.sizes[..] else { return false };
        let are_even = self.sizes.iter().rev().skip(1).all(|other| *other == size) && last <= size;
        let are_apart_alike = self.groups.windows(3).all(|three| three[0].gap.is_like(three[1].gap));
        let mut written = self.groups.iter().filter(|word| word.has_letter()).map(|word| word.has_small);
        let is_small = written.next();
        let are_written_alike = written.all(|small| Some(small) == is_small);
        let has_words = self.groups.iter().any(Word::is_of_language) && self.groups.iter().any(Word::has_digit);
        are_even
            && PinLength::of_symbols(size).is_none()
            && are_apart_alike
            && are_written_alike
            && (!has_words || (has_prefix && self.is_in_groups()))
    }
}

/// Reads what was typed or pasted: a PIN as a person would write it, or one that stands in a text. The form with `SUP-`
/// counts before others, and of two alike the first.
pub(super) fn read(typed: impl Iterator<Item = char>) -> Option<Pin> {
    let (words, has_others) = words(typed);
    let whole = if has_others { None } else { whole(&words) };
    let is_one = whole.as_ref().is_some_and(|(found, has_prefix)| found.is_one(*has_prefix));
    printed(&words)
        .or_else(|| whole.as_ref().filter(|_| is_one).map(|(found, _)| found.pin.clone()))
        .or_else(|| with_prefix(&words))
        .or_else(|| without_prefix(&words))
        .or_else(|| {
            let (found, has_prefix) = whole?;
            (has_prefix || found.groups.iter().any(Word::has_digit)).then_some(found.pin)
        })
}

/// The PIN that a text is and nothing else, whatever stands between its symbols, and whether it has the prefix.
fn whole(words: &[Word]) -> Option<(Found<'_>, bool)> {
    let text: String = words.iter().map(|word| word.symbols.as_str()).collect();
    let symbols = text.strip_prefix(PREFIX);
    let pin = Pin::of_symbols(symbols.unwrap_or(&text))?;
    // It may be spelt out.
    let mut of_prefix = if symbols.is_some() { PREFIX.len() } else { 0 };
    let mut groups = words;
    while let [first, others @ ..] = groups
        && first.len() <= of_prefix
    {
        of_prefix -= first.len();
        groups = others;
    }
    Some((Found::new(groups, of_prefix, words.len() - 1, pin), symbols.is_some()))
}

/// Words `first..=last` that stand for a PIN of their own, and not for a part of something longer.
fn stands_alone(words: &[Word], first: usize, last: usize) -> bool {
    let joins = |at: Option<usize>| at.and_then(|at| words.get(at)).is_some_and(|word| word.gap == Gap::Hyphen);
    let is_longer = joins(Some(last)) && last + 1 < words.len();
    !is_longer && words.get(first..=last).is_some_and(|part| part.iter().all(|word| !word.is_part))
}

/// Whether the word before this one is joined to it.
fn is_joined(words: &[Word], first: usize) -> bool {
    first.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| word.gap == Gap::Hyphen)
}

/// The PINs that the words behind `SUP` at `first` can stand for, the shortest first.
fn behind_prefix(words: &[Word], first: usize) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let Some(start) = words.get(first).and_then(|word| word.symbols.strip_prefix(PREFIX)) else { return found };
    if is_joined(words, first) && words.get(first - 1).is_some_and(|word| word.symbols == PREFIX) {
        return found;
    }
    let mut text = start.to_owned();
    let (behind, of_prefix) = if text.is_empty() { (first + 1, 0) } else { (first, PREFIX.len()) };
    for last in first..words.len() {
        if last > first {
            text.push_str(&words[last].symbols);
        }
        if text.len() > PinLength::MOST {
            break;
        }
        if let Some(pin) = Pin::of_symbols(&text)
            && stands_alone(words, first, last)
            && let Some(groups) = words.get(behind..=last)
        {
            found.push(Found::new(groups, of_prefix, last, pin));
        }
        if words[last].gap == Gap::Wide {
            break;
        }
    }
    found.retain(|found| is_printed(words, first, found) || found.is_one(true));
    found
}

/// The PINs that the words from `first` on can stand for without a prefix, the shortest first: in one word, or in their
/// groups.
fn in_groups(words: &[Word], first: usize) -> Vec<Found<'_>> {
    let one = |length: PinLength| {
        [1, length.groups().len()].into_iter().find_map(|count| {
            let last = first + count - 1;
            let groups = words.get(first..=last)?;
            let (_, inner) = groups.split_last()?;
            let are_alike = inner
                .iter()
                .all(|word| (word.gap.is_dashed() || word.gap == Gap::Space) && word.gap.is_like(groups[0].gap));
            let text: String = groups.iter().map(|word| word.symbols.as_str()).collect();
            let pin = Pin::of_symbols(&text).filter(|pin| pin.length() == length)?;
            let found = Found::new(groups, 0, last, pin);
            let has_shape = count == 1 || found.is_in_groups();
            (are_alike && has_shape && stands_alone(words, first, last)).then_some(found)
        })
    };
    PinLength::ALL.into_iter().filter_map(one).collect()
}

/// Whether a PIN that has groups of its own goes on as a longer one that begins in the same place.
fn goes_on(words: &[Word], shorter: &Found<'_>, longer: &Found<'_>) -> bool {
    let have_groups = shorter.is_in_groups() && longer.is_in_groups();
    let inside = shorter.groups[0].gap;
    let is_small = shorter.groups.iter().any(|word| word.has_small);
    let joins = |at: usize| {
        let (gap, next) = (words[at].gap, &words[at + 1]);
        let is_written_alike = next.has_small == is_small;
        gap.is_like(inside)
            && match gap {
                Gap::Hyphen => true,
                Gap::Wrapped => next.has_digit() || is_written_alike,
                Gap::Space => next.has_digit() || !(next.has_small || is_small),
                _ => next.has_digit() || (gap == inside && is_written_alike),
            }
    };
    have_groups && (shorter.last..longer.last).all(joins)
}

/// The one among PINs that begin in the same place.
fn choose<'a>(words: &'a [Word], found: Vec<Found<'a>>) -> Option<Found<'a>> {
    found.into_iter().reduce(|shorter, longer| if goes_on(words, &shorter, &longer) { longer } else { shorter })
}

/// The first PIN that is written as it is printed: `SUP`, its groups, dashes between them.
fn printed(words: &[Word]) -> Option<Pin> {
    (0..words.len()).find_map(|first| {
        let mut found = behind_prefix(words, first);
        found.retain(|found| is_printed(words, first, found));
        choose(words, found).map(|found| found.pin)
    })
}

fn is_printed(words: &[Word], first: usize, found: &Found<'_>) -> bool {
    let is_dashed = words.get(first..found.last).is_some_and(|inner| inner.iter().all(|word| word.gap.is_dashed()));
    is_apart(words, first) && is_dashed && found.is_in_groups()
}

/// Whether the prefix stands apart from the symbols.
fn is_apart(words: &[Word], first: usize) -> bool {
    words.get(first).is_some_and(|word| word.symbols == PREFIX)
}

/// The PIN that stands behind `SUP` and a dash, or joined with it.
fn with_prefix(words: &[Word]) -> Option<Pin> {
    let found = (0..words.len()).filter_map(|first| {
        let mut found = behind_prefix(words, first);
        let is_dashed = is_apart(words, first) && words[first].gap.is_dashed();
        found.retain(|found| is_dashed || found.last == first);
        let found = choose(words, found)?;
        Some((if is_dashed { 0 } else { 1 }, found.pin))
    });
    found.min_by_key(|(rank, _)| *rank).map(|(_, pin)| pin)
}

/// The PIN that most looks like one where none is dashed behind `SUP`: with digits and letters before those without,
/// written large before small.
fn without_prefix(words: &[Word]) -> Option<Pin> {
    let mut best: Option<((u32, usize, u32), Pin)> = None;
    let mut offer = |found: Found<'_>, is_prefixed: bool, shape: u32| {
        let groups = found.groups;
        let (has_digit, has_letter) = (groups.iter().any(Word::has_digit), groups.iter().any(Word::has_letter));
        let is_large = groups.iter().all(|word| !word.has_small);
        let kind = match (has_digit && has_letter, is_large) {
            (true, _) => 2,
            (false, _) if is_prefixed => 1,
            // Years, numbers of telephones and cards.
            (false, _) if !has_letter && groups.len() > 2 => return,
            (false, true) if shape > 1 => 1,
            // Words of a language.
            _ => return,
        };
        // Of each symbol, so that a longer one is worth no more.
        let score = groups.iter().map(|word| word.score() * word.len() * 100).sum::<usize>();
        let worth = (kind, score / found.pin.length().symbols(), shape);
        // Of two that are separated by spaces alike, the word before them is rather one of a language.
        let is_better = best.as_ref().is_none_or(|(other, pin)| {
            worth > *other || (worth == *other && shape == 1 && pin.length() == found.pin.length())
        });
        if is_better {
            best = Some((worth, found.pin));
        }
    };
    for first in 0..words.len() {
        if let Some(found) = choose(words, behind_prefix(words, first)) {
            offer(found, is_apart(words, first), 0);
        }
        if is_joined(words, first) {
            continue;
        }
        if let Some(found) = choose(words, in_groups(words, first)) {
            let shape = match found.groups {
                [_] => 2,
                [one, ..] if one.gap.is_dashed() => 3,
                _ => 1,
            };
            offer(found, false, shape);
        }
    }
    best.map(|(_, pin)| pin)
}
