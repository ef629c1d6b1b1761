//! Files to attach: the file part and the buttons of a multipart form, and what brings them to life.

use domain::{FileKind, UploadLimits, human_bytes};
use leptos::prelude::*;

use crate::ui::{Alert, Button, ButtonKind, ButtonLink, Icon, IconName, Tone, Variant};

#[cfg(feature = "hydrate")]
mod live;
#[cfg(feature = "hydrate")]
mod messages;
#[cfg(feature = "hydrate")]
mod row;
#[cfg(feature = "hydrate")]
mod sending;

/// The end of a `multipart/form-data` form: its files, and the buttons that send it. The form around it names the
/// server function in `data-upload`, so that script can send it and show progress.
#[component]
pub fn UploadPart(
    /// What one file may be.
    limits: UploadLimits,
    /// How many more files the ticket takes.
    room: u32,
    /// What was wrong with the files that were sent just now.
    errors: Vec<String>,
    /// Whether the form comes back refused; browsers forget the files then.
    is_retry: bool,
    /// The words on the button that sends the form.
    submit: &'static str,
    /// Without a file there is nothing to send.
    #[prop(optional)]
    is_required: bool,
    /// Where giving up leads.
    #[prop(optional)]
    cancel: Option<&'static str>,
) -> impl IntoView {
    let hint = format!(
        "PDF, JPG, PNG or DOCX · up to {} each · {room}{} file{} at most",
        human_bytes(limits.max_file_bytes),
        if room < limits.max_files { " more" } else { "" },
        if room == 1 { "" } else { "s" }
    );
    let is_refused = !errors.is_empty();
    let reasons = is_refused.then(|| {
        view! {
            <span class="field-error" id="attachments-error">
                <Icon name=IconName::Alert />
                <span>{errors.join(" ")}</span>
            </span>
        }
    });
    let again = is_retry.then(|| view! { <p class="field-hint only-plain">"Please choose your files again."</p> });
    view! {
        <Uploader>
            <div
                class="uploader"
                data-max-bytes=limits.max_file_bytes
                data-max-files=limits.max_files
                data-room=room
            >
                <label class="dropzone">
                    <Icon name=IconName::Upload />
                    <span class="dropzone-title only-live">"Drop files, paste, or " <b>"choose"</b></span>
                    <span class="dropzone-title only-plain">
                        "Attach files" {(!is_required).then_some(" (optional)")}
                    </span>
                    <span class="dropzone-hint" id="attachments-hint">
                        {hint}
                    </span>
                    <input
                        type="file"
                        id="attachments"
                        name="attachments"
                        multiple=true
                        required=is_required
                        accept=FileKind::ACCEPT
                        aria-describedby=if is_refused {
                            "attachments-hint attachments-error"
                        } else {
                            "attachments-hint"
                        }
                        aria-invalid=is_refused.then_some("true")
                    />
                </label>
                {again}
                {reasons}
                <ul class="file-rows" aria-label="Chosen files"></ul>
                <div class="upload-status" aria-live="polite"></div>
                <RowTemplates />
            </div>
            <div class="form-actions">
                <Button variant=Variant::Primary>{submit}</Button>
                <Button kind=ButtonKind::Button attr:data-cancel="" attr:hidden=true>
                    "Stop sending"
                </Button>
                {cancel
                    .map(|href| {
                        view! {
                            <ButtonLink href variant=Variant::Quiet>
                                "Cancel"
                            </ButtonLink>
                        }
                    })}
            </div>
        </Uploader>
    }
}

/// What script copies: a file's row, a message about the form, a message about a field.
#[component]
fn RowTemplates() -> impl IntoView {
    view! {
        <template data-row="">
            <li class="file-row">
                <span class="file-thumb">
                    <Icon name=IconName::Document />
                </span>
                <span class="file-body">
                    <span class="file-name"></span>
                    <span class="file-meta"></span>
                    <progress class="progress" max="100" value="0" hidden></progress>
                    <span class="file-reason"></span>
                </span>
                <button class="btn btn-quiet btn-icon btn-sm" type="button">
                    <Icon name=IconName::Cross />
                </button>
            </li>
        </template>
        <template data-alert="">
            <Alert tone=Tone::Bad urgent=true>
                <span data-words=""></span>
                " "
                <a data-log-in="" href="/" target="_blank" hidden>
                    "Log in in a new tab"
                </a>
                <button data-again="" class="link-btn" hidden>
                    "Try again"
                </button>
            </Alert>
        </template>
        <template data-field-error="">
            <span class="field-error">
                <Icon name=IconName::Alert />
                <span></span>
            </span>
        </template>
    }
}

/// Takes files by drop, paste or choice, looks at each before it is sent, and sends the form with progress for every
/// file. What was typed and chosen stays, whatever happens to the request.
#[island(lazy)]
pub fn Uploader(
    /// The file part and the buttons.
    children: Children,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    live::start();
    children()
}
