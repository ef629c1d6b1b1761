//! What happened to a ticket, in words for its owner.

use domain::{Event, EventKind, Status, Timestamp};
use leptos::prelude::*;

use super::{badges::status_sign, detail::TimeOf};
use crate::ui::{Icon, IconName, Tone};

/// Everything that happened, newest first.
#[component]
pub(super) fn History(events: Vec<Event>, now: Timestamp) -> impl IntoView {
    let items = events.into_iter().rev().map(|event| {
        let (tone, icon) = sign(&event);
        view! {
            <li>
                <span class=format!("timeline-icon {}", tone.class())>
                    <Icon name=icon />
                </span>
                <div>{sentence(&event)} <TimeOf at=event.at now /></div>
            </li>
        }
    });
    view! { <ol class="timeline">{items.collect_view()}</ol> }
}

fn sign(event: &Event) -> (Tone, IconName) {
    let status = event.to.as_deref().and_then(|word| word.parse::<Status>().ok());
    match (event.kind, status) {
        (EventKind::StatusChanged, Some(status)) => status_sign(status),
        (EventKind::TicketOpened, _) => status_sign(Status::Open),
        (EventKind::TicketEdited, _) => (Tone::Neutral, IconName::Pencil),
        (EventKind::CategoryChanged, _) => (Tone::Neutral, IconName::Tag),
        (EventKind::PriorityChanged, _) => (Tone::Neutral, IconName::BarsMid),
        (EventKind::FilesAdded, _) => (Tone::Neutral, IconName::Paperclip),
        _ => (Tone::Neutral, IconName::Info),
    }
}

fn sentence(event: &Event) -> String {
    // Nobody's name means the command line, which the team runs.
    let is_support = event.by_staff || event.actor_name.is_none();
    let who = if is_support { "Support" } else { "You" };
    let to = event.to.as_deref().unwrap_or_default();
    match event.kind {
        EventKind::TicketOpened => format!("{who} opened this ticket"),
        EventKind::TicketEdited => format!("{who} edited the text"),
        EventKind::StatusChanged if to == Status::Closed.as_str() => format!("{who} closed this ticket"),
        EventKind::StatusChanged => format!("{who} set the status to {to}"),
        EventKind::PriorityChanged => format!("{who} set the priority to {to}"),
        EventKind::CategoryChanged => format!("{who} set the category to {to}"),
        EventKind::FilesAdded if to == "1" => format!("{who} added a file"),
        EventKind::FilesAdded => format!("{who} added {to} files"),
        _ => format!("{who} changed this ticket"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind, to: &str, by_staff: bool) -> Event {
        Event {
            kind,
            from: None,
            to: Some(to.to_owned()),
            actor_name: Some(if by_staff { "Support" } else { "Ana" }.to_owned()),
            by_staff,
            at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn history_speaks_to_the_owner() {
        for (event, words) in [
            (event(EventKind::TicketOpened, "", false), "You opened this ticket"),
            (event(EventKind::StatusChanged, "In Progress", true), "Support set the status to In Progress"),
            (event(EventKind::StatusChanged, "Closed", false), "You closed this ticket"),
            (event(EventKind::FilesAdded, "1", false), "You added a file"),
            (event(EventKind::FilesAdded, "3", true), "Support added 3 files"),
        ] {
            assert_eq!(sentence(&event), words);
        }
    }
}
