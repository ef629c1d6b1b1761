//! The flags of the settings, from their table: every command takes them, at every place.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::config::{SETTINGS, Setting};

/// They are hidden: the help of `serve` alone shows them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct Flags {
    /// Settings file [env: PINDESK_CONFIG] [default: Leptos.toml if it is there]
    #[arg(long, value_name = "FILE", global = true, hide = true)]
    pub(super) config: Option<PathBuf>,
    /// Go on although the database has people in it and their secret is missing, which makes a new one, or is another one;
    /// everybody is logged out, and unused PINs are void
    #[arg(long, global = true, hide = true)]
    pub(super) new_secret: bool,
    #[command(flatten)]
    pub(super) settings: Given,
}

/// The settings that were given as flags: keys and values.
#[derive(Debug)]
pub(super) struct Given(pub(super) Vec<(String, String)>);

fn flags() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| !setting.is_secret)
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(|setting| {
            let Setting { key, env, range, help, .. } = setting;
            let help = format!("{help} ({range}) [env: {env}] [default: {}]", setting.shown_default());
            Arg::new(*key).long(*key).value_name("VALUE").help(help).global(true).hide(true)
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |setting: &Setting| Some((setting.key.to_owned(), matches.get_one::<String>(setting.key)?.clone()));
        Ok(Self(flags().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The settings that are no flags, for the end of the help.
pub(super) fn secrets() -> String {
    let secret = |setting: &Setting| {
        let Setting { key, env, range, help, .. } = setting;
        format!(
            "Not a flag, because others on this machine could read it:\n  {env} in the environment, {key} in Leptos.toml\n    {help} ({range}) [default: {}]",
            setting.shown_default()
        )
    };
    SETTINGS.iter().filter(|setting| setting.is_secret).map(secret).collect::<Vec<_>>().join("\n")
}
