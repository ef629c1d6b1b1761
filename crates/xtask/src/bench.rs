//! `cargo xtask bench`: how many requests a second, how soon, in how much memory, and whether that stays so as a desk grows.
//! docs/BENCHMARKS.md explains the rows.

mod connection;
mod http;
mod load;
mod server;
mod size;

use crate::{
    Result,
    postgres::Postgres,
    release, repo,
    run::{self, cargo, say},
};
use clap::{Args, ValueEnum};
use connection::{Connection, PASSWORD};
use http::Call;
use load::{Body, Figures, Load, Scenario};
use server::{Pindesk, Server};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data; boundary=pindesk-bench";
/// What is in the list.
const TICKETS: usize = 20;
/// The list and its baseline take turns, so that whatever else the machine does meets both.
const ROUNDS: usize = 3;
/// Of what the baseline does, the list should reach this.
const TARGET: f64 = 0.5;
/// `pindesk pin create` makes no more at once.
const PINS_AT_ONCE: usize = 1000;

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Load each scenario so long.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Connections that ask again as soon as they are answered. One session has no more than forty at once: eight are
    /// served, and others wait in a line of 32.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=40))]
    connections: u32,
    /// The database; PostgreSQL is a throw-away one, without fsync.
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    against: Database,
    /// Load this program instead of a release build of this checkout.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    #[command(flatten)]
    size: size::Options,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

/// One line of the result.
struct Row {
    name: &'static str,
    figures: Figures,
    /// Peak of the server's memory, in kB.
    memory: Option<u64>,
}

/// Measures and prints.
///
/// # Errors
/// When something cannot be built or started, or an answer was an error.
pub(crate) fn bench(options: &Options) -> Result {
    let binary = release::given_or_built(options.binary.as_deref())?;
    let dir = Dir::new()?;
    if options.size.only_size {
        warn_when_busy();
    } else {
        load(options, &binary, &dir.0)?;
    }
    size::compare(&options.size, options.against, &binary, &dir.0)
}

/// How many requests a second, how soon, in how much memory.
fn load(options: &Options, binary: &Path, dir: &Path) -> Result {
    let baseline = match options.against {
        Database::Sqlite => Some(build_baseline()?),
        Database::Postgres => None,
    };
    let postgres = match options.against {
        Database::Sqlite => None,
        Database::Postgres => Some(Postgres::own()?),
    };
    let load = Load::new(dir, options.connections)?;
    let database = postgres.as_ref().map(|postgres| postgres.url().to_owned());
    let pindesk = Pindesk::new(binary.to_owned(), dir, database)?;
    let bench = Bench { server: pindesk.serve()?, pindesk, load, seconds: options.seconds, dir };
    warn_when_busy();
    let (rows, ratio) = bench.all(baseline.as_deref())?;

    println!(
        "{} connections, {} s each, {} cores for the server and wrk together\n",
        options.connections,
        options.seconds,
        thread::available_parallelism()?
    );
    print!("{}", table(&rows));
    if let Some(ratio) = ratio {
        println!("\nlist / baseline: {:.0} % (target: {:.0} %)", ratio * 100.0, TARGET * 100.0);
    }
    let wrong: Vec<_> = rows.iter().filter(|row| row.figures.errors > 0 || row.figures.requests == 0).collect();
    match wrong.first() {
        Some(row) => Err(format!("{} requests of {} were not answered well", row.figures.errors, row.name).into()),
        None => Ok(()),
    }
}

fn build_baseline() -> Result<PathBuf> {
    run::run(cargo().args(["build", "--locked", "--quiet", "--release", "--package=baseline"]))?;
    Ok(repo::target().join("release/baseline"))
}

struct Bench<'a> {
    pindesk: Pindesk,
    server: Server,
    load: Load,
    seconds: u32,
    dir: &'a Path,
}

/// A customer who is logged in.
struct Customer {
    name: &'static str,
    id: String,
    token: String,
}

/// The header by which a customer is known to REST.
fn bearer(customer: &Customer) -> String {
    format!("Authorization: Bearer {}", customer.token)
}

