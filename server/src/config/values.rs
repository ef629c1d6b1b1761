//! How values are written: durations, sizes, lists, numbers in a range.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

const DURATION_UNITS: [(&str, i64); 4] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
const SIZE_UNITS: [(&str, u64); 4] = [("KB", 1024), ("MB", 1024 * 1024), ("GB", 1024 * 1024 * 1024), ("B", 1)];

/// Reads a duration in seconds: `45s`, `30m`, `24h`, `7d`; a number alone counts seconds.
///
/// # Errors
/// How to write one.
pub fn duration(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let (number, factor) = DURATION_UNITS
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))
        .unwrap_or((text, 1));
    number
        .trim()
        .parse::<u32>()
        .ok()
        .map(|number| i64::from(number) * factor)
        .ok_or_else(|| format!("\"{text}\" is not a duration; write it like 45s, 30m, 24h or 7d"))
}

/// A duration as a person writes it: the largest unit that divides it.
pub fn duration_words(seconds: i64) -> String {
    DURATION_UNITS
        .iter()
        .rev()
        .find(|(_, factor)| seconds != 0 && seconds % factor == 0)
        .map_or_else(|| format!("{seconds}s"), |(unit, factor)| format!("{}{unit}", seconds / factor))
}

/// Reads a size in bytes: `512KB`, `5MB` (of 1024 × 1024 bytes), `1GB`; a number alone counts bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let (number, factor) = SIZE_UNITS
        .iter()
        .find_map(|(unit, factor)| upper.strip_suffix(unit).map(|number| (number, *factor)))
        .unwrap_or((&upper, 1));
    number
        .trim()
        .parse::<u32>()
        .ok()
        .map(|number| u64::from(number) * factor)
        .ok_or_else(|| format!("\"{text}\" is not a size; write it like 512KB or 5MB"))
}

/// Reads a whole number.
pub(super) fn number(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| format!("\"{text}\" is not a whole number"))
}

/// Holds a value to its range; `words` says the range as a person writes it.
pub(super) fn within<T: PartialOrd>(value: T, range: RangeInclusive<T>, words: &str) -> Result<T, String> {
    if range.contains(&value) { Ok(value) } else { Err(format!("it must be {words}")) }
}

/// Reads a list separated by commas; an empty text is an empty list.
pub(super) fn list<T: FromStr>(text: &str, example: &str) -> Result<Vec<T>, String>
where
    T::Err: Display,
{
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            item.parse().map_err(|error| format!("\"{item}\" cannot be read ({error}); write it like {example}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("24h"), Ok(86_400));
        assert_eq!(duration("90"), Ok(90));
        assert_eq!(duration(" 7 d "), Ok(604_800));
        for bad in ["", "h", "-1h", "1.5h", "1w", "99999999999s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        for text in ["45s", "30m", "24h", "7d", "0s"] {
            assert_eq!(duration(&duration_words(duration(text).unwrap())), duration(text));
        }
        assert_eq!(duration_words(86_400), "1d");
    }

    #[test]
    fn sizes() {
        assert_eq!(size("5MB"), Ok(5 * 1024 * 1024));
        assert_eq!(size("5 mb"), Ok(5 * 1024 * 1024));
        assert_eq!(size("100"), Ok(100));
        assert!(size("5 apples").is_err());
    }
}
