//! `cargo xtask test`: everything that must hold before a change goes in.

use crate::{audit, count::Count};
use clap::ValueEnum;
use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};
use xtask::{
    Result,
    postgres::{self, Postgres},
    release, repo,
    run::{self, cargo, command, say},
    stamp, system, tools,
};

/// The crates of the server's side that have tests. Named together in each call, because the features of what they depend on
/// follow from them, and what has other features is built again.
const CRATES: [&str; 13] = [
    "-padvisories",
    "-papp",
    "-pbench",
    "-pdomain",
    "-pdesk",
    "-pfloors",
    "-pform-data",
    "-pislands",
    "-pmarkdown",
    "-pmigration",
    "-pserver",
    "-pseed",
    "-pxtask",
];

/// One step, in the order in which they run: what fails soonest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Every file is as rustfmt writes it.
    Fmt,
    /// No typing errors, no dependency that nothing uses.
    Habits,
    /// The browser's side holds nothing of the server; no view writes a bare text area; no crate has a known advisory.
    Audit,
    /// No warning on either side.
    Clippy,
    /// The tests of each crate, those of the desk on SQLite and PostgreSQL.
    Unit,
    /// The running program when its disk, its database, its clients or the machine fail.
    Faults,
    /// The release build.
    Build,
    /// The journeys in Chromium.
    End2end,
}

/// Runs these steps, or all of them when there is none, up to the first that fails, and says how it went.
pub(crate) fn test(only: &[Step]) -> ExitCode {
    let steps = Step::value_variants().iter().filter(|step| only.is_empty() || only.contains(step));
    let mut count = Count::default();
    let mut table = Vec::new();
    let mut failure = None;
    for step in steps {
        say(format_args!("{}", name(*step)));
        let start = Instant::now();
        let before = count;
        let done = step.run(&mut count);
        let time = start.elapsed();
        say(format_args!(
            "{} {} after {}",
            name(*step),
            if done.is_ok() { "passed" } else { "failed" },
            run::duration(time)
        ));
        table.push((*step, done.is_ok(), time));
        if let Err(error) = done {
            // A step that fails without a failed test is a failure too.
            if count.failed == before.failed {
                count.failed += 1;
            }
            failure = Some(format!(
                "the step {} failed: {error}\nOnce it is mended, `cargo xtask test --only {}` tries it alone",
                name(*step),
                name(*step)
            ));
            break;
        }
    }
    println!("\n{}", summary(&table));
    if let Some(failure) = &failure {
        println!("{failure}");
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    if failure.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Step {
    fn run(self, count: &mut Count) -> Result {
        match self {
            Self::Fmt => run::run(cargo().args(["fmt", "--check"]))
                .map_err(|error| format!("{error}. `cargo fmt` puts it right").into()),
            Self::Habits => {
                tools::compare_rust()?;
                run::run(&mut command(tools::typos()?))?;
                // Where that is set, it believes that cargo calls it, and wants its own name first.
                run::run(command(tools::cargo_machete()?).env_remove("CARGO"))
            }
            Self::Audit => {
                audit::textareas()?;
                audit::browser_dependencies()?;
                run::run(cargo().args(["run", "--quiet", "--locked", "--package=advisories"]))
            }
            Self::Clippy => clippy(),
            Self::Unit => unit(count),
            Self::Faults => faults(count),
            Self::Build => {
                release::build(false)?;
                audit::browser_binary()
            }
            Self::End2end => end2end(count),
        }
    }
}

/// The two sides of `islands` never meet in one call: their features exclude each other.
fn clippy() -> Result {
    tools::wasm_target()?;
    let server_side = [&CRATES[..], &["-pbaseline", "--all-targets"]].concat();
    let calls: [&[&str]; 4] = [
        &server_side,
        &["-pserver", "--test=faults"],
        &["-pfrontend", "--target=wasm32-unknown-unknown"],
        &["-pislands", "--features=hydrate", "--target=wasm32-unknown-unknown"],
    ];
    for call in calls {
        run::run(cargo().args(["clippy", "--locked"]).args(call).args(["--", "-Dwarnings"]))?;
    }
    Ok(())
}

fn unit(count: &mut Count) -> Result {
    let postgres = Postgres::start()?;
    run::run_seeing(
        cargo().args(["test", "--locked"]).args(CRATES).arg("--no-fail-fast").env(postgres::URL, postgres.url()),
        |line| count.see(line),
    )
}

/// Each of these tests has a PostgreSQL of its own, because they stop it.
fn faults(count: &mut Count) -> Result {
    run::run_seeing(&mut faulty()?, |line| count.see(line))
}

/// The tests of what fails around the program.
fn faulty() -> Result<Command> {
    let mut command = cargo();
    command.args(["test", "--locked"]).args(CRATES).args(["--test", "faults", "--no-fail-fast"]);
    command.env("PINDESK_TEST_POSTGRES_BIN", system::postgres_bin()?);
    Ok(command)
}

/// Those of them that can go on for long do so for these minutes, side by side, with a release or the program that is named,
/// and print their figures.
///
/// # Errors
/// When one fails.
pub(crate) fn soak(minutes: u32, binary: Option<&Path>) -> Result {
    let binary = release::given_or_built(binary)?;
    say(format_args!(
        "Building, and then {minutes} min of crashes, a PostgreSQL that comes and goes, large uploads, and made-up requests"
    ));
    let long = ["crash::", "requests::", "memory::", "postgres::uploads_while", "postgres::two_processes"];
    let mut command = faulty()?;
    command.arg("--").args(long).args(["--nocapture", "--test-threads=5"]).env("PINDESK_FAULTS_PROGRAM", binary);
    run::run(command.env("PINDESK_SOAK_MINUTES", minutes.to_string()))
}

fn end2end(count: &mut Count) -> Result {
    let binary = repo::binary();
    if !binary.is_file() {
        return Err(format!("there is no {}: run `cargo xtask build` first", binary.display()).into());
    }
    let chromium = system::chromium()?;
    let npm = system::npm()?;
    let dir = repo::root().join("end2end");
    let lock = stamp::of_file(&dir.join("package-lock.json"))?;
    let kept = dir.join("node_modules/.pindesk-stamp");
    if fs::read_to_string(&kept).ok().as_ref() != Some(&lock) {
        say("Installing Playwright's npm packages, about 20 seconds");
        run::run(
            command(npm)
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&dir)
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )?;
        fs::write(&kept, lock)?;
    }
    run::run_seeing(
        command("npx")
            .args(["--no-install", "playwright", "test"])
            .current_dir(&dir)
            .env("PINDESK_BIN", binary)
            .env("CHROMIUM", chromium),
        |line| count.see(line),
    )
}

fn name(step: Step) -> String {
    step.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn summary(table: &[(Step, bool, Duration)]) -> String {
    let row = |(step, passed, time): &(Step, bool, Duration)| {
        format!("{:<8} {:<7} {:>12}\n", name(*step), if *passed { "passed" } else { "FAILED" }, run::duration(*time))
    };
    table.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_lines_up() {
        let table = [(Step::Fmt, true, Duration::from_millis(900)), (Step::End2end, false, Duration::from_secs(75))];
        assert_eq!(summary(&table), "fmt      passed         0.9 s\nend2end  FAILED    1 min 15 s\n");
    }
}
