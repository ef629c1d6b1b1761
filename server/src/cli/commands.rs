//! What the commands do: decode, call the desk as the command line, print.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    ops::RangeInclusive,
};

use clap::{Args, value_parser};
use desk::{Desk, NewPins};
use domain::{Actor, CanSet, Error, PersonDraft, PinCount, Purpose, Role, ScopeDraft, TicketId, card_number};
use serde_json::json;

use super::{Failure, print, warn};
use crate::config::{Settings, duration};

pub(super) async fn open(settings: Settings) -> Result<Desk, Failure> {
    Desk::open(settings.desk).await.map_err(|error| Failure::new(error.to_string()))
}

/// The sentences of a refusal, each with its field.
pub(super) fn refused(error: &Error) -> Failure {
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

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Tell what would be run, and on SQLite how long it takes on a copy; the desk stays as it is
    #[arg(long)]
    dry_run: bool,
}

/// Opening a desk migrates it.
pub(super) async fn migrate(settings: Settings, Migrate { dry_run }: Migrate) -> Result<(), Failure> {
    if dry_run {
        return rehearse(settings).await;
    }
    open(settings).await?;
    print(format!("The database is at version {}.", env!("CARGO_PKG_VERSION")))
}

async fn rehearse(settings: Settings) -> Result<(), Failure> {
    let plan = desk::rehearse_upgrade(&settings.desk).await.map_err(|error| Failure::new(error.0))?;
    if plan.migrations.is_empty() {
        return print(format!(
            "The database is at version {} already: nothing would be run.",
            env!("CARGO_PKG_VERSION")
        ));
    }
    print("These migrations would be run, after a backup:")?;
    for name in &plan.migrations {
        print(format!("  {name}"))?;
    }
    match plan.took {
        Some(took) => print(format!("On a copy they took {:.1} s. The desk was left as it is.", took.as_secs_f64())),
        None => print(
            "On PostgreSQL they are not tried here. To know how long they take, restore a backup into another database with \
             this version: pindesk restore FILE, with PINDESK_DATABASE_URL and PINDESK_DATA_DIR of their own.",
        ),
    }
}

