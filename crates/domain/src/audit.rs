//! What staff changed in the desk itself: entries of the ledger, in groups that an admin looks through.

use serde::{Deserialize, Serialize};

use crate::{FieldErrors, LedgerKind, Timestamp, UserId, word::words};

/// One thing that was changed. What a customer is called is kept by nobody longer than they are: of theirs only what it was, not
/// its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What, in a word or two.
    pub field: String,
    /// As it was; none where that is not kept.
    pub old: Option<String>,
    /// As it is.
    pub new: Option<String>,
}

impl Change {
    /// From one value to another, if they differ.
    pub fn of(field: &str, old: &str, new: &str) -> Option<Self> {
        let changed = || Self { field: field.to_owned(), old: Some(old.to_owned()), new: Some(new.to_owned()) };
        (old != new).then(changed)
    }

    /// The same without its values.
    pub fn hidden(self) -> Self {
        Self { old: None, new: None, ..self }
    }

    /// In words; values go through `name`, which may set them apart.
    fn words(&self, name: &impl Fn(&str) -> String) -> String {
        let shown = |value: &str| if value.is_empty() { "none".to_owned() } else { name(value) };
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{} from {} to {}", self.field, shown(old), shown(new)),
            (None, Some(new)) => format!("{} to {}", self.field, shown(new)),
            _ => self.field.clone(),
        }
    }
}

/// Several in a sentence: `role from agent to admin, name`.
pub(crate) fn list(changes: &[Change], name: &impl Fn(&str) -> String) -> String {
    changes.iter().map(|change| change.words(name)).collect::<Vec<_>>().join(", ")
}

/// What a deed is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum AuditGroup {
    /// Customers and staff: added, changed, their roles and passwords.
    People,
    /// PINs, whom customers let in, and who lost their access.
    Pins,
    /// Sessions.
    Sessions,
    /// API tokens.
    Tokens,
    /// Settings, categories.
    Settings,
    /// Backups, restores, and what was taken out.
    Backups,
    /// Files: released, let go.
    Files,
    /// What goes after a while, what is kept, and tickets that were deleted.
    Retention,
}

words!(AuditGroup);

impl AuditGroup {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::People => "People",
            Self::Pins => "PINs",
            Self::Sessions => "Sessions",
            Self::Tokens => "API tokens",
            Self::Settings => "Settings",
            Self::Backups => "Backups and exports",
            Self::Files => "Files",
            Self::Retention => "Retention",
        }
    }

    /// The kinds of entries that belong to it.
    pub fn kinds(self) -> &'static [LedgerKind] {
        use LedgerKind as Kind;
        match self {
            Self::People => &[
                Kind::PersonAdded,
                Kind::PersonChanged,
                Kind::PersonErased,
                Kind::PasswordSet,
                Kind::FactorSet,
                Kind::FactorRemoved,
                Kind::FactorRefused,
                Kind::PasskeyAdded,
                Kind::PasskeyRemoved,
                Kind::PasskeyCopied,
                Kind::RecoveryCodesMade,
                Kind::RecoveryCodeUsed,
                Kind::DelegationSwitched,
                Kind::SensitiveSwitched,
                Kind::CallerVouched,
            ],
            Self::Pins => &[
                Kind::PinAsked,
                Kind::PinConfirmed,
                Kind::PinNotIssued,
                Kind::PinIssued,
                Kind::PinShown,
                Kind::PinRevoked,
                Kind::CardsMade,
                Kind::CardsRevoked,
                Kind::DelegationEnded,
                Kind::ReturnCodeEnded,
                Kind::RecoveryAnswered,
                Kind::RecoveryConfirmed,
                Kind::RecoveryIssued,
                Kind::RecoveryDismissed,
            ],
            Self::Sessions => &[Kind::SessionEnded, Kind::TokenReused],
            Self::Tokens => &[Kind::ApiTokenMade, Kind::ApiTokenRevoked],
            Self::Settings => &[Kind::CategoryAdded, Kind::CategoryChanged, Kind::SettingsChanged, Kind::FilesMoved],
            Self::Backups => &[
                Kind::BackupAsked,
                Kind::BackupVerified,
                Kind::BackupTaken,
                Kind::Restored,
                Kind::Exported,
                Kind::PersonTakenOut,
            ],
            Self::Files => &[Kind::FilesReleased, Kind::StraysReleased],
            Self::Retention => &[
                Kind::RetentionSet,
                Kind::RetentionAcknowledged,
                Kind::RetentionDone,
                Kind::TicketDeleted,
                Kind::TicketKept,
                Kind::TicketLetGo,
            ],
        }
    }
}

