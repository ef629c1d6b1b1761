//! PINs for which two of staff are needed: the form that asks for one, and what the two of them do.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{PinRequest, PinRequestId, length_words};
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller},
    ui::{Button, Card, IconName, Variant, When, apart, said},
};
use leptos::prelude::*;

use super::{
    api::{Asked, new_pins},
    issue::IssuedQuery,
};
use crate::{
    admin::{frame::Visit, parts::scope_words, read},
    layout::form::Form,
};

/// Asks for a PIN for a customer who is marked as sensitive, with the fields of [`super::api::IssuePin`]. A colleague must confirm it.
///
/// # Errors
/// As [`super::api::IssuePin`]; [`domain::Error::Conflict`] for a customer for whom one of staff is enough, too.
#[server(prefix = "/fn", endpoint = "ask_pin")]
pub async fn ask_pin(
    user_id: String,
    #[server(default)] ttl: String,
    #[server(default)] ticket: String,
    #[server(default)] can: String,
    #[server(default)] stays: String,
    #[server(default)] label: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let new = answer(new_pins(Asked { user_id, ttl, hours: String::new(), ticket, can, stays, label }))?;
    let customer = new.user_id;
    answer(context.desk.pins().ask(&actor, new).await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(customer)));
    Ok(())
}

/// Confirms a PIN that a colleague asked for, exactly as it is.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`] for what is over; [`domain::Error::Forbidden`], also for that colleague.
#[server(prefix = "/fn", endpoint = "confirm_pin")]
pub async fn confirm_pin(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<PinRequestId>(&id))?;
    let customer = answer(context.desk.pins().confirm(&actor, id).await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(customer)));
    Ok(())
}

/// Issues a PIN that a colleague confirmed. Its customer's page shows it, once, to who asked for it.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`] for what is over or nobody confirmed; [`domain::Error::Forbidden`] for
/// everybody but who asked.
#[server(prefix = "/fn", endpoint = "issue_asked_pin")]
pub async fn issue_asked_pin(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<PinRequestId>(&id))?;
    let (customer, pin) = answer(context.desk.pins().issue_asked(&actor, id).await)?;
    let shown = IssuedQuery { issued: pin.to_string(), ..IssuedQuery::default() };
    leptos_axum::redirect(&with(&staff::customer(customer), &shown));
    Ok(())
}

/// Takes a request for a PIN back, or declines it.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`] for what is over; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "withdraw_pin")]
pub async fn withdraw_pin(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<PinRequestId>(&id))?;
    let customer = answer(context.desk.pins().withdraw(&actor, id).await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(customer)));
    Ok(())
}

/// A PIN that waits for a second one of staff, with what each of the two can do.
pub(in crate::admin) fn asked_card(visit: Visit, asked: PinRequest) -> impl IntoView {
    let is_mine = visit.is_me(asked.asked_by.0);
    let (id, number) = (asked.id.to_string(), asked.id.to_string());
    let scope = scope_words(&asked.scope).unwrap_or_else(|| "all that they may do".to_owned());
    let label = (!asked.scope.label.is_empty()).then(|| view! { " (" {said(asked.scope.label.clone())} ")" });
    let (customer, name) = asked.customer;
    let (_, by) = asked.asked_by;
    let confirmed = asked.confirmed_by.clone().map(|(_, name)| view! { <p>"Confirmed by " {said(name)} "."</p> });
    let next = match (&asked.confirmed_by, is_mine) {
        (Some(_), true) => view! {
            <Form<IssueAskedPin> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <Button variant=Variant::Primary icon=IconName::Key>
                    "Issue the PIN"
                </Button>
            </Form<IssueAskedPin>>
        }
        .into_any(),
        (Some(_), false) => {
            view! { <p class="muted small">{said(by.clone())} " issues it, and sees it once."</p> }.into_any()
        }
        (None, true) => view! {
            <p class="muted small">"This customer is marked as sensitive: another member of staff must confirm it."</p>
        }
        .into_any(),
        (None, false) => view! {
            <Form<ConfirmPin> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <Button variant=Variant::Primary icon=IconName::CheckCircle>
                    "I confirm that"
                </Button>
            </Form<ConfirmPin>>
        }
        .into_any(),
    };
    let back = if is_mine { "Take it back" } else { "Decline it" };
    view! {
        <Card title=format!("A PIN for {} waits", apart(&name))>
            <div class="form">
                <p>
                    {said(by)} " asks for a PIN for " <a href=staff::customer(customer)>{said(name)}</a> ". It opens " {scope}
                    {label} ", and would work for " {length_words(asked.life)} ". Asked " <When at=asked.asked_at now=visit.now/>
                    "; it waits for a day."
                </p>
                {confirmed}
                <div class="actions">
                    {next}
                    <Form<WithdrawPin> page=visit.page()>
                        <input type="hidden" name="id" value=number/>
                        <Button>{back}</Button>
                    </Form<WithdrawPin>>
                </div>
            </div>
        </Card>
    }
}
