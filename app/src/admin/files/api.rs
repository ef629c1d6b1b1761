//! Server functions of the list of files.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{DeskFile, Page};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// A page of all files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "list_files")]
pub async fn list_files(
    #[server(default)] customer: String,
    #[server(default)] kind: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<FileList, Refusal> {
    use desk::FileFilter;
    use domain::FileKind;

    use crate::{
        admin::{parts::customer_by_username, read},
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let found = answer(customer_by_username(&context, actor, &customer).await)?;
    if found.is_none() && !customer.trim().is_empty() {
        return Ok(FileList { page: Page { items: Vec::new(), older: None, newer: None }, count: 0, bytes: 0 });
    }
    let kind = FileKind::ALL.into_iter().find(|known| known.extensions()[0] == kind);
    let filter = FileFilter { requester: found.map(|customer| customer.id), kind };
    let files = context.desk.attachments();
    let page = answer(files.list(actor, &filter, read::cursor(&before, &after), read::PAGE).await)?;
    let (count, bytes) = answer(files.total(actor, &filter).await)?;
    Ok(FileList { page, count, bytes })
}
