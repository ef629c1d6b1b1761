//! Tells the desk that somebody is on a ticket's page, and whether they write.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Date;
use leptos::{
    wasm_bindgen::{JsCast, closure::Closure},
    web_sys::{Element, UrlSearchParams},
};

use super::fresh::OpenPage;
use crate::browser::{document, on, window};

const EVERY_MILLISECONDS: i32 = 15_000;
/// Who has typed nothing for so long does not write any more.
const TYPING_MILLISECONDS: f64 = 20_000.0;

struct Presence {
    ticket: String,
    page: Rc<OpenPage>,
    /// What was written last, and when.
    typing: RefCell<String>,
    typed_at: Cell<f64>,
}

pub(super) fn start(ticket: String, page: Rc<OpenPage>) {
    let presence =
        Rc::new(Presence { ticket, page, typing: RefCell::default(), typed_at: Cell::new(f64::NEG_INFINITY) });
    presence.beat();
    let typed = Rc::clone(&presence);
    on(&document(), "input", move |event| {
        let field = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let around = field.and_then(|field| field.closest("[data-typing]").ok().flatten());
        if let Some(what) = around.and_then(|around| around.get_attribute("data-typing")) {
            typed.note(what);
        }
    });
    let came_or_left = Rc::clone(&presence);
    on(&document(), "visibilitychange", move |_| {
        if document().hidden() {
            came_or_left.tell("gone");
        } else {
            came_or_left.beat();
        }
    });
    let again = Closure::<dyn FnMut()>::new(move || presence.beat());
    let _ = window()
        .set_interval_with_callback_and_timeout_and_arguments_0(again.as_ref().unchecked_ref(), EVERY_MILLISECONDS);
    again.forget();
}

impl Presence {
    fn is_typing(&self) -> bool {
        Date::now() - self.typed_at.get() < TYPING_MILLISECONDS
    }

    fn note(&self, what: String) {
        let is_known = self.is_typing() && *self.typing.borrow() == what;
        self.typed_at.set(Date::now());
        if !is_known {
            self.typing.replace(what);
            self.beat();
        }
    }

    fn beat(&self) {
        if !document().hidden() {
            let typing = self.typing.borrow();
            self.tell(if self.is_typing() { &typing } else { "viewing" });
        }
    }

    /// As a beacon: it arrives even when the page is left.
    fn tell(&self, state: &str) {
        if self.page.is_stopped() {
            return;
        }
        if let Ok(form) = UrlSearchParams::new() {
            form.append("ticket", &self.ticket);
            form.append("state", state);
            let _ = window().navigator().send_beacon_with_opt_url_search_params("/fn/beat", Some(&form));
        }
    }
}
