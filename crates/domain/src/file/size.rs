//! Sizes for people.

/// A size for people: `812 bytes`, `12.4 KB`, `1.4 MB` (of 1024 × 1024 bytes, as the limits are).
pub fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" });
    }
    // Whole tenths of the unit: floating-point formatting would be a tenth of the browser's file.
    let tenths = |unit: u64| bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
    let (mut unit, mut name) = (1024, UNITS[0]);
    for next in &UNITS[1..] {
        // What rounds to a thousand and more of one unit is said in the next.
        if tenths(unit) < 10_240 {
            break;
        }
        (unit, name) = (unit * 1024, next);
    }
    let (whole, tenth) = (tenths(unit) / 10, tenths(unit) % 10);
    if tenth == 0 { format!("{whole} {name}") } else { format!("{whole}.{tenth} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KB"),
            (1536, "1.5 KB"),
            (12_700, "12.4 KB"),
            (1024 * 1024 - 1, "1 MB"),
            (1024 * 1024, "1 MB"),
            (3_565_158, "3.4 MB"),
            (5 * 1024 * 1024, "5 MB"),
            (1024 * 1024 * 1024 - 1, "1 GB"),
            (3 * 1024 * 1024 * 1024 / 2, "1.5 GB"),
            (u64::MAX, "16777216 TB"),
        ] {
            assert_eq!(human_bytes(bytes), words);
        }
    }
}
