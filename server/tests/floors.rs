//! How the crate is built: arrows only down, no circles of files, and REST needs nothing of the pages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use floors::Source;

/// From the ground up.
const FLOORS: [&[&str]; 7] = [
    // What needs no site: settings, connections, bodies, and what the site keeps for its handlers.
    &[
        "config",
        "log",
        "connections",
        "body",
        "functions",
        "assets::embedded",
        "forms::once",
        "live::streams",
        "metrics::counts",
        "middleware::client",
        "middleware::measure::rates",
        "pages::renderer",
        "sign_on::provider",
    ],
    &["reply", "site"],
    &["extract"],
    &["middleware"],
    &["assets", "backups", "download", "rest", "live", "media", "pages", "forms", "server_fns", "sign_on"],
    &["router", "middleware::cors", "metrics"],
    &["serve", "cli"],
];

fn source() -> Source {
    let source = Source::read(env!("CARGO_MANIFEST_DIR")).unwrap();
    assert!(source.files().count() > 40);
    source
}

#[test]
fn arrows_point_down() {
    let source = source();
    assert_eq!(source.nowhere(&FLOORS), ["lib", "main"], "each file has its floor");
    assert_eq!(source.upward(&FLOORS), [""; 0]);
    // What goes round the floors: by the crate's root, which names all of them, or by the parent's parent.
    let by_root = ["crate::Site", "crate::Peer", "crate::{Site", "crate::{Peer", "super::super"];
    let is_below = |module: &str| !matches!(module, "lib" | "main" | "serve");
    for (module, code) in source.files().filter(|(module, _)| is_below(module)) {
        assert!(!by_root.iter().any(|name| code.contains(name)), "{module}: name it from its own file");
    }
}

#[test]
fn no_circle_has_more_than_two_files() {
    let source = source();
    let circles = source.circles(|_, _| false);
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn rest_needs_nothing_of_the_pages() {
    let source = source();
    let of_pages = |(module, code): &(&str, &str)| {
        module.starts_with("rest") && (code.contains("app::") || code.contains("leptos"))
    };
    let found: Vec<_> = source.files().filter(of_pages).map(|(module, _)| module.to_owned()).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn files_are_short() {
    assert_eq!(source().longer_than(400).unwrap(), [""; 0]);
}
