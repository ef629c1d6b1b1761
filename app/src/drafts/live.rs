//! Saving while somebody types: one request at a time, and the newest words win.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Promise, Reflect};
use leptos::{
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::{
        AbortController, Element, FormData, HtmlElement, HtmlFormElement, RequestInit, Response, UrlSearchParams,
    },
};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::wake::{RESTORED, get, texts};
use crate::islands::browser::{document, find, on, window};

const AFTER_LAST_KEY: i32 = 600;
const BEFORE_NEXT_TRY: i32 = 3_000;
const FOR_ONE_UNDER_WAY: i32 = 1_500;
/// Browsers let a request outlive its page up to 64 KiB, all of them together.
const OUTLIVES_UP_TO: usize = 30_000;

const SAVING: &str = "Saving…";
const SAVED: &str = "Draft saved";
const SENT: &str = "This was sent already. Reload the page to write something new.";
const LOGGED_OUT: &str = "Not saved: you are logged out. Log in in another tab; what you wrote stays here.";
const WAITS: &str = "Not saved yet. Trying again.";
const UNREACHABLE: &str = "Not saved: the server cannot be reached. Trying again.";
const UNAVAILABLE: &str = "Not saved: the desk cannot save anything at the moment. Trying again.";
const OUR_FAULT: &str = "Not saved: something went wrong on our side. Trying again.";
const REFUSED: &str = "Not saved: the server does not take this draft. What you wrote stays here.";

/// A form that keeps a draft.
struct Live {
    form: HtmlFormElement,
    /// Its fields as they were saved last.
    saved: RefCell<String>,
    timer: Cell<Option<i32>>,
    /// What is being saved.
    saving: RefCell<Option<String>>,
    /// Breaks that off.
    breaker: RefCell<Option<AbortController>>,
    /// The draft is being discarded; what is typed after that counts again.
    is_over: Cell<bool>,
}

/// Begins with what was typed until now; the first keystroke is why it begins.
pub(crate) fn start(form: HtmlFormElement) {
    let live = Rc::new(Live {
        form,
        saved: RefCell::default(),
        timer: Cell::new(None),
        saving: RefCell::default(),
        breaker: RefCell::default(),
        is_over: Cell::new(false),
    });
    if !keep_both(&live) {
        later(&live, AFTER_LAST_KEY);
    }
    on(&live.form, "input", {
        let live = Rc::clone(&live);
        move |_| {
            live.is_over.set(false);
            later(&live, AFTER_LAST_KEY);
        }
    });
    let leaving = [(live.form.clone().into(), "focusout"), (document().into(), "visibilitychange")];
    for (target, event) in leaving {
        let live = Rc::clone(&live);
        on(&target, event, move |_| save(&live, false));
    }
    on(&window(), "pagehide", {
        let live = Rc::clone(&live);
        move |_| save(&live, true)
    });
    // Sending it takes the draft along; a save that comes late is ignored for its key.
    on(&live.form, "submit", {
        let live = Rc::clone(&live);
        move |_| stop_timer(&live)
    });
    if let Some(button) = discard_button(&live) {
        on(&button, "click", move |event| {
            stop_timer(&live);
            live.is_over.set(true);
            // A save that arrived after the draft was discarded would bring it back: the one under way goes first, and the
            // button is pressed again after it. One that takes too long is broken off.
            if live.saving.borrow().is_some() {
                event.prevent_default();
                let waits = Rc::clone(&live);
                start_timer(&live, FOR_ONE_UNDER_WAY, move || {
                    if let Some(breaker) = waits.breaker.take() {
                        breaker.abort();
                    }
                });
            }
        });
    }
}

fn discard_button(live: &Live) -> Option<HtmlElement> {
    find(&live.form, "[data-draft-discard]")
}

