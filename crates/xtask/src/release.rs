//! The one build pipeline, and what runs after it.

use crate::{
    Result, repo,
    run::{self, command, say},
    site, stamp, tools,
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Instant,
};

/// Builds the release, unless the last build was of the same sources.
///
/// # Errors
/// When a tool or the build fails.
pub fn build(rebuild: bool) -> Result {
    // Before the build, so that what changes during it counts as changed.
    let sources = stamp::of_sources()?;
    if !rebuild && stamp::is_fresh(sources) {
        say("The release build is up to date");
        return Ok(());
    }
    let tools = tools::build()?;
    say("Building the release; from nothing it takes 5 to 10 minutes on two cores");
    let start = Instant::now();
    let build = |args: &[&str]| {
        let mut command = tools.cargo_leptos();
        // Its own backtrace would hide the compiler's message.
        command.args(["build", "--release"]).args(args).env("RUST_BACKTRACE", "0");
        run::run(&mut command)
    };
    build(&["--frontend-only", "--split", "-P", "--lib-cargo-args=--locked"])?;
    site::shorten_names(&repo::target().join("site/pkg"))?;
    build(&["--server-only", "--split", "--bin-cargo-args=--locked"])?;
    stamp::keep(sources)?;
    say(format_args!("Built {} in {}", repo::binary().display(), run::duration(start.elapsed())));
    Ok(())
}

/// The program that was named, or else the release, built if need be.
///
/// # Errors
/// When there is no such file, or the build fails.
pub fn given_or_built(given: Option<&Path>) -> Result<PathBuf> {
    match given {
        Some(given) => given.canonicalize().map_err(|error| format!("there is no {}: {error}", given.display()).into()),
        None => {
            build(false)?;
            Ok(repo::binary())
        }
    }
}

/// Builds what changed and becomes the server.
///
/// # Errors
/// When the build fails or the server cannot be started.
pub fn serve(rebuild: bool, args: &[OsString]) -> Result {
    build(rebuild)?;
    run::become_it(command(repo::binary()).arg("serve").args(args))
}

/// Becomes the development loop.
///
/// # Errors
/// When a tool fails.
pub fn watch(args: &[OsString]) -> Result {
    run::become_it(tools::build()?.cargo_leptos().args(["watch", "--split"]).args(args))
}
