//! The page `/admin/customers`.

use domain::{Page, Person};
use islands::{
    addresses::{staff, with_query},
    ui::{Button, ButtonLink, EmptyState, Icon, IconName, PageHeader, Variant, When, said},
};
use leptos::prelude::*;

use super::api::list_customers;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{active_badge, filter_tabs, last_seen},
    },
    filters::{known, pagination},
};

const PATH: &str = staff::CUSTOMERS;

/// All customers.
#[component]
pub fn CustomersPage() -> impl IntoView {
    staff_page(Place::Customers, |visit| async move {
        let (text, state) = (visit.query("q"), visit.query("state"));
        let page = list_customers(text.clone(), state.clone(), visit.query("before"), visit.query("after")).await;
        let (page, unknown) = known(page)?;
        Ok(Content::new("Customers", view(visit, &text, &state, page, unknown)))
    })
}

fn view(visit: Visit, text: &str, state: &str, page: Page<Person>, unknown: Option<String>) -> impl IntoView + use<> {
    let states = [("", "All"), ("active", "Active"), ("deactivated", "Deactivated")];
    let tabs = filter_tabs("State", states, state, |value| with_query(PATH, &[("state", value), ("q", text)]));
    let body = if page.items.is_empty() {
        empty(text, state, unknown).into_any()
    } else {
        let pages = pagination(&page, PATH, &[("state", state), ("q", text)], String::new());
        let rows = page.items.into_iter().map(|customer| row(visit, customer)).collect_view();
        view! {
            <div class="card">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Customer"</th>
                            <th scope="col">"Email"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="num">"Tickets"</th>
                            <th scope="col">"Last seen"</th>
                            <th scope="col">"Added"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {pages}
        }
        .into_any()
    };
    let clear = (!text.is_empty()).then(|| {
        view! {
            <ButtonLink href=with_query(PATH, &[("state", state)]) variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    let hidden = (!state.is_empty()).then(|| {
        let state = state.to_owned();
        view! { <input type="hidden" name="state" value=state/> }
    });
    view! {
        <PageHeader title="Customers">
            <ButtonLink href=staff::NEW_CUSTOMER variant=Variant::Primary icon=IconName::Plus>
                "New customer"
            </ButtonLink>
        </PageHeader>
        {tabs}
        <form class="filters" method="get" action=PATH role="search">
            {hidden}
            <div class="search">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    type="search"
                    name="q"
                    id="search"
                    dir="auto"
                    aria-label="Search in customers"
                    placeholder="Username, name or email"
                    value=text.to_owned()
                />
            </div>
            <Button>"Search"</Button>
            {clear}
        </form>
        {body}
    }
}

fn row(visit: Visit, customer: Person) -> impl IntoView + use<> {
    view! {
        <tr>
            <td class="cell-main">
                <a class="row-link" href=staff::customer(customer.id)>
                    {said(customer.name)}
                </a>
                <span class="sub">{said(customer.username)}</span>
            </td>
            <td class="cell-wrap">{said(customer.email)}</td>
            <td>{active_badge(customer.is_active)}</td>
            <td class="num" data-label="Tickets">
                {customer.tickets}
            </td>
            <td class="cell-quiet" data-label="Last seen">
                {last_seen(visit, customer.last_seen_at)}
            </td>
            <td class="cell-quiet" data-label="Added">
                <When at=customer.created_at now=visit.now/>
            </td>
        </tr>
    }
}

fn empty(text: &str, state: &str, unknown: Option<String>) -> impl IntoView + use<> {
    let is_filtered = !text.is_empty() || !state.is_empty();
    let (title, words) = if is_filtered {
        let title = unknown.unwrap_or_else(|| "Nobody fits".to_owned());
        (title, "Search for parts of the username, name or email, or look at all customers.")
    } else {
        ("No customers yet".to_owned(), "Add one, then issue a Support PIN, and they can log in and open tickets.")
    };
    view! {
        <div class="card">
            <EmptyState icon=IconName::Users title text=words>
                {is_filtered.then(|| view! { <ButtonLink href=PATH>"Show all customers"</ButtonLink> })}
                <ButtonLink href=staff::NEW_CUSTOMER icon=IconName::Plus>
                    "New customer"
                </ButtonLink>
            </EmptyState>
        </div>
    }
}
