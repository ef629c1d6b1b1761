//! Changing what is chosen, and taking that back.

use domain::{BulkReportId, TicketId};
use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsValue,
    web_sys::{FormData, HtmlElement, HtmlFormElement},
};

use super::{Queue, address};
use crate::{
    browser::window,
    refusal::Refusal,
    staff::api::{change_tickets, undo_change},
};

/// What a form for the chosen tickets sets. An empty word leaves things as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Changes {
    /// A [`domain::Status`].
    pub(in super::super) status: String,
    /// A [`domain::Priority`].
    pub(in super::super) priority: String,
    /// An active category.
    pub(in super::super) category: String,
    /// A member's id, or [`crate::staff::api::NOBODY`].
    pub(in super::super) assignee: String,
}

impl Queue {
    pub(super) fn change_by_key(self, changes: Changes) {
        let mut tickets = self.choice.read_untracked().tickets().to_vec();
        if tickets.is_empty() {
            tickets.extend(self.at.get_value());
        }
        if !tickets.is_empty() {
            self.change(&tickets, changes, false);
        }
    }

    /// Sends the form for the chosen tickets.
    pub(in super::super) fn submit(self, event: &ev::SubmitEvent) {
        event.prevent_default();
        let form = event_target::<HtmlFormElement>(event);
        let Ok(fields) = FormData::new_with_form(&form) else { return };
        let field = |name: &str| fields.get(name).as_string().unwrap_or_default();
        let changes = Changes {
            status: field("status"),
            priority: field("priority"),
            category: field("category"),
            assignee: field("assignee"),
        };
        self.changes.set(Some(changes.clone()));
        let tickets = self.choice.read_untracked().tickets().to_vec();
        self.change(&tickets, changes, true);
    }

    fn change(self, tickets: &[TicketId], changes: Changes, has_form: bool) {
        // What is under way counts once.
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        let tickets = tickets.iter().map(TicketId::to_string).collect();
        let key = self.list.read_untracked().key.clone();
        spawn_local(async move {
            let Changes { status, priority, category, assignee } = changes;
            let answer = change_tickets(tickets, status, priority, category, assignee, String::new(), key).await;
            self.is_busy.set(false);
            if answer.is_ok() && has_form {
                self.changes.set(Some(Changes::default()));
                if let Some(sheet) = self.sheet.get_untracked() {
                    close(&sheet);
                }
            }
            self.tell(answer, has_form);
        });
    }

    pub(in super::super) fn undo(self, event: &ev::SubmitEvent, id: String) {
        event.prevent_default();
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            let answer = undo_change(id, String::new()).await;
            self.is_busy.set(false);
            self.tell(answer, true);
        });
    }

    /// Shows what became of a change, and the list after it. The button that was pressed may be gone.
    fn tell(self, answer: Result<BulkReportId, Refusal>, moves_focus: bool) {
        match answer {
            Ok(report) => {
                let query = self.query.get_untracked();
                let changed = report.to_string();
                let address = address(&query, &changed);
                let _ = window()
                    .history()
                    .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
                self.load(query, changed, address);
            }
            Err(Refusal(error)) => {
                let sentences = error.fields().map(|fields| {
                    let sentences: Vec<String> = fields.0.values().flatten().cloned().collect();
                    sentences.join(" ")
                });
                self.refusal.set(Some(sentences.unwrap_or_else(|| error.to_string())));
            }
        }
        if moves_focus && let Some(result) = self.result.get_untracked() {
            let _ = result.focus();
        }
    }
}

fn close(sheet: &HtmlElement) {
    // On a wide screen it is no sheet.
    let _ = sheet.hide_popover();
}
