//! The site's files are embedded in a release build; the folder must exist, and a change in it must be seen.

use std::{fs, path::Path};

fn main() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    // Without it rust-embed would see no files later either; when it cannot be made, the site has no files.
    let _ = fs::create_dir_all(&site);
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rerun-if-changed=build.rs");
}
