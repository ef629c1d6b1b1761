//! Looks in Cargo.lock for crates with a known advisory, in a kept copy of the RustSec database, so that it works
//! offline.
//!
//! `advisories` checks; `advisories update FOLDER` makes the copy anew from a checkout of
//! <https://github.com/rustsec/advisory-db>.

mod copy;
mod lock;

use std::{env, fs, path::Path, process::ExitCode};

use copy::{Advisory, Copy};
use lock::Package;

const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/advisories.tsv");
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");

/// Advisories that are known and do no harm here, each with the reason; deny.toml has the same. One that no longer applies
/// must go.
const ACCEPTED: &[(&str, &str)] = &[
    (
        "RUSTSEC-2023-0071",
        "rsa comes with jsonwebtoken; it verifies a provider's tokens by public keys, no private RSA key ever exists",
    ),
    ("RUSTSEC-2024-0436", "paste is a macro that leptos uses while compiling; unmaintained, not unsafe"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => check(),
        ["update", folder] => update(Path::new(folder)),
        _ => Err("usage: advisories, or advisories update FOLDER".to_owned()),
    };
    match done {
        Ok(sentence) => {
            println!("{sentence}");
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<String, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"));
    let copy = Copy::read(&read(COPY)?)?;
    let packages = lock::packages(&read(LOCK)?)?;
    let found = findings(&copy.advisories, &packages);
    let is_accepted = |id: &str| ACCEPTED.iter().any(|(accepted, _)| *accepted == id);
    let mut wrong: Vec<String> = found
        .iter()
        .filter(|(_, advisory)| !is_accepted(&advisory.id))
        .map(|(package, advisory)| {
            format!(
                "{} {} has {} ({}): {}. Update it (`cargo update -p {}`), or accept it with a reason in \
                 crates/advisories/src/main.rs",
                package.name, package.version, advisory.id, advisory.kind, advisory.title, package.name
            )
        })
        .collect();
    for (id, _) in ACCEPTED {
        if !found.iter().any(|(_, advisory)| advisory.id == *id) {
            wrong.push(format!("{id} is accepted but no longer applies: take it out of the list"));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    Ok(format!(
        "{} packages, {} advisories as of {}: none applies beyond the {} that are accepted",
        packages.len(),
        copy.advisories.len(),
        copy.date,
        ACCEPTED.len()
    ))
}

fn findings<'a>(advisories: &'a [Advisory], packages: &'a [Package]) -> Vec<(&'a Package, &'a Advisory)> {
    let hits = |package: &'a Package| {
        advisories.iter().filter(|advisory| advisory.applies(package)).map(move |advisory| (package, advisory))
    };
    packages.iter().flat_map(hits).collect()
}

fn update(folder: &Path) -> Result<String, String> {
    let copy = Copy::from_checkout(folder)?;
    fs::write(COPY, copy.write()).map_err(|error| format!("cannot write {COPY}: {error}"))?;
    Ok(format!("{} advisories as of {}", copy.advisories.len(), copy.date))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(name: &str, version: &str) -> Vec<Package> {
        vec![Package { name: name.to_owned(), version: version.parse().unwrap() }]
    }

    #[test]
    fn the_copy_knows_what_is_known() {
        let copy = Copy::read(&fs::read_to_string(COPY).unwrap()).unwrap();
        assert!(copy.advisories.len() > 900);
        let ids = |name, version| -> Vec<String> {
            let packages = packages(name, version);
            findings(&copy.advisories, &packages).into_iter().map(|(_, advisory)| advisory.id.clone()).collect()
        };
        assert!(ids("time", "0.1.42").contains(&"RUSTSEC-2020-0071".to_owned()));
        assert!(!ids("time", "0.3.44").contains(&"RUSTSEC-2020-0071".to_owned()));
        assert!(ids("no-such-crate", "1.0.0").is_empty());
    }

    #[test]
    fn cargo_deny_accepts_the_same() {
        let settings = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deny.toml")).unwrap();
        let settings: toml::Table = settings.parse().unwrap();
        let accepted = settings["advisories"]["ignore"].as_array().unwrap().iter();
        let accepted: Vec<_> =
            accepted.map(|one| (one["id"].as_str().unwrap(), one["reason"].as_str().unwrap())).collect();
        assert_eq!(accepted, ACCEPTED);
    }

    #[test]
    fn a_copy_is_read_as_it_was_written() {
        let text = "# RustSec advisories as of 2026-08-21\nRUSTSEC-2020-0001\tacme\tvulnerability\t>=1.2.3;~1.0.9\t<1.0.0\tIt breaks\n";
        let copy = Copy::read(text).unwrap();
        let applies = |version| !findings(&copy.advisories, &packages("acme", version)).is_empty();
        assert!(applies("1.1.0") && applies("1.2.2"));
        assert!(!applies("0.9.0") && !applies("1.0.10") && !applies("1.2.3"));
        assert_eq!(Copy::read(&copy.write()).unwrap().write(), copy.write());
    }
}
