//! Fetches the page again and renews the parts that changed.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Object, Promise, Reflect};
use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{
        Document, DomParser, Element, Event, HtmlElement, RequestInit, RequestRedirect, Response, SupportedType,
    },
};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::heard;
use crate::{
    browser::{document, find, find_all, find_in_page, on, window},
    local_times::FRESH,
};

/// What happens together is fetched together.
const PAUSE_MILLISECONDS: i32 = 150;
/// For what nobody looks at: a hidden tab, the count in the title.
pub(crate) const LEISURE_MILLISECONDS: i32 = 3_000;
/// Between two tries while there is no answer, growing up to this.
pub(crate) const RETRY_AT_MOST: i32 = 30_000;
const ROWS: &str = "[data-live-rows]";
/// On a part in which somebody typed or chose something.
const TOUCHED: &str = "data-touched";
const NOTICE: &str = "[data-live-notice]";

/// The page as it is shown.
pub(super) struct OpenPage {
    is_busy: Cell<bool>,
    is_due: Cell<bool>,
    /// Milliseconds that what is due may wait.
    wait: Cell<i32>,
    is_stopped: Cell<bool>,
    /// Rows in an order that would move what somebody points at.
    waiting: RefCell<Option<Element>>,
}

impl OpenPage {
    pub(super) fn new() -> Rc<Self> {
        let page = Rc::new(Self {
            is_busy: Cell::new(false),
            is_due: Cell::new(false),
            wait: Cell::new(i32::MAX),
            is_stopped: Cell::new(false),
            waiting: RefCell::new(None),
        });
        on(&document(), "input", |event| {
            if let Some(field) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
                touch(&field);
            }
        });
        touch_changed();
        if let Some(notice) = find_in_page::<Element>(NOTICE) {
            let shown = Rc::clone(&page);
            on(&notice, "click", move |_| {
                let rows = shown.waiting.take();
                if let (Some(old), Some(new)) = (find_in_page::<Element>(ROWS), rows) {
                    put_rows(&old, &new);
                    announce();
                }
            });
        }
        page
    }

    /// The session is over, or the page is not there any more: what is shown stays as it is.
    pub(super) fn stop(&self) {
        self.is_stopped.set(true);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.get()
    }

    /// Fetches the page when nothing presses, as for the count in its title.
    pub(super) fn refresh_at_leisure(self: &Rc<Self>) {
        self.begin(LEISURE_MILLISECONDS);
    }

    /// Fetches the page soon.
    pub(super) fn refresh(self: &Rc<Self>) {
        self.begin(if document().hidden() { LEISURE_MILLISECONDS } else { PAUSE_MILLISECONDS });
    }

    /// One fetch at a time.
    fn begin(self: &Rc<Self>, wait: i32) {
        self.is_due.set(true);
        self.wait.set(self.wait.get().min(wait));
        if self.is_stopped.get() || self.is_busy.replace(true) {
            return;
        }
        let page = Rc::clone(self);
        spawn_local(async move {
            let mut retry = LEISURE_MILLISECONDS;
            while page.is_due.get() && !page.is_stopped.get() {
                // In steps: what presses does not wait for what does not.
                let mut waited = 0;
                while waited < page.wait.get() {
                    pause(PAUSE_MILLISECONDS).await;
                    waited += PAUSE_MILLISECONDS;
                }
                page.wait.set(i32::MAX);
                page.is_due.set(false);
                match page.fetch().await {
                    Some(fresh) => {
                        retry = LEISURE_MILLISECONDS;
                        page.renew(&fresh);
                    }
                    // What happened is not told again.
                    None => {
                        page.is_due.set(true);
                        page.wait.set(page.wait.get().min(retry));
                        retry = (retry * 2).min(RETRY_AT_MOST);
                    }
                }
            }
            page.is_busy.set(false);
        });
    }

    /// None when there is no answer now, and when there will be none any more.
    async fn fetch(&self) -> Option<Document> {
        let headers = Object::new();
        let who = if document().hidden() { "hidden" } else { "visible" };
        Reflect::set(&headers, &"X-Pindesk-Live".into(), &who.into()).ok()?;
        let init = RequestInit::new();
        init.set_headers(&headers);
        init.set_redirect(RequestRedirect::Manual);
        let address = window().location().href().ok()?;
        let answer = JsFuture::from(window().fetch_with_str_and_init(&address, &init)).await.ok()?;
        let answer: Response = answer.dyn_into().ok()?;
        if !answer.ok() {
            // A redirect, as to the login, has no status here.
            if !matches!(answer.status(), 429 | 500..) {
                self.stop();
            }
            return None;
        }
        let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
        DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok()
    }

    fn renew(&self, fresh: &Document) {
        let (Some(page), Some(fresh_page)) = (document().document_element(), fresh.document_element()) else { return };
        document().set_title(&fresh.title());
        for part in find_all(&page, "[data-live]") {
            let name = part.get_attribute("data-live");
            let parts = find_all(&fresh_page, "[data-live]");
            let Some(new) = parts.iter().find(|new| new.get_attribute("data-live") == name) else { continue };
            let rows = [&part, new].map(|part| find::<Element>(part, ROWS));
            if rows.iter().any(Option::is_none) && !part.has_attribute(TOUCHED) {
                swap(&part, new);
            }
        }
        if let (Some(old), Some(new)) = (find::<Element>(&page, ROWS), find::<Element>(&fresh_page, ROWS)) {
            self.renew_rows(&old, new);
        }
        announce();
        heard::tell();
    }

    fn renew_rows(&self, old: &Element, new: Element) {
        let (old_rows, new_rows) = (find_all(old, "tr[id]"), find_all(&new, "tr[id]"));
        let mut added = 0;
        for row in &new_rows {
            match old_rows.iter().find(|old| old.id() == row.id()) {
                Some(old) => {
                    old.set_class_name(&row.class_name());
                    swap(old, row);
                }
                None => added += 1,
            }
        }
        if old_rows.iter().map(Element::id).eq(new_rows.iter().map(Element::id)) {
            self.waiting.replace(None);
            hide_notice();
            return;
        }
        let table = old.closest("table").ok().flatten().unwrap_or_else(|| old.clone());
        let has_focus = document().active_element().is_some_and(|focus| table.contains(Some(&focus)));
        let notice = find_in_page::<HtmlElement>(NOTICE);
        match notice {
            Some(notice) if has_focus || table.matches(":hover").unwrap_or_default() => {
                notice.set_text_content(Some(&words(added)));
                notice.set_hidden(false);
                self.waiting.replace(Some(new));
            }
            _ => {
                self.waiting.replace(None);
                put_rows(old, &new);
            }
        }
    }
}

