//! The guessing meter: what the desk sees of those who guess PINs and passwords, and what they may find.

use domain::{Guessing, count_words};
use islands::{
    addresses::staff,
    ui::{Alert, Badge, Card, IconName, Tone, When},
};
use leptos::prelude::*;

use crate::admin::{frame::Visit, parts::counted};

/// Where on its page the meter is.
const PLACE: &str = "guessing";

/// The meter, for admins; nothing for others.
pub(super) async fn meter(visit: Visit) -> Option<AnyView> {
    let seen = visit.context().desk.pins().guessing(&visit.actor()).await.ok()?;
    Some(card(visit, &seen).into_any())
}

fn card(visit: Visit, seen: &Guessing) -> impl IntoView + use<> {
    let (tone, icon, word) = if seen.is_gated {
        (Tone::Warn, IconName::Lock, "Closed")
    } else {
        (Tone::Good, IconName::CheckCircle, "Open")
    };
    let gate = if seen.is_gated {
        format!("at most {:.0} attempts a second get through", seen.ceiling)
    } else {
        "every attempt gets through at once".to_owned()
    };
    let (failures, usual) = (failures(seen), format!("{:.1} a minute, over the last 7 days", seen.usual));
    let odds = match seen.until {
        Some(until) => seen.odds.until(until, visit.now),
        None => "None: no PIN works now.".to_owned(),
    };
    let live = seen
        .live
        .iter()
        .map(|pins| {
            let until = visit.now.plus_seconds(i64::try_from(pins.seconds).unwrap_or_default());
            view! {
                <dt class="nowrap">{pins.length.pattern()}</dt>
                <dd>{counted(pins.count, "PIN")} ", the last until " <When at=until/></dd>
            }
        })
        .collect_view();
    view! {
        <div id=PLACE>
            <Card title="Guessing">
                <dl class="fields">
                    <dt>"Last minute"</dt>
                    <dd>{failures}</dd>
                    <dt>"Usually"</dt>
                    <dd>{usual}</dd>
                    <dt>"Gate"</dt>
                    <dd>
                        <Badge tone icon>
                            {word}
                        </Badge>
                        " "
                        {gate}
                    </dd>
                    {live}
                    <dt>"Odds of a hit"</dt>
                    <dd>{odds}</dd>
                </dl>
            </Card>
        </div>
    }
}

fn failures(seen: &Guessing) -> String {
    format!("{} from {}", counted(seen.failures, "failed attempt"), from(seen.addresses))
}

/// From so many addresses.
fn from(addresses: u64) -> String {
    if addresses == 1 { "1 address".to_owned() } else { format!("{} addresses", count_words(addresses)) }
}

/// What admins are told on every page while far more fails than usual.
pub(in crate::admin) async fn alarm(visit: Visit) -> Option<AnyView> {
    // A page without it is better than none.
    let seen = visit.context().desk.pins().alarm(&visit.actor()).await.ok().flatten()?;
    let words = format!(
        "{} within one minute of the last {}; usually it is {:.1} a minute. In the last minute {}. ",
        counted(seen.peak, "failed attempt"),
        Guessing::MINUTES,
        seen.usual,
        failures(&seen)
    );
    let gate = if seen.is_gated { "The gate lets few through now. " } else { "" };
    let href = format!("{}#{PLACE}", staff::PINS);
    Some(
        view! {
            <div class="page-notice">
                <Alert tone=Tone::Warn title="Somebody is guessing PINs or passwords.">
                    {words}
                    {gate}
                    <a href=href>"See the meter"</a>
                </Alert>
            </div>
        }
        .into_any(),
    )
}
