//! The page `/admin/pins`.

use domain::{Page, PinRecord, PinState};
use islands::{
    addresses::{staff, with_query},
    ui::{ButtonLink, EmptyState, IconName, PageHeader},
};
use leptos::prelude::*;

use super::api::list_pins;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{customer_filter, filter_tabs, pin_sign, pin_table},
    },
    filters::{known, pagination},
};

const PATH: &str = staff::PINS;

/// All PINs.
#[component]
pub fn PinsPage() -> impl IntoView {
    staff_page(Place::Pins, |visit| async move {
        let (state, customer) = (visit.query("state"), visit.query("customer"));
        let page = list_pins(state.clone(), customer.clone(), visit.query("before"), visit.query("after")).await;
        let (page, unknown) = known(page)?;
        Ok(Content::new("PINs", view(visit, &state, &customer, page, unknown)))
    })
}

fn view(
    visit: Visit,
    state: &str,
    customer: &str,
    page: Page<PinRecord>,
    unknown: Option<String>,
) -> impl IntoView + use<> {
    let chosen = state.parse::<PinState>().ok();
    let states = PinState::ALL.iter().map(|state| (state.as_str(), pin_sign(*state).2));
    let states = [("", "All")].into_iter().chain(states);
    let address = |value: &str| with_query(PATH, &[("state", value), ("customer", customer)]);
    let tabs = filter_tabs("State", states, state, address);
    let body = if page.items.is_empty() {
        let is_filtered = !state.is_empty() || !customer.is_empty();
        let (title, text) = if let Some(unknown) = unknown {
            (unknown, "Look at another state, or at all PINs.")
        } else if is_filtered {
            ("No PIN fits".to_owned(), "Look at another state, or at all PINs.")
        } else {
            ("No PINs yet".to_owned(), "Open a customer and issue one. They log in with it, once.")
        };
        view! {
            <div class="card">
                <EmptyState icon=IconName::Key title text>
                    <ButtonLink href=staff::CUSTOMERS icon=IconName::Users>
                        "Customers"
                    </ButtonLink>
                </EmptyState>
            </div>
        }
        .into_any()
    } else {
        let pages = pagination(&page, PATH, &[("state", state), ("customer", customer)], String::new());
        view! {
            <div class="card">{pin_table(visit, page.items, true)}</div>
            {pages}
        }
        .into_any()
    };
    view! {
        <PageHeader title="PINs">
            <ButtonLink href=staff::CUSTOMERS icon=IconName::Key>
                "Issue a PIN for a customer"
            </ButtonLink>
        </PageHeader>
        {tabs}
        {customer_filter(PATH, customer, ("state", chosen.map_or("", PinState::as_str)))}
        {body}
    }
}