impl Bench<'_> {
    /// Every row, and what the list reaches of the baseline.
    fn all(&self, baseline: Option<&Path>) -> Result<(Vec<Row>, Option<f64>)> {
        let reader = self.customer("reader")?;
        // Each has its own customer, so that the list stays as it is.
        let writer = self.customer("writer")?;
        let files = Files::new(self.dir)?;
        let mut detail = String::new();
        for number in 0..TICKETS {
            detail = self.open_ticket(&reader, number)?;
        }

        let list = Scenario { url: self.url("/api/tickets/"), caller: Some(bearer(&reader)), body: Body::Nothing };
        let (mut rows, ratio) = match baseline {
            Some(binary) => {
                let bare = Server::baseline(binary, &self.pindesk.database_file(), &reader.id, &self.url(""))?;
                let theirs = Call { method: "GET", path: "/", token: None, body: None }.send(bare.address)?;
                let token = Some(reader.token.as_str());
                let ours =
                    Call { method: "GET", path: "/api/tickets/", token, body: None }.send(self.server.address)?;
                if without_queries(&ours) != without_queries(&theirs) {
                    return Err(format!("the baseline writes another list:\n{theirs}\nthan the server:\n{ours}").into());
                }
                self.in_turns(&list, &bare)?
            }
            None => (vec![self.measure("list", &self.server, &list)?], None),
        };
        let scenario = |path: &str, caller, body| Scenario { url: self.url(path), caller: Some(caller), body };
        let ticket = detail;
        let detail = scenario(&format!("/api/tickets/{ticket}/"), bearer(&reader), Body::Nothing);
        rows.push(self.measure("detail", &self.server, &detail)?);
        let (own, staff) = (self.own_cookies(reader.name)?, self.staff_cookies()?);
        for (name, path, cookies) in [
            ("page, list", "/tickets".to_owned(), &own),
            ("page, ticket", format!("/tickets/{ticket}"), &own),
            ("page, staff list", "/admin/tickets".to_owned(), &staff),
        ] {
            rows.push(self.measure(name, &self.server, &scenario(&path, cookies.clone(), Body::Nothing))?);
        }
        rows.push(self.logins()?);
        let create = scenario("/api/tickets/", bearer(&writer), Body::Same(files.json, JSON));
        rows.push(self.measure("create, JSON", &self.server, &create)?);
        let upload = scenario("/api/tickets/", bearer(&writer), Body::Same(files.multipart, MULTIPART));
        rows.push(self.measure("create, 1 MB png", &self.server, &upload)?);
        Ok((rows, ratio))
    }

    /// Of a customer who logs in with a PIN, as a browser does.
    fn own_cookies(&self, customer: &str) -> Result<String> {
        let body = format!("pin={}", self.pins(customer, 1)?.concat());
        connection::log_in(&mut Connection::open(self.server.address)?, "/?fn=login", body)
    }

    /// Of an admin.
    fn staff_cookies(&self) -> Result<String> {
        self.pindesk.create_admin("bench", PASSWORD)?;
        let form = "/admin/login?fn=staff_login";
        connection::log_in(&mut Connection::open(self.server.address)?, form, connection::staff_form("bench"))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    /// Warms up, then loads.
    fn measure(&self, name: &'static str, server: &Server, scenario: &Scenario) -> Result<Row> {
        self.load.run(scenario, 1)?;
        self.measure_warm(name, server, scenario)
    }

    fn measure_warm(&self, name: &'static str, server: &Server, scenario: &Scenario) -> Result<Row> {
        server.forget_peak();
        say(format_args!("{name}, {} s", self.seconds));
        let figures = self.load.run(scenario, self.seconds)?;
        Ok(Row { name, figures, memory: server.peak() })
    }

    /// The list and the bare list in turns; of each the round in the middle, and the ratio in the middle.
    fn in_turns(&self, list: &Scenario, bare: &Server) -> Result<(Vec<Row>, Option<f64>)> {
        let bare_list = Scenario { url: format!("http://{}/", bare.address), caller: None, body: Body::Nothing };
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let baseline = self.measure("baseline", bare, &bare_list)?;
            let list = self.measure("list", &self.server, list)?;
            ratios.push(list.figures.per_second() / baseline.figures.per_second());
            ours.push(list);
            theirs.push(baseline);
        }
        ratios.sort_by(f64::total_cmp);
        let rows = [theirs, ours].into_iter().filter_map(middle).collect();
        Ok((rows, ratios.get(ROUNDS / 2).copied()))
    }

    /// Logins need a PIN each: a short run tells how many the long one needs.
    fn logins(&self) -> Result<Row> {
        let name = "logger";
        self.pindesk.run(&["customer", "create", name])?;
        let pins = |count| -> Result<Scenario> {
            let file = self.dir.join("logins");
            let mut lines = String::new();
            for pin in self.pins(name, count)? {
                lines.push_str(&format!("{{\"pin\":\"{pin}\"}}\n"));
            }
            fs::write(&file, lines)?;
            Ok(Scenario { url: self.url("/api/users/login/"), caller: None, body: Body::Lines(file, JSON) })
        };
        say("login, issuing PINs");
        let short = self.load.run(&pins(3000)?, 1)?;
        // Warm, it is quicker than the short run was.
        let needed = short.requests.max(1000) * u64::from(self.seconds) * if short.ran_out { 4 } else { 2 };
        let row = self.measure_warm("login", &self.server, &pins(usize::try_from(needed)?)?)?;
        if row.figures.ran_out {
            return Err("the PINs ran out before the time was over, so the figure would be too low: try again".into());
        }
        Ok(row)
    }

    fn pins(&self, customer: &str, count: usize) -> Result<Vec<String>> {
        let mut pins = Vec::with_capacity(count);
        while pins.len() < count {
            let some = (count - pins.len()).min(PINS_AT_ONCE).to_string();
            let said = self.pindesk.run(&["pin", "create", customer, "--count", &some])?;
            pins.extend(said.lines().map(str::to_owned));
        }
        Ok(pins)
    }

    fn customer(&self, name: &'static str) -> Result<Customer> {
        self.pindesk.run(&["customer", "create", name])?;
        let pins = self.pins(name, 1)?;
        let body = format!("{{\"pin\":\"{}\"}}", pins.concat());
        let body = Some((JSON, body.as_bytes()));
        let answer = Call { method: "POST", path: "/api/users/login/", token: None, body }.send(self.server.address)?;
        let given = |key| http::value(&answer, key).map(str::to_owned).ok_or_else(|| format!("no {key} in {answer}"));
        Ok(Customer { name, id: given("id")?, token: given("access")? })
    }

    /// Opens a ticket, every other one with a file; its id.
    fn open_ticket(&self, customer: &Customer, number: usize) -> Result<String> {
        let small = multipart(&format!("Ticket {number} of {}", customer.name), PNG);
        let json = ticket_json(number);
        let body = if number.is_multiple_of(2) { (JSON, json.as_bytes()) } else { (MULTIPART, small.as_slice()) };
        let token = Some(customer.token.as_str());
        let call = Call { method: "POST", path: "/api/tickets/", token, body: Some(body) };
        let answer = call.send(self.server.address)?;
        Ok(http::value(&answer, "id").ok_or_else(|| format!("no id in {answer}"))?.to_owned())
    }
}

