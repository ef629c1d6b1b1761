//! The page `/admin/tickets/{id}`.

use domain::{
    Approval, Assignee, CardOrigin, DraftPlace, Present, Priority, Ticket, TicketHold, TicketQuery, TicketView, UserId,
    human_bytes,
};
use islands::{
    addresses::{self, staff, with},
    conversation::api::{AddNote, Reply},
    request::query,
    staff::api::NOBODY,
    tickets::{PriorityBadge, StatusBadge},
    ui::{
        Alert, Badge, Button, ButtonLink, Card, ConfirmDetails, Field, Icon, IconName, PageHeader, Select, TextArea,
        TextInput, Tone, Variant, When, said,
    },
};
use leptos::prelude::*;

use super::{
    api::{ClaimTicket, StaffDeleteTicket, StaffUpdateTicket},
    approvals::{approvals_card, just_asked},
};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        ledger::alarm::reuse_alarm,
        nav::Place,
        parts::{card_origin, counted},
        pins::issue::IssuedQuery,
        retention::hold::hold_card,
    },
    conversation::{Composer, Conversation, NoteForm, Reader, ReplyForm, Unsent},
    layout::form::Form,
    live::{self, LivePage, PresenceLine},
    tickets::{AttachmentList, TicketPageQuery, api::UpdateTicket, shown},
};

/// A ticket.
#[component]
pub fn TicketPage() -> impl IntoView {
    staff_page(Place::Tickets, |visit| async move {
        let (context, asked) = (visit.context(), query::<TicketPageQuery>());
        let ticket = shown(&context, &visit.actor(), &visit.id(), &asked).await?;
        let categories = context.desk.categories().names().await?;
        let team = context.desk.users().assignable(&visit.actor()).await?;
        live::note_seen(&context, ticket.ticket.id).await;
        let present = live::present(&context, ticket.ticket.id).await;
        let approvals = context.desk.approvals().list(&visit.actor(), ticket.ticket.id).await?;
        let asked_now = just_asked(visit).await;
        let alarm = context.desk.ledger().alarm(&visit.actor(), ticket.ticket.id).await?;
        let title = format!("#{} {}", ticket.ticket.id, ticket.ticket.title);
        let id = ticket.ticket.id;
        let origin = context.desk.cards().origin(&visit.actor(), ticket.requester_id).await?;
        let unsent =
            async |place, state, has_preview| Unsent::of(&context, &visit.actor(), place, state, has_preview).await;
        let beside = Beside {
            origin,
            approvals,
            hold: context.desk.tickets().hold(&visit.actor(), id).await?,
            reply: unsent(DraftPlace::Reply(id), visit.form::<Reply>(), asked.preview == "reply").await?,
            note: unsent(DraftPlace::Note(id), visit.form::<AddNote>(), asked.preview == "note").await?,
        };
        let alarm = alarm.map(|alarm| reuse_alarm(alarm, visit.now));
        let page = view(visit, ticket, &asked, beside, present, &categories, &team);
        Ok(Content::new(title, view! { {alarm} {asked_now} {page} }))
    })
}

/// What is shown beside the ticket: by which card its customer came, and what the reader left unsent.
struct Beside {
    origin: Option<CardOrigin>,
    approvals: Vec<Approval>,
    hold: Option<TicketHold>,
    reply: Unsent,
    note: Unsent,
}

