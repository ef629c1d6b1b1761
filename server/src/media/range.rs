//! Conditions and ranges of a download (RFC 9110, 13 and 14).

use std::ops::Range;

use http::{HeaderMap, HeaderName, header};

/// What of a file is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The client has it already (304).
    Nothing,
    /// The whole file.
    All,
    /// These bytes; the end is exclusive.
    Part(Range<u64>),
    /// Bytes that the file does not have (416).
    Unsatisfiable,
}

/// What the headers ask of a file with this tag and size.
pub(super) fn wanted(headers: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(known) = text(header::IF_NONE_MATCH)
        && known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    {
        return Wanted::Nothing;
    }
    // A range of another version is worth nothing: the whole file then. Dates are not given out, so none matches.
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::All;
    }
    text(header::RANGE).map_or(Wanted::All, |range| part(range, size))
}

/// One range. Several at once, and what cannot be read, are answered with the whole file, as RFC 9110 allows.
fn part(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::All;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok().filter(|_| !text.trim().starts_with('+'));
    match (first.trim().is_empty(), number(first), last.trim().is_empty(), number(last)) {
        (true, _, false, Some(0)) => Wanted::Unsatisfiable,
        (true, _, false, Some(count)) if size > 0 => Wanted::Part(size.saturating_sub(count)..size),
        (false, Some(first), true, _) if first < size => Wanted::Part(first..size),
        (false, Some(first), false, Some(last)) if first <= last && first < size => {
            Wanted::Part(first..last.saturating_add(1).min(size))
        }
        (false, Some(first), true, _) if first >= size => Wanted::Unsatisfiable,
        (false, Some(first), false, Some(last)) if first <= last => Wanted::Unsatisfiable,
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-9", Wanted::Part(0..10)),
            ("bytes=90-", Wanted::Part(90..100)),
            ("bytes=90-1000", Wanted::Part(90..100)),
            ("bytes=-10", Wanted::Part(90..100)),
            ("bytes=-1000", Wanted::Part(0..100)),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=200-300", Wanted::Unsatisfiable),
            ("bytes=9-0", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("bytes=x-y", Wanted::All),
            ("lines=0-9", Wanted::All),
        ] {
            assert_eq!(part(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn conditions() {
        let asked = |name: HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, "bytes=0-0".parse().unwrap());
            headers.insert(name, value.parse().unwrap());
            wanted(&headers, "\"1-100\"", 100)
        };
        assert_eq!(asked(header::IF_NONE_MATCH, "\"0-1\", W/\"1-100\""), Wanted::Nothing);
        assert_eq!(asked(header::IF_NONE_MATCH, "\"0-1\""), Wanted::Part(0..1));
        assert_eq!(asked(header::IF_RANGE, "\"1-100\""), Wanted::Part(0..1));
        assert_eq!(asked(header::IF_RANGE, "\"0-1\""), Wanted::All);
    }
}