/// The bodies of the scenarios that write.
struct Files {
    json: PathBuf,
    multipart: PathBuf,
}

impl Files {
    fn new(dir: &Path) -> Result<Self> {
        let files = Self { json: dir.join("ticket.json"), multipart: dir.join("ticket.multipart") };
        fs::write(&files.json, ticket_json(0))?;
        // What follows the end of an image is no part of it.
        let mut png = PNG.to_vec();
        png.resize(1024 * 1024, 0);
        fs::write(&files.multipart, multipart("A picture", &png))?;
        Ok(files)
    }
}

const DESCRIPTION: &str = "Since this morning the second tray is said to be empty although it was filled twice. \
    Switching it off and on again helps for one page. The serial number is on the picture, if there is one.";

/// One pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\rIDATx\xdacPHX\xf0\x1f\0\x03\xe4\x02\x20\xa4\xd8\x1c\xcc\0\0\0\0IEND\xaeB`\x82";

fn ticket_json(number: usize) -> String {
    format!(
        "{{\"title\":\"Ticket {number}: the printer does not print\",\"description\":\"{DESCRIPTION}\",\
         \"priority\":\"High\",\"category\":\"Bug\"}}"
    )
}

fn multipart(title: &str, png: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in [("title", title), ("description", DESCRIPTION), ("priority", "High"), ("category", "Bug")] {
        let part = format!("--pindesk-bench\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--pindesk-bench\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"tray.png\"\r\n\
          Content-Type: image/png\r\n\r\n",
    );
    body.extend_from_slice(png);
    body.extend_from_slice(b"\r\n--pindesk-bench--\r\n");
    body
}

/// JSON whose addresses have lost their queries: signatures differ from one answer to the next.
fn without_queries(json: &str) -> String {
    let mut parts = json.split("?expires=");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.find('"').map_or("", |end| &part[end..]));
    }
    text
}