fn touch(field: &Element) {
    if let Some(part) = field.closest("[data-live]").ok().flatten() {
        let _ = part.set_attribute(TOUCHED, "");
    }
}

/// What was typed or chosen before this was loaded.
fn touch_changed() {
    let Some(page) = document().document_element() else { return };
    for field in find_all(&page, "[data-live] :is(input, textarea, option[selected])") {
        let get = |name: &str| Reflect::get(&field, &name.into()).unwrap_or_default();
        let is_changed = match field.tag_name().as_str() {
            "OPTION" => get("selected").is_falsy(),
            _ => get("value") != get("defaultValue"),
        };
        if is_changed {
            touch(&field);
        }
    }
}

fn words(added: usize) -> String {
    let mut words = match added {
        0 => return "The order changed. Show".to_owned(),
        added => added.to_string(),
    };
    words.push_str(if added == 1 { " new ticket. Show" } else { " new tickets. Show" });
    words
}

fn put_rows(old: &Element, new: &Element) {
    hide_notice();
    swap(old, new);
}

fn hide_notice() {
    if let Some(notice) = find_in_page::<HtmlElement>(NOTICE) {
        notice.set_hidden(true);
    }
}

/// Puts new content in place of the old if it differs; what is unfolded and focused stays so.
fn swap(old: &Element, new: &Element) {
    if essence(old) == essence(new) {
        return;
    }
    let unfolded: Vec<String> = find_all(old, "details[open][id]").iter().map(Element::id).collect();
    let focus = document().active_element().filter(|focus| old.contains(Some(focus)));
    let focused = focus
        .and_then(|focus| ["id", "href", "name"].into_iter().find_map(|name| Some((name, focus.get_attribute(name)?))));
    old.set_inner_html(&new.inner_html());
    for id in unfolded {
        if let Some(details) = document().get_element_by_id(&id) {
            let _ = details.set_attribute("open", "");
        }
    }
    if let Some((name, value)) = focused {
        let mut selector = String::from("[");
        selector.push_str(name);
        selector.push(']');
        let again =
            find_all(old, &selector).into_iter().find(|found| found.get_attribute(name).as_ref() == Some(&value));
        if let Some(again) = again.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            let _ = again.focus();
        }
    }
}

/// What an element holds, without what the browser made of it: times in the reader's words, what is unfolded.
fn essence(element: &Element) -> Option<String> {
    let copy: Element = element.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    for time in find_all(&copy, "time") {
        time.set_text_content(None);
        let _ = time.remove_attribute("title");
    }
    for details in find_all(&copy, "details") {
        let _ = details.remove_attribute("open");
    }
    Some(copy.inner_html())
}

/// Tells other islands that there is new content.
fn announce() {
    if let Ok(event) = Event::new(FRESH) {
        let _ = document().dispatch_event(&event);
    }
}

/// Waits so long.
pub(crate) async fn pause(milliseconds: i32) {
    let waiting = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(waiting).await;
}
