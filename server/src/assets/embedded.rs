//! The files themselves.

use std::{borrow::Cow, sync::LazyLock};

use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
pub(crate) struct SiteFiles;

/// The folder of what a browser may keep for good.
pub(crate) const PKG: &str = "pkg";

/// `pkg/<hash>`, the folder in which the pages look for their files. In the development loop the files change under
/// the running server, so it is plain `pkg` there.
#[expect(clippy::disallowed_methods, reason = "cargo-leptos tells, nobody sets it")]
pub(crate) fn folder() -> &'static str {
    static FOLDER: LazyLock<String> = LazyLock::new(|| {
        if std::env::var_os("LEPTOS_WATCH").is_some() { PKG.to_owned() } else { format!("{PKG}/{}", hash_of_all()) }
    });
    &FOLDER
}

/// The style sheet with the name of its build, to be given along with a page. A debug build has none: its files change on the
/// disk.
pub(crate) fn style() -> Option<(&'static str, &'static str)> {
    static STYLE: LazyLock<Option<String>> = LazyLock::new(|| {
        let file = SiteFiles::get("pkg/pindesk.css").filter(|_| !cfg!(debug_assertions))?;
        // What would end the element early is no style sheet of ours.
        String::from_utf8(file.data.into_owned()).ok().filter(|style| !style.contains("</"))
    });
    let version = folder().strip_prefix("pkg/")?;
    STYLE.as_deref().map(|style| (style, version))
}

fn hash_of_all() -> String {
    let mut names: Vec<Cow<'static, str>> = SiteFiles::iter().filter(|name| name.starts_with(PKG)).collect();
    names.sort_unstable();
    let mut all = Sha256::new();
    for file in names.iter().filter_map(|name| SiteFiles::get(name).map(|file| (name, file))) {
        all.update(file.0.as_bytes());
        all.update(file.1.metadata.sha256_hash());
    }
    HEXLOWER.encode(&all.finalize()[..8])
}

/// On an answer with a script, style or program of the site's own: no document, so what only documents heed is left out.
/// A page loads many small ones.
#[derive(Clone, Copy)]
pub(crate) struct KeptForGood;
