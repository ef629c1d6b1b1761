//! The page `/tickets/{id}`.

use domain::{Attachment, DraftPlace, Status, TicketId, TicketView, Timestamp};
use islands::{
    addresses::{self, with},
    conversation::api::Reply,
    drafts::api::DiscardDraft,
    request::query,
    tickets::{PriorityBadge, StatusBadge},
    ui::{
        Alert, Button, ButtonLink, Card, ConfirmDetails, Field, Icon, IconName, PageHeader, TextArea, Tone, Variant,
        When, said,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    AttachmentList,
    api::{CloseTicket, DeleteTicket, UpdateTicket},
    edit::EditForm,
    query::{TicketPageQuery, shown},
};
use crate::{
    approvals::on_ticket,
    conversation::{Composer, Conversation, Reader, ReplyForm, Unsent},
    layout::{
        PageTitle, customer_page,
        form::{ForName, Form, FormAlert, FormState},
    },
    live::{self, LivePage, PresenceLine},
};

/// A ticket: what was written, what was said since and what happened, and what its owner may do.
#[component]
pub fn TicketPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    customer_page(move |context, actor| async move {
        let asked: TicketPageQuery = query();
        let view = shown(&context, &actor, &id, &asked).await?;
        live::note_seen(&context, view.ticket.id).await;
        let present = live::present(&context, view.ticket.id).await;
        let asked_for = context.desk.approvals().list(&actor, view.ticket.id).await?;
        let now = context.desk.now();
        let confirmations = on_ticket(&asked_for, now);
        let limits = context.desk.config().upload;
        let (edit, reply) = (FormState::of::<UpdateTicket>(&context), FormState::of::<Reply>(&context));
        let (close, withdraw) = (FormState::of::<CloseTicket>(&context), FormState::of::<DeleteTicket>(&context));
        let ticket = &view.ticket;
        let (number, status, opened, title) = (ticket.id, ticket.status, ticket.created_at, ticket.title.clone());
        let path = addresses::ticket(number);
        let can_edit = view.abilities.can_edit;
        // What was refused is shown even where it can be sent no more.
        let is_editing = edit.is_refused() || (!asked.edit.is_empty() && can_edit);
        let text = if is_editing {
            view! { <EditForm ticket=ticket.clone() state=edit can_save=can_edit /> }.into_any()
        } else {
            description(ticket.description.clone(), view.opening_files.clone()).into_any()
        };
        let can_edit = can_edit && !is_editing;
        let edit_page = with(&path, &TicketPageQuery { edit: "1".to_owned(), ..TicketPageQuery::default() });
        let meta = move || {
            view! {
                <span class="id">"#" {number.0}</span>
                <span data-live="head">
                    <StatusBadge status />
                </span>
                <span>"Opened " <When at=opened now /></span>
            }
        };
        let unsent = Unsent::of(&context, &actor, DraftPlace::Reply(number), reply, !asked.preview.is_empty()).await?;
        let (abilities, may_open) = (view.abilities, actor.require_opening().is_ok());
        let ends = actor.scope.ends_soon(now).map(|at| ends(number, at, now));
        let composer = Composer {
            ticket: number,
            path: path.clone(),
            limits,
            room: view.room,
            takes_words: abilities.can_reply,
            takes_files: abilities.can_upload,
            unsent,
        };
        let reply = if abilities.can_reply || abilities.can_upload {
            let heading = if abilities.can_reply { "Reply" } else { "Add files" };
            view! {
                <Card title=heading>
                    <ReplyForm composer state=reply reader=Reader::Customer />
                </Card>
            }
            .into_any()
        } else {
            let why = if status == Status::Closed { closed(may_open).into_any() } else { reading().into_any() };
            view! {
                {why}
                {cannot_send(&composer)}
            }
            .into_any()
        };
        let side = side_view(&view, now, close, withdraw);
        let (timeline, sent) = (view.timeline, asked.sent.parse().ok());
        Ok(view! {
            <PageTitle title=format!("{title} · #{number}") />
            <LivePage ticket=number />
            <div class="container">
                <PageHeader title back=(addresses::TICKETS.to_owned(), "My tickets".to_owned()) meta>
                    <div data-live="edit">
                        {can_edit
                            .then(|| {
                                view! {
                                    <ButtonLink href=edit_page icon=IconName::Pencil>
                                        "Edit"
                                    </ButtonLink>
                                }
                            })}
                    </div>
                </PageHeader>
                <div class="split">
                    <div class="stack">
                        <div data-live="ends">{ends}</div>
                        <div data-live="approvals" class="stack">{confirmations}</div>
                        {text}
                        <Conversation timeline path reader=Reader::Customer now sent />
                        <div data-live="status">{waiting(status).filter(|_| abilities.can_reply)}</div>
                        <PresenceLine present />
                        <div id="composer" class="stack">{reply}</div>
                    </div>
                    <aside class="stack">{side}</aside>
                </div>
            </div>
        })
    })
}

fn description(text: String, files: Vec<Attachment>) -> impl IntoView {
    let files = (!files.is_empty()).then(|| view! { <AttachmentList files /> });
    view! {
        <Card title="Description">
            <div class="stack">
                <div class="prose" dir="auto">{text}</div>
                {files}
            </div>
        </Card>
    }
}

