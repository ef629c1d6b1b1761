//! Shows what a text in Markdown will look like, as the server renders it.

use js_sys::JSON;
use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlFormElement, RequestInit, Response, UrlSearchParams},
};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::wake::get;
use crate::browser::{find, window};

const FAILED: &str = "The preview cannot be shown now. What you wrote stays here.";

/// Fills the form's preview and shows it.
pub(crate) fn show(form: HtmlFormElement) {
    spawn_local(fill(form));
}

async fn fill(form: HtmlFormElement) {
    let (Some(place), Some(field)) =
        (find::<HtmlElement>(&form, "[data-preview]"), find::<Element>(&form, "textarea[name=body]"))
    else {
        return;
    };
    let Some(shown) = find::<Element>(&place, ".written") else { return };
    match ask(&get(&field, "value")).await {
        // Sanitised by the server.
        Some(html) => shown.set_inner_html(&html),
        None => shown.set_text_content(Some(FAILED)),
    }
    place.set_hidden(false);
}

async fn ask(body: &str) -> Option<String> {
    let fields = UrlSearchParams::new().ok()?;
    fields.set("body", body);
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&fields);
    let answer = JsFuture::from(window().fetch_with_str_and_init("/fn/preview", &request)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    JSON::parse(&text).ok().filter(|_| answer.ok())?.as_string()
}
