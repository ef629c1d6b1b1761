//! What attempts to log in are counted and let through by.

use domain::Timestamp;
use sea_orm::FromQueryResult;

/// What the counts say. A moment is the failure that fills the limit.
#[derive(FromQueryResult)]
pub(crate) struct Counts {
    pub(crate) client: Option<Timestamp>,
    pub(crate) network: Option<Timestamp>,
    pub(crate) account: Option<Timestamp>,
    pub(crate) desk: Option<Timestamp>,
    pub(crate) in_network: Option<Timestamp>,
    pub(crate) newest: Option<Timestamp>,
}

/// Raw, because it is six looks at one table side by side, and selects from no entity.
pub(crate) const COUNTS: &str = "SELECT
    (SELECT at FROM failed_logins WHERE client = $1 AND at > $2 ORDER BY at DESC LIMIT 1 OFFSET $3) AS client,
    (SELECT at FROM failed_logins WHERE network = $4 AND at > $2 ORDER BY at DESC LIMIT 1 OFFSET $5) AS network,
    (SELECT at FROM failed_logins WHERE account = $6 AND at > $2 ORDER BY at DESC LIMIT 1 OFFSET $7) AS account,
    (SELECT at FROM failed_logins WHERE at > $8 ORDER BY at DESC LIMIT 1 OFFSET $9) AS desk,
    (SELECT at FROM failed_logins WHERE network = $4 AND at > $2 ORDER BY at DESC LIMIT 1) AS in_network,
    (SELECT MAX(at) FROM failed_logins) AS newest";

/// The gate after a place in its line was taken.
#[derive(FromQueryResult)]
pub(crate) struct Claimed {
    pub(crate) next_at: Timestamp,
}

/// Takes the next place in the line at the gate, in one statement, so that nobody else gets it: not before the moment `$1`, so
/// many microseconds (`$3`) for each, and none beyond `$4`; what lies beyond `$2` is from before the clock was set back. Raw,
/// because it reckons with the row that it changes.
pub(crate) const CLAIM: &str = "UPDATE login_gate
    SET next_at = CASE WHEN next_at > $1 AND next_at <= $2 THEN next_at ELSE $1 END + $3
    WHERE id = 1 AND (next_at <= $4 OR next_at > $2) RETURNING next_at";