/// A browser that comes back to a page may bring back what was typed there. If the server's draft is another text, both
/// are kept: the field holds the one, a button brings the other, and nothing is saved until somebody types or chooses.
fn keep_both(live: &Rc<Live>) -> bool {
    if !live.form.has_attribute(RESTORED) {
        return false;
    }
    let texts = texts(&live.form).into_iter().map(|field| (RefCell::new(get(&field, "defaultValue")), field));
    let others: Vec<_> =
        texts.filter(|(other, field)| !other.borrow().is_empty() && *other.borrow() != get(field, "value")).collect();
    let Some(button) = find::<HtmlElement>(&live.form, "[data-draft-swap]").filter(|_| !others.is_empty()) else {
        return false;
    };
    if let Some((_, text)) = fields(live) {
        live.saved.replace(text);
    }
    button.set_hidden(false);
    let live = Rc::clone(live);
    on(&button, "click", move |_| {
        for (other, field) in &others {
            let shown = other.replace(get(field, "value"));
            let _ = Reflect::set(field, &"value".into(), &shown.into());
        }
        later(&live, AFTER_LAST_KEY);
    });
    true
}

fn stop_timer(live: &Live) {
    if let Some(timer) = live.timer.take() {
        window().clear_timeout_with_handle(timer);
    }
}

fn later(live: &Rc<Live>, milliseconds: i32) {
    let saves = Rc::clone(live);
    start_timer(live, milliseconds, move || save(&saves, false));
}

fn start_timer(live: &Live, milliseconds: i32, run: impl FnOnce() + 'static) {
    stop_timer(live);
    let run = Closure::once_into_js(run);
    let timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(run.unchecked_ref(), milliseconds);
    live.timer.set(timer.ok());
}

/// The form's text fields, ready to be sent, and as text.
fn fields(live: &Live) -> Option<(UrlSearchParams, String)> {
    let data = FormData::new_with_form(&live.form).ok()?;
    data.delete("attachments");
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.set("place", &live.form.get_attribute("data-draft")?);
    let text = fields.to_string().into();
    Some((fields, text))
}

/// Saves if something changed. `is_last`: the page goes, there is no time to wait for the request under way.
fn save(live: &Rc<Live>, is_last: bool) {
    stop_timer(live);
    let Some((fields, text)) = fields(live) else { return };
    let must_wait = live.saving.borrow().as_ref().is_some_and(|saving| !is_last || *saving == text);
    if must_wait || live.is_over.get() || *live.saved.borrow() == text {
        return;
    }
    live.saving.replace(Some(text.clone()));
    say(live, SAVING);
    let breaker = AbortController::new().ok();
    let request = post(&fields, text.len(), breaker.as_ref());
    live.breaker.replace(breaker);
    let live = Rc::clone(live);
    spawn_local(async move {
        let answer = read(request).await;
        live.saving.replace(None);
        if live.is_over.get() {
            if let Some(button) = discard_button(&live) {
                button.click();
            }
            return;
        }
        let again = match &answer {
            Some((200, _)) => {
                live.saved.replace(text);
                AFTER_LAST_KEY
            }
            None | Some((429 | 500.., _)) => BEFORE_NEXT_TRY,
            // Until the next key, or until the person comes back from another tab.
            Some(_) => 0,
        };
        say(&live, words(answer.as_ref()));
        let is_newer = self::fields(&live).is_some_and(|(_, text)| text != *live.saved.borrow());
        if again > 0 && is_newer && live.timer.get().is_none() {
            later(&live, again);
        }
    });
}

fn words(answer: Option<&(u16, String)>) -> &'static str {
    match answer {
        Some((200, text)) if text == "null" => SENT,
        Some((200, _)) => SAVED,
        Some((401, _)) => LOGGED_OUT,
        Some((429, _)) => WAITS,
        None => UNREACHABLE,
        Some((503, _)) => UNAVAILABLE,
        Some((500.., _)) => OUR_FAULT,
        Some(_) => REFUSED,
    }
}

fn post(fields: &UrlSearchParams, length: usize, breaker: Option<&AbortController>) -> Promise {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(fields);
    request.set_signal(breaker.map(AbortController::signal).as_ref());
    let _ = Reflect::set(&request, &"keepalive".into(), &JsValue::from_bool(length < OUTLIVES_UP_TO));
    window().fetch_with_str_and_init("/fn/save_draft", &request)
}

/// Status and text of an answer; nothing when none came.
async fn read(request: Promise) -> Option<(u16, String)> {
    let response: Response = JsFuture::from(request).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    Some((response.status(), text))
}

fn say(live: &Live, words: &str) {
    if let Some(status) = find::<Element>(&live.form, "[data-draft-status]") {
        status.set_text_content(Some(words));
    }
    if let Some(discard) = discard_button(live).filter(|_| words == SAVED) {
        discard.set_hidden(false);
    }
}
