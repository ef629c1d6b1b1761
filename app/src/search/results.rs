//! What a search found, as a list.

use domain::{FoundIn, Piece, Role, SearchHit, SearchHits, Timestamp};
use islands::{
    addresses::{ticket_of, tickets_of, with},
    tickets::StatusBadge,
    ui::{Badge, ButtonLink, Card, EmptyState, IconName, Tone, When, apart, said},
};
use leptos::prelude::*;

use crate::{filters::shown, tickets::TicketPageQuery};

/// What a search found: each ticket with its title, where the words are, and the text around them.
#[component]
pub fn SearchResults(
    /// The best first.
    found: SearchHits,
    /// What was searched for.
    text: String,
    /// Who reads. Staff see each ticket's customer.
    role: Role,
    /// The moment, for "5 minutes ago".
    now: Timestamp,
) -> impl IntoView {
    if found.hits.is_empty() {
        return view! {
            <Card>
                <EmptyState
                    icon=IconName::Search
                    title=format!("Nothing found for “{}”", apart(&shown(&text)))
                    text="Try fewer words, or only the beginning of one. A ticket’s number finds it too."
                >
                    <ButtonLink href=tickets_of(role)>"All tickets"</ButtonLink>
                </EmptyState>
            </Card>
        }
        .into_any();
    }
    let count = found.hits.len();
    let summary = match (found.has_more, count) {
        (true, _) => format!("The best {count} tickets. Another word narrows them down."),
        (false, 1) => "1 ticket".to_owned(),
        (false, _) => format!("{count} tickets"),
    };
    let hits = found.hits.into_iter().map(|hit| result(hit, role, now)).collect_view();
    view! {
        <p class="hits-summary" role="status">
            {summary}
        </p>
        <Card flush=true>
            <ol class="hits">{hits}</ol>
        </Card>
    }
    .into_any()
}

fn result(hit: SearchHit, role: Role, now: Timestamp) -> impl IntoView + use<> {
    let ticket = hit.ticket;
    let is_entry = matches!(hit.found_in, FoundIn::Reply | FoundIn::Note | FoundIn::FileName);
    // The query finds the part of the timeline, the fragment the place in it.
    let mut href = ticket_of(role, ticket.id);
    if is_entry {
        let entry = hit.event_id.to_string();
        href =
            with(&href, &TicketPageQuery { entry: entry.clone(), ..TicketPageQuery::default() }) + "#entry-" + &entry;
    }
    let label = match hit.found_in {
        FoundIn::Note => Some((Tone::Warn, IconName::Lock, "Internal note")),
        FoundIn::Reply => Some((Tone::Neutral, IconName::Reply, "Reply")),
        FoundIn::FileName => Some((Tone::Neutral, IconName::Paperclip, "File")),
        FoundIn::Title | FoundIn::Description | FoundIn::Number => None,
    };
    let label = label.map(|(tone, icon, word)| {
        view! {
            <Badge tone icon plain=tone == Tone::Neutral>
                {word}
            </Badge>
        }
    });
    let customer = role.is_staff().then(|| view! { <span>{said(ticket.requester_name)}</span> });
    view! {
        <li class="hit">
            <div class="hit-head">
                <a class="row-link" href=href>
                    <bdi>{marked(hit.title)}</bdi>
                </a>
                <StatusBadge status=ticket.status />
            </div>
            <p class="hit-text">{label} " " <bdi>{marked(hit.snippet)}</bdi></p>
            <p class="hit-facts">
                <span class="id">"#" {ticket.id.0}</span>
                {customer}
                <span>{said(ticket.category)}</span>
                <When at=ticket.updated_at now />
            </p>
        </li>
    }
}

fn marked(pieces: Vec<Piece>) -> impl IntoView {
    let piece = |piece: Piece| {
        if piece.is_match { view! { <mark>{piece.text}</mark> }.into_any() } else { piece.text.into_any() }
    };
    pieces.into_iter().map(piece).collect_view()
}
