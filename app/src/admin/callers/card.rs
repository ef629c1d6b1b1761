//! Calls on a customer's page: "I am calling", and who must be known first.

use domain::{HOW_MAX_CHARS, Person, Timestamp};
use islands::{
    addresses::staff,
    refusal::Refusal,
    ui::{Alert, Button, Card, Field, IconName, TextInput, Tone, When},
};
use leptos::prelude::*;

use super::api::{BeginCall, EndCall, VouchFor};
use crate::{admin::frame::Visit, layout::form::Form};

/// What is known of calls with a customer.
pub(in crate::admin) struct Calls {
    /// Until when their pages say that the reader is calling.
    calling: Option<Timestamp>,
    /// Whether the reader must know them for something, and does not.
    is_unknown: bool,
    /// Whether they can make a code.
    can_make_code: bool,
}

impl Calls {
    pub(in crate::admin) async fn with(
        visit: Visit,
        customer: &Person,
        verified: Option<Timestamp>,
    ) -> Result<Self, Refusal> {
        let (desk, actor) = (visit.context().desk, visit.actor());
        let is_unknown = verified.is_none() && !desk.config().require_caller_code.is_empty();
        Ok(Self {
            calling: desk.callers().call_to(&actor, customer.id).await?,
            is_unknown,
            can_make_code: is_unknown && desk.callers().can_make_code(&actor, customer.id).await?,
        })
    }
}

/// The card. Whoever is deactivated is in nowhere.
pub(in crate::admin) fn calls_card(visit: Visit, customer: &Person, calls: &Calls) -> Option<AnyView> {
    let id = customer.id.to_string();
    if !customer.is_active {
        return None;
    }
    let unknown = calls.is_unknown.then(|| unknown(visit, customer, calls.can_make_code));
    let call = match calls.calling {
        Some(until) => view! {
            <Form<EndCall> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <p>"Their open pages say that you are calling, until " <When at=until/> "."</p>
                <Button block=true icon=IconName::Cross>
                    "The call is over"
                </Button>
            </Form<EndCall>>
        }
        .into_any(),
        None => view! {
            <Form<BeginCall> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <p class="muted small">
                    "Their open pages say so, with your name, for five minutes. They know then that it is you. Never ask \
                     them for a code."
                </p>
                <Button block=true icon=IconName::User>
                    "I am calling"
                </Button>
            </Form<BeginCall>>
        }
        .into_any(),
    };
    Some(view! { <Card title="Calls">{unknown} {call}</Card> }.into_any())
}

/// What to do before what takes it.
fn unknown(visit: Visit, customer: &Person, can_make_code: bool) -> impl IntoView + use<> {
    let id = customer.id.to_string();
    let words =
        visit.context().desk.config().require_caller_code.iter().map(|deed| deed.in_words()).collect::<Vec<_>>();
    let words = words.join(", ");
    let form = visit.form::<VouchFor>();
    let vouch = (!can_make_code).then(|| {
        view! {
            <Form<VouchFor> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field
                    id="how"
                    label="They can make no code: how do you know them?"
                    hint="One line, which is kept with your name."
                    errors=form.errors("how")
                >
                    <TextInput
                        name="how"
                        value=form.value("how", "")
                        attr:required=true
                        attr:maxlength=HOW_MAX_CHARS.to_string()
                        attr:autocomplete="off"
                    />
                </Field>
                <Button block=true>"I know them"</Button>
            </Form<VouchFor>>
        }
    });
    view! {
        <div class="form call-unknown">
            <Alert tone=Tone::Warn title="Check first who is calling.">
                {format!("You need their caller code to {words}. ")}
                <a href=staff::CALLERS>"Who is calling?"</a>
            </Alert>
            {vouch}
        </div>
    }
}
