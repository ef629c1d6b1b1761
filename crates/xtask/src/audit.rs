//! Rules that no compiler checks.

use crate::{
    Result, repo,
    run::{self, cargo},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What only the server may use: in the browser it would be weight, or a leak.
const SERVER_ONLY: [&str; 6] = ["argon2", "axum", "regex", "sea-orm", "sqlx", "tokio"];

/// The browser's side depends on none of the server's crates.
///
/// # Errors
/// Naming those that it depends on.
pub(crate) fn browser_dependencies() -> Result {
    let tree = run::output(cargo().args([
        "tree",
        "--package=frontend",
        "--target=wasm32-unknown-unknown",
        "--edges=normal",
        "--prefix=none",
    ]))?;
    if !tree.lines().any(|line| line.starts_with("leptos ")) {
        return Err("`cargo tree -p frontend` does not show leptos: the audit no longer sees the browser's side".into());
    }
    match forbidden(&tree).as_slice() {
        [] => Ok(()),
        found => Err(format!(
            "the browser's side depends on {}, which belong to the server. \
             `cargo tree -p frontend --target wasm32-unknown-unknown -e normal -i NAME` shows through what",
            found.join(", ")
        )
        .into()),
    }
}

fn forbidden(tree: &str) -> Vec<&str> {
    let mut found: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| {
            SERVER_ONLY.iter().any(|no| name == no || name.strip_prefix(no).is_some_and(|x| x.starts_with("-core")))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// No view outside `app/src/ui` writes a `<textarea>`: server-side rendering does not escape its children, and the
/// shared one there has none.
///
/// # Errors
/// Naming the places that do.
pub(crate) fn textareas() -> Result {
    let root = repo::root();
    let mut files = Vec::new();
    rust_files(&root.join("app/src"), &mut files)?;
    let mut places = Vec::new();
    for file in files.iter().filter(|file| !file.starts_with(root.join("app/src/ui"))) {
        let text = fs::read_to_string(file)?;
        let name = file.strip_prefix(&root).unwrap_or(file).display();
        places.extend(textarea_lines(&text).map(|line| format!("{name}:{line}")));
    }
    if places.is_empty() {
        return Ok(());
    }
    Err(format!(
        "use the text area of app/src/ui, whose text is escaped, instead of `<textarea>` in {}",
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
        let tree = "frontend v0.1.0 (/x/tokio)\nleptos v0.8.23\ntokio-stream v0.1.0\nregex-lite v0.1.0\n";
        assert_eq!(forbidden(tree), [""; 0]);
        let tree = "leptos v0.8.23\ntokio v1.52.0\nsqlx-core v0.8.6\ntokio v1.52.0 (*)\naxum v0.8.9\n";
        assert_eq!(forbidden(tree), ["axum", "sqlx-core", "tokio"]);
    }

    #[test]
    fn finds_text_areas_in_views_but_not_in_comments() {
        let text =
            "// <textarea> is\n  view! { <p><textarea name=\"x\"/></p> }\nlet a = html::textarea();\n<TextArea/>\n";
        assert_eq!(textarea_lines(text).collect::<Vec<_>>(), [2, 3]);
    }
}
