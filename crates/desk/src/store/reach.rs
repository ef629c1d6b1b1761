//! Which tickets somebody may see: the one place that says so. Queries take it as a condition, statements as values, and
//! what was read already is held against it; whoever asks for tickets, files, events or marks of a customer asks here.

use domain::{Actor, Error, Result, TicketId, UserId};
use sea_orm::{ColumnTrait as _, Condition};

use crate::store::entities::tickets;

/// Which tickets somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All: staff.
    All,
    /// A customer's own.
    Own(Own),
}

/// Tickets of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) requester: UserId,
    /// This one alone, for a session that is for it.
    pub(crate) ticket: Option<TicketId>,
}

impl Reach {
    /// # Errors
    /// [`Error::Forbidden`] for who may only drop files; [`Error::Unauthenticated`] for nobody in particular.
    pub(crate) fn of(actor: &Actor) -> Result<Self> {
        actor.require_login()?;
        if actor.role.can_work_tickets() { Ok(Self::All) } else { Own::of(actor).map(Self::Own) }
    }

    /// Whether this ticket of this person is one of them.
    pub(crate) fn has(self, ticket: TicketId, requester: UserId) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own.requester == requester && own.ticket.is_none_or(|only| only == ticket),
        }
    }

    /// What is true of them, in a query of `tickets`.
    pub(crate) fn condition(self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Own(own) => own.condition(),
        }
    }

    /// Whose they are, if they are one person's.
    pub(crate) fn requester(self) -> Option<UserId> {
        match self {
            Self::All => None,
            Self::Own(own) => Some(own.requester),
        }
    }

    /// The one that there may be, if there is no more.
    pub(crate) fn ticket(self) -> Option<TicketId> {
        match self {
            Self::All => None,
            Self::Own(own) => own.ticket,
        }
    }
}

impl Own {
    /// Those that a person opened, staff too.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who may only drop files; [`Error::Unauthenticated`] for nobody in particular.
    pub(crate) fn of(actor: &Actor) -> Result<Self> {
        actor.require_login()?;
        Ok(Self { requester: actor.id.ok_or(Error::Unauthenticated)?, ticket: actor.scope.ticket })
    }

    fn condition(self) -> Condition {
        // First what finds least.
        Condition::all()
            .add_option(self.ticket.map(|ticket| tickets::COLUMN.id.eq(ticket)))
            .add(tickets::COLUMN.requester_id.eq(self.requester))
    }
}

#[cfg(test)]
mod tests {
    use domain::{CanSet, Purpose, Role, Scope};

    use super::*;

    fn actor(role: Role, scope: Scope) -> Actor {
        Actor { id: Some(UserId(3)), role, scope, ..Actor::command_line() }
    }

    #[test]
    fn a_scope_never_widens() {
        let of_seven = Scope { ticket: Some(TicketId(7)), can: CanSet::ALL, ..Scope::default() };
        for (scope, own, others) in
            [(Scope::default(), [true, true], [false, false]), (of_seven.clone(), [true, false], [false, false])]
        {
            let reach = Reach::of(&actor(Role::Customer, scope)).unwrap();
            let sees = |user| [7, 8].map(|ticket| reach.has(TicketId(ticket), UserId(user)));
            assert_eq!((sees(3), sees(4)), (own, others));
        }
        assert_eq!(Reach::of(&actor(Role::Agent, Scope::default())).unwrap(), Reach::All);
        for role in [Role::Customer, Role::Agent, Role::Admin] {
            let drop = Scope { purpose: Purpose::Drop, ..of_seven.clone() };
            assert!(matches!(Reach::of(&actor(role, drop)), Err(Error::Forbidden { .. })));
        }
        let nobody = Actor { id: None, ..actor(Role::Customer, Scope::default()) };
        assert_eq!(Reach::of(&nobody), Err(Error::Unauthenticated));
    }
}
