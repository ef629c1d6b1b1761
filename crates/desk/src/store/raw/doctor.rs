//! What the doctor counts. As text, because it asks in one transaction with what else it reads of tables.

/// Documents of the search.
pub(crate) const fn documents(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        "SELECT (SELECT COUNT(*) FROM search_public) + (SELECT COUNT(*) FROM search_internal)"
    } else {
        "SELECT COUNT(*) FROM search_docs"
    }
}

/// Events that have a document.
pub(crate) const TEXTS: &str = "SELECT COUNT(*) FROM events JOIN tickets ON tickets.id = events.ticket_id
    WHERE events.kind IN ('ticket_opened', 'replied', 'noted', 'files_added')";

/// When the newest event was, and when the first person was made; 0 for none.
pub(crate) const NEWEST: &str = "SELECT COALESCE(MAX(at), 0) FROM events";
pub(crate) const OLDEST: &str = "SELECT COALESCE(MIN(created_at), 0) FROM users";

/// Members of staff who may come in.
pub(crate) const STAFF: &str = "SELECT COUNT(*) FROM users WHERE role <> 'customer' AND is_active";

/// Whether files without a row are kept.
pub(crate) const HOLDS: &str = "SELECT COUNT(*) FROM sweep_hold";

/// Lists of what goes after a while that wait for an admin.
pub(crate) const LISTS: &str = "SELECT COUNT(*) FROM retention_lists WHERE acknowledged_at IS NULL";
