//! The way to erase a customer: what would go and what would stay, before anything does. For admins.

use domain::{Erasure, Person};
use islands::ui::{Button, ConfirmDetails, Field, IconName, Variant};
use leptos::prelude::*;

use super::api::EraseCustomer;
use crate::{admin::frame::Visit, layout::form::Form};

pub(super) fn erase_form(visit: Visit, customer: &Person, erasure: &Erasure) -> impl IntoView + use<> {
    let form = visit.form::<EraseCustomer>();
    let errors = form.errors("username");
    let question =
        format!("This cannot be taken back. What goes: {}. {}", erasure.goes().join("; "), erasure.stays().join(" "));
    let id = customer.id.to_string();
    view! {
        <ConfirmDetails label="Erase this customer" icon=IconName::Trash block=true question>
            <Form<EraseCustomer> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field id="erase-username" label="Username" hint="As at the top of this page, to confirm" errors>
                    <input
                        class="input"
                        id="erase-username"
                        name="username"
                        dir="auto"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        required=true
                    />
                </Field>
                <Button variant=Variant::Danger>"Erase for good"</Button>
            </Form<EraseCustomer>>
        </ConfirmDetails>
    }
}
