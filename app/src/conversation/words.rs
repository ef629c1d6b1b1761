//! What happened, in the words of who reads.

use domain::{ApprovalId, Event, EventData, Status};
use islands::{
    tickets::status_sign,
    ui::{IconName, Tone, apart},
};

use super::Reader;

/// The icon of an entry and its colour.
pub(super) fn event_sign(event: &Event) -> (Tone, IconName) {
    match event.data {
        EventData::StatusChanged { to, .. } => status_sign(to),
        EventData::TicketOpened => (Tone::Info, IconName::Plus),
        EventData::TicketEdited => (Tone::Neutral, IconName::Pencil),
        EventData::CategoryChanged { .. } => (Tone::Neutral, IconName::Tag),
        EventData::PriorityChanged { .. } => (Tone::Neutral, IconName::BarsHigh),
        EventData::FilesAdded { .. } | EventData::FilesDropped { .. } | EventData::FilesReleased { .. } => {
            (Tone::Neutral, IconName::Paperclip)
        }
        EventData::AssigneeChanged { .. } => (Tone::Neutral, IconName::User),
        EventData::ApprovalAsked { .. } => (Tone::Info, IconName::CheckCircle),
        EventData::ApprovalConfirmed { .. } => (Tone::Good, IconName::CheckCircle),
        EventData::ApprovalDeclined { .. } => (Tone::Warn, IconName::Cross),
        EventData::ApprovalWithdrawn { .. } => (Tone::Neutral, IconName::Cross),
        EventData::PinIssued
        | EventData::PinRedeemed { .. }
        | EventData::PinRevoked
        | EventData::Delegated { .. }
        | EventData::DelegationEnded { .. } => (Tone::Neutral, IconName::Key),
        EventData::SessionEnded { .. } => (Tone::Neutral, IconName::LogOut),
        EventData::TokenReused => (Tone::Warn, IconName::Shield),
        _ => (Tone::Neutral, IconName::Info),
    }
}

/// One sentence without its time; names in it are [`apart`].
pub(crate) fn event_sentence(event: &Event, reader: Reader) -> String {
    match reader {
        Reader::Customer => for_customer(event),
        Reader::Staff => for_staff(event),
    }
}

fn for_customer(event: &Event) -> String {
    // Nobody's name means the command line, which the team runs.
    let is_support = event.by_staff || event.actor_name.is_none();
    // Whom the customer let in, or to them the customer, is called by name.
    let name = event.actor_name.as_deref().map(apart).unwrap_or_default();
    let who = match (is_support, event.is_own) {
        (true, _) => "Support",
        (false, true) => "You",
        (false, false) => &name,
    };
    match &event.data {
        EventData::TicketOpened => format!("{who} opened this ticket"),
        EventData::TicketEdited => format!("{who} edited the text"),
        EventData::StatusChanged { to, .. } => match to {
            Status::Open => format!("{who} opened this ticket again"),
            Status::InProgress => format!("{who} is working on it"),
            Status::WaitingOnCustomer => format!("{who} waits for your answer"),
            Status::Resolved => format!("{who} set the status to {to}"),
            Status::Closed => format!("{who} closed this ticket"),
        },
        EventData::PriorityChanged { to, .. } => format!("{who} set the priority to {to}"),
        EventData::CategoryChanged { to, .. } => format!("{who} set the category to {}", apart(to)),
        EventData::FilesAdded { count } | EventData::FilesReleased { count } => files_added(who, *count),
        EventData::ApprovalAsked { approval } => format!("{who} asked you to confirm something (request {approval})"),
        EventData::ApprovalConfirmed { approval, .. } => {
            format!("{who} confirmed request {approval}: recorded confirmation")
        }
        EventData::ApprovalDeclined { approval, why } => declined(who, *approval, why),
        EventData::ApprovalWithdrawn { approval } => format!("{who} took back request {approval}"),
        EventData::PinIssued => "Support made a new Support PIN for you".to_owned(),
        EventData::PinRedeemed { .. } => "A Support PIN of yours was used".to_owned(),
        EventData::PinRevoked => "Support took back a Support PIN".to_owned(),
        EventData::Delegated { whom } => format!("{who} let {} in", apart(whom)),
        EventData::DelegationEnded { whom } => format!("{who} ended the access of {}", apart(whom)),
        EventData::SessionEnded { .. } if is_support => "Support logged you out".to_owned(),
        EventData::SessionEnded { .. } => "You logged out".to_owned(),
        EventData::TokenReused => "You were logged out to keep your tickets safe".to_owned(),
        _ => format!("{who} changed this ticket"),
    }
}

