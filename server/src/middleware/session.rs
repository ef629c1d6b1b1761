//! Who asks. Reads the bearer header or the cookies, renews the session from the refresh cookie when its access token
//! is over, and appends `Set-Cookie` after the inner service ran: for pages, server functions, uploads and downloads alike.

use std::sync::Arc;

use app::{
    layout::{SetTheme, own_address},
    login::api::NoteReturnCode,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use desk::Tokens;
use domain::{Actor, Error, TOKEN_PREFIX};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use islands::{
    addresses::{DROP, START, WELCOME, staff},
    deed::Deed as _,
    request::{Browser, Outcome, Peek, RequestContext, SessionChange, StepChange},
};
use parking_lot::Mutex;

use super::{
    client::client_address,
    cookies::{self, SessionCookies},
    measure::{self, Kind},
};
use crate::{assets::embedded, extract::Caller, functions, reply, site::Site};

/// What becomes of the browser's cookies.
enum CookieChange {
    None,
    Set(Tokens),
    Clear,
}

/// For REST and files: only finds out who asks.
pub(crate) async fn caller(State(site): State<Site>, request: Request, next: Next) -> Response {
    called(site, request, next, Takes::ApiTokens).await
}

/// The same for the live updates of pages.
pub(crate) async fn reader(State(site): State<Site>, request: Request, next: Next) -> Response {
    called(site, request, next, Takes::Sessions).await
}

/// What a bearer token may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A session's alone: pages and what belongs to them are for people.
    Sessions,
    /// Also an API token.
    ApiTokens,
}

async fn called(site: Site, mut request: Request, next: Next, takes: Takes) -> Response {
    let (caller, change) = match identify(&site, request.headers(), takes).await {
        Ok(found) => found,
        Err(error) => return reply::refuse(&request, error),
    };
    let caller = caller.from(&client_address(request.extensions(), request.headers(), &site.settings.trusted_proxies));
    let is_staff = caller.actor().is_some_and(|actor| actor.role.is_staff());
    let refuse = reply::refusal_for(&request);
    let path = request.uri().path().to_owned();
    let writes = caller.actor().filter(|_| !request.method().is_safe());
    if let Some(error) = writes.and_then(|actor| actor.require_writing().err()) {
        let response = refuse(error);
        log_refusal(&caller, &path, &response);
        return response;
    }
    request.extensions_mut().insert(caller.clone());
    let mut response = match measure::admit(&site, caller.actor(), Kind::of_method(request.method())).await {
        Ok(place) => measure::held(next.run(request).await, place).await,
        Err(error) => reply::refuse(&request, error),
    };
    log_refusal(&caller, &path, &response);
    // Staff are told why, because they can do something about it.
    if is_staff
        && response.status() == StatusCode::SERVICE_UNAVAILABLE
        && let Some(trouble) = site.desk.trouble()
    {
        response = refuse(Error::Trouble { message: trouble.sentence() });
    }
    apply(&mut response, change, site.public_url.is_https());
    response
}

