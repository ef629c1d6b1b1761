//! How values are written: durations, sizes, lists, numbers in a range.

use std::ops::Mul;

use domain::{CallerDeed, FactorDuty};

const DURATION_UNITS: [(&str, i64); 4] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
const SIZE_UNITS: [(&str, u64); 4] = [("KB", 1024), ("MB", 1024 * 1024), ("GB", 1024 * 1024 * 1024), ("B", 1)];

/// Reads a duration in seconds: `45s`, `30m`, `24h`, `7d`; a number alone counts seconds.
///
/// # Errors
/// How to write one.
pub fn duration(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let wrong = || format!("\"{text}\" is not a duration; write it like 45s, 30m, 24h or 7d");
    counted(text, &DURATION_UNITS).ok_or_else(wrong)
}

/// Reads a size in bytes: `512KB`, `5MB` (of 1024 × 1024 bytes), `1GB`; a number alone counts bytes.
fn size(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let wrong = || format!("\"{text}\" is not a size; write it like 512KB or 5MB");
    counted(&upper, &SIZE_UNITS).ok_or_else(wrong)
}

/// So many of a unit; without one, the number alone.
fn counted<T: From<u32> + Mul<Output = T> + Copy>(text: &str, units: &[(&str, T)]) -> Option<T> {
    let (number, unit) = units
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))
        .unwrap_or((text, T::from(1)));
    number.trim().parse::<u32>().ok().map(|number| T::from(number) * unit)
}

/// Reads a duration in seconds that is in a range such as `1m to 90d`.
pub(super) fn time(text: &str, range: &str) -> Result<i64, String> {
    within(duration, text, range)
}

/// Reads a size in bytes that is in a range such as `1KB to 1GB`.
pub(super) fn bytes(text: &str, range: &str) -> Result<u64, String> {
    within(size, text, range)
}

/// Reads a whole number that is in a range such as `1 to 100`.
pub(super) fn number(text: &str, range: &str) -> Result<u32, String> {
    within(|text| text.trim().parse().map_err(|_| format!("\"{text}\" is not a whole number")), text, range)
}

/// Holds a value to its range, which is written as people read it.
fn within<T: PartialOrd>(read: impl Fn(&str) -> Result<T, String>, text: &str, range: &str) -> Result<T, String> {
    let value = read(text)?;
    let (least, most) = range.split_once(" to ").ok_or_else(|| format!("\"{range}\" is no range"))?;
    if (read(least)?..=read(most)?).contains(&value) { Ok(value) } else { Err(format!("it must be from {range}")) }
}

/// Reads what staff may do for a customer only after a caller's code.
pub(super) fn caller_deeds(text: &str, _: &str) -> Result<Vec<CallerDeed>, String> {
    CallerDeed::list(text)
}

/// Reads who of staff must have a second factor.
pub(super) fn factor_duty(text: &str, _: &str) -> Result<FactorDuty, String> {
    text.parse()
}

/// Reads a list separated by commas; an empty text is an empty list.
pub(super) fn list<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(read).collect()
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
    }

    #[test]
    fn sizes() {
        assert_eq!(size("5MB"), Ok(5 * 1024 * 1024));
        assert_eq!(size("5 mb"), Ok(5 * 1024 * 1024));
        assert_eq!(size("100"), Ok(100));
        assert!(size("5 apples").is_err());
    }
}
