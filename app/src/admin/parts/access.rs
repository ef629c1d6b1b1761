//! PINs, sessions and cards as several staff pages show them.

use domain::{CardOrigin, PinRecord, PinScope, PinState, SessionInfo, card_number};
use islands::{
    addresses::{self, staff},
    ui::{Badge, Button, ConfirmDetails, IconName, Tone, Variant, When, apart, said},
};
use leptos::prelude::*;

use crate::{
    account::table,
    admin::{frame::Visit, ledger::api::EndFamily, pins::api::RevokePin, sessions::api::EndSession},
    layout::form::Form,
};

fn pin_badge(state: PinState) -> impl IntoView {
    let (tone, icon, word) = pin_sign(state);
    view! { <Badge tone icon>{word}</Badge> }
}

pub(in crate::admin) const fn pin_sign(state: PinState) -> (Tone, IconName, &'static str) {
    match state {
        PinState::Issued => (Tone::Info, IconName::Key, "Issued"),
        PinState::Redeemed => (Tone::Good, IconName::CheckCircle, "Redeemed"),
        PinState::Expired => (Tone::Neutral, IconName::Clock, "Expired"),
        PinState::Revoked => (Tone::Warn, IconName::Minus, "Revoked"),
    }
}

/// What a PIN opens, where it is less than all that its customer may do: `ticket #7, read and reply, for 8 hours`.
pub(in crate::admin) fn scope_words(scope: &PinScope) -> Option<String> {
    let stays = scope.stays.map(|stays| format!("for {}", stays.in_words()));
    let parts: Vec<String> = scope.in_words().into_iter().chain(stays).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What something is for, with its label, in a cell.
fn scope_cell(words: Option<String>, label: String) -> impl IntoView {
    let label = (!label.is_empty()).then(|| view! { <span class="sub">{said(label)}</span> });
    view! {
        {words.map(|words| view! { <span class="sub">{words}</span> })}
        {label}
    }
}

/// By which card a customer came: its batch, and where that is handed out.
pub(in crate::admin) fn card_origin(origin: &CardOrigin) -> AnyView {
    let CardOrigin { batch, name, site, number } = origin.clone();
    let site = (!site.is_empty()).then(|| view! { ", " {said(site)} });
    view! {
        <div class="muted small">
            "Came by card " {card_number(number)} " of " <a href=staff::batch(batch)>{said(name)}</a> {site}
        </div>
    }
    .into_any()
}

/// PINs as a table. Without the customer on a page that is about one.
pub(in crate::admin) fn pin_table(visit: Visit, pins: Vec<PinRecord>, with_customer: bool) -> impl IntoView + use<> {
    let rows = pins
        .into_iter()
        .map(|pin| {
            let revoke = (pin.state == PinState::Issued).then(|| {
                view! {
                    <ConfirmDetails
                        label="Revoke"
                        which=format!("the PIN of {}, issued {}", apart(&pin.name), pin.issued_at.to_minute())
                        small=true
                        question="The PIN stops working at once. This cannot be undone; issue a new one instead."
                    >
                        <Form<RevokePin> page=visit.page()>
                            <input type="hidden" name="id" value=pin.id.to_string()/>
                            <Button variant=Variant::Danger>"Revoke this PIN"</Button>
                        </Form<RevokePin>>
                    </ConfirmDetails>
                }
            });
            let end = pin.is_in_use.then(|| {
                view! {
                    <ConfirmDetails
                        label="End all of it"
                        which=format!("that came of the PIN of {}, issued {}", apart(&pin.name), pin.issued_at.to_minute())
                        small=true
                        question="Everybody who came in by it is logged out, and so is whom they let in."
                    >
                        <Form<EndFamily> page=visit.page()>
                            <input type="hidden" name="id" value=pin.id.to_string()/>
                            <Button variant=Variant::Danger>"End all of it"</Button>
                        </Form<EndFamily>>
                    </ConfirmDetails>
                }
            });
            let who = if with_customer {
                let href = staff::customer(pin.user_id);
                view! {
                    <td class="cell-main">
                        <a class="row-link" href=href>
                            {said(pin.name)}
                        </a>
                        <span class="sub">{said(pin.username)}</span>
                    </td>
                }
                .into_any()
            } else {
                ().into_any()
            };
            let by = pin.issued_by.unwrap_or_else(|| "Command line".to_owned());
            let (label, at) = match (pin.redeemed_at, pin.revoked_at) {
                (Some(at), _) => ("Redeemed", at),
                (_, Some(at)) => ("Revoked", at),
                _ if pin.state == PinState::Expired => ("Expired", pin.expires_at),
                _ => ("Expires", pin.expires_at),
            };
            view! {
                <tr>
                    {who}
                    <td>{pin_badge(pin.state)} {scope_cell(scope_words(&pin.scope), pin.scope.label)}</td>
                    <td class="cell-quiet" data-label="Issued">
                        <When at=pin.issued_at now=visit.now/>
                    </td>
                    <td class="cell-spare" data-label="By">{said(by)}</td>
                    <td class="cell-quiet">{label} " " <When at=at now=visit.now/></td>
                    <td class="cell-actions">{revoke} {end}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    {with_customer.then(|| view! { <th scope="col">"Customer"</th> })}
                    <th scope="col">"State"</th>
                    <th scope="col">"Issued"</th>
                    <th scope="col" class="cell-spare">"By"</th>
                    <th scope="col">"Until"</th>
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// Sessions as a table. Without the person on a page that is about one.
pub(in crate::admin) fn session_table(visit: Visit, sessions: Vec<SessionInfo>, with_person: bool) -> impl IntoView {
    let end = move |session: &SessionInfo| {
        let (id, name) = (session.id.to_string(), apart(&session.name));
        let question = format!("{name} is logged out there with the next click.");
        let which = format!("{}, of {name}", table::which(session));
        view! {
            <ConfirmDetails label="End" which small=true question>
                <Form<EndSession> page=visit.page()>
                    <input type="hidden" name="id" value=id/>
                    <Button variant=Variant::Danger>"End this session"</Button>
                </Form<EndSession>>
            </ConfirmDetails>
        }
        .into_any()
    };
    table::session_table(sessions, visit.now, with_person.then_some(person_cell), end)
}

fn person_cell(session: &SessionInfo) -> AnyView {
    let role = session.role.as_str();
    let href = addresses::person(session.role, session.user_id);
    view! {
        <td class="cell-main">
            <a class="row-link" href=href>
                {said(session.name.clone())}
            </a>
            <span class="sub">{said(session.username.clone())} " · " {role}</span>
        </td>
    }
    .into_any()
}
