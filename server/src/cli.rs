//! The command line: what can be called, and how it ends.
//!
//! Exit 0 on success, 1 when it could not be done, 2 when it was called wrongly; the message says what to do.

mod commands;

use std::{
    fmt::Display,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use domain::PinCount;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::{SETTINGS, Sources, duration, markdown};

const NEW_SECRET: &str = "new-secret";

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

/// The whole program.
pub fn main() -> ExitCode {
    // What it writes is for its owner alone: nobody else on the machine reads the desk.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let matches = command().get_matches();
    match run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            warn(failure.message);
            ExitCode::from(failure.code)
        }
    }
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

fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let path = leaf(matches);
    let leaf = path.last().map_or(matches, |(_, matches)| matches);
    let names: Vec<&str> = path.iter().map(|(name, _)| *name).collect();
    if names == ["show-config"] && leaf.get_flag("markdown") {
        return print(markdown().trim_end());
    }
    let flags = SETTINGS
        .iter()
        .filter(|setting| !setting.is_secret)
        .filter_map(|setting| {
            let levels = path.iter().rev().map(|(_, matches)| *matches).chain([matches]);
            let value = levels.filter_map(|matches| given::<String>(matches, setting.key)).next()?;
            Some((setting.key.to_owned(), value.clone()))
        })
        .collect();
    let file = given::<PathBuf>(leaf, "config").or_else(|| given(matches, "config")).cloned();
    let mut config = Sources::of_process(flags, file).resolve().map_err(|error| Failure {
        message: format!("the settings are not right\n  {}", error.lines.join("\n  ")),
        code: if error.is_usage { 2 } else { 1 },
    })?;
    for warning in &config.warnings {
        warn(warning);
    }
    config.settings.new_secret =
        [matches, leaf].iter().any(|matches| given::<bool>(matches, NEW_SECRET).is_some_and(|given| *given));
    if names == ["show-config"] {
        for [key, value, origin] in config.lines() {
            print(format!("{key:<20} {value:<45} {origin}"))?;
        }
        return Ok(());
    }
    let is_serving = matches!(names.as_slice(), [] | ["serve"]);
    crate::log::start(&config.settings, is_serving || !config.is_default("log-level"));
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
    runtime.block_on(async {
        match names.as_slice() {
            [] | ["serve"] => crate::serve::run(config.settings).await.map_err(Failure::new),
            ["migrate"] => commands::migrate(config.settings).await,
            ["createsuperuser"] => commands::create_superuser(config.settings, leaf).await,
            ["customer", "create"] => commands::create_customer(config.settings, leaf).await,
            ["pin", "create"] => commands::create_pins(config.settings, leaf).await,
            ["pin", "revoke"] => commands::revoke_pin(config.settings, leaf).await,
            ["session", "end"] => commands::end_sessions(config.settings, leaf).await,
            other => Err(Failure::new(format!("there is no command {}", other.join(" ")))),
        }
    })
}

/// What was given for a flag, if this level has it.
fn given<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, name: &str) -> Option<&'a T> {
    matches.try_get_one(name).ok().flatten()
}

/// The subcommands that were called, from the outside in.
fn leaf(matches: &ArgMatches) -> Vec<(&str, &ArgMatches)> {
    let mut path = Vec::new();
    let mut at = matches;
    while let Some((name, inner)) = at.subcommand() {
        path.push((name, inner));
        at = inner;
    }
    path
}

