//! The access ledger: who was let in, by whom, from where, and what was opened.

use serde::{Deserialize, Serialize};

use crate::{
    ApprovalId, AttachmentId, BatchId, Can, CanSet, Change, EndReason, LoginKind, PinId, PinScope, Purpose,
    RecoveryCheck, RecoveryId, Role, SessionId, Stay, TicketId, Timestamp, TokenId, UserId, audit, on_behalf,
    word::words,
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
    /// An admin decided whether two of staff are needed for a customer who lost their access.
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

impl LedgerEntry {
    /// Who did it: `Ben (for Ana Ruiz)`, or `Pindesk` for the command line and the desk itself.
    pub fn who(&self) -> String {
        let name = self.actor.clone();
        match (&self.via, name.or_else(|| self.customer.clone())) {
            (Some(whom), Some(name)) => on_behalf(whom, &name),
            (Some(whom), None) => whom.clone(),
            (None, _) => self.actor.clone().unwrap_or_else(|| "Pindesk".to_owned()),
        }
    }

    /// What happened, in words. Names in it go through `name`, which may set them apart.
    pub fn sentence(&self, name: impl Fn(&str) -> String) -> String {
        let who = || name(&self.who());
        let pin = || self.pin.map_or_else(|| "A PIN".to_owned(), |pin| format!("PIN {pin}"));
        let person = || self.customer.as_deref().map_or_else(|| "somebody who is gone".to_owned(), &name);
        let files = |count: u64| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        let cards = |count: u64| if count == 1 { "1 card".to_owned() } else { format!("{count} cards") };
        match &self.data {
            LedgerData::PinIssued { expires_at, opens } => {
                format!(
                    "{} issued {} for {}, to be used until {}.",
                    who(),
                    lower(&pin()),
                    self.for_what(opens, &name),
                    expires_at.to_minute()
                )
            }
            LedgerData::PinShown => format!("{} was shown to {}, once.", pin(), who()),
            LedgerData::PinRedeemed => format!("{} was used by {}.", pin(), who()),
            LedgerData::PinExpired { expired_at } => {
                format!("{} expired unused, at {}.", pin(), expired_at.to_minute())
            }
            LedgerData::PinRevoked { reason: EndReason::ByStaff } => format!("{} revoked {}.", who(), lower(&pin())),
            LedgerData::PinRevoked { reason } => format!("{} was revoked: {}.", pin(), reason.because()),
            LedgerData::SessionBegan { by, opens } => {
                let by = match by {
                    LoginKind::Browser => "by browser",
                    LoginKind::Api => "by a program",
                };
                format!("{} logged in {by}, for {}.", who(), self.for_what(opens, &name))
            }
            LedgerData::SessionEnded { reason: EndReason::ByStaff } => format!("{} ended a session.", who()),
            LedgerData::SessionEnded { reason } => format!("A session ended: {}.", reason.because()),
            LedgerData::FileOpened { .. } => {
                let file = self.file_name.as_deref().map_or_else(|| "a file that is gone".to_owned(), &name);
                match self.actor_id {
                    Some(_) => format!("{} opened {file}.", who()),
                    None => format!("{file} was opened by an address that is good for some minutes."),
                }
            }
            LedgerData::Exported { format: ExportFormat::Zip, count } => {
                format!("{} took everything out, with {}.", who(), files(*count))
            }
            LedgerData::Exported { format, count } => {
                let entries = if *count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
                format!("{} took {entries} of this ledger out as {}.", who(), format.as_str().to_uppercase())
            }
            LedgerData::CallerChecked => format!("{} checked a caller by a code, which was right.", who()),
            LedgerData::CallerWrong => format!("{} typed a caller's code that was wrong.", who()),
            LedgerData::CallerRefused => {
                format!("{} typed one more caller's code after five that were wrong, and was refused.", who())
            }
            LedgerData::CallerVouched { how } => {
                format!("{} made sure without a code that the customer called: {}", who(), name(how))
            }
            LedgerData::CallBegan => format!("{} said that they call the customer.", who()),
            LedgerData::CardsMade { batch, count } => format!("{} made {} of batch {batch}.", who(), cards(*count)),
            LedgerData::CardsRevoked { batch, count } => {
                format!("{} revoked {} of batch {batch}.", who(), cards(*count))
            }
            LedgerData::Delegated { whom } => format!("{} let {} in.", who(), name(whom)),
            LedgerData::DelegationEnded { whom } => format!("{} ended the access of {}.", who(), name(whom)),
            LedgerData::DelegationSwitched { may: true } => format!("{} allowed the customer to let others in.", who()),
            LedgerData::DelegationSwitched { may: false } => {
                format!("{} did not allow the customer to let others in any more.", who())
            }
            LedgerData::FilesDropped { label, count } if label.is_empty() => {
                format!("{} came from outside.", files(*count))
            }
            LedgerData::FilesDropped { label, count } => {
                format!("{} came from outside: {}.", files(*count), name(label))
            }
            LedgerData::FilesReleased { count } => {
                format!("{} let the customer see {} from outside.", who(), files(*count))
            }
            LedgerData::ApprovalConfirmed { approval, sha256 } => {
                format!("{} confirmed request {approval}: recorded confirmation of {sha256}.", who())
            }
            LedgerData::ApprovalDeclined { approval } => format!("{} did not confirm request {approval}.", who()),
            LedgerData::ApprovalWithdrawn { approval } => format!("{} took back request {approval}.", who()),
            LedgerData::RecoveryAsked { recovery } => {
                format!("Somebody who lost their access asked for it (request {recovery}).")
            }
            LedgerData::RecoveryAnswered { recovery, checked, how } => {
                format!("{} {}, and said who request {recovery} is of: {}", who(), checked.in_words(), name(how))
            }
            LedgerData::RecoveryConfirmed { recovery } => format!("{} confirmed who request {recovery} is of.", who()),
            LedgerData::RecoveryIssued { recovery } => {
                format!("{} issued {} for request {recovery} for a lost access.", who(), lower(&pin()))
            }
            LedgerData::RecoveryDismissed { recovery, why } => {
                format!("{} dismissed request {recovery} for a lost access: {}", who(), name(why))
            }
            LedgerData::SensitiveSwitched { is_sensitive: true } => {
                format!("{} marked the customer as sensitive: two of staff are needed for a lost access.", who())
            }
            LedgerData::SensitiveSwitched { is_sensitive: false } => {
                format!("{} marked the customer as not sensitive any more.", who())
            }
            LedgerData::TokenReused { .. } => "A copy of an access was used; both have ended.".to_owned(),
            LedgerData::Restored { backup_of } => format!(
                "The desk was restored from a backup of {}. What came after that is not in here.",
                backup_of.to_minute()
            ),
            LedgerData::FactorSet => format!("{} set up a second factor.", who()),
            LedgerData::FactorRemoved { whom } if whom.is_empty() => {
                format!("{} switched their second factor off.", who())
            }
            LedgerData::FactorRemoved { whom } => format!("{} took the second factor of {} away.", who(), name(whom)),
            LedgerData::FactorRefused { whom } => {
                format!("Somebody with the password of {} gave a wrong second factor.", name(whom))
            }
            LedgerData::RecoveryCodesMade => format!("{} made new recovery codes.", who()),
            LedgerData::RecoveryCodeUsed { left } => {
                format!("{} came in by a recovery code, and has {left} left.", who())
            }
            LedgerData::PersonAdded { role: Role::Customer } => format!("{} added {} as a customer.", who(), person()),
            LedgerData::PersonAdded { role } => format!("{} added {} as {role} of staff.", who(), person()),
            LedgerData::PersonChanged { changes } => {
                format!("{} changed {}: {}.", who(), person(), audit::list(changes, &name))
            }
            LedgerData::PasswordSet if self.user_id == self.actor_id => {
                format!("{} changed their own password.", who())
            }
            LedgerData::PasswordSet => format!("{} set a new password for {}.", who(), person()),
            LedgerData::ApiTokenMade { name: called, is_read_only, expires_at, .. } => {
                let what = if *is_read_only { ", which only reads" } else { "" };
                format!(
                    "{} made the API token {}{what}, for {}, good until {}.",
                    who(),
                    name(called),
                    person(),
                    expires_at.to_minute()
                )
            }
            LedgerData::ApiTokenRevoked { name: called, .. } => {
                format!("{} revoked the API token {} of {}.", who(), name(called), person())
            }
            LedgerData::CategoryAdded { name: called } => format!("{} added the category {}.", who(), name(called)),
            LedgerData::CategoryChanged { name: called, changes } => {
                format!("{} changed the category {}: {}.", who(), name(called), audit::list(changes, &name))
            }
            LedgerData::SettingsChanged { changes } => {
                format!("The desk was started with other settings: {}.", audit::list(changes, &name))
            }
            LedgerData::BackupAsked => format!("{} asked for a backup.", who()),
            LedgerData::BackupVerified { name: file } => format!("{} had the backup {} verified.", who(), name(file)),
            LedgerData::BackupTaken { name: file } => format!("{} downloaded the backup {}.", who(), name(file)),
            LedgerData::PersonErased { tickets, files: count } => {
                let tickets = if *tickets == 1 { "1 ticket".to_owned() } else { format!("{tickets} tickets") };
                format!("{} erased {} with {tickets} and {}.", who(), person(), files(*count))
            }
            LedgerData::StraysReleased => {
                format!("{} let files without a ticket go, after looking at who may come in.", who())
            }
        }
    }

    fn for_what(&self, opens: &Opens, name: &impl Fn(&str) -> String) -> String {
        let what = match (self.ticket, opens.purpose) {
            (Some(ticket), Purpose::Drop) => format!("adding files to ticket #{ticket}"),
            (None, Purpose::Drop) => "adding files".to_owned(),
            (Some(ticket), Purpose::Approve) => format!("confirming one thing on ticket #{ticket}"),
            (None, Purpose::Approve) => "confirming one thing".to_owned(),
            (Some(ticket), Purpose::Login) => format!("ticket #{ticket}"),
            (None, Purpose::Login) => "all tickets".to_owned(),
        };
        let can = match opens.purpose {
            Purpose::Login if opens.can != CanSet::ALL => {
                format!(" ({})", opens.can.iter().map(Can::as_str).collect::<Vec<_>>().join(", "))
            }
            _ => String::new(),
        };
        if opens.label.is_empty() { format!("{what}{can}") } else { format!("{what}{can}: {}", name(&opens.label)) }
    }
}

fn lower(text: &str) -> String {
    text.strip_prefix("A ").map_or_else(|| text.to_owned(), |rest| format!("a {rest}"))
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
    fn entries_are_told_in_words() {
        let entry = |data: LedgerData| LedgerEntry {
            number: 1,
            at: Timestamp::from_micros(0),
            data,
            user_id: Some(UserId(2)),
            customer: Some("Ana Ruiz".into()),
            ticket: Some(TicketId(7)),
            actor_id: Some(UserId(3)),
            actor: Some("Eva".into()),
            via: None,
            pin: Some(PinId(12)),
            session: None,
            last_seen_at: None,
            address: None,
            file_name: None,
            is_alive: false,
            hash: String::new(),
        };
        let apart = |name: &str| format!("<{name}>");
        let opens = Opens {
            can: "read,reply".parse().unwrap(),
            purpose: Purpose::Login,
            label: "by phone".into(),
            stays: None,
        };
        let issued = entry(LedgerData::PinIssued { expires_at: Timestamp::from_micros(0), opens: opens.clone() });
        assert_eq!(
            issued.sentence(apart),
            "<Eva> issued PIN 12 for ticket #7 (read, reply): <by phone>, to be used until 1 Jan 1970, 00:00 UTC."
        );
        let began = LedgerEntry {
            via: Some("Ben".into()),
            actor: Some("Ana Ruiz".into()),
            ..entry(LedgerData::SessionBegan { by: LoginKind::Browser, opens })
        };
        assert_eq!(
            began.sentence(apart),
            "<Ben (for Ana Ruiz)> logged in by browser, for ticket #7 (read, reply): <by phone>."
        );
        let ended = entry(LedgerData::SessionEnded { reason: EndReason::TicketClosed });
        assert_eq!(ended.sentence(apart), "A session ended: the ticket is closed.");
        let gone = entry(LedgerData::FileOpened { file: AttachmentId(3) });
        assert_eq!(gone.sentence(apart), "<Eva> opened a file that is gone.");
        let taken = entry(LedgerData::FactorRemoved { whom: "ben".into() });
        assert_eq!(taken.sentence(apart), "<Eva> took the second factor of <ben> away.");
        let refused =
            LedgerEntry { actor: None, actor_id: None, ..entry(LedgerData::FactorRefused { whom: "ben".into() }) };
        assert_eq!(refused.sentence(apart), "Somebody with the password of <ben> gave a wrong second factor.");
        let by_itself =
            LedgerEntry { actor: None, actor_id: None, ..entry(LedgerData::PinRevoked { reason: EndReason::ByStaff }) };
        assert_eq!(by_itself.sentence(apart), "<Pindesk> revoked PIN 12.");
    }

    #[test]
    fn what_ended_is_counted_in_words() {
        let said = |pins, sessions| FamilyEnded { pins, sessions }.sentence();
        assert_eq!(said(1, 0), "Ended 1 PIN.");
        assert_eq!(said(0, 2), "Ended 2 sessions.");
        assert_eq!(said(3, 1), "Ended 3 PINs and 1 session.");
    }
}
