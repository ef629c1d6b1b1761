//! Which tickets of the queue are chosen, and what becomes of its rows when there are new ones. Values, without a browser.

use domain::{TicketId, TicketRow};

/// The tickets that are chosen, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    tickets: Vec<TicketId>,
    /// The one that was pressed last: where a choice with shift begins.
    last: Option<TicketId>,
}

impl Choice {
    pub(super) const fn of(tickets: Vec<TicketId>) -> Self {
        Self { tickets, last: None }
    }

    pub(super) fn has(&self, id: TicketId) -> bool {
        self.tickets.contains(&id)
    }

    pub(super) fn tickets(&self) -> &[TicketId] {
        &self.tickets
    }

    pub(super) fn count(&self) -> usize {
        self.tickets.len()
    }

    /// Chooses a ticket or lets it go; `to_here`, all of the `rows` between it and the one before, both with them.
    pub(super) fn press(&mut self, rows: &[TicketRow], id: TicketId, to_here: bool) {
        let place = |id| rows.iter().position(|row| row.id == id);
        let is_chosen = !self.has(id);
        let before = self.last.replace(id).filter(|_| to_here).and_then(place);
        let Some(here) = place(id) else { return };
        let before = before.unwrap_or(here);
        for row in &rows[before.min(here)..=before.max(here)] {
            self.set(row.id, is_chosen);
        }
    }

    fn set(&mut self, id: TicketId, is_chosen: bool) {
        self.tickets.retain(|known| *known != id);
        if is_chosen {
            self.tickets.push(id);
        }
    }

    /// Chooses all of the rows, or none.
    pub(super) fn set_all(&mut self, rows: &[TicketRow], is_chosen: bool) {
        self.tickets = if is_chosen { rows.iter().map(|row| row.id).collect() } else { Vec::new() };
    }

    /// Lets go what is not among the rows.
    pub(super) fn keep_to(&mut self, rows: &[TicketRow]) {
        self.tickets.retain(|id| rows.iter().any(|row| row.id == *id));
    }
}

/// The rows that are shown, with what is new of them; their order stays.
pub(super) fn renewed(shown: &[TicketRow], new: &[TicketRow]) -> Vec<TicketRow> {
    let newest = |row: &TicketRow| new.iter().find(|new| new.id == row.id).unwrap_or(row).clone();
    shown.iter().map(newest).collect()
}

/// Whether these are the same tickets in the same order.
pub(super) fn is_same_order(one: &[TicketRow], other: &[TicketRow]) -> bool {
    one.iter().map(|row| row.id).eq(other.iter().map(|row| row.id))
}

/// The words of a button for rows that wait.
pub(super) fn waiting_words(shown: &[TicketRow], waiting: &[TicketRow]) -> String {
    let added = waiting.iter().filter(|new| shown.iter().all(|row| row.id != new.id)).count();
    match added {
        0 => "The order changed. Show".to_owned(),
        1 => "1 new ticket. Show".to_owned(),
        _ => added.to_string() + " new tickets. Show",
    }
}

/// The row for who was at one that left: what takes its place, or the last one.
pub(super) fn in_its_place(before: &[TicketRow], at: TicketId, after: &[TicketRow]) -> Option<TicketId> {
    let place = before.iter().position(|row| row.id == at)?;
    after.get(place).or_else(|| after.last()).map(|row| row.id)
}

#[cfg(test)]
mod tests {
    use domain::{Priority, Status, Timestamp, UserId};

    use super::*;

    fn row(id: i64) -> TicketRow {
        TicketRow {
            id: TicketId(id),
            title: String::new(),
            priority: Priority::Medium,
            category: String::new(),
            status: Status::Open,
            attachments: 0,
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
            requester_id: UserId(1),
            requester_name: String::new(),
            assignee_name: None,
            is_unread: false,
        }
    }

    fn rows(ids: &[i64]) -> Vec<TicketRow> {
        ids.iter().copied().map(row).collect()
    }

    fn chosen(choice: &Choice) -> Vec<i64> {
        let mut ids: Vec<i64> = choice.tickets().iter().map(|id| id.0).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn shift_chooses_what_lies_between_in_either_order() {
        let rows = rows(&[5, 4, 3, 2, 1]);
        let mut choice = Choice::default();
        choice.press(&rows, TicketId(4), false);
        choice.press(&rows, TicketId(2), true);
        assert_eq!(chosen(&choice), [2, 3, 4]);
        choice.press(&rows, TicketId(5), true);
        assert_eq!(chosen(&choice), [2, 3, 4, 5], "up again");
        choice.press(&rows, TicketId(3), false);
        assert_eq!(chosen(&choice), [2, 4, 5], "one is let go");
        choice.press(&rows, TicketId(4), true);
        assert_eq!(chosen(&choice), [2, 5], "and with it what is between");
    }

    #[test]
    fn shift_without_a_place_to_begin_is_a_press() {
        let rows = rows(&[3, 2, 1]);
        let mut choice = Choice::default();
        choice.press(&rows, TicketId(2), true);
        assert_eq!(chosen(&choice), [2], "none was pressed before");
        choice.press(&[row(3), row(1)], TicketId(1), true);
        assert_eq!(chosen(&choice), [1, 2], "the one before has left");
        choice.press(&rows, TicketId(9), false);
        assert_eq!(chosen(&choice), [1, 2], "what is not shown cannot be chosen");
    }

    #[test]
    fn all_are_chosen_and_let_go() {
        let shown = rows(&[3, 2, 1]);
        let mut choice = Choice::of(vec![TicketId(2)]);
        choice.set_all(&shown, true);
        assert_eq!((choice.count(), chosen(&choice)), (3, vec![1, 2, 3]));
        choice.keep_to(&rows(&[4, 3]));
        assert_eq!(chosen(&choice), [3]);
        choice.set_all(&shown, false);
        assert_eq!(choice.count(), 0);
    }

    #[test]
    fn rows_are_renewed_where_they_are() {
        let mut new = rows(&[9, 1, 2]);
        new[1].title = "New".to_owned();
        let renewed = renewed(&rows(&[3, 2, 1]), &new);
        assert!(is_same_order(&renewed, &rows(&[3, 2, 1])));
        assert_eq!(renewed[2].title, "New");
        assert!(!is_same_order(&renewed, &new));
        assert_eq!(waiting_words(&renewed, &new), "1 new ticket. Show");
        assert_eq!(waiting_words(&renewed, &rows(&[1, 2])), "The order changed. Show");
        assert_eq!(waiting_words(&[], &new), "3 new tickets. Show");
    }

    #[test]
    fn who_is_at_a_row_that_leaves_goes_on_in_its_place() {
        let before = rows(&[4, 3, 2]);
        assert_eq!(in_its_place(&before, TicketId(3), &rows(&[4, 2])), Some(TicketId(2)));
        assert_eq!(in_its_place(&before, TicketId(2), &rows(&[4, 3])), Some(TicketId(3)));
        assert_eq!(in_its_place(&before, TicketId(4), &[]), None);
        assert_eq!(in_its_place(&before, TicketId(9), &rows(&[4])), None);
    }
}
