//! The commands of second factors, and of accounts elsewhere.

use clap::Args;
use domain::{Actor, Error};

use super::{
    Failure,
    commands::{open, person, refused},
    print,
};
use crate::config::Settings;

#[derive(Debug, Args)]
pub(super) struct Whose {
    /// Username of an agent or admin
    #[arg(value_name = "U")]
    username: String,
}

pub(super) async fn remove(settings: Settings, Whose { username }: Whose) -> Result<(), Failure> {
    let desk = open(settings).await?;
    let member = person(&desk, &username, "; check the spelling").await?;
    let name = &member.username;
    let removed = desk.factors().take_away(&Actor::command_line(), member.id).await;
    let ended = removed.map_err(|error| match error {
        Error::NotFound => Failure::new(format!("{name} is no agent or admin, and only they have a second factor")),
        Error::Conflict { .. } => {
            Failure::new(format!("{name} has no second factor: their password alone lets them in"))
        }
        error => refused(&error),
    })?;
    let plural = if ended == 1 { "" } else { "s" };
    print(format!(
        "Took the second factor of {name} away, and ended {ended} session{plural}. Their password alone lets them in now."
    ))
}

#[derive(Debug, Args)]
pub(super) struct Link {
    /// Username of an agent or admin
    #[arg(value_name = "U")]
    username: String,
    /// What the provider calls the account, for good: `sub` in its tokens
    #[arg(value_name = "SUBJECT")]
    subject: String,
}

pub(super) async fn link(settings: Settings, Link { username, subject }: Link) -> Result<(), Failure> {
    let Some(issuer) = settings.sign_on.issuer.clone() else {
        return Err(Failure::new("staff log in nowhere else: set PINDESK_OIDC_ISSUER first"));
    };
    let desk = open(settings).await?;
    let member = person(&desk, &username, "; check the spelling").await?;
    let linked = desk.users().link(&Actor::command_line(), member.id, &issuer, &subject).await;
    linked.map_err(|error| match error {
        Error::NotFound => Failure::new(format!("{} is no agent or admin, and only they log in so", member.username)),
        error => refused(&error),
    })?;
    print(format!("{} logs in with {subject} of {issuer} now.", member.username))
}
