//! The commands of API tokens.

use clap::Args;
use domain::{Actor, Cursor, Error, TokenDraft, TokenId, TokenRecord};
use serde_json::{Value, json};

use super::{
    Failure,
    commands::{open, person, refused},
    print,
};
use crate::config::{Settings, duration};

/// Tokens that are read at a time.
const PAGE: usize = 500;

#[derive(Debug, Args)]
pub(super) struct NewToken {
    /// Whose it is: the username of an agent or admin. It may what they may
    #[arg(long, value_name = "U")]
    user: String,
    /// What it is called
    #[arg(long, value_name = "N")]
    name: String,
    /// How long it can be used, as in 24h, 90d; 365 days at most
    #[arg(long, value_name = "TIME", value_parser = duration)]
    ttl: i64,
    /// To read, and to change nothing
    #[arg(long)]
    read_only: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn as_json(token: &TokenRecord) -> Value {
    json!({
        "id": token.id,
        "username": token.username,
        "name": token.name,
        "read_only": token.is_read_only,
        "made_at": token.made_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    })
}

pub(super) async fn create(settings: Settings, new: NewToken) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let owner = person(&desk, &new.user, "; check the spelling").await?;
    let draft = TokenDraft { name: new.name, ttl: Some(new.ttl), is_read_only: new.read_only };
    let made = desk.api_tokens().make_for(&Actor::command_line(), owner.id, &draft).await;
    let made = made.map_err(|error| match error {
        Error::NotFound => Failure::new(format!(
            "{} is no active agent or admin, and only they have API tokens; name one of them",
            owner.username
        )),
        error => refused(&error),
    })?;
    let printed = if new.json {
        let mut shown = as_json(&made.record);
        shown["token"] = made.token.into();
        print(shown)
    } else {
        print(made.token)
    };
    // It can be used, and nobody can look it up.
    printed.map_err(|failure| Failure {
        message: format!(
            "{}. A token was made that nobody has seen: revoke it with pindesk token revoke {}, and make another one",
            failure.message, made.record.id
        ),
        ..failure
    })
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(settings: Settings, List { json: as_list }: List) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let (me, mut cursor, mut all) = (Actor::command_line(), Cursor::First, Vec::new());
    loop {
        let page = desk.api_tokens().list(&me, None, cursor, PAGE).await.map_err(|error| refused(&error))?;
        all.extend(page.items);
        match page.older {
            Some(older) => cursor = Cursor::Before(older),
            None => break,
        }
    }
    if as_list {
        return print(Value::Array(all.iter().map(as_json).collect()));
    }
    if all.is_empty() {
        return print("There are no API tokens.");
    }
    let now = desk.now();
    all.iter().try_for_each(|token| {
        let may = if token.is_read_only { "reads" } else { "reads and writes" };
        let end = if token.is_over(now) { "expired" } else { "until" };
        let used = token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"));
        print(format!("{}\t{}\t{}\t{may}\t{end} {}\t{used}", token.id, token.username, token.name, token.expires_at))
    })
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Its number in `token list`
    #[arg(value_name = "ID")]
    id: TokenId,
}

pub(super) async fn revoke(settings: Settings, Which { id }: Which) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let revoked = desk.api_tokens().revoke(&Actor::command_line(), id).await.map_err(|error| match error {
        Error::NotFound => {
            Failure::new(format!("there is no token {id} that was not revoked; pindesk token list shows them"))
        }
        error => refused(&error),
    })?;
    print(format!("Revoked the token {} of {}.", revoked.name, revoked.username))
}
