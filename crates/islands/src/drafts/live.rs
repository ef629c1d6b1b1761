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
use crate::browser::{document, find, on, window};

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
struct DraftForm {
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
    let draft = Rc::new(DraftForm {
        form,
        saved: RefCell::default(),
        timer: Cell::new(None),
        saving: RefCell::default(),
        breaker: RefCell::default(),
        is_over: Cell::new(false),
    });
    if !keep_both(&draft) {
        later(&draft, AFTER_LAST_KEY);
    }
    on(&draft.form, "input", {
        let draft = Rc::clone(&draft);
        move |_| {
            draft.is_over.set(false);
            later(&draft, AFTER_LAST_KEY);
        }
    });
    let leaving = [(draft.form.clone().into(), "focusout"), (document().into(), "visibilitychange")];
    for (target, event) in leaving {
        let draft = Rc::clone(&draft);
        on(&target, event, move |_| save(&draft, false));
    }
    on(&window(), "pagehide", {
        let draft = Rc::clone(&draft);
        move |_| save(&draft, true)
    });
    // Sending it takes the draft along; a save that comes late is ignored for its key.
    on(&draft.form, "submit", {
        let draft = Rc::clone(&draft);
        move |_| stop_timer(&draft)
    });
    if let Some(button) = discard_button(&draft) {
        on(&button, "click", move |event| {
            stop_timer(&draft);
            draft.is_over.set(true);
            // A save that arrived after the draft was discarded would bring it back: the one under way goes first, and
            // the button is pressed again after it. One that takes too long is broken off.
            if draft.saving.borrow().is_some() {
                event.prevent_default();
                let waits = Rc::clone(&draft);
                start_timer(&draft, FOR_ONE_UNDER_WAY, move || {
                    if let Some(breaker) = waits.breaker.take() {
                        breaker.abort();
                    }
                });
            }
        });
    }
}

fn discard_button(draft: &DraftForm) -> Option<HtmlElement> {
    find(&draft.form, "[data-draft-discard]")
}

/// A browser that comes back to a page may bring back what was typed there. If the server's draft is another text, both
/// are kept: the field holds the one, a button brings the other, and nothing is saved until somebody types or chooses.
fn keep_both(draft: &Rc<DraftForm>) -> bool {
    if !draft.form.has_attribute(RESTORED) {
        return false;
    }
    let texts = texts(&draft.form).into_iter().map(|field| (RefCell::new(get(&field, "defaultValue")), field));
    let others: Vec<_> =
        texts.filter(|(other, field)| !other.borrow().is_empty() && *other.borrow() != get(field, "value")).collect();
    let Some(button) = find::<HtmlElement>(&draft.form, "[data-draft-swap]").filter(|_| !others.is_empty()) else {
        return false;
    };
    if let Some((_, text)) = fields(draft) {
        draft.saved.replace(text);
    }
    button.set_hidden(false);
    let draft = Rc::clone(draft);
    on(&button, "click", move |_| {
        for (other, field) in &others {
            let shown = other.replace(get(field, "value"));
            let _ = Reflect::set(field, &"value".into(), &shown.into());
        }
        later(&draft, AFTER_LAST_KEY);
    });
    true
}

fn stop_timer(draft: &DraftForm) {
    if let Some(timer) = draft.timer.take() {
        window().clear_timeout_with_handle(timer);
    }
}

fn later(draft: &Rc<DraftForm>, milliseconds: i32) {
    let saves = Rc::clone(draft);
    start_timer(draft, milliseconds, move || save(&saves, false));
}

fn start_timer(draft: &DraftForm, milliseconds: i32, run: impl FnOnce() + 'static) {
    stop_timer(draft);
    let run = Closure::once_into_js(run);
    let timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(run.unchecked_ref(), milliseconds);
    draft.timer.set(timer.ok());
}

/// The form's text fields, ready to be sent, and as text.
fn fields(draft: &DraftForm) -> Option<(UrlSearchParams, String)> {
    let data = FormData::new_with_form(&draft.form).ok()?;
    data.delete("attachments");
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.set("place", &draft.form.get_attribute("data-draft")?);
    let text = fields.to_string().into();
    Some((fields, text))
}

/// Saves if something changed. `is_last`: the page goes, there is no time to wait for the request under way.
fn save(draft: &Rc<DraftForm>, is_last: bool) {
    // The timer is that of who discards.
    if draft.is_over.get() {
        return;
    }
    stop_timer(draft);
    let Some((fields, text)) = fields(draft) else { return };
    let must_wait = draft.saving.borrow().as_ref().is_some_and(|saving| !is_last || *saving == text);
    if must_wait || *draft.saved.borrow() == text {
        return;
    }
    draft.saving.replace(Some(text.clone()));
    say(draft, SAVING);
    let breaker = AbortController::new().ok();
    let request = post(&fields, text.len(), breaker.as_ref());
    draft.breaker.replace(breaker);
    let draft = Rc::clone(draft);
    spawn_local(async move {
        let answer = read(request).await;
        draft.saving.replace(None);
        if draft.is_over.get() {
            if let Some(button) = discard_button(&draft) {
                button.click();
            }
            return;
        }
        let again = match &answer {
            Some((200, _)) => {
                draft.saved.replace(text);
                AFTER_LAST_KEY
            }
            None | Some((429 | 500.., _)) => BEFORE_NEXT_TRY,
            // Until the next key, or until the person comes back from another tab.
            Some(_) => 0,
        };
        say(&draft, words(answer.as_ref()));
        let is_newer = self::fields(&draft).is_some_and(|(_, text)| text != *draft.saved.borrow());
        if again > 0 && is_newer && draft.timer.get().is_none() {
            later(&draft, again);
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

fn say(draft: &DraftForm, words: &str) {
    if let Some(status) = find::<Element>(&draft.form, "[data-draft-status]") {
        status.set_text_content(Some(words));
    }
    if let Some(discard) = discard_button(draft).filter(|_| words == SAVED) {
        discard.set_hidden(false);
    }
}
