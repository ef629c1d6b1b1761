//! The forms that say more: a reply for everybody on the ticket, a note for the team.

use domain::{Actor, DraftPlace, FileRoom, MESSAGE_MAX_CHARS, ReplyThen, Status, TicketId, UploadLimits};
use islands::{
    addresses::{self, staff},
    conversation::api::{AddNote, Reply},
    deed::Deed,
    forms::{ButtonSpec, FieldKind, FieldSpec, FilesSpec, FormSpec, MessageSpec},
    refusal::Refusal,
    request::RequestContext,
    ui::{Icon, IconName},
};
use leptos::prelude::*;

use super::Reader;
use crate::{
    drafts::{DiscardDraft, draft_spec, draft_value, keeps_drafts},
    layout::{
        form::{ForName, FormState},
        writing::{self, Writing, field, html, main_button},
    },
};

/// What a composer needs to know.
#[derive(Clone)]
pub struct Composer {
    /// The ticket.
    pub ticket: TicketId,
    /// The page it is on.
    pub path: String,
    /// What one file may be.
    pub limits: UploadLimits,
    /// How many more the ticket takes.
    pub room: FileRoom,
    /// Whether the writer may write.
    pub takes_words: bool,
    /// Whether the writer may add files at all.
    pub takes_files: bool,
    /// What the writer left unsent.
    pub unsent: Unsent,
}

/// What somebody left unsent: in a form that was refused just now, otherwise in a draft.
#[derive(Clone, Default)]
pub struct Unsent {
    /// The text.
    pub text: String,
    /// Whether there is a draft.
    pub is_draft: bool,
    /// What it will look like, as HTML, where that is to be shown.
    pub preview: Option<String>,
}

impl Unsent {
    /// What `actor` left at `place`.
    ///
    /// # Errors
    /// The desk's refusal.
    pub async fn of(
        context: &RequestContext,
        actor: &Actor,
        place: DraftPlace,
        state: FormState,
        has_preview: bool,
    ) -> Result<Self, Refusal> {
        let draft = draft_value(context, actor, place, "body").await?;
        let text = state.value("body", &draft);
        let preview = if has_preview {
            // Nothing is rendered of what is longer than a message may be: the form says so.
            let shown = Some(text.clone()).filter(|text| domain::check_message(text).is_ok());
            let html = markdown::all(vec![shown], markdown::page_html).await.unwrap_or_default().pop().flatten();
            Some(html.unwrap_or_default())
        } else {
            None
        };
        Ok(Self { text, is_draft: !draft.is_empty(), preview })
    }
}

/// Writes to everybody on the ticket.
#[component]
pub fn ReplyForm(
    /// Where and what.
    composer: Composer,
    /// The form as it was refused, or fresh.
    state: FormState,
    /// Who writes.
    reader: Reader,
    /// Where staff may move the ticket with it.
    #[prop(optional)]
    moves: Vec<Status>,
) -> impl IntoView {
    let then = [ReplyThen::Wait, ReplyThen::Resolve]
        .into_iter()
        .filter(|then| then.status().is_some_and(|status| moves.contains(&status)))
        .map(|then| ButtonSpec {
            class: "btn",
            sends: Some(("then", then.as_str())),
            words: html(if then == ReplyThen::Wait { "Send and wait for customer" } else { "Send and resolve" }),
        });
    let (label, submit, log_in) = match reader {
        Reader::Customer if !composer.takes_words => ("", "Send files", addresses::START),
        Reader::Customer => ("Your reply", "Send reply", addresses::START),
        Reader::Staff => ("Reply to the customer", "Send", staff::LOGIN),
    };
    let buttons = std::iter::once(main_button(submit)).chain(then).collect();
    let form = MessageForm {
        place: DraftPlace::Reply(composer.ticket),
        id: "body",
        label,
        hint: "You can use **bold**, *italic*, `code`, lists with - and quotes with >.",
        lines: "5",
        typing: "replying",
        files_id: "attachments",
        room: composer.room.public,
        buttons,
        log_in,
    };
    message_form::<Reply>(composer, state, form)
}

/// Writes to the team alone.
#[component]
pub fn NoteForm(
    /// Where and what.
    composer: Composer,
    /// The form as it was refused, or fresh.
    state: FormState,
) -> impl IntoView {
    let words = view! {
        <Icon name=IconName::Lock />
        "Save internal note"
    };
    let form = MessageForm {
        place: DraftPlace::Note(composer.ticket),
        id: "note",
        label: "Note for the team",
        hint: "The customer never sees it, nor its files.",
        lines: "4",
        typing: "noting",
        files_id: "note-attachments",
        room: composer.room.internal,
        buttons: vec![ButtonSpec { class: "btn btn-note", sends: None, words: html(words) }],
        log_in: staff::LOGIN,
    };
    message_form::<AddNote>(composer, state, form)
}

/// In what the forms differ.
struct MessageForm {
    place: DraftPlace,
    /// The text's field, by its id.
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    lines: &'static str,
    /// What others see while somebody types, see [`islands::live`].
    typing: &'static str,
    files_id: &'static str,
    /// How many more files it takes.
    room: u32,
    buttons: Vec<ButtonSpec>,
    log_in: &'static str,
}

fn message_form<F: Deed>(composer: Composer, state: FormState, form: MessageForm) -> impl IntoView {
    let Composer { ticket, path, limits, takes_words, takes_files, unsent, .. } = composer;
    let MessageForm { place, id, label, hint, lines, typing, files_id, room, buttons, log_in } = form;
    let keeps_draft = takes_words && keeps_drafts();
    let text = FieldSpec {
        id: id.to_owned(),
        hint: hint.to_owned(),
        max_chars: Some(MESSAGE_MAX_CHARS),
        lines: Some(lines),
        typing: Some(typing),
        ..field("body", label, FieldKind::Text, unsent.text)
    };
    let rows = if takes_words { vec![vec![text]] } else { Vec::new() };
    let files = FilesSpec { id: files_id.to_owned(), limits, room, is_retry: state.is_refused() };
    let preview = MessageSpec { is_shown: unsent.preview.is_some(), html: unsent.preview.unwrap_or_default() };
    let spec = FormSpec {
        class: "form composer-form",
        hidden: html(view! { <input type="hidden" name="id" value=ticket.0 /> }),
        preview: takes_words.then_some(preview),
        files: takes_files.then_some(files),
        buttons,
        beside: html(view! { <ForName /> }),
        draft: keeps_draft.then(|| draft_spec(place, &path, unsent.is_draft, "Save draft and preview")),
        log_in: log_in.to_owned(),
        ..writing::form::<F>(&path, state, rows)
    };
    view! {
        <Writing spec />
        {keeps_draft.then(|| view! { <DiscardDraft place path /> })}
    }
}
