//! The page `/admin/batches/{id}`.

use domain::{Batch, BatchId, Card as OneCard, CardState, FieldErrors, Page, card_number};
use islands::{
    addresses::{staff, with},
    request::query,
    ui::{Button, ButtonLink, Card, ConfirmDetails, EmptyState, Icon, IconName, PageHeader, Variant, When, said},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    api::{MakeCardsAgain, RevokeCard, RevokeCards},
    list::{card_badge, card_sign},
    new::{print_fields, who},
};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{counted, filter_tabs},
        read::id,
    },
    filters::{self, CursorQuery, PAGE, hidden_fields, known, pagination},
    layout::form::Form,
};

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct CardsQuery {
    state: String,
    /// The number of a card.
    number: String,
}

/// A batch of cards.
#[component]
pub fn BatchPage() -> impl IntoView {
    staff_page(Place::Cards, |visit| async move {
        let desk = visit.context().desk;
        let batch = desk.cards().batch(&visit.actor(), id::<BatchId>(&visit.id())?).await?;
        let filter: CardsQuery = query();
        let (page, unknown) = known(list(visit, &batch, &filter).await)?;
        Ok(Content::new(batch.name.clone(), view(visit, batch, &filter, page, unknown)))
    })
}

async fn list(visit: Visit, batch: &Batch, filter: &CardsQuery) -> Result<Page<OneCard>, domain::Error> {
    let mut errors = FieldErrors::default();
    let state = filters::choice(&mut errors, "state", &filter.state, |word| word.parse::<CardState>().ok());
    let number = filters::choice(&mut errors, "card", &filter.number, |word| word.parse::<i64>().ok());
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let cursor = query::<CursorQuery>().cursor();
    visit.context().desk.cards().list(&visit.actor(), batch, (state, number), cursor, PAGE).await
}

fn view(
    visit: Visit,
    batch: Batch,
    filter: &CardsQuery,
    page: Page<OneCard>,
    unknown: Option<String>,
) -> impl IntoView + use<> {
    let path = staff::batch(batch.id);
    let tiles = CardState::ALL
        .iter()
        .map(|state| {
            let (tone, icon, word) = card_sign(*state);
            let href = with(&path, &CardsQuery { state: state.as_str().to_owned(), ..CardsQuery::default() });
            view! {
                <a class="stat" href=href>
                    <span class=format!("stat-label {}", tone.class())>
                        <Icon name=icon/>
                        {word}
                    </span>
                    <span class="stat-value">{batch.counts.of(*state)}</span>
                </a>
            }
        })
        .collect_view();
    let states =
        [("", "All")].into_iter().chain(CardState::ALL.iter().map(|state| (state.as_str(), card_sign(*state).2)));
    let tabs = filter_tabs("State", states, &filter.state, |value| {
        with(&path, &CardsQuery { state: value.to_owned(), ..CardsQuery::default() })
    });
    let all = path.clone();
    let body = if page.items.is_empty() {
        let title = unknown.unwrap_or_else(|| "No card fits".to_owned());
        view! {
            <div class="card">
                <EmptyState icon=IconName::Key title text="Look at another state, or for another number.">
                    <ButtonLink href=all>"All cards of this batch"</ButtonLink>
                </EmptyState>
            </div>
        }
        .into_any()
    } else {
        let pages = pagination(&page, &path, filter, String::new());
        view! {
            <div class="card">{table(visit, page.items)}</div>
            {pages}
        }
        .into_any()
    };
    let meta = {
        let (site, all) = (batch.site.clone(), counted(batch.counts.all(), "card"));
        ViewFnOnce::from(move || {
            view! {
                <span>{said(site)}</span>
                <span>{all}</span>
            }
        })
    };
    let number_filter = number_filter(&path, filter);
    let (facts, again, revoke_rest) = (facts(visit, &batch), again(visit, &batch), revoke_rest(visit, &batch));
    view! {
        <PageHeader title=batch.name back=(staff::BATCHES.to_owned(), "Cards".to_owned()) meta/>
        <div class="stack">
            <section class="stats" aria-label="Cards">
                {tiles}
            </section>
            <div class="split">
                <div class="stack">
                    {tabs} {number_filter} {body}
                </div>
                <aside class="stack">
                    <Card title="These cards">{facts}</Card>
                    {again}
                    {revoke_rest}
                </aside>
            </div>
        </div>
    }
}

