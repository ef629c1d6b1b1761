//! What open pages missed.

use domain::{EventId, TicketId};
use sea_orm::FromQueryResult;

/// A ticket on which something happened, and what came last.
#[derive(FromQueryResult)]
pub(crate) struct Missed {
    pub(crate) id: EventId,
    pub(crate) ticket_id: TicketId,
}

/// What of the events `e` was missed since the last one (`$1`). Of those shortly before it (from `$2` on) only what is not long
/// before its moment (`$3`); what has the moment itself (`$4`) was written with it.
macro_rules! missed {
    ($from:literal) => {
        concat!(
            "SELECT MAX(e.id) AS id, e.ticket_id ",
            $from,
            " AND e.id > $2 AND (e.id > $1 OR (e.at >= $3 AND e.at <> $4)) GROUP BY e.ticket_id ORDER BY 1 LIMIT $5"
        )
    };
}

/// [`Missed`] by staff. Raw, to be the same as [`MISSED_BY_CUSTOMER`].
pub(crate) const MISSED_BY_STAFF: &str = missed!("FROM events e WHERE e.ticket_id IS NOT NULL");

/// [`Missed`] by a customer (`$6`). Raw, because `CROSS JOIN` makes SQLite begin with the few tickets of the customer that changed
/// since, and the query builder joins with `ON`, which PostgreSQL does not take there.
pub(crate) const MISSED_BY_CUSTOMER: &str = missed!(
    "FROM tickets t CROSS JOIN events e
     WHERE t.requester_id = $6 AND t.updated_at >= $3 AND e.ticket_id = t.id AND NOT e.is_internal"
);

/// [`MISSED_BY_CUSTOMER`], of one ticket alone (`$7`).
pub(crate) const MISSED_ON_TICKET: &str = missed!(
    "FROM tickets t CROSS JOIN events e
     WHERE t.id = $7 AND t.requester_id = $6 AND t.updated_at >= $3 AND e.ticket_id = t.id AND NOT e.is_internal"
);
