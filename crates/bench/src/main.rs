//! `cargo xtask bench`: how many requests a second, how soon, in how much memory, and whether that stays so as a desk grows.
//! docs/BENCHMARKS.md explains the rows.

mod backup;
mod bodies;
mod client;
mod rates;
mod server;
mod size;
mod wrk;

use clap::{Parser, ValueEnum};
use std::{fs, io::Write as _, path::PathBuf, process::ExitCode, time::Duration};
use xtask::{
    Result,
    postgres::Postgres,
    release, repo,
    run::{self, cargo, say},
};

/// Of the benchmark's admins.
const PASSWORD: &str = "measured every day";

/// Loads the release over HTTP, and prints requests a second, latencies and memory; then compares a small desk with a large
/// one. With `--only-backup`, backs a desk up under load instead, restores it, and compares.
#[derive(Parser)]
#[command(bin_name = "cargo xtask bench", version)]
struct Options {
    /// The database; PostgreSQL is a throw-away one, without fsync.
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    against: Database,
    /// Load this program instead of a release build of this checkout.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    #[command(flatten)]
    rates: rates::RateOptions,
    /// Leave out the comparison of a small desk and a large one.
    #[arg(long, conflicts_with = "only_size")]
    skip_size: bool,
    /// Nothing but the comparison of a small desk and a large one.
    #[arg(long)]
    only_size: bool,
    /// Nothing but backup and restore of a desk under load.
    #[arg(long, conflicts_with_all = ["only_size", "skip_size"])]
    only_backup: bool,
    #[command(flatten)]
    backup: backup::BackupOptions,
    #[command(flatten)]
    size: size::SizeOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// A throw-away PostgreSQL, where that is what is asked for.
    fn start(self) -> Result<Option<Postgres>> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => Postgres::own().map(Some),
        }
    }
}

fn main() -> ExitCode {
    match bench(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: &Options) -> Result {
    let binary = release::given_or_built(options.binary.as_deref())?;
    warn_when_busy();
    let dir = Dir::new()?;
    if options.only_backup {
        return backup::measure(&options.backup, options.against, &binary, &dir.0);
    }
    if !options.only_size {
        rates::measure(&options.rates, options.against, &binary, &dir.0)?;
    }
    if !options.skip_size {
        size::compare(&options.size, options.against, &binary, &dir.0)?;
    }
    Ok(())
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

/// A program of the workspace, built as a release.
fn built(package: &str) -> Result<PathBuf> {
    run::run(cargo().args(["build", "--locked", "--quiet", "--release", "--package", package]))?;
    Ok(repo::target().join("release").join(package))
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

/// Of a duration, as the tables have it.
fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Options::command().debug_assert();
    }
}
