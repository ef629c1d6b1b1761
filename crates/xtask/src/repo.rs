//! Where things are in the checkout.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The root of the workspace.
pub fn root() -> PathBuf {
    // Cargo sets the variable when it runs this program; the other is the same folder when it was compiled.
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).map_or(here.clone(), Path::to_path_buf)
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The server after a release build.
pub fn binary() -> PathBuf {
    target().join("release").join("pindesk")
}

/// The version of a package in the text of a Cargo.lock; of several, the first.
pub fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// The Rust that is meant, in the text of the root's Cargo.toml.
pub fn rust_version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
version = 4

[[package]]
name = \"wasm-bindgen-futures\"
version = \"0.4.5\"

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"
dependencies = [\"cfg-if\"]
";

    #[test]
    fn finds_the_version_of_exactly_that_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-futures"), Some("0.4.5"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }

    #[test]
    fn the_root_holds_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
        assert!(rust_version(&manifest).unwrap().starts_with("1."));
        let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
        assert!(locked_version(&lock, "wasm-bindgen").is_some());
    }
}
