//! The page `/tickets/new`.

use domain::{DESCRIPTION_MAX_CHARS, DraftPlace, Priority, TITLE_MAX_CHARS};
use islands::{
    addresses::{self, action},
    drafts::Drafts,
    request::answer,
    tickets::{UploadPart, api::CreateTicket},
    ui::{Button, ButtonLink, Card, Field, PageHeader, Select, TextArea, TextInput, Variant},
};
use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::{
    drafts::{DiscardDraft, DraftBar, IdempotencyKey, SavedDraft, keeps_drafts},
    layout::{
        PageTitle, customer_page,
        form::{ForName, FormAlert, FormState},
    },
};

const FIELDS: &[&str] = &["title", "description", "priority", "category", "attachments"];

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
        Ok(view! {
            <PageTitle title="New ticket" />
            <div class="container container-narrow">
                <PageHeader title="New ticket" back=(addresses::TICKETS.to_owned(), "My tickets".to_owned()) />
                <Card>
                    <form
                        class="form"
                        method="post"
                        action={action::<CreateTicket>(addresses::NEW_TICKET)}
                        enctype="multipart/form-data"
                        data-upload=CreateTicket::PATH
                        data-draft=keeps_draft.then(|| DraftPlace::Ticket.to_string())
                    >
                        <IdempotencyKey state />
                        <FormAlert state fields=FIELDS />
                        <Field
                            id="title"
                            label="Title"
                            hint="What it is about, in one line."
                            errors=state.errors("title")
                        >
                            <TextInput
                                name="title"
                                value=title
                                attr:required=true
                                attr:maxlength=TITLE_MAX_CHARS.to_string()
                                attr:autocomplete="off"
                            />
                        </Field>
                        <Field
                            id="description"
                            label="Description"
                            hint="What happened, what you expected, and what you tried."
                            errors=state.errors("description")
                        >
                            <TextArea
                                name="description"
                                value=description
                                attr:required=true
                                attr:maxlength=DESCRIPTION_MAX_CHARS.to_string()
                            />
                        </Field>
                        <div class="form-row">
                            <Field id="priority" label="Priority" errors=state.errors("priority")>
                                <Select
                                    name="priority"
                                    options=priorities
                                    selected=priority
                                />
                            </Field>
                            <Field id="category" label="Category" errors=state.errors("category")>
                                <Select name="category" options=categories selected=category />
                            </Field>
                        </div>
                        <UploadPart
                            limits
                            room=limits.max_files
                            log_in=addresses::START
                            errors=state.errors("attachments")
                            is_retry=state.is_refused()
                        >
                            <Button variant=Variant::Primary>"Open ticket"</Button>
                            <ButtonLink href=addresses::TICKETS variant=Variant::Quiet>
                                "Cancel"
                            </ButtonLink>
                            <ForName />
                        </UploadPart>
                        {keeps_draft
                            .then(|| {
                                view! { <DraftBar place=DraftPlace::Ticket path=addresses::NEW_TICKET is_kept /> }
                            })}
                    </form>
                    {keeps_draft
                        .then(|| view! { <DiscardDraft place=DraftPlace::Ticket path=addresses::NEW_TICKET /> })}
                    <Drafts />
                </Card>
            </div>
        })
    })
}
