//! Server functions of the set-up.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::PersonDraft;
use islands::{
    addresses::staff,
    refusal::Refusal,
    request::{RequestContext, answer},
};
use leptos::prelude::*;

use crate::{admin::read, login::api::WhoAmI};

/// Makes the first admin with the token of a set-up link, and logs them in. `from_page` is in the form of our own page,
/// whose cookie must come along then.
///
/// # Errors
/// [`domain::Error::NotFound`] for a token that is wrong or used; [`domain::Error::Invalid`],
/// [`domain::Error::no_cookies`].
#[server(prefix = "/fn", endpoint = "set_up")]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] username: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] password_again: String,
    #[server(default)] from_page: String,
) -> Result<WhoAmI, Refusal> {
    let context = RequestContext::current()?;
    answer(context.require_cookies(!from_page.is_empty()))?;
    answer(read::same_twice(&password, &password_again))?;
    let draft = PersonDraft { username, name, email };
    let (users, browser) = (context.desk.users(), context.browser.key.as_deref());
    let opened = answer(users.set_up(&token, &draft, &password, &context.client, browser).await)?;
    leptos_axum::redirect(staff::START);
    Ok(WhoAmI::from(&context.enter(opened).await))
}
