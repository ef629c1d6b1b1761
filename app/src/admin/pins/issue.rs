//! The form that issues a PIN, and the one view of what it issued.

use desk::IssuedPin;
use domain::{Error, Person, PinCount, PinId, PinLength, PinLife, length_words};
use islands::{
    addresses::staff,
    request::{query, told},
    staff::CardTools,
    ui::{
        Alert, Brand, Button, ButtonKind, Card, Field, IconName, Select, TextInput, Tone, Variant, When, apart, said,
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{api::IssuePin, asked::AskPin};
use crate::{
    admin::{frame::Visit, parts::scope_words},
    layout::{
        PinShow,
        form::{Form, FormState},
        pin_class,
    },
    qr::qr_code,
};

/// The address of a customer's page on which a new PIN is shown, or one is about to be issued.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct IssuedQuery {
    /// The PIN's id.
    pub(in crate::admin) issued: String,
    /// The ticket that the next one is to be for.
    pub(in crate::admin) ticket: String,
    /// What that one may be used for, see [`IssuePin`].
    pub(in crate::admin) can: String,
    /// What it is called.
    pub(in crate::admin) label: String,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The lifetimes to choose from, in seconds, beside the one that the desk is set to.
const LIFETIMES: [i64; 5] = [HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY];

/// The choice of what a PIN opens that lets somebody add files and read nothing.
pub(super) const FROM_OUTSIDE: &str = "drop";

/// How long a session may stay, beside as long as any.
const STAYS: [i64; 5] = [HOUR, 8 * HOUR, DAY, 7 * DAY, 14 * DAY];

/// The lifetimes in seconds, shortest first; what is usual is one of them.
fn lifetimes(usual: i64) -> Vec<i64> {
    let mut all = LIFETIMES.to_vec();
    if let Err(place) = all.binary_search(&usual) {
        all.insert(place, usual);
    }
    all
}

/// A lifetime, and the odds that somebody guesses a PIN that lives so long: `24 hours (1 in 2 million)`.
fn with_odds(visit: Visit, seconds: i64) -> (String, String) {
    let (desk, words) = (visit.context().desk, length_words(seconds));
    let odds = PinLife::from_seconds(seconds)
        .ok()
        .and_then(|life| desk.pins().odds(&visit.actor(), PinLength::of(life, PinCount::ONE), seconds).ok());
    (seconds.to_string(), odds.map_or_else(|| words.clone(), |odds| format!("{words} ({odds})")))
}

/// The form, on the customer's page.
pub(in crate::admin) fn issue_card(visit: Visit, customer: &Person, is_sensitive: bool) -> impl IntoView + use<> {
    let form = if is_sensitive { visit.form::<AskPin>() } else { visit.form::<IssuePin>() };
    let usual = visit.context().desk.config().pin_ttl;
    let user_id = customer.id.to_string();
    let lifetimes = lifetimes(usual).into_iter().map(|seconds| with_odds(visit, seconds)).collect();
    let ttl = form.value("ttl", &usual.to_string());
    let fields = view! {
        <input type="hidden" name="user_id" value=user_id/>
        <Field
            id="ttl"
            label="Works for"
            hint="Works once; they stay logged in afterwards. In brackets: how likely it is that somebody who never stops \
                  guessing finds it in that time."
            errors=form.errors("ttl")
        >
            <Select name="ttl" options=lifetimes selected=ttl/>
        </Field>
        {narrower(form)}
    };
    let fields = if customer.is_active && is_sensitive {
        view! {
            <Form<AskPin> page=visit.page() attr:class="form">
                {fields}
                <Button variant=Variant::Primary block=true icon=IconName::Key>
                    "Ask for a PIN"
                </Button>
                <p class="muted small">
                    "This customer is marked as sensitive: a colleague must confirm it, then you issue it. It takes the place of a PIN that \
                     was asked for before."
                </p>
            </Form<AskPin>>
        }
        .into_any()
    } else if customer.is_active {
        view! {
            <Form<IssuePin> page=visit.page() keyed=form attr:class="form">
                {fields}
                <Button variant=Variant::Primary block=true icon=IconName::Key>
                    "Issue a PIN"
                </Button>
            </Form<IssuePin>>
        }
        .into_any()
    } else {
        view! { <p class="muted small">"Activate this customer first; nobody who is deactivated can log in."</p> }
            .into_any()
    };
    view! {
        <div id="issue">
            <Card title="Support PIN">{fields}</Card>
        </div>
    }
}

/// The fields for a PIN that opens less than the customer may do.
fn narrower(form: FormState) -> impl IntoView {
    let asked = query::<IssuedQuery>();
    let ticket = form.value("ticket", &asked.ticket);
    let (can, stays, label) =
        (form.value("can", &asked.can), form.value("stays", ""), form.value("label", &asked.label));
    let is_open = form.is_refused() || ![&ticket, &can, &label].into_iter().all(String::is_empty);
    let words = |(value, words): (&str, &str)| (value.to_owned(), words.to_owned());
    let mays = [
        ("", "Read, reply and add files"),
        ("read,reply", "Read and reply"),
        ("read,upload", "Read and add files"),
        ("read", "Read only"),
        (FROM_OUTSIDE, "Add files from outside, and read nothing"),
    ]
    .map(words);
    let stays_words = STAYS.map(|seconds| (seconds.to_string(), length_words(seconds)));
    let stays_words = std::iter::once(words(("", "As long as usual"))).chain(stays_words).collect();
    view! {
        <details class="edit" open=is_open>
            <summary class="btn btn-sm">"For one ticket, or for less"</summary>
            <div class="form">
                <Field
                    id="pin-ticket"
                    label="Ticket"
                    optional=true
                    hint="Its number, to open it alone. Empty for all of theirs."
                    errors=form.errors("ticket")
                >
                    <TextInput name="ticket" value=ticket attr:inputmode="numeric" attr:autocomplete="off"/>
                </Field>
                <Field
                    id="pin-can"
                    label="May"
                    hint="Files from outside reach the customer when you release them."
                    errors=form.errors("can")
                >
                    <Select name="can" options=mays.to_vec() selected=can/>
                </Field>
                <Field id="pin-stays" label="Access stays" errors=form.errors("stays")>
                    <Select name="stays" options=stays_words selected=stays/>
                </Field>
                <Field
                    id="pin-label"
                    label="Label"
                    optional=true
                    hint="Whom it is for; they see it too."
                    errors=form.errors("label")
                >
                    <TextInput name="label" value=label attr:maxlength="100" attr:autocomplete="off"/>
                </Field>
            </div>
        </details>
    }
}

/// What was just issued, if that is why the page is shown.
pub(in crate::admin) async fn just_issued(visit: Visit) -> Option<AnyView> {
    let id: PinId = query::<IssuedQuery>().issued.parse().ok()?;
    Some(match visit.context().desk.pins().show_once(&visit.actor(), id).await {
        Ok(Some(pin)) => pin_view(visit, pin).into_any(),
        Ok(None) => view! {
            <div class="page-notice">
                <Alert tone=Tone::Info title="This PIN was shown once.">
                    "Issue a new one if it got lost, and revoke the old one."
                </Alert>
            </div>
        }
        .into_any(),
        Err(error) => not_shown(&told(error)).into_any(),
    })
}

/// It was issued, and waits.
fn not_shown(error: &Error) -> impl IntoView + use<> {
    let why = format!("{error} ");
    view! {
        <div class="page-notice">
            <Alert tone=Tone::Bad urgent=true title="The PIN was issued and cannot be shown just now.">
                {why}
                "Reload this page within five minutes to see it, or revoke it and issue another one."
            </Alert>
        </div>
    }
}

fn pin_view(visit: Visit, issued: IssuedPin) -> impl IntoView + use<> {
    let IssuedPin { pin, name, expires_at, scope, replaced, .. } = issued;
    let (desk, now) = (visit.context().desk, visit.now);
    let odds = desk.pins().odds(&visit.actor(), pin.length(), expires_at.seconds_since(now));
    let odds = odds
        .ok()
        .map(|odds| format!("Odds that somebody finds it who never stops guessing: {}.", odds.until(expires_at, now)));
    let scope = scope_words(&scope).map(|words| view! { <p>"It opens " {words} "."</p> });
    let replaced = (replaced > 0).then(|| {
        let words = match replaced {
            1 => "The unused PIN for the same that was issued before is revoked: this one takes its place.".to_owned(),
            more => format!("{more} unused PINs for the same are revoked: this one takes their place."),
        };
        view! { <p>{words}</p> }
    });
    let (pin, on_card) = (pin.to_string(), pin.to_string());
    let site = visit.context().public_url.to_string();
    // Behind the `#`, the PIN stays in the browser and reaches no server's log.
    let link = format!("{site}/#{pin}");
    let code = qr_code(&link, "QR code of the login link").map(|svg| view! { <div class="qr" inner_html=svg></div> });
    let short_site = site.split_once("://").map_or(site.as_str(), |(_, host)| host).to_owned();
    let until = move || view! { <When at=expires_at/> };
    view! {
        <div class="page-notice">
            <Card title=format!("New PIN for {}", apart(&name))>
                <div class="issued">
                    <div class="form">
                        <PinShow id="issued-pin" pin=pin.clone()/>
                        <p class="muted">
                            "Read it to them, or hand over the card. It works once, until " {until()}
                            ". Nobody can look it up after this page."
                        </p>
                        {scope}
                        {replaced}
                        {odds.map(|words| view! { <p class="muted small">{words}</p> })}
                        <CardTools>
                            <div class="actions" id="card-tools" hidden>
                                <Button kind=ButtonKind::Button icon=IconName::Copy attr:data-copy=pin>
                                    "Copy PIN"
                                </Button>
                                <Button kind=ButtonKind::Button icon=IconName::External attr:data-copy=link>
                                    "Copy login link"
                                </Button>
                                <Button kind=ButtonKind::Button icon=IconName::Printer attr:data-print="">
                                    "Print the card"
                                </Button>
                                <span class="muted small" role="status"></span>
                            </div>
                        </CardTools>
                    </div>
                    <article class="pin-card" aria-label="Card to print">
                        <div>
                            <Brand href=staff::START/>
                            <p>"Support PIN for " {said(name)}</p>
                            <span class=pin_class(&on_card)>{on_card.clone()}</span>
                            <small>
                                "Works once, until " {until()} ". Go to " <strong>{short_site}</strong>
                                " and type it in, or scan the code."
                            </small>
                        </div>
                        {code}
                    </article>
                </div>
            </Card>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_can_be_chosen() {
        assert_eq!(lifetimes(DAY), LIFETIMES);
        assert_eq!(lifetimes(30 * MINUTE)[0], 30 * MINUTE);
        assert_eq!(lifetimes(36 * HOUR)[3], 36 * HOUR);
        assert_eq!(lifetimes(90 * DAY)[5], 90 * DAY);
    }
}
