//! A seeded desk, served, and those who ask it.

use super::kind::Kind;
use crate::{
    Database,
    client::{Caller, Client, Id},
    server::{Pindesk, Server},
};
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use xtask::{
    Result,
    postgres::Postgres,
    repo,
    run::{self, say},
};

/// Counted up when what is seeded changes, so that desks of before are not taken for new ones.
const VERSION: u32 = 1;
/// Of everything in them, so that they are the same whenever they are made.
const UNTIL: &str = "2026-11-01";

/// A served desk and those who ask it.
pub(super) struct Desk {
    client: Client,
    pub(super) tickets: u32,
    pub(super) rare_word: String,
    pub(super) admin: Caller,
    pub(super) customer: Caller,
    /// The customer's tickets, about twenty.
    pub(super) own: Vec<i64>,
    // Dropped last, in this order.
    _server: Server,
    _postgres: Option<Postgres>,
}

impl Desk {
    /// Fills a desk with so many tickets and serves it.
    ///
    /// # Errors
    /// When it cannot be filled or served, or nobody is let in.
    pub(super) fn open(tickets: u32, against: Database, binary: &Path, seed: &Path, dir: &Path) -> Result<Self> {
        let dir = dir.join(tickets.to_string());
        let postgres = against.start()?;
        let url = postgres.as_ref().map(|postgres| postgres.url().to_owned());
        let pindesk = Pindesk::new(binary.to_owned(), &dir, url.clone())?;
        let data = dir.join("data");
        let seeded = match &url {
            Some(url) => fill(seed, tickets, &data, Some(url))?,
            None => {
                let kept = kept(seed, tickets)?;
                copy_files(&kept, &data)?;
                fs::read_to_string(kept.join(SUMMARY))?
            }
        };
        let seeded: Seeded = serde_json::from_str(&seeded)?;
        let pin = pindesk.run(&["pin", "create", &seeded.customer])?;
        let server = pindesk.serve()?;
        let client = Client::new(server.address);
        let customer = client.redeem(pin.trim())?.caller;
        let own: Vec<Id> = serde_json::from_str(&client.get("/api/tickets/", Some(&customer))?)?;
        if own.is_empty() {
            return Err("the customer has no tickets".into());
        }
        Ok(Self {
            tickets,
            rare_word: seeded.rare_word,
            admin: client.log_in_staff(&seeded.admin)?,
            client,
            customer,
            own: own.into_iter().map(|ticket| ticket.id).collect(),
            _server: server,
            _postgres: postgres,
        })
    }

    /// Asks once; how long the whole answer took.
    ///
    /// # Errors
    /// When the answer is another one than this kind of request has.
    pub(super) fn ask(&self, kind: Kind, number: usize) -> Result<Duration> {
        let request = kind.request(self, number);
        let start = Instant::now();
        let answer = self.client.send(&request)?;
        let time = start.elapsed();
        if answer.status != kind.status() {
            let said: String = answer.body.chars().take(400).collect();
            return Err(format!("{} answered {}: {said}", request.path, answer.status).into());
        }
        Ok(time)
    }
}

/// What the seeding program says of a desk.
#[derive(Deserialize)]
pub(crate) struct Seeded {
    admin: String,
    pub(crate) customer: String,
    rare_word: String,
}

/// Beside the seeded desk, once it is whole.
const SUMMARY: &str = "summary.json";

/// A seeded desk of this many tickets, made now or by a run before. Nobody writes to it.
fn kept(seed: &Path, tickets: u32) -> Result<PathBuf> {
    let dir = repo::target().join(format!("bench/desks/{VERSION}-{tickets}-{UNTIL}"));
    if dir.join(SUMMARY).is_file() {
        return Ok(dir);
    }
    // A run that was broken off left it.
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir)?;
    let summary = fill(seed, tickets, &dir, None)?;
    fs::write(dir.join(SUMMARY), summary)?;
    Ok(dir)
}

/// Fills a desk; what the seeding program says about it.
///
/// # Errors
/// When it fails.
pub(crate) fn fill(seed: &Path, tickets: u32, data: &Path, database: Option<&str>) -> Result<String> {
    say(format_args!("Seeding a desk of {tickets} tickets"));
    let mut seed = run::command(seed);
    seed.args(["--json", "--until", UNTIL, "--password", crate::PASSWORD]).arg(format!("--tickets={tickets}"));
    seed.arg("--data-dir").arg(data).env_remove("PINDESK_SECRET_KEY").env_remove("PINDESK_DATABASE_URL");
    if let Some(database) = database {
        seed.env("PINDESK_DATABASE_URL", database);
    }
    run::output(&mut seed)
}

/// The files of a folder without those of folders in it: the database and the secret, not the attachments, which nothing
/// here reads.
fn copy_files(from: &Path, to: &Path) -> Result {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
