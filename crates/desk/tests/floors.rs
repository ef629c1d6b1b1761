//! How the crate is built: three floors with arrows only down, no circles of files, SQL only on the ground floor.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A file's module path (`rooms::tickets::list`) and its text, without tests and comments.
type Files = BTreeMap<String, String>;

/// From the ground up.
const FLOORS: [&str; 3] = ["store", "trail", "rooms"];
const LONGEST: usize = 400;

fn files() -> Files {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&src, &mut found);
    let module = |path: &Path| {
        let parts = path.strip_prefix(&src).unwrap().with_extension("");
        parts.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("::")
    };
    let code = |text: String| {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let is_test = |module: &str| module.ends_with("::tests");
    found
        .iter()
        .map(|path| (module(path), code(fs::read_to_string(path).unwrap())))
        .filter(|(module, _)| !is_test(module))
        .collect()
}

/// The paths of a `use` tree, or of a path in the code, one by one: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().into()];
    };
    let inner = rest.strip_suffix('}').unwrap_or(rest);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for sign in inner.chars() {
        match sign {
            ',' if depth == 0 => parts.push(String::new()),
            sign => {
                depth += i32::from(sign == '{') - i32::from(sign == '}');
                parts.last_mut().unwrap().push(sign);
            }
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| paths(part)).map(|part| format!("{}{part}", head.trim())).collect()
}

/// Which files a file names, by `crate::…`, `super::…` and `self::…`. What it only passes on (`pub use`) is no business of its own.
fn named(module: &str, text: &str, files: &Files) -> BTreeSet<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let mut named = BTreeSet::new();
    for (start, base) in [("crate::", ""), ("super::", parent), ("self::", module)] {
        for (at, _) in text.match_indices(start) {
            if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
                continue;
            }
            let rest = &text[at + start.len()..];
            let before = text[..at].trim_end();
            let is_use = before.ends_with("use");
            if is_use && before.lines().last().is_some_and(|line| line.trim_start().starts_with("pub")) {
                continue;
            }
            let end = if is_use {
                rest.find(';')
            } else {
                rest.find(|sign: char| !(sign.is_alphanumeric() || "_:".contains(sign)))
            };
            for path in paths(&rest[..end.unwrap_or(rest.len())]) {
                let path = if base.is_empty() { path } else { format!("{base}::{path}") };
                // The longest beginning that is a file.
                let mut parts: Vec<&str> = path.split("::").collect();
                while !parts.is_empty() && !files.contains_key(&parts.join("::")) {
                    parts.pop();
                }
                named.insert(parts.join("::"));
            }
        }
    }
    named.remove("");
    named.remove(module);
    named
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| module.split("::").next() == Some(floor))
}

#[test]
fn arrows_point_down() {
    let files = files();
    assert!(files.len() > 50, "{}", files.len());
    assert!(!files.values().any(|text| text.contains("super::super")), "name it from the crate's root");
    let mut up = Vec::new();
    for (module, text) in &files {
        for other in named(module, text, &files) {
            if let (Some(from), Some(to)) = (floor(module), floor(&other))
                && from < to
            {
                up.push(format!("{module} → {other}"));
            }
        }
    }
    assert!(up.is_empty(), "{up:#?}");
}

#[test]
fn no_circle_has_more_than_two_files() {
    let files = files();
    // Tables name each other, as their relations go both ways.
    let is_table = |module: &str| module.starts_with("store::entities::");
    let arrows: BTreeMap<&str, BTreeSet<String>> = files
        .iter()
        .map(|(module, text)| {
            let mut named = named(module, text, &files);
            named.retain(|other| !(is_table(module) && is_table(other)));
            (module.as_str(), named)
        })
        .collect();
    let reached = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = vec![from];
        while let Some(module) = next.pop() {
            for other in &arrows[module] {
                if reached.insert(other.clone()) {
                    next.push(arrows.get_key_value(other.as_str()).unwrap().0);
                }
            }
        }
        reached
    };
    let reach: BTreeMap<&str, BTreeSet<String>> = arrows.keys().map(|module| (*module, reached(module))).collect();
    let mut circles = BTreeSet::new();
    for (module, reached) in &reach {
        let circle: BTreeSet<&str> = reached
            .iter()
            .map(String::as_str)
            .filter(|other| reach[other].contains(*module))
            .chain([*module])
            .collect();
        if circle.len() > 2 {
            circles.insert(circle);
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn sql_is_on_the_ground_floor() {
    let sql = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "Statement::", "FromQueryResult", "Expr::cust"];
    let mut found = Vec::new();
    for (module, text) in files().iter().filter(|(module, _)| floor(module) != Some(0)) {
        found.extend(sql.iter().filter(|sql| text.contains(**sql)).map(|sql| format!("{module}: {sql}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn files_are_short() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut long = Vec::new();
    for module in files().keys() {
        let path = src.join(module.replace("::", "/")).with_extension("rs");
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > LONGEST {
            long.push(format!("{module}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}
