//! A multipart body as the desk reads a ticket's form: part by part, so that memory does not grow with the files.

use desk::{FormPart, TicketForm};
use domain::{Error, Result};
use futures::{StreamExt, TryStreamExt};

use crate::request::RequestContext;

/// Bytes of one text field; a description of 20,000 characters fits several times.
const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Texts that are read of a form that is refused anyway.
const NOTED_TEXTS: usize = 10;
/// Parts of one form.
const MAX_PARTS: u32 = 200;

/// A ticket's form in `multipart/form-data` (RFC 7578).
pub struct MultipartForm {
    body: multer::Multipart<'static>,
    parts: u32,
    /// Whose text fields to note, so that a refused form can be shown again.
    context: Option<RequestContext>,
    is_web_form: bool,
}

impl MultipartForm {
    /// A REST body: text is taken as it is.
    pub fn from_api(body: multer::Multipart<'static>) -> Self {
        Self { body, parts: 0, context: None, is_web_form: false }
    }

    /// A form of a page: line ends become `\n` (browsers send CR LF), text is noted in `context`.
    pub fn from_page(body: multer::Multipart<'static>, context: RequestContext) -> Self {
        Self { body, parts: 0, context: Some(context), is_web_form: true }
    }

    /// Reads the texts in front of the files for nothing but to note them: whoever is refused before the form is read
    /// gets them back.
    pub async fn note_texts(&mut self) {
        for _ in 0..NOTED_TEXTS {
            if !matches!(self.next().await, Ok(Some(FormPart::Text { .. }))) {
                return;
            }
        }
    }
}

impl TicketForm for MultipartForm {
    async fn next(&mut self) -> Result<Option<FormPart<'_>>> {
        loop {
            let Some(mut field) = self.body.next_field().await.map_err(unreadable)? else { return Ok(None) };
            self.parts += 1;
            if self.parts > MAX_PARTS {
                return Err(Error::field("form", format!("Send at most {MAX_PARTS} parts in one form.")));
            }
            let name = field.name().unwrap_or_default().to_owned();
            if name == "attachments" {
                let Some(file_name) = field.file_name().map(ToOwned::to_owned) else {
                    return Err(Error::field(
                        "attachments",
                        "The submitted data was not a file. Check the encoding type on the form.",
                    ));
                };
                // A browser sends a nameless, empty part for a file field in which nothing was chosen.
                if file_name.is_empty() {
                    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                        if !chunk.is_empty() {
                            return Err(Error::field(
                                "attachments",
                                "No filename could be determined. Give the file a name.",
                            ));
                        }
                    }
                    continue;
                }
                let chunks = field.into_stream().map_err(unreadable).boxed();
                return Ok(Some(FormPart::File { file_name, chunks }));
            }
            let mut bytes: Vec<u8> = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                if bytes.len() + chunk.len() > MAX_TEXT_BYTES {
                    return Err(Error::field(&name, "This text is too long. Shorten it, or attach it as a file."));
                }
                bytes.extend_from_slice(&chunk);
            }
            let mut value = String::from_utf8(bytes).map_err(|_| Error::field(&name, "Send this text in UTF-8."))?;
            if self.is_web_form {
                value = value.replace("\r\n", "\n");
            }
            if let Some(context) = &self.context {
                context.note_form_value(&name, &value);
            }
            return Ok(Some(FormPart::Text { name, value }));
        }
    }
}

fn unreadable(_: multer::Error) -> Error {
    Error::field("form", "The form broke off or could not be read. Send it again as multipart/form-data.")
}
