//! Fills an empty desk with believable people, tickets and conversations: to try Pindesk out, and to measure it.
//!
//! The same options give the same desk, whatever the machine and the day: all is drawn from `--seed` and lies before
//! `--until`. Only secrets (the PIN, a password that was not given) and the names that files are stored under are
//! random.

mod calendar;
mod files;
mod people;
mod random;
mod story;
mod themes;
mod words;
mod world;

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

use clap::Parser;
use data_encoding::BASE32_NOPAD;
use desk::{Desk, DeskConfig, NewPins, Secret};
use domain::{Actor, Cursor, TicketFilter, Timestamp};
use time::{Date, UtcDateTime, format_description::well_known::Iso8601};
use world::{Ids, World};

/// Tickets that are written in one transaction.
const BATCH: usize = 500;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Fills an empty desk with made-up customers, staff, tickets, conversations and files.
#[derive(Parser)]
#[command(bin_name = "cargo xtask seed", version)]
struct Options {
    /// How many tickets.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    tickets: u64,
    /// The desk's data folder.
    #[arg(long, env = "PINDESK_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`; a file in the data folder when none is given.
    #[arg(long, env = "PINDESK_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The server's secret, if it is not kept in the data folder.
    #[arg(long, env = "PINDESK_SECRET_KEY", hide_env_values = true)]
    secret_key: Option<String>,
    /// Another number gives another desk.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Everything lies before the start of this day, in UTC, as 2026-11-23; today when none is given, so a desk of
    /// another day is the same but for its dates.
    #[arg(long, value_parser = day)]
    until: Option<Date>,
    /// The staff's password; a random one is printed when none is given.
    #[arg(long)]
    password: Option<String>,
    /// Print what is there as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(seed(&options)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "seed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn seed(options: &Options) -> Result {
    let start = Instant::now();
    let desk = open(options).await?;
    let me = Actor::command_line();
    let found = desk.tickets().list(&me, &TicketFilter::default(), Cursor::First, 1).await?;
    if !found.items.is_empty() {
        return Err(format!(
            "the desk in {} has tickets already; name an empty folder with --data-dir",
            options.data_dir.display()
        )
        .into());
    }
    let world = World::new(options.seed, options.tickets, until(options)?);
    let password = match &options.password {
        Some(password) => password.clone(),
        None => random_password()?,
    };
    let ids = Ids {
        staff: desk.import().people(&me, &world.past_staff(&password)).await?,
        customers: desk.import().people(&me, &world.past_customers()).await?,
    };
    let mut done = 0;
    while done < world.len() {
        let next = (done + BATCH).min(world.len());
        let tickets = (done..next).map(|index| world.ticket(index, &ids)).collect();
        desk.import().tickets(&me, tickets).await?;
        done = next;
        progress(done, world.len());
    }
    let (customer, tickets) = world.typical_customer();
    let new = NewPins::one(ids.customers[customer]);
    let pins = desk.pins().issue(&me, new).await?;
    let pin = pins.first().map(|issued| issued.pin.to_string()).unwrap_or_default();
    let customer = &world.customers[customer];
    if options.json {
        let admin = &world.staff[0].username;
        println!(
            "{}",
            serde_json::json!({
                "tickets": world.len(), "admin": admin, "password": password, "customer": customer.username,
                "pin": pin, "rare_word": world.rare_word(&ids),
            })
        );
        return Ok(());
    }
    let overview = desk.users().overview(&me).await?;
    println!(
        "{} tickets, {} customers, {} staff, {} files; {:.1} s\n",
        world.len(),
        world.customers.len(),
        world.staff.len(),
        overview.files,
        start.elapsed().as_secs_f64()
    );
    println!("staff      /admin/login  admin, or {} and others", world.staff[2].username);
    println!("password   {password}");
    println!("customer   {} ({}), {tickets} tickets", customer.name, customer.username);
    println!("PIN        {pin}");
    Ok(())
}

async fn open(options: &Options) -> Result<Desk> {
    let mut config = DeskConfig::new(&options.data_dir);
    config.database_url.clone_from(&options.database_url);
    config.secret = options.secret_key.as_deref().map(Secret::from_text).transpose()?;
    Ok(Desk::open(config).await?)
}

#[expect(clippy::disallowed_methods, reason = "the day of the person who calls")]
fn until(options: &Options) -> Result<Timestamp> {
    let day = options.until.unwrap_or_else(|| UtcDateTime::now().date());
    let micros = day.midnight().assume_utc().unix_timestamp_nanos() / 1000;
    Ok(Timestamp::from_micros(i64::try_from(micros)?))
}

fn day(text: &str) -> std::result::Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "write a day as 2026-11-23".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "for a made-up desk alone")]
fn random_password() -> Result<String> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| format!("the random source failed: {error}"))?;
    Ok(BASE32_NOPAD.encode(&bytes).to_lowercase())
}

/// On a terminal one line that changes, elsewhere a line for each tenth.
fn progress(done: usize, all: usize) {
    let mut err = std::io::stderr();
    let is_over = done == all;
    // Progress that cannot be shown is no reason to stop.
    let _ = if err.is_terminal() {
        write!(err, "\r{done} of {all} tickets{}", if is_over { "\n" } else { "" })
    } else if is_over || done * 10 / all != done.saturating_sub(BATCH) * 10 / all {
        writeln!(err, "{done} of {all} tickets")
    } else {
        Ok(())
    };
}
