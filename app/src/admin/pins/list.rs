//! The page `/admin/pins`.

use domain::{Error, FieldErrors, Page, PinRecord, PinState};
use islands::{
    addresses::{staff, with},
    request::query,
    ui::{ButtonLink, EmptyState, IconName, PageHeader},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::meter::meter;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{customer_filter, filter_tabs, pin_sign, pin_table},
    },
    filters::{self, CursorQuery, PAGE, known, pagination},
};

const PATH: &str = staff::PINS;

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct PinsQuery {
    pub(in crate::admin) state: String,
    /// A username.
    pub(in crate::admin) customer: String,
}

/// All PINs.
#[component]
pub fn PinsPage() -> impl IntoView {
    staff_page(Place::Pins, |visit| async move {
        let filter: PinsQuery = query();
        let (page, unknown) = known(list(visit, &filter).await)?;
        let meter = meter(visit).await;
        Ok(Content::new("PINs", view(visit, &filter, page, unknown, meter)))
    })
}

async fn list(visit: Visit, filter: &PinsQuery) -> Result<Page<PinRecord>, Error> {
    let (context, actor) = (visit.context(), visit.actor());
    let mut errors = FieldErrors::default();
    let customer = filters::customer(&context, &actor, &filter.customer, &mut errors).await?;
    let state = filters::choice(&mut errors, "state", &filter.state, |word| word.parse::<PinState>().ok());
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let (user, cursor) = (customer.map(|customer| customer.id), query::<CursorQuery>().cursor());
    context.desk.pins().list(&actor, state, user, cursor, PAGE).await
}

fn view(
    visit: Visit,
    filter: &PinsQuery,
    page: Page<PinRecord>,
    unknown: Option<String>,
    meter: Option<AnyView>,
) -> impl IntoView + use<> {
    let chosen = filter.state.parse::<PinState>().map_or("", PinState::as_str);
    let states = PinState::ALL.iter().map(|state| (state.as_str(), pin_sign(*state).2));
    let states = [("", "All")].into_iter().chain(states);
    let address = |value: &str| with(PATH, &PinsQuery { state: value.to_owned(), ..filter.clone() });
    let tabs = filter_tabs("State", states, &filter.state, address);
    let body = if page.items.is_empty() {
        let is_filtered = !filter.state.is_empty() || !filter.customer.is_empty();
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
        let pages = pagination(&page, PATH, filter, String::new());
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
        {customer_filter(PATH, &filter.customer, &PinsQuery { state: chosen.to_owned(), ..PinsQuery::default() })}
        <div class="stack">{body} {meter}</div>
    }
}
