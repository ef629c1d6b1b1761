//! The text of a ticket, to be changed.

use domain::{DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS, Ticket};
use islands::{
    addresses::{self, with},
    forms::{FieldKind, FieldSpec, FormSpec},
    ui::{ButtonLink, Card, Variant},
};
use leptos::prelude::*;

use super::{api::UpdateTicket, query::TicketPageQuery};
use crate::layout::{
    form::{ForName, FormState},
    writing::{Writing, field, form, html, main_button},
};

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
    let title = FieldSpec {
        is_required: true,
        max_chars: Some(TITLE_MAX_CHARS),
        ..field("title", "Title", FieldKind::Line, state.value("title", &ticket.title))
    };
    let description = FieldSpec {
        is_required: true,
        max_chars: Some(DESCRIPTION_MAX_CHARS),
        ..field("description", "Description", FieldKind::Text, state.value("description", &ticket.description))
    };
    let id = ticket.id.0;
    let beside = view! {
        <ButtonLink href=page.clone() variant=Variant::Quiet>
            "Cancel"
        </ButtonLink>
        <ForName />
    };
    let spec = FormSpec {
        // What is changed to the same twice is changed once.
        is_keyed: false,
        hidden: html(view! { <input type="hidden" name="id" value=id /> }),
        buttons: can_save.then(|| main_button("Save changes")).into_iter().collect(),
        beside: html(beside),
        log_in: addresses::START.to_owned(),
        ..form::<UpdateTicket>(&with(&page, &edit), state, vec![vec![title], vec![description]])
    };
    view! {
        <Card title="Edit">
            <Writing spec />
        </Card>
    }
}
