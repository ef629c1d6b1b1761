//! The page `/admin/tickets/{id}`.

use domain::{Category, Priority, Status, Ticket, TicketView};
use leptos::prelude::*;

use super::api::staff_get_ticket;
use crate::{
    admin::{
        categories::api::list_categories,
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{counted, timeline},
        read::address,
    },
    tickets::{AttachmentList, PriorityBadge, StatusBadge, UploadPart},
    ui::{
        Alert, Button, ButtonLink, Card, ConfirmDetails, Field, Icon, IconName, PageHeader, Select, TextArea,
        TextInput, Tone, Variant, bytes,
    },
};

/// A ticket.
#[component]
pub fn TicketPage() -> impl IntoView {
    staff_page(Place::Tickets, |visit| async move {
        let ticket = staff_get_ticket(visit.id()).await?;
        let categories = list_categories().await?;
        let title = format!("#{} {}", ticket.ticket.id, ticket.ticket.title);
        Ok(Content::new(title, view(visit, ticket, &categories)))
    })
}

fn view(visit: Visit, shown: TicketView, categories: &[Category]) -> impl IntoView + use<> {
    let TicketView { ticket, requester_id, requester_username, requester_name, history, .. } = shown;
    let customer = format!("/admin/customers/{requester_id}");
    let issue = format!("{customer}#issue");
    let theirs = address("/admin/tickets", &[("customer", &requester_username)]);
    let meta = {
        let (id, status, priority, at) = (ticket.id, ticket.status, ticket.priority, visit.when(ticket.created_at));
        let (name, href, category) = (requester_name.clone(), customer.clone(), ticket.category.clone());
        ViewFnOnce::from(move || {
            view! {
                <span class="id">"#" {id.0}</span>
                <StatusBadge status/>
                <PriorityBadge priority/>
                <span>{category}</span>
                <span>"opened " {at} " by " <a href=href>{name}</a></span>
            }
        })
    };
    let fields = facts(visit, &ticket);
    let (edit, files, work) =
        (edit_form(visit, &ticket), files_card(visit, &ticket), work_card(visit, &ticket, categories));
    let initial: String = requester_name.chars().take(1).collect();
    let delete = visit.is_admin().then(|| delete_card(visit, &ticket));
    view! {
        <PageHeader title=ticket.title back=("/admin/tickets".to_owned(), "Tickets".to_owned()) meta/>
        <div class="split">
            <div class="stack">
                <Card title="Description">
                    <div class="prose">{ticket.description}</div>
                    {edit}
                </Card>
                {files}
                <Card title="History">{timeline(visit, history)}</Card>
            </div>
            <aside class="stack">
                {work}
                <Card title="Customer">
                    <div class="form">
                        <div class="customer-head">
                            <span class="avatar" aria-hidden="true">
                                {initial}
                            </span>
                            <div>
                                <a href=customer>
                                    <strong>{requester_name}</strong>
                                </a>
                                <div class="muted small">{requester_username}</div>
                            </div>
                        </div>
                        <div class="actions">
                            <ButtonLink href=issue small=true icon=IconName::Key>
                                "Issue a PIN"
                            </ButtonLink>
                            <ButtonLink href=theirs small=true icon=IconName::Ticket>
                                "Their tickets"
                            </ButtonLink>
                        </div>
                    </div>
                </Card>
                <Card title="Facts">{fields}</Card>
                {delete}
            </aside>
        </div>
    }
}

fn facts(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let total: u64 = ticket.attachments.iter().map(|file| file.size).sum();
    let files = match ticket.attachments.len() as u64 {
        0 => "None".to_owned(),
        count => format!("{}, {}", counted(count, "file"), bytes(total)),
    };
    view! {
        <dl class="fields">
            <dt>"Opened"</dt>
            <dd>{visit.when(ticket.created_at)}</dd>
            <dt>"Changed"</dt>
            <dd>{visit.when(ticket.updated_at)}</dd>
            <dt>"Files"</dt>
            <dd>{files}</dd>
        </dl>
    }
}

