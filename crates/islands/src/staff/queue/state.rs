//! The queue as it is shown in the browser, and what is done in it.

mod change;

use domain::{Error, TicketId, TicketQuery, Timestamp};
use leptos::{
    ev,
    html::{Div, Form},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsValue,
    web_sys::{Event, FormData, HtmlFormElement, UrlSearchParams},
};

pub(super) use self::change::Changes;
use super::{
    Start,
    api::{TicketList, staff_list_tickets},
    choice::{Choice, in_its_place, is_same_order, renewed, waiting_words},
};
use crate::{
    addresses::{staff, with_query},
    browser::{document, window},
    live::{
        fresh::{LEISURE_MILLISECONDS, RETRY_AT_MOST, pause},
        heard,
    },
    local_times::FRESH,
    refusal::Refusal,
    staff::keys::single_key,
};

/// Under which name an address asks for a change's report.
const CHANGED: &str = "changed";

/// What is alive in the queue; copied into its pieces.
#[derive(Clone, Copy)]
pub(super) struct Queue {
    pub(super) query: RwSignal<TicketQuery>,
    pub(super) list: RwSignal<TicketList>,
    /// What of the filter is not there.
    pub(super) unknown: RwSignal<Option<String>>,
    /// A list in whose order what somebody points at would move.
    waiting: RwSignal<Option<TicketList>>,
    pub(super) choice: RwSignal<Choice>,
    /// Why nothing changed.
    pub(super) refusal: RwSignal<Option<String>>,
    /// The filter that its fields are to show, once another one than the page's first is shown.
    pub(super) fields: RwSignal<Option<TicketQuery>>,
    /// What the choices for a change are to show.
    pub(super) changes: RwSignal<Option<Changes>>,
    /// What is told to those who do not see the list.
    pub(super) said: RwSignal<String>,
    pub(super) is_busy: RwSignal<bool>,
    /// The reader's own value among those who can get a ticket.
    me: StoredValue<String>,
    /// Script runs.
    pub(super) is_alive: RwSignal<bool>,
    /// The row that has the focus.
    at: StoredValue<Option<TicketId>>,
    /// The row that gets it.
    next: RwSignal<Option<TicketId>>,
    is_pointed_at: StoredValue<bool>,
    /// Lists that were asked for: the last one counts.
    asked: StoredValue<u32>,
    is_refreshing: StoredValue<bool>,
    is_due: StoredValue<bool>,
    /// What became of a change.
    pub(super) result: NodeRef<Div>,
    /// Where the choices for a change are.
    pub(super) form: NodeRef<Form>,
    pub(super) sheet: NodeRef<Div>,
}

impl Queue {
    pub(super) fn new(Start { list, unknown, me }: Start) -> Self {
        let (query, chosen) = beginning();
        Self {
            me: StoredValue::new(me),
            query: RwSignal::new(query),
            list: RwSignal::new(list),
            unknown: RwSignal::new(unknown),
            waiting: RwSignal::new(None),
            choice: RwSignal::new(Choice::of(chosen)),
            refusal: RwSignal::new(None),
            fields: RwSignal::new(None),
            changes: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            is_busy: RwSignal::new(false),
            is_alive: RwSignal::new(false),
            at: StoredValue::new(None),
            next: RwSignal::new(None),
            is_pointed_at: StoredValue::new(false),
            asked: StoredValue::new(0),
            is_refreshing: StoredValue::new(false),
            is_due: StoredValue::new(false),
            result: NodeRef::new(),
            form: NodeRef::new(),
            sheet: NodeRef::new(),
        }
    }

    /// When what is shown was read.
    pub(super) fn now(self) -> Timestamp {
        self.list.with_untracked(|list| list.now)
    }

    /// Begins to listen. In the browser.
    pub(super) fn start(self) {
        heard::on_change(move || self.refresh());
        let _ = window_event_listener(ev::popstate, move |_| {
            let query = here();
            if !query.q.is_empty() {
                // What a search found is a page of its own.
                let _ = window().location().reload();
            } else if query != self.query.get_untracked() {
                self.show(query, told_here(), false);
            }
        });
        let _ = window_event_listener(ev::keydown, move |event| self.key(&event));
        Effect::new(move || {
            self.take_over();
            self.is_alive.set(true);
        });
    }

    /// What was ticked before this was here.
    fn take_over(self) {
        let Some(fields) = self.form.get_untracked().and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        let ticked = fields.get_all(super::BOX);
        self.choice.set(Choice::of(ticked.iter().filter_map(|id| id.as_string()?.parse().ok()).collect()));
    }

