//! What one session may ask of the desk: so many changes and so many readings a minute, on average over ten minutes, and
//! so many readings at once. A person never meets it; a program that runs wild does, before others wait for it.
//!
//! Kept in the memory of each process. Health, the site's own files and logging in or out are not counted.

pub(crate) mod rates;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use app::{
    admin::{
        login::api::{StaffLogin, StaffLoginCode},
        set_up::api::SetUp,
    },
    login::api::{LogOut, LogOutEverywhere, Login, Refresh},
};
use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    response::Response,
};
use domain::{Actor, Error};
use http_body::{Frame, SizeHint};
use islands::{conversation::api::Preview, deed::Deed as _, live::api::Beat, staff::queue::api::StaffListTickets};
use tokio::sync::OwnedSemaphorePermit;

pub(crate) use self::rates::Kind;
use crate::{functions, reply, site::Site};

/// Server functions that let somebody in or out.
const FREE: [&str; 6] =
    [Login::NAME, StaffLogin::NAME, StaffLoginCode::NAME, SetUp::NAME, LogOut::NAME, LogOutEverywhere::NAME];
/// Server functions that change nothing, though they are called by POST. What is not named here changes something.
const READING: [&str; 4] = [Refresh::NAME, Beat::NAME, Preview::NAME, StaffListTickets::NAME];

/// What a request for a page or a server function costs.
pub(crate) fn kind_of(request: &Request) -> Kind {
    if request.method().is_safe() {
        return Kind::Reading;
    }
    match functions::of(request.uri()).as_deref() {
        Some(name) if FREE.contains(&name) => Kind::Free,
        Some(name) if READING.contains(&name) => Kind::Reading,
        _ => Kind::Writing,
    }
}

/// An extension of a call that is refused before it is run, as it is over its session's measure or nobody can look up who
/// asks: the server function refuses with this, so that a form is shown again with what was typed.
#[derive(Debug, Clone)]
pub(crate) struct Refused(pub(crate) Error);

/// An extension of a request that has a place: what it does besides needs no other one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HasPlace;

/// Lets a request of a session pass, or says when it may come again. What is returned is held until it is answered.
pub(crate) async fn admit(
    site: &Site,
    actor: Option<&Actor>,
    kind: Kind,
) -> Result<Option<OwnedSemaphorePermit>, Error> {
    let Some(actor) = actor else { return Ok(None) };
    let Some(session) = actor.credential().filter(|_| kind != Kind::Free) else { return Ok(None) };
    let line = site.measure.take(actor, &session, kind, site.desk.now())?;
    if kind == Kind::Reading { line.place().await.map(Some) } else { Ok(None) }
}

/// From so many bytes on an answer that is whole in memory keeps its place until its reader has it.
const LARGE: u64 = 256 * 1024;
/// Bytes that it is given out in.
const PIECE: usize = 64 * 1024;

