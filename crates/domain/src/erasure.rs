//! What goes when a customer is erased, what stays, and why.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, human_bytes};

/// How much there is of a customer: what an erasure deletes, and what it leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Their tickets, with all that was written on them.
    pub tickets: u64,
    /// Replies and notes of these.
    pub messages: u64,
    /// Files of these.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// PINs that were issued for them.
    pub pins: u64,
    /// Their sessions.
    pub sessions: u64,
    /// What happened with them and on their tickets.
    pub events: u64,
    /// Entries of the access ledger about them, which stay.
    pub ledger: u64,
    /// When the last of these goes, unless more is written.
    pub ledger_until: Option<Timestamp>,
}

impl Erasure {
    /// What goes, an item each.
    pub fn goes(&self) -> Vec<String> {
        let some = |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        vec![
            "the name, the username and the email address".to_owned(),
            format!(
                "{} with {}",
                some(self.tickets, "ticket", "tickets"),
                some(self.messages, "reply or note", "replies and notes")
            ),
            format!("{} ({})", some(self.files, "file", "files"), human_bytes(self.file_bytes)),
            format!("{} and {}", some(self.pins, "PIN", "PINs"), some(self.sessions, "session", "sessions")),
            some(self.events, "entry of timelines", "entries of timelines"),
        ]
    }

    /// What stays and why, a sentence each.
    pub fn stays(&self) -> Vec<String> {
        let mut stays = Vec::new();
        if let (1.., Some(until)) = (self.ledger, self.ledger_until) {
            stays.push(format!(
                "The access ledger keeps {} under a number in place of the name until {}: who was let in must stay provable, and \
                 nothing can be taken out of it, what staff wrote of how they knew the customer neither.",
                if self.ledger == 1 { "1 entry".to_owned() } else { format!("{} entries", self.ledger) },
                until.to_day()
            ));
        }
        stays.push(
            "A request for lost access that staff did not find to be this customer's stays for 90 days after it was done."
                .to_owned(),
        );
        stays.push("Files wait in the trash for a day.".to_owned());
        stays.push("Backups that were made before keep everything until they are deleted.".to_owned());
        stays
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_and_stays_is_told_in_words() {
        let one = Erasure { tickets: 1, messages: 2, files: 1, file_bytes: 2048, ..Erasure::default() };
        assert_eq!(one.goes()[1], "1 ticket with 2 replies and notes");
        assert_eq!(one.goes()[2], "1 file (2 KB)");
        assert_eq!(one.stays().len(), 3);
        let kept = Erasure { ledger: 3, ledger_until: Some(Timestamp::from_micros(0)), ..one };
        assert!(
            kept.stays()[0].contains("keeps 3 entries under a number") && kept.stays()[0].contains("until 1 Jan 1970")
        );
    }
}
