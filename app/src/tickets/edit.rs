//! The text of a ticket, to be changed.

use domain::{DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS, Ticket};
use islands::{
    addresses::{self, action, with},
    ui::{Button, ButtonLink, Card, Field, TextArea, TextInput, Variant},
};
use leptos::prelude::*;

use super::{api::UpdateTicket, query::TicketPageQuery};
use crate::layout::form::{ForName, FormAlert, FormState};

/// Title and description, with what was typed when they were refused just now.
#[component]
pub(super) fn EditForm(
    /// The ticket as it is.
    ticket: Ticket,
    /// What was typed.
    state: FormState,
    /// Whether it can still be changed; otherwise what was typed is there to be copied.
    can_save: bool,
) -> impl IntoView {
    let page = addresses::ticket(ticket.id);
    let edit = TicketPageQuery { edit: "1".to_owned(), ..TicketPageQuery::default() };
    let action = action::<UpdateTicket>(&with(&page, &edit));
    let save = can_save.then(|| view! { <Button variant=Variant::Primary>"Save changes"</Button> });
    view! {
        <Card title="Edit">
            <form class="form" method="post" action=action>
                <FormAlert state fields=&["title", "description"] />
                <input type="hidden" name="id" value=ticket.id.0 />
                <Field id="title" label="Title" errors=state.errors("title")>
                    <TextInput
                        name="title"
                        value=state.value("title", &ticket.title)
                        attr:required=true
                        attr:maxlength=TITLE_MAX_CHARS.to_string()
                        attr:autocomplete="off"
                    />
                </Field>
                <Field id="description" label="Description" errors=state.errors("description")>
                    <TextArea
                        name="description"
                        value=state.value("description", &ticket.description)
                        attr:required=true
                        attr:maxlength=DESCRIPTION_MAX_CHARS.to_string()
                    />
                </Field>
                <div class="form-actions">
                    {save}
                    <ButtonLink href=page.clone() variant=Variant::Quiet>
                        "Cancel"
                    </ButtonLink>
                    <ForName />
                </div>
            </form>
        </Card>
    }
}
