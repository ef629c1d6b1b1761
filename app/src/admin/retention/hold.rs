//! That a ticket is kept, on its page.

use domain::{KEEP_WHY_MAX_CHARS, TicketHold, TicketId};
use islands::ui::{Alert, Button, ConfirmDetails, Field, IconName, TextInput, Tone, When, said};
use leptos::prelude::*;

use super::api::{KeepTicket, LetTicketGo};
use crate::{admin::frame::Visit, layout::form::Form};

/// The way to keep it; or why it is kept, and for admins the way to let it go.
pub(in crate::admin) fn hold_card(visit: Visit, ticket: TicketId, hold: Option<TicketHold>) -> AnyView {
    let id = ticket.to_string();
    let Some(TicketHold { why, by_name, at, .. }) = hold else {
        let form = visit.form::<KeepTicket>();
        let question = "No rule of retention deletes it then, nor does anybody else, until an admin lets it go. Its customer learns \
                        nothing of it.";
        return view! {
            <ConfirmDetails label="Keep this ticket" icon=IconName::Lock block=true question>
                <Form<KeepTicket> page=visit.page() attr:class="form">
                    <input type="hidden" name="id" value=id/>
                    <Field id="keep-why" label="Why" hint="For staff: a dispute, an audit, the law" errors=form.errors("why")>
                        <TextInput
                            name="why"
                            value=form.value("why", "")
                            attr:maxlength=KEEP_WHY_MAX_CHARS.to_string()
                            attr:required=true
                            attr:autocomplete="off"
                        />
                    </Field>
                    <Button>"Keep it"</Button>
                </Form<KeepTicket>>
            </ConfirmDetails>
        }
        .into_any();
    };
    let go = visit.is_admin().then(|| {
        view! {
            <Form<LetTicketGo> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <Button small=true>"Let it go"</Button>
            </Form<LetTicketGo>>
        }
    });
    view! {
        <Alert tone=Tone::Info title="This ticket is kept.">
            <p>{said(why)}</p>
            <p class="small">{said(by_name.unwrap_or_else(|| "Pindesk".to_owned()))} ", " <When at now=visit.now/></p>
            {go}
        </Alert>
    }
    .into_any()
}