fn view(
    visit: Visit,
    shown: TicketView,
    asked: &TicketPageQuery,
    mut beside: Beside,
    present: Vec<Present>,
    categories: &[String],
    team: &[Assignee],
) -> impl IntoView + use<> {
    let work = work_card(visit, &shown, categories, team);
    let claim = claim(visit, &shown);
    let came_by = beside.origin.as_ref().map(card_origin);
    let approvals = approvals_card(visit, &shown.ticket, std::mem::take(&mut beside.approvals));
    let hold = beside.hold.take();
    let compose = composers(visit, &shown, &asked.preview, beside);
    let opening = shown.opening_files.clone();
    let TicketView { ticket, requester_id, requester_username, requester_name, timeline, assignee, .. } = shown;
    let customer = staff::customer(requester_id);
    let issue = IssuedQuery { ticket: ticket.id.to_string(), ..IssuedQuery::default() };
    let issue = format!("{}#issue", with(&customer, &issue));
    let take_out = addresses::take_out(ticket.id);
    let ledger = staff::ticket_ledger(ticket.id);
    let theirs = with(staff::TICKETS, &TicketQuery { customer: requester_username.clone(), ..TicketQuery::default() });
    let meta = {
        let (id, status, priority, at) = (ticket.id, ticket.status, ticket.priority, ticket.created_at);
        let (name, href, category) = (requester_name.clone(), customer.clone(), ticket.category.clone());
        let assignee = assignee.map(|assignee| assignee.name);
        ViewFnOnce::from(move || {
            view! {
                <span class="id">"#" {id.0}</span>
                <span class="head-live" data-live="head">
                    <StatusBadge status/>
                    <PriorityBadge priority/>
                    <span>{said(category)}</span>
                    {assignee_badge(assignee)}
                </span>
                <span>"opened " <When at now=visit.now/> " by " <a href=href>{said(name)}</a></span>
            }
        })
    };
    let fields = facts(visit, &ticket);
    let edit = edit_form(visit, &ticket);
    let initial: String = requester_name.chars().take(1).collect();
    let (hold, is_kept) = (hold_card(visit, ticket.id, hold.clone()), hold.is_some());
    let delete = (visit.is_admin() && !is_kept).then(|| delete_card(visit, &ticket));
    let path = staff::ticket(ticket.id);
    let sent = asked.sent.parse().ok();
    let opening = (!opening.is_empty()).then(|| view! { <AttachmentList files=opening/> });
    view! {
        <LivePage ticket=ticket.id/>
        <PageHeader title=ticket.title back=(staff::TICKETS.to_owned(), "Tickets".to_owned()) meta>
            {claim}
        </PageHeader>
        <div class="split">
            <div class="stack">
                <Card title="Description">
                    <div class="stack">
                        <div class="prose" dir="auto">{ticket.description}</div>
                        {opening}
                        {edit}
                    </div>
                </Card>
                <Conversation timeline path reader=Reader::Staff now=visit.now sent/>
                <PresenceLine present/>
                {compose}
            </div>
            <aside class="stack">
                {work}
                <Card title="Customer">
                    <div class="form">
                        <div class="customer-head">
                            <span class="avatar" aria-hidden="true">
                                {said(initial)}
                            </span>
                            <div>
                                <a href=customer>
                                    <strong>{said(requester_name)}</strong>
                                </a>
                                <div class="muted small">{said(requester_username)}</div>
                                {came_by}
                            </div>
                        </div>
                        <div class="actions">
                            <ButtonLink href=issue small=true icon=IconName::Key>
                                "Issue a PIN"
                            </ButtonLink>
                            <ButtonLink href=ledger small=true icon=IconName::Shield>
                                "Who was let in"
                            </ButtonLink>
                            <ButtonLink href=theirs small=true icon=IconName::Ticket>
                                "Their tickets"
                            </ButtonLink>
                        </div>
                    </div>
                </Card>
                {approvals}
                <Card title="Facts">
                    {fields}
                    <div class="actions">
                        <a class="btn btn-sm" href=take_out download rel="nofollow">
                            <Icon name=IconName::Download/>
                            "Download everything, with notes"
                        </a>
                    </div>
                </Card>
                {hold}
                {delete}
            </aside>
        </div>
    }
}

fn assignee_badge(name: Option<String>) -> impl IntoView {
    let (icon, words) = match name {
        Some(name) => (IconName::User, name),
        None => (IconName::UserOff, "Unassigned".to_owned()),
    };
    view! { <Badge tone=Tone::Neutral icon plain=true>{said(words)}</Badge> }
}

/// Takes a ticket that nobody has, with one click.
fn claim(visit: Visit, shown: &TicketView) -> impl IntoView + use<> {
    let id = shown.ticket.id.to_string();
    let button = shown.assignee.is_none().then(|| {
        view! {
            <Form<ClaimTicket> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <Button icon=IconName::User>"Claim"</Button>
            </Form<ClaimTicket>>
        }
    });
    view! { <div data-live="claim">{button}</div> }
}

/// The reply and the note, one open at a time and not alike: what goes to the customer must never be mistaken for what
/// does not.
fn composers(visit: Visit, shown: &TicketView, preview: &str, unsent: Beside) -> impl IntoView + use<> {
    let ticket = shown.ticket.id;
    let composer = Composer {
        ticket,
        path: staff::ticket(ticket),
        limits: visit.context().desk.config().upload,
        room: shown.room,
        takes_words: true,
        takes_files: true,
        unsent: Unsent::default(),
    };
    let (reply, note) = (visit.form::<Reply>(), visit.form::<AddNote>());
    let is_only_note_unsent = !unsent.reply.is_draft && unsent.note.is_draft && preview.is_empty();
    let is_note = note.is_refused() || preview == "note" || (is_only_note_unsent && !reply.is_refused());
    let to_customer = Composer { unsent: unsent.reply, ..composer.clone() };
    let to_team = Composer { unsent: unsent.note, ..composer };
    let moves = shown.moves.clone();
    let name = shown.requester_name.clone();
    view! {
        <div class="composers" id="composer">
            <details class="composer" name="composer" open=!is_note>
                <summary>
                    <Icon name=IconName::Reply/>
                    "Reply to "
                    {said(name)}
                </summary>
                <ReplyForm composer=to_customer state=reply reader=Reader::Staff moves/>
            </details>
            <details class="composer composer-note" name="composer" open=is_note>
                <summary>
                    <Icon name=IconName::Lock/>
                    "Internal note"
                </summary>
                <NoteForm composer=to_team state=note/>
            </details>
        </div>
    }
}

