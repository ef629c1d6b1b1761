//! Judges what the database found, the same for both: how good it is, and what to show of it.

use std::ops::Range;

use domain::{FoundIn, Piece};
use unicode_normalization::char::is_combining_mark;

use super::words::{Fit, Text, Wanted};

/// Characters of a snippet, and of those how many stand before the first word that was searched for.
const SNIPPET: usize = 160;
const BEFORE: usize = 50;

/// How good a document is: the greater the better. Where the words are counts most, then whether they are there whole.
/// How often they are, and how rare they are elsewhere, does not count: that would tell something of texts that the
/// reader may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    place: Place,
    fit: Fit,
}

/// The least good place that one of the words is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Text,
    FileName,
    Title,
}

impl Rank {
    /// Judges a document by its title, the names of its files and its text; none if a word is nowhere in it.
    pub(super) fn of(wanted: &[Wanted], title: &str, files: &[String], text: &str) -> Option<Self> {
        let mut best: Vec<Option<Self>> = vec![None; wanted.len()];
        let names = files.iter().map(|name| (Place::FileName, name.as_str()));
        for (place, text) in [(Place::Title, title)].into_iter().chain(names).chain([(Place::Text, text)]) {
            let text = Text::new(text);
            for (best, wanted) in best.iter_mut().zip(wanted) {
                let fit = wanted.find(&text).into_iter().map(|(fit, _)| fit).max();
                *best = fit.map(|fit| Self { place, fit }).max(*best);
            }
        }
        let best: Vec<Self> = best.into_iter().collect::<Option<_>>()?;
        Some(Self { place: best.iter().map(|rank| rank.place).min()?, fit: best.iter().map(|rank| rank.fit).min()? })
    }

    /// Where the words are, in a document whose text is a `text`.
    pub(super) const fn found_in(self, text: FoundIn) -> FoundIn {
        match self.place {
            Place::Title => FoundIn::Title,
            Place::FileName => FoundIn::FileName,
            Place::Text => text,
        }
    }
}

/// A whole text in pieces.
pub(super) fn pieces(wanted: &[Wanted], text: &str) -> Vec<Piece> {
    cut(text, 0..text.len(), &matches(wanted, text))
}

/// Some of a text in pieces: around the first word that is searched for, or its beginning.
pub(super) fn snippet(wanted: &[Wanted], text: &str) -> Vec<Piece> {
    let matches = matches(wanted, text);
    let first = matches.first().cloned().unwrap_or(0..0);
    let start = start_before(text, first.start);
    let end = end_after(text, start, first.end);
    let mut pieces = cut(text, start..end, &matches);
    let plain = |text: &str| Piece { text: text.to_owned(), is_match: false };
    if start > 0 {
        pieces.insert(0, plain("… "));
    }
    if end < text.trim_end().len() {
        pieces.push(plain(" …"));
    }
    pieces
}

/// Where the words are, in order; what overlaps is one.
fn matches(wanted: &[Wanted], text: &str) -> Vec<Range<usize>> {
    let known = Text::new(text);
    let mut found: Vec<Range<usize>> =
        wanted.iter().flat_map(|wanted| wanted.find(&known)).map(|(_, place)| place).collect();
    found.sort_unstable_by_key(|place| place.start);
    let mut matches: Vec<Range<usize>> = Vec::new();
    for place in found {
        match matches.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => matches.push(place),
        }
    }
    matches
}

/// Where a snippet begins: some characters before `first`, at a word if there is one, and not at a mark on a letter.
fn start_before(text: &str, first: usize) -> usize {
    let before = &text[..first];
    let Some((start, _)) = before.char_indices().rev().nth(BEFORE) else { return 0 };
    let gap = before[start..].char_indices().find(|(_, char)| char.is_whitespace());
    let letter = || before[start..].char_indices().find(|(_, char)| !is_combining_mark(*char));
    match gap {
        Some((at, char)) => start + at + char.len_utf8(),
        None => letter().map_or(start, |(at, _)| start + at),
    }
}

