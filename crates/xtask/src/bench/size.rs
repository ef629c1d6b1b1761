//! Whether a desk stays as quick as it grows: the same requests to a small desk and to a large one, by turns, one at a time.

use super::{
    Database,
    connection::{Connection, FORM, PASSWORD, Request, get, log_in, post, staff_form},
    http,
    server::{Pindesk, Server},
};
use crate::{
    Result,
    postgres::Postgres,
    repo,
    run::{self, cargo, say},
};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Counted up when what is seeded changes, so that desks of before are not taken for new ones.
const VERSION: u32 = 1;
/// Of everything in them, so that they are the same whenever they are made.
const UNTIL: &str = "2026-11-01";
/// Requests of each kind that are not counted.
const WARM_UP: usize = 20;
/// How much longer the large desk may take.
const TARGET: f64 = 2.0;
const MULTIPART: &str = "multipart/form-data; boundary=pindesk-size";

/// How to measure at size.
#[derive(Args)]
#[group(id = "at-size", multiple = true)]
pub(crate) struct Options {
    /// Leave out the comparison of a small desk and a large one.
    #[arg(long, conflicts_with = "only_size")]
    skip_size: bool,
    /// Nothing but the comparison of a small desk and a large one.
    #[arg(long)]
    pub(super) only_size: bool,
    /// Tickets of the small desk.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..))]
    tickets_small: u32,
    /// Tickets of the large desk.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..))]
    tickets_large: u32,
    /// Requests of each kind to each of the two.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..))]
    requests: u32,
}

/// Seeds, measures and prints.
///
/// # Errors
/// When something cannot be built, seeded or started, or an answer was an error.
pub(super) fn compare(options: &Options, against: Database, binary: &Path, dir: &Path) -> Result {
    if options.skip_size {
        return Ok(());
    }
    run::run(cargo().args(["build", "--locked", "--quiet", "--release", "--package=seed"]))?;
    let mut small = Desk::open(options.tickets_small, against, binary, dir)?;
    let mut large = Desk::open(options.tickets_large, against, binary, dir)?;
    let mut table = format!(
        "\none connection, {} requests each, by turns\n\n{:<22}{:>21}{:>21}{:>8}\n{:<22}{:>10}{:>11}{:>10}{:>11}{:>8}\n",
        options.requests,
        "",
        format!("{} tickets", options.tickets_small),
        format!("{} tickets", options.tickets_large),
        "",
        "request",
        "p50 ms",
        "p99 ms",
        "p50 ms",
        "p99 ms",
        "factor",
    );
    let mut slowest = 0.0_f64;
    for kind in Kind::ALL {
        say(format_args!("{}, {} requests to each", kind.name(), options.requests));
        let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
        for number in 0..WARM_UP + options.requests as usize {
            for (desk, times) in [(&mut small, &mut of_small), (&mut large, &mut of_large)] {
                let time = desk.ask(*kind, number)?;
                if number >= WARM_UP {
                    times.push(time);
                }
            }
        }
        let row = Row { name: kind.name(), small: Times::of(of_small), large: Times::of(of_large) };
        slowest = slowest.max(row.factor());
        table.push_str(&row.line());
    }
    println!("{table}\nlargest factor: {slowest:.2} (target: below {TARGET:.0})");
    Ok(())
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Kind {
    List,
    OfStatus,
    Unassigned,
    OfPriority,
    Changed,
    Deep,
    ListData,
    CommonWord,
    RareWord,
    TwoWords,
    Ticket,
    Detail,
    Own,
    Reply,
}

impl Kind {
    /// In the order in which they are asked: what writes comes last.
    const ALL: &[Self] = &[
        Self::List,
        Self::OfStatus,
        Self::Unassigned,
        Self::OfPriority,
        Self::Changed,
        Self::Deep,
        Self::ListData,
        Self::CommonWord,
        Self::RareWord,
        Self::TwoWords,
        Self::Ticket,
        Self::Detail,
        Self::Own,
        Self::Reply,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::OfStatus => "list, status",
            Self::Unassigned => "list, unassigned",
            Self::OfPriority => "list, priority",
            Self::Changed => "list, last changed",
            Self::Deep => "list, a deep page",
            Self::ListData => "list, data alone",
            Self::CommonWord => "search, common word",
            Self::RareWord => "search, rare word",
            Self::TwoWords => "search, two words",
            Self::Ticket => "ticket",
            Self::Detail => "ticket, REST",
            Self::Own => "own tickets, REST",
            Self::Reply => "reply",
        }
    }
}

