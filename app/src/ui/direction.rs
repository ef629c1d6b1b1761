//! What people wrote runs in its own direction, whatever is around it: each name, title and text of theirs is in a
//! `<bdi>` or an element with `dir="auto"`. `server/tests` looks for one that is not.

use leptos::prelude::*;

/// First strong isolate, and its end (Unicode's bidirectional algorithm, UAX #9).
const OPEN: char = '\u{2068}';
const CLOSE: char = '\u{2069}';

/// Somebody's words within a line.
pub fn said(words: impl Into<String>) -> impl IntoView {
    view! { <bdi>{words.into()}</bdi> }
}

/// Somebody's words within a sentence of ours, for [`sentence`].
pub fn apart(words: &str) -> String {
    // Their own isolates must not end this one.
    let words: String = words.chars().filter(|c| !matches!(*c, OPEN | CLOSE)).collect();
    format!("{OPEN}{words}{CLOSE}")
}

/// A sentence of ours in which somebody's words are [`apart`].
pub fn sentence(text: &str) -> impl IntoView + use<> {
    let parts = text.split(OPEN).enumerate().flat_map(|(number, part)| {
        let (theirs, ours) = if number == 0 { ("", part) } else { part.split_once(CLOSE).unwrap_or(("", part)) };
        let theirs = (!theirs.is_empty()).then(|| said(theirs));
        let ours = (!ours.is_empty()).then(|| ours.to_owned());
        [theirs.into_any(), ours.into_any()]
    });
    parts.collect::<Vec<_>>()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn words_are_apart_in_a_sentence() {
        let html = |text: String| Owner::new().with(|| sentence(&text).into_view().to_html()).replace("<!>", "");
        assert_eq!(html(format!("{} took it", apart("מאיה"))), "<bdi>מאיה</bdi> took it");
        assert_eq!(
            html(format!("{} gave it to {}.", apart("A"), apart("\u{2069}B\u{2068}"))),
            "<bdi>A</bdi> gave it to <bdi>B</bdi>."
        );
        assert_eq!(html("plain".to_owned()), "plain");
        assert_eq!(html(format!("“{}”", apart("<b>"))), "“<bdi>&lt;b&gt;</bdi>”");
    }
}
