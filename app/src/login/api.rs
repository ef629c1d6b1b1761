//! Who is logged in: server functions for customers' logins and for everybody's log-out.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

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

/// Redeems a Support PIN and opens a session in this browser. Then leads to the page `next` of this site, or to the
/// customer's tickets.
///
/// # Errors
/// [`domain::Error::WrongPin`], [`domain::Error::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "login")]
pub async fn login(#[server(default)] pin: String, #[server(default)] next: String) -> Result<WhoAmI, Refusal> {
    use crate::{
        layout::own_path,
        request::{RequestContext, SessionChange, answer},
    };

    let context = RequestContext::current()?;
    let opened = answer(context.desk.pins().redeem(&pin, &context.client, domain::LoginKind::Browser).await)?;
    // The cookies of a session that this browser had before are about to be overwritten.
    if let Some(before) = &context.visitor {
        answer(context.desk.sessions().log_out(before).await)?;
    }
    let page = own_path(&next).filter(|path| path.starts_with("/tickets")).unwrap_or("/tickets");
    leptos_axum::redirect(page);
    let who = WhoAmI::from(&opened.actor);
    context.change_session(SessionChange::LoggedIn(opened.tokens));
    Ok(who)
}

/// Ends the session of this browser, if there is one.
///
/// # Errors
/// When the database does not answer.
#[server(prefix = "/fn", endpoint = "log_out")]
pub async fn log_out() -> Result<(), Refusal> {
    use crate::request::{RequestContext, SessionChange, answer};

    let context = RequestContext::current()?;
    let mut start = "/";
    if let Some(actor) = &context.visitor {
        if actor.role.is_staff() {
            start = "/admin/login";
        }
        answer(context.desk.sessions().log_out(actor).await)?;
    }
    context.change_session(SessionChange::LoggedOut);
    leptos_axum::redirect(start);
    Ok(())
}

/// Says who is logged in. Asking is what extends a session: an expired access token was renewed on the way here.
///
/// # Errors
/// [`domain::Error::Unauthenticated`] when the session is over.
#[server(prefix = "/fn", endpoint = "refresh")]
pub async fn refresh() -> Result<WhoAmI, Refusal> {
    use crate::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    answer(context.actor().map(WhoAmI::from))
}
