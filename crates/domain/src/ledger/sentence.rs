//! What an entry of the ledger says.

use super::{ExportFormat, LedgerData, LedgerEntry, Opens};
use crate::{Can, CanSet, EndReason, LoginKind, Purpose, Role, audit, on_behalf};

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
            LedgerData::PinAsked { request, opens } => {
                format!("{} asked for a PIN for {} (request {request}).", who(), self.for_what(opens, &name))
            }
            LedgerData::PinConfirmed { request } => format!("{} confirmed request {request} for a PIN.", who()),
            LedgerData::PinNotIssued { request } => {
                format!("{} took back or declined request {request} for a PIN.", who())
            }
            LedgerData::ReturnCodeMade => format!("{} got a return code.", who()),
            LedgerData::ReturnCodeUsed => format!("{} came back by the return code.", who()),
            LedgerData::ReturnCodeEnded => format!("{} ended the return code.", who()),
            LedgerData::SensitiveSwitched { is_sensitive: true } => {
                format!("{} marked the customer as sensitive: two of staff are needed to let them in.", who())
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
            LedgerData::PasskeyAdded { name: key } => format!("{} added the passkey {}.", who(), name(key)),
            LedgerData::PasskeyRemoved { name: key } => format!("{} removed the passkey {}.", who(), name(key)),
            LedgerData::PasskeyCopied { whom, name: key } => format!(
                "The passkey {} of {} was refused: its counter went backwards, so there may be a copy of it.",
                name(key),
                name(whom)
            ),
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
            LedgerData::FilesMoved { from, to, files: count } => {
                format!("All files were moved from {} to {}: {}.", name(from), name(to), files(*count))
            }
            LedgerData::BackupAsked => format!("{} asked for a backup.", who()),
            LedgerData::BackupVerified { name: file } => format!("{} had the backup {} verified.", who(), name(file)),
            LedgerData::BackupTaken { name: file } => format!("{} downloaded the backup {}.", who(), name(file)),
            LedgerData::PersonErased { tickets, files: count } => {
                let tickets = if *tickets == 1 { "1 ticket".to_owned() } else { format!("{tickets} tickets") };
                format!("{} erased {} with {tickets} and {}.", who(), person(), files(*count))
            }
            LedgerData::TicketDeleted { files: count, list } => {
                let by =
                    list.map(|list| format!(" It was on list {list} of what goes after a while.")).unwrap_or_default();
                format!("{} deleted {} with {}.{by}", who(), self.which_ticket(), files(*count))
            }
            LedgerData::TicketKept { why } => {
                format!("{} said that {} is kept, whatever rules say: {}", who(), self.which_ticket(), name(why))
            }
            LedgerData::TicketLetGo => {
                format!("{} said that {} need not be kept any more.", who(), self.which_ticket())
            }
            LedgerData::RetentionSet { changes } => {
                format!("{} changed what goes after a while: {}.", who(), audit::list(changes, &name))
            }
            LedgerData::RetentionAcknowledged { list, of, count } => {
                format!("{} acknowledged list {list} of what goes after a while: {}.", who(), of.counted(*count))
            }
            LedgerData::RetentionDone { list, of, gone, stayed } => {
                format!("List {list} of what goes after a while is done: {} gone, {stayed} stayed.", of.counted(*gone))
            }
            LedgerData::PersonTakenOut { tickets, files: count } => {
                let tickets = if *tickets == 1 { "1 ticket".to_owned() } else { format!("{tickets} tickets") };
                format!("{} took out all that is kept of {}: {tickets} and {}.", who(), person(), files(*count))
            }
            LedgerData::StraysReleased => {
                format!("{} let files without a ticket go, after looking at who may come in.", who())
            }
        }
    }

    fn which_ticket(&self) -> String {
        self.ticket.map_or_else(|| "a ticket".to_owned(), |ticket| format!("ticket #{ticket}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttachmentId, PinId, TicketId, Timestamp, UserId};

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
}
