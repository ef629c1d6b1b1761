//! What PINs and sessions are for, in words for people.

use super::{Can, CanSet, PinScope, Purpose, Scope, Stay};
use crate::TicketId;

impl Can {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Reply => "reply",
            Self::Upload => "add files",
            Self::Delegate => "let others in",
        }
    }
}

impl CanSet {
    /// As a list for people: `read, reply and add files`.
    pub fn in_words(self) -> String {
        let mut words: Vec<&str> = self.iter().map(Can::in_words).collect();
        match (words.pop(), words.is_empty()) {
            (None, _) => "nothing".to_owned(),
            (Some(only), true) => only.to_owned(),
            (Some(last), false) => format!("{} and {last}", words.join(", ")),
        }
    }
}

/// What is less than everything.
fn narrow(ticket: Option<TicketId>, can: CanSet, purpose: Purpose) -> Option<String> {
    if ticket.is_none() && can == CanSet::ALL && purpose == Purpose::Login {
        return None;
    }
    let tickets = ticket.map_or_else(|| "all tickets".to_owned(), |id| format!("ticket #{id}"));
    Some(match purpose {
        Purpose::Login => format!("{tickets}, {}", can.in_words()),
        Purpose::Drop => format!("{tickets}, {} from outside", can.in_words()),
        Purpose::Approve => format!("{tickets}, confirm one thing"),
    })
}

impl Scope {
    /// What it is for: `ticket #1042, read and reply`; nothing where it is for all that its owner may do.
    pub fn in_words(&self) -> Option<String> {
        narrow(self.ticket, self.can, self.purpose)
    }
}

impl PinScope {
    /// What it opens, as [`Scope::in_words`].
    pub fn in_words(&self) -> Option<String> {
        narrow(self.ticket, self.can, self.purpose)
    }
}

impl Stay {
    /// Its length: `8 hours`, `3 days`.
    pub fn in_words(self) -> String {
        length_words(self.seconds())
    }
}

/// A length of time in its largest unit that leaves nothing over: `36 hours`, `3 days`.
pub fn length_words(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    // A day is called 24 hours, as it ends at the same time of day and not at midnight.
    let (count, unit) = match seconds {
        _ if seconds % DAY == 0 && seconds > DAY => (seconds / DAY, "day"),
        _ if seconds % HOUR == 0 => (seconds / HOUR, "hour"),
        _ if seconds % MINUTE == 0 => (seconds / MINUTE, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_said_in_words() {
        let scope = |ticket: Option<i64>, can: &str| Scope {
            ticket: ticket.map(TicketId),
            can: can.parse().unwrap(),
            ..Scope::default()
        };
        for (scope, words) in [
            (Scope::default(), None),
            (Scope { label: "the lawyer".into(), ..Scope::default() }, None),
            (scope(Some(1042), "read,reply"), Some("ticket #1042, read and reply")),
            (scope(Some(7), "read"), Some("ticket #7, read")),
            (scope(None, "read,reply,upload"), Some("all tickets, read, reply and add files")),
            (scope(Some(7), "read,reply,upload,delegate"), Some("ticket #7, read, reply, add files and let others in")),
            (Scope { purpose: Purpose::Drop, ..scope(Some(7), "upload") }, Some("ticket #7, add files from outside")),
            (Scope { purpose: Purpose::Approve, ..scope(Some(7), "read") }, Some("ticket #7, confirm one thing")),
        ] {
            assert_eq!(scope.in_words().as_deref(), words);
            let Scope { ticket, can, purpose, .. } = scope;
            assert_eq!(PinScope { ticket, can, purpose, ..PinScope::default() }.in_words().as_deref(), words);
        }
    }

    #[test]
    fn lengths_are_said_in_words() {
        for (seconds, words) in [
            (3600, "1 hour"),
            (24 * 3600, "24 hours"),
            (36 * 3600, "36 hours"),
            (3 * 24 * 3600, "3 days"),
            (1800, "30 minutes"),
            (90, "90 seconds"),
        ] {
            assert_eq!(length_words(seconds), words);
        }
        assert_eq!(Stay::from_seconds(8 * 3600).unwrap().in_words(), "8 hours");
    }
}