    // The list.

    /// Asks again for what is shown, one question at a time.
    fn refresh(self) {
        self.is_due.set_value(true);
        if self.is_refreshing.get_value() {
            return;
        }
        self.is_refreshing.set_value(true);
        spawn_local(async move {
            let mut retry = LEISURE_MILLISECONDS;
            while self.is_due.get_value() {
                self.is_due.set_value(false);
                let (asked, query) = (self.asked.get_value(), self.query.get_untracked());
                match staff_list_tickets(query, told_here()).await {
                    // By now another list may be shown.
                    Ok(list) if asked == self.asked.get_value() => {
                        self.unknown.set(None);
                        self.take(list);
                    }
                    // What happened is not told again.
                    Err(Refusal(Error::Unavailable | Error::Internal | Error::TooManyRequests { .. })) => {
                        self.is_due.set_value(true);
                        pause(retry).await;
                        retry = (retry * 2).min(RETRY_AT_MOST);
                    }
                    _ => {}
                }
            }
            self.is_refreshing.set_value(false);
        });
    }

    /// Shows a newer list of the same filter, or lets its rows wait.
    fn take(self, new: TicketList) {
        let is_held = {
            let shown = self.list.read_untracked();
            let is_looked_at = self.is_pointed_at.get_value()
                || self.at.get_value().is_some()
                || self.choice.read_untracked().count() > 0;
            is_looked_at && !new.page.items.is_empty() && !is_same_order(&shown.page.items, &new.page.items)
        };
        if is_held {
            self.list.update(|shown| {
                shown.page.items = renewed(&shown.page.items, &new.page.items);
                shown.counts.clone_from(&new.counts);
            });
            self.waiting.set(Some(new));
        } else {
            self.put(new);
        }
        tell_fresh();
    }

    /// Puts a list in the place of the one that is shown.
    fn put(self, new: TicketList) {
        self.waiting.set(None);
        let at = self.at.get_value();
        let gone = at.filter(|at| new.page.items.iter().all(|row| row.id != *at));
        let next = gone.and_then(|at| in_its_place(&self.list.read_untracked().page.items, at, &new.page.items));
        self.choice.update(|choice| choice.keep_to(&new.page.items));
        if new.page.items.is_empty() {
            self.is_pointed_at.set_value(false);
        }
        self.list.set(new);
        if gone.is_some() {
            self.at.set_value(next);
            self.next.set(next);
        }
    }

    pub(super) fn show_waiting(self) {
        // What is taken must not be held while another list is put in its place.
        let waiting = self.waiting.write().take();
        if let Some(new) = waiting {
            self.put(new);
            tell_fresh();
        }
    }

    /// The words of the button for what waits; nothing when nothing does.
    pub(super) fn waiting_words(self) -> Option<String> {
        let waiting = self.waiting.read();
        waiting.as_ref().map(|waiting| waiting_words(&self.list.read().page.items, &waiting.page.items))
    }

    pub(super) fn point(self, is_pointed_at: bool) {
        self.is_pointed_at.set_value(is_pointed_at);
    }

    // The way through the lists.

