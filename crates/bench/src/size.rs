//! Whether a desk stays as quick as it grows: the same requests to a small desk and to a large one, by turns, one at a time.

pub(crate) mod desk;
mod kind;
mod times;

use crate::{Database, built};
use clap::Args;
use desk::Desk;
use kind::Kind;
use std::path::Path;
use times::{Row, Times};
use xtask::{Result, run::say};

/// Requests of each kind that are not counted.
const WARM_UP: usize = 20;
/// How much longer the large desk may take.
const TARGET: f64 = 2.0;

/// How to measure at size.
#[derive(Args)]
pub(crate) struct SizeOptions {
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
pub(crate) fn compare(options: &SizeOptions, against: Database, binary: &Path, dir: &Path) -> Result {
    let seed = built("seed")?;
    let small = Desk::open(options.tickets_small, against, binary, &seed, dir)?;
    let large = Desk::open(options.tickets_large, against, binary, &seed, dir)?;
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
            for (desk, times) in [(&small, &mut of_small), (&large, &mut of_large)] {
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
