//! What a form changed of many tickets at once: a bulk for each thing that it set.

use serde::{Deserialize, Serialize};

use super::{BulkAnswer, BulkChange};
use crate::{BulkReportId, TicketId, Timestamp};

/// The things that [`check_changes`] takes at once at most: each once.
const THINGS: usize = 4;

/// What became of a form that changes many tickets, or of taking that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkReport {
    /// Which.
    pub id: BulkReportId,
    /// Each thing that was to change, in the order in which it did.
    pub parts: Vec<BulkPart>,
    /// Whether it was taken back.
    pub is_undone: bool,
}

/// One thing that a form was to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPart {
    /// What, and into what.
    pub change: BulkChange,
    /// What became of it.
    pub answer: BulkAnswer,
}

/// What a form sets of its tickets: each thing once, at least one.
///
/// # Errors
/// The sentence for the form.
pub fn check_changes(changes: &[BulkChange]) -> Result<(), String> {
    let mut things: Vec<&str> = changes.iter().map(BulkChange::thing).collect();
    things.sort_unstable();
    things.dedup();
    if things.is_empty() || things.len() != changes.len() || things.len() > THINGS {
        return Err("Choose what to change: status, priority, category or assignee, each once.".to_owned());
    }
    Ok(())
}

impl BulkChange {
    /// The name of what it changes.
    pub const fn thing(&self) -> &'static str {
        match self {
            Self::Status(_) => "Status",
            Self::Priority(_) => "Priority",
            Self::Category(_) => "Category",
            Self::Assignee(_) => "Assignee",
        }
    }
}

impl BulkReport {
    /// A sentence or more for each thing, which is named where there are several.
    pub fn summary(&self) -> Vec<String> {
        let is_one = self.parts.len() == 1;
        let words = |BulkPart { change, answer }: &BulkPart| match is_one {
            true => answer.summary(),
            false => format!("{}: {}", change.thing(), answer.summary()),
        };
        self.parts.iter().map(words).collect()
    }

    /// The tickets for which something was refused, each once, by their numbers.
    pub fn refused(&self) -> Vec<TicketId> {
        let refused = self.parts.iter().flat_map(|part| &part.answer.refused);
        let mut tickets: Vec<TicketId> = refused.map(|refusal| refusal.ticket).collect();
        tickets.sort_unstable();
        tickets.dedup();
        tickets
    }

    /// The tickets of which something changed, each once, by their numbers.
    pub fn changed(&self) -> Vec<TicketId> {
        let mut tickets: Vec<TicketId> = self.parts.iter().flat_map(|part| part.answer.changed.clone()).collect();
        tickets.sort_unstable();
        tickets.dedup();
        tickets
    }

    /// Whether all of it came about, or was so before.
    pub fn is_whole(&self) -> bool {
        self.parts.iter().all(|part| part.answer.refused.is_empty() && part.answer.missing.is_empty())
    }

    /// Whether it takes another one back.
    pub fn is_undo(&self) -> bool {
        self.parts.iter().any(|part| part.answer.is_undo)
    }

    /// Until when it can be taken back; none when nothing can, or it was.
    pub fn undo_until(&self) -> Option<Timestamp> {
        let until = self.parts.iter().filter_map(|part| part.answer.undo.map(|undo| undo.until)).min();
        until.filter(|_| !self.is_undone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BulkId, BulkRefusal, BulkUndo, Priority, Status};

    fn answer(changed: &[i64], refused: &[i64]) -> BulkAnswer {
        BulkAnswer {
            changed: changed.iter().copied().map(TicketId).collect(),
            refused: refused
                .iter()
                .map(|id| BulkRefusal { ticket: TicketId(*id), why: "It is Closed.".to_owned() })
                .collect(),
            ..BulkAnswer::default()
        }
    }

    fn report(parts: Vec<(BulkChange, BulkAnswer)>) -> BulkReport {
        let parts = parts.into_iter().map(|(change, answer)| BulkPart { change, answer }).collect();
        BulkReport { id: BulkReportId(1), parts, is_undone: false }
    }

    #[test]
    fn a_form_sets_something_and_nothing_twice() {
        let (open, closed) = (BulkChange::Status(Status::Open), BulkChange::Status(Status::Closed));
        let others =
            [BulkChange::Priority(Priority::Low), BulkChange::Category("Bug".into()), BulkChange::Assignee(None)];
        assert!(check_changes(&[]).is_err());
        assert!(check_changes(&[open.clone(), closed]).is_err());
        assert_eq!(check_changes(std::slice::from_ref(&open)), Ok(()));
        assert_eq!(check_changes(&[&[open][..], &others].concat()), Ok(()));
    }

    #[test]
    fn things_are_named_where_there_are_several() {
        let (status, priority) = (BulkChange::Status(Status::Resolved), BulkChange::Priority(Priority::High));
        let one = report(vec![(status.clone(), answer(&[1, 3], &[2]))]);
        assert_eq!(one.summary(), ["2 changed, 1 not. #2: It is Closed."]);
        let two = report(vec![(status, answer(&[1, 3], &[2])), (priority, answer(&[1, 2, 3], &[]))]);
        assert_eq!(two.summary(), ["Status: 2 changed, 1 not. #2: It is Closed.", "Priority: 3 changed."]);
        assert_eq!(two.refused(), [TicketId(2)]);
        assert_eq!(two.changed(), [TicketId(1), TicketId(2), TicketId(3)]);
        assert!(!two.is_whole() && !two.is_undo());
    }

    #[test]
    fn it_can_be_taken_back_once_and_as_long_as_all_of_it() {
        let undo = |id, until| Some(BulkUndo { id: BulkId(id), until: Timestamp::from_micros(until) });
        let with = |undo| BulkAnswer { undo, ..answer(&[1], &[]) };
        let (status, priority) = (BulkChange::Status(Status::Open), BulkChange::Priority(Priority::High));
        let mut both = report(vec![(status, with(undo(1, 70))), (priority.clone(), with(undo(2, 60)))]);
        assert_eq!(both.undo_until(), Some(Timestamp::from_micros(60)));
        both.is_undone = true;
        assert_eq!(both.undo_until(), None);
        assert_eq!(report(vec![(priority, with(None))]).undo_until(), None);
    }

    #[test]
    fn it_stays_what_it_is_as_json() {
        let report = report(vec![(BulkChange::Assignee(None), answer(&[1], &[2]))]);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<BulkReport>(&json).unwrap(), report);
    }
}