/// For pages and server functions: puts the [`RequestContext`] into the request and does what it asks for afterwards.
pub(crate) async fn context(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let is_call = !request.method().is_safe();
    let (caller, mut change) = match identify(&site, request.headers(), Takes::Sessions).await {
        Ok(found) => found,
        Err(error) if !is_call => return reply::refuse(&request, error),
        // A form is shown again with what was typed, though nobody knows who typed it.
        Err(error) => {
            request.extensions_mut().insert(measure::Refused(error));
            (Caller::Nobody, CookieChange::None)
        }
    };
    let client = client_address(request.extensions(), request.headers(), &site.settings.trusted_proxies);
    let caller = caller.from(&client);
    let is_page = !is_call && functions::of(request.uri()).is_none();
    if is_page && caller.actor().is_some_and(|actor| actor.needs_factor) && request.uri().path() != staff::SECOND_FACTOR
    {
        let mut response = Redirect::to(staff::SECOND_FACTOR).into_response();
        apply(&mut response, change, site.public_url.is_https());
        return response;
    }
    // What a browser fetched ahead it shows without asking again, and nobody would know that it was seen. Refused, it asks when
    // somebody goes there.
    if is_page && caller.actor().is_some_and(|actor| actor.needs_welcome) && is_prefetch(&request) {
        let mut response = (StatusCode::TOO_EARLY, "Not ahead.").into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        apply(&mut response, change, site.public_url.is_https());
        return response;
    }
    if let Some(error) = refusal(&caller, &request) {
        let path = request.uri().path().to_owned();
        let mut response = reply::refuse(&request, error);
        log_refusal(&caller, &path, &response);
        apply(&mut response, change, site.public_url.is_https());
        return response;
    }
    let is_program = bearer(request.headers()).is_some();
    // For who is logged in: the log-in is as light as it can be.
    let is_page = !is_program && !is_call && caller.actor().is_some();
    let first_style =
        embedded::style().filter(|(_, version)| is_page && !cookies::has_style(request.headers(), version));
    let outcome = Arc::new(Mutex::new(Outcome::default()));
    let context = RequestContext {
        desk: site.desk.clone(),
        visitor: caller.actor().cloned(),
        client,
        browser: browser(request.headers(), site.public_url.is_https()),
        public_url: Arc::clone(&site.public_url_text),
        sign_on: site.sign_on.clone(),
        path: own_address(request.uri().path_and_query().map_or("/", |asked| asked.as_str())),
        peek: peek(&request),
        about_to_see: Arc::default(),
        newest: Arc::default(),
        theme: cookies::theme(request.headers()),
        first_style: first_style.map(|(style, _)| style),
        refused_form: None,
        outcome: Arc::clone(&outcome),
    };
    let has_browser_key = context.browser.key.is_some();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(context);
    let kind = measure::kind_of(&request);
    // A choice of colours is the browser's own, and the other belongs to what is shown first.
    let is_first = |name: String| [SetTheme::NAME, NoteReturnCode::NAME].contains(&name.as_str());
    let is_change = kind == Kind::Writing && !functions::of(request.uri()).is_some_and(is_first);
    if let Some(Err(error)) = caller.actor().filter(|_| is_change).map(Actor::require_writing) {
        request.extensions_mut().insert(measure::Refused(error));
    }
    let mut response = match measure::admit(&site, caller.actor(), kind).await {
        Ok(place) => {
            if place.is_some() {
                request.extensions_mut().insert(measure::HasPlace);
            }
            measure::held(next.run(request).await, place).await
        }
        Err(error) if !is_call => reply::refuse(&request, error),
        Err(error) => {
            request.extensions_mut().insert(measure::Refused(error));
            next.run(request).await
        }
    };
    log_refusal(&caller, &path, &response);
    let (session, step, wants_browser_key) = {
        let mut outcome = outcome.lock();
        (outcome.session.take(), outcome.second_step.take(), outcome.wants_browser_key)
    };
    if let Some(step) = step {
        let step = match &step {
            StepChange::Taken(step) => Some(step),
            StepChange::Over => None,
        };
        let cookie = cookies::set_second_step(step, site.public_url.is_https());
        response.headers_mut().append(header::SET_COOKIE, cookie);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    match session {
        Some(SessionChange::LoggedIn(tokens)) => change = CookieChange::Set(tokens),
        Some(SessionChange::LoggedOut) => change = CookieChange::Clear,
        None => {}
    }
    if wants_browser_key
        && !has_browser_key
        && let Ok(key) = site.desk.new_idempotency_key()
    {
        let cookie = cookies::set_browser_key(&key, site.public_url.is_https());
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Some((_, version)) = first_style.filter(|_| response.status() == StatusCode::OK) {
        let cookie = cookies::set_style(version, site.public_url.is_https());
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // A program with a bearer token has no use for cookies.
    if !is_program {
        apply(&mut response, change, site.public_url.is_https());
    }
    response
}

/// Why a page or a server function is not for somebody who was let in for something else than to be a customer, or who must set
/// up a second factor first. They may do that, log in as somebody else, and log out.
fn refusal(caller: &Caller, request: &Request) -> Option<Error> {
    let actor = caller.actor()?;
    let refusal = actor.require_login().err()?;
    let is_open = match functions::of(request.uri()) {
        Some(name) => functions::is_open(&name) || (actor.needs_factor && functions::sets_factor(&name)),
        None if actor.needs_factor => request.uri().path() == staff::SECOND_FACTOR,
        None => [START, WELCOME, DROP].contains(&request.uri().path()),
    };
    (!is_open).then_some(refusal)
}

/// Somebody asked for what is not theirs, as a customer for a page of the staff.
fn log_refusal(caller: &Caller, path: &str, response: &Response) {
    // Nobody in particular is refused so with a link to a file that is over, which tells of no attack.
    let Some(actor) = caller.actor().filter(|_| response.status() == StatusCode::FORBIDDEN) else { return };
    let (user, username) = actor.in_log();
    tracing::warn!(
        target: desk::SECURITY,
        event = "forbidden",
        user,
        username,
        path,
        "refused: it is not theirs"
    );
}

/// What the request tells of its browser.
fn browser(headers: &HeaderMap, is_https: bool) -> Browser {
    let key = cookies::browser_key(headers, is_https).map(ToOwned::to_owned);
    let keeps_cookies = key.is_some() || !SessionCookies::read(headers, is_https).is_empty();
    // Browsers tell with each form where its page came from, and no page can forge it.
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let second_step = cookies::second_step(headers, is_https).map(ToOwned::to_owned);
    Browser { key, second_step, keeps_cookies, is_unprotected: is_https && origin.starts_with("http://") }
}

/// Whether a page is fetched ahead by the browser, or by live updates for a tab that is hidden; or is not given out at all.
fn peek(request: &Request) -> Option<Peek> {
    if says(request, "x-pindesk-live", "hidden") {
        return Some(Peek::Hidden);
    }
    (request.method() == Method::HEAD || is_prefetch(request)).then_some(Peek::Ahead)
}

/// Whether the browser fetches it ahead.
fn is_prefetch(request: &Request) -> bool {
    says(request, "sec-purpose", "prefetch") || says(request, "purpose", "prefetch")
}

fn says(request: &Request, name: &str, word: &str) -> bool {
    request.headers().get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(word))
}

/// The bearer token of a request; the scheme's case does not matter (RFC 9110, 11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// One look-up at most, two when an access token is over and the session is renewed.
async fn identify(site: &Site, headers: &HeaderMap, takes: Takes) -> Result<(Caller, CookieChange), Error> {
    let sessions = site.desk.sessions();
    if let Some(token) = bearer(headers) {
        let found = match (token.starts_with(TOKEN_PREFIX), takes) {
            (false, _) => sessions.authenticate(token).await.map(|found| found.actor),
            (true, Takes::ApiTokens) => site.desk.api_tokens().authenticate(token).await,
            (true, Takes::Sessions) => Err(Error::Unauthenticated),
        };
        return match found {
            Ok(actor) => Ok((Caller::Known(actor), CookieChange::None)),
            Err(Error::Unauthenticated) => Ok((Caller::Refused, CookieChange::None)),
            Err(error) => Err(error),
        };
    }
    let cookies = SessionCookies::read(headers, site.public_url.is_https());
    if cookies.is_empty() {
        return Ok((Caller::Nobody, CookieChange::None));
    }
    for access in cookies.access {
        match sessions.authenticate(access).await {
            Ok(found) => return Ok((Caller::Known(found.actor), CookieChange::None)),
            Err(Error::Unauthenticated) => {}
            Err(error) => return Err(error),
        }
    }
    for refresh in cookies.refresh {
        match sessions.renew(refresh).await {
            Ok(renewed) => return Ok((Caller::Known(renewed.actor), CookieChange::Set(renewed.tokens))),
            Err(Error::Unauthenticated) => {}
            // Nothing can be written: reading goes on with the cookies as they are.
            Err(Error::Unavailable) => match sessions.known_by(refresh).await {
                Ok(actor) => return Ok((Caller::Known(actor), CookieChange::None)),
                Err(Error::Unauthenticated) => {}
                Err(error) => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
    Ok((Caller::Refused, CookieChange::Clear))
}

fn apply(response: &mut Response, change: CookieChange, is_https: bool) {
    let cookies = match change {
        CookieChange::None => return,
        CookieChange::Set(tokens) => cookies::set(&tokens, is_https),
        CookieChange::Clear => cookies::clear(is_https),
    };
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // Whatever a handler allowed: an answer with a token in it is for one reader.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Whether the request is one to which browsers add credentials by themselves.
pub(crate) fn carries_cookies(headers: &HeaderMap, is_https: bool) -> bool {
    bearer(headers).is_none() && !SessionCookies::read(headers, is_https).is_empty()
}
