//! Whom a customer let in, on the customer's page, and whether they may.

use domain::{Delegation, Person};
use islands::ui::{Button, Card, ConfirmDetails, EmptyState, IconName, Variant};
use leptos::prelude::*;

use super::api::SetDelegation;
use crate::{account::delegations::table, admin::frame::Visit, layout::form::Form};

/// The list, each with its end, and the switch.
pub(super) fn delegations_card(
    visit: Visit,
    customer: &Person,
    may: bool,
    all: Vec<Delegation>,
) -> impl IntoView + use<> {
    let is_empty = all.is_empty();
    let switch = switch(visit, customer, may);
    let action = ViewFnOnce::from(move || switch);
    let body = if is_empty {
        let text = if may {
            "Whom they let in acts for them, with less than they may do."
        } else {
            "They may not let others in."
        };
        view! { <EmptyState icon=IconName::User title="Nobody" text/> }.into_any()
    } else {
        table(all, visit.now, visit.page())
    };
    view! {
        <Card title="Let in by them" flush=true action>
            {body}
        </Card>
    }
}

fn switch(visit: Visit, customer: &Person, may: bool) -> AnyView {
    let id = customer.id.to_string();
    if may {
        let question = "They can let nobody in any more, and whoever is in by them is logged out.";
        view! {
            <ConfirmDetails label="Do not allow it" small=true question>
                <Form<SetDelegation> page=visit.page()>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="may" value="false"/>
                    <Button variant=Variant::Danger>"Do not allow it"</Button>
                </Form<SetDelegation>>
            </ConfirmDetails>
        }
        .into_any()
    } else {
        view! {
            <Form<SetDelegation> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="may" value="true"/>
                <Button small=true>"Allow it"</Button>
            </Form<SetDelegation>>
        }
        .into_any()
    }
}
