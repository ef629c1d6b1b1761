//! The route table, on one screen.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, any, get, post},
};
use http::Method;
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{
    assets, forms, live, media,
    middleware::{body, observe, origin, session},
    pages, reply, rest, server_fns,
    site::Site,
};

/// A part of the site, and with it the layers around its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Health and the site's own files: nobody is asked who they are.
    System,
    /// REST without a session: log in, refresh, the API's description.
    Open,
    /// REST with a session.
    Api,
    /// The bytes of attachments.
    Media,
    /// What the site's own pages hear of while they are open.
    Live,
}

/// One address.
pub struct Route {
    /// Its path; `{…}` stands for a part that varies.
    pub path: &'static str,
    /// What it takes besides HEAD and OPTIONS.
    pub methods: &'static [Method],
    /// Its part of the site.
    pub part: Part,
    handler: MethodRouter<Site>,
}

/// Less than this fits into one packet anyway.
const COMPRESSED_FROM_BYTES: u16 = 860;
/// More than this keeps a processor busy for long, for one client.
const COMPRESSED_UP_TO_BYTES: u64 = 1024 * 1024;
const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const BOTH: &[Method] = &[Method::GET, Method::POST];
const DRAFT: &[Method] = &[Method::GET, Method::PUT, Method::DELETE];

/// Every address besides the pages (`app::routes`) and the server functions (`/fn/…`).
/// REST's are served with and without the trailing slash.
pub fn routes() -> Vec<Route> {
    use Part::{Api, Live, Media, Open, System};
    let route = |part, path, methods, handler| Route { path, methods, part, handler };
    vec![
        route(System, "/healthz", GET, get(healthz)),
        route(System, "/readyz", GET, get(readyz)),
        route(System, "/pkg/{*path}", GET, get(assets::pkg)),
        route(Open, "/api/users/login", POST, post(rest::login::log_in)),
        route(Open, "/api/token/refresh", POST, post(rest::login::refresh)),
        route(Open, "/api/token/blacklist", POST, post(rest::login::blacklist)),
        route(Open, "/api/schema", GET, get(rest::schema::schema)),
        route(Open, "/api/docs", GET, get(rest::docs::page)),
        route(Open, "/api/docs/docs.js", GET, get(rest::docs::script)),
        route(Open, "/api/docs/docs.css", GET, get(rest::docs::style)),
        route(Api, "/api/tickets", BOTH, get(rest::tickets::list).post(rest::tickets::create)),
        route(Api, "/api/tickets/{id}", GET, get(rest::tickets::detail)),
        route(Api, "/api/tickets/{id}/changes", POST, post(rest::changes::change)),
        route(Api, "/api/tickets/{id}/claim", POST, post(rest::changes::claim)),
        route(Api, "/api/tickets/{id}/timeline", GET, get(rest::conversation::timeline)),
        route(Api, "/api/tickets/{id}/replies", POST, post(rest::conversation::reply)),
        route(Api, "/api/tickets/{id}/notes", POST, post(rest::conversation::note)),
        route(Api, "/api/search", GET, get(rest::search::search)),
        route(
            Api,
            "/api/drafts/{place}",
            DRAFT,
            get(rest::drafts::read).put(rest::drafts::save).delete(rest::drafts::discard),
        ),
        route(Api, "/api/events", GET, get(live::api)),
        route(Live, "/live", GET, get(live::stream)),
        route(Media, "/media/tickets/{ticket_id}/{file}", GET, get(media::file)),
    ]
}

/// The paths of the pages.
pub fn page_paths() -> Vec<String> {
    pages::PATHS.clone()
}

/// The whole site.
pub fn router(site: Site) -> Router {
    let with_state = |part| (part, Router::<Site>::new());
    let mut parts = [Part::System, Part::Open, Part::Api, Part::Media, Part::Live].map(with_state);
    for route in routes() {
        let is_rest = matches!(route.part, Part::Open | Part::Api);
        if let Some((_, router)) = parts.iter_mut().find(|(part, _)| *part == route.part) {
            let at = std::mem::take(router);
            let handler = route.handler.fallback(reply::other_method);
            let has_slash_twin = is_rest && !route.path.contains('.');
            let twin = has_slash_twin.then(|| format!("{}/", route.path));
            *router = at.route(route.path, handler.clone());
            if let Some(twin) = twin {
                *router = std::mem::take(router).route(&twin, handler);
            }
        }
    }
    let [(_, system), (_, open), (_, api), (_, media), (_, live)] = parts;
    let compress = || {
        // What is compressed waits until a block is full; a stream of events may not.
        let worth_it = SizeAbove::new(COMPRESSED_FROM_BYTES).and(NotForContentType::SSE).and(NotTooLarge);
        CompressionLayer::new().compress_when(worth_it)
    };
    let caller = || from_fn_with_state(site.clone(), session::caller);
    let foreign_cookies = || from_fn_with_state(site.clone(), origin::with_cookies);

    let unknown = ["/api", "/api/", "/api/{*rest}", "/media", "/media/", "/media/{*rest}"]
        .iter()
        .fold(Router::new(), |router, path| router.route(path, any(rest::missing)));
    let api = open.merge(api.layer(caller())).merge(unknown).layer(foreign_cookies()).layer(compress());
    let pages = page_paths().iter().fold(Router::new(), |router, path| {
        router.route(path, get(pages::show).post(forms::submit).fallback(reply::other_method))
    });
    let pages = pages
        .route("/fn/{*name}", any(server_fns::call))
        .fallback(pages::missing)
        .layer(from_fn_with_state(site.clone(), session::context))
        // Whatever runs a server function is in here; see `server_fns::call`.
        .layer(from_fn_with_state(site.clone(), origin::always))
        .layer(compress())
        .layer(from_fn(public_files));
    pages
        .merge(media.merge(live).layer(caller()).layer(foreign_cookies()))
        .merge(api)
        .merge(system)
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(site.clone(), body::guard))
        .layer(from_fn(observe::catch_panics))
        .layer(from_fn(rest::cors(&site.cors_origins)))
        .layer(from_fn(reply::one_host))
        .layer(from_fn_with_state(site.clone(), observe::observe))
        .with_state(site)
}

#[derive(Clone, Copy)]
struct NotTooLarge;

impl Predicate for NotTooLarge {
    fn should_compress<B: http_body::Body>(&self, response: &http::Response<B>) -> bool {
        response.body().size_hint().lower() <= COMPRESSED_UP_TO_BYTES
    }
}

async fn healthz() -> &'static str {
    "ok"
}

async fn readyz(State(site): State<Site>) -> Response {
    match site.desk.ready().await {
        Ok(()) => "ok".into_response(),
        Err(error) => {
            let why = site.desk.trouble().map_or("The desk cannot read or write", desk::Trouble::word);
            let mut response = (reply::status(&error), why).into_response();
            response.headers_mut().extend(reply::retry_after(&error));
            response
        }
    }
}

/// Files such as `/favicon.svg` come before the pages, and need no session.
async fn public_files(request: Request, next: axum::middleware::Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(response) = assets::public(request.uri().path(), request.headers())
    {
        return response;
    }
    next.run(request).await
}
