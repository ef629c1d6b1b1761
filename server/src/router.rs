//! The route table, on one screen.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, any, get},
};
use http::{Method, StatusCode};
use islands::addresses::staff::LOGIN_ELSEWHERE;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};
use utoipa::{
    OpenApi as _,
    openapi::{OpenApi, PathItem},
};
use utoipa_axum::{router::UtoipaMethodRouter, routes};

use crate::{
    assets, backups, download, forms, live, media,
    middleware::{body, cors, observe, origin, session},
    pages, reply,
    reply::ApiResult,
    rest::{
        self, approvals, callers, categories, changes, conversation, customers, delegations, docs, drafts, drop, login,
        pins, search, sessions, tickets,
    },
    server_fns,
    sign_on::{self, provider::CALLBACK},
    site::Site,
};

/// A part of the site, and with it the layers around its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Health, the site's own files, and the way to a provider and back: nobody is asked who they are.
    System,
    /// REST without a session: log in, refresh, the API's description.
    Open,
    /// REST with a session.
    Api,
    /// The bytes of attachments.
    Media,
    /// What the site's own pages hear of while they are open, and load beside themselves; for sessions alone.
    Live,
}

/// One address.
pub struct Route {
    /// Its path; `{…}` stands for a part that varies.
    pub path: String,
    /// What it takes besides HEAD and OPTIONS.
    pub methods: Vec<Method>,
    /// Its part of the site.
    pub part: Part,
    handler: MethodRouter<Site>,
    document: Option<OpenApi>,
}

impl Route {
    /// An address that the description of the API does not name.
    fn plain(part: Part, path: &str, handler: MethodRouter<Site>) -> Self {
        Self { path: path.to_owned(), methods: vec![Method::GET], part, handler, document: None }
    }