    /// Follows a link to a list here, if it is pressed as a link is to be followed here.
    pub(super) fn follow(self, event: &ev::MouseEvent, to: TicketQuery) {
        if event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
            event.prevent_default();
            self.show(to, String::new(), true);
        }
    }

    /// Shows what the fields of the filter ask for; a search is a page of its own.
    pub(super) fn filter(self, event: &ev::SubmitEvent) {
        let form = event_target::<HtmlFormElement>(event);
        let Ok(fields) = FormData::new_with_form(&form) else { return };
        let field = |name: &str| fields.get(name).as_string().unwrap_or_default().trim().to_owned();
        if field("q").is_empty() {
            event.prevent_default();
            let query = TicketQuery {
                priority: field("priority"),
                category: field("category"),
                customer: field("customer"),
                order: field("order"),
                ..self.query.get_untracked().from_the_top()
            };
            self.show(query, String::new(), true);
        }
    }

    /// Shows another list, and what became of the change `changed`; as a new step of the browser's history or as one
    /// that is there.
    fn show(self, query: TicketQuery, changed: String, is_new: bool) {
        let address = address(&query, &changed);
        if is_new {
            let _ =
                window().history().and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&address)));
        }
        self.query.set(query.clone());
        self.load(query, changed, address);
    }

    fn load(self, query: TicketQuery, changed: String, address: String) {
        let asked = self.asked.get_value() + 1;
        self.asked.set_value(asked);
        self.is_busy.set(true);
        spawn_local(async move {
            let answer = staff_list_tickets(query.clone(), changed).await;
            if asked != self.asked.get_value() {
                return;
            }
            self.is_busy.set(false);
            let (list, unknown) = match answer {
                Ok(list) => (list, None),
                Err(Refusal(Error::Invalid { fields })) => {
                    let shown = self.list.read_untracked();
                    let sentences: Vec<String> = fields.0.into_values().flatten().collect();
                    (TicketList::nothing(shown.now, shown.key.clone()), Some(sentences.join(". ")))
                }
                // The server says it on a page.
                Err(_) => return drop(window().location().set_href(&address)),
            };
            self.refusal.set(None);
            self.fields.set(Some(query));
            self.choice.set(Choice::of(list.report.as_ref().map(|report| report.refused.clone()).unwrap_or_default()));
            self.said.set(said(&list, unknown.as_deref()));
            self.unknown.set(unknown);
            self.put(list);
            tell_fresh();
        });
    }

    // Choosing.

    pub(super) fn press(self, id: TicketId, to_here: bool) {
        let list = self.list.read_untracked();
        self.choice.update(|choice| choice.press(&list.page.items, id, to_here));
    }

    pub(super) fn press_all(self, is_chosen: bool) {
        let list = self.list.read_untracked();
        self.choice.update(|choice| choice.set_all(&list.page.items, is_chosen));
    }

    /// Whether all rows are chosen, and whether some are and others not.
    pub(super) fn is_chosen(self) -> (bool, bool) {
        let (chosen, all) = (self.choice.read().count(), self.list.read().page.items.len());
        (chosen > 0 && chosen == all, chosen > 0 && chosen < all)
    }

    /// Notes the row that has the focus.
    pub(super) fn stand_at(self, id: Option<TicketId>) {
        self.at.set_value(id);
    }

    pub(super) fn gets_focus(self, id: TicketId) -> bool {
        self.next.get() == Some(id)
    }

    fn key(self, event: &ev::KeyboardEvent) {
        if event.repeat() {
            return;
        }
        match single_key(event).as_deref() {
            Some("x") => {
                if let Some(id) = self.at.get_value() {
                    self.press(id, false);
                }
            }
            Some("a") => {
                let assignee = self.me.get_value();
                self.change_by_key(Changes { assignee, ..Changes::default() });
            }
            Some("e") => {
                let status = domain::Status::Resolved.as_str().to_owned();
                self.change_by_key(Changes { status, ..Changes::default() });
            }
            _ => {}
        }
    }
}

/// The filter and the tickets that are ticked, as the page has them.
fn beginning() -> (TicketQuery, Vec<TicketId>) {
    #[cfg(feature = "ssr")]
    return use_context::<super::Choices>().map(|choices| (choices.query, choices.chosen)).unwrap_or_default();
    // What is ticked, it takes over once it is there.
    #[cfg(not(feature = "ssr"))]
    (here(), Vec::new())
}

/// A word of the browser's address.
fn word(words: &UrlSearchParams, name: &str) -> String {
    words.get(name).unwrap_or_default()
}

fn words_here() -> Option<UrlSearchParams> {
    UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()
}

/// The filter in the browser's address.
fn here() -> TicketQuery {
    words_here().map(|words| TicketQuery::from_parts(|name| word(&words, name))).unwrap_or_default()
}

/// The change whose report the browser's address asks for.
fn told_here() -> String {
    words_here().map(|words| word(&words, CHANGED)).unwrap_or_default()
}

/// The address of a list, with the report of a change.
pub(super) fn address(query: &TicketQuery, changed: &str) -> String {
    with_query(&with_query(staff::TICKETS, &query.parts()), &[(CHANGED, changed)])
}

/// What is told of a list to those who do not see it.
fn said(list: &TicketList, unknown: Option<&str>) -> String {
    match (unknown, &list.report) {
        (Some(unknown), _) => unknown.to_owned(),
        (None, Some(report)) => report.words.join(" "),
        (None, None) if list.page.items.is_empty() => super::view::NOTHING_FITS.to_owned(),
        (None, None) => list.page.items.len().to_string() + " shown",
    }
}

/// There are new times on the page.
fn tell_fresh() {
    // Once they are there.
    request_animation_frame(|| {
        if let Ok(event) = Event::new(FRESH) {
            let _ = document().dispatch_event(&event);
        }
    });
}
