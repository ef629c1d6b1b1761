//! What a member's page says of their second factor.

use domain::{Person, SecondFactor};
use islands::{
    addresses::staff,
    ui::{Badge, Button, ButtonLink, Card, ConfirmDetails, IconName, Tone, Variant, When, apart},
};
use leptos::prelude::*;

use super::api::TakeFactorAway;
use crate::{admin::frame::Visit, layout::form::Form};

/// Whether they have one; the way to set it up on one's own page, and for admins to take away another's.
pub(in crate::admin) fn factor_card(
    visit: Visit,
    member: &Person,
    factor: Option<SecondFactor>,
) -> impl IntoView + use<> {
    let is_me = visit.is_me(member.id);
    let state = match factor {
        Some(factor @ SecondFactor { since, codes, .. }) => view! {
            <p>
                <Badge tone=Tone::Good icon=IconName::Shield>"On"</Badge>
                " since " <When at=since now=visit.now/> ": " {what(factor)} ". " {codes_left(codes)}
            </p>
        }
        .into_any(),
        None if is_me => view! { <p>"Your password alone lets you in."</p> }.into_any(),
        None => view! { <p>"Their password alone lets them in."</p> }.into_any(),
    };
    let deed = match (is_me, factor) {
        (true, factor) => {
            let words = if factor.is_some() { "Change" } else { "Set up a second factor" };
            view! {
                <ButtonLink href=staff::SECOND_FACTOR icon=IconName::Shield>
                    {words}
                </ButtonLink>
            }
            .into_any()
        }
        (false, Some(_)) if visit.is_admin() => {
            let question = format!(
                "For when {} lost their phone or key. Their password alone lets them in then, and their sessions end. Be sure that it is them.",
                apart(&member.name)
            );
            let id = member.id.to_string();
            view! {
                <ConfirmDetails label="Take it away" icon=IconName::UserOff block=true question>
                    <Form<TakeFactorAway> page=visit.page()>
                        <input type="hidden" name="id" value=id/>
                        <Button variant=Variant::Danger>"Take their second factor away"</Button>
                    </Form<TakeFactorAway>>
                </ConfirmDetails>
            }
            .into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <Card title="Second factor">
            <div class="form">{state} {deed}</div>
        </Card>
    }
}

/// What it is, in words.
fn what(factor: SecondFactor) -> String {
    let keys = match factor.passkeys {
        0 => None,
        1 => Some("a passkey".to_owned()),
        many => Some(format!("{many} passkeys")),
    };
    let app = factor.has_app.then(|| "an authenticator app".to_owned());
    let all: Vec<_> = app.into_iter().chain(keys).collect();
    all.join(" and ")
}

/// How many recovery codes are left, in words.
pub(super) fn codes_left(codes: u64) -> String {
    match codes {
        0 => "No recovery codes are left.".to_owned(),
        1 => "1 recovery code is left.".to_owned(),
        many => format!("{many} recovery codes are left."),
    }
}
