//! Pages, islands and server functions of Pindesk.
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::{components::{Route, Router, Routes}, path};

/// The document around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <HydrationScripts options islands=true/>
                <MetaTags/>
            </head>
            <body><App/></body>
        </html>
    }
}

/// The routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| "Not found">
                <Route path=path!("/") view=Home/>
            </Routes>
        </Router>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! { <h1>"Pindesk"</h1> <Counter start=3/> <Other/> }
}

#[island(lazy)]
fn Counter(start: i32) -> impl IntoView {
    let (n, set_n) = signal(start);
    view! { <button id="c" on:click=move |_| set_n.update(|n| *n += 1)>{n}</button> }
}

#[island(lazy)]
fn Other() -> impl IntoView {
    let (n, set_n) = signal(String::new());
    view! { <input on:input=move |e| set_n.set(event_target_value(&e))/><p id="o">{n}</p> }
}
