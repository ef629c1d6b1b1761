//! The server functions of drafts. Thin: the desk decides.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::Timestamp;
use leptos::prelude::*;

use crate::refusal::Refusal;

/// Keeps what was typed at `place` (`ticket`, `reply-7`, `note-7`): its text fields; others of the form are ignored.
/// Answers when it was saved, or null when something was sent under this `idempotency_key` already, so that nothing is
/// kept any more. Leads back to the form, which then shows a preview.
///
/// # Errors
/// [`domain::Error::NotFound`] for a place that is none or not the caller's; [`domain::Error::Forbidden`] for a
/// customer's note; a field error for too much text.
#[server(prefix = "/fn", endpoint = "save_draft")]
pub async fn save_draft(
    #[server(default)] place: String,
    #[server(default)] idempotency_key: String,
    #[server(default)] title: Option<String>,
    #[server(default)] description: Option<String>,
    #[server(default)] priority: Option<String>,
    #[server(default)] category: Option<String>,
    #[server(default)] body: Option<String>,
) -> Result<Option<Timestamp>, Refusal> {
    use crate::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let place = answer(inner::place(&place))?;
    let given = [
        ("title", title),
        ("description", description),
        ("priority", priority),
        ("category", category),
        ("body", body),
    ];
    let fields = inner::fields(place, given);
    let saved = answer(context.desk.drafts().save(actor, place, &fields, Some(&idempotency_key)).await)?;
    leptos_axum::redirect(&inner::form_at(actor, place, true));
    Ok(saved)
}

/// Forgets what was typed at `place` and leads back to the form.
///
/// # Errors
/// As [`save_draft`].
#[server(prefix = "/fn", endpoint = "discard_draft")]
pub async fn discard_draft(#[server(default)] place: String) -> Result<(), Refusal> {
    use crate::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let place = answer(inner::place(&place))?;
    answer(context.desk.drafts().discard(actor, place).await)?;
    leptos_axum::redirect(&inner::form_at(actor, place, false));
    Ok(())
}

#[cfg(feature = "ssr")]
mod inner {
    use std::collections::BTreeMap;

    use domain::{Actor, DraftPlace, Result};

    use crate::addresses::{self, ticket_of, with_query};

    pub(super) fn place(word: &str) -> Result<DraftPlace> {
        word.parse::<DraftPlace>()
    }

    /// The place's own fields among those given. Browsers send line ends as CR LF.
    pub(super) fn fields<const N: usize>(
        place: DraftPlace,
        given: [(&str, Option<String>); N],
    ) -> BTreeMap<String, String> {
        let own = given.into_iter().filter(|(name, _)| place.fields().contains(name));
        own.filter_map(|(name, value)| Some((name.to_owned(), value?.replace("\r\n", "\n")))).collect()
    }

    /// The form on the writer's page.
    pub(super) fn form_at(actor: &Actor, place: DraftPlace, is_preview: bool) -> String {
        let (id, kind) = match place {
            DraftPlace::Ticket => return addresses::NEW_TICKET.to_owned(),
            DraftPlace::Reply(id) => (id, "reply"),
            DraftPlace::Note(id) => (id, "note"),
        };
        let preview = if is_preview { kind } else { "" };
        with_query(&ticket_of(actor.role, id), &[("preview", preview)]) + "#composer"
    }
}
