//! Times as the reader's clock has them.

use leptos::prelude::*;

use crate::browser::in_browser;

/// The event on the document after which there is new content, with times that no island has looked at.
pub const FRESH: &str = "pindesk-fresh";

/// Rewrites every [`When`](crate::ui::When) of the page: dates into the reader's time zone, and distances ("5 minutes
/// ago") every half minute. One on each page of who is logged in, after everything else; so the page is not shown again
/// from the browser's memory once they are not.
#[island]
pub fn LocalTimes() -> impl IntoView {
    in_browser(live::start);
}

mod live {
    use domain::Timestamp;
    use js_sys::{Date, Object, Reflect};
    use leptos::{
        wasm_bindgen::{JsCast, JsValue, closure::Closure},
        web_sys::Element,
    };

    use super::FRESH;
    use crate::{
        browser::{document, find_all, on, window},
        kept_pages,
        ui::data::{AGO, DATE},
    };

    const EVERY_MILLISECONDS: i32 = 30_000;

    pub(super) fn start() {
        kept_pages::start();
        localise();
        on(&document(), FRESH, |_| localise());
        let again = Closure::<dyn FnMut()>::new(tick);
        let _ = window()
            .set_interval_with_callback_and_timeout_and_arguments_0(again.as_ref().unchecked_ref(), EVERY_MILLISECONDS);
        again.forget();
    }

    fn localise() {
        each_time(|element, at| {
            let date = local(at);
            if is_worded(element, DATE) {
                say(element, &date);
            }
            let _ = element.set_attribute("title", &date);
        });
        tick();
    }

    fn tick() {
        let now = moment(Date::now());
        each_time(|element, at| {
            if is_worded(element, AGO) {
                let words = moment(at).relative_to(now);
                if element.text_content().as_ref() != Some(&words) {
                    say(element, &words);
                }
            }
        });
    }

    /// Changes the words in their place: an island may hold on to them.
    fn say(element: &Element, words: &str) {
        if let Some(text) = element.first_child() {
            text.set_node_value(Some(words));
        }
    }

    fn is_worded(element: &Element, wording: &str) -> bool {
        element.get_attribute("data-when").is_some_and(|word| word == wording)
    }

    fn each_time(mut change: impl FnMut(&Element, f64)) {
        let Some(root) = document().document_element() else { return };
        for element in find_all(&root, "[data-when]") {
            let at = Date::parse(&element.get_attribute("datetime").unwrap_or_default());
            if at.is_finite() {
                change(&element, at);
            }
        }
    }

    fn moment(milliseconds: f64) -> Timestamp {
        Timestamp::from_micros(milliseconds as i64 * 1_000)
    }

    /// `3 May 2026, 14:00`, as the reader's language writes it.
    fn local(milliseconds: f64) -> String {
        let style = Object::new();
        let _ = Reflect::set(&style, &"dateStyle".into(), &"medium".into());
        let _ = Reflect::set(&style, &"timeStyle".into(), &"short".into());
        let date = Date::new(&JsValue::from_f64(milliseconds));
        date.to_locale_string("default", &style).into()
    }
}
