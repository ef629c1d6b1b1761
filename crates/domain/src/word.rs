//! Enums whose values are words: on the wire, in addresses, in the database and on pages, each the same.

/// What every enum of words can do, from the words that `strum` knows: `Status::ALL`, `status.as_str()`, to and from
/// text, serde. Reading takes a word whatever its case; what is none is refused with a sentence that names the choices.
macro_rules! words {
    ($name:ident) => {
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

            /// The word on the wire, in the database and on the page.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> std::result::Result<Self, String> {
                let word = text.trim();
                let found = Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(word));
                found.ok_or_else(|| $crate::word::not_a_choice(text, Self::ALL.iter().map(|known| known.as_str())))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;

/// The sentence about a value outside a list.
pub fn not_a_choice<'a>(text: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    let shown: String = text.chars().take(50).collect();
    let choices: Vec<&str> = choices.into_iter().collect();
    format!("\"{shown}\" is not a valid choice. Choose one of: {}.", choices.join(", "))
}

/// A word in the database that no value has. A later version of the program may have written it; it is never taken for
/// another one.
#[cfg(feature = "db")]
#[derive(Debug, thiserror::Error)]
#[error("the database holds {0:?}, which this version does not know")]
pub(crate) struct Unknown(String);

/// Reads what the database holds.
#[cfg(feature = "db")]
pub(crate) fn stored<T: std::str::FromStr>(word: &str) -> Result<T, Unknown> {
    word.parse().map_err(|_| Unknown(word.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::{fmt::Debug, str::FromStr};

    use crate::{
        ApprovalAnswer, ApprovalState, CallerDeed, CallerOutcome, Can, CardState, EndReason, EventKind, ExportFormat,
        FactorDuty, FileKind, FoundIn, LedgerKind, LiveKind, LoginKind, MessageKind, PinState, PresenceState, Priority,
        Purpose, RecoveryCheck, ReplyThen, RetentionOf, RetentionOutcome, Role, Status,
    };

    fn check<T: FromStr<Err = String> + Copy + PartialEq + Debug>(all: &[T], word: fn(T) -> &'static str, words: &str) {
        assert_eq!(all.iter().map(|value| word(*value)).collect::<Vec<_>>().join(","), words);
        for value in all {
            assert_eq!(T::from_str(word(*value)), Ok(*value));
            assert_eq!(T::from_str(&format!(" {} ", word(*value).to_ascii_uppercase())), Ok(*value));
        }
        let refusal = T::from_str("nothing of it").unwrap_err();
        assert!(refusal.contains("Choose one of: ") && refusal.contains(&words.replace(',', ", ")), "{refusal}");
    }

    /// What is in databases and in other people's programs stays what it is.
    #[test]
    fn words_stay() {
        check(Priority::ALL, Priority::as_str, "Low,Medium,High,Urgent");
        check(Status::ALL, Status::as_str, "Open,In Progress,Waiting on Customer,Resolved,Closed");
        check(ReplyThen::ALL, ReplyThen::as_str, "stay,wait,resolve");
        check(Role::ALL, Role::as_str, "customer,agent,admin");
        check(PinState::ALL, PinState::as_str, "issued,redeemed,expired,revoked");
        check(CallerOutcome::ALL, CallerOutcome::as_str, "checked,wrong,refused,calling,vouched");
        check(CallerDeed::ALL, CallerDeed::as_str, "pins,details,sessions,files");
        check(CardState::ALL, CardState::as_str, "unused,used,expired,revoked");
        check(LoginKind::ALL, LoginKind::as_str, "browser,api");
        check(Can::ALL, Can::as_str, "read,reply,upload,delegate");
        check(FactorDuty::ALL, FactorDuty::as_str, "no,admins,staff");
        check(Purpose::ALL, Purpose::as_str, "login,drop,approve");
        check(RecoveryCheck::ALL, RecoveryCheck::as_str, "called_back,in_person,caller_code,colleague");
        check(ApprovalState::ALL, ApprovalState::as_str, "open,confirmed,declined,withdrawn,expired,void");
        check(ApprovalAnswer::ALL, ApprovalAnswer::as_str, "confirmed,declined");
        check(MessageKind::ALL, MessageKind::as_str, "reply,note");
        check(FileKind::ALL, FileKind::as_str, "pdf,jpg,png,docx");
        check(FoundIn::ALL, FoundIn::as_str, "note,reply,description,file_name,title,number");
        check(LiveKind::ALL, LiveKind::as_str, "ticket,presence,reload,over");
        check(PresenceState::ALL, PresenceState::as_str, "viewing,replying,noting,gone");
        check(
            EndReason::ALL,
            EndReason::as_str,
            "restored,logged_out,everywhere,by_staff,replaced,ticket_closed,ticket_deleted,deactivated,role_lost,parent_ended,\
             delegation_ended,reused,expired,withdrawn,declined",
        );
        check(RetentionOf::ALL, RetentionOf::as_str, "closed_tickets,resolved_tickets,idle_customers,spent_pins");
        check(RetentionOutcome::ALL, RetentionOutcome::as_str, "gone,stayed");
        check(ExportFormat::ALL, ExportFormat::as_str, "csv,json,zip,jsonl");
        check(
            LedgerKind::ALL,
            LedgerKind::as_str,
            "pin_issued,pin_shown,pin_redeemed,pin_expired,pin_revoked,session_began,session_ended,file_opened,exported,\
             caller_checked,caller_wrong,caller_refused,caller_vouched,call_began,cards_made,cards_revoked,delegated,delegation_ended,delegation_switched,files_dropped,\
             files_released,approval_confirmed,approval_declined,approval_withdrawn,recovery_asked,recovery_answered,recovery_confirmed,recovery_issued,\
             recovery_dismissed,pin_asked,pin_confirmed,pin_not_issued,return_code_made,return_code_used,return_code_ended,sensitive_switched,token_reused,restored,factor_set,factor_removed,factor_refused,\
             passkey_added,passkey_removed,passkey_copied,recovery_codes_made,\
             recovery_code_used,person_added,person_changed,password_set,api_token_made,api_token_revoked,\
             category_added,category_changed,settings_changed,files_moved,backup_asked,backup_verified,backup_taken,strays_released,person_erased,\
             ticket_deleted,ticket_kept,ticket_let_go,retention_set,retention_acknowledged,retention_done,person_taken_out",
        );
        check(
            EventKind::ALL,
            EventKind::as_str,
            "ticket_opened,ticket_edited,ticket_withdrawn,status_changed,priority_changed,category_changed,files_added,files_dropped,files_released,\
             replied,noted,assignee_changed,approval_asked,approval_confirmed,approval_declined,approval_withdrawn,pin_issued,pin_redeemed,pin_revoked,delegated,delegation_ended,staff_logged_in,\
             session_ended,token_reused,\
             user_created,user_changed,user_deactivated,user_activated,api_token_made,api_token_revoked,cards_made,cards_revoked",
        );
    }
}
