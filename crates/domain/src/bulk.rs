//! One change of many tickets at once, by staff, and how it is taken back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

mod report;

pub use report::{BulkPart, BulkReport, check_changes};

use crate::{BulkId, Priority, Status, TicketChange, TicketId, Timestamp, UserId};

/// Different tickets that are changed at once at most.
pub const BULK_MAX_TICKETS: usize = 200;
/// Seconds in which a bulk can be undone.
pub const BULK_UNDO_SECONDS: i64 = 30 * 60;

/// Tickets that a sentence names one by one.
const NAMED: usize = 5;
/// What is said of a ticket that there is not.
const MISSING: &str = "There is no such ticket.";
/// What is said of a ticket that is not there any more.
const GONE: &str = "This ticket is gone.";

/// What becomes of each ticket of a bulk. The rules are those of a [`TicketChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkChange {
    /// Its status.
    Status(Status),
    /// Its priority.
    Priority(Priority),
    /// Its category: the name of an active one.
    Category(String),
    /// Who has it: an active member of staff, or nobody.
    Assignee(Option<UserId>),
}

impl BulkChange {
    /// The same change of one ticket.
    pub fn of_one(&self) -> TicketChange {
        let none = TicketChange::default();
        match self {
            Self::Status(status) => TicketChange { status: Some(*status), ..none },
            Self::Priority(priority) => TicketChange { priority: Some(*priority), ..none },
            Self::Category(name) => TicketChange { category: Some(name.clone()), ..none },
            Self::Assignee(assignee) => TicketChange { assignee: Some(*assignee), ..none },
        }
    }
}

/// The tickets of a bulk, each once, by their numbers: 1 to [`BULK_MAX_TICKETS`].
///
/// # Errors
/// The sentence for the field.
pub fn check_bulk(tickets: &[TicketId]) -> Result<Vec<TicketId>, String> {
    let different: BTreeSet<TicketId> = tickets.iter().copied().collect();
    match different.len() {
        0 => Err("Choose at least one ticket.".to_owned()),
        1..=BULK_MAX_TICKETS => Ok(different.into_iter().collect()),
        count => Err(format!("Choose at most {BULK_MAX_TICKETS} tickets at once; these are {count}.")),
    }
}

/// What became of a bulk, or of taking one back. Every ticket that it was for is in one of the lists, by its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkAnswer {
    /// Whether a bulk was taken back.
    pub is_undo: bool,
    /// What changed.
    pub changed: Vec<TicketId>,
    /// What was so already: nothing happened to it.
    pub already: Vec<TicketId>,
    /// What stayed as it was, and why.
    pub refused: Vec<BulkRefusal>,
    /// What does not exist, or does not any more.
    pub missing: Vec<TicketId>,
    /// How to take it back; none when nothing changed, and when this did.
    pub undo: Option<BulkUndo>,
}

/// A ticket that a bulk did not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRefusal {
    /// Which.
    pub ticket: TicketId,
    /// A sentence of its own, without the ticket's number: the one that a change of this ticket alone would get.
    pub why: String,
}

/// How a bulk is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkUndo {
    /// Which.
    pub id: BulkId,
    /// Before this moment.
    pub until: Timestamp,
}

/// The bulk that an entry of a ticket's timeline was part of. Only staff learn of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InBulk {
    /// Which.
    pub id: BulkId,
    /// How many tickets changed with it, this one included.
    pub tickets: u64,
    /// Whether this took the bulk back.
    pub is_undo: bool,
}

impl InBulk {
    /// How many other tickets changed with it.
    pub const fn others(&self) -> u64 {
        self.tickets.saturating_sub(1)
    }
}

impl BulkAnswer {
    /// What became of it, for a person: `48 changed, 2 not. #17 and #31: …`. Tickets with the same reason are named together,
    /// the first few by their numbers.
    pub fn summary(&self) -> String {
        let mut reasons: Vec<(&str, Vec<TicketId>)> = Vec::new();
        for BulkRefusal { ticket, why } in &self.refused {
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, tickets)) => tickets.push(*ticket),
                None => reasons.push((why, vec![*ticket])),
            }
        }
        if !self.missing.is_empty() {
            reasons.push((if self.is_undo { GONE } else { MISSING }, self.missing.clone()));
        }
        let (changed, already) = (self.changed.len(), self.already.len());
        let count = if changed == 0 { "None".to_owned() } else { changed.to_string() };
        let mut summary = format!("{count} {}", if self.is_undo { "taken back" } else { "changed" });
        if already > 0 {
            let were = if already == 1 { "was" } else { "were" };
            let so = if self.is_undo { "as before" } else { "so" };
            summary += &format!(", {already} {were} {so} already");
        }
        let not = self.refused.len() + self.missing.len();
        if changed > 0 && not > 0 {
            summary += &format!(", {not} not");
        }
        summary.push('.');
        for (why, tickets) in reasons {
            summary += &format!(" {}: {why}", numbers(&tickets));
        }
        summary
    }
}

