//! The addresses of the pages, for links, redirects and forms. What is shown at each, `app::routes` says.

use crate::deed::Deed;
use domain::{Role, TicketId, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The log-in by Support PIN.
pub const START: &str = "/";
/// A customer's tickets.
pub const TICKETS: &str = "/tickets";
/// The form for a new one.
pub const NEW_TICKET: &str = "/tickets/new";
/// Where a customer is logged in.
pub const SESSIONS: &str = "/sessions";

/// What a value in a query holds as it is; everything else is percent-encoded.
const IN_A_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A ticket, for its customer.
pub fn ticket(id: TicketId) -> String {
    format!("{TICKETS}/{id}")
}

/// The pages of staff.
pub mod staff {
    use domain::{TicketId, UserId};

    /// The overview, above all the others.
    pub const START: &str = "/admin";
    /// The log-in by password.
    pub const LOGIN: &str = "/admin/login";
    /// All tickets.
    pub const TICKETS: &str = "/admin/tickets";
    /// All customers.
    pub const CUSTOMERS: &str = "/admin/customers";
    /// The form for a new one.
    pub const NEW_CUSTOMER: &str = "/admin/customers/new";
    /// All files.
    pub const FILES: &str = "/admin/files";
    /// All PINs.
    pub const PINS: &str = "/admin/pins";
    /// All sessions.
    pub const SESSIONS: &str = "/admin/sessions";
    /// Agents and admins.
    pub const MEMBERS: &str = "/admin/staff";
    /// The list of categories.
    pub const CATEGORIES: &str = "/admin/categories";

    /// A ticket.
    pub fn ticket(id: TicketId) -> String {
        format!("{TICKETS}/{id}")
    }

    /// A customer.
    pub fn customer(id: UserId) -> String {
        format!("{CUSTOMERS}/{id}")
    }

    /// An agent or admin.
    pub fn member(id: UserId) -> String {
        format!("{MEMBERS}/{id}")
    }
}

/// Where somebody with this role logs in.
pub const fn login_of(role: Role) -> &'static str {
    if role.is_staff() { staff::LOGIN } else { START }
}

/// The first page of who is logged in.
pub const fn home_of(role: Role) -> &'static str {
    if role.is_staff() { staff::START } else { TICKETS }
}

/// The list of tickets of a reader with this role.
pub const fn tickets_of(role: Role) -> &'static str {
    if role.is_staff() { staff::TICKETS } else { TICKETS }
}

/// A ticket's page for a reader with this role.
pub fn ticket_of(role: Role, id: TicketId) -> String {
    if role.is_staff() { staff::ticket(id) } else { ticket(id) }
}

/// The page of a person who has this role, for staff.
pub fn person(role: Role, id: UserId) -> String {
    if role.is_staff() { staff::member(id) } else { staff::customer(id) }
}

/// An address with those parts of a query that are not empty.
pub fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(name);
        address.push('=');
        address.extend(utf8_percent_encode(value, IN_A_QUERY));
    }
    address
}

/// The way to the page at `path` through a log-in.
pub fn log_in_first(login: &str, path: &str) -> String {
    with_query(login, &[("next", path)])
}

/// A page of staff, on which is said what was `done`.
pub fn after(done: &str, path: &str) -> String {
    with_query(path, &[("done", done)])
}

/// The action of a form for `F` without script: the page it is on, and the server function that reads it.
pub fn action<F: Deed>(page: &str) -> String {
    form_action(page, F::NAME)
}

/// The action of a form without script: the page it is on, with the server function that reads it. One that the page's
/// own address names counts no more.
pub fn form_action(path: &str, endpoint: &str) -> String {
    let (page, query) = path.split_once('?').unwrap_or((path, ""));
    let mut action = format!("{page}?");
    for part in query.split('&').filter(|part| !part.is_empty() && part.split('=').next() != Some("fn")) {
        action.push_str(part);
        action.push('&');
    }
    action + "fn=" + endpoint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_only_what_is_set() {
        assert_eq!(
            with_query("/admin/tickets", &[("q", ""), ("status", "In Progress")]),
            "/admin/tickets?status=In%20Progress"
        );
        assert_eq!(with_query("/a", &[("q", "a&b"), ("x", "1")]), "/a?q=a%26b&x=1");
        assert_eq!(with_query("/a?q=1", &[("x", "ü+~")]), "/a?q=1&x=%C3%BC%2B~");
        assert_eq!(with_query("/a", &[("q", "")]), "/a");
    }

    #[test]
    fn the_page_asked_for_survives_the_login() {
        assert_eq!(log_in_first("/", "/tickets/7?edit=1&a"), "/?next=/tickets/7%3Fedit%3D1%26a");
    }

    #[test]
    fn actions_keep_the_query() {
        assert_eq!(form_action("/tickets", "set_theme"), "/tickets?fn=set_theme");
        assert_eq!(form_action("/tickets?status=Open", "set_theme"), "/tickets?status=Open&fn=set_theme");
        assert_eq!(form_action("/tickets?a=1&fn=reply&b&fn", "set_theme"), "/tickets?a=1&b&fn=set_theme");
    }
}
