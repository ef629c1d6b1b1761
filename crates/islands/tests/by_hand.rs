//! What walks the document by selector, and what may: the parts that are small and have no view of their own. Everything
//! else is views over signals.

use floors::Source;

/// Module, and why it looks for elements.
const BY_HAND: &[(&str, &str)] = &[
    ("browser", "the few functions that do"),
    ("forms::on_touch", "the form that it holds back"),
    ("kept_pages", "of any page"),
    ("live", "the page's stream, its presence, and parts that are only read"),
    ("live_theme", "of any page"),
    ("local_times", "the times of any page"),
    ("login", "one field, on the first page of all"),
    ("staff::ask_passkey", "one button of a form"),
    ("staff::card_tools", "one button"),
    ("staff::keys", "what has the focus, on any list"),
    ("staff::staff_keys", "lists and dialogs of any page"),
];

/// What looks for elements, or puts text in as markup.
const LOOKS: &[&str] = &[
    "query_selector",
    "get_element_by_id",
    "find(",
    "find::<",
    "find_in_page",
    "find_all",
    "set_inner_html",
    "copy_template",
];

#[test]
fn only_these_walk_the_document() {
    let source = Source::read(env!("CARGO_MANIFEST_DIR")).unwrap();
    let is_in = |module: &str, place: &str| module == place || module.starts_with(&format!("{place}::"));
    let mut used = Vec::new();
    for (module, code) in source.files() {
        // A list of values is found in, too.
        let looks = |line: &&str| {
            LOOKS.iter().any(|look| line.contains(look))
                && !line.contains(".find(")
                && !line.contains(".rfind(")
                && !line.contains("fn find")
        };
        let Some(line) = code.lines().find(looks) else { continue };
        match BY_HAND.iter().find(|(place, _)| is_in(module, place)) {
            Some((place, _)) => used.push(*place),
            None => panic!("{module} is to be views over signals, and looks for an element: {}", line.trim()),
        }
    }
    for (place, why) in BY_HAND {
        assert!(used.contains(place), "{place} ({why}) does not look for elements any more: take it off the list");
    }
}
