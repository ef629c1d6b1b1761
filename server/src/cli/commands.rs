//! What the commands do: decode, call the desk as the command line, print.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::ArgMatches;
use desk::{Desk, NewPins};
use domain::{Actor, Error, PersonDraft, Role};
use serde_json::json;

use super::{Failure, print};
use crate::config::Settings;

async fn open(settings: Settings) -> Result<Desk, Failure> {
    Desk::open(settings.desk()).await.map_err(|error| Failure::new(error.to_string()))
}

/// The sentences of a refusal, each with its field.
fn refused(error: &Error) -> Failure {
    match error.fields() {
        Some(fields) => Failure::new(
            fields
                .0
                .iter()
                .flat_map(|(field, sentences)| sentences.iter().map(move |sentence| format!("{field}: {sentence}")))
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        None => Failure::new(error.to_string()),
    }
}

fn text(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

/// Opening a desk migrates it.
pub(super) async fn migrate(settings: Settings) -> Result<(), Failure> {
    open(settings).await?;
    print(format!("The database is at version {}.", env!("CARGO_PKG_VERSION")))
}

pub(super) async fn create_superuser(settings: Settings, matches: &ArgMatches) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let password = password(matches.get_flag("password-stdin"))?;
    let draft = PersonDraft { username: text(matches, "username"), name: String::new(), email: text(matches, "email") };
    let admin = desk
        .users()
        .create_staff(&Actor::command_line(), &draft, Role::Admin, &password)
        .await
        .map_err(|error| refused(&error))?;
    print(format!("{} is an admin now. Log in at /admin/login.", admin.username))
}

fn password(from_stdin: bool) -> Result<String, Failure> {
    let cannot = |error: io::Error| Failure::new(format!("cannot read the password: {error}"));
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(cannot)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure {
            message: "there is no terminal to ask for the password; pipe it in and add --password-stdin".to_owned(),
            code: 2,
        });
    }
    let first = rpassword::prompt_password("Password: ").map_err(cannot)?;
    let second = rpassword::prompt_password("Password again: ").map_err(cannot)?;
    if first == second { Ok(first) } else { Err(Failure::new("the two passwords differ; try again")) }
}

pub(super) async fn create_customer(settings: Settings, matches: &ArgMatches) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let draft =
        PersonDraft { username: text(matches, "username"), name: text(matches, "name"), email: text(matches, "email") };
    let customer =
        desk.users().create_customer(&Actor::command_line(), &draft).await.map_err(|error| refused(&error))?;
    if matches.get_flag("json") {
        let customer = json!({
            "id": customer.id, "username": customer.username, "name": customer.name, "email": customer.email,
        });
        print(customer)?;
    } else {
        print(format!("Made the customer {0}. Issue a PIN with: pindesk pin create {0}", customer.username))?;
    }
    Ok(())
}

/// The person behind a username; `create` is the command that makes one.
async fn person(desk: &Desk, username: &str, create: &str) -> Result<domain::Person, Failure> {
    desk.users().by_username(&Actor::command_line(), username).await.map_err(|error| match error {
        Error::NotFound => Failure::new(format!("there is no user \"{username}\"{create}")),
        error => refused(&error),
    })
}

pub(super) async fn create_pins(settings: Settings, matches: &ArgMatches) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let username = text(matches, "username");
    let create = format!("; make them with: pindesk customer create {username}");
    let customer = person(&desk, &username, &create).await?;
    let new = NewPins {
        user_id: customer.id,
        ttl: matches.get_one("ttl").copied(),
        count: matches.get_one("count").copied().unwrap_or(1),
    };
    let pins = desk.pins().issue(&Actor::command_line(), new).await.map_err(|error| refused(&error))?;
    let printed = if matches.get_flag("json") {
        let pins: Vec<_> = pins
            .iter()
            .map(|issued| {
                json!({
                    "pin": issued.pin.to_string(), "username": issued.username, "expires_at": issued.expires_at,
                })
            })
            .collect();
        print(serde_json::Value::Array(pins))
    } else {
        pins.iter().try_for_each(|issued| print(&issued.pin))
    };
    // They count, and nobody can look them up.
    printed.map_err(|failure| Failure {
        message: format!(
            "{}. PINs were issued that nobody has seen: revoke them at /admin/pins, and issue others",
            failure.message
        ),
        ..failure
    })
}

pub(super) async fn revoke_pin(settings: Settings, matches: &ArgMatches) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let revoked = desk.pins().revoke_by_pin(&Actor::command_line(), &text(matches, "pin")).await;
    let record = revoked.map_err(|error| match error {
        Error::NotFound | Error::WrongPin => {
            Failure::new("there is no such PIN that could still be redeemed; check it, or see /admin/pins")
        }
        error => refused(&error),
    })?;
    print(format!("Revoked a PIN of {}.", record.username))
}

pub(super) async fn end_sessions(settings: Settings, matches: &ArgMatches) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let person = person(&desk, &text(matches, "username"), "; check the spelling").await?;
    let ended = desk.sessions().end_all_of(&Actor::command_line(), person.id).await.map_err(|error| refused(&error))?;
    print(format!("Ended {ended} session{} of {}.", if ended == 1 { "" } else { "s" }, person.username))
}
