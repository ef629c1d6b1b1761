//! Files to attach: the file part and the buttons of a multipart form, and what brings them to life.

use domain::{FileKind, UploadLimits, human_bytes};
use leptos::prelude::*;

use crate::{
    browser::in_browser,
    ui::{Alert, Button, ButtonKind, Icon, IconName, Tone, sentence},
};

mod live;
mod look;
mod messages;
mod row;
mod sending;
mod wake;

pub(crate) use live::start as begin_uploading;

/// The end of a `multipart/form-data` form: its files, and the buttons that send it. The form around it names the
/// server function in `data-upload`, so that script can send it and show progress.
#[component]
pub fn UploadPart(
    /// The id of the file field; unique on the page.
    #[prop(default = "attachments")]
    id: &'static str,
    /// What one file may be.
    limits: UploadLimits,
    /// How many more files the ticket takes.
    room: u32,
    /// Where who sends it logs in again when their session has ended meanwhile.
    log_in: &'static str,
    /// What was wrong with the files that were sent just now.
    errors: Vec<String>,
    /// Whether the form comes back refused; browsers forget the files then.
    is_retry: bool,
    /// The buttons that send the form.
    children: Children,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let hint = format!(
        "PDF, JPG, PNG or DOCX · up to {} each · {room}{} file{} at most",
        human_bytes(limits.max_file_bytes),
        if room < limits.max_files { " more" } else { "" },
        if room == 1 { "" } else { "s" }
    );
    let is_refused = !errors.is_empty();
    let described_by = if is_refused { format!("{hint_id} {error_id}") } else { hint_id.clone() };
    let full = (room == 0).then(|| {
        view! { <p class="field-hint">"No more files: this ticket has as many as one can have."</p> }
    });
    let reasons = is_refused.then(|| {
        view! {
            <span class="field-error" id=error_id.clone()>
                <Icon name=IconName::Alert />
                <span>{sentence(&errors.join(" "))}</span>
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
                <label class="dropzone" hidden=room == 0>
                    <Icon name=IconName::Upload />
                    <span class="dropzone-title only-live">"Drop files, paste, or " <b>"choose"</b></span>
                    <span class="dropzone-title only-plain">"Attach files (optional)"</span>
                    <span class="dropzone-hint" id=hint_id>
                        {hint}
                    </span>
                    <input
                        type="file"
                        id=id
                        name="attachments"
                        multiple=true
                        disabled=room == 0
                        accept=FileKind::ACCEPT
                        aria-describedby=described_by
                        aria-invalid=is_refused.then_some("true")
                    />
                </label>
                {full}
                {again}
                {reasons}
                <ul class="file-rows" aria-label="Chosen files"></ul>
                <div class="upload-status" aria-live="polite"></div>
                <p class="visually-hidden" role="status" data-said=""></p>
                <RowTemplates log_in />
            </div>
            <div class="form-actions">
                {children()}
                <Button kind=ButtonKind::Button attr:data-cancel="" attr:hidden=true>
                    "Stop sending"
                </Button>
            </div>
        </Uploader>
    }
}

/// What script copies: a file's row, a message about the form, a message about a field.
#[component]
fn RowTemplates(
    /// Where to log in again.
    log_in: &'static str,
) -> impl IntoView {
    view! {
        <template data-row="">
            <li class="file-row">
                <span class="file-thumb">
                    <Icon name=IconName::Document />
                </span>
                <span class="file-body">
                    <span class="file-name" dir="auto"></span>
                    <span class="file-meta"></span>
                    <progress class="progress" max="100" value="0" hidden></progress>
                    <span class="file-reason">
                        <bdi></bdi>
                        <span></span>
                    </span>
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
                <a data-log-in="" href=log_in target="_blank" hidden>
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
/// file. What was typed and chosen stays, whatever happens to the request. Most of it is loaded when the form is
/// touched.
#[island]
pub fn Uploader(
    /// The file part and the buttons.
    children: Children,
) -> impl IntoView {
    in_browser(wake::wait);
    children()
}
