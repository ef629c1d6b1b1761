//! A server function's name is written once, where it is defined. Forms, lists and redirects name its type, so that one that
//! is renamed breaks the build and not a form.

use std::collections::BTreeSet;

use floors::Source;
use islands::deed::PREFIX;

/// Names that are words for something else, too: a kind of draft and of a hit, the part of a form that shows a text as it will
/// look. They count where they are part of an address.
const WORDS: [&str; 2] = ["preview", "reply"];

fn registered() -> BTreeSet<&'static str> {
    server_fn::axum::server_fn_paths().map(|(path, _)| path.strip_prefix(PREFIX).unwrap()).collect()
}

/// The name that a line defines.
fn defined(line: &str) -> Option<&str> {
    let attribute = line.trim_start().strip_prefix("#[server(")?;
    attribute.split_once("endpoint = \"")?.1.split('"').next()
}

/// Whether a line names a function in a text: `"name"`, and as part of an address `/fn/name` and `fn=name`.
fn names(line: &str, name: &str, in_addresses: bool) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        let ends = !after.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        let is_word = before.ends_with('"') && after.starts_with('"');
        // The description of the API has names of its own.
        let is_operation = before.ends_with("operation_id = \"");
        let is_address = ends && (before.ends_with(PREFIX) || before.ends_with("fn="));
        (is_word && !is_operation && !WORDS.contains(&name)) || (is_address && in_addresses)
    })
}

#[test]
fn no_text_names_a_server_function() {
    let registered = registered();
    let (mut definitions, mut found) = (Vec::new(), Vec::new());
    // Script in a browser may ask at an address.
    for (folder, in_addresses) in [("app", true), ("server", true), ("crates/islands", false)] {
        let source = Source::read(&format!("{}/../{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        for (module, code) in source.files() {
            for line in code.lines() {
                match defined(line) {
                    Some(name) => definitions.push(name.to_owned()),
                    None if registered.iter().any(|name| names(line, name, in_addresses)) => {
                        found.push(format!("{folder} {module}: {}", line.trim()));
                    }
                    None => {}
                }
            }
        }
    }
    definitions.sort_unstable();
    assert_eq!(definitions, registered.into_iter().collect::<Vec<_>>(), "each has one definition");
    assert!(found.is_empty(), "name the function's type instead:\n{}", found.join("\n"));
}

#[test]
fn a_name_in_a_text_is_noticed() {
    for line in [
        r#"let form = visit.form("issue_pin");"#,
        r#"const FREE: [&str; 2] = ["x", "issue_pin"];"#,
        r#"data-upload="/fn/issue_pin""#,
        r#"form_action("/tickets?fn=issue_pin&x=1")"#,
    ] {
        assert!(names(line, "issue_pin", true), "{line}");
    }
    for line in [
        "pub async fn issue_pin(",
        r#"post, operation_id = "issue_pin","#,
        r#"let words = "issue_pins", "an issue_pin";"#,
        r#""/fn/issue_pin_again""#,
    ] {
        assert!(!names(line, "issue_pin", true), "{line}");
    }
    assert!(!names(r#"<div class="preview">"#, "preview", true) && names(r#""/fn/preview""#, "preview", true));
    assert!(!names(r#""/fn/issue_pin""#, "issue_pin", false));
    assert_eq!(defined(r#"#[server(prefix = "/fn", endpoint = "issue_pin")]"#), Some("issue_pin"));
    assert_eq!(defined(r#"let endpoint = "issue_pin";"#), None);
}

/// The tests that `docs/PINS.md` names are there.
#[test]
fn what_is_said_of_pins_is_tested() {
    let root = format!("{}/..", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(format!("{root}/docs/PINS.md")).unwrap();
    let named: Vec<_> = table.split('`').filter_map(|words| words.split_once("::")).collect();
    assert!(named.len() > 20, "{named:?}");
    for (module, test) in named {
        let places = [format!("crates/desk/tests/desk/{module}.rs"), format!("server/tests/server/{module}.rs")];
        let is_there = places.iter().any(|place| {
            let code = std::fs::read_to_string(format!("{root}/{place}")).unwrap_or_default();
            code.contains(&format!("async fn {test}("))
        });
        assert!(is_there, "{module}::{test}");
    }
}
