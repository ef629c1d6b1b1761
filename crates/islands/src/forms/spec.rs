//! What a form is made of, as its page says it.

use domain::{FieldErrors, UploadLimits};
use serde::{Deserialize, Serialize};

/// A form that people write in. What its page shows and what stays as it is, no browser has to know a second time: these parts
/// are left out where it is written for one, and empty there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSpec {
    /// The address of its server function, [`server_fn::ServerFn::PATH`].
    pub deed: String,
    /// How its server function reads it.
    #[serde(skip)]
    pub encoding: &'static str,
    /// Where it is sent without script.
    #[serde(skip)]
    pub action: String,
    /// Its classes.
    #[serde(skip)]
    pub class: &'static str,
    /// What it sends unseen, as HTML. First of all, so that the server knows what the rest is about.
    #[serde(skip)]
    pub hidden: String,
    /// Whether it has a key by which it counts once, however often it is sent.
    pub is_keyed: bool,
    /// That key.
    #[serde(skip)]
    pub key: String,
    /// What was wrong with its fields and files when it was sent last.
    pub errors: FieldErrors,
    /// What else was.
    pub refusal: Option<String>,
    /// Its fields, those in a row together.
    pub rows: Vec<Vec<FieldSpec>>,
    /// What shows the text of a message as it will be read, if it can.
    pub preview: Option<MessageSpec>,
    /// The files that it takes, if it does.
    pub files: Option<FilesSpec>,
    /// The buttons that send it.
    pub buttons: Vec<ButtonSpec>,
    /// What stands beside them, as HTML.
    #[serde(skip)]
    pub beside: String,
    /// Its draft, if it keeps one.
    pub draft: Option<DraftSpec>,
    /// Where who sends it logs in again when their session has ended meanwhile.
    pub log_in: String,
}

/// A field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Its key in the form.
    pub name: String,
    /// Its id, unique on the page.
    pub id: String,
    /// What it looks like.
    pub kind: FieldKind,
    /// What to write here.
    #[serde(skip)]
    pub label: &'static str,
    /// How, if the label does not say it.
    pub hint: String,
    /// What it holds at first: text, or for a choice its options as HTML.
    #[serde(skip)]
    pub value: String,
    /// Whether it may not stay empty.
    #[serde(skip)]
    pub is_required: bool,
    /// How many characters it may hold.
    #[serde(skip)]
    pub max_chars: Option<usize>,
    /// How many lines it shows.
    #[serde(skip)]
    pub lines: Option<&'static str>,
    /// What others see while somebody types in it, see [`crate::live`].
    #[serde(skip)]
    pub typing: Option<&'static str>,
}

/// What a field looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// One line of text.
    #[default]
    Line,
    /// Several.
    Text,
    /// One of a few.
    Choice,
}

/// A preview of the field `body`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSpec {
    /// It is shown at first.
    pub is_shown: bool,
    /// What it shows at first, as HTML.
    #[serde(skip)]
    pub html: String,
}

/// The files of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesSpec {
    /// The id of their field, unique on the page.
    pub id: String,
    /// What one may be.
    pub limits: UploadLimits,
    /// How many more the ticket takes.
    pub room: u32,
    /// The form comes back refused; browsers forget the files then.
    #[serde(skip)]
    pub is_retry: bool,
}

/// A button that sends the form. A browser has to know only that it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonSpec {
    /// Its classes.
    #[serde(skip)]
    pub class: &'static str,
    /// What it sends along: name and value.
    #[serde(skip)]
    pub sends: Option<(&'static str, &'static str)>,
    /// Its words, as HTML.
    #[serde(skip)]
    pub words: String,
}

/// The draft of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSpec {
    /// Its place.
    pub place: String,
    /// Whether the form shows one.
    pub is_kept: bool,
    /// The id of the form that discards it.
    #[serde(skip)]
    pub discard: String,
    /// What only who has no script needs of it, as HTML.
    #[serde(skip)]
    pub plain: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_shows_is_not_written_twice() {
        let field = FieldSpec { name: "title".to_owned(), value: "A long text".to_owned(), ..FieldSpec::default() };
        let spec = FormSpec { rows: vec![vec![field]], key: "f00".to_owned(), ..FormSpec::default() };
        let text = serde_json::to_string(&spec).unwrap();
        assert!(!text.contains("A long text") && !text.contains("f00"), "{text}");
        let read: FormSpec = serde_json::from_str(&text).unwrap();
        assert_eq!((read.rows[0][0].name.as_str(), read.rows[0][0].value.as_str()), ("title", ""));
    }
}
