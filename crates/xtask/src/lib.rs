//! What stands behind `cargo xtask …` and the programs that it runs: the build, the tools, a throw-away PostgreSQL.

#![expect(clippy::disallowed_methods, reason = "cargo and the person who calls say by variables where things are")]

pub mod package;
pub mod postgres;
pub mod release;
pub mod repo;
pub mod run;
pub mod site;
pub mod stamp;
pub mod system;
pub mod tools;

/// The errors of these commands are sentences for the person who typed them.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;
