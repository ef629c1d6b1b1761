//! What staff ask a customer to confirm, each with a PIN that is good for that and nothing else.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{
    ApprovalId, AttachmentId, FieldErrors, PinId, SessionId, TicketId, Timestamp, check_text, text::check_name,
    word::words,
};

/// Characters of what is to be confirmed.
pub const APPROVAL_MAX_CHARS: usize = 2000;
/// Characters of an amount with its currency.
pub const AMOUNT_MAX_CHARS: usize = 60;
/// Characters of why somebody does not confirm.
pub const WHY_MAX_CHARS: usize = 200;

/// What staff write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalDraft {
    /// What is to be confirmed, as it will be read.
    pub text: String,
    /// With its currency: `120 EUR`. May be empty.
    pub amount: String,
    /// Files of the ticket that belong to it.
    pub files: Vec<AttachmentId>,
}

impl ApprovalDraft {
    /// How long its PIN lives, in seconds: as long as a call, not longer.
    pub const LIFE: i64 = 30 * 60;

    /// The text and the amount as they are kept.
    ///
    /// # Errors
    /// The sentences for `text` and `amount`.
    pub fn check(&self) -> Result<(String, String), FieldErrors> {
        let mut errors = FieldErrors::default();
        // Browsers send line ends as CR LF.
        let text = errors.take("text", check_text(&self.text.replace("\r\n", "\n"), APPROVAL_MAX_CHARS));
        let amount = errors.take("amount", check_name(&self.amount, AMOUNT_MAX_CHARS));
        text.zip(amount).ok_or(errors)
    }
}

/// Checks why somebody does not confirm; it may be empty.
///
/// # Errors
/// The sentence for the field.
pub fn check_why(why: &str) -> Result<String, String> {
    check_name(why, WHY_MAX_CHARS)
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ApprovalState {
    /// It can be confirmed.
    Open,
    /// The customer confirmed it.
    Confirmed,
    /// The customer did not.
    Declined,
    /// Staff took it back.
    Withdrawn,
    /// Its time was over.
    Expired,
    /// What it was for is not so any more: something of it changed, or its PIN was revoked.
    Void,
}

words!(ApprovalState);

/// What a customer answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum ApprovalAnswer {
    /// Yes, with the PIN.
    Confirmed,
    /// No.
    Declined,
}

words!(ApprovalAnswer);

/// A file that belongs to what is confirmed, as it was when that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalFile {
    /// Its id.
    pub id: AttachmentId,
    /// The name that it was sent with.
    pub name: String,
    /// Of its bytes, in 64 hexadecimal digits.
    pub sha256: String,
}

/// Something to confirm, as its reader may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its number.
    pub id: ApprovalId,
    /// The ticket that it is about.
    pub ticket: TicketId,
    /// What is to be confirmed.
    pub text: String,
    /// With its currency; may be empty.
    pub amount: String,
    /// The files that belong to it.
    pub files: Vec<ApprovalFile>,
    /// SHA-256 over the ticket's number, the text, the amount, and the names and sums of the files, in 64 hexadecimal digits.
    pub sha256: String,
    /// Who asked; none for the command line. To customers "Support".
    pub asked_by: Option<String>,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: ApprovalState,
    /// When it was answered or withdrawn.
    pub decided_at: Option<Timestamp>,
    /// Why it was declined; may be empty.
    pub why: String,
    /// The record of its PIN.
    pub pin: PinId,
    /// The session in which it was answered; staff alone learn of it.
    pub session: Option<SessionId>,
}

impl Approval {
    /// Since when it stands there: a request that became void was asked then.
    pub fn since(&self) -> Timestamp {
        let expired = (self.state == ApprovalState::Expired).then_some(self.expires_at);
        self.decided_at.or(expired).unwrap_or(self.asked_at)
    }

    /// Where it stands, in a sentence.
    pub fn standing(&self) -> &'static str {
        match self.state {
            ApprovalState::Open => "Waits for an answer.",
            ApprovalState::Confirmed => "Recorded confirmation.",
            ApprovalState::Declined => "Not confirmed.",
            ApprovalState::Withdrawn => "Support took it back.",
            ApprovalState::Expired => "Its time was over.",
            ApprovalState::Void => {
                "It is void: its ticket was closed, its PIN revoked, or something of it is not as it was."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_kept_as_it_is_read() {
        let draft = |text: &str, amount: &str| ApprovalDraft {
            text: text.into(),
            amount: amount.into(),
            ..ApprovalDraft::default()
        };
        let kept = draft(" Two doors,\r\nboth oak. ", " 120\tEUR ").check().unwrap();
        assert_eq!(kept, ("Two doors,\nboth oak.".to_owned(), "120 EUR".to_owned()));
        assert_eq!(draft("Yes", "").check().unwrap().1, "");
        for (draft, field) in [
            (draft(" \u{200b}", ""), "text"),
            (draft(&"x".repeat(2001), ""), "text"),
            (draft("Yes", &"x".repeat(61)), "amount"),
        ] {
            assert_eq!(draft.check().unwrap_err().0.keys().collect::<Vec<_>>(), [field]);
        }
        assert_eq!(check_why("  "), Ok(String::new()));
        assert!(check_why(&"x".repeat(201)).is_err());
    }
}
