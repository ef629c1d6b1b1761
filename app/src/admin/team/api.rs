//! Server functions of agents and admins.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{PersonDraft, TokenDraft, TokenId, UserId};
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use super::tokens::MadeQuery;
use crate::admin::read;

/// Adds an agent or admin with a password. Admins.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "create_staff_member")]
pub async fn create_staff_member(
    #[server(default)] username: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] role: String,
    #[server(default)] password: String,
    #[server(default)] password_again: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(read::same_twice(&password, &password_again))?;
    let role = answer(read::staff_role(&role))?;
    let draft = PersonDraft { username, name, email };
    let member = answer(context.desk.users().create_staff(&actor, &draft, role, &password).await)?;
    leptos_axum::redirect(&after("created", &staff::member(member.id)));
    Ok(())
}

/// Changes a member of staff's username, name and email. Admins.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "update_staff_member")]
pub async fn update_staff_member(
    id: String,
    #[server(default)] username: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    answer(context.desk.users().update(&actor, id, &PersonDraft { username, name, email }).await)?;
    leptos_axum::redirect(&after("saved", &staff::member(id)));
    Ok(())
}

/// Makes an agent an admin, or an admin an agent. Admins.
///
/// # Errors
/// [`domain::Error::Conflict`] for the last admin; [`domain::Error::NotFound`]; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_staff_role")]
pub async fn set_staff_role(id: String, #[server(default)] role: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    let role = answer(read::staff_role(&role))?;
    answer(context.desk.users().set_role(&actor, id, role).await)?;
    leptos_axum::redirect(&after("saved", &staff::member(id)));
    Ok(())
}

/// Sets a member of staff's password and ends their other sessions: one's own with `current_password`, others' as an
/// admin.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::NotFound`], [`domain::Error::Forbidden`];
/// [`domain::Error::TooManyAttempts`] after wrong current passwords.
#[server(prefix = "/fn", endpoint = "set_staff_password")]
pub async fn set_staff_password(
    id: String,
    #[server(default)] current_password: String,
    #[server(default)] password: String,
    #[server(default)] password_again: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    answer(read::same_twice(&password, &password_again))?;
    let users = context.desk.users();
    if actor.id == Some(id) {
        answer(users.change_password(&actor, &current_password, &password, &context.client).await)?;
    } else {
        answer(users.set_password(&actor, id, &password).await)?;
    }
    leptos_axum::redirect(&after("password", &staff::member(id)));
    Ok(())
}

/// Deactivates a member of staff (`active` is not `true`), which ends their sessions, or lets them in again. Admins.
///
/// # Errors
/// [`domain::Error::Conflict`] for oneself and the last admin; [`domain::Error::NotFound`];
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_staff_active")]
pub async fn set_staff_active(id: String, #[server(default)] active: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    let is_active = active == "true";
    answer(context.desk.users().set_active(&actor, id, is_active).await)?;
    let done = if is_active { "activated" } else { "deactivated" };
    leptos_axum::redirect(&after(done, &staff::member(id)));
    Ok(())
}

/// Switches single keys on (`on` is `true`) or off for the caller.
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "set_shortcuts")]
pub async fn set_shortcuts(#[server(default)] on: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.users().set_shortcuts(&actor, on == "true").await)?;
    leptos_axum::redirect(&after("saved", &actor.id.map_or_else(|| staff::START.to_owned(), staff::member)));
    Ok(())
}

/// Makes an API token of the caller's own that works for `ttl` seconds, and only reads if `read_only` is `true`.
/// The token itself is not in the answer, which may be logged or cached on its way: the caller's page shows it, once, to the
/// session that made it.
///
/// # Errors
/// [`domain::Error::Invalid`] for `name` and `ttl`, [`domain::Error::Conflict`] for who has too many,
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "make_api_token")]
pub async fn make_api_token(
    #[server(default)] name: String,
    #[server(default)] ttl: String,
    #[server(default)] read_only: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let draft = TokenDraft { name, ttl: ttl.trim().parse().ok(), is_read_only: read_only == "true" };
    let made = answer(context.desk.api_tokens().make_to_show(&actor, &draft).await)?;
    let page = actor.id.map_or_else(|| staff::START.to_owned(), staff::member);
    leptos_axum::redirect(&with(&page, &MadeQuery { token: made.to_string() }));
    Ok(())
}

/// Revokes an API token: one's own, or as an admin anybody's.
///
/// # Errors
/// [`domain::Error::NotFound`] for another's, and for one that was revoked already; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "revoke_api_token")]
pub async fn revoke_api_token(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<TokenId>(&id))?;
    let revoked = answer(context.desk.api_tokens().revoke(&actor, id).await)?;
    leptos_axum::redirect(&after("revoked", &staff::member(revoked.user_id)));
    Ok(())
}
