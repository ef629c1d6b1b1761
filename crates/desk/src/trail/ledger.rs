//! The access ledger: who was let in, by whom, from where, and what was opened. What is noted here is written with the commit.

use domain::{Actor, EndReason, LedgerData, Opens, PinId, SessionId, TicketId, Timestamp, UserId};

use crate::{
    store::{
        addresses::network_of,
        db::Tx,
        entities::{pins, sessions},
        ledger::Entry,
        scopes::Kept,
    },
    trail::events::By,
};

/// An entry to note.
#[must_use]
pub(crate) struct NewEntry(Entry);

impl NewEntry {
    fn of(data: LedgerData) -> Self {
        Self(Entry {
            at: Timestamp::from_micros(0),
            data,
            user: None,
            ticket: None,
            actor: None,
            via: None,
            pin: None,
            sid: None,
            from: None,
            once: None,
        })
    }

    /// Something about the desk, or about nobody who is known.
    pub(crate) fn of_desk(data: LedgerData) -> Self {
        Self::of(data)
    }

    /// Something about a customer, and a ticket if it is about one alone.
    pub(crate) fn of_customer(data: LedgerData, user: UserId, ticket: Option<TicketId>) -> Self {
        Self(Entry { user: Some(user), ticket, ..Self::of(data).0 })
    }

    /// Something about a customer or a member of staff.
    pub(crate) fn of_person(data: LedgerData, user: UserId) -> Self {
        Self::of_customer(data, user, None)
    }

    /// About a PIN.
    pub(crate) fn of_pin(data: LedgerData, pin: &pins::Model) -> Self {
        Self::of_customer(data, pin.user_id, pin.ticket_id).pin(Some(pin.id))
    }

    /// About a customer's session.
    pub(crate) fn of_session(data: LedgerData, session: &sessions::Model) -> Self {
        let entry = Self::of_customer(data, session.user_id, session.ticket_id);
        entry.pin(session.pin_id).session(Some(&session.sid))
    }

    /// The PIN that it is about.
    pub(crate) fn pin(mut self, pin: Option<PinId>) -> Self {
        self.0.pin = pin;
        self
    }

    /// The session that it is about.
    pub(crate) fn session(mut self, sid: Option<&SessionId>) -> Self {
        self.0.sid = sid.cloned();
        self
    }

    /// It is noted once under this name.
    pub(crate) fn once(mut self, name: String) -> Self {
        self.0.once = Some(name);
        self
    }

    /// Notes it; it is written with the commit.
    pub(crate) fn note(self, tx: &Tx, by: impl Into<By>, at: Timestamp) {
        let By { id, via, client } = by.into();
        let from = client.and_then(|client| network_of(&client).map(|network| (client, network)));
        tx.note(Entry { at, actor: id, via, from, ..self.0 });
    }
}

/// What a PIN opens.
pub(crate) fn opens_of_pin(pin: &pins::Model) -> Opens {
    opens(&Kept { ticket_id: None, can: pin.can, label: pin.label.clone(), purpose: pin.purpose }, pin.stays)
}

/// What a session is for.
pub(crate) fn opens_of(kept: &Kept) -> Opens {
    opens(kept, None)
}

fn opens(kept: &Kept, stays: Option<domain::Stay>) -> Opens {
    Opens {
        can: kept.can.unwrap_or(domain::CanSet::ALL),
        purpose: kept.purpose.unwrap_or_default(),
        label: kept.label.clone().unwrap_or_default(),
        stays,
    }
}

/// Why and by whom something ends.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    pub(crate) by: By,
    pub(crate) reason: EndReason,
}

impl Cause {
    pub(crate) fn new(by: impl Into<By>, reason: EndReason) -> Self {
        Self { by: by.into(), reason }
    }

    /// The same deed, for what hangs on what it ended.
    pub(crate) fn of_children(&self) -> Self {
        Self { reason: EndReason::ParentEnded, ..self.clone() }
    }
}

/// Notes that PINs were revoked.
pub(crate) fn revoked(tx: &Tx, pins: &[pins::Model], cause: &Cause, at: Timestamp) {
    for pin in pins {
        NewEntry::of_pin(LedgerData::PinRevoked { reason: cause.reason }, pin).note(tx, cause.by.clone(), at);
    }
}

/// Notes that sessions of customers ended; those of staff, which no PIN opened, are in no ledger.
pub(crate) fn ended(tx: &Tx, sessions: &[sessions::Model], cause: &Cause, at: Timestamp) {
    for session in sessions.iter().filter(|session| session.pin_id.is_some()) {
        NewEntry::of_session(LedgerData::SessionEnded { reason: cause.reason }, session).note(tx, cause.by.clone(), at);
    }
}

/// By whom something is done from an address, as when somebody logs in who is nobody yet.
pub(crate) fn from_address(id: Option<UserId>, via: Option<String>, client: &str) -> By {
    By { id, via, client: Some(client.to_owned()) }
}

impl From<&Actor> for Cause {
    fn from(actor: &Actor) -> Self {
        Self::new(actor, EndReason::ByStaff)
    }
}
