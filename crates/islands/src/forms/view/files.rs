//! Files to attach: where they are dropped or chosen, and what is said of each.

use domain::{FileKind, human_bytes};
use leptos::{html::Button, prelude::*};

use crate::{
    forms::{
        chosen::{Chosen, ChosenFiles, about},
        open::OpenForm,
        spec::FilesSpec,
    },
    ui::{Icon, IconName},
};

pub(super) fn part(open: OpenForm, spec: FilesSpec) -> impl IntoView {
    let FilesSpec { id, limits, room, is_retry } = spec;
    let (hint_id, error_id) = (id.clone() + "-hint", id.clone() + "-error");
    let wrong = Memo::new(move |_| open.errors.read().of("attachments").join(" "));
    let hint = [
        "PDF, JPG, PNG or DOCX · up to ",
        &human_bytes(limits.max_file_bytes),
        " each · ",
        &room.to_string(),
        if room < limits.max_files { " more" } else { "" },
        if room == 1 { " file at most" } else { " files at most" },
    ]
    .concat();
    let ties = StoredValue::new((hint_id.clone(), [&hint_id, " ", &error_id].concat()));
    let described_by = move || {
        let is_wrong = !wrong.read().is_empty();
        ties.with_value(|(hint, both)| if is_wrong { both.clone() } else { hint.clone() })
    };
    let full = (room == 0).then(|| {
        view! { <p class="field-hint">"No more files: this ticket has as many as one can have."</p> }
    });
    view! {
        <div class="uploader">
            <label class="dropzone" class:is-over=move || open.is_over_zone.get() hidden=room == 0>
                <Icon name=IconName::Upload/>
                <span class="dropzone-title only-live">"Drop files, paste, or " <b>"choose"</b></span>
                <span class="dropzone-title only-plain">"Attach files (optional)"</span>
                <span class="dropzone-hint" id=hint_id>
                    {hint}
                </span>
                <input
                    type="file"
                    id=id.clone()
                    name="attachments"
                    multiple=true
                    disabled=room == 0
                    accept=FileKind::ACCEPT
                    aria-describedby=described_by
                    aria-invalid=move || (!wrong.read().is_empty()).then_some("true")
                    node_ref=open.input
                    on:change=move |_| open.take_chosen()
                />
            </label>
            {full}
            <p class="field-hint only-plain" hidden=!is_retry>
                "Please choose your files again."
            </p>
            {super::error(wrong, error_id)}
            <ul class="file-rows" aria-label="Chosen files">
                <For each=move || open.files.read().ids() key=|id| *id let:file>
                    {row(open, id.clone(), file)}
                </For>
            </ul>
            <p class="visually-hidden" role="status">
                {move || open.files.with(ChosenFiles::reasons)}
            </p>
        </div>
    }
}

/// A chosen file. Made once for each; what is said of it changes in place.
fn row(open: OpenForm, field: String, id: u32) -> impl IntoView {
    let file = Memo::new(move |_| open.files.read().get(id).cloned());
    let reason = Memo::new(move |_| open.files.read().reason(id).unwrap_or_default());
    let name = file.with_untracked(|file| file.as_ref().map(|file| file.name.clone())).unwrap_or_default();
    let percent = move || file.read().as_ref().and_then(Chosen::percent);
    let button = NodeRef::<Button>::new();
    Effect::new(move || {
        if open.to_focus.get() == Some(id)
            && let Some(button) = button.get()
        {
            let _ = button.focus();
            open.to_focus.set(None);
        }
    });
    let thumb = move || match file.read().as_ref().and_then(|file| file.picture.clone()) {
        Some(address) => view! { <img alt="" src=address/> }.into_any(),
        None => view! { <Icon name=IconName::Document/> }.into_any(),
    };
    // Who comes to the button of a file that is refused hears why it is.
    let reason_id = [field.as_str(), "-reason-", id.to_string().as_str()].concat();
    let words = {
        let name = name.clone();
        move || {
            // The name runs in its own direction.
            let reason = reason.get();
            let rest = about(&name, &reason).unwrap_or(&reason).to_owned();
            let name = reason.strip_suffix(rest.as_str()).unwrap_or_default().to_owned();
            view! { <bdi>{name}</bdi><span>{rest}</span> }
        }
    };
    let remove = "Remove ".to_owned() + &name;
    view! {
        <li
            class="file-row"
            class:is-refused=move || !reason.read().is_empty()
            aria-busy=move || file.read().as_ref().is_some_and(Chosen::is_looked_at).then_some("true")
        >
            <span class="file-thumb">{thumb}</span>
            <span class="file-body">
                <span class="file-name" dir="auto" title=name.clone()>
                    {name.clone()}
                </span>
                <span class="file-meta">{move || file.read().as_ref().map(Chosen::meta)}</span>
                <progress
                    class="progress"
                    max="100"
                    aria-label=name
                    value=move || percent().unwrap_or_default().to_string()
                    hidden=move || percent().is_none()
                ></progress>
                <span class="file-reason" id=reason_id.clone()>
                    {words}
                </span>
            </span>
            <button
                class="btn btn-quiet btn-icon btn-sm"
                type="button"
                aria-label=remove
                aria-describedby=reason_id
                disabled=move || percent().is_some()
                node_ref=button
                on:click=move |_| open.remove(id)
            >
                <Icon name=IconName::Cross/>
            </button>
        </li>
    }
}
