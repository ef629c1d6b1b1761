//! What comes from the operating system's packages: PostgreSQL, Chromium, Node, Python, wrk.

use crate::{
    Result,
    run::{self, command, say},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Once,
};

/// How many gigabytes are free where `folder` is, if the system tells.
pub fn free_gigabytes(folder: &Path) -> Option<u64> {
    let table = run::output(command("df").arg("-Pk").arg(folder)).ok()?;
    free_in(&table)
}

/// The fourth column of what `df -Pk` prints, which counts kibibytes.
fn free_in(table: &str) -> Option<u64> {
    let kibibytes: u64 = table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kibibytes * 1024 / 1_000_000_000)
}

/// A Chromium or Chrome, installed when there is none; `CHROMIUM` names another.
///
/// # Errors
/// When there is none and none can be installed.
pub fn chromium() -> Result<PathBuf> {
    if let Some(given) = env::var_os("CHROMIUM").filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        if given.is_file() {
            return Ok(given);
        }
        return Err(format!("CHROMIUM names {}, which is no file", given.display()).into());
    }
    find_or_install(find_chromium, &["chromium"], "Chromium for the journeys", "2 minutes", "set CHROMIUM to its path")
}

fn find_chromium() -> Option<PathBuf> {
    let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    run::on_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
        .or_else(|| mac.is_file().then_some(mac))
}

/// npm, installed when there is none.
///
/// # Errors
/// When there is none and none can be installed.
pub fn npm() -> Result<PathBuf> {
    let find = || run::on_path(&["npm"]);
    find_or_install(find, &["nodejs", "npm"], "Node and npm", "2 minutes", "put npm (Node 20 or newer) on the PATH")
}

/// A Python that can make a virtual environment, installed when there is none.
///
/// # Errors
/// When there is none and none can be installed.
pub fn python() -> Result<PathBuf> {
    let can = |python: &PathBuf| {
        let mut asked = command(python);
        asked.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status().is_ok_and(|done| done.success())
    };
    let find = || run::on_path(&["python3"]).filter(can);
    find_or_install(find, &["python3-venv"], "Python's venv", "10 seconds", "put a Python 3 that has venv on the PATH")
}

/// wrk, which loads a server, installed when there is none.
///
/// # Errors
/// When there is none and none can be installed.
pub fn wrk() -> Result<PathBuf> {
    find_or_install(|| run::on_path(&["wrk"]), &["wrk"], "wrk for the benchmark", "10 seconds", "put wrk on the PATH")
}

/// The folder of PostgreSQL's programs, installed when there is none.
///
/// # Errors
/// When there is none and none can be installed.
pub fn postgres_bin() -> Result<PathBuf> {
    find_or_install(
        find_postgres_bin,
        &["postgresql"],
        "PostgreSQL for the tests",
        "1 minute",
        "set PINDESK_TEST_POSTGRES_URL to one where the tests may create databases",
    )
}

fn find_postgres_bin() -> Option<PathBuf> {
    // A link on the PATH often leads to a folder that holds all the others.
    let on_path = run::on_path(&["initdb"]).and_then(|initdb| Some(initdb.canonicalize().ok()?.parent()?.to_owned()));
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort();
    on_path
        .into_iter()
        .chain(debian.into_iter().rev().map(|(_, bin)| bin))
        .find(|bin| ["initdb", "postgres", "pg_isready"].iter().all(|program| bin.join(program).is_file()))
}

fn find_or_install(
    find: impl Fn() -> Option<PathBuf>,
    packages: &[&str],
    what: &str,
    time: &str,
    otherwise: &str,
) -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let by_hand = format!(
        "{what} is missing. Install it (on Debian and Ubuntu: `sudo apt-get install {}`), or {otherwise}",
        packages.join(" ")
    );
    if run::on_path(&["apt-get"]).is_none() {
        return Err(by_hand.into());
    }
    say(format_args!("Installing {what} with apt-get, about {time}"));
    apt(packages).map_err(|error| format!("{by_hand}.\n(Tried it: {error})"))?;
    find().ok_or_else(|| by_hand.into())
}

fn apt(packages: &[&str]) -> Result {
    static UPDATED: Once = Once::new();
    let is_root = is_root()?;
    let apt = |args: &[&str]| {
        let mut apt = if is_root { command("env") } else { command("sudo") };
        if !is_root {
            apt.args(["-n", "env"]);
        }
        run::run(apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).args(args))
    };
    let mut updated = Ok(());
    UPDATED.call_once(|| updated = apt(&["update"]));
    updated?;
    apt(&[&["install", "-y"], packages].concat())
}

/// Whether this runs as root, whom PostgreSQL refuses.
///
/// # Errors
/// When `id` cannot be run.
pub fn is_root() -> Result<bool> {
    Ok(run::output(command("id").arg("-u"))?.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_free() {
        let table = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/vda         263174212 71503764  22480000      77% /\n";
        assert_eq!(free_in(table), Some(23));
        assert_eq!(free_in(""), None);
    }
}
