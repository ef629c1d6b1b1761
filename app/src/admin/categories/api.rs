//! Server functions of the list of categories.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::CategoryId;
use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use crate::admin::read;

/// Adds a category at the end of the list. Admins.
///
/// # Errors
/// [`domain::Error::Invalid`] for a name that is taken or too long; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "add_category")]
pub async fn add_category(#[server(default)] name: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.categories().add(&actor, &name).await)?;
    leptos_axum::redirect(&after("created", staff::CATEGORIES));
    Ok(())
}

/// Renames a category, on the tickets that have it too. Admins.
///
/// # Errors
/// [`domain::Error::Invalid`] for a name that is taken or too long; [`domain::Error::NotFound`];
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "rename_category")]
pub async fn rename_category(id: String, #[server(default)] name: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<CategoryId>(&id))?;
    answer(context.desk.categories().rename(&actor, id, &name).await)?;
    leptos_axum::redirect(&after("saved", staff::CATEGORIES));
    Ok(())
}

/// Offers a category for new tickets (`active` is `true`), or retires it. Admins.
///
/// # Errors
/// [`domain::Error::Conflict`] for the default one; [`domain::Error::NotFound`]; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_category_active")]
pub async fn set_category_active(id: String, #[server(default)] active: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<CategoryId>(&id))?;
    answer(context.desk.categories().set_active(&actor, id, active == "true").await)?;
    leptos_axum::redirect(&after("saved", staff::CATEGORIES));
    Ok(())
}

/// Makes a category the one that new tickets get when they name none. Admins.
///
/// # Errors
/// [`domain::Error::Conflict`] for a retired one; [`domain::Error::NotFound`]; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_default_category")]
pub async fn set_default_category(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<CategoryId>(&id))?;
    answer(context.desk.categories().set_default(&actor, id).await)?;
    leptos_axum::redirect(&after("saved", staff::CATEGORIES));
    Ok(())
}
