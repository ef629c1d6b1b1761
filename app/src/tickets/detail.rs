//! The page `/tickets/{id}`.

use domain::{Status, TicketView, Timestamp, UploadLimits};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    AttachmentList, PriorityBadge, StatusBadge, UploadPart, api::get_ticket, edit::EditForm, history::History,
};
use crate::{
    layout::{
        PageTitle, customer_page,
        form::{FormAlert, FormState},
    },
    ui::{Alert, Button, ButtonLink, Card, ConfirmDetails, IconName, PageHeader, Time, Tone, Variant},
};

/// A ticket: what was written, its files, what happened to it, and what its owner may do.
#[component]
pub fn TicketPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let wants_edit = use_query_map().get_untracked().get("edit").is_some();
    customer_page(|context, _| async move {
        let view = get_ticket(id).await?;
        let now = context.desk.now();
        let limits = context.desk.config().upload;
        let state = |endpoint| FormState::of(&context, endpoint);
        let ticket = &view.ticket;
        let is_editing = wants_edit && view.abilities.can_edit;
        let edit = state("update_ticket");
        let title = ticket.title.clone();
        let status = ticket.status;
        let opened = ticket.created_at;
        let number = ticket.id;
        let text = if is_editing {
            view! { <EditForm ticket=ticket.clone() state=edit /> }.into_any()
        } else {
            let description = ticket.description.clone();
            view! {
                <Card title="Description">
                    <div class="prose">{description}</div>
                </Card>
            }
            .into_any()
        };
        let can_edit = view.abilities.can_edit && !is_editing;
        let meta = move || {
            view! {
                <span class="id">"#" {number.0}</span>
                <StatusBadge status />
                <span>"Opened " <TimeOf at=opened now /></span>
            }
        };
        let side = side_view(&view, now, state("close_ticket"), state("delete_ticket"));
        Ok(view! {
            <PageTitle title=format!("{title} · #{number}") />
            <div class="container">
                <PageHeader title back=("/tickets".to_owned(), "My tickets".to_owned()) meta>
                    {can_edit
                        .then(|| {
                            view! {
                                <ButtonLink href=format!("/tickets/{number}?edit=1") icon=IconName::Pencil>
                                    "Edit"
                                </ButtonLink>
                            }
                        })}
                </PageHeader>
                <div class="split">
                    <div class="stack">
                        {waiting(status)} {text}
                        {files_view(&view, limits, state("add_files"))}
                    </div>
                    <aside class="stack">{side}</aside>
                </div>
            </div>
        })
    })
}

/// What the customer should know about where their ticket stands, where a word is not enough.
fn waiting(status: Status) -> Option<impl IntoView> {
    let (tone, title, text) = match status {
        Status::WaitingOnCustomer => {
            (Tone::Warn, "We need something from you", "Add it below: edit the description, or attach files.")
        }
        Status::Resolved => (
            Tone::Good,
            "We think this is done",
            "Close the ticket if you agree. If not, open a new one and name this one.",
        ),
        _ => return None,
    };
    Some(view! {
        <Alert tone title>
            {text}
        </Alert>
    })
}

fn files_view(view: &TicketView, limits: UploadLimits, state: FormState) -> impl IntoView + use<> {
    let files = view.ticket.attachments.clone();
    let id = view.ticket.id;
    let room = limits.max_files.saturating_sub(u32::try_from(files.len()).unwrap_or(u32::MAX));
    let list = if files.is_empty() {
        view! { <p class="muted small">"No files are attached."</p> }.into_any()
    } else {
        view! { <AttachmentList files /> }.into_any()
    };
    let form = (view.abilities.can_edit && room > 0).then(|| {
        view! {
            <form
                class="form"
                method="post"
                action=format!("/tickets/{id}?fn=add_files")
                enctype="multipart/form-data"
                data-upload="/fn/add_files"
            >
                <input type="hidden" name="id" value=id.0 />
                <FormAlert state fields=&["attachments"] />
                <UploadPart
                    limits
                    room
                    errors=state.errors("attachments")
                    is_retry=state.is_refused()
                    submit="Add files"
                    is_required=true
                />
            </form>
        }
    });
    view! {
        <Card title="Files">
            <div class="stack">{list} {form}</div>
        </Card>
    }
}

fn side_view(view: &TicketView, now: Timestamp, close: FormState, withdraw: FormState) -> impl IntoView + use<> {
    let ticket = &view.ticket;
    let (status, priority, category) = (ticket.status, ticket.priority, ticket.category.clone());
    let (opened, changed, id) = (ticket.created_at, ticket.updated_at, ticket.id.0);
    let history = view.history.clone();
    let abilities = view.abilities;
    let alerts = [close, withdraw].map(|state| view! { <FormAlert state fields=&[] /> });
    let close = abilities.can_close.then(|| {
        view! {
            <ConfirmDetails
                label="Close ticket"
                icon=IconName::Lock
                block=true
                question="Close it if nothing is left to do. A closed ticket takes no more changes or files from you."
            >
                <form method="post" action=format!("/tickets/{id}?fn=close_ticket")>
                    <input type="hidden" name="id" value=id />
                    <Button variant=Variant::Danger>"Close it"</Button>
                </form>
            </ConfirmDetails>
        }
    });
    let withdraw = abilities.can_withdraw.then(|| {
        view! {
            <ConfirmDetails
                label="Withdraw ticket"
                icon=IconName::Trash
                block=true
                question="The ticket and its files are deleted for good. This is possible while nobody has worked on it."
            >
                <form method="post" action=format!("/tickets/{id}?fn=delete_ticket")>
                    <input type="hidden" name="id" value=id />
                    <Button variant=Variant::Danger>"Withdraw it"</Button>
                </form>
            </ConfirmDetails>
        }
    });
    let has_actions = close.is_some() || withdraw.is_some();
    view! {
        {alerts.into_iter().collect_view()}
        <Card title="Details">
            <dl class="fields">
                <dt>"Status"</dt>
                <dd>
                    <StatusBadge status />
                </dd>
                <dt>"Priority"</dt>
                <dd>
                    <PriorityBadge priority />
                </dd>
                <dt>"Category"</dt>
                <dd>{category}</dd>
                <dt>"Opened"</dt>
                <dd>
                    <TimeOf at=opened now />
                </dd>
                <dt>"Last change"</dt>
                <dd>
                    <TimeOf at=changed now />
                </dd>
            </dl>
        </Card>
        <Card title="History">
            <History events=history now />
        </Card>
        {has_actions.then(|| view! { <Card title="Done with this?">{close} {withdraw}</Card> })}
    }
}

/// A moment, seen from `now`.
#[component]
pub(super) fn TimeOf(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <Time iso=at.to_string() text=at.relative_to(now) exact=at.to_minute() /> }
}