/// `#1`, `#1 and #2`, `#1, #2, #3, #4, #5 and 7 more`.
fn numbers(tickets: &[TicketId]) -> String {
    let mut words: Vec<String> = tickets.iter().take(NAMED).map(|ticket| format!("#{ticket}")).collect();
    let more = tickets.len() - words.len();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: &str = "A ticket that is Closed cannot become Resolved. Reopen it first: set it to Open.";

    fn ids(ids: impl IntoIterator<Item = i64>) -> Vec<TicketId> {
        ids.into_iter().map(TicketId).collect()
    }

    fn refused(ids: impl IntoIterator<Item = i64>, why: &str) -> Vec<BulkRefusal> {
        ids.into_iter().map(|id| BulkRefusal { ticket: TicketId(id), why: why.to_owned() }).collect()
    }

    #[test]
    fn a_bulk_has_some_tickets_each_once() {
        assert_eq!(check_bulk(&ids([7, 3, 7])), Ok(ids([3, 7])));
        assert_eq!(check_bulk(&ids((1..=200).chain(1..=200))), Ok(ids(1..=200)));
        assert_eq!(check_bulk(&[]), Err("Choose at least one ticket.".to_owned()));
        assert_eq!(check_bulk(&ids(1..=201)), Err("Choose at most 200 tickets at once; these are 201.".to_owned()));
    }

    #[test]
    fn an_answer_is_summed_up() {
        let none = BulkAnswer::default;
        for (answer, summary) in [
            (BulkAnswer { changed: ids(1..=48), ..none() }, "48 changed."),
            (BulkAnswer { changed: ids([1]), already: ids([2]), ..none() }, "1 changed, 1 was so already."),
            (BulkAnswer { already: ids([2, 3, 4]), ..none() }, "None changed, 3 were so already."),
            (
                BulkAnswer { changed: ids(100..148), refused: refused([17, 31], CLOSED), ..none() },
                "48 changed, 2 not. #17 and #31: A ticket that is Closed cannot become Resolved. Reopen it first: set \
                 it to Open.",
            ),
            (
                BulkAnswer { changed: ids([1]), already: ids([2, 3]), missing: ids([40]), ..none() },
                "1 changed, 2 were so already, 1 not. #40: There is no such ticket.",
            ),
            (
                BulkAnswer { refused: refused([7], CLOSED), missing: ids([8, 9, 10]), ..none() },
                "None changed. #7: A ticket that is Closed cannot become Resolved. Reopen it first: set it to Open. \
                 #8, #9 and #10: There is no such ticket.",
            ),
            (
                BulkAnswer { changed: ids([1]), missing: ids(11..23), ..none() },
                "1 changed, 12 not. #11, #12, #13, #14, #15 and 7 more: There is no such ticket.",
            ),
        ] {
            assert_eq!(answer.summary(), summary);
        }
    }

    #[test]
    fn so_is_what_was_taken_back() {
        let none = || BulkAnswer { is_undo: true, ..BulkAnswer::default() };
        let by_now = "The status is Closed by now.";
        let mixed = [refused([17], by_now), refused([18], "The customer has written since."), refused([19], by_now)];
        for (answer, summary) in [
            (BulkAnswer { changed: ids(1..=48), ..none() }, "48 taken back."),
            (
                BulkAnswer { changed: ids([1, 2]), already: ids([3]), ..none() },
                "2 taken back, 1 was as before already.",
            ),
            (
                BulkAnswer { changed: ids([1]), refused: mixed.concat(), missing: ids([40]), ..none() },
                "1 taken back, 4 not. #17 and #19: The status is Closed by now. #18: The customer has written since. \
                 #40: This ticket is gone.",
            ),
            (BulkAnswer { missing: ids([40]), ..none() }, "None taken back. #40: This ticket is gone."),
        ] {
            assert_eq!(answer.summary(), summary);
        }
    }

    /// What browsers and programs send and get.
    #[test]
    fn changes_stay_what_they_are_as_json() {
        for (change, json) in [
            (BulkChange::Status(Status::InProgress), r#"{"status":"In Progress"}"#),
            (BulkChange::Priority(Priority::High), r#"{"priority":"High"}"#),
            (BulkChange::Category("Bug".into()), r#"{"category":"Bug"}"#),
            (BulkChange::Assignee(Some(UserId(3))), r#"{"assignee":3}"#),
            (BulkChange::Assignee(None), r#"{"assignee":null}"#),
        ] {
            assert_eq!(serde_json::to_string(&change).unwrap(), json);
            assert_eq!(serde_json::from_str::<BulkChange>(json).unwrap(), change);
        }
    }

    #[test]
    fn a_bulk_asks_of_each_ticket_for_one_thing() {
        for (change, of_one) in [
            (BulkChange::Status(Status::Closed), r#"{"status":"Closed"}"#),
            (BulkChange::Priority(Priority::Low), r#"{"priority":"Low"}"#),
            (BulkChange::Category("Bug".into()), r#"{"category":"Bug"}"#),
            (BulkChange::Assignee(Some(UserId(3))), r#"{"assignee":3}"#),
        ] {
            assert_eq!(change.of_one(), serde_json::from_str(of_one).unwrap());
        }
        assert_eq!(BulkChange::Assignee(None).of_one().assignee, Some(None));
    }
}
