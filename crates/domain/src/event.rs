//! What happened at the desk.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    ApprovalId, Attachment, BatchId, EventId, InBulk, PinId, Priority, Role, SessionId, Status, Timestamp, TokenId,
    UserId, word::words,
};

/// What happened, with what belongs to it. Its kind and its data are two columns in the database, and so the two parts
/// of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum_discriminants(
    name(EventKind),
    doc = "What kind of thing happened.",
    derive(Hash, strum::IntoStaticStr, strum::VariantArray),
    strum(serialize_all = "snake_case"),
    cfg_attr(
        feature = "db",
        derive(sea_orm::DeriveValueType),
        sea_orm(value_type = "String", from_str = "crate::word::stored")
    ),
    allow(missing_docs, reason = "they are those of EventData")
)]
pub enum EventData {
    /// A ticket was opened.
    TicketOpened,
    /// Its title or description changed.
    TicketEdited,
    /// Its owner took it back; the ticket is gone.
    TicketWithdrawn,
    /// Its status changed.
    StatusChanged {
        /// The status before.
        from: Status,
        /// The status since.
        to: Status,
    },
    /// Its priority changed.
    PriorityChanged {
        /// The priority before.
        from: Priority,
        /// The priority since.
        to: Priority,
    },
    /// Its category changed. Categories may be renamed and deleted: what happened keeps the names of then.
    CategoryChanged {
        /// The category's name before.
        from: String,
        /// The category's name since.
        to: String,
    },
    /// Files were added, on their own. Not recorded any more: they come with a reply.
    FilesAdded {
        /// How many.
        count: u64,
    },
    /// Somebody from outside added files, whom staff let in for that alone.
    FilesDropped {
        /// What staff call it; may be empty.
        label: String,
        /// How many.
        count: u64,
    },
    /// Staff let the customer see files that came from outside.
    FilesReleased {
        /// How many.
        count: u64,
    },
    /// A reply was sent.
    Replied,
    /// An internal note was written.
    Noted,
    /// Its assignee changed; none is nobody.
    AssigneeChanged {
        /// Who had it.
        from: Option<Holder>,
        /// Who got it.
        to: Option<Holder>,
    },
    /// Staff asked the customer to confirm something.
    ApprovalAsked {
        /// What.
        approval: ApprovalId,
    },
    /// The customer confirmed it, by the PIN that was issued for it: a recorded confirmation.
    ApprovalConfirmed {
        /// What.
        approval: ApprovalId,
        /// The hash of exactly that.
        sha256: String,
        /// The PIN's record.
        pin: PinId,
        /// In which session.
        session: Option<SessionId>,
    },
    /// The customer did not confirm it.
    ApprovalDeclined {
        /// What.
        approval: ApprovalId,
        /// Why, in their words; may be empty.
        why: String,
    },
    /// Staff took it back.
    ApprovalWithdrawn {
        /// What.
        approval: ApprovalId,
    },
    /// A PIN was issued.
    PinIssued,
    /// A PIN was redeemed.
    PinRedeemed {
        /// Which.
        pin: PinId,
    },
    /// A PIN was revoked.
    PinRevoked,
    /// A customer let somebody in, for less than they may do themselves.
    Delegated {
        /// Whom.
        whom: String,
    },
    /// That was ended before its time.
    DelegationEnded {
        /// Whose.
        whom: String,
    },
    /// Staff logged in.
    StaffLoggedIn,
    /// Sessions of one person were ended.
    SessionEnded {
        /// How many.
        count: u64,
    },
    /// A refresh token that was rotated out came back; its session was ended.
    TokenReused,
    /// A customer or a member of staff was created.
    UserCreated,
    /// Their details changed.
    UserChanged {
        /// Their role before and since, if it is that.
        role: Option<(Role, Role)>,
    },
    /// They may no longer log in.
    UserDeactivated,
    /// They may log in again.
    UserActivated,
    /// An API token was made.
    ApiTokenMade {
        /// Which.
        token: TokenId,
    },
    /// An API token was revoked.
    ApiTokenRevoked {
        /// Which.
        token: TokenId,
    },
    /// Cards were made.
    CardsMade {
        /// Of which batch.
        batch: BatchId,
        /// How many.
        count: u64,
    },
    /// Cards that nobody had used were revoked.
    CardsRevoked {
        /// Of which batch.
        batch: BatchId,
        /// How many.
        count: u64,
    },
}

/// A member of staff who had a ticket or got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who; none when it happened before people were noted by their ids, and the name is not one person's alone.
    pub id: Option<UserId>,
    /// Their name: when it happened in the database, and as it is now in what the desk hands out.
    pub name: String,
}

impl EventData {
    /// What kind of thing it is.
    pub fn kind(&self) -> EventKind {
        self.into()
    }