/// A served desk and those who ask it.
struct Desk {
    connection: Connection,
    tickets: u32,
    rare_word: String,
    /// Of an admin.
    cookies: String,
    /// Of a customer with about twenty tickets.
    bearer: String,
    /// The customer's tickets.
    own: Vec<String>,
    // Dropped last, in this order.
    _server: Server,
    _postgres: Option<Postgres>,
}

impl Desk {
    fn open(tickets: u32, against: Database, binary: &Path, dir: &Path) -> Result<Self> {
        let dir = dir.join(tickets.to_string());
        let postgres = match against {
            Database::Sqlite => None,
            Database::Postgres => Some(Postgres::own()?),
        };
        let url = postgres.as_ref().map(|postgres| postgres.url().to_owned());
        let pindesk = Pindesk::new(binary.to_owned(), &dir, url.clone())?;
        let data = dir.join("data");
        let summary = match &url {
            Some(url) => seed(tickets, &data, Some(url))?,
            None => {
                let kept = kept(tickets)?;
                copy_files(&kept, &data)?;
                fs::read_to_string(kept.join(SUMMARY))?
            }
        };
        let given = |key| http::value(&summary, key).map(str::to_owned).ok_or_else(|| format!("no {key} in {summary}"));
        let (admin, customer, rare_word) = (given("admin")?, given("customer")?, given("rare_word")?);
        let pin = pindesk.run(&["pin", "create", &customer])?;
        let server = pindesk.serve()?;
        let mut connection = Connection::open(server.address)?;
        let cookies = log_in(&mut connection, "/admin/login?fn=staff_login", staff_form(&admin))?;
        let body = format!("{{\"pin\":\"{}\"}}", pin.trim());
        let redeem = post("/api/users/login/", "application/json", &[], body.into_bytes());
        let answer = connection.send(&redeem)?;
        let access = http::value(&answer.body, "access").ok_or("the customer could not log in")?;
        let bearer = format!("Authorization: Bearer {access}");
        let mut desk = Self {
            connection,
            tickets,
            rare_word,
            cookies,
            bearer,
            own: Vec::new(),
            _server: server,
            _postgres: postgres,
        };
        let list = desk.connection.send(&get("/api/tickets/", &desk.bearer))?;
        desk.own = list.body.split("{\"id\":").skip(1).filter_map(ticket_id).map(str::to_owned).collect();
        if desk.own.is_empty() {
            return Err("the customer has no tickets".into());
        }
        Ok(desk)
    }

    /// Asks once; how long the whole answer took.
    fn ask(&mut self, kind: Kind, number: usize) -> Result<Duration> {
        let request = self.request(kind, number);
        let start = Instant::now();
        let answer = self.connection.send(&request)?;
        let time = start.elapsed();
        let wanted = if matches!(kind, Kind::Reply) { 303 } else { 200 };
        if answer.status != wanted {
            return Err(format!(
                "{} {} answered {}: {}",
                request.method,
                request.path,
                answer.status,
                answer.body.chars().take(400).collect::<String>()
            )
            .into());
        }
        Ok(time)
    }

