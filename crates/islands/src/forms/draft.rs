//! The draft of a form, as a value: what of it is saved, and what comes next. One request at a time, and the newest words win.

/// Milliseconds from the last key to saving.
pub(super) const AFTER_LAST_KEY: u32 = 600;
/// Between two tries.
const BEFORE_NEXT_TRY: u32 = 3_000;

const KEPT: &str = "This is your unsent draft.";
const SAVING: &str = "Saving…";
const SAVED: &str = "Draft saved";
const SENT: &str = "This was sent already. Reload the page to write something new.";
const LOGGED_OUT: &str = "Not saved: you are logged out. Log in in another tab; what you wrote stays here.";
const WAITS: &str = "Not saved yet. Trying again.";
const UNREACHABLE: &str = "Not saved: the server cannot be reached. Trying again.";
const UNAVAILABLE: &str = "Not saved: the desk cannot save anything at the moment. Trying again.";
const OUR_FAULT: &str = "Not saved: something went wrong on our side. Trying again.";
const REFUSED: &str = "Not saved: the server does not take this draft. What you wrote stays here.";

/// How the draft of a form stands. Its fields are told as one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// The fields as they were saved last.
    saved: String,
    /// The fields as they are being saved.
    saving: Option<String>,
    /// It is being discarded; what is typed after that counts again.
    is_over: bool,
    /// There is one.
    pub(super) is_kept: bool,
    /// How it stands.
    pub(super) words: &'static str,
}

/// What comes after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing, until the next key or until the person comes back from another tab.
    Rest,
    /// Saving what is newer, in so many milliseconds.
    SaveIn(u32),
    /// Discarding it, which waited for the answer.
    Discard,
}

impl Draft {
    pub(super) fn new(is_kept: bool) -> Self {
        Self { is_kept, words: if is_kept { KEPT } else { "" }, ..Self::default() }
    }

    /// These fields are as the server has them.
    pub(super) fn is_as_saved(&mut self, fields: String) {
        self.saved = fields;
    }

    /// Somebody types.
    pub(super) fn typed(&mut self) {
        self.is_over = false;
    }

    /// Whether the timer runs for who discards.
    pub(super) fn is_being_discarded(&self) -> bool {
        self.is_over
    }

    /// Begins to save these fields, if that is to be done now. `is_last`: the page goes, there is no time to wait for the request
    /// under way.
    pub(super) fn begin(&mut self, fields: &str, is_last: bool) -> bool {
        let must_wait = self.saving.as_deref().is_some_and(|saving| !is_last || saving == fields);
        if self.is_over || must_wait || self.saved == fields {
            return false;
        }
        self.saving = Some(fields.to_owned());
        self.words = SAVING;
        true
    }

    /// What was begun with was answered, with a status and a text, or was not. `fields` are the form's by now.
    pub(super) fn answered(&mut self, answer: Option<(u16, &str)>, begun: String, fields: &str) -> Next {
        self.saving = None;
        if self.is_over {
            return Next::Discard;
        }
        let again = match answer {
            Some((200, _)) => {
                self.saved = begun;
                Some(AFTER_LAST_KEY)
            }
            None | Some((429 | 500.., _)) => Some(BEFORE_NEXT_TRY),
            Some(_) => None,
        };
        self.words = match answer {
            Some((200, "null")) => SENT,
            Some((200, _)) => SAVED,
            Some((401, _)) => LOGGED_OUT,
            Some((429, _)) => WAITS,
            None => UNREACHABLE,
            Some((503, _)) => UNAVAILABLE,
            Some((500.., _)) => OUR_FAULT,
            Some(_) => REFUSED,
        };
        self.is_kept |= self.words == SAVED;
        again.filter(|_| self.saved != fields).map_or(Next::Rest, Next::SaveIn)
    }

    /// Somebody discards it. Whether that has to wait: a save that arrived after the draft was discarded would bring it back.
    pub(super) fn discard(&mut self) -> bool {
        self.is_over = true;
        self.saving.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(fields: &str) -> Draft {
        let mut draft = Draft::new(false);
        assert!(draft.begin(fields, false));
        assert_eq!(draft.words, SAVING);
        draft
    }

    #[test]
    fn what_is_saved_is_not_saved_again() {
        let mut draft = begun("a");
        assert!(!draft.begin("ab", false), "one at a time");
        assert_eq!(draft.answered(Some((200, "\"2026\"")), "a".to_owned(), "ab"), Next::SaveIn(AFTER_LAST_KEY));
        assert_eq!((draft.words, draft.is_kept), (SAVED, true));
        assert!(!draft.begin("a", false));
        assert!(draft.begin("ab", false));
        assert_eq!(draft.answered(Some((200, "\"2026\"")), "ab".to_owned(), "ab"), Next::Rest);
    }

    #[test]
    fn the_last_words_do_not_wait() {
        let mut draft = begun("a");
        assert!(!draft.begin("a", true), "they are on their way");
        assert!(draft.begin("ab", true));
    }

    #[test]
    fn what_failed_is_tried_again_and_what_was_refused_is_not() {
        for (answer, words, next) in [
            (None, UNREACHABLE, Next::SaveIn(BEFORE_NEXT_TRY)),
            (Some((503, "")), UNAVAILABLE, Next::SaveIn(BEFORE_NEXT_TRY)),
            (Some((502, "")), OUR_FAULT, Next::SaveIn(BEFORE_NEXT_TRY)),
            (Some((429, "")), WAITS, Next::SaveIn(BEFORE_NEXT_TRY)),
            (Some((401, "")), LOGGED_OUT, Next::Rest),
            (Some((400, "")), REFUSED, Next::Rest),
        ] {
            let mut draft = begun("a");
            assert_eq!(draft.answered(answer, "a".to_owned(), "a"), next, "{answer:?}");
            assert_eq!((draft.words, draft.is_kept), (words, false));
            assert!(draft.begin("a", false), "it is not saved");
        }
    }

    #[test]
    fn a_key_that_was_sent_keeps_nothing() {
        let mut draft = begun("a");
        assert_eq!(draft.answered(Some((200, "null")), "a".to_owned(), "a"), Next::Rest);
        assert_eq!((draft.words, draft.is_kept), (SENT, false));
    }

    #[test]
    fn what_is_discarded_does_not_come_back() {
        let mut draft = begun("a");
        assert!(draft.discard(), "the one under way goes first");
        assert!(!draft.begin("ab", true));
        assert_eq!(draft.answered(Some((200, "\"2026\"")), "a".to_owned(), "a"), Next::Discard);
        let mut draft = Draft::new(true);
        assert_eq!(draft.words, KEPT);
        assert!(!draft.discard());
        draft.typed();
        assert!(draft.begin("b", false), "what is typed after that counts again");
    }

    #[test]
    fn fields_as_they_came_are_no_news() {
        let mut draft = Draft::new(true);
        draft.is_as_saved("a".to_owned());
        assert!(!draft.begin("a", true));
        assert_eq!(draft.words, KEPT);
    }
}
