//! Where messages come from: one stream of the server for all tabs of the browser, which over HTTP/1.1 has only six
//! connections. The tab that holds a lock has the stream and passes on what it hears; when it closes, the next tab gets
//! the lock. A browser has locks only on HTTPS and on this machine: elsewhere each tab has its own stream.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Function, JSON, Number, Promise, Reflect};
use leptos::{
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::{BroadcastChannel, Element, EventSource, MessageEvent},
};

use crate::browser::{find_in_page, on, window};

const NAME: &str = "pindesk-live";
/// A tab that is new asks what it may have missed.
const HELLO: &str = "?";
const KINDS: [&str; 4] = ["ticket", "presence", "reload", OVER];
pub(super) const OVER: &str = "over";
const RETRY_MILLISECONDS: i32 = 10_000;
const RETRY_AT_MOST: i32 = 600_000;

struct Source<Hear> {
    /// The newest event that this tab has heard of.
    last: Cell<f64>,
    is_leader: Cell<bool>,
    is_over: Cell<bool>,
    /// Gives the lock back.
    release: RefCell<Option<Function>>,
    retry: Cell<i32>,
    channel: Option<BroadcastChannel>,
    /// Takes a message's kind and the ticket it is about.
    hear: Hear,
}

/// Calls `hear` with the kind of each message and its ticket; `last` is the newest event that the page has seen.
pub(super) fn start(last: f64, hear: impl Fn(&str, Option<f64>) + 'static) {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).unwrap_or_default();
    let request = Reflect::get(&locks, &"request".into()).ok().and_then(|request| request.dyn_into::<Function>().ok());
    let channel = request.as_ref().and_then(|_| BroadcastChannel::new(NAME).ok());
    let source = Rc::new(Source {
        last: Cell::new(last),
        is_leader: Cell::new(false),
        is_over: Cell::new(false),
        release: RefCell::new(None),
        retry: Cell::new(RETRY_MILLISECONDS),
        channel: channel.clone(),
        hear,
    });
    let (Some(request), Some(channel)) = (request, channel) else { return open(&source) };
    let heard = Rc::clone(&source);
    on(&channel, "message", move |event| {
        let Some(text) = text_of(event) else { return };
        if text != HELLO {
            heard.take(&text);
        } else if heard.is_leader.get() {
            let mut answer = String::from("{\"id\":");
            answer.push_str(&digits(heard.last.get()));
            answer.push('}');
            heard.pass_on(&answer);
        }
    });
    source.pass_on(HELLO);
    // The lock is held as long as the promise is open: until the page goes, or its session does. Somebody who logs in
    // then has tabs that wait for it.
    let lead = Closure::<dyn FnMut() -> Promise>::new(move || {
        Promise::new(&mut |release, _| {
            source.release.replace(Some(release));
            if source.is_over.get() {
                source.release();
            } else {
                source.is_leader.set(true);
                open(&source);
            }
        })
    });
    let _ = request.call2(&locks, &NAME.into(), lead.as_ref());
    lead.forget();
}

fn open<Hear: Fn(&str, Option<f64>) + 'static>(source: &Rc<Source<Hear>>) {
    let mut address = String::from("/live?last=");
    address.push_str(&digits(source.last.get()));
    let Ok(events) = EventSource::new(&address) else { return };
    for kind in KINDS {
        let (source, events_again) = (Rc::clone(source), events.clone());
        on(&events, kind, move |event| {
            let Some(text) = text_of(event) else { return };
            source.retry.set(RETRY_MILLISECONDS);
            source.pass_on(&text);
            source.take(&text);
            if source.is_over.get() {
                events_again.close();
                source.is_leader.set(false);
                source.release();
            }
        });
    }
    on(&events, "open", |_| tell_state("open"));
    let (source, events_again) = (Rc::clone(source), events.clone());
    on(&events, "error", move |_| {
        tell_state("broken");
        // A browser comes back by itself after a broken line, not after a refusal.
        if events_again.ready_state() == EventSource::CLOSED {
            let source = Rc::clone(&source);
            let wait = source.retry.get();
            source.retry.set((wait * 2).min(RETRY_AT_MOST));
            let again = Closure::once_into_js(move || open(&source));
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(again.unchecked_ref(), wait);
        }
    });
}

/// The page says how its line stands, to who looks into it.
fn tell_state(state: &str) {
    if let Some(mark) = find_in_page::<Element>("[data-live-page]") {
        let _ = mark.set_attribute("data-live-state", state);
    }
}

impl<Hear: Fn(&str, Option<f64>)> Source<Hear> {
    fn pass_on(&self, text: &str) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&text.into());
        }
    }

    fn release(&self) {
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    fn take(&self, text: &str) {
        let Ok(message) = JSON::parse(text) else { return };
        let get = |name: &str| Reflect::get(&message, &name.into()).unwrap_or_default();
        let id = get("id").as_f64().unwrap_or_default();
        let is_new = id > self.last.get();
        if is_new {
            self.last.set(id);
        }
        match get("kind").as_string() {
            Some(kind) => {
                self.is_over.set(self.is_over.get() || kind == OVER);
                (self.hear)(&kind, get("ticket").as_f64());
            }
            // The answer to a hello: something happened between this page and now.
            None if is_new => (self.hear)("reload", None),
            None => {}
        }
    }
}

fn text_of(event: leptos::web_sys::Event) -> Option<String> {
    event.dyn_into::<MessageEvent>().ok()?.data().as_string()
}

fn digits(number: f64) -> String {
    Number::from(number).to_string_with_radix(10).map(String::from).unwrap_or_default()
}