fn facts(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let total: u64 = ticket.attachments.iter().map(|file| file.size).sum();
    let files = match ticket.attachments.len() as u64 {
        0 => "None".to_owned(),
        count => format!("{}, {}", counted(count, "file"), human_bytes(total)),
    };
    view! {
        <dl class="fields" data-live="facts">
            <dt>"Opened"</dt>
            <dd><When at=ticket.created_at now=visit.now/></dd>
            <dt>"Changed"</dt>
            <dd><When at=ticket.updated_at now=visit.now/></dd>
            <dt>"Files"</dt>
            <dd>{files}</dd>
        </dl>
    }
}

/// Status, priority, category and assignee, saved together.
fn work_card(visit: Visit, shown: &TicketView, categories: &[String], team: &[Assignee]) -> impl IntoView + use<> {
    let form = visit.form::<StaffUpdateTicket>();
    let ticket = &shown.ticket;
    let same = |word: &str| (word.to_owned(), word.to_owned());
    // Where the workflow leads from here, and where the ticket is.
    let mut statuses = vec![ticket.status];
    statuses.extend(&shown.moves);
    statuses.sort_unstable();
    let statuses = statuses.into_iter().map(|status| same(status.as_str())).collect();
    let priorities = Priority::ALL.iter().map(|priority| same(priority.as_str())).collect();
    // A retired category stays on the tickets that have it.
    let mut names: Vec<_> = categories.iter().map(|name| same(name)).collect();
    if !categories.contains(&ticket.category) {
        names.push(same(&ticket.category));
    }
    let mut members = vec![(NOBODY.to_owned(), "Nobody".to_owned())];
    members.extend(team.iter().map(|member| (member.id.to_string(), member.name.clone())));
    let current = shown.assignee.as_ref();
    // Somebody who left may still have it.
    if let Some(gone) = current.filter(|assignee| team.iter().all(|member| member.id != assignee.id)) {
        members.push((gone.id.to_string(), format!("{} (left)", gone.name)));
    }
    let assignee = current.map(|assignee| assignee.id).as_ref().map_or_else(|| NOBODY.to_owned(), UserId::to_string);
    let (id, status, priority) = (ticket.id.to_string(), ticket.status.as_str(), ticket.priority.as_str());
    let category = ticket.category.clone();
    let chosen = form.value("category", &category);
    let chosen_member = form.value("assignee", &assignee);
    view! {
        <Card title="Work on it">
            <Form<StaffUpdateTicket>
                page=visit.page()
                attr:class="form"
                attr:data-live="work"
                attr:data-touched=form.is_refused().then_some("")
            >
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="shown_status" value=status/>
                <input type="hidden" name="shown_priority" value=priority/>
                <input type="hidden" name="shown_category" value=category/>
                <input type="hidden" name="shown_assignee" value=assignee/>
                <Field id="status" label="Status" errors=form.errors("status")>
                    <Select name="status" options=statuses selected=form.value("status", status)/>
                </Field>
                <Field id="assignee" label="Assignee" errors=form.errors("assignee")>
                    <Select name="assignee" options=members selected=chosen_member/>
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
            </Form<StaffUpdateTicket>>
        </Card>
    }
}

/// The title and description, behind a button that needs no script.
fn edit_form(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let form = visit.form::<UpdateTicket>();
    let (id, title, description) = (ticket.id.to_string(), ticket.title.clone(), ticket.description.clone());
    view! {
        <details class="edit" open=form.is_refused()>
            <summary class="btn btn-sm">
                <Icon name=IconName::Pencil/>
                "Edit title and description"
            </summary>
            <Form<UpdateTicket> page=visit.page() attr:class="form">
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
            </Form<UpdateTicket>>
        </details>
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
            <Form<StaffDeleteTicket> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <Alert tone=Tone::Warn>"To end a ticket, set its status to Closed instead."</Alert>
                <Button variant=Variant::Danger>"Delete it"</Button>
            </Form<StaffDeleteTicket>>
        </ConfirmDetails>
    }
}