    /// The value before, in words.
    pub fn from(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::StatusChanged { from, .. } => Some(from.as_str().into()),
            Self::PriorityChanged { from, .. } => Some(from.as_str().into()),
            Self::CategoryChanged { from, .. } => Some(from.into()),
            Self::AssigneeChanged { from, .. } => from.as_ref().map(|holder| holder.name.as_str().into()),
            Self::UserChanged { role } => role.map(|(from, _)| from.as_str().into()),
            _ => None,
        }
    }

    /// The value after, in words, or how many it were. One session that ended is no number.
    pub fn to(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::StatusChanged { to, .. } => Some(to.as_str().into()),
            Self::PriorityChanged { to, .. } => Some(to.as_str().into()),
            Self::CategoryChanged { to, .. } => Some(to.into()),
            Self::AssigneeChanged { to, .. } => to.as_ref().map(|holder| holder.name.as_str().into()),
            Self::UserChanged { role } => role.map(|(_, to)| to.as_str().into()),
            Self::SessionEnded { count: 1 } => None,
            Self::FilesAdded { count }
            | Self::FilesDropped { count, .. }
            | Self::FilesReleased { count }
            | Self::CardsMade { count, .. }
            | Self::CardsRevoked { count, .. }
            | Self::SessionEnded { count } => Some(count.to_string().into()),
            _ => None,
        }
    }
}

impl EventKind {
    /// Whether only staff learn of it.
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Noted | Self::AssigneeChanged | Self::FilesDropped)
    }
}

words!(EventKind);

/// Something that happened, as its reader may know it: an entry of a ticket's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What.
    pub data: EventData,
    /// The bulk that it was part of; only staff learn of it.
    pub bulk: Option<InBulk>,
    /// Who did it; none for the command line and the desk itself. Customers see staff as "Support".
    pub actor_name: Option<String>,
    /// Whether staff did it.
    pub by_staff: bool,
    /// Whether the reader did it.
    pub is_own: bool,
    /// Whether who did it gave the ticket to themselves.
    pub is_taken: bool,
    /// What was written, in Markdown: of a reply or a note.
    pub body: Option<String>,
    /// The files that came with it, as far as they are still there.
    pub files: Vec<Attachment>,
    /// When.
    pub at: Timestamp,
}

impl Event {
    /// What kind of thing happened.
    pub fn kind(&self) -> EventKind {
        self.data.kind()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BulkId;

    /// What is in databases stays what it is.
    #[test]
    fn data_stay() {
        let mia = Holder { id: Some(UserId(3)), name: "Mia".into() };
        for (event, json) in [
            (EventData::Replied, r#"{"kind":"replied"}"#),
            (
                EventData::StatusChanged { from: Status::Open, to: Status::InProgress },
                r#"{"kind":"status_changed","data":{"from":"Open","to":"In Progress"}}"#,
            ),
            (
                EventData::AssigneeChanged { from: None, to: Some(mia) },
                r#"{"kind":"assignee_changed","data":{"from":null,"to":{"id":3,"name":"Mia"}}}"#,
            ),
            (EventData::PinRedeemed { pin: PinId(7) }, r#"{"kind":"pin_redeemed","data":{"pin":7}}"#),
            (EventData::ApiTokenMade { token: TokenId(4) }, r#"{"kind":"api_token_made","data":{"token":4}}"#),
            (EventData::ApiTokenRevoked { token: TokenId(4) }, r#"{"kind":"api_token_revoked","data":{"token":4}}"#),
            (
                EventData::CardsMade { batch: BatchId(3), count: 24 },
                r#"{"kind":"cards_made","data":{"batch":3,"count":24}}"#,
            ),
            (
                EventData::CardsRevoked { batch: BatchId(3), count: 7 },
                r#"{"kind":"cards_revoked","data":{"batch":3,"count":7}}"#,
            ),
            (EventData::SessionEnded { count: 2 }, r#"{"kind":"session_ended","data":{"count":2}}"#),
            (EventData::UserChanged { role: None }, r#"{"kind":"user_changed","data":{"role":null}}"#),
            (
                EventData::UserChanged { role: Some((Role::Agent, Role::Admin)) },
                r#"{"kind":"user_changed","data":{"role":["agent","admin"]}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
            assert_eq!(serde_json::from_str::<EventData>(json).unwrap(), event);
        }
    }

    /// What says that something was part of a bulk stands beside its data, and a version that knows of none passes it over.
    #[test]
    fn what_is_beside_data_is_passed_over() {
        let bulk = InBulk { id: BulkId(7), tickets: 48, is_undo: false };
        let json = r#"{"id":7,"tickets":48,"is_undo":false}"#;
        assert_eq!(serde_json::to_string(&bulk).unwrap(), json);
        assert_eq!(bulk.others(), 47);
        let event = format!(r#"{{"kind":"priority_changed","data":{{"from":"Low","to":"High","bulk":{json}}}}}"#);
        let changed = EventData::PriorityChanged { from: Priority::Low, to: Priority::High };
        assert_eq!(serde_json::from_str::<EventData>(&event).unwrap(), changed);
    }

    /// One word for a kind, whether it is written with its data or alone.
    #[test]
    fn kinds_have_one_word() {
        for (event, kind) in [
            (EventData::TicketOpened, EventKind::TicketOpened),
            (EventData::TokenReused, EventKind::TokenReused),
            (EventData::FilesAdded { count: 1 }, EventKind::FilesAdded),
        ] {
            assert_eq!(event.kind(), kind);
            assert_eq!(serde_json::to_value(&event).unwrap()["kind"], kind.as_str());
        }
    }
}
