//! The page `/admin/retention/{id}`: what is on a list, and what came of it.

use domain::{Page, RetentionItem, RetentionList, RetentionOf, RetentionOutcome, TicketId, UserId, human_bytes};
use islands::{
    addresses::staff,
    request::query,
    ui::{
        Alert, Badge, Button, Card, ConfirmDetails, Field, IconName, PageHeader, TextInput, Tone, Variant, When, said,
    },
};
use leptos::prelude::*;

use super::api::AcknowledgeRetention;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        read::id,
    },
    filters::{CursorQuery, PAGE, pagination},
    layout::form::Form,
};

/// A list.
#[component]
pub fn RetentionListPage() -> impl IntoView {
    staff_page(Place::Retention, |visit| async move {
        let (desk, actor) = (visit.context().desk, visit.actor());
        let cursor = query::<CursorQuery>().cursor();
        let (list, items) = desk.retention().list(&actor, id(&visit.id())?, cursor, PAGE).await?;
        Ok(Content::new(title(&list), view(visit, &list, items)))
    })
}

fn title(list: &RetentionList) -> String {
    format!("{} to go: list {}", list.of.label(), list.id)
}

fn view(visit: Visit, list: &RetentionList, items: Page<RetentionItem>) -> impl IntoView + use<> {
    let pages = pagination(&items, &staff::retention_list(list.id), &(), String::new());
    let (summary, made_at, days) = (list.summary(), list.made_at, list.days);
    let meta = ViewFnOnce::from(move || {
        view! {
            <span>{summary}</span>
            <span>"made " <When at=made_at now=visit.now/></span>
            <span>{format!("by the rule of {days} days")}</span>
        }
    });
    let of = list.of;
    let rows = items.items.into_iter().map(|item| row(visit, of, item)).collect_view();
    view! {
        <PageHeader title=title(list) back=(staff::RETENTION.to_owned(), "Retention".to_owned()) meta/>
        <div class="stack">
            {standing(visit, list)}
            <Card title="What is on it" flush=true>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col" class="num">"No."</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Since"</th>
                            <th scope="col" class="num">"Files"</th>
                            <th scope="col">"What came of it"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </Card>
            {pages}
        </div>
    }
}

/// What can be done with it, or was.
fn standing(visit: Visit, list: &RetentionList) -> AnyView {
    if let Some(at) = list.done_at {
        let words = format!("{} gone, {} stayed because they were touched, or are kept.", list.gone, list.stayed);
        return view! {
            <Alert tone=Tone::Good title="This list is done.">{words} " " <When at now=visit.now/></Alert>
        }
        .into_any();
    }
    if let Some(at) = list.acknowledged_at {
        let by = list.acknowledged_by.clone().unwrap_or_default();
        let count = format!("{} of {} are gone. ", list.gone, list.items);
        return view! {
            <Alert tone=Tone::Info title="What is on it goes now.">
                {count} "Acknowledged by " {said(by)} ", " <When at now=visit.now/>
                ". Reload this page to see how far it is."
            </Alert>
        }
        .into_any();
    }
    let form = visit.form::<AcknowledgeRetention>();
    let question = format!(
        "This cannot be taken back: {}. What somebody touched since the list was made stays. Files wait in the trash for a day.",
        list.summary()
    );
    let (id, hint) = (list.id.to_string(), format!("{}, to confirm", list.items));
    view! {
        <ConfirmDetails label="Acknowledge this list" icon=IconName::Trash question>
            <Form<AcknowledgeRetention> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field id="items" label="How many are on it" hint errors=form.errors("items")>
                    <TextInput
                        name="items"
                        value=form.value("items", "")
                        attr:inputmode="numeric"
                        attr:autocomplete="off"
                        attr:required=true
                    />
                </Field>
                <Button variant=Variant::Danger>"Let all of it go"</Button>
            </Form<AcknowledgeRetention>>
        </ConfirmDetails>
    }
    .into_any()
}

fn row(visit: Visit, of: RetentionOf, item: RetentionItem) -> impl IntoView {
    let href = match of {
        RetentionOf::ClosedTickets | RetentionOf::ResolvedTickets => Some(staff::ticket(TicketId(item.number))),
        RetentionOf::IdleCustomers => Some(staff::customer(UserId(item.number))),
        RetentionOf::SpentPins => None,
    };
    let what = match (item.name, href) {
        (None, _) => view! { <span class="muted">"Gone"</span> }.into_any(),
        (Some(name), Some(href)) => view! { <a href=href>{said(name)}</a> }.into_any(),
        (Some(name), None) => view! { "A PIN of " {said(name)} }.into_any(),
    };
    let outcome = match item.outcome {
        None => view! { <span class="muted">"Nothing yet"</span> }.into_any(),
        Some(RetentionOutcome::Gone) => view! {
            <Badge tone=Tone::Neutral icon=IconName::Trash>
                "Gone"
            </Badge>
        }
        .into_any(),
        Some(RetentionOutcome::Stayed) => view! {
            <Badge tone=Tone::Good icon=IconName::CheckCircle>
                "Stayed"
            </Badge>
        }
        .into_any(),
    };
    let bytes = if item.bytes == 0 { "–".to_owned() } else { human_bytes(item.bytes) };
    view! {
        <tr>
            <td class="num id">{item.number}</td>
            <td class="cell-main cell-wrap">{what}</td>
            <td class="cell-quiet" data-label="Since"><When at=item.since now=visit.now/></td>
            <td class="num" data-label="Files">{bytes}</td>
            <td data-label="What came of it">{outcome}</td>
        </tr>
    }
}
