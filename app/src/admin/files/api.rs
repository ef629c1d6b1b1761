//! Server functions of the list of files.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{DeskFile, Page};
use islands::refusal::Refusal;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A page of all files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileList {
    /// The files, newest first.
    pub page: Page<DeskFile>,
    /// How many the filter finds.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Files by customer (their username) and kind (`pdf`, `jpg`, `png`, `docx`).
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers; [`domain::Error::Invalid`] for a username or a kind that is not there.
#[server(prefix = "/fn", endpoint = "list_files")]
pub async fn list_files(
    #[server(default)] customer: String,
    #[server(default)] kind: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<FileList, Refusal> {
    use desk::FileFilter;
    use domain::{FieldErrors, FileKind};

    use crate::{admin::read, filters};
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let mut errors = FieldErrors::default();
    let found = answer(filters::customer(&context, actor, &customer, &mut errors).await)?;
    let kind = filters::choice(&mut errors, "kind", &kind, |word| word.parse::<FileKind>().ok());
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    let filter = FileFilter { requester: found.map(|customer| customer.id), kind };
    let files = context.desk.attachments();
    let page = answer(files.list(actor, &filter, filters::cursor(&before, &after), read::PAGE).await)?;
    let (count, bytes) = answer(files.total(actor, &filter).await)?;
    Ok(FileList { page, count, bytes })
}