/// Which entries an admin looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom.
    pub who: Option<UserId>,
    /// About what; all that staff and the desk did when none.
    pub group: Option<AuditGroup>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    /// With these days, as in `2027-05-31`, of which both count (in UTC); an empty one says nothing.
    ///
    /// # Errors
    /// A sentence for `from` or `until`.
    pub fn between(self, from: &str, until: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut day = |name, text: &str, from_noon: i64| {
            let text = text.trim();
            let read = || Timestamp::noon_of(text).map(|noon| noon.plus_seconds(from_noon));
            let read = if text.is_empty() { Ok(None) } else { read().map(Some).ok_or_else(|| DAY.to_owned()) };
            errors.take(name, read).flatten()
        };
        let (from, until) = (day("from", from, -HALF_A_DAY), day("until", until, HALF_A_DAY));
        if errors.is_empty() { Ok(Self { from, until, ..self }) } else { Err(errors) }
    }
}

const HALF_A_DAY: i64 = 12 * 3600;
const DAY: &str = "Write a day as in 2027-05-31.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_in_words() {
        let apart = |text: &str| format!("<{text}>");
        let role = Change::of("role", "agent", "admin").unwrap();
        let email = Change::of("email", "a@example.org", "").unwrap();
        assert_eq!(
            list(&[role, email.clone()], &apart),
            "role from <agent> to <admin>, email from <a@example.org> to none"
        );
        assert_eq!(list(&[email.hidden()], &apart), "email");
        assert_eq!(Change::of("role", "agent", "agent"), None);
    }

    #[test]
    fn both_days_count() {
        let filter = AuditFilter::default().between("2026-11-27", " 2026-11-27 ").unwrap();
        let seconds = filter.until.unwrap().seconds_since(filter.from.unwrap());
        assert_eq!((filter.from.unwrap().to_date().as_str(), seconds), ("2026-11-27", 24 * 3600));
        assert_eq!(AuditFilter::default().between("", "").unwrap(), AuditFilter::default());
        let refused = AuditFilter::default().between("yesterday", "27.11.2026").unwrap_err();
        assert_eq!(refused.0.keys().collect::<Vec<_>>(), ["from", "until"]);
    }

    /// What the audit leaves to the access ledger, and why.
    const ELSEWHERE: &[(LedgerKind, &str)] = &[
        (LedgerKind::PinRedeemed, "a customer comes in"),
        (LedgerKind::PinExpired, "time does it"),
        (LedgerKind::SessionBegan, "a customer comes in"),
        (LedgerKind::FileOpened, "somebody reads"),
        (LedgerKind::CallerChecked, "it says who calls, and changes nothing"),
        (LedgerKind::CallerWrong, "it changes nothing"),
        (LedgerKind::CallerRefused, "it changes nothing"),
        (LedgerKind::CallBegan, "it changes nothing"),
        (LedgerKind::Delegated, "only a customer lets others in"),
        (LedgerKind::FilesDropped, "somebody from outside brings them"),
        (LedgerKind::ApprovalConfirmed, "a customer does it"),
        (LedgerKind::ApprovalDeclined, "a customer does it"),
        (LedgerKind::ApprovalWithdrawn, "it is work on a ticket, and on its timeline"),
        (LedgerKind::RecoveryAsked, "anybody asks"),
        (LedgerKind::ReturnCodeMade, "it comes with a PIN that a customer uses"),
        (LedgerKind::ReturnCodeUsed, "a customer comes in"),
    ];

    #[test]
    fn each_kind_is_in_one_group_or_says_why_not() {
        let grouped = AuditGroup::ALL.iter().flat_map(|group| group.kinds()).copied();
        let elsewhere = ELSEWHERE.iter().map(|(kind, why)| {
            assert!(!why.is_empty());
            *kind
        });
        let mut all: Vec<&str> = grouped.chain(elsewhere).map(LedgerKind::as_str).collect();
        let mut known: Vec<&str> = LedgerKind::ALL.iter().map(|kind| kind.as_str()).collect();
        all.sort_unstable();
        known.sort_unstable();
        assert_eq!(all, known);
    }
}
