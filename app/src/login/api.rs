//! Who is logged in: server functions for customers' logins and for everybody's log-out.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use islands::{
    addresses::{self, login_of},
    refusal::Refusal,
    request::{RequestContext, SessionChange, answer, caller},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::axum_export::http::{HeaderValue, header::CACHE_CONTROL};

use super::{next_page, welcome_before};

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// The name they log in with.
    pub username: String,
    /// The name to show.
    pub name: String,
    /// What they may do.
    pub role: domain::Role,
}

impl From<&domain::Actor> for WhoAmI {
    fn from(actor: &domain::Actor) -> Self {
        Self { username: actor.username.clone(), name: actor.name.clone(), role: actor.role }
    }
}

/// Redeems a Support PIN and opens a session in this browser. Then leads to the page that says whose access it is, and
/// from there to the page `next` of this site, or to the customer's tickets. `from_page` is in the form of our own page,
/// whose cookie must come along then.
///
/// # Errors
/// [`domain::Error::WrongPin`], [`domain::Error::TooManyAttempts`]; [`domain::Error::no_cookies`], which leaves the PIN
/// unused.
#[server(prefix = "/fn", endpoint = "login")]
pub async fn login(
    #[server(default)] pin: String,
    #[server(default)] next: String,
    #[server(default)] from_page: String,
) -> Result<WhoAmI, Refusal> {
    let context = RequestContext::current()?;
    answer(context.require_cookies(!from_page.is_empty()))?;
    let pins = context.desk.pins();
    let opened = answer(pins.redeem_in_browser(&pin, &context.client, context.browser.key.as_deref()).await)?;
    leptos_axum::redirect(&welcome_before(&next));
    Ok(WhoAmI::from(&context.enter(opened).await))
}

/// Takes the last `group` of the return code that this browser was shown, and goes on to the page `next`.
///
/// # Errors
/// [`domain::Error::Invalid`] for another one; [`domain::Error::NotFound`] where none was shown; [`domain::Error::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "note_return_code")]
pub async fn note_return_code(
    #[server(default)] group: String,
    #[server(default)] next: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.returns().note(&actor, &group).await)?;
    leptos_axum::redirect(next_page(&next).unwrap_or(addresses::TICKETS));
    Ok(())
}

/// Makes a new return code for who asks, in place of the one that they have; the welcome page shows it.
///
/// # Errors
/// [`domain::Error::Forbidden`] for whoever has an identity; [`domain::Error::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "make_return_code")]
pub async fn make_return_code() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.returns().make_again(&actor).await)?;
    leptos_axum::redirect(addresses::WELCOME);
    Ok(())
}

/// Ends the session of this browser, if there is one.
///
/// # Errors
/// When the database does not answer.
#[server(prefix = "/fn", endpoint = "log_out")]
pub async fn log_out() -> Result<(), Refusal> {
    let context = RequestContext::current()?;
    let mut start = addresses::START;
    if let Some(actor) = &context.visitor {
        start = login_of(actor.role);
        answer(context.desk.sessions().log_out(actor).await)?;
    }
    context.change_session(SessionChange::LoggedOut);
    leptos_axum::redirect(start);
    Ok(())
}

/// Ends every session of who asks, this one too.
///
/// # Errors
/// [`domain::Error::Unauthenticated`]; when the database does not answer.
#[server(prefix = "/fn", endpoint = "log_out_everywhere")]
pub async fn log_out_everywhere() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.sessions().log_out_everywhere(&actor).await)?;
    context.change_session(SessionChange::LoggedOut);
    leptos_axum::redirect(login_of(actor.role));
    Ok(())
}

/// Says who is logged in. Asking is what extends a session: an expired access token was renewed on the way here.
///
/// Its answer may be kept by nobody without asking again, but is not `no-store`: a browser throws a page that got such
/// an answer out of the memory of its Back button, and with it what was typed there.
///
/// # Errors
/// [`domain::Error::Unauthenticated`] when the session is over.
#[server(prefix = "/fn", endpoint = "refresh")]
pub async fn refresh() -> Result<WhoAmI, Refusal> {
    let context = RequestContext::current()?;
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.insert_header(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    answer(context.actor().map(WhoAmI::from))
}
