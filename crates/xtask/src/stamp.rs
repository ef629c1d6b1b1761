//! Whether the release build still fits its sources.
//!
//! Cargo skips what did not change, but the pipeline optimises and compresses the browser's files anew each time; this
//! skips the whole build.

use crate::{Result, repo};
use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// All that the release build reads.
const SOURCES: [&str; 14] = [
    "Cargo.lock",
    "Cargo.toml",
    "Leptos.toml",
    "app",
    "crates/desk",
    "crates/domain",
    "crates/form-data",
    "crates/islands",
    "crates/markdown",
    "frontend",
    "migration",
    "public",
    "server",
    "style",
];

/// What the sources hold now.
///
/// # Errors
/// When one cannot be read.
pub fn of_sources() -> Result<u64> {
    of(&repo::root(), &SOURCES).map_err(|e| format!("cannot read the sources: {e}").into())
}

/// Whether the last build was of these sources, and its binary is still that one.
pub fn is_fresh(sources: u64) -> bool {
    let (Ok(kept), Some(now)) = (fs::read_to_string(file()), text(sources, &repo::binary())) else { return false };
    kept == now
}

/// Notes that the build of these sources is done.
///
/// # Errors
/// When there is no binary, or the note cannot be written.
pub fn keep(sources: u64) -> Result {
    let binary = repo::binary();
    let text = text(sources, &binary).ok_or_else(|| format!("the build left no {}", binary.display()))?;
    Ok(fs::write(file(), text)?)
}

fn file() -> PathBuf {
    repo::target().join("release").join(".pindesk-stamp")
}

fn text(sources: u64, binary: &Path) -> Option<String> {
    let binary = fs::metadata(binary).ok()?;
    let modified = binary.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{sources:016x} {} {}\n", binary.len(), modified.as_nanos()))
}

/// A hash of the files' names and contents; what is missing counts as empty.
fn of(root: &Path, sources: &[&str]) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for source in sources {
        add(&root.join(source), Path::new(source), &mut hasher)?;
    }
    Ok(hasher.finish())
}

fn add(path: &Path, name: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            name.hash(hasher);
            fs::read(path)?.hash(hasher);
            return Ok(());
        }
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        if entry != "target" && entry != "node_modules" {
            add(&path.join(&entry), &name.join(&entry), hasher)?;
        }
    }
    Ok(())
}

/// A hash of one file's contents, for smaller stamps.
///
/// # Errors
/// When it cannot be read.
pub fn of_file(path: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?.hash(&mut hasher);
    Ok(format!("{:016x}\n", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The crates of this workspace that a crate depends on, not only for its tests.
    fn depends_on(folder: &str, found: &mut Vec<String>) {
        let root = fs::read_to_string(repo::root().join("Cargo.toml")).unwrap();
        let manifest = fs::read_to_string(repo::root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for line in root.lines().filter(|line| line.contains("{ path = ")) {
            let (name, rest) = line.split_once(" = ").unwrap();
            let path = rest.split('"').nth(1).unwrap().to_owned();
            let is_named = dependencies.lines().any(|line| line.split(['.', ' ']).next() == Some(name));
            if is_named && !found.contains(&path) {
                found.push(path.clone());
                depends_on(&path, found);
            }
        }
    }

    #[test]
    fn whatever_the_release_is_made_of_is_a_source() {
        let mut found = Vec::new();
        depends_on("server", &mut found);
        assert!(found.len() >= 6, "{found:?}");
        for folder in found {
            assert!(SOURCES.contains(&folder.as_str()), "{folder}");
        }
    }

    #[test]
    fn changes_with_a_files_content_and_name_and_nothing_else() {
        let root = std::env::temp_dir().join(format!("pindesk-stamp-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("app/src")).unwrap();
        fs::write(root.join("app/src/lib.rs"), "a").unwrap();
        fs::write(root.join("README.md"), "a").unwrap();
        let stamp = || of(&root, &["app", "missing"]).unwrap();

        let first = stamp();
        fs::write(root.join("README.md"), "b").unwrap();
        fs::write(root.join("app/src/lib.rs"), "a").unwrap();
        assert_eq!(stamp(), first);

        fs::write(root.join("app/src/lib.rs"), "b").unwrap();
        let second = stamp();
        assert_ne!(second, first);

        fs::rename(root.join("app/src/lib.rs"), root.join("app/src/main.rs")).unwrap();
        assert_ne!(stamp(), second);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn every_source_that_must_exist_does() {
        for source in SOURCES.iter().filter(|s| **s != "Leptos.toml") {
            assert!(repo::root().join(source).exists(), "{source}");
        }
    }
}
