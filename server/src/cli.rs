//! The command line: what can be called, and how it ends.
//!
//! Exit 0 on success, 1 when it could not be done, 2 when it was called wrongly; the message says what to do.

mod commands;
mod factors;
mod flags;
mod operations;
mod storage;
mod tokens;

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{Config, ConfigError, Sources, markdown};
use commands::{End, NewAdmin, NewCustomer, Revoke, SomePins};
use flags::Flags;
use tokens::{List, NewToken, Which};

/// A support desk whose customers log in with a one-time PIN
#[derive(Debug, Parser)]
#[command(
    name = "pindesk",
    version,
    disable_help_subcommand = true,
    after_help = "Settings are flags, environment variables or Leptos.toml: `pindesk serve --help` lists them."
)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database to this version, then serve (the default)
    Serve,
    /// Bring the database to this version
    Migrate(commands::Migrate),
    /// Make a backup, beside a running desk too
    Backup(operations::Backup),
    /// Put a backup in the place of a desk
    Restore(operations::Restore),
    /// Look whether everything is as it should be; exit 1 for warnings, 2 for faults
    Doctor(operations::Doctor),
    /// Where files of tickets are kept
    #[command(subcommand)]
    Storage(storage::Storage),
    /// Ask the running site whether it is ready; exit 0 or 1
    Healthcheck,
    /// Make an admin
    #[command(name = "createsuperuser")]
    CreateSuperuser(NewAdmin),
    /// Customers
    #[command(subcommand)]
    Customer(Customer),
    /// Support PINs
    #[command(subcommand)]
    Pin(Pin),
    /// Sessions
    #[command(subcommand)]
    Session(Session),
    /// Second factors of staff
    #[command(subcommand)]
    Factor(Factor),
    /// Link a member of staff to their account at the provider that staff log in with
    Link(factors::Link),
    /// API tokens, with which programs of staff call
    #[command(subcommand)]
    Token(Token),
    /// Show each setting, its value and where it comes from
    ShowConfig {
        /// Print the table of the README
        #[arg(long)]
        markdown: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Customer {
    /// Make a customer
    Create(NewCustomer),
    /// Delete a customer with all that is theirs; without --yes it is only told what would go
    Erase(commands::Erase),
}

#[derive(Debug, Subcommand)]
enum Pin {
    /// Issue Support PINs for a customer
    Create(SomePins),
    /// Revoke an unused PIN
    Revoke(Revoke),
}

#[derive(Debug, Subcommand)]
enum Session {
    /// End every session of a user
    End(End),
}

#[derive(Debug, Subcommand)]
enum Factor {
    /// Take the second factor of a member of staff away, who lost it, and end their sessions
    Remove(factors::Whose),
}

#[derive(Debug, Subcommand)]
enum Token {
    /// Make a token and show it, once
    Create(NewToken),
    /// List the tokens that were not revoked
    List(List),
    /// Revoke a token
    Revoke(Which),
}

/// Something was refused; the message goes to standard error.
#[derive(Debug)]
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let message = format!("the settings are not right\n  {}", error.lines.join("\n  "));
        Self { message, code: if error.is_usage { 2 } else { 1 } }
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    // What it writes is for its owner alone: nobody else on the machine reads the desk.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let called = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    match run(called) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The doctor has said it all.
            if !failure.message.is_empty() {
                warn(failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

/// The commands and their flags; `serve` alone shows those of the settings.
pub fn command() -> clap::Command {
    let shown = Flags::augment_args(clap::Command::default());
    let shown: Vec<_> = shown.get_arguments().cloned().map(|flag| flag.hide(false)).collect();
    Cli::command().mut_subcommand("serve", |serve| serve.args(shown).after_help(flags::secrets()))
}

/// Prints the outcome. Where nobody takes it (a pipe that was closed, a full disk) that is a failure, and no panic.
fn print(line: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let printed = writeln!(out, "{line}").and_then(|()| out.flush());
    printed.map_err(|error| Failure::new(format!("cannot print the outcome: {error}")))
}

/// Says something on standard error, if anybody hears it.
fn warn(message: impl Display) {
    let _ = writeln!(io::stderr(), "pindesk: {message}");
}

fn run(Cli { flags, command }: Cli) -> Result<(), Failure> {
    let command = command.unwrap_or(Command::Serve);
    if matches!(command, Command::ShowConfig { markdown: true }) {
        return print(markdown().trim_end());
    }
    let mut config = Sources::of_process(flags.settings.0, flags.config).resolve()?;
    config.settings.desk.new_secret = flags.new_secret;
    for warning in &config.warnings {
        warn(warning);
    }
    if matches!(command, Command::ShowConfig { .. }) {
        return config
            .lines()
            .iter()
            .try_for_each(|[key, value, origin]| print(format!("{key:<20} {value:<45} {origin}")));
    }
    crate::log::start(&config.settings, matches!(command, Command::Serve) || !config.is_default("log-level"));
    if config.is_readable_by_others() {
        tracing::warn!(
            "--database-url holds a password, and others on this machine can read the flags of a running program. Use \
             PINDESK_DATABASE_URL or Leptos.toml"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    runtime.block_on(carry_out(command, config))
}

async fn carry_out(command: Command, Config { settings, .. }: Config) -> Result<(), Failure> {
    match command {
        Command::Serve => crate::serve::run(settings).await.map_err(Failure::new),
        Command::Migrate(how) => commands::migrate(settings, how).await,
        Command::Backup(backup) => operations::backup(settings, backup).await,
        Command::Restore(restore) => operations::restore(settings, restore).await,
        Command::Doctor(doctor) => operations::doctor(settings, doctor).await,
        Command::Storage(storage) => storage::run(settings, storage).await,
        Command::Healthcheck => operations::healthcheck(settings).await,
        Command::CreateSuperuser(admin) => commands::create_superuser(settings, admin).await,
        Command::Customer(Customer::Create(customer)) => commands::create_customer(settings, customer).await,
        Command::Customer(Customer::Erase(which)) => commands::erase(settings, which).await,
        Command::Pin(Pin::Create(pins)) => commands::create_pins(settings, pins).await,
        Command::Pin(Pin::Revoke(pin)) => commands::revoke_pin(settings, pin).await,
        Command::Session(Session::End(end)) => commands::end_sessions(settings, end).await,
        Command::Factor(Factor::Remove(whose)) => factors::remove(settings, whose).await,
        Command::Link(link) => factors::link(settings, link).await,
        Command::Token(Token::Create(token)) => tokens::create(settings, token).await,
        Command::Token(Token::List(list)) => tokens::list(settings, list).await,
        Command::Token(Token::Revoke(which)) => tokens::revoke(settings, which).await,
        // It needs no desk and was answered before.
        Command::ShowConfig { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use domain::PinCount;

    use super::*;
    use crate::config::SETTINGS;

    #[test]
    fn the_commands_hold_together() {
        command().debug_assert();
    }

    #[test]
    fn as_many_pins_as_the_desk_issues() {
        let most = PinCount::RANGE.end().to_string();
        command().try_get_matches_from(["pindesk", "pin", "create", "ana", "--count", &most]).unwrap();
    }

    #[test]
    fn every_setting_is_in_the_help_of_serve() {
        let mut command = command();
        let serve = command.find_subcommand_mut("serve").unwrap();
        let help = serve.render_long_help().to_string();
        for setting in SETTINGS {
            assert!(help.contains(setting.env), "{} is not in\n{help}", setting.env);
        }
    }

    #[test]
    fn wrong_calls_are_usage_errors() {
        for call in [
            &["pindesk", "pin"][..],
            &["pindesk", "pin", "create"],
            &["pindesk", "pin", "create", "ana", "--ttl", "soon"],
            &["pindesk", "pin", "create", "ana", "--count", "0"],
            &["pindesk", "pin", "create", "ana", "--count", "1001"],
            &["pindesk", "pin", "create", "ana", "--ticket", "seven"],
            &["pindesk", "pin", "create", "ana", "--can", "write"],
            &["pindesk", "pin", "create", "ana", "--stays", "long"],
            &["pindesk", "pin", "create", "ana", "--drop"],
            &["pindesk", "pin", "create", "ana", "--drop", "--ticket", "7", "--can", "read"],
            &["pindesk", "token", "create", "--user", "eva", "--name", "Phone"],
            &["pindesk", "token", "create", "--user", "eva", "--name", "Phone", "--ttl", "never"],
            &["pindesk", "token", "create", "--name", "Phone", "--ttl", "90d"],
            &["pindesk", "token", "revoke", "seven"],
            &["pindesk", "factor", "remove"],
            &["pindesk", "storage", "move"],
            &["pindesk", "serve", "--no-such-flag"],
            &["pindesk", "no-such-command"],
        ] {
            let error = command().try_get_matches_from(call).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{call:?}");
        }
    }
}
