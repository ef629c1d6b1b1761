//! The Pindesk server.
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};

#[tokio::main]
async fn main() {
    let conf = get_configuration(None).expect("conf");
    let options = conf.leptos_options;
    let addr = options.site_addr;
    let routes = generate_route_list(app::App);
    let router = axum::Router::new()
        .leptos_routes(&options, routes, { let o = options.clone(); move || app::shell(o.clone()) })
        .fallback(leptos_axum::file_and_error_handler(app::shell))
        .with_state(options);
    let l = tokio::net::TcpListener::bind(addr).await.expect("bind");
    axum::serve(l, router.into_make_service()).await.expect("serve");
}
