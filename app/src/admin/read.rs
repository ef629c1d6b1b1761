//! Reads what forms and addresses send.

use std::str::FromStr;

use domain::{Error, Role};
use islands::addresses::staff;

use crate::layout::own_path;

/// An id from an address or a form; one that cannot be read belongs to nothing.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, Error> {
    text.trim().parse().map_err(|_| Error::NotFound)
}

/// What was typed, unless it is only white space.
pub(super) fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Refuses a new password whose second typing differs.
pub(super) fn same_twice(password: &str, again: &str) -> Result<(), Error> {
    if password == again {
        Ok(())
    } else {
        Err(Error::field("password_again", "The two passwords differ. Type both again."))
    }
}

/// The role of a member of staff.
pub(super) fn staff_role(word: &str) -> Result<Role, Error> {
    Role::parse_of_staff(word).map_err(|sentence| Error::field("role", sentence))
}

/// Where to go after logging in: a page of the staff area, whatever was asked for.
pub fn next_page(next: &str) -> &str {
    let is_inside = |path: &&str| {
        // A login that leads back to itself leads nowhere.
        path.strip_prefix(staff::START).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            && !path.starts_with(staff::LOGIN)
    };
    own_path(next).filter(is_inside).unwrap_or(staff::START)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logging_in_leads_only_into_the_staff_area() {
        for ours in ["/admin", "/admin/tickets?status=Open", "/admin?x=1"] {
            assert_eq!(next_page(ours), ours);
        }
        for foreign in
            ["", "/", "/tickets", "//evil.example/admin", "/administrator", "/admin/\r\nx", "/admin/login?next=/admin"]
        {
            assert_eq!(next_page(foreign), "/admin", "{foreign:?}");
        }
    }
}
