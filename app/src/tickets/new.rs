//! The page `/tickets/new`.

use domain::{DESCRIPTION_MAX_CHARS, DraftPlace, Priority, TITLE_MAX_CHARS};
use islands::{
    addresses,
    forms::{FieldKind, FieldSpec, FilesSpec, FormSpec},
    request::answer,
    tickets::api::CreateTicket,
    ui::{ButtonLink, Card, PageHeader, Variant},
};
use leptos::prelude::*;

use crate::{
    drafts::{DiscardDraft, SavedDraft, draft_spec, keeps_drafts},
    layout::{
        PageTitle, customer_page,
        form::{ForName, FormState},
        writing::{Writing, field, form, html, main_button, options},
    },
};

/// A new ticket with its files.
#[component]
pub fn NewPage() -> impl IntoView {
    customer_page(|context, actor| async move {
        let state = FormState::of::<CreateTicket>(&context);
        let draft = SavedDraft::of(&context, &actor, DraftPlace::Ticket).await?;
        // What was refused just now is newer than the draft.
        let value = |field, fresh| state.value(field, &draft.value(field, fresh));
        let (title, description) = (value("title", ""), value("description", ""));
        let preset = answer(context.desk.cards().category_for(&actor).await)?.unwrap_or_default();
        let (priority, category) = (value("priority", Priority::default().as_str()), value("category", &preset));
        let (is_kept, keeps_draft) = (draft.is_kept(), keeps_drafts());
        let categories = answer(context.desk.categories().names().await)?;
        let limits = context.desk.config().upload;
        let words = |word: String| (word.clone(), word);
        let priorities: Vec<_> = Priority::ALL.iter().map(|priority| words(priority.to_string())).collect();
        // Without a choice the desk takes its default category.
        let unsure = (String::new(), "Not sure".to_owned());
        let categories: Vec<_> = std::iter::once(unsure).chain(categories.into_iter().map(words)).collect();
        let line = FieldSpec {
            hint: "What it is about, in one line.".to_owned(),
            is_required: true,
            max_chars: Some(TITLE_MAX_CHARS),
            ..field("title", "Title", FieldKind::Line, title)
        };
        let text = FieldSpec {
            hint: "What happened, what you expected, and what you tried.".to_owned(),
            is_required: true,
            max_chars: Some(DESCRIPTION_MAX_CHARS),
            ..field("description", "Description", FieldKind::Text, description)
        };
        let choices = vec![
            field("priority", "Priority", FieldKind::Choice, options(priorities, &priority)),
            field("category", "Category", FieldKind::Choice, options(categories, &category)),
        ];
        let cancel = view! {
            <ButtonLink href=addresses::TICKETS variant=Variant::Quiet>
                "Cancel"
            </ButtonLink>
            <ForName />
        };
        let spec = FormSpec {
            files: Some(FilesSpec {
                id: "attachments".to_owned(),
                limits,
                room: limits.max_files,
                is_retry: state.is_refused(),
            }),
            buttons: vec![main_button("Open ticket")],
            beside: html(cancel),
            draft: keeps_draft.then(|| draft_spec(DraftPlace::Ticket, addresses::NEW_TICKET, is_kept, "Save draft")),
            log_in: addresses::START.to_owned(),
            ..form::<CreateTicket>(addresses::NEW_TICKET, state, vec![vec![line], vec![text], choices])
        };
        Ok(view! {
            <PageTitle title="New ticket" />
            <div class="container container-narrow">
                <PageHeader title="New ticket" back=(addresses::TICKETS.to_owned(), "My tickets".to_owned()) />
                <Card>
                    <Writing spec />
                    {keeps_draft
                        .then(|| view! { <DiscardDraft place=DraftPlace::Ticket path=addresses::NEW_TICKET /> })}
                </Card>
            </div>
        })
    })
}
