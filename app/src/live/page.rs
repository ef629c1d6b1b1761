//! The server's side: what a page says about itself.

use domain::{Actor, PresenceState, Present, TicketId};
use islands::{
    live::LiveUpdates,
    request::{Peek, RequestContext},
    ui::{apart, sentence},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Keeps the page fresh. Once on a page that has parts to renew.
#[component]
pub fn LivePage(
    /// The ticket whose page it is; none for a list, which is about all that its reader may see.
    #[prop(optional, into)]
    ticket: Option<TicketId>,
) -> impl IntoView {
    let last = RequestContext::current().ok().and_then(|context| context.newest.get().copied());
    view! {
        <LiveUpdates>
            <div
                hidden
                data-live-page=""
                data-ticket=ticket.map(|id| id.0)
                data-last=last.map_or(0, |id| id.0)
            ></div>
        </LiveUpdates>
    }
}

/// Says that a list has something new, and shows it when somebody asks. It lies over the list, so that nothing moves.
#[component]
pub fn LiveNotice() -> impl IntoView {
    view! {
        <div class="live-notice" role="status">
            <button class="btn btn-sm btn-primary" type="button" data-live-notice="" hidden></button>
        </div>
    }
}

/// Notes what has happened before a page is read: what comes after it, the page has to be told.
pub async fn note_newest(context: &RequestContext, actor: &Actor) {
    // A page without live updates is better than none.
    if let Ok(newest) = context.desk.live().newest(actor).await {
        let _ = context.newest.set(newest);
    }
}

/// Notes that the reader has seen a ticket, unless nobody looks at the page yet.
pub async fn note_seen(context: &RequestContext, ticket: TicketId) {
    let Some(actor) = &context.visitor else { return };
    // A mark that could not be taken away stays until the page is looked at again.
    match context.peek {
        None => drop(context.desk.tickets().seen(actor, ticket).await),
        // Once it is shown, its first beat takes the mark away: the title counts without it.
        Some(Peek::Ahead) => {
            let is_unread = context.desk.tickets().is_unread(actor, ticket).await.unwrap_or_default();
            let _ = context.about_to_see.set(is_unread);
        }
        Some(Peek::Hidden) => {}
    }
}

/// Who else is on a ticket's page, as far as the reader may know.
pub async fn present(context: &RequestContext, ticket: TicketId) -> Vec<Present> {
    match &context.visitor {
        Some(actor) => context.desk.live().present(actor, ticket).await.unwrap_or_default(),
        None => Vec::new(),
    }
}

/// Says who else is on a ticket's page; a part that is kept fresh.
#[component]
pub fn PresenceLine(
    /// See [`present`].
    present: Vec<Present>,
) -> impl IntoView {
    let words = presence_sentence(&present);
    view! {
        <div class="presence" data-live="presence" role="status">
            {(!words.is_empty()).then(|| view! { <p>{sentence(&words)}</p> })}
        </div>
    }
}

fn presence_sentence(present: &[Present]) -> String {
    let parts = present.iter().map(|one| {
        let does = match one.state {
            PresenceState::Replying => "is replying",
            PresenceState::Noting => "is writing a note",
            PresenceState::Viewing | PresenceState::Gone => "is viewing this ticket",
        };
        format!("{} {does}.", apart(&one.name))
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// How many tickets the reader has not seen, after this page counts as seen.
pub async fn unread(context: &RequestContext, actor: &Actor) -> u64 {
    let count = context.desk.tickets().unread_count(actor).await.unwrap_or_default();
    count.saturating_sub(context.about_to_see.get().copied().unwrap_or_default().into())
}

/// `(2) ` in front of the page's title while there are unread tickets.
#[component]
pub fn UnreadInTitle(
    /// How many.
    count: u64,
) -> impl IntoView {
    (count > 0).then(|| {
        let formatter = move |title: String| format!("({count}) {title}");
        view! { <Title formatter /> }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_what() {
        let one = |name: &str, state| Present { name: name.into(), state, is_staff: true };
        assert_eq!(presence_sentence(&[]), "");
        assert_eq!(
            presence_sentence(&[one("Ada", PresenceState::Viewing), one("Ben", PresenceState::Replying)]),
            format!("{} is viewing this ticket. {} is replying.", apart("Ada"), apart("Ben"))
        );
    }
}