    /// Calls of one address, with what the description says of them.
    fn calls(part: Part, (schemas, paths, handler): UtoipaMethodRouter<Site>) -> Self {
        let mut all = paths.paths.iter();
        let (Some((path, item)), None) = (all.next(), all.next()) else { unreachable!("an entry has one address") };
        let (path, methods) = (path.strip_suffix('/').unwrap_or(path).to_owned(), methods(item));
        let mut document = OpenApi::default();
        document.paths = paths;
        document.components.get_or_insert_default().schemas.extend(schemas);
        Self { path, methods, part, handler, document: Some(document) }
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter(|(_, operation)| operation.is_some()).map(|(method, _)| method).collect()
}

/// Less than this fits into one packet anyway.
const COMPRESSED_FROM_BYTES: u16 = 860;
/// More than this keeps a processor busy for long, for one client.
const COMPRESSED_UP_TO_BYTES: u64 = 1024 * 1024;

/// Every address besides the pages (`app::routes`) and the server functions (`/fn/…`): its part of the site, and for calls of
/// REST the handlers, whose attributes say path, method and what the description of the API shows. REST's are served with
/// and without the trailing slash.
pub fn routes() -> Vec<Route> {
    use Part::{Api, Live, Media, Open, System};
    vec![
        Route::plain(System, "/healthz", get(healthz)),
        Route::plain(System, "/readyz", get(readyz)),
        Route::plain(System, "/pkg/{*path}", get(assets::pkg)),
        Route::calls(Open, routes!(login::log_in)),
        Route::calls(Open, routes!(login::refresh)),
        Route::calls(Open, routes!(login::blacklist)),
        Route::plain(Open, "/api/schema", get(schema)),
        Route::plain(Open, "/api/docs", get(docs::page)),
        Route::plain(Open, "/api/docs/docs.js", get(docs::script)),
        Route::plain(Open, "/api/docs/docs.css", get(docs::style)),
        Route::calls(Api, routes!(login::me)),
        Route::calls(Api, routes!(callers::make)),
        Route::calls(Api, routes!(callers::check)),
        Route::calls(Api, routes!(tickets::list, tickets::create)),
        Route::calls(Api, routes!(tickets::detail)),
        Route::calls(Api, routes!(changes::change)),
        Route::calls(Api, routes!(changes::claim)),
        Route::calls(Api, routes!(conversation::timeline)),
        Route::calls(Api, routes!(download::call_ticket)),
        Route::calls(Api, routes!(conversation::reply)),
        Route::calls(Api, routes!(conversation::note)),
        Route::calls(Api, routes!(customers::list, customers::create)),
        Route::calls(Api, routes!(customers::detail, customers::change)),
        Route::calls(Api, routes!(download::call)),
        Route::calls(Api, routes!(pins::of_customer, pins::issue)),
        Route::calls(Api, routes!(pins::list)),
        Route::calls(Api, routes!(pins::revoke)),
        Route::calls(Api, routes!(rest::audit::list)),
        Route::calls(Api, routes!(rest::ledger::end_family)),
        Route::calls(Api, routes!(rest::ledger::of_ticket)),
        Route::calls(Api, routes!(rest::ledger::of_customer)),
        Route::calls(Api, routes!(sessions::list, sessions::end)),
        Route::calls(Api, routes!(approvals::list, approvals::ask)),
        Route::calls(Api, routes!(approvals::withdraw)),
        Route::calls(Api, routes!(approvals::confirm)),
        Route::calls(Api, routes!(approvals::decline)),
        Route::calls(Api, routes!(categories::list)),
        Route::calls(Api, routes!(search::search)),
        Route::calls(Api, routes!(drafts::read, drafts::save, drafts::discard)),
        Route::calls(Api, routes!(delegations::list, delegations::make)),
        Route::calls(Api, routes!(delegations::end)),
        Route::calls(Api, routes!(drop::view, drop::add)),
        Route::calls(Api, routes!(live::api)),
        Route::plain(System, LOGIN_ELSEWHERE, get(sign_on::begin)),
        Route::plain(System, CALLBACK, get(sign_on::back)),
        Route::plain(Live, "/live", get(live::stream)),
        Route::plain(Live, "/admin/backups/{file}", get(backups::file)),
        Route::plain(Live, "/tickets/{id}/download", get(download::ticket)),
        Route::plain(Live, "/admin/customers/{id}/export", get(download::customer)),
        Route::calls(Media, routes!(media::file)),
    ]
}

/// The description of the REST API.
pub fn openapi() -> OpenApi {
    let mut api = rest::schema::Api::openapi();
    routes().into_iter().filter_map(|route| route.document).for_each(|document| api.merge(document));
    rest::schema::without_null(&mut api);
    api
}

/// `GET /api/schema/`
async fn schema() -> ApiResult {
    static API: LazyLock<OpenApi> = LazyLock::new(openapi);
    rest::wire::json(StatusCode::OK, &*API)
}

/// The paths of the pages.
pub fn page_paths() -> Vec<String> {
    pages::PATHS.clone()
}

/// The whole site.
pub fn router(site: Site) -> Router {
    let with_state = |part| (part, Router::<Site>::new());
    let mut parts = [Part::System, Part::Open, Part::Api, Part::Media, Part::Live].map(with_state);
    for Route { path, part, handler, .. } in routes() {
        let is_rest = matches!(part, Part::Open | Part::Api);
        if let Some((_, router)) = parts.iter_mut().find(|(known, _)| *known == part) {
            let handler = handler.fallback(reply::other_method);
            let has_slash_twin = is_rest && !path.contains('.');
            *router = std::mem::take(router).route(&path, handler.clone());
            if has_slash_twin {
                *router = std::mem::take(router).route(&format!("{path}/"), handler);
            }
        }
    }
    let [(_, system), (_, open), (_, api), (_, media), (_, live)] = parts;
    let compress = || {
        // What is compressed waits until a block is full; a stream of events may not.
        let worth_it = SizeAbove::new(COMPRESSED_FROM_BYTES).and(NotForContentType::SSE).and(NotTooLarge);
        // An archive is compressed already.
        let worth_it = worth_it.and(NotForContentType::const_new("application/zip"));
        // Two above the usual: a first page, which holds the style sheet, is a tenth smaller, and what is above that gains little.
        CompressionLayer::new().quality(CompressionLevel::Precise(6)).compress_when(worth_it)
    };
    let caller = || from_fn_with_state(site.clone(), session::caller);
    let foreign_cookies = || from_fn_with_state(site.clone(), origin::with_cookies);
    // Around each part for itself, so that what goes around them is around their refusals, too.
    let guarded = |part: Router<Site>| part.layer(from_fn(body::guard)).layer(from_fn(observe::catch_panics));

    let unknown = ["/api", "/api/", "/api/{*rest}", "/media", "/media/", "/media/{*rest}"]
        .iter()
        .fold(Router::new(), |router, path| router.route(path, any(rest::missing)));
    let api = open.merge(api.layer(caller())).merge(unknown).layer(foreign_cookies()).layer(compress());
    let media = media.layer(caller()).layer(foreign_cookies());
    let live = live.layer(from_fn_with_state(site.clone(), session::reader)).layer(foreign_cookies());
    let pages = page_paths().iter().fold(Router::new(), |router, path| {
        router.route(path, get(pages::show).post(forms::submit).fallback(reply::other_method))
    });
    let pages = pages
        .route("/fn/{*name}", any(server_fns::direct))
        .fallback(pages::missing)
        .layer(from_fn_with_state(site.clone(), session::context))
        // Whatever runs a server function is in here; see `server_fns::call`.
        .layer(from_fn_with_state(site.clone(), origin::always))
        .layer(compress())
        .layer(from_fn(public_files));
    guarded(pages.merge(live).merge(system))
        .merge(guarded(api.merge(media)).layer(cors::cors(&site.cors_origins)))
        .layer(DefaultBodyLimit::disable())
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