/// The access is over soon.
fn ends(ticket: TicketId, at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <Alert tone=Tone::Warn title="Your access to this ticket ends soon">
            <div class="stack">
                <p>
                    "It ends " <When at now /> ". Download what you want to keep. "
                    "To see it after that, ask Support for a new PIN."
                </p>
                <div class="actions">{take_out(ticket)}</div>
            </div>
        </Alert>
    }
}

/// The way to all of a ticket in one file.
fn take_out(ticket: TicketId) -> impl IntoView {
    view! {
        <a class="btn btn-sm" href=addresses::take_out(ticket) download rel="nofollow">
            <Icon name=IconName::Download />
            "Download everything"
        </a>
    }
}

/// The ticket is over.
fn closed(may_open: bool) -> impl IntoView {
    let again = may_open.then(|| {
        view! {
            " "
            <a href=addresses::NEW_TICKET>"Open a new ticket"</a>
            " if you need us again."
        }
    });
    view! {
        <Alert tone=Tone::Neutral title="This ticket is closed.">
            "It takes no more replies."
            {again}
        </Alert>
    }
}

/// The access is for less than writing.
fn reading() -> impl IntoView {
    view! {
        <Alert tone=Tone::Neutral title="This access is for reading.">
            "Ask Support for a PIN with which you can write."
        </Alert>
    }
}

/// A reply that can be sent no more, to be copied.
fn cannot_send(composer: &Composer) -> Option<impl IntoView + use<>> {
    let text = Some(composer.unsent.text.clone()).filter(|text| !text.trim().is_empty())?;
    let forget = composer.unsent.is_draft.then(|| {
        let place = DraftPlace::Reply(composer.ticket).to_string();
        view! {
            <Form<DiscardDraft> page=composer.path.clone()>
                <input type="hidden" name="place" value=place />
                <Button variant=Variant::Quiet small=true>
                    "Discard draft"
                </Button>
            </Form<DiscardDraft>>
        }
    });
    Some(view! {
        <Card title="Your unsent reply">
            <div class="form">
                <Field id="body" label="What you wrote" hint="Copy what you still need.">
                    <TextArea name="body" value=text attr:rows="5" attr:readonly=true />
                </Field>
                {forget}
            </div>
        </Card>
    })
}

/// What the customer should know about where their ticket stands, where a word is not enough.
fn waiting(status: Status) -> Option<impl IntoView> {
    let (tone, title, text) = match status {
        Status::WaitingOnCustomer => (Tone::Warn, "We need something from you", "Write it below, or attach files."),
        Status::Resolved => (
            Tone::Good,
            "We think this is done",
            "Close the ticket if you agree. If not, write a reply: that opens it again.",
        ),
        _ => return None,
    };
    Some(view! {
        <Alert tone title>
            {text}
        </Alert>
    })
}

fn side_view(view: &TicketView, now: Timestamp, close: FormState, withdraw: FormState) -> impl IntoView + use<> {
    let ticket = &view.ticket;
    let (status, priority, category) = (ticket.status, ticket.priority, ticket.category.clone());
    let (opened, changed, id) = (ticket.created_at, ticket.updated_at, ticket.id);
    let abilities = view.abilities;
    let alerts = [close, withdraw].map(|state| view! { <FormAlert state fields=&[] /> });
    let close = abilities.can_close.then(|| {
        view! {
            <ConfirmDetails
                id="close"
                label="Close ticket"
                icon=IconName::Lock
                block=true
                question="Close it if nothing is left to do. A closed ticket takes no more changes or files from you."
            >
                <Form<CloseTicket> page=addresses::ticket(id)>
                    <input type="hidden" name="id" value=id.0 />
                    <Button variant=Variant::Danger>"Close it"</Button>
                    <ForName />
                </Form<CloseTicket>>
            </ConfirmDetails>
        }
    });
    let withdraw = abilities.can_withdraw.then(|| {
        view! {
            <ConfirmDetails
                id="withdraw"
                label="Withdraw ticket"
                icon=IconName::Trash
                block=true
                question="The ticket and its files are deleted for good. \
                          This is possible while nobody has worked on it."
            >
                <Form<DeleteTicket> page=addresses::ticket(id)>
                    <input type="hidden" name="id" value=id.0 />
                    <Button variant=Variant::Danger>"Withdraw it"</Button>
                    <ForName />
                </Form<DeleteTicket>>
            </ConfirmDetails>
        }
    });
    let has_actions = close.is_some() || withdraw.is_some();
    view! {
        {alerts.into_iter().collect_view()}
        <Card title="Details">
            <dl class="fields" data-live="details">
                <dt>"Status"</dt>
                <dd>
                    <StatusBadge status />
                </dd>
                <dt>"Priority"</dt>
                <dd>
                    <PriorityBadge priority />
                </dd>
                <dt>"Category"</dt>
                <dd>{said(category)}</dd>
                <dt>"Opened"</dt>
                <dd>
                    <When at=opened now />
                </dd>
                <dt>"Last change"</dt>
                <dd>
                    <When at=changed now />
                </dd>
            </dl>
            <div class="actions">{take_out(id)}</div>
        </Card>
        <div data-live="actions">
            {has_actions.then(|| view! { <Card title="Done with this?">{close} {withdraw}</Card> })}
        </div>
    }
}
