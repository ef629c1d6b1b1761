//! What waits on the page for somebody to touch a form: the rest is loaded only then.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use js_sys::{Function, Reflect};
use leptos::{
    prelude::*,
    wasm_bindgen::{self, JsCast, prelude::wasm_bindgen},
    web_sys::{
        ClipboardEvent, DataTransfer, DragEvent, Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement,
        SubmitEvent,
    },
};

use crate::browser::{document, find, find_all, find_in_page, in_browser, on, window};

/// On a form into which the browser brought back what was typed there before, other than what the server sent.
pub(super) const RESTORED: &str = "data-restored";
/// On a form that its island has by now.
pub(super) const ALIVE: &str = "data-alive";
/// How long a form that is sent waits for its island.
const WAITS: Duration = Duration::from_secs(3);
/// What Leptos' script calls instead of an island that is held back.
const LATER: &str = "island_later";

thread_local! {
    /// The forms of the page that take files, in its order.
    static TAKE_FILES: RefCell<Vec<HtmlFormElement>> = const { RefCell::new(Vec::new()) };
    /// A button that was pressed before its form was alive.
    static PRESSED: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

/// Nothing: the island comes when somebody touches it.
#[wasm_bindgen]
pub fn island_later(_: HtmlElement) {}

/// Holds the lazy island in it back until somebody points at its form, comes to it or gives it a file.
#[island]
pub fn OnTouch(
    /// The island, with one form.
    children: Children,
) -> impl IntoView {
    // Before Leptos' script goes on to the island inside.
    in_browser(hold);
    view! { <div class="on-touch">{children()}</div> }
}

/// Looks alive at once, so that nothing moves when it is.
fn hold() {
    let Some(place) = find_in_page::<Element>(".on-touch:not(.is-live)") else { return };
    let island = find::<HtmlElement>(&place, "leptos-island");
    let (Some(island), Some(form)) = (island, find::<HtmlFormElement>(&place, "form")) else { return };
    let Some(component) = island.get_attribute("data-component") else { return };
    let _ = place.class_list().add_1("is-live");
    let is_restored = find_all(&form, "textarea, input[type=text]")
        .iter()
        .any(|field| get(field, "value") != get(field, "defaultValue"));
    if is_restored {
        let _ = form.set_attribute(RESTORED, "");
    }
    // Somebody is there already: Leptos' script goes on to it.
    let woken = Cell::new(is_restored || form.contains(document().active_element().as_deref()));
    if !woken.get() {
        let _ = island.set_attribute("data-component", LATER);
    }
    let wake = move || {
        if !woken.replace(true) {
            let _ = island.set_attribute("data-component", &component);
            let hydrate = Reflect::get(&window(), &"__hydrateIsland".into());
            if let Some(hydrate) = hydrate.ok().and_then(|hydrate| hydrate.dyn_into::<Function>().ok()) {
                let _ = hydrate.call2(&window(), &island, &component.as_str().into());
            }
        }
    };
    let wake = Rc::new(wake);
    for event in ["pointerover", "focusin", "input", "change"] {
        let wake = Rc::clone(&wake);
        on(&form, event, move |_| wake());
    }
    let clicked = form.clone();
    on(&form, "click", move |event| {
        let target =
            event.target().filter(|_| !is_alive(&clicked)).and_then(|target| target.dyn_into::<Element>().ok());
        let button = target.and_then(|target| target.closest("button[type=button]").ok().flatten());
        PRESSED.set(button.and_then(|button| button.dyn_into().ok()));
    });
    wait_to_send(&form);
    if find::<Element>(&form, "input[type=file]").is_some() {
        TAKE_FILES.with_borrow_mut(|forms| forms.push(form.clone()));
        for event in ["dragenter", "dragover", "drop", "paste"] {
            let (wake, form) = (Rc::clone(&wake), form.clone());
            on(&document(), event, move |event| {
                if let Some(data) = transfer(&event).filter(|data| data.types().includes(&"Files".into(), 0)) {
                    wake();
                    keep(&form, &event, &data);
                }
            });
        }
    }
}

/// A form that is sent before its island is there waits for it: what it says of an answer stays on the page then. Where the
/// island does not come, it is sent as a plain form.
fn wait_to_send(form: &HtmlFormElement) {
    let (sent, is_plain) = (form.clone(), Rc::new(Cell::new(false)));
    on(form, "submit", move |event| {
        if is_alive(&sent) || is_plain.get() {
            return;
        }
        event.prevent_default();
        let button = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
        PRESSED.set(button.clone());
        let (form, is_plain) = (sent.clone(), Rc::clone(&is_plain));
        let send_plain = move || {
            if !is_alive(&form) && !is_plain.replace(true) {
                let _ = form.request_submit_with_submitter(button.as_ref());
            }
        };
        set_timeout(send_plain, WAITS);
    });
}

/// Files that come before the island is there go into the plain field, from which it takes them. The browser would leave the
/// page to open a file that is dropped beside a field.
fn keep(form: &HtmlFormElement, event: &Event, data: &DataTransfer) {
    let is_ours = !is_alive(form) && is_meant(form, event);
    if !is_ours || event.type_() == "dragenter" {
        return;
    }
    event.prevent_default();
    let files = data.files().filter(|files| files.length() > 0);
    if let (Some(files), Some(input)) = (files, find::<HtmlInputElement>(form, "input[type=file]")) {
        input.set_files(Some(&files));
    }
}

fn is_alive(form: &HtmlFormElement) -> bool {
    form.has_attribute(ALIVE)
}

/// What a drop or a paste brings.
pub(super) fn transfer(event: &Event) -> Option<DataTransfer> {
    match event.dyn_ref::<ClipboardEvent>() {
        Some(paste) => paste.clipboard_data(),
        None => event.dyn_ref::<DragEvent>()?.data_transfer(),
    }
}

/// Whether files that come to the page are for this form: the one they came to, otherwise the first that is shown.
pub(super) fn is_meant(form: &HtmlFormElement, event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    TAKE_FILES.with_borrow(|forms| {
        let came_to = forms.iter().find(|form| form.contains(target.as_deref()));
        let meant = came_to.or_else(|| forms.iter().find(|form| form.offset_parent().is_some()));
        meant.is_some_and(|meant| meant == form)
    })
}

/// Presses the button that was pressed before `form` was alive.
pub(super) fn press_again(form: &HtmlFormElement) {
    if let Some(button) = PRESSED.take().filter(|button| form.contains(Some(button))) {
        button.click();
    }
}

/// A property of a field that is a text.
pub(super) fn get(field: &Element, property: &str) -> String {
    Reflect::get(field, &property.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}
