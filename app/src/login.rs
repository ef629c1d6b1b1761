//! Log in by Support PIN.

pub mod api;
mod page;
mod welcome;

use islands::addresses::{self, with};

use crate::layout::own_path;

pub use page::LoginPage;
pub(crate) use page::NextQuery;
pub use welcome::WelcomePage;

/// The page that says whose access it is, on the way to a page of this site.
pub fn welcome_before(page: &str) -> String {
    with(addresses::WELCOME, &NextQuery { next: next_page(page).unwrap_or_default().to_owned() })
}

/// Where a log-in leads that was asked for `next`: to a page of the customer's, if it is one.
pub(crate) fn next_page(next: &str) -> Option<&str> {
    const THEIRS: [&str; 4] = [addresses::TICKETS, addresses::SESSIONS, addresses::CALLER_CODE, addresses::DELEGATIONS];
    let is_theirs = |path: &&str| THEIRS.iter().any(|page| path.starts_with(page));
    own_path(next).filter(is_theirs)
}
