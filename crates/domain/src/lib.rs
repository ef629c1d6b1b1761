//! The words both sides of Pindesk share: types, rules and the sentences of errors.
//!
//! Compiles for the browser and the server and does no I/O, so a form, a server function and a REST call
//! judge the same input the same way and say so in the same words.

mod actor;
mod approval;
mod audit;
mod bulk;
mod caller;
mod card;
mod delegation;
mod draft;
mod drop;
mod erasure;
mod error;
mod event;
mod factor;
mod file;
mod form;
mod guessing;
mod id;
mod ledger;
mod live;
mod page;
mod people;
mod person;
mod pin;
mod query;
mod recovery;
mod restored;
mod retention;
mod scope;
mod search;
mod text;
mod ticket;
mod timestamp;
mod token;
mod unnamed;
mod word;

pub use actor::{Actor, Role};
pub use approval::{
    AMOUNT_MAX_CHARS, APPROVAL_MAX_CHARS, Approval, ApprovalAnswer, ApprovalDraft, ApprovalFile, ApprovalState,
    WHY_MAX_CHARS, check_why,
};
pub use audit::{AuditFilter, AuditGroup, Change};
pub use bulk::{
    BULK_MAX_TICKETS, BULK_UNDO_SECONDS, BulkAnswer, BulkChange, BulkPart, BulkRefusal, BulkReport, BulkUndo, InBulk,
    check_bulk, check_changes,
};
pub use caller::{Caller, CallerCode, CallerCodeShown, CallerDeed, CallerOutcome, Calling, HOW_MAX_CHARS};
pub use card::{
    BATCH_NAME_MAX_CHARS, Batch, BatchDraft, Card, CardCounts, CardOrigin, CardState, CheckedBatch, card_number,
};
pub use delegation::{CheckedDelegation, DELEGATIONS_MAX, Delegation, DelegationDraft, on_behalf};
pub use draft::{DRAFT_MAX_CHARS, Draft, DraftPlace, IDEMPOTENCY_KEY_MAX_CHARS, check_idempotency_key};
pub use drop::{DropBox, DroppedFile};
pub use erasure::Erasure;
pub use error::{Error, FieldErrors, Result, UNAVAILABLE, too_many_requests};
pub use event::{Event, EventData, EventKind, Holder};
pub use factor::{FactorCode, FactorDuty, MAX_PASSKEYS, Passkey, RECOVERY_CODES, SecondFactor, check_passkey_name};
pub use file::{
    FileKind, FileRefusal, Found, LockSearch, Measured, PictureSize, UploadLimits, clean_file_name, human_bytes,
};
pub use form::{FORM_MAX_FIELDS, FORM_TEXT_MAX_BYTES, FORM_TEXTS, is_attachments, misplaced_file, too_many_fields};
pub use guessing::{Guessing, LivePins, Odds};
pub use id::{
    ApprovalId, AttachmentId, BatchId, BulkId, BulkReportId, CardId, CategoryId, EventId, MessageId, PasskeyId, PinId,
    PinRequestId, RecoveryId, RetentionListId, SessionId, TicketId, TokenId, UserId,
};
pub use ledger::{ExportFormat, FamilyEnded, LedgerData, LedgerEntry, LedgerKind, LedgerOf, Opens, ReuseAlarm};
pub use live::{LiveKind, LiveMessage, PresenceState, Present};
pub use page::{Cursor, Key, Page};
pub use people::{
    LoginKind, PASSWORD_MIN_CHARS, Person, PersonDraft, PinRecord, PinState, SessionInfo, check_password,
};
pub use person::{Email, PersonName, Profile, Username};
pub use pin::{Pin, PinCount, PinFormError, PinLength, PinLife, PinRequest, Typed};
pub use query::TicketQuery;
pub use recovery::{
    RECOVERY_HOW_MAX_CHARS, RECOVERY_MAX_CHARS, Recovery, RecoveryAnswer, RecoveryCheck, RecoveryDraft, RecoveryState,
};
pub use restored::{EndReason, HoldReason};
pub use retention::{
    KEEP_WHY_MAX_CHARS, RETENTION_MIN_DAYS, RetentionItem, RetentionList, RetentionOf, RetentionOutcome, TicketHold,
    check_keep_why,
};
pub use scope::{Can, CanSet, PinScope, Purpose, Scope, ScopeDraft, Stay, length_words};
pub use search::{
    FoundIn, Piece, SEARCH_MAX_HITS, SEARCH_MAX_WORDS, SEARCH_WORD_MAX_CHARS, SearchHit, SearchHits, SearchQuery,
};
pub use text::{ISOLATE, ISOLATE_END, apart, check_line, check_text, is_invisible, no_formula, one_line};
pub use ticket::{
    Assignee, AssigneeFilter, Attachment, COUNTED_TICKETS, Category, DESCRIPTION_MAX_CHARS, DeskFile, FileRoom,
    MESSAGE_MAX_CHARS, MessageKind, Overview, Priority, ReplyThen, Status, StatusCount, TITLE_MAX_CHARS, Ticket,
    TicketAbilities, TicketChange, TicketFilter, TicketOrder, TicketRow, TicketView, check_description, check_message,
    check_title, count_words,
};
pub use timestamp::{Timestamp, micros};
pub use token::{ByToken, NewToken, TOKEN_PREFIX, TokenDraft, TokenRecord};
pub use unnamed::{Alias, ReturnCode, ShownCode};
pub use word::not_a_choice;
