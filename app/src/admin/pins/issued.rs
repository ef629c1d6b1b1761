//! PINs between the form that issues them and the page that shows them.
//!
//! The form's answer is a redirect, and an address is no place for a secret. So the PIN waits here, in memory, for the
//! one page view that follows: the same session must ask for it, within a few minutes, and it is given out once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use desk::IssuedPin;
use domain::{Actor, PinId, SessionId, Timestamp};

const SECONDS: i64 = 5 * 60;

struct Waiting {
    pin: IssuedPin,
    session: Option<SessionId>,
    until: Timestamp,
}

static WAITING: Mutex<Option<HashMap<PinId, Waiting>>> = Mutex::new(None);

fn with<T>(now: Timestamp, run: impl FnOnce(&mut HashMap<PinId, Waiting>) -> T) -> T {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    let waiting = waiting.get_or_insert_default();
    waiting.retain(|_, waiting| waiting.until > now);
    run(waiting)
}

/// Keeps a PIN for the session that issued it.
pub(in crate::admin) fn keep(actor: &Actor, pin: IssuedPin, now: Timestamp) {
    let kept = Waiting { session: actor.session.clone(), until: now.plus_seconds(SECONDS), pin };
    with(now, |waiting| waiting.insert(kept.pin.id, kept));
}

/// Gives a PIN out to the session that issued it, once.
pub(in crate::admin) fn take(actor: &Actor, id: PinId, now: Timestamp) -> Option<IssuedPin> {
    with(now, |waiting| {
        waiting.get(&id).filter(|waiting| waiting.session == actor.session)?;
        waiting.remove(&id).map(|waiting| waiting.pin)
    })
}

#[cfg(test)]
mod tests {
    use domain::{Pin, Role, UserId};

    use super::*;

    fn actor(session: &str) -> Actor {
        Actor {
            id: Some(UserId(1)),
            role: Role::Agent,
            username: "sam".to_owned(),
            name: "Sam".to_owned(),
            session: Some(SessionId(session.to_owned())),
        }
    }

    fn pin(id: i64, now: Timestamp) -> IssuedPin {
        IssuedPin {
            id: PinId(id),
            pin: Pin::parse("01ABCDEF").unwrap(),
            username: "ana".to_owned(),
            name: "Ana".to_owned(),
            expires_at: now.plus_seconds(3600),
        }
    }

    #[test]
    fn a_pin_is_given_out_once_to_its_session_and_not_later() {
        let now = Timestamp::from_micros(1_000_000_000_000_000);
        keep(&actor("a"), pin(-1, now), now);
        assert!(take(&actor("b"), PinId(-1), now).is_none());
        assert!(take(&actor("a"), PinId(-1), now).is_some());
        assert!(take(&actor("a"), PinId(-1), now).is_none());

        keep(&actor("a"), pin(-2, now), now);
        assert!(take(&actor("a"), PinId(-2), now.plus_seconds(SECONDS)).is_none());
    }
}
