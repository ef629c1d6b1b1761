//! What happened, in the words of who reads.

use domain::{Event, EventKind, Status};

use super::Reader;
use crate::{
    tickets::status_sign,
    ui::{IconName, Tone, apart},
};

/// The icon of an entry and its colour.
pub(super) fn sign(event: &Event) -> (Tone, IconName) {
    match event.kind {
        EventKind::StatusChanged => {
            let status = event.to.as_deref().and_then(|word| word.parse::<Status>().ok());
            status.map_or((Tone::Neutral, IconName::Circle), status_sign)
        }
        EventKind::TicketOpened => (Tone::Info, IconName::Plus),
        EventKind::TicketEdited => (Tone::Neutral, IconName::Pencil),
        EventKind::CategoryChanged => (Tone::Neutral, IconName::Tag),
        EventKind::PriorityChanged => (Tone::Neutral, IconName::BarsHigh),
        EventKind::FilesAdded => (Tone::Neutral, IconName::Paperclip),
        EventKind::AssigneeChanged => (Tone::Neutral, IconName::User),
        EventKind::PinIssued | EventKind::PinRedeemed | EventKind::PinRevoked => (Tone::Neutral, IconName::Key),
        EventKind::SessionEnded => (Tone::Neutral, IconName::LogOut),
        EventKind::TokenReused => (Tone::Warn, IconName::Shield),
        _ => (Tone::Neutral, IconName::Info),
    }
}

/// One sentence without its time; names in it are [`apart`].
pub(super) fn sentence(event: &Event, reader: Reader) -> String {
    match reader {
        Reader::Customer => for_customer(event),
        Reader::Staff => for_staff(event),
    }
}

fn for_customer(event: &Event) -> String {
    // Nobody's name means the command line, which the team runs.
    let is_support = event.by_staff || event.actor_name.is_none();
    let who = if is_support { "Support" } else { "You" };
    let to = event.to.as_deref().unwrap_or_default();
    let name = apart(to);
    match event.kind {
        EventKind::TicketOpened => format!("{who} opened this ticket"),
        EventKind::TicketEdited => format!("{who} edited the text"),
        EventKind::StatusChanged if to == Status::Closed.as_str() => format!("{who} closed this ticket"),
        EventKind::StatusChanged if to == Status::Open.as_str() => format!("{who} opened this ticket again"),
        EventKind::StatusChanged if to == Status::WaitingOnCustomer.as_str() => {
            format!("{who} waits for your answer")
        }
        EventKind::StatusChanged if to == Status::InProgress.as_str() => format!("{who} is working on it"),
        EventKind::StatusChanged => format!("{who} set the status to {to}"),
        EventKind::PriorityChanged => format!("{who} set the priority to {to}"),
        EventKind::CategoryChanged => format!("{who} set the category to {name}"),
        EventKind::FilesAdded if to == "1" => format!("{who} added a file"),
        EventKind::FilesAdded => format!("{who} added {to} files"),
        EventKind::PinIssued => "Support made a new Support PIN for you".to_owned(),
        EventKind::PinRedeemed => "You logged in with a Support PIN".to_owned(),
        EventKind::PinRevoked => "Support took back a Support PIN".to_owned(),
        EventKind::SessionEnded if is_support => "Support logged you out".to_owned(),
        EventKind::SessionEnded => "You logged out".to_owned(),
        EventKind::TokenReused => "You were logged out to keep your tickets safe".to_owned(),
        _ => format!("{who} changed this ticket"),
    }
}

fn for_staff(event: &Event) -> String {
    let who = event.actor_name.as_deref().map_or_else(|| "The command line".to_owned(), apart);
    let (from, to) = (apart(event.from.as_deref().unwrap_or("?")), apart(event.to.as_deref().unwrap_or("?")));
    match event.kind {
        EventKind::TicketOpened => format!("{who} opened the ticket"),
        EventKind::TicketEdited => format!("{who} edited title or description"),
        EventKind::StatusChanged => format!("{who} changed the status: {from} → {to}"),
        EventKind::PriorityChanged => format!("{who} changed the priority: {from} → {to}"),
        EventKind::CategoryChanged => format!("{who} changed the category: {from} → {to}"),
        EventKind::FilesAdded if event.to.as_deref() == Some("1") => format!("{who} added a file"),
        EventKind::FilesAdded => format!("{who} added {to} files"),
        EventKind::AssigneeChanged => match (&event.from, &event.to) {
            (None, Some(_)) if event.is_taken => format!("{who} took the ticket"),
            (Some(_), Some(_)) if event.is_taken => format!("{who} took the ticket from {from}"),
            (_, Some(_)) => format!("{who} gave the ticket to {to}"),
            (_, None) => format!("{who} gave the ticket back to the team"),
        },
        EventKind::PinIssued => format!("{who} issued a Support PIN"),
        EventKind::PinRedeemed => "The customer logged in with a Support PIN".to_owned(),
        EventKind::PinRevoked => format!("{who} revoked a Support PIN"),
        EventKind::SessionEnded if event.by_staff => format!("{who} ended the customer’s session"),
        EventKind::SessionEnded => "The customer logged out".to_owned(),
        EventKind::TokenReused => "An old token of the customer came back; their session was ended".to_owned(),
        other => format!("{who}: {}", other.as_str().replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use domain::{EventId, Timestamp};

    use super::*;

    fn event(kind: EventKind, to: &str, by_staff: bool) -> Event {
        Event {
            id: EventId(1),
            kind,
            from: None,
            to: Some(to.to_owned()).filter(|to| !to.is_empty()),
            actor_name: Some(if by_staff { "Support" } else { "Ana" }.to_owned()),
            by_staff,
            is_own: !by_staff,
            is_taken: false,
            body: None,
            files: Vec::new(),
            at: Timestamp::from_micros(0),
        }
    }

    fn plain(sentence: &str) -> String {
        sentence.replace(['\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn customers_are_spoken_to() {
        for (event, words) in [
            (event(EventKind::TicketOpened, "", false), "You opened this ticket"),
            (event(EventKind::StatusChanged, "In Progress", true), "Support is working on it"),
            (event(EventKind::StatusChanged, "Waiting on Customer", true), "Support waits for your answer"),
            (event(EventKind::StatusChanged, "Open", false), "You opened this ticket again"),
            (event(EventKind::StatusChanged, "Closed", false), "You closed this ticket"),
            (event(EventKind::FilesAdded, "1", false), "You added a file"),
            (event(EventKind::FilesAdded, "3", true), "Support added 3 files"),
            (event(EventKind::PinRedeemed, "7", false), "You logged in with a Support PIN"),
        ] {
            assert_eq!(plain(&for_customer(&event)), words);
        }
    }

    #[test]
    fn staff_read_who_did_what() {
        let given = |from: Option<&str>, to: Option<&str>| Event {
            from: from.map(Into::into),
            to: to.map(Into::into),
            actor_name: Some("Mia".into()),
            ..event(EventKind::AssigneeChanged, "", true)
        };
        let taken = |from| Event { is_taken: true, ..given(from, Some("Mia")) };
        assert_eq!(plain(&for_staff(&taken(None))), "Mia took the ticket");
        assert_eq!(plain(&for_staff(&taken(Some("Tom")))), "Mia took the ticket from Tom");
        assert_eq!(plain(&for_staff(&given(None, Some("Mia")))), "Mia gave the ticket to Mia");
        assert_eq!(plain(&for_staff(&given(None, Some("Tom")))), "Mia gave the ticket to Tom");
        assert_eq!(plain(&for_staff(&given(Some("Tom"), None))), "Mia gave the ticket back to the team");
    }
}