/// A large answer, given out in pieces.
struct Held {
    rest: Bytes,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let piece = self.rest.len().min(PIECE);
        Poll::Ready((piece > 0).then(|| Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Lets a large answer keep its place, so that one session cannot fill the memory with answers that nobody reads. Streams,
/// as files and events are, have no such size and need no place.
pub(crate) async fn held(answer: Response, place: Option<OwnedSemaphorePermit>) -> Response {
    let (Some(_place), Some(LARGE..)) = (place, answer.body().size_hint().exact()) else { return answer };
    let (parts, body) = answer.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(rest) => Response::from_parts(parts, Body::new(Held { rest, _place })),
        Err(error) => {
            tracing::error!(%error, "an answer in memory could not be read");
            reply::Area::Page.refuse(Error::Internal)
        }
    }
}

#[cfg(test)]
mod tests {
    use app::{
        account::{
            caller::MakeCallerCode,
            delegations::{EndDelegation, LetIn},
        },
        admin::{
            backups::api::{MakeBackup, VerifyBackup},
            callers::api::{BeginCall, CheckCallerCode, EndCall, VouchFor},
            cards::api::{MakeCards, MakeCardsAgain, RevokeCard, RevokeCards},
            categories::api::{AddCategory, RenameCategory, SetCategoryActive, SetDefaultCategory},
            customers::api::{
                CreateCustomer, CreateUnnamed, EraseCustomer, SetCustomerActive, SetDelegation, UpdateCustomer,
            },
            factor::api::{
                BeginAuthenticator, BeginPasskey, ConfirmAuthenticator, FinishPasskey, NewRecoveryCodes, RemovePasskey,
                SwitchFactorOff, TakeFactorAway,
            },
            ledger::api::EndFamily,
            overview::api::ConfirmSweep,
            pins::{
                api::{IssuePin, RevokePin},
                asked::{AskPin, ConfirmPin, IssueAskedPin, WithdrawPin},
            },
            recoveries::{AnswerRecovery, ConfirmRecovery, DismissRecovery, IssueRecovery, SetSensitive},
            retention::api::{AcknowledgeRetention, KeepTicket, LetTicketGo, LookForRetention, SetRetention},
            sessions::api::{EndAllSessions, EndOtherSessions, EndSession},
            team::api::{
                CreateStaffMember, MakeApiToken, RevokeApiToken, SetShortcuts, SetStaffActive, SetStaffPassword,
                SetStaffRole, UpdateStaffMember,
            },
            tickets::{
                api::{ClaimTicket, ReleaseFiles, StaffDeleteTicket, StaffUpdateTicket},
                approvals::{AskApproval, WithdrawApproval},
            },
        },
        approvals::{ConfirmApproval, DeclineApproval},
        layout::SetTheme,
        login::api::{MakeReturnCode, NoteReturnCode},
        recovery::AskRecovery,
        tickets::api::{CloseTicket, DeleteTicket, UpdateTicket},
    };
    use islands::{
        conversation::api::{AddNote, Reply},
        drafts::api::{DiscardDraft, SaveDraft},
        staff::api::{ChangeTickets, UndoChange},
        tickets::api::{CreateTicket, DropFiles},
    };

    use super::*;

    /// Server functions that change something.
    const CHANGES: &[&str] = &[
        AcknowledgeRetention::NAME,
        AddCategory::NAME,
        AddNote::NAME,
        BeginAuthenticator::NAME,
        BeginPasskey::NAME,
        FinishPasskey::NAME,
        RemovePasskey::NAME,
        AnswerRecovery::NAME,
        AskApproval::NAME,
        AskPin::NAME,
        AskRecovery::NAME,
        BeginCall::NAME,
        ChangeTickets::NAME,
        CheckCallerCode::NAME,
        ClaimTicket::NAME,
        CloseTicket::NAME,
        ConfirmApproval::NAME,
        ConfirmPin::NAME,
        ConfirmRecovery::NAME,
        ConfirmSweep::NAME,
        ConfirmAuthenticator::NAME,
        CreateCustomer::NAME,
        CreateStaffMember::NAME,
        CreateTicket::NAME,
        CreateUnnamed::NAME,
        DeclineApproval::NAME,
        DeleteTicket::NAME,
        DiscardDraft::NAME,
        DismissRecovery::NAME,
        DropFiles::NAME,
        EndAllSessions::NAME,
        EndCall::NAME,
        EndDelegation::NAME,
        EndFamily::NAME,
        EndOtherSessions::NAME,
        EndSession::NAME,
        EraseCustomer::NAME,
        IssueAskedPin::NAME,
        IssuePin::NAME,
        IssueRecovery::NAME,
        KeepTicket::NAME,
        LetIn::NAME,
        LetTicketGo::NAME,
        LookForRetention::NAME,
        MakeApiToken::NAME,
        MakeBackup::NAME,
        MakeCallerCode::NAME,
        MakeCards::NAME,
        MakeCardsAgain::NAME,
        MakeReturnCode::NAME,
        NoteReturnCode::NAME,
        NewRecoveryCodes::NAME,
        ReleaseFiles::NAME,
        RenameCategory::NAME,
        Reply::NAME,
        RevokeApiToken::NAME,
        RevokeCard::NAME,
        RevokeCards::NAME,
        RevokePin::NAME,
        SaveDraft::NAME,
        SetCategoryActive::NAME,
        SetCustomerActive::NAME,
        SetDefaultCategory::NAME,
        SetDelegation::NAME,
        SetRetention::NAME,
        SetSensitive::NAME,
        SetShortcuts::NAME,
        SetStaffActive::NAME,
        SetStaffPassword::NAME,
        SetStaffRole::NAME,
        SetTheme::NAME,
        StaffDeleteTicket::NAME,
        StaffUpdateTicket::NAME,
        SwitchFactorOff::NAME,
        TakeFactorAway::NAME,
        UndoChange::NAME,
        UpdateCustomer::NAME,
        UpdateStaffMember::NAME,
        UpdateTicket::NAME,
        VerifyBackup::NAME,
        VouchFor::NAME,
        WithdrawApproval::NAME,
        WithdrawPin::NAME,
    ];

    #[test]
    fn what_counts_as_what() {
        let kind = |method: &str, path: &str| {
            kind_of(&Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap())
        };
        assert_eq!(kind("GET", "/tickets"), Kind::Reading);
        assert_eq!(kind("POST", "/tickets/1?fn=reply"), Kind::Writing);
        assert_eq!(kind("POST", "/fn/reply?fn=preview"), Kind::Writing);
        assert_eq!(kind("POST", "/tickets/1?fn=preview&fn=reply"), Kind::Reading, "the first is the one that runs");
        assert_eq!(kind("POST", "/fn/beat"), Kind::Reading);
        assert_eq!(kind("POST", "/?fn=log_out"), Kind::Free);
        assert_eq!(kind("POST", "/tickets"), Kind::Writing);
        assert_eq!(kind("POST", "/fn/%62eat"), Kind::Writing);
        // Each function is in one of the lists: who adds one says what it costs.
        let mut listed: Vec<&str> = FREE.iter().chain(&READING).chain(CHANGES).copied().collect();
        let mut known: Vec<&str> = server_fn::axum::server_fn_paths()
            .map(|(path, _)| path.strip_prefix(functions::PREFIX).unwrap_or(path))
            .collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }
}
