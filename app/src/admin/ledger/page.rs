//! The pages `/admin/tickets/{id}/ledger`, `/admin/customers/{id}/ledger` and `/admin/ledger`.

use std::collections::HashSet;

use domain::{LedgerData, LedgerEntry, LedgerKind, LedgerOf, Page, PinId, TicketId, UserId};
use islands::{
    addresses::{staff, with_query},
    request::query,
    ui::{Button, ConfirmDetails, EmptyState, Icon, IconName, PageHeader, Variant, When, apart, said, sentence},
};
use leptos::prelude::*;

use super::api::EndFamily;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        read::id,
    },
    filters::{CursorQuery, PAGE, pagination},
    layout::form::Form,
};

/// What is around the entries.
struct Around {
    /// The heading.
    title: String,
    /// The page, and the one above it with its name.
    path: String,
    back: (String, String),
    /// Where programs read it.
    api: Option<String>,
}

/// The ledger of a ticket.
#[component]
pub fn TicketLedgerPage() -> impl IntoView {
    staff_page(Place::Tickets, |visit| async move {
        let ticket: TicketId = id(&visit.id())?;
        let around = Around {
            title: format!("Access to ticket #{ticket}"),
            path: staff::ticket_ledger(ticket),
            back: (staff::ticket(ticket), format!("Ticket #{ticket}")),
            api: Some(format!("/api/tickets/{ticket}/ledger/")),
        };
        shown(visit, LedgerOf::Ticket(ticket), around).await
    })
}

/// The ledger of a customer.
#[component]
pub fn CustomerLedgerPage() -> impl IntoView {
    staff_page(Place::Customers, |visit| async move {
        let user: UserId = id(&visit.id())?;
        let customer = visit.context().desk.users().customer(&visit.actor(), user).await?;
        let around = Around {
            title: format!("Access of {}", apart(&customer.name)),
            path: staff::customer_ledger(user),
            back: (staff::customer(user), apart(&customer.name)),
            api: Some(format!("/api/customers/{user}/ledger/")),
        };
        shown(visit, LedgerOf::Customer(user), around).await
    })
}

/// The ledger of the whole desk, for admins.
#[component]
pub fn LedgerPage() -> impl IntoView {
    staff_page(Place::Sessions, |visit| async move {
        let around = Around {
            title: "Access ledger".to_owned(),
            path: staff::LEDGER.to_owned(),
            back: (staff::SESSIONS.to_owned(), "Sessions".to_owned()),
            api: None,
        };
        shown(visit, LedgerOf::Desk, around).await
    })
}

async fn shown(visit: Visit, of: LedgerOf, around: Around) -> Result<Content, islands::refusal::Refusal> {
    let (context, actor) = (visit.context(), visit.actor());
    let ledger = context.desk.ledger();
    let page = ledger.list(&actor, of, query::<CursorQuery>().cursor(), PAGE).await?;
    let since = ledger.since(&actor).await?;
    let meta = ViewFnOnce::from(move || {
        view! { <span>"Who was let in, by whom, from where, and what was opened. Kept since " <When at=since/> "."</span> }
    });
    let pages = pagination(&page, &around.path, &(), String::new());
    let (title, back) = (around.title.clone(), around.back.clone());
    let view = view! {
        <PageHeader title back meta>
            {downloads(around.api.as_deref())}
        </PageHeader>
        <div class="card">{entries(visit, page, of)}</div>
        {pages}
    };
    Ok(Content::new(around.title, view))
}

fn downloads(api: Option<&str>) -> impl IntoView + use<> {
    api.map(|api| {
        let link = |format: &'static str, words: &'static str| {
            let href = with_query(api, &[("format", format)]);
            view! {
                <a class="btn btn-sm" href=href download="">
                    <Icon name=IconName::Download/>
                    {words}
                </a>
            }
        };
        view! { <div class="actions">{link("csv", "CSV")} {link("json", "JSON")}</div> }
    })
}

fn entries(visit: Visit, page: Page<LedgerEntry>, of: LedgerOf) -> AnyView {
    if page.items.is_empty() {
        let text = "What happens with PINs, sessions and files is written here.";
        return view! { <EmptyState icon=IconName::Shield title="Nothing yet" text/> }.into_any();
    }
    let mut offered = HashSet::new();
    let rows = page.items.into_iter().map(|entry| row(visit, entry, of, &mut offered)).collect_view();
    let about = (of == LedgerOf::Desk).then(|| view! { <th scope="col">"About"</th> });
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col" class="num">"No."</th>
                    <th scope="col">"What"</th>
                    {about}
                    <th scope="col">"From"</th>
                    <th scope="col">"When"</th>
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Whom and which ticket an entry is about, where the page is not about one of them.
pub(in crate::admin) fn about(entry: &LedgerEntry) -> impl IntoView + use<> {
    let person = entry.customer.clone().map(|name| view! { <span>{said(name)}</span> });
    // One that this entry says is deleted has no page.
    let has_page = !matches!(entry.data, LedgerData::TicketDeleted { .. });
    let ticket = entry.ticket.map(|ticket| {
        let number = format!("#{ticket}");
        if has_page {
            view! {
                " "
                <a href=staff::ticket(ticket)>{number}</a>
            }
            .into_any()
        } else {
            view! {
                " "
                <span>{number}</span>
            }
            .into_any()
        }
    });
    view! { {person} {ticket} }
}

/// What let somebody in can be ended with all that came of it, at the newest entry about it.
fn row(visit: Visit, entry: LedgerEntry, of: LedgerOf, offered: &mut HashSet<PinId>) -> impl IntoView + use<> {
    let lets_in =
        matches!(entry.data.kind(), LedgerKind::PinIssued | LedgerKind::PinRedeemed | LedgerKind::SessionBegan);
    let pin = entry.pin.filter(|pin| lets_in && entry.is_alive && offered.insert(*pin));
    let end = pin.map(|pin| {
        view! {
            <ConfirmDetails
                label="End all of it"
                which=format!("that came of PIN {pin}")
                small=true
                question="The PIN stops working, everybody who came in by it is logged out, and so is whom they let in."
            >
                <Form<EndFamily> page=visit.page()>
                    <input type="hidden" name="id" value=pin.to_string()/>
                    <Button variant=Variant::Danger>"End all of it"</Button>
                </Form<EndFamily>>
            </ConfirmDetails>
        }
    });
    let what = sentence(&entry.sentence(apart));
    let about = (of == LedgerOf::Desk).then(|| view! { <td data-label="About">{about(&entry)}</td> });
    let is_session = matches!(entry.data.kind(), LedgerKind::SessionBegan);
    let seen = entry.last_seen_at.filter(|_| is_session).map(|at| {
        view! {
            <span class="sub">"last seen " <When at now=visit.now/></span>
        }
    });
    view! {
        <tr>
            <td class="num id">{entry.number}</td>
            <td class="cell-main">{what} {seen}</td>
            {about}
            <td class="cell-quiet" data-label="From">{entry.address.map(said)}</td>
            <td class="cell-quiet"><When at=entry.at now=visit.now/></td>
            <td class="cell-actions">{end}</td>
        </tr>
    }
}
