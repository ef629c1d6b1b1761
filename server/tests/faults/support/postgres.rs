//! A PostgreSQL of one test alone, that can be stopped and started.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// As `cargo xtask test` uses it.
const GUARD: &str = include_str!("../../../../crates/xtask/src/postgres.sh");

/// Gone when this is dropped.
pub struct Postgres {
    pub url: String,
    guard: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Postgres {
    pub fn start() -> Self {
        let bin = std::env::var_os("PINDESK_TEST_POSTGRES_BIN").map_or_else(installed, PathBuf::from);
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD])
            .current_dir("/")
            .env("PINDESK_GUARD_BIN", bin)
            .env("PINDESK_GUARD_PORT", port.to_string())
            .env("PINDESK_GUARD_PASSWORD", "for-this-test")
            // What was committed survives a crash of the server.
            .env("PINDESK_GUARD_OPTIONS", "-c synchronous_commit=on -c full_page_writes=on")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let orders = guard.stdin.take();
        let answers = BufReader::new(guard.stdout.take().unwrap());
        let url = format!("postgres://postgres:for-this-test@127.0.0.1:{port}/postgres");
        let mut postgres = Self { url, guard, orders, answers };
        postgres.hear("ready");
        postgres
    }

    /// `stop` and `start`; `crash` ends it as a crash would; `freeze` and `thaw` make it silent and go on; `cut` ends its
    /// connections.
    pub fn order(&mut self, word: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{word}").unwrap();
        self.hear(word);
    }

    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), word, "PostgreSQL's guard; above is what it said");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.guard.wait();
    }
}

/// Where Debian's packages have it.
fn installed() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
    newest.expect("set PINDESK_TEST_POSTGRES_BIN to the folder of PostgreSQL's programs").path().join("bin")
}
