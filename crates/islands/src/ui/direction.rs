//! What people wrote runs in its own direction, whatever is around it: each name, title and text of theirs is in a
//! `<bdi>` or an element with `dir="auto"`. `server/tests` looks for one that is not.

pub use domain::apart;
use domain::{ISOLATE, ISOLATE_END};
use leptos::{either::Either, prelude::*};

/// Somebody's words within a line.
pub fn said(words: impl Into<String>) -> impl IntoView {
    view! { <bdi>{words.into()}</bdi> }
}

/// A sentence of ours in which somebody's words are [`apart`], or, as in those of the desk, in `"quotation marks"`.
pub fn sentence(text: &str) -> impl IntoView + use<> {
    let mut pieces = Vec::new();
    for (number, part) in text.split(ISOLATE).enumerate() {
        let (theirs, ours) = if number == 0 { ("", part) } else { part.split_once(ISOLATE_END).unwrap_or(("", part)) };
        if !theirs.is_empty() {
            pieces.push(Either::Left(said(theirs.to_owned())));
        }
        for (number, part) in ours.split('"').enumerate() {
            if number > 0 {
                pieces.push(Either::Right("\"".to_owned()));
            }
            match part {
                "" => {}
                theirs if number % 2 == 1 => pieces.push(Either::Left(said(theirs.to_owned()))),
                ours => pieces.push(Either::Right(ours.to_owned())),
            }
        }
    }
    pieces
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
        assert_eq!(
            html("\"א.png\" is empty. There is no \"b\".".to_owned()),
            "\"<bdi>א.png</bdi>\" is empty. There is no \"<bdi>b</bdi>\"."
        );
        assert_eq!(html(format!("“{}”", apart("<b>"))), "“<bdi>&lt;b&gt;</bdi>”");
    }
}
