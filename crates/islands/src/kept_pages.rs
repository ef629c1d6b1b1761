//! Pages that the browser keeps whole for its Back button, whatever `Cache-Control` says.

use std::{cell::Cell, rc::Rc};

use js_sys::Reflect;
use leptos::{
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::{Element, Event, RequestInit, Response},
};
use wasm_bindgen_futures::JsFuture;

use super::browser::{document, find_in_page, on, window};

/// On a page that is hidden; a style hides its body, which keeps its place and its focus.
const KEPT: &str = "data-kept";
/// On a page that looks after that by now; until then its head does.
const WATCHED: &str = "data-watched";
const WORDS: &str = ":root > [role=alert]";
const BEFORE_NEXT_TRY: i32 = 3_000;
const UNREACHABLE: &str = "The server cannot be reached. This page is shown again as soon as it can.";

/// A page that is kept is hidden while it is away. When somebody comes back to it, the server is asked who is logged
/// in. If that is still its reader, it is shown as they left it, with all that was typed and chosen. Otherwise it is
/// asked for anew: who logged out in the meantime left nothing to look at.
///
/// In everybody's file, though nobody waits for it: loaded by itself it shared so much with every island that all of them
/// came in more files, 7 KB on each page.
pub fn start() {
    // The page itself is marked by a line of script in its head, so that none is left before that is there.

    // How often the page was left: an answer from before it was left once more tells nothing.
    let left = Rc::new(Cell::new(0));
    on(&window(), "pagehide", {
        let left = Rc::clone(&left);
        move |_| left.set(left.get() + 1)
    });
    // Somebody may have come back before this was loaded.
    if let Some(page) = document().document_element() {
        let _ = page.set_attribute(WATCHED, "");
        if page.has_attribute(KEPT) {
            ask(&left);
        }
    }
    on(&window(), "pageshow", move |event| {
        if is_kept(&event) {
            ask(&left);
        }
    });
}

/// Whether the page goes into that memory, or comes out of it.
fn is_kept(event: &Event) -> bool {
    Reflect::get(event, &"persisted".into()).is_ok_and(|kept| kept.is_truthy())
}

fn ask(left: &Rc<Cell<u32>>) {
    let (left, count) = (Rc::clone(left), left.get());
    spawn_local(async move {
        let is_theirs = is_still_theirs().await;
        if left.get() != count {
            return;
        }
        match is_theirs {
            Ok(true) => show(),
            Ok(false) => {
                // Not `reload`, which would send a form once more whose answer this page was.
                let location = window().location();
                let page = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
                let _ = location.replace(&page);
            }
            Err(_) => {
                say_why();
                let again = Closure::once_into_js(move || {
                    if left.get() == count {
                        ask(&left);
                    }
                });
                let _ = window()
                    .set_timeout_with_callback_and_timeout_and_arguments_0(again.unchecked_ref(), BEFORE_NEXT_TRY);
            }
        }
    });
}

/// Whether the reader of this page is logged in; an error when there is no answer now.
async fn is_still_theirs() -> Result<bool, JsValue> {
    // What is shown once is not shown again to its reader either.
    if find_in_page::<Element>("#issued-pin").is_some() {
        return Ok(false);
    }
    let request = RequestInit::new();
    request.set_method("POST");
    let answer = JsFuture::from(window().fetch_with_str_and_init("/fn/refresh", &request)).await?;
    let answer: Response = answer.dyn_into()?;
    match answer.status() {
        200 => {
            let who = JsFuture::from(answer.json()?).await?;
            let username = Reflect::get(&who, &"username".into())?.as_string();
            let reader = find_in_page::<Element>("[data-reader]");
            Ok(username.is_some() && username == reader.and_then(|page| page.get_attribute("data-reader")))
        }
        429 | 500.. => Err(JsValue::NULL),
        _ => Ok(false),
    }
}

fn show() {
    if let Some(words) = find_in_page::<Element>(WORDS) {
        words.remove();
    }
    if let Some(page) = document().document_element() {
        let _ = page.remove_attribute(KEPT);
    }
}

/// Says beside the body, which is hidden, why the page does not come.
fn say_why() {
    let (Some(page), None) = (document().document_element(), find_in_page::<Element>(WORDS)) else { return };
    if let Ok(words) = document().create_element("p") {
        let _ = words.set_attribute("role", "alert");
        words.set_text_content(Some(UNREACHABLE));
        let _ = page.append_child(&words);
    }
}
