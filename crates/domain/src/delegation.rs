//! Others whom a customer lets in, for less than they may do themselves.

use serde::{Deserialize, Serialize};

use crate::{Can, CanSet, FieldErrors, PinId, PinLife, Scope, Timestamp, text::check_name};

/// How many of a customer's delegations can be alive at once.
pub const DELEGATIONS_MAX: usize = 5;

/// Characters of a name.
const NAME_MAX_CHARS: usize = 100;
/// Seconds that one lives where nobody says how long, if its customer stays that long.
const USUAL_LIFE: i64 = 24 * 3600;

/// What a customer asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationDraft {
    /// For whom.
    pub whom: String,
    /// What they may do; left out, all that the customer may but to let others in.
    pub can: Option<CanSet>,
    /// Seconds until it is over, whether it was used or not.
    pub ttl: Option<i64>,
}

/// What was found good of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDelegation {
    /// For whom.
    pub whom: String,
    /// What they may do.
    pub can: CanSet,
    /// Until when.
    pub life: PinLife,
}

impl DelegationDraft {
    /// Checks that it is for less and shorter than the session that asks, which is for `own` and ends at `end`.
    ///
    /// # Errors
    /// The sentences for `for`, `can` and `ttl`.
    pub fn check(&self, own: &Scope, end: Timestamp, now: Timestamp) -> Result<CheckedDelegation, FieldErrors> {
        let mut errors = FieldErrors::default();
        let whom = errors.take("for", check_name(&self.whom, NAME_MAX_CHARS));
        if whom.as_ref().is_some_and(String::is_empty) {
            errors.add("for", "Say for whom: the name stands on everything that they do.");
        }
        let own = CanSet::of(own.can.iter().filter(|can| *can != Can::Delegate));
        let can = self.can.map_or(own, |can| can.with(Can::Read));
        for beyond in can.iter().filter(|can| !own.has(*can)) {
            errors.add(
                "can",
                match beyond {
                    Can::Delegate => "Whom you let in cannot let others in. Leave this out.".to_owned(),
                    other => format!("You cannot give what you may not do yourself: {other}."),
                },
            );
        }
        let left = end.seconds_since(now);
        let life = errors.take("ttl", PinLife::from_seconds(self.ttl.unwrap_or_else(|| USUAL_LIFE.min(left - 1))));
        if self.ttl.is_some_and(|ttl| ttl >= left) {
            errors.add("ttl", "Choose a shorter time: your own access ends before that.");
        }
        match (whom, life) {
            (Some(whom), Some(life)) if errors.is_empty() => Ok(CheckedDelegation { whom, can, life }),
            _ => Err(errors),
        }
    }
}

/// Somebody whom a customer let in, as the customer and staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The record of its PIN.
    pub id: PinId,
    /// For whom.
    pub whom: String,
    /// What they may do.
    pub can: CanSet,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When the PIN was used.
    pub used_at: Option<Timestamp>,
    /// When they were last seen.
    pub last_seen_at: Option<Timestamp>,
}

/// `Ben (for Ana Ruiz)`.
pub fn on_behalf(whom: &str, customer: &str) -> String {
    format!("{whom} (for {customer})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TicketId;

    const HOUR: i64 = 3600;

    fn check(draft: DelegationDraft, can: &str, hours: i64) -> Result<CheckedDelegation, FieldErrors> {
        let own = Scope { ticket: Some(TicketId(7)), can: can.parse().unwrap(), ..Scope::default() };
        let now = Timestamp::from_micros(0);
        draft.check(&own, now.plus_seconds(hours * HOUR), now)
    }

    fn ben() -> DelegationDraft {
        DelegationDraft { whom: " Ben ".into(), ..DelegationDraft::default() }
    }

    #[test]
    fn what_is_left_out_is_less_than_ones_own() {
        let made = check(ben(), "read,reply,upload,delegate", 48).unwrap();
        assert_eq!((made.whom.as_str(), made.can.to_string().as_str()), ("Ben", "read,reply,upload"));
        assert_eq!(made.life.seconds(), 24 * HOUR);
        let made = check(ben(), "read,delegate", 3).unwrap();
        assert_eq!((made.can.to_string().as_str(), made.life.seconds()), ("read", 3 * HOUR - 1));
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        let draft = |can: &str, ttl| DelegationDraft { can: Some(can.parse().unwrap()), ttl: Some(ttl), ..ben() };
        assert_eq!(check(draft("reply", HOUR), "read,reply,delegate", 2).unwrap().can.to_string(), "read,reply");
        for (draft, own, field) in [
            (draft("upload", HOUR), "read,reply,delegate", "can"),
            (draft("read,delegate", HOUR), "read,reply,upload,delegate", "can"),
            (draft("read", 2 * HOUR), "read,delegate", "ttl"),
            (draft("read", 30 * 24 * HOUR), "read,delegate", "ttl"),
            (draft("read", 0), "read,delegate", "ttl"),
            (DelegationDraft { whom: "  ".into(), ..ben() }, "read,delegate", "for"),
            (DelegationDraft { whom: "x".repeat(101), ..ben() }, "read,delegate", "for"),
        ] {
            let errors = check(draft.clone(), own, 2).unwrap_err();
            assert_eq!(errors.0.keys().collect::<Vec<_>>(), [field], "{draft:?}");
        }
        assert!(check(ben(), "read,delegate", 0).is_err(), "there is nothing left to give");
    }
}
