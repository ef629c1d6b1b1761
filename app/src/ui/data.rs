//! Times, sizes, and words for screen readers only.

use leptos::prelude::*;

/// A time in words people use, with the exact one on hover.
#[component]
pub fn Time(
    /// RFC 3339, UTC.
    #[prop(into)]
    iso: String,
    /// “5 minutes ago”.
    #[prop(into)]
    text: String,
    /// What hovering shows; the RFC 3339 form if left out.
    #[prop(optional, into)]
    exact: Option<String>,
) -> impl IntoView {
    let exact = exact.unwrap_or_else(|| iso.clone());
    view! {
        <time datetime=iso title=exact>
            {text}
        </time>
    }
}

/// Words for screen readers, unseen on the page.
#[component]
pub fn VisuallyHidden(
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class="visually-hidden">{children()}</span> }
}

/// A size as people read it, in steps of 1024 bytes: `840 bytes`, `12 KB`, `3.4 MB`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if size < 1024 {
        return if size == 1 { "1 byte".to_owned() } else { format!("{size} bytes") };
    }
    // Tenths of the unit, rounded. Whole numbers keep floating-point formatting out of the browser's file.
    let mut step = 1024_u128;
    let mut unit = 0;
    let tenths = |step: u128| (u128::from(size) * 10 + step / 2) / step;
    while tenths(step) >= 10_240 && unit + 1 < UNITS.len() {
        step *= 1024;
        unit += 1;
    }
    let (whole, tenth) = (tenths(step) / 10, tenths(step) % 10);
    if unit == 0 || whole >= 100 || tenth == 0 {
        format!("{} {}", whole + u128::from(tenth >= 5), UNITS[unit])
    } else {
        format!("{whole}.{tenth} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_read_well() {
        for (size, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KB"),
            (12_700, "12 KB"),
            (1024 * 1024 - 1, "1 MB"),
            (3_565_158, "3.4 MB"),
            (5 * 1024 * 1024, "5 MB"),
            (5 * 1024 * 1024 * 1024, "5 GB"),
            (u64::MAX, "16777216 TB"),
        ] {
            assert_eq!(bytes(size), words);
        }
    }
}
