//! Pages for what cannot be shown, in the look of the others and with the right HTTP status.

use domain::{Error, Purpose};
use islands::{
    addresses::{self, staff},
    request::{RequestContext, set_status, told},
    ui::{ButtonLink, Variant},
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::layout::{CenterFrame, kept};

/// The page for an address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <ErrorPage error=Error::NotFound /> }
}

/// The page for an error.
#[component]
pub fn ErrorPage(
    /// What went wrong.
    error: Error,
) -> impl IntoView {
    let error = told(error);
    if let Some(response) = use_context::<ResponseOptions>() {
        set_status(&response, &error);
    }
    let (title, text) = match &error {
        Error::NotFound => (
            "There is nothing here",
            "The address may be mistyped, or what was here is gone. It may also belong to somebody else.".to_owned(),
        ),
        Error::Forbidden { message } => ("This is not open to you", message.clone()),
        Error::Unavailable | Error::Trouble { .. } => ("Back in a moment", error.to_string()),
        _ => ("That did not work", error.to_string()),
    };
    let context = RequestContext::current().ok();
    let kept = context.as_ref().and_then(kept::kept);
    let (home, words) = match context.and_then(|context| context.visitor) {
        Some(actor) if actor.role.is_staff() => (staff::START, "To the overview"),
        Some(actor) if actor.scope.purpose == Purpose::Drop => (addresses::DROP, "To the files"),
        Some(_) => (addresses::TICKETS, "To my tickets"),
        None => (addresses::START, "To the start"),
    };
    view! {
        <CenterFrame title>
            <div class="stack">
                <div class="error-page">
                    <span class="error-code">{error.http_status()}</span>
                    <h1>{title}</h1>
                    <p>{text}</p>
                    <div class="actions">
                        <ButtonLink href=home variant=Variant::Primary>
                            {words}
                        </ButtonLink>
                    </div>
                </div>
                {kept}
            </div>
        </CenterFrame>
    }
}
