//! Staff log in with an account that they have elsewhere: the way there and the way back.
//!
//! The browser keeps one cookie meanwhile, a random value with an end. State, nonce and PKCE's verifier are made from it under the
//! server's secret, so it tells none of them, and changing anything of it changes all.

pub(crate) mod provider;

use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use http::{HeaderMap, HeaderValue, Uri, header};
use islands::addresses::{query_of, staff, with_query};
use serde::Deserialize;

use self::provider::{Fault, Secrets};
use crate::{
    extract::Client,
    middleware::cookies::{self, SessionCookies},
    reply::Area,
    site::Site,
};

/// Seconds between the way there and the way back.
const WAITS: i64 = 10 * 60;

#[derive(Default, Deserialize)]
#[serde(default)]
struct BeginQuery {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BackQuery {
    state: String,
    code: String,
    error: String,
    iss: String,
}

fn secrets(site: &Site, cookie: &str) -> Secrets {
    let made = |purpose: &str| site.desk.sign_on_value(purpose, cookie);
    Secrets { state: made("state"), nonce: made("nonce"), verifier: made("verifier") }
}

/// The log-in, with what is to be said there.
fn to_login(site: &Site, why: &str) -> Response {
    let mut response = Redirect::to(&with_query(staff::LOGIN, &[("sso", why)])).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookies::set_sign_on(None, site.public_url.is_https()));
    response
}

/// `GET /admin/login/sso`: sends the browser to the provider.
pub(crate) async fn begin(State(site): State<Site>, uri: Uri) -> Response {
    let Some(provider) = site.provider.as_ref() else { return Area::Page.refuse(Error::NotFound) };
    let Ok(random) = site.desk.new_idempotency_key() else { return Area::Page.refuse(Error::Internal) };
    let at = site.desk.now();
    let next = BASE64URL_NOPAD.encode(app::admin::next_page(&query_of::<BeginQuery>(&uri.to_string()).next).as_bytes());
    let cookie = format!("{random}.{}.{next}", at.plus_seconds(WAITS).as_seconds());
    match provider.authorize(&secrets(&site, &cookie), at).await {
        Ok(address) => {
            let Ok(location) = HeaderValue::from_str(&address) else { return Area::Page.refuse(Error::Internal) };
            let mut response = Redirect::to(staff::LOGIN).into_response();
            response.headers_mut().insert(header::LOCATION, location);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            let cookie = cookies::set_sign_on(Some((&cookie, WAITS)), site.public_url.is_https());
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Err(fault) => failed(&site, &fault),
    }
}

fn failed(site: &Site, fault: &Fault) -> Response {
    let (Fault::Away(why) | Fault::Refused(why)) = fault;
    tracing::warn!(target: desk::SECURITY, event = "sign_on_failed", why, "single sign-on: the provider");
    to_login(site, if matches!(fault, Fault::Away(_)) { "away" } else { "wrong" })
}

/// What came back with a browser: the secrets of its log-in and where it leads, if the cookie is of this log-in and not too old.
fn came_back(site: &Site, headers: &HeaderMap, query: &BackQuery) -> Option<(Secrets, String)> {
    let cookie = cookies::sign_on(headers, site.public_url.is_https())?;
    let mut parts = cookie.split('.').skip(1);
    let until: i64 = parts.next()?.parse().ok()?;
    let next = String::from_utf8(BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok()?).ok()?;
    let secrets = secrets(site, cookie);
    let is_this = site.desk.is_sign_on_value("state", cookie, &query.state);
    (is_this && (0..=WAITS).contains(&(until - site.desk.now().as_seconds()))).then_some((secrets, next))
}

/// `GET /admin/login/sso/callback`: lets somebody in who comes back from the provider.
pub(crate) async fn back(State(site): State<Site>, Client(client): Client, headers: HeaderMap, uri: Uri) -> Response {
    let Some(provider) = site.provider.as_ref() else { return Area::Page.refuse(Error::NotFound) };
    let query = query_of::<BackQuery>(&uri.to_string());
    let Some((secrets, next)) = came_back(&site, &headers, &query) else { return to_login(&site, "late") };
    // Another provider's answer must not be taken for this one's (RFC 9207).
    let is_theirs = query.iss.is_empty() || provider.is_called(&query.iss);
    if !query.error.is_empty() || query.code.is_empty() || !is_theirs {
        return to_login(&site, "refused");
    }
    let users = site.desk.users();
    let tried = match users.begin_sign_on(&client).await {
        Ok(tried) => tried,
        Err(error) => return to_login(&site, word(&error)),
    };
    let found = provider.identify(&query.code, &secrets, site.desk.now()).await;
    // A provider that is away, or one that vouches for somebody: nothing was wrong.
    if !matches!(found, Err(Fault::Refused(_)))
        && let Err(error) = users.forgive(tried).await
    {
        tracing::warn!(%error, "a try of single sign-on stays counted");
    }
    let identity = match found {
        Ok(identity) => identity,
        Err(fault) => return failed(&site, &fault),
    };
    let opened = match users.sign_on(&identity, &client).await {
        Ok(opened) => opened,
        Err(error) => {
            let (subject, username) = (&identity.subject, &identity.person.username);
            tracing::warn!(target: desk::SECURITY, event = "sign_on_refused", subject, username, %error, "single sign-on: refused");
            return to_login(&site, word(&error));
        }
    };
    // The session that this browser had is ended, as its cookies are overwritten. Its access token may be over.
    for refresh in SessionCookies::read(&headers, site.public_url.is_https()).refresh {
        if let Ok(before) = site.desk.sessions().known_by(refresh).await
            && let Err(error) = site.desk.sessions().log_out(&before).await
        {
            tracing::warn!(%error, "the session before a log-in could not be ended");
        }
    }
    let is_https = site.public_url.is_https();
    let mut response = Redirect::to(app::admin::next_page(&next)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let over = [cookies::set_sign_on(None, is_https), cookies::set_second_step(None, is_https)];
    for cookie in cookies::set(&opened.tokens, is_https).into_iter().chain(over) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What the page of the log-in says of a refusal.
fn word(error: &Error) -> &'static str {
    match error {
        Error::Unauthenticated => "off",
        Error::Forbidden { .. } => "role",
        Error::Conflict { .. } => "taken",
        Error::Invalid { .. } => "name",
        Error::TooManyAttempts { .. } => "many",
        _ => "wrong",
    }
}
