//! The seam between the pages and whatever serves them. The server's middleware puts a [`RequestContext`] into every
//! request; pages and server functions take what they need from it and never see a cookie or a header.

use std::sync::{Arc, OnceLock};

use desk::{ClientAddress, Desk, LoggedIn, SecondStep, Tokens};
use domain::{Actor, Error, EventId};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use server_fn::axum_export::http::{HeaderName, HeaderValue, StatusCode, request::Parts};

use crate::{
    addresses::{action_for, query_of},
    deed::{Deed, WITH_FILES},
    refusal::Refusal,
};

/// What a page or a server function may know about its request. An extension of the HTTP request.
#[derive(Clone)]
pub struct RequestContext {
    /// The desk.
    pub desk: Desk,
    /// Who is logged in.
    pub visitor: Option<Actor>,
    /// Where the request comes from, for the limit on failed logins.
    pub client: ClientAddress,
    /// What is known of the browser.
    pub browser: Browser,
    /// The address of this site as others reach it, without a trailing slash.
    pub public_url: Arc<str>,
    /// What the provider is called that staff can log in with, if there is one.
    pub sign_on: Option<Arc<str>>,
    /// The path and query of the page, as [`crate::layout::own_address`] gives them: always of this site.
    pub path: String,
    /// Nobody looks at the page yet, so what it shows does not count as seen.
    pub peek: Option<Peek>,
    /// Whether the page's ticket is unread and will be seen once somebody looks at the page.
    pub about_to_see: Arc<OnceLock<bool>>,
    /// The newest event that the reader may know of, noted before the page is read.
    pub newest: Arc<OnceLock<EventId>>,
    /// The reader's choice of colours, if they made one.
    pub theme: Option<Theme>,
    /// The style sheet, for a browser that may not have it yet: such a page brings it along.
    pub first_style: Option<&'static str>,
    /// A form on this page that was refused just now, to be shown again with what was typed.
    pub refused_form: Option<Arc<RefusedForm>>,
    /// What the request leaves behind for the middleware.
    pub outcome: Arc<Mutex<Outcome>>,
}

/// What a request tells of the browser that sent it.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// A secret in a cookie that script cannot read, set with the page that logs in: two log-ins with the same one come
    /// from the same browser.
    pub key: Option<String>,
    /// The proof that a password was right, between the two steps of a log-in.
    pub second_step: Option<String>,
    /// A cookie of ours came, so it keeps them.
    pub keeps_cookies: bool,
    /// The site is served over HTTPS, and its page was opened without: its cookies are not kept there.
    pub is_unprotected: bool,
}

/// Why a page is fetched at which nobody looks yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peek {
    /// The browser fetches it ahead.
    Ahead,
    /// Live updates fetch it for a tab that is hidden.
    Hidden,
}

/// A choice of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A plain form (sent without script) whose server function refused it.
#[derive(Debug, Clone)]
pub struct RefusedForm {
    /// The server function's name, as its address has it.
    pub endpoint: String,
    /// The page that it was sent to, as [`RequestContext::path`].
    pub page: String,
    /// Why.
    pub error: Error,
    /// What was typed, by field; passwords and PINs are left out.
    pub values: Vec<(String, String)>,
    /// A piece of the page says already why it was refused.
    pub is_said: OnceLock<()>,
}

/// What a request leaves behind for the middleware.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The session was opened or closed: the middleware sets or clears its cookies.
    pub session: Option<SessionChange>,
    /// A log-in's first step was taken, or its second: the middleware sets or clears the cookie between them.
    pub second_step: Option<StepChange>,
    /// The page logs in: the browser gets its secret, unless it has one.
    pub wants_browser_key: bool,
    /// The text fields of a multipart form, noted as they were read.
    pub form_values: Vec<(String, String)>,
}

/// A change of the browser's session.
#[derive(Debug, Clone)]
pub enum SessionChange {
    /// Somebody logged in.
    LoggedIn(Tokens),
    /// They logged out.
    LoggedOut,
}

/// What becomes of the proof that a browser keeps between the two steps of a log-in.
pub enum StepChange {
    /// The first one was taken.
    Taken(SecondStep),
    /// It is not needed any more.
    Over,
}

impl std::fmt::Debug for StepChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StepChange(…)")
    }
}

