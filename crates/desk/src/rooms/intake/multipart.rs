//! A multipart body as the desk reads a ticket's form: part by part, so that memory does not grow with the files, and with
//! no more text than a form of ours can hold.

use domain::{
    Error, FORM_MAX_FIELDS, FORM_TEXT_MAX_BYTES, FORM_TEXTS, Result, is_attachments, misplaced_file, too_many_fields,
};
use form_data::{FormData, Part, Unreadable};
use futures::{StreamExt, stream};

use crate::rooms::intake::{FormPart, TicketForm};

/// Parts that are read of a form that is refused anyway.
const NOTED_PARTS: usize = 20;
/// Bytes that are read of it, files too.
const NOTED_BYTES: u64 = FORM_TEXT_MAX_BYTES as u64;

/// Is told the name and the text of a field.
type Note = Box<dyn Fn(&str, &str) + Send + Sync>;

/// A ticket's form in `multipart/form-data` (RFC 7578).
pub struct MultipartForm {
    body: FormData,
    parts: usize,
    /// Bytes of text that may still come.
    text_left: usize,
    /// Notes each text, so that a refused form can be shown again.
    note: Option<Note>,
    is_web_form: bool,
    /// A file was begun.
    has_files: bool,
}

impl MultipartForm {
    /// What a program sent: text is taken as it is.
    pub fn from_api(body: FormData) -> Self {
        Self { body, parts: 0, text_left: FORM_TEXT_MAX_BYTES, note: None, is_web_form: false, has_files: false }
    }

    /// A form of a page: line ends become `\n` (browsers send CR LF), and `note` is told the name and the text of each field.
    pub fn from_page(body: FormData, note: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self { note: Some(Box::new(note)), is_web_form: true, ..Self::from_api(body) }
    }

    /// Reads the texts for nothing but to note them: whoever is refused before the form is read gets them back. The button
    /// that sent the form stands behind its files, so small ones are read over.
    pub async fn note_texts(&mut self) {
        self.body.limit(NOTED_BYTES);
        for _ in 0..NOTED_PARTS {
            if !matches!(self.next().await, Ok(Some(_))) {
                return;
            }
        }
    }

    /// What became of the form. Where it was refused before its texts were read, they are noted now; behind the beginning of
    /// a file nobody waits for more.
    ///
    /// # Errors
    /// The outcome's.
    pub async fn noted<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() && !self.has_files {
            self.note_texts().await;
        }
        outcome
    }

    async fn text(&mut self, part: &Part) -> Result<String> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.body.chunk().await.map_err(unreadable)? {
            let Some(left) = self.text_left.checked_sub(chunk.len()) else {
                return Err(Error::field(&part.name, "This text is too long. Shorten it, or attach it as a file."));
            };
            self.text_left = left;
            bytes.extend_from_slice(&chunk);
        }
        let mut value = part.text(bytes).map_err(|_| Error::field(&part.name, "Send this text in UTF-8."))?;
        if self.is_web_form {
            value = value.replace("\r\n", "\n");
        }
        if let Some(note) = &self.note {
            note(&part.name, &value);
        }
        Ok(value)
    }

    /// Whether the part holds nothing: a browser sends a nameless, empty one for a file field in which nothing was chosen.
    async fn is_empty(&mut self) -> Result<bool> {
        Ok(self.body.chunk().await.map_err(unreadable)?.is_none())
    }
}

impl TicketForm for MultipartForm {
    async fn next(&mut self) -> Result<Option<FormPart<'_>>> {
        loop {
            let Some(part) = self.body.next_part().await.map_err(unreadable)? else { return Ok(None) };
            self.parts += 1;
            if self.parts > FORM_MAX_FIELDS {
                return Err(too_many_fields().into());
            }
            match (&part.file_name, is_attachments(&part.name)) {
                (Some(file_name), _) if file_name.is_empty() => {
                    if self.is_empty().await? {
                        continue;
                    }
                    return Err(Error::field("attachments", "No filename could be determined. Give the file a name."));
                }
                (Some(_), true) => {
                    self.has_files = true;
                    let file_name = part.file_name.unwrap_or_default();
                    let chunks = stream::unfold(&mut self.body, async |body| {
                        let chunk = body.chunk().await.map_err(unreadable).transpose()?;
                        Some((chunk, body))
                    });
                    return Ok(Some(FormPart::File { file_name, chunks: chunks.boxed() }));
                }
                (Some(file_name), false) => return Err(misplaced_file(file_name, &part.name).into()),
                (None, true) => {
                    return Err(Error::field(
                        "attachments",
                        "The submitted data was not a file. Check the encoding type on the form.",
                    ));
                }
                (None, false) => {
                    // What no form of ours has is thrown away as it comes.
                    if FORM_TEXTS.contains(&part.name.as_str()) {
                        let value = self.text(&part).await?;
                        return Ok(Some(FormPart::Text { name: part.name, value }));
                    }
                }
            }
        }
    }
}

fn unreadable(cause: Unreadable) -> Error {
    tracing::info!(%cause, "a form could not be read");
    Error::field("form", "The form broke off or could not be read. Send it again as multipart/form-data.")
}
