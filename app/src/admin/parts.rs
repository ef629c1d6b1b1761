//! Pieces that several staff pages show.

use domain::{
    CardOrigin, Person, PinRecord, PinScope, PinState, SessionInfo, TicketId, TicketRow, Timestamp, card_number,
};
use islands::{
    addresses::{self, staff, with},
    tickets::{PriorityBadge, StatusBadge},
    ui::{
        Badge, Button, ButtonLink, ConfirmDetails, Field, Icon, IconName, Tab, Tabs, TextInput, Tone, Variant,
        VisuallyHidden, When, apart, said,
    },
};
use leptos::prelude::*;

use serde::Serialize;

use super::{frame::Visit, ledger::api::EndFamily, pins::api::RevokePin, sessions::api::EndSession, tickets::bulk};
use crate::{
    account::table,
    filters::hidden_fields,
    layout::form::{Form, FormState},
};

/// Whether somebody may log in.
pub(super) fn active_badge(is_active: bool) -> impl IntoView {
    let (tone, icon, word) = if is_active {
        (Tone::Good, IconName::CheckCircle, "Active")
    } else {
        (Tone::Neutral, IconName::UserOff, "Deactivated")
    };
    view! { <Badge tone icon>{word}</Badge> }
}

/// When somebody was here last.
pub(super) fn last_seen(visit: Visit, at: Option<Timestamp>) -> AnyView {
    match at {
        Some(at) => view! { <When at now=visit.now/> }.into_any(),
        None => view! { <span>"Never"</span> }.into_any(),
    }
}

pub(super) fn pin_badge(state: PinState) -> impl IntoView {
    let (tone, icon, word) = pin_sign(state);
    view! { <Badge tone icon>{word}</Badge> }
}

pub(super) const fn pin_sign(state: PinState) -> (Tone, IconName, &'static str) {
    match state {
        PinState::Issued => (Tone::Info, IconName::Key, "Issued"),
        PinState::Redeemed => (Tone::Good, IconName::CheckCircle, "Redeemed"),
        PinState::Expired => (Tone::Neutral, IconName::Clock, "Expired"),
        PinState::Revoked => (Tone::Warn, IconName::Minus, "Revoked"),
    }
}

/// A count with its word: `1 ticket`, `12 tickets`, `1000+ tickets`.
pub(super) fn counted(count: u64, word: &str) -> String {
    format!("{} {word}{}", domain::count_words(count), if count == 1 { "" } else { "s" })
}

/// Tabs that choose one part of a list's filter, each a value with its words. `address` is that of the list with a value.
pub(super) fn filter_tabs(
    label: &'static str,
    choices: impl IntoIterator<Item = (&'static str, &'static str)>,
    chosen: &str,
    address: impl Fn(&str) -> String,
) -> AnyView {
    let tab = |(value, words): (&'static str, &'static str)| {
        let (href, current) = (address(value), value == chosen);
        view! {
            <Tab href current>
                {words}
            </Tab>
        }
    };
    let tabs = choices.into_iter().map(tab).collect_view();
    view! { <Tabs label>{tabs}</Tabs> }.into_any()
}

