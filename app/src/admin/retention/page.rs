//! The page `/admin/retention`.

use desk::RetentionState;
use domain::{RETENTION_MIN_DAYS, RetentionList, RetentionOf, length_words};
use islands::{
    addresses::staff,
    ui::{
        Alert, Badge, Button, ButtonLink, Card, EmptyState, Field, IconName, PageHeader, TextInput, Tone, Variant,
        When, said,
    },
};
use leptos::prelude::*;

use super::api::{LookForRetention, SetRetention};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::counted,
    },
    layout::form::Form,
};

/// Rules, and lists.
#[component]
pub fn RetentionPage() -> impl IntoView {
    staff_page(Place::Retention, |visit| async move {
        let state = visit.context().desk.retention().state(&visit.actor()).await?;
        Ok(Content::new("Retention", view(visit, state)))
    })
}

fn view(visit: Visit, state: RetentionState) -> impl IntoView + use<> {
    let meta = ViewFnOnce::from(|| {
        view! { <span>"What goes after a while. Nothing does before an admin has acknowledged the list of it."</span> }
    });
    let has_rules = state.rules.iter().any(|(_, days)| days.is_some());
    let open = state.open.into_iter().map(|list| open_list(visit, &list)).collect_view();
    let done = (!state.done.is_empty()).then(|| done_lists(visit, state.done));
    let look = has_rules.then(|| {
        view! {
            <Form<LookForRetention> page=visit.page()>
                <Button icon=IconName::Search>"Look again"</Button>
            </Form<LookForRetention>>
        }
    });
    let none = open.is_empty().then(|| {
        let text = if has_rules { "By the rules, nothing is due now." } else { "There is no rule: nothing goes." };
        view! { <div class="card"><EmptyState icon=IconName::CheckCircle title="No list waits" text/></div> }
    });
    view! {
        <PageHeader title="Retention" meta>
            {look}
        </PageHeader>
        <div class="split">
            <div class="stack">{open} {none} {done}</div>
            <aside class="stack">
                {rules_card(visit, &state.rules)} {by_itself(state.ledger_kept, state.kept)}
            </aside>
        </div>
    }
}

fn open_list(visit: Visit, list: &RetentionList) -> AnyView {
    let href = staff::retention_list(list.id);
    let (summary, made_at) = (list.summary(), list.made_at);
    let progress = format!("{} of {} gone. ", list.gone, list.items);
    match list.acknowledged_at {
        None => view! {
            <Alert tone=Tone::Warn title=format!("A list waits: {summary}.")>
                <p>"Made " <When at=made_at now=visit.now/> ". Look at it, and acknowledge it if all of it may go."</p>
                <ButtonLink href small=true>
                    "Look at the list"
                </ButtonLink>
            </Alert>
        }
        .into_any(),
        Some(at) => view! {
            <Alert tone=Tone::Info title=format!("Under way: {summary}.")>
                <p>
                    {progress} "Acknowledged " <When at now=visit.now/> "."
                </p>
                <ButtonLink href small=true>
                    "Look at the list"
                </ButtonLink>
            </Alert>
        }
        .into_any(),
    }
}

fn done_lists(visit: Visit, done: Vec<RetentionList>) -> impl IntoView {
    let rows = done
        .into_iter()
        .map(|list| {
            let href = staff::retention_list(list.id);
            let by = list.acknowledged_by.unwrap_or_default();
            view! {
                <tr>
                    <td class="cell-main cell-wrap">
                        <a href=href>{format!("List {}", list.id)}</a>
                        <div class="muted small">{list.of.label()}</div>
                    </td>
                    <td class="num" data-label="Gone">{list.gone}</td>
                    <td class="num" data-label="Stayed">{list.stayed}</td>
                    <td class="cell-quiet" data-label="Acknowledged by">{said(by)}</td>
                    <td class="cell-quiet" data-label="Done">{list.done_at.map(|at| view! { <When at now=visit.now/> })}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="What went" flush=true>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"List"</th>
                        <th scope="col" class="num">"Gone"</th>
                        <th scope="col" class="num">"Stayed"</th>
                        <th scope="col">"Acknowledged by"</th>
                        <th scope="col">"Done"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Card>
    }
}

fn rules_card(visit: Visit, rules: &[(RetentionOf, Option<u32>)]) -> impl IntoView + use<> {
    let form = visit.form::<SetRetention>();
    let fields = rules
        .iter()
        .map(|(of, days)| {
            let name = of.as_str();
            let set = days.map_or_else(String::new, |days| days.to_string());
            view! {
                <Field id=name label=of.label() hint=of.hint() errors=form.errors(name)>
                    <TextInput
                        name=name
                        value=form.value(name, &set)
                        attr:inputmode="numeric"
                        attr:autocomplete="off"
                        attr:placeholder="Never"
                    />
                </Field>
            }
        })
        .collect_view();
    view! {
        <Card title="Rules">
            <Form<SetRetention> page=visit.page() attr:class="form">
                {fields}
                <p class="muted small">
                    {format!(
                        "In days, {RETENTION_MIN_DAYS} at least; nothing for no rule. What is due is written on a list, and stays until an \
                         admin acknowledges that.",
                    )}
                </p>
                <Button variant=Variant::Primary block=true>
                    "Save rules"
                </Button>
            </Form<SetRetention>>
        </Card>
    }
}

fn by_itself(ledger_kept: i64, kept: u64) -> impl IntoView {
    let ledger = length_words(ledger_kept);
    let kept = (kept > 0).then(|| {
        view! {
            <Badge tone=Tone::Neutral icon=IconName::Lock>
                {counted(kept, "ticket")}
                " kept"
            </Badge>
        }
    });
    view! {
        <Card title="Whatever the rules say">
            <ul class="plain-list small">
                <li>
                    "A ticket that somebody keeps (“Keep this ticket”, on its page) is on no list, and nobody deletes it. " {kept}
                </li>
                <li>"What was touched after its list was made stays: a reply, a note, a change, a file."</li>
                <li>"Files are gone for good a day later. Backups from before keep everything until they are deleted."</li>
                <li>
                    {format!(
                        "By themselves go: sessions 30 days after they ended, drafts 90 days after their last change, entries of the \
                         access ledger after {ledger} (PINDESK_LEDGER_LIFE).",
                    )}
                </li>
            </ul>
        </Card>
    }
}