    fn request(&self, kind: Kind, number: usize) -> Request {
        let page = |query: &str| get(&format!("/admin/tickets{query}"), &self.cookies);
        // Each in turn, so that the two desks are asked for tickets of the same sort.
        let own = &self.own[number % self.own.len()];
        match kind {
            Kind::List => page(""),
            Kind::OfStatus => page("?status=In+Progress"),
            Kind::Unassigned => page("?assignee=none&status=Open"),
            Kind::OfPriority => page("?priority=Urgent"),
            Kind::Changed => page("?order=changed"),
            Kind::Deep => page(&format!("?before={}", self.tickets / 2)),
            Kind::ListData => post("/fn/staff_list_tickets", FORM, &[&self.cookies], Vec::new()),
            Kind::CommonWord => page("?q=invoice"),
            Kind::RareWord => page(&format!("?q={}", self.rare_word)),
            Kind::TwoWords => page("?q=printer+lab"),
            Kind::Ticket => page(&format!("/{own}")),
            Kind::Detail => get(&format!("/api/tickets/{own}/"), &self.bearer),
            Kind::Own => get("/api/tickets/", &self.bearer),
            Kind::Reply => {
                let body = format!(
                    "--pindesk-size\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{own}\r\n\
                     --pindesk-size\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\n\
                     Please try it once more, number {number}.\r\n--pindesk-size--\r\n"
                );
                let path = format!("/admin/tickets/{own}?fn=reply");
                post(&path, MULTIPART, &[&self.cookies], body.into_bytes())
            }
        }
    }
}

/// What a list's item begins with, when it is a ticket: its attachments have ids as well.
fn ticket_id(item: &str) -> Option<&str> {
    let (id, rest) = item.split_once(',')?;
    rest.starts_with("\"title\":").then_some(id)
}

/// Beside the seeded desk, once it is whole.
const SUMMARY: &str = "summary.json";

/// A seeded desk of this many tickets, made now or by a run before. Nobody writes to it.
fn kept(tickets: u32) -> Result<PathBuf> {
    let dir = repo::target().join(format!("bench/desks/{VERSION}-{tickets}-{UNTIL}"));
    if dir.join(SUMMARY).is_file() {
        return Ok(dir);
    }
    // A run that was broken off left it.
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir)?;
    let summary = seed(tickets, &dir, None)?;
    fs::write(dir.join(SUMMARY), summary)?;
    Ok(dir)
}

/// Fills a desk; what the seeding program says about it.
fn seed(tickets: u32, data: &Path, database: Option<&str>) -> Result<String> {
    say(format_args!("Seeding a desk of {tickets} tickets"));
    let mut seed = run::command(repo::target().join("release/seed"));
    seed.args(["--json", "--until", UNTIL, "--password", PASSWORD]).arg(format!("--tickets={tickets}"));
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

/// Of the times of one kind of request.
struct Times {
    p50: Duration,
    p99: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |hundredth: usize| {
            times.get((times.len() * hundredth / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        Self { p50: at(50), p99: at(99) }
    }
}

struct Row {
    name: &'static str,
    small: Times,
    large: Times,
}

impl Row {
    /// How much longer the large desk takes, by the time in the middle.
    fn factor(&self) -> f64 {
        self.large.p50.as_secs_f64() / self.small.p50.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn line(&self) -> String {
        let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1000.0);
        let Self { name, small, large } = self;
        format!(
            "{name:<22}{:>10}{:>11}{:>10}{:>11}{:>8.2}\n",
            ms(small.p50),
            ms(small.p99),
            ms(large.p50),
            ms(large.p99),
            self.factor()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_that_so_many_stayed_below() {
        let times = Times::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!((times.p50, times.p99), (Duration::from_millis(101), Duration::from_millis(199)));
        let small = Times { p50: Duration::from_millis(2), p99: Duration::from_millis(4) };
        let row = Row { name: "list", small, large: times };
        assert_eq!(row.factor(), 50.5);
        assert_eq!(
            row.line().split_whitespace().collect::<Vec<_>>(),
            ["list", "2.00", "4.00", "101.00", "199.00", "50.50"]
        );
    }

    #[test]
    fn only_tickets_are_taken_from_a_list() {
        let json = r#"[{"id":7,"title":"T","attachments":[{"id":3,"file":"f"}]},{"id":5,"title":"U"}]"#;
        let ids: Vec<_> = json.split("{\"id\":").skip(1).filter_map(ticket_id).collect();
        assert_eq!(ids, ["7", "5"]);
    }
}
