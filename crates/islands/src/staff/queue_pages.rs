//! The queue's links and forms without reloads: the page that they lead to is fetched, and what is inside `#queue-page`
//! takes the place of what is there. Address, title, back and forward are as they would be otherwise. Whatever is not
//! answered with such a page is left to the browser.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::{
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{
        Document, DomParser, Element, Event, FormData, HtmlAnchorElement, HtmlElement, HtmlFormElement, MouseEvent,
        RequestInit, Response, SupportedType, UrlSearchParams,
    },
};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::{
    browser::{document, find_all, find_all_in_page, find_in_page, on, window},
    local_times::FRESH,
    staff::keys::current_link,
};

const PAGE: &str = "#queue-page";
const RESULT: &str = "#bulk-result";
const LINKS: &str = "#queue-page .row-link";

/// The page as it is shown.
#[derive(Default)]
struct Shown {
    /// Its address.
    address: RefCell<String>,
    /// Pages that were asked for: the last one counts.
    asked: Cell<u32>,
    /// A form is under way.
    is_sending: Cell<bool>,
}

pub(super) fn start() {
    let shown = Rc::new(Shown { address: RefCell::new(here()), ..Shown::default() });
    on(&document(), "click", {
        let shown = Rc::clone(&shown);
        move |event| {
            if let Some(link) = pressed_link(&event) {
                event.prevent_default();
                shown.go(link.href(), true);
            }
        }
    });
    on(&document(), "submit", {
        let shown = Rc::clone(&shown);
        move |event| {
            let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
            let Some(form) = form.filter(|form| form.closest(PAGE).is_ok_and(|page| page.is_some())) else { return };
            let Some(fields) = fields(&form) else { return };
            event.prevent_default();
            if form.method() == "get" {
                shown.go(searched(&form, &fields), true);
            } else {
                shown.send(form, &fields);
            }
        }
    });
    on(&window(), "popstate", move |_| {
        // A fragment is no other page.
        if *shown.address.borrow() != here() {
            shown.go(here(), false);
        }
    });
}

fn here() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// A link of the queue to itself, pressed as it is to be followed here.
fn pressed_link(event: &Event) -> Option<HtmlAnchorElement> {
    let mouse = event.dyn_ref::<MouseEvent>()?;
    if mouse.button() != 0 || mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key() || mouse.alt_key() {
        return None;
    }
    let link: HtmlAnchorElement =
        event.target()?.dyn_into::<Element>().ok()?.closest("#queue-page a").ok()??.dyn_into().ok()?;
    (link.pathname() == window().location().pathname().ok()?).then_some(link)
}

fn fields(form: &HtmlFormElement) -> Option<UrlSearchParams> {
    let fields = FormData::new_with_form(form).ok()?;
    UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()
}

/// The address that a search leads to, without what was left empty.
fn searched(form: &HtmlFormElement, fields: &UrlSearchParams) -> String {
    let query = String::from(fields.to_string());
    let filled: Vec<&str> = query.split('&').filter(|part| !part.ends_with('=')).collect();
    let mut address = form.action();
    if !filled.is_empty() {
        address.push('?');
        address.push_str(&filled.join("&"));
    }
    address
}

impl Shown {
    /// Shows the page at an address, as a new step of the history or as one that is there.
    fn go(self: &Rc<Self>, address: String, is_new: bool) {
        let shown = Rc::clone(self);
        spawn_local(async move {
            let turn = shown.asked.get() + 1;
            shown.asked.set(turn);
            let fresh = fetch(&address, &RequestInit::new()).await;
            if shown.asked.get() != turn {
                return;
            }
            match fresh {
                Some((_, fresh)) => {
                    if is_new && let Ok(history) = window().history() {
                        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
                    }
                    shown.put(&fresh, ".hits-summary, .pagination > span, .empty h2");
                }
                None => drop(window().location().assign(&address)),
            }
        });
    }

    /// Sends a form; what it leads to takes the place of this step of the history.
    fn send(self: &Rc<Self>, form: HtmlFormElement, fields: &UrlSearchParams) {
        if self.is_sending.replace(true) {
            return;
        }
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(fields);
        let shown = Rc::clone(self);
        spawn_local(async move {
            let turn = shown.asked.get() + 1;
            shown.asked.set(turn);
            let fresh = fetch(&form.action(), &request).await;
            shown.is_sending.set(false);
            match fresh {
                Some((address, fresh)) => {
                    if shown.asked.get() == turn {
                        if let Ok(history) = window().history() {
                            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
                        }
                        shown.put(&fresh, "#bulk-result p");
                    }
                }
                // Refused, or somewhere else: the browser sends it and shows what is said to that. It counts once.
                None => drop(form.submit()),
            }
        });
    }

    /// Shows a page, and tells those who do not see it what `words` finds there.
    fn put(&self, fresh: &Document, words: &str) {
        let (Some(old), Some(new)) = (find_in_page::<Element>(PAGE), page_of(fresh)) else { return };
        self.address.replace(here());
        let focus = document().active_element().filter(|focus| old.contains(Some(focus)));
        let name = focus.as_ref().and_then(name_of);
        let row = current_link().and_then(|link| find_all_in_page(LINKS).iter().position(|known| *known == link));
        document().set_title(&fresh.title());
        old.set_inner_html(&new.inner_html());
        is_busy(false);
        if focus.is_some() {
            focus_again(&old, name, row);
        }
        let said: Vec<String> = find_all(&old, words).iter().filter_map(|found| found.text_content()).collect();
        if let Some(status) = find_in_page::<Element>("#queue-said") {
            status.set_text_content(Some(&said.join(" ")));
        }
        if let Ok(event) = Event::new(FRESH) {
            let _ = document().dispatch_event(&event);
        }
    }
}

fn page_of(fresh: &Document) -> Option<Element> {
    fresh.query_selector(PAGE).ok()?
}

/// An attribute by which an element is found again.
fn name_of(element: &Element) -> Option<(&'static str, String)> {
    ["id", "href", "name"].into_iter().find_map(|name| Some((name, element.get_attribute(name)?)))
}

/// Gives the focus to what had it; else to the row that is where the one with it was, to what is said, or to the page.
fn focus_again(page: &Element, name: Option<(&str, String)>, row: Option<usize>) {
    let named = name.and_then(|(name, value)| {
        let mut selector = String::from("[");
        selector.push_str(name);
        selector.push(']');
        find_all(page, &selector).into_iter().find(|found| found.get_attribute(name).as_ref() == Some(&value))
    });
    let links = find_all(page, ".row-link");
    let row = row.and_then(|row| links.get(row.min(links.len().saturating_sub(1))).cloned());
    let others = [RESULT, "#main"].map(find_in_page::<Element>);
    for element in [named, row].into_iter().chain(others).flatten() {
        let _ = element.unchecked_ref::<HtmlElement>().focus();
        if document().active_element() == Some(element) {
            return;
        }
    }
}

fn is_busy(is_busy: bool) {
    if let Some(page) = find_in_page::<Element>(PAGE) {
        let _ = if is_busy { page.set_attribute("aria-busy", "true") } else { page.remove_attribute("aria-busy") };
    }
}

/// The queue as it is answered, with its address; nothing for a refusal and for another page.
async fn fetch(address: &str, request: &RequestInit) -> Option<(String, Document)> {
    is_busy(true);
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, request)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    let page = DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok()?;
    page_of(&page)?;
    Some((answer.url(), page))
}
