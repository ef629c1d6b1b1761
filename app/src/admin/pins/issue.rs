//! The form that issues a PIN, and the one view of what it issued.

use desk::IssuedPin;
use domain::{Customer, PinId};
use leptos::prelude::*;
use qrcode::{EcLevel, QrCode, render::svg};

use super::issued;
use crate::{
    admin::{frame::Visit, islands::CardTools},
    ui::{Alert, Brand, Button, ButtonKind, Card, Field, IconName, Select, Time, Tone, Variant, apart, said},
};

/// Hours and words of the lifetimes to choose from.
const LIFETIMES: [(u32, &str); 5] = [(1, "1 hour"), (8, "8 hours"), (24, "24 hours"), (72, "3 days"), (168, "7 days")];

/// The form, on the customer's page.
pub(in crate::admin) fn issue_card(visit: Visit, customer: &Customer) -> impl IntoView + use<> {
    let form = visit.form("issue_pin");
    let usual = visit.context().desk.config().pin_ttl / 3600;
    let usual = LIFETIMES.iter().map(|(hours, _)| *hours).find(|hours| i64::from(*hours) >= usual).unwrap_or(168);
    let options = LIFETIMES.iter().map(|(hours, words)| (hours.to_string(), (*words).to_owned())).collect();
    let user_id = customer.id.to_string();
    let fields = if customer.is_active {
        view! {
            <form class="form" method="post" action=visit.action("issue_pin")>
                <input type="hidden" name="user_id" value=user_id/>
                <Field
                    id="hours"
                    label="Works for"
                    hint="Works once; they stay logged in afterwards."
                    errors=form.errors("hours")
                >
                    <Select name="hours" options selected=form.value("hours", &usual.to_string())/>
                </Field>
                <Button variant=Variant::Primary block=true icon=IconName::Key>
                    "Issue a PIN"
                </Button>
            </form>
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
pub(in crate::admin) fn just_issued(visit: Visit) -> Option<AnyView> {
    let id: PinId = visit.query("issued").parse().ok()?;
    let shown = issued::take(&visit.actor(), id, visit.now);
    Some(shown.map_or_else(
        || {
            view! {
                <div class="page-notice">
                    <Alert tone=Tone::Info title="This PIN was shown once.">
                        "Issue a new one if it got lost, and revoke the old one."
                    </Alert>
                </div>
            }
            .into_any()
        },
        |pin| pin_view(visit, pin).into_any(),
    ))
}

fn pin_view(visit: Visit, issued: IssuedPin) -> impl IntoView + use<> {
    let IssuedPin { pin, name, expires_at, .. } = issued;
    let (pin, on_card) = (pin.to_string(), pin.to_string());
    let site = visit.context().public_url.to_string();
    // Behind the `#`, the PIN stays in the browser and reaches no server's log.
    let link = format!("{site}/#{pin}");
    let code = qr_code(&link).map(|svg| view! { <div class="qr" inner_html=svg></div> });
    let short_site = site.split_once("://").map_or(site.as_str(), |(_, host)| host).to_owned();
    let until = move || view! { <Time iso=expires_at.to_string() text=expires_at.to_minute()/> };
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
                            <Brand href="/admin"/>
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
    use super::qr_code;

    #[test]
    fn a_code_is_one_inline_svg() {
        let svg = qr_code("https://desk.example.com/#SUP-7K3M-Q9WD").unwrap();
        assert!(svg.starts_with("<svg role=") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("style="), "the policy refuses inline styles");
    }
}
