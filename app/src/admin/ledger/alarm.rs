//! What staff are told on a ticket when a copy of somebody's access to it was used.

use domain::{Purpose, ReuseAlarm, Timestamp};
use islands::{
    addresses::{staff, with},
    ui::{Alert, ButtonLink, IconName, Tone, Variant, When, apart},
};
use leptos::prelude::*;

use crate::admin::pins::issue::IssuedQuery;

/// The alarm, with the way to a new PIN for the same.
pub(in crate::admin) fn reuse_alarm(alarm: ReuseAlarm, now: Timestamp) -> impl IntoView {
    let can = match alarm.opens.purpose {
        Purpose::Drop => Purpose::Drop.as_str().to_owned(),
        // What is confirmed opens nothing.
        Purpose::Login | Purpose::Approve => alarm.opens.can.to_string(),
    };
    let new = IssuedQuery {
        ticket: alarm.ticket.map(|ticket| ticket.to_string()).unwrap_or_default(),
        can,
        label: alarm.opens.label,
        ..IssuedQuery::default()
    };
    let href = format!("{}#issue", with(&staff::customer(alarm.user_id), &new));
    let title = format!("A copy of {}’s access was used; both have ended.", apart(&alarm.name));
    view! {
        <div class="page-notice">
            <Alert tone=Tone::Bad title>
                <div class="stack">
                    <p>
                        "It happened " <When at=alarm.at now/>
                        ". Somebody else had a copy of it. Find out who calls before you let them in again."
                    </p>
                    <div class="actions">
                        <ButtonLink href variant=Variant::Primary small=true icon=IconName::Key>
                            "Issue a new PIN"
                        </ButtonLink>
                    </div>
                </div>
            </Alert>
        </div>
    }
}
