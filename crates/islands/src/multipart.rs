//! The form with files that came with the request for a server function.

use std::sync::Arc;

use desk::MultipartForm;
use domain::{Error, Result};
use form_data::FormData;
use leptos::prelude::use_context;
use parking_lot::Mutex;
use server_fn::axum_export::http::request::Parts;

use crate::request::RequestContext;

/// The body of a request for a server function that takes files; an extension of the request.
#[derive(Clone)]
pub struct IncomingForm(Arc<Mutex<Option<FormData>>>);

impl IncomingForm {
    /// For the extensions of a request.
    pub fn new(form: FormData) -> Self {
        Self(Arc::new(Mutex::new(Some(form))))
    }

    /// Takes that of the request under way.
    ///
    /// # Errors
    /// [`Error::Internal`]: none came, or it was taken before.
    pub(crate) fn take() -> Result<FormData> {
        let form = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Self>().cloned());
        form.and_then(|form| form.0.lock().take()).ok_or(Error::Internal)
    }
}

/// A page's form, whose texts are noted in its context.
pub fn page_form(body: FormData, context: &RequestContext) -> MultipartForm {
    let context = context.clone();
    MultipartForm::from_page(body, move |name, text| context.note_form_value(name, text))
}
