//! Server functions as what forms are for: a form gets its address, method and encoding from the type of the function, so
//! that a function that is renamed breaks the build and not a form.

use server_fn::{ContentType, Http, ServerFn};

use crate::{
    conversation::api::{AddNote, Reply},
    tickets::api::{CreateTicket, DropFiles},
};

/// Where server functions are served.
pub const PREFIX: &str = "/fn/";

/// A server function that a form can be sent to.
pub trait Deed: ServerFn {
    /// Its name: its address below [`PREFIX`].
    const NAME: &'static str;
    /// How a form for it is encoded.
    const ENCODING: &'static str;
}

/// The encoding that a protocol reads.
pub trait ReadsForm {
    /// As a form's `enctype` names it.
    const ENCODING: &'static str;
}

impl<Input: ContentType, Output> ReadsForm for Http<Input, Output> {
    const ENCODING: &'static str = Input::CONTENT_TYPE;
}

impl<F: ServerFn> Deed for F
where
    F::Protocol: ReadsForm,
{
    const NAME: &'static str = F::PATH.split_at(PREFIX.len()).1;
    const ENCODING: &'static str = <F::Protocol as ReadsForm>::ENCODING;
}

/// Those that take files.
pub const WITH_FILES: [&str; 4] = [CreateTicket::NAME, Reply::NAME, AddNote::NAME, DropFiles::NAME];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drafts::api::SaveDraft;

    #[test]
    fn a_form_is_written_as_its_function_reads_it() {
        assert_eq!((CreateTicket::NAME, CreateTicket::ENCODING), ("create_ticket", "multipart/form-data"));
        assert_eq!((SaveDraft::NAME, SaveDraft::ENCODING), ("save_draft", "application/x-www-form-urlencoded"));
    }
}
