//! `cargo xtask`: the few commands people type.

mod audit;
mod count;
mod test;

use clap::{Parser, Subcommand};
use std::{ffi::OsString, io::Write as _, path::PathBuf, process::ExitCode};
use xtask::{Result, package, postgres, release, run, tools};

/// Builds, runs and tests Pindesk; installs the tools it needs for that.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what changed, then run the desk until Ctrl-C.
    Serve {
        /// Build even when nothing changed.
        #[arg(long)]
        rebuild: bool,
        /// What follows `--` goes to `pindesk serve`.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Build the release: target/release/pindesk, with the site inside.
    Build {
        /// Build even when nothing changed.
        #[arg(long)]
        rebuild: bool,
    },
    /// Develop: build without optimisation, run, and rebuild and reload at each change.
    Watch {
        /// What follows `--` goes to `cargo leptos watch`.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Check and test everything.
    Test {
        /// Only these steps, separated by commas.
        #[arg(long, value_delimiter = ',', value_name = "STEP")]
        only: Vec<test::Step>,
    },
    /// Kill, starve and shout at a running desk for a while, and print what survived.
    Soak {
        /// For so long.
        #[arg(long, default_value_t = 10, value_name = "N")]
        minutes: u32,
        /// Try this program instead of a release build of this checkout.
        #[arg(long, value_name = "PATH")]
        binary: Option<PathBuf>,
    },
    /// Fill an empty desk with made-up tickets; `cargo xtask seed --help` lists the options.
    #[command(disable_help_flag = true)]
    Seed {
        /// All go to the program that does it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Load the release over HTTP, and print requests a second, latencies and memory; `cargo xtask bench --help` lists the
    /// options.
    #[command(disable_help_flag = true)]
    Bench {
        /// All go to the program that does it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Make what others install, in target/package: tar.gz, Debian package, image, list of materials, sums.
    Package,
    /// Run a throw-away PostgreSQL until Ctrl-C, for single tests by hand.
    Postgres,
    /// Install every tool that is missing, and print where each one is.
    Tools,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve { rebuild, args } => release::serve(rebuild, &args),
        Command::Build { rebuild } => release::build(rebuild),
        Command::Watch { args } => release::watch(&args),
        Command::Test { only } => return test::test(&only),
        Command::Soak { minutes, binary } => test::soak(minutes, binary.as_deref()),
        Command::Seed { args } => become_program("seed", &args),
        Command::Bench { args } => become_program("bench", &args),
        Command::Package => package::package(),
        Command::Postgres => postgres::foreground(),
        Command::Tools => tools::all(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Becomes another program of the workspace. It is one of its own, because this one must not take its time to build.
fn become_program(package: &str, args: &[OsString]) -> Result {
    let package = format!("--package={package}");
    run::become_it(run::cargo().args(["run", "--locked", "--quiet", "--release"]).arg(package).arg("--").args(args))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
