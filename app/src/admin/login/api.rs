//! Server functions of the staff's login. They log out like everybody else.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use desk::{Entered, GivenFactor};
use domain::{Error, LoginKind};
use islands::{
    addresses::{staff, with},
    refusal::Refusal,
    request::{RequestContext, StepChange, answer},
};
use leptos::prelude::*;

use crate::{
    admin::read,
    login::{NextQuery, api::WhoAmI},
};

/// Logs staff in with username and password, and leads to the page `next` of the staff area. `from_page` is in the form
/// of our own page, whose cookie must come along then. Who has a second factor is nobody yet: they are led to where its code
/// is typed.
///
/// # Errors
/// [`domain::Error::WrongPassword`], [`domain::Error::TooManyAttempts`], [`domain::Error::no_cookies`].
#[server(prefix = "/fn", endpoint = "staff_login")]
pub async fn staff_login(
    #[server(default)] username: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
    #[server(default)] from_page: String,
) -> Result<Option<WhoAmI>, Refusal> {
    let context = RequestContext::current()?;
    answer(context.require_cookies(!from_page.is_empty()))?;
    let users = context.desk.users();
    let next = read::next_page(&next);
    match answer(users.enter(username.trim(), &password, &context.client, LoginKind::Browser).await)? {
        Entered::In(opened) => {
            leptos_axum::redirect(next);
            Ok(Some(WhoAmI::from(&context.enter(*opened).await)))
        }
        Entered::NeedsFactor(step) => {
            context.change_step(StepChange::Taken(step));
            leptos_axum::redirect(&with(staff::LOGIN_CODE, &NextQuery { next: next.to_owned() }));
            Ok(None)
        }
    }
}

/// The second step of a log-in: a code of an authenticator app, a recovery code, or what a passkey answered. The first step left a
/// cookie.
///
/// # Errors
/// [`domain::Error::Invalid`] for `factor_code` and `factor_passkey`; [`domain::Error::Unauthenticated`] without a first step, or too long after it;
/// [`domain::Error::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "staff_login_code")]
pub async fn staff_login_code(
    #[server(default)] factor_code: String,
    #[server(default)] factor_passkey: String,
    #[server(default)] next: String,
) -> Result<WhoAmI, Refusal> {
    let context = RequestContext::current()?;
    let step = answer(context.browser.second_step.as_deref().ok_or(Error::Unauthenticated))?;
    let factor = GivenFactor { code: &factor_code, passkey: &factor_passkey, origin: &context.public_url };
    let opened = context.desk.users().second_step(step, factor, &context.client, LoginKind::Browser).await;
    let opened = answer(opened)?;
    context.change_step(StepChange::Over);
    leptos_axum::redirect(read::next_page(&next));
    Ok(WhoAmI::from(&context.enter(opened).await))
}
