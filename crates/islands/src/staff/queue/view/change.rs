//! The form for what is chosen, and what became of it.

use leptos::prelude::*;

use super::{
    super::{
        FORM,
        state::{Changes, Queue, address},
    },
    options,
    rows::box_for_all,
};
use crate::{
    addresses::action,
    staff::api::{ChangeTickets, UndoChange},
    ui::{Icon, IconName, sentence},
};

/// What became of a change, with the way back; why one was refused.
pub(in super::super) fn result(queue: Queue) -> impl IntoView {
    let told = move || {
        let list = queue.list.read();
        let report = list.report.as_ref();
        let refusal = queue.refusal.get();
        let is_refused = refusal.is_some();
        let words = match (refusal, report) {
            (Some(refusal), _) => vec![refusal],
            (None, Some(report)) => report.words.clone(),
            (None, None) => return None,
        };
        let report = report.filter(|_| !is_refused);
        let undo = report.filter(|report| report.can_undo).map(|report| undo(queue, report.id.to_string()));
        let (class, icon) = match report {
            None => ("alert tone-bad", IconName::Alert),
            Some(report) if report.is_whole => ("alert tone-good", IconName::CheckCircle),
            Some(_) => ("alert tone-warn", IconName::Alert),
        };
        let words = words.iter().map(|words| view! { <p>{sentence(words)}</p> }).collect::<Vec<_>>();
        Some(view! {
            <div class=class role="status">
                <Icon name=icon/>
                <div>{words} {undo}</div>
            </div>
        })
    };
    let is_empty = move || queue.refusal.read().is_none() && queue.list.read().report.is_none();
    view! {
        <div class="page-notice" id="bulk-result" tabindex="-1" hidden=is_empty node_ref=queue.result>
            {told}
        </div>
    }
}

fn undo(queue: Queue, id: String) -> impl IntoView {
    let page = address(&queue.query.get_untracked(), "");
    let sent = id.clone();
    view! {
        <form
            method="post"
            action={action::<UndoChange>(&page)}
            class="bulk-undo"
            on:submit=move |event| queue.undo(&event, sent.clone())
        >
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="query" value=query_part(&page)/>
            <button type="submit" class="btn btn-sm">
                "Undo"
            </button>
        </form>
    }
}

/// The query of an address, to come back to.
fn query_part(page: &str) -> String {
    page.find('?').map(|at| page[at..].to_owned()).unwrap_or_default()
}

/// The form for the chosen tickets, which is shown while there are some.
pub(super) fn bar(queue: Queue) -> impl IntoView {
    let select = |name: &'static str, label: &'static str, list, now: fn(&Changes) -> &String| {
        let shown = move || queue.changes.read().as_ref().map(|changes| now(changes).clone());
        view! {
            <select
                class="select"
                name=name
                aria-label=label
                autocomplete="off"
                prop:value=shown
                inner_html=options(list)
            ></select>
        }
    };
    let page = move || address(&queue.query.get(), "");
    let count = move || match queue.is_alive.get() {
        true => queue.choice.read().count().to_string() + " selected",
        false => "Change the selected".to_owned(),
    };
    view! {
        <form
            method="post"
            action={move || action::<ChangeTickets>(&page())}
            id=FORM
            class="bulk-bar"
            node_ref=queue.form
            on:submit=move |event| queue.submit(&event)
        >
            <input
                type="hidden"
                name="idempotency_key"
                value=queue.list.with_untracked(|list| list.key.clone())
                autocomplete="off"
            />
            <input type="hidden" name="query" value=move || query_part(&page())/>
            <span class="bulk-words" role="status">
                {count}
            </span>
            <label class="bulk-all" hidden=move || !queue.is_alive.get()>
                {box_for_all(queue, None)}
                "All"
                <span class="visually-hidden">" on this page"</span>
            </label>
            <button class="btn btn-sm bulk-opener" type="button" popovertarget="bulk-fields">
                "Change…"
            </button>
            <div class="bulk-fields" id="bulk-fields" popover="auto" node_ref=queue.sheet>
                {select("status", "New status", |choices| &choices.new_status, |changes| &changes.status)}
                {select("priority", "New priority", |choices| &choices.new_priority, |changes| &changes.priority)}
                {select("category", "New category", |choices| &choices.new_category, |changes| &changes.category)}
                {select("assignee", "New assignee", |choices| &choices.new_assignee, |changes| &changes.assignee)}
                <button type="submit" class="btn btn-primary" aria-busy=move || queue.is_busy.get().then_some("true")>
                    "Change"
                </button>
            </div>
        </form>
    }
}
