//! The access ledger: who was let in, by whom, from where, and what was opened.

mod sentence;

use serde::{Deserialize, Serialize};

use crate::{
    ApprovalId, AttachmentId, BatchId, CanSet, Change, EndReason, LoginKind, PinId, PinRequestId, PinScope, Purpose,
    RecoveryCheck, RecoveryId, RetentionListId, RetentionOf, Role, SessionId, Stay, TicketId, Timestamp, TokenId,
    UserId, word::words,
};

/// What an entry of the ledger is about, with what belongs to it. Its kind and its data are two columns in the database, and so
/// the two parts of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum_discriminants(
    name(LedgerKind),
    doc = "What kind of entry it is.",
    derive(Hash, strum::IntoStaticStr, strum::VariantArray),
    strum(serialize_all = "snake_case"),
    cfg_attr(
        feature = "db",
        derive(sea_orm::DeriveValueType),
        sea_orm(value_type = "String", from_str = "crate::word::stored")
    ),
    allow(missing_docs, reason = "they are those of LedgerData")
)]
pub enum LedgerData {
    /// A PIN was issued.
    PinIssued {
        /// Until when it can be redeemed.
        expires_at: Timestamp,
        /// What it opens.
        opens: Opens,
    },
    /// It was shown on a page, once.
    PinShown,
    /// It was redeemed.
    PinRedeemed,
    /// It expired unused.
    PinExpired {
        /// When; the entry is of when that was noticed.
        expired_at: Timestamp,
    },
    /// It was revoked unused.
    PinRevoked {
        /// Why.
        reason: EndReason,
    },
    /// A session began.
    SessionBegan {
        /// How it carries its tokens.
        by: LoginKind,
        /// What it is for.
        opens: Opens,
    },
    /// A session ended.
    SessionEnded {
        /// Why.
        reason: EndReason,
    },
    /// A file was opened: noted once in an hour for each session.
    FileOpened {
        /// Which.
        file: AttachmentId,
    },
    /// The ledger, or all of a ticket, was taken out as a file.
    Exported {
        /// As what.
        format: ExportFormat,
        /// How many entries or files were in it.
        count: u64,
    },
    /// A caller's code was right.
    CallerChecked,
    /// A caller's code was wrong.
    CallerWrong,
    /// A caller's code was not looked at, because too many before it were wrong.
    CallerRefused,
    /// Staff made sure otherwise that it was the customer who called.
    CallerVouched {
        /// How, in their words.
        how: String,
    },
    /// Staff said that they call the customer, whose pages tell so.
    CallBegan,
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
    /// A customer let somebody in.
    Delegated {
        /// Whom.
        whom: String,
    },
    /// That was ended before its time.
    DelegationEnded {
        /// Whose.
        whom: String,
    },
    /// Staff decided whether the customer may let others in.
    DelegationSwitched {
        /// Whether they may.
        may: bool,
    },
    /// Files came from outside.
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
    /// The customer confirmed what staff had asked: a recorded confirmation.
    ApprovalConfirmed {
        /// What.
        approval: ApprovalId,
        /// The hash of exactly that.
        sha256: String,
    },
    /// The customer did not confirm it.
    ApprovalDeclined {
        /// What.
        approval: ApprovalId,
    },
    /// Staff took it back.
    ApprovalWithdrawn {
        /// What.
        approval: ApprovalId,
    },
    /// Somebody who lost their access asked for it.
    RecoveryAsked {
        /// Which request.
        recovery: RecoveryId,
    },
    /// Staff said who it is, and how they made sure.
    RecoveryAnswered {
        /// Which request.
        recovery: RecoveryId,
        /// How.
        checked: RecoveryCheck,
        /// The same in their words.
        how: String,
    },
    /// A second one of staff confirmed that.
    RecoveryConfirmed {
        /// Which request.
        recovery: RecoveryId,
    },
    /// A PIN was issued for it.
    RecoveryIssued {
        /// Which request.
        recovery: RecoveryId,
    },
    /// Staff dismissed it.
    RecoveryDismissed {
        /// Which request.
        recovery: RecoveryId,
        /// Why.
        why: String,
    },
    /// One of staff asked for a PIN for a customer for whom two are needed.
    PinAsked {
        /// Which request.
        request: PinRequestId,
        /// What it would open.
        opens: Opens,
    },
    /// A second one confirmed that.
    PinConfirmed {
        /// Which request.
        request: PinRequestId,
    },
    /// It was taken back or declined.
    PinNotIssued {
        /// Which request.
        request: PinRequestId,
    },
    /// Somebody without an identity got a code to come back by.
    ReturnCodeMade,
    /// They came back by it.
    ReturnCodeUsed,
    /// It was ended: it lets nobody in any more.
    ReturnCodeEnded,
    /// An admin decided whether two of staff are needed to let a customer in.
    SensitiveSwitched {
        /// Whether they are.
        is_sensitive: bool,
    },
    /// A refresh token that was rotated out came back: somebody has a copy.
    TokenReused {
        /// What its session was for.
        opens: Opens,
    },
    /// The desk was restored from a backup: what came after it is not in the ledger.
    Restored {
        /// The moment that the backup shows.
        backup_of: Timestamp,
    },
    /// A member of staff set up a second factor.
    FactorSet,
    /// A second factor was taken away.
    FactorRemoved {
        /// Whose, by username; empty where they did it themselves.
        whom: String,
    },
    /// Somebody knew a password, and not the second factor that goes with it.
    FactorRefused {
        /// Whose password, by username.
        whom: String,
    },
    /// A member of staff added a passkey.
    PasskeyAdded {
        /// What they call it.
        name: String,
    },
    /// They removed one.
    PasskeyRemoved {
        /// What they called it.
        name: String,
    },
    /// A passkey counted what it signed and came with a number from before (WebAuthn, 6.1.1): there may be a copy. It was refused.
    PasskeyCopied {
        /// Whose, by username.
        whom: String,
        /// What they call it.
        name: String,
    },
    /// A member of staff made new recovery codes, and those before are void.
    RecoveryCodesMade,
    /// A member of staff came in by a recovery code.
    RecoveryCodeUsed {
        /// How many they have left.
        left: u64,
    },
    /// A customer or a member of staff was added.
    PersonAdded {
        /// As what.
        role: Role,
    },
    /// Something about one was changed.
    PersonChanged {
        /// What.
        changes: Vec<Change>,
    },
    /// A member of staff got another password.
    PasswordSet,
    /// An API token was made.
    ApiTokenMade {
        /// Its number.
        token: TokenId,
        /// What it is called.
        name: String,
        /// Whether it only reads.
        is_read_only: bool,
        /// Until when it is good.
        expires_at: Timestamp,
    },
    /// One was revoked.
    ApiTokenRevoked {
        /// Its number.
        token: TokenId,
        /// What it is called.
        name: String,
    },
    /// A category was added.
    CategoryAdded {
        /// Its name.
        name: String,
    },
    /// One was changed.
    CategoryChanged {
        /// Its name, before.
        name: String,
        /// What.
        changes: Vec<Change>,
    },
    /// Whoever runs the desk started it with other settings.
    SettingsChanged {
        /// Which.
        changes: Vec<Change>,
    },
    /// Whoever runs the desk moved all files elsewhere.
    FilesMoved {
        /// From where.
        from: String,
        /// Where they are now.
        to: String,
        /// How many.
        files: u64,
    },
    /// A backup was asked for.
    BackupAsked,
    /// One is restored for a test.
    BackupVerified {
        /// Its file.
        name: String,
    },
    /// One was downloaded.
    BackupTaken {
        /// Its file.
        name: String,
    },
    /// Files without a row may go, after a restore.
    StraysReleased,
    /// A customer was erased, with all of theirs.
    PersonErased {
        /// Tickets that went with them.
        tickets: u64,
        /// Files of these.
        files: u64,
    },
    /// A ticket was deleted with its files: by staff, or by a rule of retention whose list an admin acknowledged.
    TicketDeleted {
        /// How many files it had.
        files: u64,
        /// The list that it was on.
        list: Option<RetentionListId>,
    },
    /// Staff said that a ticket is kept, whatever rules say.
    TicketKept {
        /// Why.
        why: String,
    },
    /// An admin let it go: rules count again.
    TicketLetGo,
    /// An admin set what goes after a while.
    RetentionSet {
        /// Which rules.
        changes: Vec<Change>,
    },
    /// An admin acknowledged a list of what goes by a rule.
    RetentionAcknowledged {
        /// Which.
        list: RetentionListId,
        /// What is on it.
        of: RetentionOf,
        /// How many.
        count: u64,
    },
    /// All that was on it and nobody had touched since is gone.
    RetentionDone {
        /// Which.
        list: RetentionListId,
        /// What was on it.
        of: RetentionOf,
        /// How many are gone.
        gone: u64,
        /// How many stayed.
        stayed: u64,
    },
    /// All that the desk has of a customer was taken out.
    PersonTakenOut {
        /// Tickets that were in it.
        tickets: u64,
        /// Files of these.
        files: u64,
    },
}

