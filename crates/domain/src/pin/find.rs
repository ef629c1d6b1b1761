//! Finds a Support PIN in a text around it.

use super::{
    PREFIX, SYMBOLS, Symbols,
    signs::{Sign, sign},
    symbol,
};

/// Characters of a text that are looked at.
const LOOKED_AT: usize = 10_000;
/// Characters that may stand between the groups of one PIN, as a line break in a letter.
const GAP: usize = 6;

/// Letters and digits that stand together.
#[derive(Default)]
struct Word {
    symbols: String,
    /// Whether some of it was written small.
    has_small: bool,
    /// Whether a letter that is no symbol belongs to it, before or behind.
    is_part: bool,
    /// What stands between it and the next one.
    gap: Gap,
}

/// What stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Gap {
    /// One dash as in a hyphenated word.
    Hyphen,
    /// Dashes, with spaces around them or without.
    Dash,
    /// Spaces and line breaks.
    Space,
    /// Some other signs.
    Marks,
    /// Too much for one PIN, or the end.
    #[default]
    Wide,
}

impl Word {
    fn has_digit(&self) -> bool {
        self.symbols.bytes().any(|byte| byte.is_ascii_digit())
    }

    fn has_letter(&self) -> bool {
        self.symbols.bytes().any(|byte| byte.is_ascii_alphabetic())
    }

    /// How much it looks like a part of a PIN rather than a word of a language.
    fn score(&self) -> u32 {
        let of_group = 2 * u32::from(self.has_digit()) + u32::from(!self.has_small);
        if self.symbols.len() > SYMBOLS / 2 { 2 * of_group } else { of_group }
    }
}

/// Reads what was typed or pasted: a PIN as a person would write it, or one that stands in a text. The form with `SUP-`
/// counts before others, and of two alike the first.
pub(super) fn read(typed: impl Iterator<Item = char>) -> Option<Symbols> {
    let (words, has_others) = words(typed);
    let whole = (!has_others).then(|| words.iter().map(|word| word.symbols.as_str()).collect::<String>());
    if let Some(whole) = whole
        && let Some(pin) = symbols_of(whole.strip_prefix(PREFIX).unwrap_or(&whole))
    {
        return Some(pin);
    }
    with_prefix(&words).or_else(|| without_prefix(&words))
}

/// The words of a text, and whether there are letters in it that are no symbols.
fn words(typed: impl Iterator<Item = char>) -> (Vec<Word>, bool) {
    let mut words: Vec<Word> = Vec::new();
    let mut has_others = false;
    let mut gap: Vec<Sign> = Vec::new();
    for c in typed.take(LOOKED_AT) {
        let sign = sign(c);
        match sign {
            Sign::Invisible => {}
            Sign::Symbol(byte) => {
                if words.is_empty() || !gap.is_empty() {
                    let is_part = gap.last() == Some(&Sign::Letter);
                    if let Some(before) = words.last_mut() {
                        before.gap = width(&gap);
                        before.is_part |= gap.first() == Some(&Sign::Letter);
                    }
                    words.push(Word { is_part, ..Word::default() });
                    gap.clear();
                }
                if let Some(word) = words.last_mut() {
                    word.symbols.push(char::from(byte));
                    word.has_small |= c.is_lowercase();
                }
            }
            other => {
                has_others |= matches!(other, Sign::Letter | Sign::Foreign);
                gap.push(other);
            }
        }
    }
    if let Some(last) = words.last_mut() {
        last.is_part |= gap.first() == Some(&Sign::Letter);
    }
    (words, has_others)
}

fn width(gap: &[Sign]) -> Gap {
    let has = |wanted: fn(&Sign) -> bool| gap.iter().any(wanted);
    match gap {
        [Sign::Hyphen] => Gap::Hyphen,
        _ if gap.len() > GAP || has(|sign| matches!(sign, Sign::Letter | Sign::Foreign)) => Gap::Wide,
        _ if has(|sign| *sign == Sign::Mark) => Gap::Marks,
        _ if has(|sign| matches!(sign, Sign::Hyphen | Sign::Dash)) => Gap::Dash,
        _ => Gap::Space,
    }
}

fn symbols_of(text: &str) -> Option<Symbols> {
    let mut pin = [0; SYMBOLS];
    let mut read = text.chars();
    for slot in &mut pin {
        *slot = read.next().and_then(symbol)?;
    }
    read.next().is_none().then_some(pin)
}

