//! The addresses of the pages, for links, redirects and forms. What is shown at each, `app::routes` says.

use domain::{ApprovalId, Attachment, Role, TicketId, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};

use crate::deed::Deed;

/// The log-in by Support PIN.
pub const START: &str = "/";
/// Where who was let in by a PIN reads whose access it is.
pub const WELCOME: &str = "/welcome";
/// Where somebody asks who lost their access.
pub const RECOVER: &str = "/recover";
/// A customer's tickets.
pub const TICKETS: &str = "/tickets";
/// The form for a new one.
pub const NEW_TICKET: &str = "/tickets/new";
/// Where a customer is logged in.
pub const SESSIONS: &str = "/sessions";

/// Where a customer lets others in.
pub const DELEGATIONS: &str = "/delegations";

/// Where somebody from outside adds files.
pub const DROP: &str = "/drop";

/// The code by which a customer who calls shows that they are in.
pub const CALLER_CODE: &str = "/caller-code";

/// What a value in a query holds as it is; everything else is percent-encoded.
const IN_A_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A ticket, for its customer.
pub fn ticket(id: TicketId) -> String {
    format!("{TICKETS}/{id}")
}

/// What a customer is asked to confirm.
pub fn approval(id: ApprovalId) -> String {
    format!("/approvals/{id}")
}

/// The pages of staff.
pub mod staff {
    use domain::{BatchId, RetentionListId, TicketId, UserId};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    /// The overview, above all the others.
    pub const START: &str = "/admin";
    /// The log-in by password.
    pub const LOGIN: &str = "/admin/login";
    /// Its second step, where a code is typed.
    pub const LOGIN_CODE: &str = "/admin/login/code";
    /// The way to the provider that staff log in with.
    pub const LOGIN_ELSEWHERE: &str = "/admin/login/sso";
    /// Where staff set up a second factor, and switch it off.
    pub const SECOND_FACTOR: &str = "/admin/second-factor";
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
    /// All batches of cards.
    pub const BATCHES: &str = "/admin/batches";
    /// The form for a new one.
    pub const NEW_BATCH: &str = "/admin/batches/new";
    /// Where a caller's code is typed.
    pub const CALLERS: &str = "/admin/callers";
    /// Who lost their access.
    pub const RECOVERIES: &str = "/admin/recoveries";
    /// All sessions.
    pub const SESSIONS: &str = "/admin/sessions";
    /// Who was let in, of all.
    pub const LEDGER: &str = "/admin/ledger";
    /// What staff changed.
    pub const AUDIT: &str = "/admin/audit";
    /// What goes after a while.
    pub const RETENTION: &str = "/admin/retention";
    /// Agents and admins.
    pub const MEMBERS: &str = "/admin/staff";
    /// The list of categories.
    pub const CATEGORIES: &str = "/admin/categories";
    /// The backups.
    pub const BACKUPS: &str = "/admin/backups";

    /// A ticket.
    pub fn ticket(id: TicketId) -> String {
        format!("{TICKETS}/{id}")
    }

    /// Who was let in to a ticket.
    pub fn ticket_ledger(id: TicketId) -> String {
        format!("{TICKETS}/{id}/ledger")
    }

    /// How a customer was let in.
    pub fn customer_ledger(id: UserId) -> String {
        format!("{CUSTOMERS}/{id}/ledger")
    }

    /// All that is kept of a customer, as one archive.
    pub fn customer_export(id: UserId) -> String {
        format!("{CUSTOMERS}/{id}/export")
    }

    /// A customer.
    pub fn customer(id: UserId) -> String {
        format!("{CUSTOMERS}/{id}")
    }

    /// A batch of cards.
    pub fn batch(id: BatchId) -> String {
        format!("{BATCHES}/{id}")
    }

    /// The one view of the cards of a batch that were just made.
    pub fn sheet(id: BatchId) -> String {
        format!("{BATCHES}/{id}/sheet")
    }

    /// A backup's bytes. Its name may have been given by hand.
    pub fn backup(name: &str) -> String {
        format!("{BACKUPS}/{}", utf8_percent_encode(name, NON_ALPHANUMERIC))
    }