/// The commands and their flags.
pub fn command() -> Command {
    let user = || Arg::new("username").value_name("U").required(true).help("Username");
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    let email = || Arg::new("email").long("email").value_name("E").help("Email address");
    let serve = Command::new("serve").about("Bring the database to this version, then serve (the default)");
    let migrate = Command::new("migrate").about("Bring the database to this version");
    let superuser = Command::new("createsuperuser")
        .about("Make an admin")
        .arg(Arg::new("username").long("username").value_name("U").required(true).help("Username"))
        .arg(email())
        .arg(
            Arg::new("password-stdin")
                .long("password-stdin")
                .action(ArgAction::SetTrue)
                .help("Read the password from the first line of standard input"),
        );
    let customer = Command::new("create")
        .about("Make a customer")
        .arg(user())
        .arg(Arg::new("name").long("name").value_name("N").help("The name to show"))
        .arg(email())
        .arg(json());
    let pin = Command::new("create")
        .about("Issue Support PINs for a customer")
        .arg(user())
        .arg(
            Arg::new("ttl")
                .long("ttl")
                .value_name("TIME")
                .value_parser(duration)
                .help("How long they can be redeemed, as in 30m, 24h, 7d [default: the setting pin-life]"),
        )
        .arg(
            Arg::new("count")
                .long("count")
                .value_name("N")
                .value_parser(
                    value_parser!(u32).range(i64::from(*PinCount::RANGE.start())..=i64::from(*PinCount::RANGE.end())),
                )
                .default_value("1")
                .help("How many"),
        )
        .arg(json());
    let revoke = Command::new("revoke")
        .about("Revoke an unused PIN")
        .arg(Arg::new("pin").value_name("PIN").required(true).help("The PIN"));
    let end = Command::new("end").about("End every session of a user").arg(user());
    let show = Command::new("show-config")
        .about("Show each setting, its value and where it comes from")
        .arg(Arg::new("markdown").long("markdown").action(ArgAction::SetTrue).help("Print the table of the README"));
    Command::new("pindesk")
        .about("A support desk whose customers log in with a one-time PIN")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(settings(true))
        .subcommand(serve.args(settings(false)).after_help(secrets()))
        .subcommand(migrate.args(settings(true)))
        .subcommand(superuser.args(settings(true)))
        .subcommand(group("customer", "Customers", customer))
        .subcommand(
            Command::new("pin")
                .about("Support PINs")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(pin.args(settings(true)))
                .subcommand(revoke.args(settings(true))),
        )
        .subcommand(group("session", "Sessions", end))
        .subcommand(show.args(settings(true)))
        .after_help("Settings are flags, environment variables or Leptos.toml: `pindesk serve --help` lists them.")
}

fn group(name: &'static str, about: &'static str, inner: Command) -> Command {
    Command::new(name)
        .about(about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(inner.args(settings(true)))
}

/// The flags of the settings; every command takes them, `serve --help` shows them.
fn settings(hidden: bool) -> Vec<Arg> {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Settings file [env: PINDESK_CONFIG] [default: Leptos.toml if it is there]");
    let flags = SETTINGS.iter().filter(|setting| !setting.is_secret).map(|setting| {
        Arg::new(setting.key).long(setting.key).value_name("VALUE").help(format!(
            "{} ({}) [env: {}] [default: {}]",
            setting.help,
            setting.range,
            setting.env,
            setting.shown_default()
        ))
    });
    let new_secret = Arg::new(NEW_SECRET).long(NEW_SECRET).action(ArgAction::SetTrue).help(
        "Go on although the database has people in it and their secret is missing, which makes a new one, or is another \
         one; everybody is logged out, and unused PINs are void",
    );
    [config, new_secret].into_iter().chain(flags).map(|arg| arg.hide(hidden).help_heading("Settings")).collect()
}

/// The settings that are no flags, for the end of the help.
fn secrets() -> String {
    SETTINGS
        .iter()
        .filter(|setting| setting.is_secret)
        .map(|setting| {
            format!(
                "Not a flag, because others on this machine could read it:\n  {} in the environment, {} in Leptos.toml\n    {} ({}) [default: {}]",
                setting.env,
                setting.key,
                setting.help,
                setting.range,
                setting.shown_default()
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

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
            &["pindesk", "serve", "--no-such-flag"],
            &["pindesk", "no-such-command"],
        ] {
            let error = command().try_get_matches_from(call).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{call:?}");
        }
    }
}