/// Where a snippet ends: after as many characters as it may have, at the end of a word, and not before `least`.
fn end_after(text: &str, start: usize, least: usize) -> usize {
    let Some((end, _)) = text[start..].char_indices().nth(SNIPPET) else { return text.trim_end().len().max(start) };
    let end = (start + end).max(least);
    let marks = text[end..].chars().take_while(|char| is_combining_mark(*char)).take(BEFORE).map(char::len_utf8);
    let whole = end + marks.sum::<usize>();
    text[least.max(start)..end].rfind(char::is_whitespace).map_or(whole, |at| least.max(start) + at)
}

/// What lies in `part`, with the `matches` in it marked.
fn cut(text: &str, part: Range<usize>, matches: &[Range<usize>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |range: Range<usize>, is_match| {
        if !range.is_empty() {
            pieces.push(Piece { text: text[range].to_owned(), is_match });
        }
    };
    let mut at = part.start;
    for found in matches.iter().filter(|found| found.start >= part.start && found.end <= part.end) {
        push(at..found.start, false);
        push(found.clone(), true);
        at = found.end;
    }
    push(at..part.end, false);
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::words::wanted, *};

    fn rank(search: &str, title: &str, files: &[&str], text: &str) -> Option<Rank> {
        let files: Vec<String> = files.iter().map(|&name| name.to_owned()).collect();
        Rank::of(&wanted(search), title, &files, text)
    }

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn where_a_word_is_counts_most_then_whether_it_is_whole() {
        let ranks = [
            rank("print", "x", &[], "a printer"),
            rank("print", "x", &[], "a print"),
            rank("print", "x", &["printer.png"], "a print"),
            rank("print", "x", &["print.png"], ""),
            rank("print", "Printer", &[], "a print"),
            rank("print", "The print", &[], ""),
        ];
        assert!(ranks.iter().all(Option::is_some));
        assert!(ranks.is_sorted() && ranks.windows(2).all(|two| two[0] != two[1]), "{ranks:?}");
        assert_eq!(rank("print scan", "print", &[], ""), None);
        assert_eq!(rank("p", "print", &[], ""), None);
        assert_eq!(rank("print scan", "print", &[], "scan"), rank("print scan", "x", &[], "scan print"));
    }

    #[test]
    fn a_snippet_is_around_the_first_match() {
        assert_eq!(shown(&snippet(&wanted("cafe"), "The Café, and\nCAFETERIA.")), "The [Café], and\n[CAFETERIA].");
        assert_eq!(shown(&snippet(&wanted("x"), "Nothing here ")), "Nothing here");
        assert_eq!(shown(&snippet(&wanted("x"), "")), "");
        let long = format!("{}needle{}", "hay ".repeat(100), " hay".repeat(100));
        let pieces = snippet(&wanted("needle"), &long);
        let shown = shown(&pieces);
        assert!(
            shown.starts_with("… hay") && shown.contains("hay [needle] hay") && shown.ends_with("hay …"),
            "{shown}"
        );
        assert!((120..=170).contains(&shown.chars().count()), "{shown}");
        let run = "ä".repeat(1000);
        assert_eq!(snippet(&wanted("nothing"), &run)[0].text.chars().count(), 160);
    }

    #[test]
    fn parts_of_runs_are_marked() {
        let text = "昨日からプリンターが動かない";
        assert_eq!(shown(&snippet(&wanted("プリンター 動か"), text)), "昨日から[プリンター]が[動か]ない");
        assert_eq!(shown(&snippet(&wanted("リンター プリン"), text)), "昨日から[プリンター]が動かない");
        assert_eq!(shown(&pieces(&wanted("e-mail"), "An E-Mail")), "An [E-Mail]");
        let long = format!("{}針{}", "干し草".repeat(100), "เครื่อง".repeat(100));
        let pieces = snippet(&wanted("針"), &long);
        assert_eq!(pieces.iter().filter(|piece| piece.is_match).count(), 1);
        assert!(pieces.iter().map(|piece| piece.text.chars().count()).sum::<usize>() <= 170);
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in any::<String>(), search in any::<String>()) {
            let wanted = wanted(&search);
            let whole: String = pieces(&wanted, &text).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(&whole, &text);
            let part: String = snippet(&wanted, &text).into_iter().map(|piece| piece.text).collect();
            let part = part.strip_prefix("… ").unwrap_or(&part);
            let part = part.strip_suffix(" …").unwrap_or(part);
            prop_assert!(text.contains(part));
        }
    }
}
