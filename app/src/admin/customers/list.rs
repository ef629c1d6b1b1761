//! The page `/admin/customers`.

use desk::UserFilter;
use domain::{Error, FieldErrors, Page, Person};
use islands::{
    addresses::{staff, with},
    request::query,
    ui::{Button, ButtonLink, EmptyState, Icon, IconName, PageHeader, Variant, When, said},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{active_badge, filter_tabs, last_seen},
        read::filled,
    },
    filters::{self, CursorQuery, PAGE, hidden_fields, known, pagination},
};

const PATH: &str = staff::CUSTOMERS;

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct CustomersQuery {
    /// `active`, `deactivated`, or both.
    pub(in crate::admin) state: String,
    /// A text in username, name or email.
    pub(in crate::admin) q: String,
}

/// All customers.
#[component]
pub fn CustomersPage() -> impl IntoView {
    staff_page(Place::Customers, |visit| async move {
        let filter: CustomersQuery = query();
        let (page, unknown) = known(list(visit, &filter).await)?;
        Ok(Content::new("Customers", view(visit, &filter, page, unknown)))
    })
}

async fn list(visit: Visit, filter: &CustomersQuery) -> Result<Page<Person>, Error> {
    let mut errors = FieldErrors::default();
    let is_active = filters::choice(&mut errors, "state", &filter.state, |word| match word.to_lowercase().as_str() {
        "active" => Some(true),
        "deactivated" => Some(false),
        _ => None,
    });
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let filter = UserFilter { staff: false, text: filled(&filter.q), is_active };
    visit.context().desk.users().list(&visit.actor(), &filter, query::<CursorQuery>().cursor(), PAGE).await
}

fn view(visit: Visit, filter: &CustomersQuery, page: Page<Person>, unknown: Option<String>) -> impl IntoView + use<> {
    let states = [("", "All"), ("active", "Active"), ("deactivated", "Deactivated")];
    let address = |value: &str| with(PATH, &CustomersQuery { state: value.to_owned(), ..filter.clone() });
    let tabs = filter_tabs("State", states, &filter.state, address);
    let body = if page.items.is_empty() {
        empty(filter, unknown).into_any()
    } else {
        let pages = pagination(&page, PATH, filter, String::new());
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
    let of_state = CustomersQuery { q: String::new(), ..filter.clone() };
    let clear = (!filter.q.is_empty()).then(|| {
        view! {
            <ButtonLink href=with(PATH, &of_state) variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    view! {
        <PageHeader title="Customers">
            <ButtonLink href=staff::NEW_CUSTOMER variant=Variant::Primary icon=IconName::Plus>
                "New customer"
            </ButtonLink>
        </PageHeader>
        {tabs}
        <form class="filters" method="get" action=PATH role="search">
            {hidden_fields(&of_state)}
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
                    value=filter.q.clone()
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

fn empty(filter: &CustomersQuery, unknown: Option<String>) -> impl IntoView + use<> {
    let is_filtered = !filter.q.is_empty() || !filter.state.is_empty();
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
