//! The form that issues a PIN, and the one view of what it issued.

use desk::IssuedPin;
use domain::{Error, Person, PinId};
use islands::{
    addresses::staff,
    request::{query, told},
    staff::CardTools,
    ui::{Alert, Brand, Button, ButtonKind, Card, Field, IconName, Select, Tone, Variant, When, apart, said},
};
use leptos::prelude::*;
use qrcode::{EcLevel, QrCode, render::svg};
use serde::{Deserialize, Serialize};

use super::api::IssuePin;
use crate::{admin::frame::Visit, layout::form::Form};

/// The address of a customer's page on which a new PIN is shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct IssuedQuery {
    /// The PIN's id.
    pub(super) issued: String,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The lifetimes to choose from, in seconds, beside the one that the desk is set to.
const LIFETIMES: [i64; 5] = [HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY];

/// The lifetimes with their words, shortest first; what is usual is one of them.
fn lifetimes(usual: i64) -> Vec<(String, String)> {
    let mut all = LIFETIMES.to_vec();
    if let Err(place) = all.binary_search(&usual) {
        all.insert(place, usual);
    }
    all.into_iter().map(|seconds| (seconds.to_string(), in_words(seconds))).collect()
}

/// A length of time in its largest unit that leaves nothing over: `36 hours`, `3 days`.
fn in_words(seconds: i64) -> String {
    // A day is called 24 hours, as it ends at the same time of day and not at midnight.
    let (count, unit) = match seconds {
        _ if seconds % DAY == 0 && seconds > DAY => (seconds / DAY, "day"),
        _ if seconds % HOUR == 0 => (seconds / HOUR, "hour"),
        _ if seconds % MINUTE == 0 => (seconds / MINUTE, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The form, on the customer's page.
pub(in crate::admin) fn issue_card(visit: Visit, customer: &Person) -> impl IntoView + use<> {
    let form = visit.form::<IssuePin>();
    let usual = visit.context().desk.config().pin_ttl;
    let user_id = customer.id.to_string();
    let fields = if customer.is_active {
        view! {
            <Form<IssuePin> page=visit.page() keyed=form attr:class="form">
                <input type="hidden" name="user_id" value=user_id/>
                <Field
                    id="ttl"
                    label="Works for"
                    hint="Works once; they stay logged in afterwards."
                    errors=form.errors("ttl")
                >
                    <Select name="ttl" options=lifetimes(usual) selected=form.value("ttl", &usual.to_string())/>
                </Field>
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
    let IssuedPin { pin, name, expires_at, .. } = issued;
    let (pin, on_card) = (pin.to_string(), pin.to_string());
    let site = visit.context().public_url.to_string();
    // Behind the `#`, the PIN stays in the browser and reaches no server's log.
    let link = format!("{site}/#{pin}");
    let code = qr_code(&link).map(|svg| view! { <div class="qr" inner_html=svg></div> });
    let short_site = site.split_once("://").map_or(site.as_str(), |(_, host)| host).to_owned();
    let until = move || view! { <When at=expires_at/> };
    view! {
        <div class="page-notice">
            <Card title=format!("New PIN for {}", apart(&name))>
                <div class="issued">
                    <div class="form">
                        <output class="pin-show" id="issued-pin">
                            {pin.clone()}
                        </output>
                        <p class="muted">
                            "Read it to them, or hand over the card. It works once, until " {until()}
                            ". Nobody can look it up after this page."
                        </p>
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
                            <span class="pin-show">{on_card}</span>
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

/// A QR code as an inline SVG.
fn qr_code(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let drawing = code.render::<svg::Color>().quiet_zone(true).min_dimensions(1, 1).build();
    // An SVG inside HTML has no XML declaration; a screen reader has the PIN in words.
    let start = drawing.find("<svg ")?;
    Some(drawing[start..].replacen("<svg ", "<svg role=\"img\" aria-label=\"QR code of the login link\" ", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_can_be_chosen() {
        let of = |usual| lifetimes(usual).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(of(24 * 3600), ["1 hour", "8 hours", "24 hours", "3 days", "7 days"]);
        assert_eq!(of(30 * 60)[0], "30 minutes");
        assert_eq!(of(36 * 3600)[3], "36 hours");
        assert_eq!(of(90 * 24 * 3600)[5], "90 days");
        assert_eq!(of(90)[0], "90 seconds");
    }

    #[test]
    fn a_code_is_one_inline_svg() {
        let svg = qr_code("https://desk.example.com/#SUP-7K3M-Q9WD").unwrap();
        assert!(svg.starts_with("<svg role=") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("style="), "the policy refuses inline styles");
    }
}