/// Words `first..=last` that stand for a PIN of their own, and not for a part of something longer.
fn stands_alone(words: &[Word], first: usize, last: usize) -> bool {
    let joins = |at: Option<usize>| at.and_then(|at| words.get(at)).is_some_and(|word| word.gap == Gap::Hyphen);
    let is_longer = joins(Some(last)) && last + 1 < words.len();
    !is_longer && words.get(first..=last).is_some_and(|part| part.iter().all(|word| !word.is_part))
}

/// The words behind `SUP` at `first` that make eight symbols: the last of them, and all symbols.
fn behind_prefix(words: &[Word], first: usize) -> Option<(usize, Symbols)> {
    let mut text = words.get(first)?.symbols.strip_prefix(PREFIX)?.to_owned();
    let mut last = first;
    while text.len() < SYMBOLS {
        if words.get(last)?.gap == Gap::Wide {
            return None;
        }
        last += 1;
        text.push_str(&words.get(last)?.symbols);
    }
    let again = first.checked_sub(1).and_then(|at| words.get(at));
    let is_doubled = again.is_some_and(|word| word.symbols == PREFIX && word.gap == Gap::Hyphen);
    let pin = symbols_of(&text)?;
    (!is_doubled && stands_alone(words, first, last)).then_some((last, pin))
}

/// The PIN that stands behind `SUP`.
fn with_prefix(words: &[Word]) -> Option<Symbols> {
    let found = (0..words.len()).filter_map(|first| {
        let (last, pin) = behind_prefix(words, first)?;
        let part = words.get(first..=last)?;
        let is_dashed = |word: &Word| matches!(word.gap, Gap::Hyphen | Gap::Dash);
        let is_apart = part[0].symbols == PREFIX;
        let rank = match part {
            [_, one, two] if is_apart && part[..2].iter().all(is_dashed) && one.symbols.len() == two.symbols.len() => 0,
            [prefix, ..] if is_apart && is_dashed(prefix) => 1,
            [_] => 2,
            _ => return None,
        };
        Some((rank, pin))
    });
    found.min_by_key(|(rank, _)| *rank).map(|(_, pin)| pin)
}

/// The PIN that most looks like one where none is dashed behind `SUP`: with digits and letters before those without,
/// written large before small.
fn without_prefix(words: &[Word]) -> Option<Symbols> {
    let mut best: Option<((u32, u32, u32), Symbols)> = None;
    let mut offer = |part: &[Word], is_prefixed: bool, shape: u32, pin: Symbols| {
        let is_mixed = part.iter().any(Word::has_digit) && part.iter().any(Word::has_letter);
        let is_large = part.iter().all(|word| !word.has_small);
        let kind = match (is_mixed, is_large) {
            (true, _) => 2,
            (false, true) if shape > 1 => 1,
            (false, _) if is_prefixed => 1,
            // Words of a language.
            _ => return,
        };
        let worth = (kind, part.iter().map(Word::score).sum(), shape);
        // Of two that are separated by spaces alike, the word before them is rather one of a language.
        let is_better = best.as_ref().is_none_or(|(other, _)| worth > *other || (worth == *other && shape == 1));
        if is_better {
            best = Some((worth, pin));
        }
    };
    for first in 0..words.len() {
        let is_joined = first.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| word.gap == Gap::Hyphen);
        if let Some((last, pin)) = behind_prefix(words, first)
            && let Some(part) = words.get(first..=last)
        {
            let is_apart = part[0].symbols == PREFIX;
            offer(if is_apart { &part[1..] } else { part }, is_apart, 0, pin);
        }
        if is_joined {
            continue;
        }
        let [one, rest @ ..] = &words[first..] else { continue };
        if stands_alone(words, first, first)
            && let Some(pin) = symbols_of(&one.symbols)
        {
            offer(&words[first..=first], false, 2, pin);
        }
        let Some(two) = rest.first() else { continue };
        let shape = match one.gap {
            Gap::Hyphen | Gap::Dash => 3,
            Gap::Space => 1,
            _ => continue,
        };
        let are_halves = [one, two].iter().all(|word| word.symbols.len() == SYMBOLS / 2);
        if are_halves
            && stands_alone(words, first, first + 1)
            && let Some(pin) = symbols_of(&format!("{}{}", one.symbols, two.symbols))
        {
            offer(&words[first..=first + 1], false, shape, pin);
        }
    }
    best.map(|(_, pin)| pin)
}
