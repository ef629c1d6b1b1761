//! How many requests a second, how soon, in how much memory.

mod table;

use crate::{
    Database,
    bodies::{Files, MULTIPART, PNG, multipart, ticket_json},
    built,
    client::{Caller, Client, Customer, Id, JSON},
    server::{Pindesk, Server},
    wrk::{Body, Load, Scenario},
};
use clap::Args;
use std::{fs, path::Path, thread};
use table::{Row, middle, table};
use xtask::{Result, run::say};

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
pub(crate) struct RateOptions {
    /// Load each scenario so long.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Connections that ask again as soon as they are answered. One session has no more than forty at once: eight are
    /// served, and others wait in a line of 32.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=40))]
    connections: u32,
}

/// Measures and prints.
///
/// # Errors
/// When something cannot be built or started, or an answer was an error.
pub(crate) fn measure(options: &RateOptions, against: Database, binary: &Path, dir: &Path) -> Result {
    let baseline = match against {
        Database::Sqlite => Some(built("baseline")?),
        Database::Postgres => None,
    };
    let postgres = against.start()?;
    let load = Load::new(dir, options.connections)?;
    let database = postgres.as_ref().map(|postgres| postgres.url().to_owned());
    let pindesk = Pindesk::new(binary.to_owned(), dir, database)?;
    let server = pindesk.serve()?;
    let client = Client::new(server.address);
    let bench = Bench { server, client, pindesk, load, seconds: options.seconds, dir };
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
    match rows.iter().find(|row| row.figures.errors > 0 || row.figures.requests == 0) {
        Some(row) => Err(format!("{} requests of {} were not answered well", row.figures.errors, row.name).into()),
        None => Ok(()),
    }
}

struct Bench<'a> {
    server: Server,
    client: Client,
    pindesk: Pindesk,
    load: Load,
    seconds: u32,
    dir: &'a Path,
}

impl Bench<'_> {
    /// Every row, and what the list reaches of the baseline.
    fn all(&self, baseline: Option<&Path>) -> Result<(Vec<Row>, Option<f64>)> {
        let reader = self.customer("reader")?;
        // Each has its own customer, so that the list stays as it is.
        let writer = self.customer("writer")?;
        let files = Files::new(self.dir)?;
        let mut ticket = 0;
        for number in 0..TICKETS {
            ticket = self.open_ticket(&reader.caller, number)?;
        }

        let scenario = |path: &str, caller: &Caller, body| Scenario {
            url: self.server.url(path),
            caller: Some(caller.clone()),
            body,
        };
        let list = scenario("/api/tickets/", &reader.caller, Body::Nothing);
        let (mut rows, ratio) = match baseline {
            Some(binary) => self.beside_baseline(binary, &reader, &list)?,
            None => (vec![self.measure("list", &self.server, &list)?], None),
        };
        let own = self.client.log_in("/?fn=login", &format!("pin={}", self.pins("reader", 1)?.concat()))?;
        self.pindesk.create_admin("bench", crate::PASSWORD)?;
        let staff = self.client.log_in_staff("bench")?;
        for (name, path, caller) in [
            ("detail", format!("/api/tickets/{ticket}/"), &reader.caller),
            ("page, list", "/tickets".to_owned(), &own),
            ("page, ticket", format!("/tickets/{ticket}"), &own),
            ("page, staff list", "/admin/tickets".to_owned(), &staff),
        ] {
            rows.push(self.measure(name, &self.server, &scenario(&path, caller, Body::Nothing))?);
        }
        rows.push(self.logins()?);
        for (name, body) in [
            ("create, JSON", Body::Same(files.json, JSON)),
            ("create, 1 MB png", Body::Same(files.multipart, MULTIPART)),
        ] {
            rows.push(self.measure(name, &self.server, &scenario("/api/tickets/", &writer.caller, body))?);
        }
        Ok((rows, ratio))
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

    /// The list and the bare list, which must be the same, in turns; of each the round in the middle, and the ratio in the
    /// middle.
    fn beside_baseline(&self, binary: &Path, reader: &Customer, list: &Scenario) -> Result<(Vec<Row>, Option<f64>)> {
        let bare = Server::baseline(binary, &self.pindesk.database_file(), reader.id, &self.server.url(""))?;
        let theirs = Client::new(bare.address).get("/", None)?;
        let ours = self.client.get("/api/tickets/", Some(&reader.caller))?;
        if without_queries(&ours) != without_queries(&theirs) {
            return Err(format!("the baseline writes another list:\n{theirs}\nthan the server:\n{ours}").into());
        }
        let bare_list = Scenario { url: bare.url("/"), caller: None, body: Body::Nothing };
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let baseline = self.measure("baseline", &bare, &bare_list)?;
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
            Ok(Scenario { url: self.server.url("/api/users/login/"), caller: None, body: Body::Lines(file, JSON) })
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

    fn customer(&self, name: &str) -> Result<Customer> {
        self.pindesk.run(&["customer", "create", name])?;
        self.client.redeem(&self.pins(name, 1)?.concat())
    }

    /// Opens a ticket, every other one with a file; its id.
    fn open_ticket(&self, caller: &Caller, number: usize) -> Result<i64> {
        let (kind, body) = if number.is_multiple_of(2) {
            (JSON, ticket_json(number).into_bytes())
        } else {
            (MULTIPART, multipart(&format!("Ticket {number}"), PNG))
        };
        Ok(self.client.post::<Id>("/api/tickets/", Some(caller), kind, body)?.id)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_queries_are_left_out() {
        let json = |query: &str, id| format!("[{{\"file\":\"http://a/b.png?expires={query}\",\"id\":{id}}}]");
        assert_eq!(without_queries(&json("1&signature=2", 7)), "[{\"file\":\"http://a/b.png\",\"id\":7}]");
        assert_ne!(without_queries(&json("1", 7)), without_queries(&json("1", 8)));
        assert_eq!(without_queries("[]"), "[]");
    }
}
