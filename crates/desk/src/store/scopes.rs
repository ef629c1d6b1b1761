//! What PINs and sessions are for, as their columns have it.

use domain::{CanSet, PinScope, Purpose, Scope, Stay, TicketId, Timestamp};

/// The columns that both have: none where nothing is narrower.
pub(crate) struct Kept {
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) can: Option<CanSet>,
    pub(crate) label: Option<String>,
    pub(crate) purpose: Option<Purpose>,
}

impl Kept {
    /// Of the session of a scope.
    pub(crate) fn of(scope: &Scope) -> Self {
        Self::new(scope.ticket, scope.can, &scope.label, scope.purpose)
    }

    /// Of a PIN that opens it.
    pub(crate) fn of_pin(scope: &PinScope) -> Self {
        Self::new(scope.ticket, scope.can, &scope.label, scope.purpose)
    }

    fn new(ticket_id: Option<TicketId>, can: CanSet, label: &str, purpose: Purpose) -> Self {
        Self {
            ticket_id,
            can: (can != CanSet::ALL).then_some(can),
            label: (!label.is_empty()).then(|| label.to_owned()),
            purpose: (purpose != Purpose::Login).then_some(purpose),
        }
    }

    /// What a session is for that ends then.
    pub(crate) fn into_scope(self, until: Option<Timestamp>) -> Scope {
        Scope {
            ticket: self.ticket_id,
            can: self.can.unwrap_or(CanSet::ALL),
            until,
            label: self.label.unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
            is_delegated: false,
        }
    }

    /// What a PIN opens whose session stays so long.
    pub(crate) fn into_pin_scope(self, stays: Option<Stay>) -> PinScope {
        PinScope {
            ticket: self.ticket_id,
            can: self.can.unwrap_or(CanSet::ALL),
            stays,
            label: self.label.unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
        }
    }
}
