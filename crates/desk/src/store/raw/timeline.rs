//! A ticket's timeline: events of two kinds, each by an index of its own.

use domain::{EventId, Role, Timestamp, UserId};
use sea_orm::FromQueryResult;

use crate::store::{hot::hot_row, names::staff_name};

hot_row! {
    /// An event as the timeline shows it.
    #[derive(FromQueryResult)]
    pub(crate) struct Row {
        pub(crate) id: EventId,
        /// A word that this version may not know: such an event is left out, and the others are shown.
        pub(crate) kind: String,
        pub(crate) data: Option<String>,
        pub(crate) actor_id: Option<UserId>,
        pub(crate) actor_name: Option<String>,
        pub(crate) actor_role: Option<Role>,
        /// The name of who did it in their place.
        pub(crate) via: Option<String>,
        pub(crate) body: Option<String>,
        pub(crate) at: Timestamp,
    }
}

/// Kinds that are about the customer and not about one ticket.
const OF_CUSTOMER: &str = "'pin_issued', 'pin_redeemed', 'pin_revoked', 'session_ended', 'token_reused', 'delegated',
    'delegation_ended'";

/// Which events a page is of; those beside another one name it as `$6`.
#[derive(Clone, Copy)]
pub(crate) enum Stretch {
    Newest,
    Before,
    After,
}

/// Selects `$5` events of the ticket `$1`, and of its customer `$2` from the moment `$3` to the moment `$4`: the newest first,
/// or, after another one, the oldest. Raw because the builder has no way to write a `UNION ALL` of halves that are each cut off
/// by themselves: each half stops at the limit by its own index, so together they are at most twice as much to sort.
pub(crate) fn page(stretch: Stretch, with_internal: bool) -> String {
    let (bound, direction) = match stretch {
        Stretch::Newest => ("", "DESC"),
        Stretch::Before => ("AND e.id < $6", "DESC"),
        Stretch::After => ("AND e.id > $6", "ASC"),
    };
    let internal = if with_internal { "" } else { "AND NOT e.is_internal" };
    let half = |condition: &str| {
        format!(
            "SELECT * FROM (SELECT e.id, e.kind, e.data, e.actor_id, e.via, e.message_id, e.at FROM events e
             WHERE {condition} {bound} ORDER BY e.id {direction} LIMIT $5) AS half"
        )
    };
    format!(
        "SELECT e.id, e.kind, e.data, e.actor_id, {} AS actor_name, u.role AS actor_role, e.via, m.body, e.at
         FROM ({} UNION ALL {}) AS e LEFT JOIN users u ON u.id = e.actor_id LEFT JOIN messages m ON m.id = e.message_id
         ORDER BY e.id {direction} LIMIT $5",
        staff_name("u"),
        half(&format!("e.ticket_id = $1 {internal}")),
        half(&format!("e.user_id = $2 AND e.kind IN ({OF_CUSTOMER}) AND e.at >= $3 AND e.at <= $4")),
    )
}

hot_row! {
    /// A member of staff by the name that they have now.
    #[derive(FromQueryResult)]
    pub(crate) struct Named {
        pub(crate) id: UserId,
        pub(crate) name: String,
    }
}