words!(LedgerKind);

impl LedgerData {
    /// What kind of entry it is.
    pub fn kind(&self) -> LedgerKind {
        self.into()
    }
}

/// What a PIN or a session opens, beside its ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opens {
    /// What may be done.
    pub can: CanSet,
    /// What for.
    pub purpose: Purpose,
    /// What it is called; may be empty.
    pub label: String,
    /// How long its session stays, of a PIN; as long as any when none.
    pub stays: Option<Stay>,
}

impl From<&PinScope> for Opens {
    fn from(scope: &PinScope) -> Self {
        Self { can: scope.can, purpose: scope.purpose, label: scope.label.clone(), stays: scope.stays }
    }
}

/// As what something is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ExportFormat {
    /// A table.
    Csv,
    /// For programs.
    Json,
    /// A folder with a page and the files.
    Zip,
    /// For programs, an entry a line.
    Jsonl,
}

words!(ExportFormat);

/// Whose ledger it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerOf {
    /// All that there is.
    Desk,
    /// What is about one ticket, and what let its customer see all of theirs meanwhile.
    Ticket(TicketId),
    /// All that is about a customer.
    Customer(UserId),
}

/// An entry, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its number: they count up without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub data: LedgerData,
    /// The person that it is about.
    pub user_id: Option<UserId>,
    /// Their name.
    pub customer: Option<String>,
    /// The ticket that it is about.
    pub ticket: Option<TicketId>,
    /// Who did it; none for the command line and the desk itself.
    pub actor_id: Option<UserId>,
    /// Their name.
    pub actor: Option<String>,
    /// The name of who did it in their place.
    pub via: Option<String>,
    /// The PIN that it is about.
    pub pin: Option<PinId>,
    /// The session that it is about, or from which it was done.
    pub session: Option<SessionId>,
    /// When that was last seen, as long as that is kept.
    pub last_seen_at: Option<Timestamp>,
    /// Where it came from: an address, and its network alone after 30 days.
    pub address: Option<String>,
    /// The name of the file, while there is one.
    pub file_name: Option<String>,
    /// Whether the PIN can still be used, or somebody is in by it.
    pub is_alive: bool,
    /// The hash of this entry and of all before it.
    pub hash: String,
}

