//! Server functions of the staff's login. They log out like everybody else.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::LoginKind;
use islands::{
    refusal::Refusal,
    request::{RequestContext, answer},
};
use leptos::prelude::*;

use crate::{admin::read, login::api::WhoAmI};

/// Logs staff in with username and password, and leads to the page `next` of the staff area. `from_page` is in the form
/// of our own page, whose cookie must come along then.
///
/// # Errors
/// [`domain::Error::WrongPassword`], [`domain::Error::TooManyAttempts`], [`domain::Error::no_cookies`].
#[server(prefix = "/fn", endpoint = "staff_login")]
pub async fn staff_login(
    #[server(default)] username: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
    #[server(default)] from_page: String,
) -> Result<WhoAmI, Refusal> {
    let context = RequestContext::current()?;
    answer(context.require_cookies(!from_page.is_empty()))?;
    let users = context.desk.users();
    let opened = answer(users.log_in(username.trim(), &password, &context.client, LoginKind::Browser).await)?;
    leptos_axum::redirect(read::next_page(&next));
    Ok(WhoAmI::from(&context.enter(opened).await))
}
