//! A ticket's form as it arrives: text fields, and files that are judged, counted and stored on the way.
use bytes::Bytes;
use domain::Result;
use futures::stream::BoxStream;

/// A part of a form.
pub enum FormPart<'a> {
    /// A text field.
    Text {
        /// Its name.
        name: String,
        /// Its value, or why it cannot be one.
        value: String,
    },
    /// A file, under the field `attachments`.
    File {
        /// The name its sender gave it.
        file_name: String,
        /// Its bytes as they arrive. An error ends the whole form.
        chunks: BoxStream<'a, Result<Bytes>>,
    },
}

/// A form that is read part by part, so that memory does not grow with its files.
pub trait TicketForm: Send {
    /// The next part; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<FormPart<'_>>>> + Send;
}

/// A form without files, as JSON and url-encoded bodies are.
pub struct NoFiles(std::vec::IntoIter<(String, String)>);

impl NoFiles {
    /// From names and values.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields.into_iter())
    }
}

impl TicketForm for NoFiles {
    async fn next(&mut self) -> Result<Option<FormPart<'_>>> {
        Ok(self.0.next().map(|(name, value)| FormPart::Text { name, value }))
    }
}