impl RequestContext {
    /// The context of the request under way.
    ///
    /// # Errors
    /// [`Error::Internal`] outside a request; the route lacks the middleware then.
    pub fn current() -> Result<Self, Error> {
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<Self>().cloned()).ok_or(Error::Internal)
    }

    /// Who asks.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is logged in.
    pub fn actor(&self) -> Result<&Actor, Error> {
        self.visitor.as_ref().ok_or(Error::Unauthenticated)
    }

    /// Notes that the session changed.
    pub fn change_session(&self, change: SessionChange) {
        self.outcome.lock().session = Some(change);
    }

    /// Notes that the page logs in, see [`Browser::key`].
    pub fn want_browser_key(&self) {
        self.outcome.lock().wants_browser_key = true;
    }

    /// Notes how far a log-in in two steps is.
    pub fn change_step(&self, change: StepChange) {
        self.outcome.lock().second_step = Some(change);
    }

    /// Refuses a log-in that could not last, before anything is used up. A form of our own pages comes with the cookie
    /// of its page, if that was kept; a program that sends no such form may log in as it likes.
    ///
    /// # Errors
    /// [`Error::no_cookies`]
    pub fn require_cookies(&self, is_from_page: bool) -> Result<(), Error> {
        let is_lost = !self.browser.keeps_cookies && (is_from_page || self.browser.is_unprotected);
        if is_lost { Err(Error::no_cookies(&self.public_url)) } else { Ok(()) }
    }

    /// Puts this browser into a session that was just opened. The one that it had before is ended, as its cookies are
    /// about to be overwritten; whether that works or not, who logged in is in.
    pub async fn enter(&self, opened: LoggedIn) -> Actor {
        self.change_session(SessionChange::LoggedIn(opened.tokens));
        let before = self.visitor.as_ref().filter(|before| before.session != opened.actor.session);
        if let Some(before) = before
            && let Err(error) = self.desk.sessions().log_out(before).await
        {
            tracing::warn!(%error, "the session before a log-in could not be ended");
        }
        opened.actor
    }

    /// Notes that the page says whose access the browser has. Where that cannot be noted, nothing else can be written either.
    pub async fn welcome(&self, actor: &Actor) {
        if self.peek.is_none()
            && let Err(error) = self.desk.sessions().welcome(actor).await
        {
            tracing::warn!(%error, "it could not be noted that a customer was told whose access it is");
        }
    }

    /// Notes a text field of a multipart form.
    pub fn note_form_value(&self, name: &str, value: &str) {
        let mut outcome = self.outcome.lock();
        outcome.form_values.push((name.to_owned(), value.to_owned()));
    }

    /// The refused form for `F`, if that is why the page is shown.
    pub fn refused<F: Deed>(&self) -> Option<Arc<RefusedForm>> {
        self.refused_form.clone().filter(|form| form.endpoint == F::NAME)
    }
}

/// The request under way and who asks, for a server function.
///
/// # Errors
/// [`Error::Unauthenticated`] when nobody is logged in.
pub fn caller() -> Result<(RequestContext, Actor), Refusal> {
    let context = RequestContext::current()?;
    let actor = answer(context.actor().cloned())?;
    Ok((context, actor))
}

/// What the address of the page under way asks for, see [`query_of`].
pub fn query<Q: Default + DeserializeOwned>() -> Q {
    RequestContext::current().map(|context| query_of(&context.path)).unwrap_or_default()
}

impl RefusedForm {
    /// The action that sends it again.
    pub fn action(&self) -> String {
        action_for(&self.page, &self.endpoint)
    }

    /// Whether it takes files.
    pub fn takes_files(&self) -> bool {
        WITH_FILES.contains(&self.endpoint.as_str())
    }

    /// What was typed into `field`.
    pub fn value(&self, field: &str) -> Option<String> {
        self.values.iter().rev().find(|(name, _)| name == field).map(|(_, value)| value.clone())
    }
}

/// Gives a server function's answer its HTTP status: the one place where that is decided for server functions.
///
/// # Errors
/// The desk's refusal, for the caller.
pub fn answer<T>(result: Result<T, Error>) -> Result<T, Refusal> {
    result.map_err(|error| {
        let error = told(error);
        if let Some(response) = use_context::<ResponseOptions>() {
            set_status(&response, &error);
        }
        Refusal(error)
    })
}

/// Gives the page under way the HTTP status of an error.
pub fn set_status(response: &ResponseOptions, error: &Error) {
    if let Ok(status) = StatusCode::from_u16(error.http_status()) {
        response.set_status(status);
    }
    if let Some(seconds) = error.retry_after() {
        response.insert_header(HeaderName::from_static("retry-after"), HeaderValue::from(seconds));
    }
}

/// What the reader is told: staff also why the desk is not available, because they can do something about it.
pub fn told(error: Error) -> Error {
    if error != Error::Unavailable {
        return error;
    }
    let is_staff = |context: &RequestContext| context.visitor.as_ref().is_some_and(|actor| actor.role.is_staff());
    let trouble = RequestContext::current().ok().filter(is_staff).and_then(|context| context.desk.trouble());
    match trouble {
        Some(trouble) => Error::Trouble { message: trouble.sentence() },
        None => error,
    }
}
