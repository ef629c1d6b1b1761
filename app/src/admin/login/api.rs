//! Server functions of the staff's login. They log out like everybody else.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use leptos::prelude::*;

use crate::{login::api::WhoAmI, refusal::Refusal};

/// Logs staff in with username and password, and leads to the page `next` of the staff area.
///
/// # Errors
/// [`domain::Error::WrongPassword`], [`domain::Error::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "staff_login")]
pub async fn staff_login(
    #[server(default)] username: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<WhoAmI, Refusal> {
    use domain::LoginKind;

    use crate::{
        admin::read,
        request::{RequestContext, SessionChange, answer},
    };

    let context = RequestContext::current()?;
    let users = context.desk.users();
    let opened = answer(users.log_in(username.trim(), &password, &context.client, LoginKind::Browser).await)?;
    // The cookies of a session that this browser had before are about to be overwritten.
    if let Some(before) = &context.visitor {
        answer(context.desk.sessions().log_out(before).await)?;
    }
    leptos_axum::redirect(read::next_page(&next));
    let who = WhoAmI::from(&opened.actor);
    context.change_session(SessionChange::LoggedIn(opened.tokens));
    Ok(who)
}
