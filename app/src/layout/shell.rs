//! The document around every page.

use islands::{
    addresses::staff,
    request::{RequestContext, Theme},
};
use leptos::{either::Either, nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};

use crate::routes;

/// Fetches a page when a link to it is about to be followed. Files are left alone: they are large, and not pages.
const SPECULATION_RULES: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/media/*"}},{"not":{"href_matches":"/api/*"}},{"not":{"selector_matches":"[download], [rel~=nofollow]"}}]},"eagerness":"moderate"}]}"#;

/// Hides a page of somebody who is logged in when the browser keeps it for its Back button, before any program is there; what
/// `islands` has for that shows it again. Where that never came, the page is asked for anew.
const KEPT: &str = r#"(()=>{const page=document.documentElement;addEventListener("pagehide",e=>{if(e.persisted)page.setAttribute("data-kept","")});addEventListener("pageshow",e=>{if(e.persisted)setTimeout(()=>{if(page.hasAttribute("data-kept")&&!page.hasAttribute("data-watched"))location.replace(location.pathname+location.search)},3000)})})()"#;

/// The document around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let context = RequestContext::current().ok();
    let theme = context.as_ref().and_then(|context| context.theme);
    let (theme, schemes) = match theme {
        Some(Theme::Light) => (Some("light"), "light"),
        Some(Theme::Dark) => (Some("dark"), "dark"),
        None => (None, "light dark"),
    };
    // A log-in has no page to keep, and leads nowhere but through its form.
    let is_logged_in = context.as_ref().is_some_and(|context| context.visitor.is_some());
    let kept = is_logged_in.then(|| view! { <script nonce=use_nonce() inner_html=KEPT></script> });
    let ahead = is_logged_in.then(|| {
        view! { <script type="speculationrules" nonce=use_nonce() inner_html=SPECULATION_RULES></script> }
    });
    // Customers need not load what only staff see. The hash of the site's files is in it, so that a new release is seen at once.
    let of_staff = context.as_ref().is_some_and(|context| context.path.starts_with(staff::START)).then(|| {
        let version = options.site_pkg_dir.rsplit('/').next().unwrap_or_default();
        view! { <link rel="stylesheet" href=format!("/staff.css?{version}")/> }
    });
    // Nothing is painted before the style is there. On a line of a phone, to ask for it costs as much as all of the page.
    let style = match context.and_then(|context| context.first_style) {
        Some(style) => Either::Left(view! { <style nonce=use_nonce() inner_html=style></style> }),
        None => Either::Right(view! { <HashedStylesheet options=options.clone() /> }),
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="description" content="Open a support ticket with a Support PIN, and follow the answer." />
                <meta name="color-scheme" content=schemes />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {style}
                {of_staff}
                {kept}
                <AutoReload options=options.clone() />
                <HydrationScripts options islands=true />
                {ahead}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Every page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    routes::routes()
}
