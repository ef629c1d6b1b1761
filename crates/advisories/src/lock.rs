//! The packages of a Cargo.lock.

use semver::Version;
use serde::Deserialize;

/// One package from a registry.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: Version,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    /// Packages of the workspace have none.
    source: Option<String>,
}

/// Those that come from a registry.
///
/// # Errors
/// When the text is no Cargo.lock.
pub(crate) fn packages(text: &str) -> Result<Vec<Package>, String> {
    let lock: Lock = toml::from_str(text).map_err(|error| format!("Cargo.lock cannot be read: {error}"))?;
    let foreign = lock.package.into_iter().filter(|entry| entry.source.is_some());
    foreign
        .map(|entry| {
            let version = Version::parse(&entry.version).map_err(|error| format!("{}: {error}", entry.name))?;
            Ok(Package { name: entry.name, version })
        })
        .collect()
}
