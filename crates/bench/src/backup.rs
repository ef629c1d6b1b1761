//! Backup and restore of a desk that people work in: what is made beside the load is whole, and what comes of it is the same desk, row
//! by row and byte by byte.

use crate::{
    Database,
    bodies::{MULTIPART, PNG, multipart},
    built,
    client::{Caller, Client, Id},
    server::Pindesk,
    size::desk::{Seeded, fill},
};
use clap::Args;
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};
use xtask::{
    Result,
    postgres::Postgres,
    run::{self, command, say},
};

/// Bytes of an uploaded file.
const FILE: usize = 256 * 1024;
/// Load before the backup begins, and after it ended.
const AROUND: Duration = Duration::from_secs(5);
/// What a restore changes on purpose: PINs that nobody had used and sessions end, which the ledger tells; the desk has a secret of
/// its own, which is in no backup; and files without a row wait for a word.
const CHANGES: [&str; 6] = ["ledger", "ledger_head", "pins", "secret_mark", "sessions", "sweep_hold"];

/// How to measure backups.
#[derive(Args)]
pub(crate) struct BackupOptions {
    /// Tickets of the desk.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    backup_tickets: u32,
    /// Tickets with a file that are opened in a minute beside the backup; half of them are withdrawn at once.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    per_minute: u32,
}

/// Seeds a desk, backs it up under load, restores it on SQLite and on PostgreSQL, compares and prints.
///
/// # Errors
/// When something fails, or what was restored is not what was backed up.
pub(crate) fn measure(options: &BackupOptions, against: Database, binary: &Path, dir: &Path) -> Result {
    let seed = built("seed")?;
    let postgres = against.start()?;
    let url = postgres.as_ref().map(|postgres| postgres.url().to_owned());
    let pindesk = Pindesk::new(binary.to_owned(), &dir.join("desk"), url.clone())?;
    let seeded = fill(&seed, options.backup_tickets, pindesk.data(), url.as_deref())?;
    let seeded: Seeded = serde_json::from_str(&seeded)?;
    let pin = pindesk.run(&["pin", "create", &seeded.customer])?;
    let server = pindesk.serve()?;
    let client = Client::new(server.address);
    let customer = client.log_in("/?fn=login", &format!("pin={}", pin.trim()))?;
    // Before it has been here, a browser writes nothing.
    client.get("/welcome", Some(&customer))?;

    let file = dir.join("first.tar");
    let load = Load::default();
    let (made, took) = thread::scope(|scope| {
        let address = server.address;
        let (load, customer) = (&load, &customer);
        let write = move || load.run(&Client::new(address), customer, options.per_minute);
        let writer = scope.spawn(move || write().map_err(|error| error.to_string()));
        pause(AROUND);
        let made = timed(|| pindesk.run(&["backup", "--to", &shown(&file)?]));
        pause(AROUND);
        load.is_over.store(true, Ordering::Relaxed);
        writer.join().map_err(|_| "the load broke off")??;
        made
    })?;
    drop(server);
    let size = fs::metadata(&file)?.len();
    let mut table = format!(
        "\nbeside {} tickets with a file of {} KiB that were opened, {} of them withdrawn\n{}\n\n{:<36}{:>8}\n{:<36}{:>6.1} s\n",
        load.opened.load(Ordering::Relaxed),
        FILE / 1024,
        load.withdrawn.load(Ordering::Relaxed),
        made.trim(),
        "",
        "took",
        "backup",
        took.as_secs_f64()
    );
    let (_, took) = timed(|| pindesk.run(&["backup", "verify", &shown(&file)?]))?;
    table.push_str(&format!("{:<36}{:>6.1} s\n", "verify", took.as_secs_f64()));

    let first = Contents::read(&file, &dir.join("first"))?;
    let other = Postgres::own()?;
    for (name, url) in [("SQLite", None), ("PostgreSQL", Some(other.url().to_owned()))] {
        let restored = Pindesk::new(binary.to_owned(), &dir.join(name), url)?;
        let (_, took) = timed(|| restored.run(&["restore", &shown(&file)?]))?;
        let again = dir.join(format!("{name}.tar"));
        restored.run(&["backup", "--to", &shown(&again)?])?;
        let second = Contents::read(&again, &dir.join(format!("{name}-again")))?;
        first.compare(&second).map_err(|error| format!("restored on {name}: {error}"))?;
        table.push_str(&format!("{:<36}{:>6.1} s\n", format!("restore on {name}, the same"), took.as_secs_f64()));
    }
    println!(
        "{table}\n{} rows of {} tables and {} files are the same, byte by byte; {:.1} MiB in the archive",
        first.rows.values().map(BTreeSet::len).sum::<usize>(),
        first.rows.len(),
        first.files.len(),
        size as f64 / f64::from(1 << 20)
    );
    Ok(())
}