/// The filter of a list by the `customer` whose username somebody types; what else the list is filtered by is `kept`.
pub(super) fn customer_filter<Q: Serialize>(path: &'static str, customer: &str, kept: &Q) -> AnyView {
    let clear = (!customer.is_empty()).then(|| {
        view! {
            <ButtonLink href=with(path, kept) variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    view! {
        <form class="filters" method="get" action=path role="search">
            {hidden_fields(kept)}
            <div class="search">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    name="customer"
                    id="search"
                    dir="auto"
                    aria-label="Customer's username"
                    placeholder="Customer’s username"
                    autocapitalize="none"
                    spellcheck="false"
                    value=customer.to_owned()
                />
            </div>
            <Button>"Filter"</Button>
            {clear}
        </form>
    }
    .into_any()
}

/// Tickets as a table. Without the customer on a page that is about one.
pub(super) fn ticket_table(visit: Visit, tickets: Vec<TicketRow>, with_customer: bool) -> AnyView {
    table_of_tickets(visit, tickets, with_customer, None).into_any()
}

/// The same with a box in each row, those of the `chosen` ticked.
pub(super) fn table_to_choose(visit: Visit, tickets: Vec<TicketRow>, chosen: Vec<TicketId>) -> AnyView {
    table_of_tickets(visit, tickets, true, Some(chosen)).into_any()
}

fn table_of_tickets(
    visit: Visit,
    tickets: Vec<TicketRow>,
    with_customer: bool,
    chosen: Option<Vec<TicketId>>,
) -> impl IntoView + use<> {
    let with_boxes = chosen.is_some();
    let rows = tickets
        .into_iter()
        .map(|ticket| {
            let href = staff::ticket(ticket.id);
            let files = (ticket.attachments > 0).then(|| {
                view! {
                    <span class="badge badge-plain tone-neutral">
                        <Icon name=IconName::Paperclip/>
                        {ticket.attachments}
                        <VisuallyHidden>" files"</VisuallyHidden>
                    </span>
                }
            });
            let customer = with_customer.then(|| {
                let href = staff::customer(ticket.requester_id);
                view! {
                    <td class="cell-link">
                        <a href=href>{said(ticket.requester_name)}</a>
                    </td>
                }
            });
            let unread = ticket.is_unread.then(|| {
                view! {
                    <span class="unread">
                        <VisuallyHidden>"Unread: "</VisuallyHidden>
                    </span>
                }
            });
            let pick = chosen.as_ref().map(|chosen| pick(ticket.id, chosen.contains(&ticket.id)));
            view! {
                <tr id=format!("ticket-{}", ticket.id) class=ticket.is_unread.then_some("row-unread")>
                    {pick}
                    <td class="num id">"#" {ticket.id.0}</td>
                    <td class="cell-main">
                        {unread}
                        <a class="row-link" href=href>
                            {said(ticket.title)}
                        </a>
                    </td>
                    <td><StatusBadge status=ticket.status/></td>
                    <td><PriorityBadge priority=ticket.priority/></td>
                    <td class="cell-extra">{said(ticket.category)}</td>
                    {customer}
                    <td class="cell-quiet" data-label="Assignee">{ticket.assignee_name.map(said)}</td>
                    <td class="num cell-spare">{files}</td>
                    <td class="cell-quiet" data-label="Changed">
                        <When at=ticket.updated_at now=visit.now/>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    {with_boxes.then(pick_all)}
                    <th scope="col" class="num">"No."</th>
                    <th scope="col">"Ticket"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Priority"</th>
                    <th scope="col" class="cell-extra">"Category"</th>
                    {with_customer.then(|| view! { <th scope="col">"Customer"</th> })}
                    <th scope="col">"Assignee"</th>
                    <th scope="col" class="num cell-spare">"Files"</th>
                    <th scope="col">"Changed"</th>
                </tr>
            </thead>
            <tbody data-live-rows="">{rows}</tbody>
        </table>
    }
}

/// The cell with the box for all rows, which script shows.
fn pick_all() -> impl IntoView {
    view! {
        <td class="cell-check">
            <label hidden>
                <input
                    type="checkbox"
                    class="check"
                    data-all=""
                    autocomplete="off"
                    aria-label="Select all on this page"
                />
            </label>
        </td>
    }
}

/// The cell with a ticket's box.
fn pick(id: TicketId, is_chosen: bool) -> impl IntoView {
    view! {
        <td class="cell-check">
            <label>
                <input
                    type="checkbox"
                    class="check"
                    id=format!("pick-{id}")
                    name=bulk::BOX
                    value=id.to_string()
                    form=bulk::FORM
                    checked=is_chosen
                    autocomplete="off"
                    aria-label=format!("Select #{id}")
                />
            </label>
        </td>
    }
}

/// What a PIN opens, where it is less than all that its customer may do: `ticket #7, read and reply, for 8 hours`.
pub(super) fn scope_words(scope: &PinScope) -> Option<String> {
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
pub(super) fn card_origin(origin: &CardOrigin) -> AnyView {
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
pub(super) fn pin_table(visit: Visit, pins: Vec<PinRecord>, with_customer: bool) -> impl IntoView + use<> {
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
pub(super) fn session_table(visit: Visit, sessions: Vec<SessionInfo>, with_person: bool) -> impl IntoView {
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

/// Username, name and email, of a new person or of one who is there.
pub(super) fn person_fields(form: FormState, person: Option<&Person>) -> impl IntoView + use<> {
    let (username, email) = person.map(|person| (person.username.clone(), person.email.clone())).unwrap_or_default();
    // A person without a name of their own is shown by their username; the field stays empty then.
    let name = person.map(|person| person.name.clone()).filter(|name| *name != username).unwrap_or_default();
    view! {
        <Field
            id="username"
            label="Username"
            hint="Short and unique: letters, digits and @ . + - _"
            errors=form.errors("username")
        >
            <TextInput
                name="username"
                value=form.value("username", &username)
                attr:required=true
                attr:maxlength="150"
                attr:autocomplete="off"
                attr:autocapitalize="none"
                attr:spellcheck="false"
            />
        </Field>
        <Field id="name" label="Name" optional=true errors=form.errors("name")>
            <TextInput
                name="name"
                value=form.value("name", &name)
                attr:autocomplete="off"
            />
        </Field>
        <Field id="email" label="Email" optional=true errors=form.errors("email")>
            <TextInput
                name="email"
                kind="email"
                value=form.value("email", &email)
                attr:autocomplete="off"
            />
        </Field>
    }
}

/// The password that somebody has now, before they choose another.
pub(super) fn current_password_field(form: FormState) -> impl IntoView + use<> {
    view! {
        <Field id="current_password" label="Current password" errors=form.errors("current_password")>
            <TextInput
                name="current_password"
                kind="password"
                attr:required=true
                attr:autocomplete="current-password"
            />
        </Field>
    }
}

/// A new password, twice.
pub(super) fn password_fields(form: FormState) -> impl IntoView + use<> {
    let hint = format!("At least {} characters. A few words are better than one.", domain::PASSWORD_MIN_CHARS);
    view! {
        <Field id="password" label="Password" hint errors=form.errors("password")>
            <TextInput name="password" kind="password" attr:required=true attr:autocomplete="new-password"/>
        </Field>
        <Field id="password_again" label="Password again" errors=form.errors("password_again")>
            <TextInput name="password_again" kind="password" attr:required=true attr:autocomplete="new-password"/>
        </Field>
    }
}
