//! Server functions of customers.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Page, Person};
use islands::refusal::Refusal;
use leptos::prelude::*;

/// Customers with a text in username, name or email, by `state` (`active`, `deactivated`, or both).
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers; [`domain::Error::Invalid`] for a state that is not there.
#[server(prefix = "/fn", endpoint = "list_customers")]
pub async fn list_customers(
    #[server(default)] text: String,
    #[server(default)] state: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<Page<Person>, Refusal> {
    use desk::UserFilter;
    use domain::FieldErrors;

    use crate::{admin::read, filters};
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let mut errors = FieldErrors::default();
    let is_active = filters::choice(&mut errors, "state", &state, |word| match word.to_lowercase().as_str() {
        "active" => Some(true),
        "deactivated" => Some(false),
        _ => None,
    });
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    let filter = UserFilter { staff: false, text: read::filled(&text), is_active };
    answer(context.desk.users().list(actor, &filter, filters::cursor(&before, &after), read::PAGE).await)
}

/// A customer.
///
/// # Errors
/// [`domain::Error::NotFound`], for staff's ids too; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "get_customer")]
pub async fn get_customer(id: String) -> Result<Person, Refusal> {
    use domain::{Error, UserId};

    use crate::admin::read;
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(read::id::<UserId>(&id))?;
    let found = answer(context.desk.users().get(actor, id).await)?;
    answer(if found.role.is_staff() { Err(Error::NotFound) } else { Ok(found) })
}

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
    use domain::PersonDraft;

    use islands::{
        addresses::{after, staff},
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let draft = PersonDraft { username, name, email };
    let customer = answer(context.desk.users().create_customer(actor, &draft).await)?;
    leptos_axum::redirect(&after("created", &staff::customer(customer.id)));
    Ok(customer)
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
    use domain::{PersonDraft, UserId};

    use crate::admin::read;
    use islands::{
        addresses::{after, staff},
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(read::id::<UserId>(&id))?;
    let draft = PersonDraft { username, name, email };
    let customer = answer(context.desk.users().update(actor, id, &draft).await)?;
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
    use domain::UserId;

    use crate::admin::read;
    use islands::{
        addresses::{after, staff},
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(read::id::<UserId>(&id))?;
    let is_active = active == "true";
    answer(context.desk.users().set_active(actor, id, is_active).await)?;
    let done = if is_active { "activated" } else { "deactivated" };
    leptos_axum::redirect(&after(done, &staff::customer(id)));
    Ok(())
}