/// Finds a card by what stands on it.
fn number_filter(path: &str, filter: &CardsQuery) -> impl IntoView + use<> {
    let kept = CardsQuery { state: filter.state.clone(), ..CardsQuery::default() };
    let clear = (!filter.number.is_empty()).then(|| {
        view! {
            <ButtonLink href=with(path, &kept) variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    view! {
        <form class="filters" method="get" action=path.to_owned() role="search">
            {hidden_fields(&kept)}
            <div class="search">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    name="number"
                    id="search"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label="Number of a card"
                    placeholder="Number of a card"
                    value=filter.number.clone()
                />
            </div>
            <Button>"Find"</Button>
            {clear}
        </form>
    }
}

fn facts(visit: Visit, batch: &Batch) -> impl IntoView + use<> {
    let by = batch.made_by.clone().unwrap_or_else(|| "Command line".to_owned());
    let category = batch.category.clone().map(|category| {
        view! {
            <dt>"Category"</dt>
            <dd>{said(category)}</dd>
        }
    });
    view! {
        <dl class="fields">
            <dt>"Use by"</dt>
            <dd>{batch.use_by()}</dd>
            <dt>"Then stays open"</dt>
            <dd>{batch.stays.in_words()}</dd>
            <dt>"Lets people"</dt>
            <dd>{batch.can.in_words()}</dd>
            <dt>"Who uses one"</dt>
            <dd>{who(batch.is_unnamed)}</dd>
            {category}
            <dt>"Made"</dt>
            <dd>
                <When at=batch.made_at now=visit.now/>
                " by "
                {said(by)}
            </dd>
        </dl>
    }
}

/// New cards for those that nobody used.
fn again(visit: Visit, batch: &Batch) -> impl IntoView + use<> {
    let count = batch.counts.unused;
    (count > 0).then(|| {
        let form = visit.form::<MakeCardsAgain>();
        let id = batch.id.to_string();
        let question = format!(
            "The PINs of {} cannot be shown again. New ones with new numbers take their place, and the old ones are revoked.",
            counted(count, "unused card")
        );
        view! {
            <ConfirmDetails label="Issue these again" icon=IconName::Printer block=true question>
                <Form<MakeCardsAgain> page=visit.page() attr:class="form">
                    <input type="hidden" name="id" value=id/>
                    {print_fields(form)}
                    <Button variant=Variant::Danger>"Revoke them and make new ones"</Button>
                </Form<MakeCardsAgain>>
            </ConfirmDetails>
        }
    })
}

fn revoke_rest(visit: Visit, batch: &Batch) -> impl IntoView + use<> {
    let count = batch.counts.unused;
    (count > 0).then(|| {
        let id = batch.id.to_string();
        let question = format!(
            "{} stop working at once. Whoever came in by a card stays in. This cannot be undone.",
            counted(count, "unused card")
        );
        view! {
            <ConfirmDetails label="Revoke the rest" icon=IconName::Minus block=true question>
                <Form<RevokeCards> page=visit.page()>
                    <input type="hidden" name="id" value=id/>
                    <Button variant=Variant::Danger>"Revoke the rest"</Button>
                </Form<RevokeCards>>
            </ConfirmDetails>
        }
    })
}

fn table(visit: Visit, cards: Vec<OneCard>) -> impl IntoView + use<> {
    let rows = cards
        .into_iter()
        .map(|card| {
            let revoke = (card.state == CardState::Unused).then(|| {
                view! {
                    <ConfirmDetails
                        label="Revoke"
                        which=format!("card {}", card_number(card.number))
                        small=true
                        question="The card stops working at once. This cannot be undone."
                    >
                        <Form<RevokeCard> page=visit.page()>
                            <input type="hidden" name="id" value=card.id.to_string()/>
                            <Button variant=Variant::Danger>"Revoke this card"</Button>
                        </Form<RevokeCard>>
                    </ConfirmDetails>
                }
            });
            let who = card.customer.map(|(id, name)| view! { <a href=staff::customer(id)>{said(name)}</a> });
            let at = card.changed_at.map(|at| view! { <When at now=visit.now/> });
            view! {
                <tr>
                    <td class="cell-main">
                        <strong>"Card " {card_number(card.number)}</strong>
                    </td>
                    <td>{card_badge(card.state)}</td>
                    <td class="cell-link">{who}</td>
                    <td class="cell-quiet">{at}</td>
                    <td class="cell-actions">{revoke}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Card"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Used by"</th>
                    <th scope="col">"When"</th>
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