    /// A list of what goes after a while.
    pub fn retention_list(id: RetentionListId) -> String {
        format!("{RETENTION}/{id}")
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

/// All of a ticket that its reader may see, as one archive.
pub fn take_out(id: TicketId) -> String {
    format!("{TICKETS}/{id}/download")
}

/// The address of a file that is to be kept, not shown.
pub fn download(file: &Attachment) -> String {
    with_query(&file.path(), &[("download", "1")])
}

/// An address with a query whose parts are the fields of a struct; those that are empty are left out.
pub fn with<Q: Serialize>(path: &str, query: &Q) -> String {
    // What is no list of fields has none to write.
    let parts = parts(&serde_urlencoded::to_string(query).unwrap_or_default());
    let parts: Vec<_> = parts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    with_query(path, &parts)
}

/// Reads an address's query into the fields of a struct. Parts that it does not have are left out, and of those with the
/// same name the last counts. A query that it cannot read, as where a number is no number, is an empty one.
pub fn query_of<Q: Default + DeserializeOwned>(address: &str) -> Q {
    let mut last: Vec<(String, String)> = Vec::new();
    for (name, value) in query_parts(address) {
        last.retain(|(known, _)| *known != name);
        last.push((name, value));
    }
    let last = serde_urlencoded::to_string(last).unwrap_or_default();
    serde_urlencoded::from_str(&last).unwrap_or_default()
}

/// The parts of an address's query, each a name and a value.
pub fn query_parts(address: &str) -> Vec<(String, String)> {
    let address = address.split('#').next().unwrap_or_default();
    parts(address.split_once('?').map_or("", |(_, query)| query))
}

fn parts(query: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(query).unwrap_or_default()
}

/// The action of a form for `F` without script: the page it is on, and the server function that reads it.
pub fn action<F: Deed>(page: &str) -> String {
    action_for(page, F::NAME)
}

/// The same for a server function by its name. One that the page's own address names counts no more.
pub(crate) fn action_for(path: &str, name: &str) -> String {
    let (page, query) = path.split_once('?').unwrap_or((path, ""));
    let mut action = format!("{page}?");
    for part in query.split('&').filter(|part| !part.is_empty() && part.split('=').next() != Some("fn")) {
        action.push_str(part);
        action.push('&');
    }
    action + "fn=" + name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::api::Preview;

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
        assert_eq!(action::<Preview>("/tickets"), "/tickets?fn=preview");
        assert_eq!(action::<Preview>("/tickets?status=Open"), "/tickets?status=Open&fn=preview");
        assert_eq!(action::<Preview>("/tickets?a=1&fn=reply&b&fn"), "/tickets?a=1&b&fn=preview");
    }

    #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
    #[serde(default)]
    struct Query {
        state: String,
        customer: Option<String>,
        number: u8,
    }

    fn query(state: &str, customer: Option<&str>, number: u8) -> Query {
        Query { state: state.into(), customer: customer.map(str::to_owned), number }
    }

    #[test]
    fn a_struct_is_a_query() {
        for (struct_, address) in [
            (query("", None, 1), "/admin/pins?number=1"),
            (query("in use", Some(""), 7), "/admin/pins?state=in%20use&number=7"),
            (query("a&b=ü+%41", Some("x/y"), 0), "/admin/pins?state=a%26b%3D%C3%BC%2B%2541&customer=x/y&number=0"),
        ] {
            assert_eq!(with("/admin/pins", &struct_), address);
            let read = query_of::<Query>(&format!("{address}#top"));
            assert_eq!(read, Query { customer: struct_.customer.filter(|name| !name.is_empty()), ..struct_ });
        }
        assert_eq!(with("/a?q=1", &query("x", None, 2)), "/a?q=1&state=x&number=2");
    }

    #[test]
    fn any_query_can_be_read() {
        for (address, read) in [
            ("/a", Query::default()),
            ("/a?", Query::default()),
            ("/a?state=x&state=y+z", query("y z", None, 0)),
            ("/a?state=x&other=1&other=2&state", query("", None, 0)),
            ("/a?%73tate=%ff%00&&=&customer", query("\u{fffd}\0", Some(""), 0)),
            ("/a?state=x&number=many", Query::default()),
            ("/a#?state=x", Query::default()),
        ] {
            assert_eq!(query_of::<Query>(address), read, "{address}");
        }
    }
}
