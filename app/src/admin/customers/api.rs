//! Server functions of customers.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Person, PersonDraft, UserId};
use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use crate::admin::read;

/// Adds a customer and leads to their page.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "create_customer")]
pub async fn create_customer(
    #[server(default)] username: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
) -> Result<Person, Refusal> {
    let (context, actor) = caller()?;
    let draft = PersonDraft { username, name, email };
    let customer = answer(context.desk.users().create_customer(&actor, &draft).await)?;
    leptos_axum::redirect(&after("created", &staff::customer(customer.id)));
    Ok(customer)
}

/// Adds a customer without an identity, and leads to their page.
///
/// # Errors
/// [`domain::Error::Forbidden`]
#[server(prefix = "/fn", endpoint = "create_unnamed")]
pub async fn create_unnamed() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let customer = answer(context.desk.users().create_unnamed(&actor).await)?;
    leptos_axum::redirect(&after("created", &staff::customer(customer.id)));
    Ok(())
}

/// Changes a customer's username, name and email.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "update_customer")]
pub async fn update_customer(
    id: String,
    #[server(default)] username: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
) -> Result<Person, Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    let draft = PersonDraft { username, name, email };
    let customer = answer(context.desk.users().update(&actor, id, &draft).await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(id)));
    Ok(customer)
}

/// Deactivates a customer (`active` is not `true`), which ends their sessions and revokes their PINs, or lets them in
/// again.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_customer_active")]
pub async fn set_customer_active(id: String, #[server(default)] active: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    let is_active = active == "true";
    answer(context.desk.users().set_active(&actor, id, is_active).await)?;
    let done = if is_active { "activated" } else { "deactivated" };
    leptos_axum::redirect(&after(done, &staff::customer(id)));
    Ok(())
}

/// Erases a customer with all that is theirs, if `username` is typed as it is.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "erase_customer")]
pub async fn erase_customer(id: String, #[server(default)] username: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    answer(actor.require_admin())?;
    let customer = answer(context.desk.users().customer(&actor, id).await)?;
    if username.trim() != customer.username {
        let sentence = "Type the username as it stands above: this cannot be taken back.";
        return answer(Err(domain::Error::field("username", sentence)));
    }
    answer(context.desk.users().erase(&actor, id).await)?;
    leptos_axum::redirect(&after("erased", staff::AUDIT));
    Ok(())
}

/// Lets a customer let others in, or not (`may` is not `true`); who is in by them goes then.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_delegation")]
pub async fn set_delegation(id: String, #[server(default)] may: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    answer(context.desk.delegations().allow(&actor, id, may == "true").await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(id)));
    Ok(())
}
