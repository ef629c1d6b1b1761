//! What the server answered, as words for who wrote the form.

use domain::{FieldErrors, UNAVAILABLE, too_many_requests};
use serde::Deserialize;

use crate::addresses::WELCOME;

const SESSION_OVER: &str =
    "You are logged out by now. What you wrote and chose stays here: log in, then send it again.";
const UNREACHABLE: &str = "The server cannot be reached. What you wrote and chose stays here.";
const TOO_MUCH: &str = "This is too much to send at once. Remove a file and send it again.";
const GONE: &str = "This ticket is gone. Somebody may have withdrawn it.";
const OUR_FAULT: &str = "Something went wrong on our side. What you wrote and chose stays here.";
/// Behind the desk's own sentence.
const STAYS: &str = " What you wrote and chose stays here.";
/// Which file, and why, stands at the file.
const CHANGED: &str = "Nothing was sent: a file changed. What you wrote and the other files stay here. Choose the file \
                       again or remove it.";
const NOT_TAKEN: &str = "Nothing was sent: a file cannot be taken. What you wrote and the other files stay here. Choose \
                         another file, or send it without.";
/// Nothing is wrong on this side.
const STOPPED: &str = "Stopped. What you wrote and chose stays here.";

/// What a form shows of a [`domain::Error`], as JSON. Reading the whole of it would weigh more than the rest of this.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Refused {
    #[serde(default)]
    pub(super) fields: FieldErrors,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) retry_after: Option<u64>,
}

/// What is said above the buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) words: String,
    pub(super) offer: Offer,
}

/// What a message offers beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Nothing,
    LogIn,
    /// The page that says whose access the browser has.
    Welcome,
    Again,
}

impl Message {
    fn new(words: impl Into<String>, offer: Offer) -> Self {
        Self { words: words.into(), offer }
    }

    /// Files are not what was chosen any more.
    pub(super) fn changed() -> Self {
        Self::new(CHANGED, Offer::Again)
    }

    /// Files turned out to be none that are taken when it was to be sent already.
    pub(super) fn not_taken() -> Self {
        Self::new(NOT_TAKEN, Offer::Again)
    }

    /// Sending was stopped.
    pub(super) fn stopped() -> Self {
        Self::new(STOPPED, Offer::Nothing)
    }

    /// What a refusal says beside its fields. `status` is 0 when there was no answer; `unsaid` are sentences that belong to no
    /// field of the form.
    pub(super) fn of(status: u16, refused: Refused, unsaid: &[String]) -> Self {
        if !unsaid.is_empty() {
            return Self::new(unsaid.join(" "), Offer::Nothing);
        }
        match (status, refused.message) {
            (0, _) => Self::new(UNREACHABLE, Offer::Again),
            (401, _) => Self::new(SESSION_OVER, Offer::LogIn),
            (413, _) => Self::new(TOO_MUCH, Offer::Nothing),
            (404, _) => Self::new(GONE, Offer::Nothing),
            // The desk's sentence for what it takes later: over the session's measure, or nothing can be saved. Staff are told
            // why.
            (429 | 503, message) => {
                let measure = || refused.retry_after.filter(|_| status == 429).map(too_many_requests);
                let words = message.or_else(measure).unwrap_or_else(|| UNAVAILABLE.to_owned());
                Self::new(words + STAYS, Offer::Again)
            }
            // The one sentence that names that page is about it.
            (409, Some(message)) if message.contains(WELCOME) => Self::new(message, Offer::Welcome),
            (_, Some(message)) => Self::new(message, Offer::Nothing),
            (_, None) => Self::new(OUR_FAULT, Offer::Again),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Actor, Error, Purpose, Scope};

    use super::*;

    fn read(error: &Error) -> Refused {
        serde_json::from_str(&serde_json::to_string(error).unwrap()).unwrap()
    }

    fn words(error: &Error) -> (String, Offer) {
        let Message { words, offer } = Message::of(error.http_status(), read(error), &[]);
        (words, offer)
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        assert_eq!(words(&Error::Unauthenticated), (SESSION_OVER.to_owned(), Offer::LogIn));
        assert_eq!(words(&Error::NotFound), (GONE.to_owned(), Offer::Nothing));
        assert_eq!(words(&Error::TooLarge { fields: FieldErrors::default() }), (TOO_MUCH.to_owned(), Offer::Nothing));
        assert_eq!(words(&Error::Internal), (OUR_FAULT.to_owned(), Offer::Again));
        assert_eq!(words(&Error::Unavailable), (UNAVAILABLE.to_owned() + STAYS, Offer::Again));
        let trouble = Error::Trouble { message: "The disk is full.".to_owned() };
        assert_eq!(words(&trouble), ("The disk is full.".to_owned() + STAYS, Offer::Again));
        let busy = words(&Error::TooManyRequests { retry_after: 12 });
        assert_eq!(busy, (too_many_requests(12) + STAYS, Offer::Again));
        let closed = Error::Conflict { message: "It is closed.".to_owned() };
        assert_eq!(words(&closed), ("It is closed.".to_owned(), Offer::Nothing));
    }

    #[test]
    fn who_was_not_told_whose_access_it_is_is_led_there() {
        for purpose in [Purpose::Login, Purpose::Drop] {
            let scope = Scope { purpose, ..Scope::default() };
            let actor = Actor { needs_welcome: true, scope, ..Actor::command_line() };
            let (said, offer) = words(&actor.require_writing().unwrap_err());
            assert!(offer == Offer::Welcome && said.contains("Nothing was sent yet"), "{said}");
        }
    }

    #[test]
    fn no_answer_and_one_of_somebody_else() {
        assert_eq!(Message::of(0, Refused::default(), &[]), Message::new(UNREACHABLE, Offer::Again));
        assert_eq!(Message::of(502, Refused::default(), &[]), Message::new(OUR_FAULT, Offer::Again));
    }

    #[test]
    fn what_no_field_shows_is_said_above_the_buttons() {
        let refused = read(&Error::field("form", "Reload the page."));
        assert_eq!(refused.fields.of("form"), ["Reload the page."]);
        let said = Message::of(400, refused, &["Reload the page.".to_owned()]);
        assert_eq!(said, Message::new("Reload the page.", Offer::Nothing));
    }
}