/// Status, priority and category, saved together.
fn work_card(visit: Visit, ticket: &Ticket, categories: &[Category]) -> impl IntoView + use<> {
    let form = visit.form("staff_update_ticket");
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let statuses = Status::ALL.iter().map(|status| same(status.as_str())).collect();
    let priorities = Priority::ALL.iter().map(|priority| same(priority.as_str())).collect();
    // A retired category stays on the tickets that have it.
    let offered = categories.iter().filter(|category| category.is_active || category.name == ticket.category);
    let mut names: Vec<_> = offered.map(|category| same(&category.name)).collect();
    if !names.iter().any(|(name, _)| *name == ticket.category) {
        names.push(same(&ticket.category));
    }
    let (id, status, priority) = (ticket.id.to_string(), ticket.status.as_str(), ticket.priority.as_str());
    let category = ticket.category.clone();
    let chosen = form.value("category", &category);
    view! {
        <Card title="Work on it">
            <form class="form" method="post" action=visit.action("staff_update_ticket")>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="shown_status" value=status/>
                <input type="hidden" name="shown_priority" value=priority/>
                <input type="hidden" name="shown_category" value=category/>
                <Field id="status" label="Status" errors=form.errors("status")>
                    <Select name="status" options=statuses selected=form.value("status", status)/>
                </Field>
                <Field id="priority" label="Priority" errors=form.errors("priority")>
                    <Select name="priority" options=priorities selected=form.value("priority", priority)/>
                </Field>
                <Field id="category" label="Category" errors=form.errors("category")>
                    <Select name="category" options=names selected=chosen/>
                </Field>
                <Button variant=Variant::Primary block=true>
                    "Save changes"
                </Button>
            </form>
        </Card>
    }
}

/// The title and description, behind a button that needs no script.
fn edit_form(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let form = visit.form("update_ticket");
    let (id, title, description) = (ticket.id.to_string(), ticket.title.clone(), ticket.description.clone());
    view! {
        <details class="edit" open=form.is_refused()>
            <summary class="btn btn-sm">
                <Icon name=IconName::Pencil/>
                "Edit title and description"
            </summary>
            <form class="form" method="post" action=visit.action("update_ticket")>
                <input type="hidden" name="id" value=id/>
                <Field id="title" label="Title" errors=form.errors("title")>
                    <TextInput
                        name="title"
                        value=form.value("title", &title)
                        attr:required=true
                        attr:maxlength=domain::TITLE_MAX_CHARS.to_string()
                    />
                </Field>
                <Field id="description" label="Description" errors=form.errors("description")>
                    <TextArea
                        name="description"
                        value=form.value("description", &description)
                        attr:required=true
                        attr:rows="8"
                    />
                </Field>
                <div class="form-actions">
                    <Button variant=Variant::Primary>"Save"</Button>
                </div>
            </form>
        </details>
    }
}

fn files_card(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let limits = visit.context().desk.config().upload;
    let form = visit.form("add_files");
    let files = ticket.attachments.clone();
    let room = limits.max_files.saturating_sub(u32::try_from(files.len()).unwrap_or(u32::MAX));
    let list = if files.is_empty() {
        view! { <p class="muted small">"No files are attached."</p> }.into_any()
    } else {
        view! { <AttachmentList files/> }.into_any()
    };
    let add = if room == 0 {
        let words = format!("This ticket has {} files, as many as one can have.", limits.max_files);
        view! { <p class="muted small">{words}</p> }.into_any()
    } else {
        view! {
            <form
                class="form"
                method="post"
                action=visit.action("add_files")
                enctype="multipart/form-data"
                data-upload="/fn/add_files"
            >
                <input type="hidden" name="id" value=ticket.id.to_string()/>
                <UploadPart
                    limits
                    room
                    errors=form.errors("attachments")
                    is_retry=form.is_refused()
                    submit="Add files"
                    is_required=true
                />
            </form>
        }
        .into_any()
    };
    view! {
        <Card title="Files">
            <div class="form">{list} {add}</div>
        </Card>
    }
}

fn delete_card(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let question = match ticket.attachments.len() as u64 {
        0 => "The ticket and its history are gone for good.".to_owned(),
        files => format!("The ticket, its history and {} are gone for good.", counted(files, "file")),
    };
    let id = ticket.id.to_string();
    view! {
        <ConfirmDetails label="Delete this ticket" icon=IconName::Trash block=true question>
            <form method="post" action=visit.action("staff_delete_ticket")>
                <input type="hidden" name="id" value=id/>
                <Alert tone=Tone::Warn>"To end a ticket, set its status to Closed instead."</Alert>
                <Button variant=Variant::Danger>"Delete it"</Button>
            </form>
        </ConfirmDetails>
    }
}