fn for_staff(event: &Event) -> String {
    let others = match event.bulk.map_or(0, |bulk| bulk.others()) {
        0 => String::new(),
        1 => ", with 1 other ticket".to_owned(),
        others => format!(", with {others} other tickets"),
    };
    alone_for_staff(event) + &others
}

fn alone_for_staff(event: &Event) -> String {
    let who = event.actor_name.as_deref().map_or_else(|| "The command line".to_owned(), apart);
    let is_undo = event.bulk.is_some_and(|bulk| bulk.is_undo);
    let changed = if is_undo { "took back a change of" } else { "changed" };
    match &event.data {
        EventData::TicketOpened => format!("{who} opened the ticket"),
        EventData::TicketEdited => format!("{who} edited title or description"),
        EventData::StatusChanged { from, to } => format!("{who} {changed} the status: {from} → {to}"),
        EventData::PriorityChanged { from, to } => format!("{who} {changed} the priority: {from} → {to}"),
        EventData::CategoryChanged { from, to } => {
            format!("{who} {changed} the category: {} → {}", apart(from), apart(to))
        }
        EventData::FilesAdded { count } => files_added(&who, *count),
        EventData::FilesDropped { label, count } => {
            let whence = if label.is_empty() { String::new() } else { format!(": {}", apart(label)) };
            files_added("Somebody from outside", *count) + &whence
        }
        EventData::FilesReleased { count: 1 } => format!("{who} let the customer see a file from outside"),
        EventData::FilesReleased { count } => format!("{who} let the customer see {count} files from outside"),
        EventData::AssigneeChanged { to, .. } if is_undo => {
            let with = to.as_ref().map_or_else(|| "the team".to_owned(), |to| apart(&to.name));
            format!("{who} {changed} the assignee: the ticket is back with {with}")
        }
        EventData::AssigneeChanged { from, to } => match (from, to) {
            (None, Some(_)) if event.is_taken => format!("{who} took the ticket"),
            (Some(from), Some(_)) if event.is_taken => format!("{who} took the ticket from {}", apart(&from.name)),
            (_, Some(to)) => format!("{who} gave the ticket to {}", apart(&to.name)),
            (_, None) => format!("{who} gave the ticket back to the team"),
        },
        EventData::ApprovalAsked { approval } => {
            format!("{who} asked the customer to confirm something (request {approval})")
        }
        EventData::ApprovalConfirmed { approval, sha256, pin, .. } => {
            let sum = sha256.get(..16).unwrap_or_default();
            format!("{who} confirmed request {approval}: recorded confirmation, PIN {pin}, SHA-256 {sum}…")
        }
        EventData::ApprovalDeclined { approval, why } => declined(&who, *approval, why),
        EventData::ApprovalWithdrawn { approval } => format!("{who} took back request {approval}"),
        EventData::PinIssued => format!("{who} issued a Support PIN"),
        EventData::PinRedeemed { .. } => "A Support PIN of the customer was used".to_owned(),
        EventData::PinRevoked => format!("{who} revoked a Support PIN"),
        EventData::Delegated { whom } => format!("{who} let {} in", apart(whom)),
        EventData::DelegationEnded { whom } => format!("{who} ended the access of {}", apart(whom)),
        EventData::SessionEnded { .. } if event.by_staff => format!("{who} ended the customer’s session"),
        EventData::SessionEnded { .. } => "The customer logged out".to_owned(),
        EventData::TokenReused => "An old token of the customer came back; their session was ended".to_owned(),
        _ => format!("{who}: {}", event.kind().as_str().replace('_', " ")),
    }
}