fn shown(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| "the path is no text".into())
}

#[expect(clippy::disallowed_methods, reason = "the load goes on meanwhile")]
fn pause(time: Duration) {
    thread::sleep(time);
}

fn timed<T>(run: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let start = Instant::now();
    Ok((run()?, start.elapsed()))
}

/// Somebody who opens tickets and withdraws every second one.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    opened: AtomicU32,
    withdrawn: AtomicU32,
}

impl Load {
    fn run(&self, client: &Client, customer: &Caller, per_minute: u32) -> Result {
        let mut png = PNG.to_vec();
        png.resize(FILE, 0);
        let pace = Duration::from_secs(60) / per_minute;
        let start = Instant::now();
        while !self.is_over.load(Ordering::Relaxed) {
            let number = self.opened.fetch_add(1, Ordering::Relaxed);
            let body = multipart(&format!("Load {number}"), &png);
            let ticket: Id = client.post("/api/tickets/", Some(customer), MULTIPART, body)?;
            if number % 2 == 1 {
                let form = format!("/tickets/{}?fn=delete_ticket", ticket.id);
                client.submit(&form, customer, &format!("id={}", ticket.id))?;
                self.withdrawn.fetch_add(1, Ordering::Relaxed);
            }
            pause((pace * (number + 1)).saturating_sub(start.elapsed()));
        }
        Ok(())
    }
}

/// What is in a backup.
struct Contents {
    /// Rows by table, as they are written.
    rows: BTreeMap<String, BTreeSet<String>>,
    /// SHA-256 by the file's name.
    files: BTreeMap<String, String>,
}

/// Of a backup's manifest.
#[derive(Deserialize)]
struct Manifest {
    tables: Vec<Table>,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Table {
    name: String,
    parts: u32,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    sha256: String,
}

impl Contents {
    /// Unpacks a backup into a folder and reads it.
    fn read(file: &Path, into: &Path) -> Result<Self> {
        say(format_args!("Reading {}", file.display()));
        fs::create_dir_all(into)?;
        run::run(command("tar").arg("-xf").arg(file).arg("-C").arg(into))?;
        let manifest: Manifest = serde_json::from_slice(&fs::read(into.join("manifest.json"))?)?;
        let mut rows = BTreeMap::new();
        for table in manifest.tables {
            let of_table: &mut BTreeSet<String> = rows.entry(table.name.clone()).or_default();
            for part in parts(&into.join("tables"), &table)? {
                let mut text = String::new();
                GzDecoder::new(fs::File::open(part)?).read_to_string(&mut text)?;
                for line in text.lines() {
                    // PostgreSQL writes blanks behind its commas.
                    let row: serde_json::Value = serde_json::from_str(line)?;
                    of_table.insert(row.to_string());
                }
            }
        }
        let files = manifest.members.into_iter().filter(|member| member.name.starts_with("media/"));
        let files: BTreeMap<_, _> = files.map(|member| (member.name, member.sha256)).collect();
        fs::remove_dir_all(into)?;
        Ok(Self { rows, files })
    }

    /// # Errors
    /// Says what is other.
    fn compare(&self, other: &Self) -> Result {
        let none = BTreeSet::new();
        let changed = self.rows.iter().filter(|(table, _)| !CHANGES.contains(&table.as_str()));
        let changed = changed.filter_map(|(table, rows)| {
            let others = other.rows.get(table).unwrap_or(&none);
            let (gone, new) = (rows.difference(others).next(), others.difference(rows).next());
            let row = |row: Option<&String>| row.map_or("no row", String::as_str).to_owned();
            (gone.is_some() || new.is_some()).then(|| format!("{table} had {}, and has {}", row(gone), row(new)))
        });
        let mut changed: Vec<_> = changed.collect();
        if self.files != other.files {
            changed.push("the files are not the same".to_owned());
        }
        if changed.is_empty() { Ok(()) } else { Err(changed.join("; ").into()) }
    }
}

/// The parts of a table, in order.
fn parts(dir: &Path, table: &Table) -> Result<Vec<PathBuf>> {
    let start = format!("{}-", table.name);
    let mut parts = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(&start));
        if name.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit())) {
            parts.push(path);
        }
    }
    parts.sort();
    if parts.len() == table.parts as usize {
        Ok(parts)
    } else {
        Err(format!("{} has {} parts, not {}", table.name, parts.len(), table.parts).into())
    }
}