/// What staff are told when a copy of somebody's access was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReuseAlarm {
    /// When.
    pub at: Timestamp,
    /// Whose access.
    pub name: String,
    /// Who they are.
    pub user_id: UserId,
    /// The ticket that it was for; none for all of theirs.
    pub ticket: Option<TicketId>,
    /// What else it opened.
    pub opens: Opens,
}

/// How many ended when a PIN's whole family was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyEnded {
    /// PINs that nobody had used.
    pub pins: u64,
    /// Sessions.
    pub sessions: u64,
}

impl FamilyEnded {
    /// What is said of it: `Ended 1 PIN and 2 sessions.`
    pub fn sentence(self) -> String {
        let some = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        match self {
            Self { pins, sessions: 0 } => format!("Ended {}.", some(pins, "PIN")),
            Self { pins: 0, sessions } => format!("Ended {}.", some(sessions, "session")),
            Self { pins, sessions } => format!("Ended {} and {}.", some(pins, "PIN"), some(sessions, "session")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in databases stays what it is.
    #[test]
    fn data_stay() {
        let opens =
            Opens { can: "read,reply".parse().unwrap(), purpose: Purpose::Login, label: String::new(), stays: None };
        let opened = r#"{"can":["read","reply"],"purpose":"login","label":"","stays":null}"#;
        for (entry, json) in [
            (LedgerData::PinShown, r#"{"kind":"pin_shown"}"#.to_owned()),
            (
                LedgerData::PinIssued { expires_at: Timestamp::from_micros(0), opens: opens.clone() },
                format!(
                    r#"{{"kind":"pin_issued","data":{{"expires_at":"1970-01-01T00:00:00.000000Z","opens":{opened}}}}}"#
                ),
            ),
            (
                LedgerData::PinRevoked { reason: EndReason::ByStaff },
                r#"{"kind":"pin_revoked","data":{"reason":"by_staff"}}"#.to_owned(),
            ),
            (
                LedgerData::SessionBegan { by: LoginKind::Browser, opens },
                format!(r#"{{"kind":"session_began","data":{{"by":"browser","opens":{opened}}}}}"#),
            ),
            (
                LedgerData::FileOpened { file: AttachmentId(7) },
                r#"{"kind":"file_opened","data":{"file":7}}"#.to_owned(),
            ),
            (LedgerData::FactorSet, r#"{"kind":"factor_set"}"#.to_owned()),
            (
                LedgerData::FactorRemoved { whom: "eva".into() },
                r#"{"kind":"factor_removed","data":{"whom":"eva"}}"#.to_owned(),
            ),
            (
                LedgerData::PasskeyCopied { whom: "eva".into(), name: "Phone".into() },
                r#"{"kind":"passkey_copied","data":{"whom":"eva","name":"Phone"}}"#.to_owned(),
            ),
            (LedgerData::RecoveryCodeUsed { left: 9 }, r#"{"kind":"recovery_code_used","data":{"left":9}}"#.to_owned()),
            (
                LedgerData::Exported { format: ExportFormat::Csv, count: 3 },
                r#"{"kind":"exported","data":{"format":"csv","count":3}}"#.to_owned(),
            ),
        ] {
            assert_eq!(serde_json::to_string(&entry).unwrap(), json);
            assert_eq!(serde_json::from_str::<LedgerData>(&json).unwrap(), entry);
        }
    }

    #[test]
    fn what_ended_is_counted_in_words() {
        let said = |pins, sessions| FamilyEnded { pins, sessions }.sentence();
        assert_eq!(said(1, 0), "Ended 1 PIN.");
        assert_eq!(said(0, 2), "Ended 2 sessions.");
        assert_eq!(said(3, 1), "Ended 3 PINs and 1 session.");
    }
}