fn declined(who: &str, approval: ApprovalId, why: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(": {}", apart(why)) };
    format!("{who} did not confirm request {approval}{why}")
}

fn files_added(who: &str, count: u64) -> String {
    if count == 1 { format!("{who} added a file") } else { format!("{who} added {count} files") }
}

#[cfg(test)]
mod tests {
    use domain::{BulkId, EventId, Holder, InBulk, PinId, Priority, Timestamp};

    use super::*;

    fn event(data: EventData, by_staff: bool) -> Event {
        Event {
            id: EventId(1),
            data,
            bulk: None,
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
        let status = |to| EventData::StatusChanged { from: Status::Resolved, to };
        for (event, words) in [
            (event(EventData::TicketOpened, false), "You opened this ticket"),
            (event(status(Status::InProgress), true), "Support is working on it"),
            (event(status(Status::WaitingOnCustomer), true), "Support waits for your answer"),
            (event(status(Status::Open), false), "You opened this ticket again"),
            (event(status(Status::Closed), false), "You closed this ticket"),
            (event(EventData::FilesAdded { count: 1 }, false), "You added a file"),
            (event(EventData::FilesAdded { count: 3 }, true), "Support added 3 files"),
            (event(EventData::PinRedeemed { pin: PinId(7) }, false), "A Support PIN of yours was used"),
        ] {
            assert_eq!(plain(&for_customer(&event)), words);
        }
    }

    #[test]
    fn staff_read_who_did_what() {
        let holder = |name: &str| Holder { id: None, name: name.into() };
        let given = |from: Option<&str>, to: Option<&str>| Event {
            actor_name: Some("Mia".into()),
            ..event(EventData::AssigneeChanged { from: from.map(holder), to: to.map(holder) }, true)
        };
        let taken = |from| Event { is_taken: true, ..given(from, Some("Mia")) };
        assert_eq!(plain(&for_staff(&taken(None))), "Mia took the ticket");
        assert_eq!(plain(&for_staff(&taken(Some("Tom")))), "Mia took the ticket from Tom");
        assert_eq!(plain(&for_staff(&given(None, Some("Mia")))), "Mia gave the ticket to Mia");
        assert_eq!(plain(&for_staff(&given(None, Some("Tom")))), "Mia gave the ticket to Tom");
        assert_eq!(plain(&for_staff(&given(Some("Tom"), None))), "Mia gave the ticket back to the team");
    }

    #[test]
    fn staff_read_what_was_part_of_a_bulk() {
        let part = |data: EventData, tickets, is_undo| Event {
            actor_name: Some("Mia".into()),
            bulk: Some(InBulk { id: BulkId(7), tickets, is_undo }),
            ..event(data, true)
        };
        let high = EventData::PriorityChanged { from: Priority::Low, to: Priority::High };
        let tom = Some(Holder { id: None, name: "Tom".into() });
        let given = EventData::AssigneeChanged { from: None, to: tom.clone() };
        for (event, words) in [
            (part(high.clone(), 1, false), "Mia changed the priority: Low → High"),
            (part(high.clone(), 2, false), "Mia changed the priority: Low → High, with 1 other ticket"),
            (part(high.clone(), 48, false), "Mia changed the priority: Low → High, with 47 other tickets"),
            (part(high, 48, true), "Mia took back a change of the priority: Low → High, with 47 other tickets"),
            (part(given.clone(), 3, false), "Mia gave the ticket to Tom, with 2 other tickets"),
            (part(given, 1, true), "Mia took back a change of the assignee: the ticket is back with Tom"),
            (
                part(EventData::AssigneeChanged { from: tom, to: None }, 3, true),
                "Mia took back a change of the assignee: the ticket is back with the team, with 2 other tickets",
            ),
        ] {
            assert_eq!(plain(&for_staff(&event)), words);
        }
    }
}