/// The row in the middle by requests a second.
fn middle(mut rows: Vec<Row>) -> Option<Row> {
    rows.sort_by(|a, b| a.figures.per_second().total_cmp(&b.figures.per_second()));
    rows.into_iter().nth(ROUNDS / 2)
}

fn table(rows: &[Row]) -> String {
    let milliseconds = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1000.0);
    let mut table = format!(
        "{:<18}{:>12}{:>10}{:>10}{:>8}{:>11}\n",
        "scenario", "requests/s", "p50 ms", "p99 ms", "errors", "memory MB"
    );
    for Row { name, figures, memory } in rows {
        let memory = memory.map_or_else(|| "?".to_owned(), |kb| format!("{:.1}", kb as f64 / 1024.0));
        table.push_str(&format!(
            "{name:<18}{:>12.0}{:>10}{:>10}{:>8}{memory:>11}\n",
            figures.per_second(),
            milliseconds(figures.p50),
            milliseconds(figures.p99),
            figures.errors,
        ));
    }
    table
}

/// Other programs at work make every figure smaller.
fn warn_when_busy() {
    let load = fs::read_to_string("/proc/loadavg").ok();
    if let Some(load) = load.as_deref().and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        && load > 0.5
    {
        say(format_args!("The machine's load was {load} in the last minute: figures are good for ratios at most"));
    }
}

/// A folder beside the build, on the checkout's own disk; gone when this is dropped.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Result<Self> {
        let dir = repo::target().join("bench/run");
        // A run that was broken off left it.
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(requests: u64) -> Row {
        let (p50, p99) = (Duration::from_micros(2340), Duration::from_millis(12));
        let figures = Figures { requests, time: Duration::from_secs(5), p50, p99, errors: 0, ran_out: false };
        Row { name: "list", figures, memory: Some(25 * 1024) }
    }

    #[test]
    fn the_table_lines_up() {
        let table = table(&[row(50_000)]);
        let [head, line] = table.lines().collect::<Vec<_>>()[..] else { panic!("{table}") };
        assert_eq!(head.len(), line.len());
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["list", "10000", "2.34", "12.00", "0", "25.0"]);
    }

    #[test]
    fn the_round_in_the_middle_counts() {
        assert_eq!(middle(vec![row(30), row(10), row(20)]).unwrap().figures.requests, 20);
    }

    #[test]
    fn only_queries_are_left_out() {
        let json = |query: &str, id| format!("[{{\"file\":\"http://a/b.png?expires={query}\",\"id\":{id}}}]");
        assert_eq!(without_queries(&json("1&signature=2", 7)), "[{\"file\":\"http://a/b.png\",\"id\":7}]");
        assert_ne!(without_queries(&json("1", 7)), without_queries(&json("1", 8)));
        assert_eq!(without_queries("[]"), "[]");
    }

    #[test]
    fn the_body_with_a_file_is_whole() {
        let body = multipart("T", PNG);
        let text = String::from_utf8_lossy(&body);
        assert_eq!(text.matches("--pindesk-bench\r\n").count(), 5);
        assert!(text.ends_with("\r\n--pindesk-bench--\r\n"));
        assert!(body.windows(PNG.len()).any(|bytes| bytes == PNG));
    }
}
