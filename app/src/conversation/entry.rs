//! A ticket's timeline as people read it: oldest first, what was said in full, what happened in a line.

use domain::{Event, EventId, EventKind, Page, TicketId, Timestamp};
use islands::{
    addresses::{staff, with},
    ui::{Button, ButtonLink, Icon, IconName, When, said, sentence},
};
use leptos::prelude::*;

use super::words::{event_sentence, event_sign};
use crate::{admin::tickets::api::ReleaseFiles, filters::CursorQuery, layout::form::Form, tickets::AttachmentList};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The ticket's owner.
    Customer,
    /// The team.
    Staff,
}

/// A page of the timeline, with the way to earlier and later entries.
#[component]
pub fn Conversation(
    /// Newest first, as the desk gives it.
    timeline: Page<Event>,
    /// The page's own address.
    path: String,
    /// Who reads.
    reader: Reader,
    /// The moment, for "5 minutes ago".
    now: Timestamp,
    /// The entry that was just written.
    sent: Option<i64>,
) -> impl IntoView {
    let bodies = timeline.items.iter().map(|event| event.body.clone().filter(|body| !body.is_empty())).collect();
    Suspend::new(async move {
        // Refused only while the program stops, and then nobody gets the page.
        let bodies = markdown::all(bodies, markdown::page_html).await.unwrap_or_default();
        conversation(timeline, bodies, path, reader, now, sent)
    })
}

/// `bodies` are what was said, as HTML.
fn conversation(
    timeline: Page<Event>,
    bodies: Vec<Option<String>>,
    path: String,
    reader: Reader,
    now: Timestamp,
    sent: Option<i64>,
) -> impl IntoView {
    let way = |at: Option<CursorQuery>, words: &'static str| {
        at.map(|at| {
            let part = with(&path, &at);
            view! {
                <p class="timeline-way">
                    <ButtonLink href=part + "#timeline" small=true icon=IconName::History>
                        {words}
                    </ButtonLink>
                </p>
            }
        })
    };
    let earlier = way(timeline.older.map(CursorQuery::before), "Show what was before");
    let later = way(timeline.newer.map(CursorQuery::after), "Show what came after");
    let entries = timeline.items.into_iter().zip(bodies).rev();
    let entries = entries.map(|(event, body)| entry(event, body, reader, now, sent)).collect_view();
    view! {
        <section class="conversation" id="timeline" aria-label="Conversation" data-live="timeline">
            {earlier}
            <ol class="entries">{entries}</ol>
            {later}
        </section>
    }
}

fn entry(event: Event, body: Option<String>, reader: Reader, now: Timestamp, sent: Option<i64>) -> AnyView {
    let id = format!("entry-{}", event.id);
    let is_new = sent == Some(event.id.0);
    // Those that came with the ticket are beside its description.
    let files = if event.kind() == EventKind::TicketOpened { Vec::new() } else { event.files.clone() };
    let files = (!files.is_empty()).then(|| view! { <AttachmentList files /> });
    let time = view! { <When at=event.at now /> };
    let release = (reader == Reader::Staff && event.kind() == EventKind::FilesDropped)
        .then(|| event.files.first().map(|file| release(file.ticket_id, event.id)))
        .flatten();
    if matches!(event.kind(), EventKind::Replied | EventKind::Noted) {
        return message(event, body, reader, id, is_new, files, time).into_any();
    }
    let (tone, icon) = event_sign(&event);
    view! {
        <li class="happened" id=id>
            <span class=format!("timeline-icon {}", tone.class())>
                <Icon name=icon />
            </span>
            <div class="happened-words">
                <span>{sentence(&event_sentence(&event, reader))}</span>
                " "
                {time}
                {files}
                {release}
            </div>
        </li>
    }
    .into_any()
}

/// Lets the customer see what came from outside.
fn release(ticket: TicketId, event: EventId) -> impl IntoView {
    view! {
        <Form<ReleaseFiles> page=staff::ticket(ticket) attr:class="actions">
            <input type="hidden" name="id" value=ticket.0 />
            <input type="hidden" name="event" value=event.0 />
            <span class="muted small">"The customer does not see this."</span>
            <Button small=true>"Release to the customer"</Button>
        </Form<ReleaseFiles>>
    }
}

fn message(
    event: Event,
    body: Option<String>,
    reader: Reader,
    id: String,
    is_new: bool,
    files: Option<impl IntoView>,
    time: impl IntoView,
) -> impl IntoView {
    let is_note = event.kind() == EventKind::Noted;
    let mut class = String::from("said");
    for (is_so, name) in [(is_note, " said-note"), (event.by_staff && !is_note, " said-staff"), (is_new, " said-now")] {
        if is_so {
            class.push_str(name);
        }
    }
    let name = match (event.actor_name, event.is_own) {
        (_, true) => "You".to_owned(),
        (Some(name), _) => name,
        (None, _) => "Command line".to_owned(),
    };
    let side = match reader {
        Reader::Staff if !event.by_staff => Some("Customer"),
        _ => None,
    };
    let label = is_note.then(|| {
        view! {
            <span class="badge tone-warn">
                <Icon name=IconName::Lock />
                "Internal note"
            </span>
        }
    });
    let initial: String = name.chars().take(1).collect();
    let body = body.map(|body| view! { <div class="written" inner_html=body></div> });
    view! {
        <li class=class id=id>
            <span class="avatar" aria-hidden="true">
                {said(initial)}
            </span>
            <article class="said-card">
                <header class="said-head">
                    <strong>{said(name)}</strong>
                    {side.map(|side| view! { <span class="muted small">{side}</span> })}
                    {label}
                    {time}
                </header>
                {body}
                {files}
            </article>
        </li>
    }
}
