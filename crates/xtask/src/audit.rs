//! Rules that no compiler checks.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use xtask::{
    Result, repo,
    run::{self, cargo},
};

/// What only the server may use: in the browser it would be weight, or a leak.
const SERVER_ONLY: [&str; 6] = ["argon2", "axum", "regex", "sea-orm", "sqlx", "tokio"];

/// Who depends on what of these all the same. Leptos reads its settings with a regular expression, on the server only;
/// the linker drops it, which `browser_binary` checks.
const EXCEPTIONS: [(&str, &str); 1] = [("leptos_config", "regex")];

/// The browser's side depends on none of the server's crates.
///
/// # Errors
/// Naming those that it depends on.
pub(crate) fn browser_dependencies() -> Result {
    let tree = run::output(cargo().args([
        "tree",
        "--package=frontend",
        "--target=wasm32-unknown-unknown",
        "--edges=normal,no-proc-macro",
        "--prefix=depth",
    ]))?;
    if !tree.contains("leptos v") {
        return Err("`cargo tree -p frontend` does not show leptos: the audit no longer sees the browser's side".into());
    }
    match forbidden(&tree).as_slice() {
        [] => Ok(()),
        found => Err(format!(
            "the browser's side depends on crates of the server: {}. \
             `cargo tree -p frontend --target wasm32-unknown-unknown -e normal -i NAME` shows all of the way",
            found.join(", ")
        )
        .into()),
    }
}

/// The forbidden ones in a tree whose lines begin with their depth.
fn forbidden(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut ancestors: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let start = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
        let (depth, package) = line.split_at(start);
        let (Ok(depth), Some(name)) = (depth.parse(), package.split(' ').next()) else { continue };
        ancestors.truncate(depth);
        let parent = ancestors.last().copied().unwrap_or_default();
        if is_server_only(name) && !EXCEPTIONS.contains(&(parent, name)) {
            found.push(format!("{name} (of {parent})"));
        }
        ancestors.push(name);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_server_only(name: &str) -> bool {
    SERVER_ONLY.iter().any(|no| name.strip_prefix(no).is_some_and(|rest| rest.is_empty() || rest == "-core"))
}

/// The browser's WASM, as linked, has code of none of the server's crates.
///
/// # Errors
/// Naming those that it has, or when there is no release build.
pub(crate) fn browser_binary() -> Result {
    let file = repo::target().join("front/wasm32-unknown-unknown/wasm-release/frontend.wasm");
    let bytes = fs::read(&file)
        .map_err(|error| format!("cannot read {} ({error}): run `cargo xtask build --rebuild`", file.display()))?;
    let linked = linked(&bytes);
    if !linked.iter().any(|name| name == "reactive_graph") {
        return Err(
            format!("{} names no crate of Leptos: the audit no longer sees what is linked", file.display()).into()
        );
    }
    let found: Vec<_> = linked.into_iter().filter(|name| is_server_only(name) || name == "regex-automata").collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("the browser's WASM has code of {}, which belongs to the server", found.join(", ")).into())
}

/// The crates in whose sources the code can panic: `…/tokio-1.52.0/src/…` names one.
fn linked(wasm: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(wasm);
    let places = text.match_indices("/src/").filter_map(|(end, _)| text[..end].rsplit_once('/'));
    places
        .filter_map(|(_, folder)| folder.rsplit_once('-'))
        .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// No view outside `crates/islands/src/ui` writes a `<textarea>`: server-side rendering does not escape its children, and the
/// shared one there has none.
///
/// # Errors
/// Naming the places that do.
pub(crate) fn textareas() -> Result {
    let root = repo::root();
    let mut files = Vec::new();
    for views in ["app/src", "crates/islands/src"] {
        rust_files(&root.join(views), &mut files)?;
    }
    let mut places = Vec::new();
    for file in files.iter().filter(|file| !file.starts_with(root.join("crates/islands/src/ui"))) {
        let text = fs::read_to_string(file)?;
        let name = file.strip_prefix(&root).unwrap_or(file).display();
        places.extend(textarea_lines(&text).map(|line| format!("{name}:{line}")));
    }
    if places.is_empty() {
        return Ok(());
    }
    Err(format!(
        "use the text area of crates/islands/src/ui, whose text is escaped, instead of `<textarea>` in {}",
        places.join(", ")
    )
    .into())
}

fn textarea_lines(text: &str) -> impl Iterator<Item = usize> {
    let writes = |line: &str| {
        let code = line.trim_start();
        !code.starts_with("//") && (code.contains("<textarea") || code.contains("textarea()"))
    };
    text.lines().enumerate().filter(move |(_, line)| writes(line)).map(|(index, _)| index + 1)
}

fn rust_files(dir: &Path, files: &mut Vec<PathBuf>) -> Result {
    for entry in fs::read_dir(dir).map_err(|e| format!("cannot read {}: {e}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_crates_are_forbidden() {
        let tree = "\
0frontend v0.1.0 (/x/tokio)
1leptos v0.8.23
2leptos_config v0.8.10
3regex v1.13.2
3tokio-stream v0.1.0
1regex-lite v0.1.0
";
        assert_eq!(forbidden(tree), [""; 0]);
        let tree = "0frontend v0.1.0\n1leptos v0.8.23\n2leptos_config v0.8.10\n1app v0.1.0\n2regex v1.13.2\n2sqlx-core v0.8.6\n1tokio v1.5.0 (*)\n";
        assert_eq!(forbidden(tree), ["regex (of app)", "sqlx-core (of app)", "tokio (of frontend)"]);
    }

    #[test]
    fn the_linked_crates_are_those_of_panic_places() {
        let wasm = b"\0asm\xff/r/src/index-19/reactive_graph-0.2.16/src/owner.rs/r/regex-automata-0.4.1/src/a.rs app/src/lib.rs";
        assert_eq!(linked(wasm).into_iter().collect::<Vec<_>>(), ["reactive_graph", "regex-automata"]);
    }

    #[test]
    fn finds_text_areas_in_views_but_not_in_comments() {
        let text =
            "// <textarea> is\n  view! { <p><textarea name=\"x\"/></p> }\nlet a = html::textarea();\n<TextArea/>\n";
        assert_eq!(textarea_lines(text).collect::<Vec<_>>(), [2, 3]);
    }
}
