//! A throw-away PostgreSQL for the tests.

use crate::{
    Result,
    run::{command, say},
    system,
};
use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    process::{Child, Stdio},
};

/// Where the tests find a PostgreSQL; every test makes its own database there.
pub const URL: &str = "PINDESK_TEST_POSTGRES_URL";

/// It lives as long as its standard input is open, so the server goes however this program ends.
const GUARD: &str = include_str!("postgres.sh");

/// A PostgreSQL that is gone when this is dropped.
pub struct Postgres {
    url: String,
    guard: Option<Child>,
}

impl Postgres {
    /// The one that the environment names, or else one of our own on a free port of the loopback address.
    ///
    /// # Errors
    /// When there is no PostgreSQL and none can be installed, or it does not start.
    pub fn start() -> Result<Self> {
        match env::var(URL).ok().filter(|url| !url.is_empty()) {
            Some(url) => Ok(Self { url, guard: None }),
            None => Self::own(),
        }
    }

    /// One of our own, whatever the environment names.
    ///
    /// # Errors
    /// When none is installed and none can be, or it does not start.
    pub fn own() -> Result<Self> {
        let bin = system::postgres_bin()?;
        let password = password()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();

        let mut guard = command("sh");
        guard
            .args(["-c", GUARD])
            .current_dir("/")
            .env("PINDESK_GUARD_BIN", &bin)
            .env("PINDESK_GUARD_PORT", port.to_string())
            .env("PINDESK_GUARD_PASSWORD", &password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for the tests; the guard ends after them.
            .process_group(0);
        let mut child = guard.spawn().map_err(|e| format!("cannot start PostgreSQL: {e}"))?;

        let mut answer = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut answer)?;
        }
        let started =
            Self { url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"), guard: Some(child) };
        if answer.trim() != "ready" {
            return Err(format!("the PostgreSQL of {} did not start; above is what it said", bin.display()).into());
        }
        Ok(started)
    }

    /// Of its first database; for `PINDESK_TEST_POSTGRES_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}

/// Starts one and keeps it until Ctrl-C.
///
/// # Errors
/// When it does not start.
pub fn foreground() -> Result {
    let postgres = Postgres::start()?;
    println!("export {URL}={}", postgres.url());
    say("Running until Ctrl-C; everything in it is gone then");
    loop {
        std::thread::park();
    }
}

/// A password for a server that other users of the machine can reach.
fn password() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
