//! The page `/admin/batches`.

use domain::{Batch, CardState, Page};
use islands::{
    addresses::staff,
    request::query,
    ui::{Badge, ButtonLink, EmptyState, IconName, PageHeader, Tone, Variant, When, said},
};
use leptos::prelude::*;

use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
    },
    filters::{CursorQuery, PAGE, pagination},
};

/// All batches of cards.
#[component]
pub fn BatchesPage() -> impl IntoView {
    staff_page(Place::Cards, |visit| async move {
        let cursor = query::<CursorQuery>().cursor();
        let page = visit.context().desk.cards().batches(&visit.actor(), cursor, PAGE).await?;
        Ok(Content::new("Cards", view(visit, page)))
    })
}

/// What became of cards, in a sign and a word.
pub(super) const fn card_sign(state: CardState) -> (Tone, IconName, &'static str) {
    match state {
        CardState::Unused => (Tone::Info, IconName::Key, "Unused"),
        CardState::Used => (Tone::Good, IconName::CheckCircle, "Used"),
        CardState::Expired => (Tone::Neutral, IconName::Clock, "Expired"),
        CardState::Revoked => (Tone::Warn, IconName::Minus, "Revoked"),
    }
}

pub(super) fn card_badge(state: CardState) -> impl IntoView {
    let (tone, icon, word) = card_sign(state);
    view! { <Badge tone icon>{word}</Badge> }
}

fn view(visit: Visit, page: Page<Batch>) -> impl IntoView + use<> {
    let body = if page.items.is_empty() {
        view! {
            <div class="card">
                <EmptyState
                    icon=IconName::Key
                    title="No cards yet"
                    text="Cards let people in whom nobody knows yet, as at an event. Each has a PIN of its own, in print."
                >
                    <ButtonLink href=staff::NEW_BATCH icon=IconName::Plus variant=Variant::Primary>
                        "Make cards"
                    </ButtonLink>
                </EmptyState>
            </div>
        }
        .into_any()
    } else {
        let pages = pagination(&page, staff::BATCHES, &(), String::new());
        view! {
            <div class="card">{table(visit, page.items)}</div>
            {pages}
        }
        .into_any()
    };
    view! {
        <PageHeader title="Cards">
            <ButtonLink href=staff::NEW_BATCH icon=IconName::Plus>
                "Make cards"
            </ButtonLink>
        </PageHeader>
        <div class="stack">{body}</div>
    }
}

fn table(visit: Visit, batches: Vec<Batch>) -> impl IntoView + use<> {
    let rows = batches
        .into_iter()
        .map(|batch| {
            let (href, use_by, counts) = (staff::batch(batch.id), batch.use_by(), batch.counts);
            let counters = CardState::ALL
                .iter()
                .map(|state| {
                    view! { <td class="num" data-label=card_sign(*state).2>{counts.of(*state)}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <td class="cell-main">
                        <a class="row-link" href=href>
                            {said(batch.name)}
                        </a>
                        <span class="sub">{said(batch.site)}</span>
                    </td>
                    {counters}
                    <td class="cell-quiet" data-label="Use by">{use_by}</td>
                    <td class="cell-quiet" data-label="Made">
                        <When at=batch.made_at now=visit.now/>
                    </td>
                </tr>
            }
        })
        .collect_view();
    let heads = CardState::ALL
        .iter()
        .map(|state| view! { <th scope="col" class="num">{card_sign(*state).2}</th> })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Batch"</th>
                    {heads}
                    <th scope="col">"Use by"</th>
                    <th scope="col">"Made"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
