//! The forms that say more: a reply for everybody on the ticket, a note for the team.

use domain::{DraftPlace, FileRoom, MESSAGE_MAX_CHARS, ReplyThen, Status, TicketId, UploadLimits};
use islands::{
    addresses::{self, action, staff},
    conversation::api::{AddNote, Reply},
    deed::Deed,
    tickets::UploadPart,
    ui::{Button, ButtonKind, Field, Icon, IconName, TextArea, Variant},
};
use leptos::prelude::*;

use super::Reader;
use crate::{
    drafts::{DiscardDraft, DraftBar, IdempotencyKey, keeps_drafts},
    layout::form::{ForName, FormAlert, FormState},
};

const FIELDS: &[&str] = &["body", "attachments"];
const WITHOUT_FILES: &[&str] = &["body"];
const FILES_ALONE: &[&str] = &["attachments"];

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
    pub draft: String,
    /// Whether to show what it will look like.
    pub is_preview: bool,
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
        .map(|then| {
            let words = if then == ReplyThen::Wait { "Send and wait for customer" } else { "Send and resolve" };
            view! {
                <Button attr:name="then" attr:value=then.as_str()>
                    {words}
                </Button>
            }
        })
        .collect_view();
    let (label, submit, log_in) = match reader {
        Reader::Customer if !composer.takes_words => ("", "Send files", addresses::START),
        Reader::Customer => ("Your reply", "Send reply", addresses::START),
        Reader::Staff => ("Reply to the customer", "Send", staff::LOGIN),
    };
    let form = MessageForm {
        place: DraftPlace::Reply(composer.ticket),
        id: "body",
        label,
        hint: "You can use **bold**, *italic*, `code`, lists with - and quotes with >.",
        rows: "5",
        typing: "replying",
        files_id: "attachments",
        room: composer.room.public,
        log_in,
    };
    let buttons = view! {
        <Button variant=Variant::Primary>{submit}</Button>
        {then}
    };
    message_form::<Reply>(composer, state, form, buttons.into_any())
}

/// Writes to the team alone.
#[component]
pub fn NoteForm(
    /// Where and what.
    composer: Composer,
    /// The form as it was refused, or fresh.
    state: FormState,
) -> impl IntoView {
    let form = MessageForm {
        place: DraftPlace::Note(composer.ticket),
        id: "note",
        label: "Note for the team",
        hint: "The customer never sees it, nor its files.",
        rows: "4",
        typing: "noting",
        files_id: "note-attachments",
        room: composer.room.internal,
        log_in: staff::LOGIN,
    };
    let button = view! {
        <button class="btn btn-note" type="submit">
            <Icon name=IconName::Lock />
            "Save internal note"
        </button>
    };
    message_form::<AddNote>(composer, state, form, button.into_any())
}

/// In what the forms differ.
struct MessageForm {
    place: DraftPlace,
    /// The text's field, by its id.
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    rows: &'static str,
    /// What others see while somebody types, see [`crate::live`].
    typing: &'static str,
    files_id: &'static str,
    /// How many more files it takes.
    room: u32,
    log_in: &'static str,
}

fn message_form<F: Deed>(composer: Composer, state: FormState, form: MessageForm, buttons: AnyView) -> impl IntoView {
    let Composer { ticket, path, limits, takes_words, takes_files, draft, is_preview, .. } = composer;
    let MessageForm { place, id, label, hint, rows, typing, files_id, room, log_in } = form;
    let text = state.value("body", &draft);
    let keeps_draft = takes_words && keeps_drafts();
    let preview = takes_words.then(|| preview(&text, is_preview));
    let shown = match (takes_words, takes_files) {
        (true, true) => FIELDS,
        (true, false) => WITHOUT_FILES,
        (false, _) => FILES_ALONE,
    };
    let buttons = view! {
        {buttons}
        {keeps_draft.then(preview_button)}
        <ForName />
    };
    let end = if takes_files {
        view! {
            <UploadPart
                id=files_id
                limits
                room
                log_in
                errors=state.errors("attachments")
                is_retry=state.is_refused()
            >
                {buttons}
            </UploadPart>
        }
        .into_any()
    } else {
        view! { <div class="form-actions">{buttons}</div> }.into_any()
    };
    let words = takes_words.then(|| {
        view! {
            <Field id label hint errors=state.errors("body")>
                <TextArea
                    name="body"
                    value=text
                    attr:rows=rows
                    attr:maxlength=MESSAGE_MAX_CHARS.to_string()
                    attr:data-typing=typing
                />
            </Field>
        }
    });
    let bar = keeps_draft.then(|| {
        view! { <DraftBar place path=path.clone() is_kept=!draft.is_empty() save="Save draft and preview" /> }
    });
    view! {
        <form
            class="form composer-form"
            method="post"
            action={action::<F>(&path)}
            enctype="multipart/form-data"
            data-upload=F::PATH
            data-draft=keeps_draft.then(|| place.to_string())
        >
            <input type="hidden" name="id" value=ticket.0 />
            <IdempotencyKey state />
            <FormAlert state fields=shown />
            {words}
            {preview}
            {end}
            {bar}
        </form>
        {keeps_draft.then(|| view! { <DiscardDraft place path /> })}
    }
}

/// For who has script; without it the draft's button shows the preview too.
fn preview_button() -> impl IntoView {
    view! {
        <Button
            kind=ButtonKind::Button
            variant=Variant::Quiet
            attr:data-preview-ask=""
            attr:hidden=true
        >
            "Preview"
        </Button>
    }
}

/// What it will look like; empty until it is asked for.
fn preview(text: &str, is_shown: bool) -> impl IntoView + use<> {
    // Nothing is rendered of what is longer than a message may be: the form says so.
    let text = is_shown.then(|| text.to_owned()).filter(|text| domain::check_message(text).is_ok());
    let written = Suspend::new(async move {
        let html = markdown::all(vec![text], markdown::page_html).await.unwrap_or_default().pop().flatten();
        view! { <div class="written" inner_html=html.unwrap_or_default()></div> }
    });
    view! {
        <div class="preview" data-preview="" hidden=!is_shown>
            <p class="preview-label">"Preview"</p>
            {written}
        </div>
    }
}
