//! How a crate is built, read from its source for its tests: which file names which, circles, and arrows that point up.
//!
//! A file's name is its module path (`rooms::tickets::list`). Tests and comments are left out, and what a file only passes on
//! (`pub use`) is no business of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// The files of a crate.
pub struct Source {
    src: PathBuf,
    files: BTreeMap<String, String>,
}

impl Source {
    /// Of the crate whose `Cargo.toml` is in `folder`.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(folder: &str) -> io::Result<Self> {
        let src = Path::new(folder).join("src");
        let mut found = Vec::new();
        walk(&src, &mut found)?;
        let mut files = BTreeMap::new();
        for path in found {
            let module = module(path.strip_prefix(&src).unwrap_or(&path));
            if module != "tests" && !module.ends_with("::tests") {
                files.insert(module, code(&fs::read_to_string(path)?));
            }
        }
        Ok(Self { src, files })
    }

    /// Each file with its code.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(module, code)| (module.as_str(), code.as_str()))
    }

    /// Those with more than so many lines, all lines counted.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn longer_than(&self, most: usize) -> io::Result<Vec<String>> {
        let mut long = Vec::new();
        for module in self.files.keys() {
            let path = self.src.join(module.replace("::", "/")).with_extension("rs");
            let lines = fs::read_to_string(path)?.lines().count();
            if lines > most {
                long.push(format!("{module}: {lines} lines"));
            }
        }
        Ok(long)
    }

    /// The arrows from a lower floor to a higher one. A floor is a list of modules, with what is in them unless that is named
    /// itself; the first is the ground. What is on no floor may name everything.
    #[must_use]
    pub fn upward(&self, floors: &[&[&str]]) -> Vec<String> {
        let mut upward = Vec::new();
        for module in self.files.keys() {
            for other in self.named(module) {
                if let (Some(from), Some(to)) = (floor(module, floors), floor(&other, floors))
                    && from < to
                {
                    upward.push(format!("{module} → {other}"));
                }
            }
        }
        upward
    }

    /// What is on none of these floors.
    #[must_use]
    pub fn nowhere(&self, floors: &[&[&str]]) -> Vec<&str> {
        self.files.keys().map(String::as_str).filter(|module| floor(module, floors).is_none()).collect()
    }

    /// The circles of more than two files. An arrow for which `is_free` holds does not count.
    #[must_use]
    pub fn circles(&self, is_free: impl Fn(&str, &str) -> bool) -> BTreeSet<BTreeSet<&str>> {
        let arrows: BTreeMap<&str, BTreeSet<&str>> = self
            .files
            .keys()
            .map(|module| {
                let named = self.named(module).into_iter().filter(|other| !is_free(module, other));
                let known = named.filter_map(|other| self.files.get_key_value(&other));
                (module.as_str(), known.map(|(other, _)| other.as_str()).collect())
            })
            .collect();
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            arrows.keys().map(|module| (*module, reached(module, &arrows))).collect();
        let circle = |module: &str, reached: &BTreeSet<&'_ str>| -> BTreeSet<&str> {
            let back = |other: &&str| reach[*other].contains(module);
            arrows.keys().copied().filter(|other| reached.contains(other)).filter(back).collect()
        };
        let circles = reach.iter().map(|(module, reached)| circle(module, reached));
        circles.filter(|circle| circle.len() > 2).collect()
    }

    /// Which files a file names, by `crate::…`, `super::…` and `self::…`.
    fn named(&self, module: &str) -> BTreeSet<String> {
        let text = &self.files[module];
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
                    while !parts.is_empty() && !self.files.contains_key(&parts.join("::")) {
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
}

fn floor(module: &str, floors: &[&[&str]]) -> Option<usize> {
    let mut name = Some(module);
    while let Some(known) = name {
        if let Some(floor) = floors.iter().position(|modules| modules.contains(&known)) {
            return Some(floor);
        }
        name = known.rsplit_once("::").map(|(parent, _)| parent);
    }
    None
}

/// What is reached from a file, itself only by a circle.
fn reached<'a>(from: &'a str, arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        next.extend(arrows.get(module).into_iter().flatten().copied().filter(|other| reached.insert(*other)));
    }
    reached
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn module(path: &Path) -> String {
    let path = path.with_extension("");
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("::")
}

fn code(text: &str) -> String {
    // What is behind `#[cfg(test)] mod tests {` to the end; `mod tests;` is a file of its own.
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The paths of a `use` tree, or of a path in the code, one by one: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let inner = rest.strip_suffix('}').unwrap_or(rest);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for sign in inner.chars() {
        if sign == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            depth += i32::from(sign == '{') - i32::from(sign == '}');
            if let Some(part) = parts.last_mut() {
                part.push(sign);
            }
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| paths(part)).map(|part| format!("{}{part}", head.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(files: &[(&str, &str)]) -> Source {
        let files = files.iter().map(|(module, text)| ((*module).to_owned(), code(text))).collect();
        Source { src: PathBuf::new(), files }
    }

    #[test]
    fn trees_are_taken_apart() {
        assert_eq!(paths("a::{b, c::{d, e as f}}"), ["a::b", "a::c::d", "a::c::e"]);
        assert_eq!(paths("a::b as c"), ["a::b"]);
    }

    #[test]
    fn circles_and_arrows_are_found() {
        let source = source(&[
            ("a", "use crate::{b::One, d};"),
            ("a::x", "use super::Two; pub use crate::c::Three;"),
            ("b", "fn f() { crate::c::g() }"),
            ("c", "use crate::a::Two;\n// crate::d\n#[cfg(test)]\nmod tests {\n    use crate::d;\n}"),
            ("d", ""),
        ]);
        assert_eq!(source.circles(|_, _| false), BTreeSet::from([BTreeSet::from(["a", "b", "c"])]));
        assert!(source.circles(|from, to| (from, to) == ("c", "a")).is_empty());
        assert_eq!(source.upward(&[&["b", "d"], &["c"], &["a"]]), ["b → c", "c → a"]);
        assert_eq!(source.upward(&[&["a::x"], &["a"]]), ["a::x → a"]);
    }
}
