//! Unread marks.

/// Marks a ticket `$1` by the event `$2` for its assignee `$3`; for all staff when nobody has it, or whoever has it is not
/// there any more. Raw because the builder writes `INSERT … SELECT` at three times the length, and because a partial index is
/// used only where its condition stands as it is.
pub(crate) const MARK_STAFF: &str = "INSERT INTO unread (user_id, ticket_id, event_id)
    SELECT u.id, $1, $2 FROM users u WHERE u.role <> 'customer' AND u.is_active
        AND (u.id = $3 OR NOT EXISTS (SELECT 1 FROM users a WHERE a.id = $3 AND a.is_active))
    ON CONFLICT (user_id, ticket_id) DO NOTHING";
