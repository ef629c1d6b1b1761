//! The load tool, wrk: one scenario at a time, its figures read from one line.

use crate::client::Caller;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use xtask::{
    Result,
    run::{self, command},
    system,
};

/// Tells wrk what to send, and prints its figures in one line.
const SCRIPT: &str = include_str!("wrk.lua");

/// What every request of a scenario sends.
pub(crate) enum Body {
    Nothing,
    /// This file, with this content type.
    Same(PathBuf, &'static str),
    /// Each a line of this file, with this content type; none twice.
    Lines(PathBuf, &'static str),
}

/// One kind of request.
pub(crate) struct Scenario {
    pub(crate) url: String,
    /// Who asks, where that must be known.
    pub(crate) caller: Option<Caller>,
    pub(crate) body: Body,
}

/// What wrk saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
    /// Half of the answers came sooner.
    pub(crate) p50: Duration,
    /// Of a hundred answers 99 came sooner.
    pub(crate) p99: Duration,
    /// Answers of 400 and above, and connections that failed.
    pub(crate) errors: u64,
    /// There were too few lines, so it stopped early and `per_second` is too low.
    pub(crate) ran_out: bool,
}

impl Figures {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.time.as_secs_f64()
    }
}

/// wrk with so many connections, on one thread: it shares the cores with what it loads.
pub(crate) struct Load {
    program: PathBuf,
    script: PathBuf,
    connections: u32,
}

impl Load {
    /// Installs wrk when it is missing, and writes its script to `dir`.
    ///
    /// # Errors
    /// When there is no wrk and none can be installed, or `dir` cannot be written.
    pub(crate) fn new(dir: &Path, connections: u32) -> Result<Self> {
        let program = system::wrk()?;
        let script = dir.join("wrk.lua");
        fs::write(&script, SCRIPT)?;
        Ok(Self { program, script, connections })
    }

    /// Loads for so long.
    ///
    /// # Errors
    /// When wrk fails or says something else than expected.
    pub(crate) fn run(&self, scenario: &Scenario, seconds: u32) -> Result<Figures> {
        let mut wrk = command(&self.program);
        wrk.args(["--threads=1", "--timeout=30s"])
            .arg(format!("--connections={}", self.connections))
            .arg(format!("--duration={seconds}s"));
        if let Some(caller) = &scenario.caller {
            wrk.arg("--header").arg(caller.to_string());
        }
        if let Body::Same(_, kind) | Body::Lines(_, kind) = &scenario.body {
            wrk.arg("--header").arg(format!("Content-Type: {kind}"));
        }
        wrk.arg("--script").arg(&self.script).arg(&scenario.url).arg("--");
        match &scenario.body {
            Body::Nothing => wrk.arg("GET"),
            Body::Same(file, _) => wrk.args(["POST", "body"]).arg(file),
            Body::Lines(file, _) => wrk.args(["POST", "lines"]).arg(file),
        };
        let said = run::output(&mut wrk)?;
        figures(&said).ok_or_else(|| format!("wrk did not say how it went, but: {said}").into())
    }
}

/// The line that the script prints at the end.
fn figures(said: &str) -> Option<Figures> {
    let line = said.lines().find_map(|line| line.strip_prefix("bench "))?;
    let numbers = line.split_whitespace().map(str::parse).collect::<std::result::Result<Vec<u64>, _>>().ok()?;
    let &[requests, time, p50, p99, errors, ran_out] = numbers.as_slice() else { return None };
    Some(Figures {
        requests,
        time: Duration::from_micros(time),
        p50: Duration::from_micros(p50),
        p99: Duration::from_micros(p99),
        errors,
        ran_out: ran_out != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
Running 2s test @ http://127.0.0.1:9911/x
  1 threads and 8 connections
  92346 requests in 2.01s, 3.52MB read
Requests/sec:  45944.61
bench 92346 2009942 125 4708 3 0
";

    #[test]
    fn reads_what_the_script_prints() {
        let figures = figures(SAID).unwrap();
        assert_eq!((figures.requests, figures.errors, figures.ran_out), (92346, 3, false));
        assert_eq!((figures.p50, figures.p99), (Duration::from_micros(125), Duration::from_micros(4708)));
        assert_eq!(figures.per_second().round(), 45945.0);
    }

    #[test]
    fn other_words_are_no_figures() {
        assert_eq!(figures("unable to connect to 127.0.0.1:1 Connection refused\n"), None);
        assert_eq!(figures("bench 1 2 3\n"), None);
        assert_eq!(figures(&SAID.replace("4708", "-nan")), None);
    }
}