#[derive(Debug, Args)]
pub(super) struct NewAdmin {
    /// Username
    #[arg(long, value_name = "U")]
    username: String,
    /// Email address
    #[arg(long, value_name = "E", default_value = "", hide_default_value = true)]
    email: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn create_superuser(settings: Settings, admin: NewAdmin) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let password = password(admin.password_stdin)?;
    let draft = PersonDraft { username: admin.username, name: String::new(), email: admin.email };
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

#[derive(Debug, Args)]
pub(super) struct NewCustomer {
    /// Username
    #[arg(value_name = "U", required_unless_present = "unnamed")]
    username: Option<String>,
    /// The name to show
    #[arg(long, value_name = "N", default_value = "", hide_default_value = true)]
    name: String,
    /// Email address
    #[arg(long, value_name = "E", default_value = "", hide_default_value = true)]
    email: String,
    /// Somebody without an identity: with an alias, and nothing else
    #[arg(long, conflicts_with_all = ["username", "name", "email"])]
    unnamed: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn create_customer(settings: Settings, new: NewCustomer) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let me = Actor::command_line();
    let made = match new.username {
        Some(username) => {
            let draft = PersonDraft { username, name: new.name, email: new.email };
            desk.users().create_customer(&me, &draft).await
        }
        None => desk.users().create_unnamed(&me).await,
    };
    let customer = made.map_err(|error| refused(&error))?;
    if new.json {
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
pub(super) async fn person(desk: &Desk, username: &str, create: &str) -> Result<domain::Person, Failure> {
    desk.users().by_username(&Actor::command_line(), username).await.map_err(|error| match error {
        Error::NotFound => Failure::new(format!("there is no user \"{username}\"{create}")),
        error => refused(&error),
    })
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// Username
    username: String,
    /// Do it: it cannot be taken back
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn erase(settings: Settings, Erase { username, yes, json }: Erase) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let id = person(&desk, &username, "").await?.id;
    let me = Actor::command_line();
    let users = desk.users();
    let erasure = if yes { users.erase(&me, id).await } else { users.erasure(&me, id).await };
    let erasure = erasure.map_err(|error| refused(&error))?;
    if json {
        return print(json!({
            "user": id, "erased": yes, "goes": erasure.goes(), "stays": erasure.stays(), "counts": erasure,
        }));
    }
    print(if yes { format!("Erased {username}:") } else { format!("Of {username} this would go:") })?;
    erasure.goes().iter().try_for_each(|item| print(format!("  {item}")))?;
    erasure.stays().iter().try_for_each(print)?;
    if yes { Ok(()) } else { print("Nothing was done. Add --yes to do it; it cannot be taken back.") }
}

#[derive(Debug, Args)]
pub(super) struct SomePins {
    /// Username
    #[arg(value_name = "U")]
    username: String,
    /// How long they can be redeemed, as in 30m, 24h, 7d [default: the setting pin-life]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    ttl: Option<i64>,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(count_range()))]
    count: u32,
    /// For this ticket of theirs alone
    #[arg(long, value_name = "N")]
    ticket: Option<TicketId>,
    /// What its session may do: read, reply, upload, delegate, with commas between them [default: everything; for one
    /// ticket read,reply,upload]
    #[arg(long, value_name = "WORDS", conflicts_with = "drop")]
    can: Option<CanSet>,
    /// How long its session stays, as in 30m, 8h, 7d [default: as long as any; to drop files 48h]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    stays: Option<i64>,
    /// What it is called
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    label: String,
    /// To add files to the ticket, and for nothing else
    #[arg(long, requires = "ticket")]
    drop: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn count_range() -> RangeInclusive<i64> {
    i64::from(*PinCount::RANGE.start())..=i64::from(*PinCount::RANGE.end())
}

pub(super) async fn create_pins(settings: Settings, asked: SomePins) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let create = format!("; make them with: pindesk customer create {}", asked.username);
    let customer = person(&desk, &asked.username, &create).await?;
    let scope = ScopeDraft {
        ticket: asked.ticket,
        can: asked.can,
        stays: asked.stays,
        label: asked.label,
        purpose: if asked.drop { Purpose::Drop } else { Purpose::Login },
    };
    let new = NewPins { user_id: customer.id, ttl: asked.ttl, count: asked.count, scope };
    let pins = desk.pins().issue(&Actor::command_line(), new).await.map_err(|error| refused(&error))?;
    if desk.recoveries().is_sensitive(&Actor::command_line(), customer.id).await.unwrap_or_default() {
        warn(format!(
            "{} is marked as sensitive, and on pages a second member of staff confirms each PIN; here nobody did",
            customer.username
        ));
    }
    let replaced: u64 = pins.iter().map(|issued| issued.replaced).sum();
    if replaced > 0 {
        warn(format!(
            "the PIN that {} had for the same and nobody used was revoked; this one takes its place",
            customer.username
        ));
    }
    let printed = if asked.json {
        let pins: Vec<_> = pins
            .iter()
            .map(|issued| {
                json!({
                    "pin": issued.pin.to_string(),
                    "username": issued.username,
                    "expires_at": issued.expires_at,
                    "ticket": issued.scope.ticket,
                    "can": issued.scope.can,
                    "stays": issued.scope.stays,
                    "label": issued.scope.label,
                    "purpose": issued.scope.purpose,
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

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The PIN
    #[arg(value_name = "PIN")]
    pin: String,
}

pub(super) async fn revoke_pin(settings: Settings, Revoke { pin }: Revoke) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let actor = Actor::command_line();
    let revoked = match desk.pins().revoke_by_pin(&actor, &pin).await {
        Ok(record) => Ok(format!("Revoked a PIN of {}.", record.username)),
        // A card that nobody used is nobody's PIN yet.
        Err(Error::NotFound) => desk
            .cards()
            .revoke_by_pin(&actor, &pin)
            .await
            .map(|(number, batch)| format!("Revoked card {} of {batch}.", card_number(number))),
        Err(error) => Err(error),
    };
    print(revoked.map_err(|error| match error {
        Error::NotFound | Error::WrongPin => {
            Failure::new("there is no such PIN that could still be redeemed; check it, or see /admin/pins")
        }
        error => refused(&error),
    })?)
}

#[derive(Debug, Args)]
pub(super) struct End {
    /// Username
    #[arg(value_name = "U")]
    username: String,
}

pub(super) async fn end_sessions(settings: Settings, End { username }: End) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let person = person(&desk, &username, "; check the spelling").await?;
    let ended = desk.sessions().end_all_of(&Actor::command_line(), person.id).await.map_err(|error| refused(&error))?;
    let plural = if ended == 1 { "" } else { "s" };
    let tokens = if person.role.is_staff() { ", and revoked their API tokens" } else { "" };
    print(format!("Ended {ended} session{plural} of {}{tokens}.", person.username))
}
