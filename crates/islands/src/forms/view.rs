//! What a form looks like: plain functions over the [`OpenForm`]. Without script the same markup is a plain form.

mod files;

use leptos::{either::EitherOf3, prelude::*};

use super::{
    answer::{Message, Offer},
    open::OpenForm,
    spec::{ButtonSpec, DraftSpec, FieldKind, FieldSpec, FormSpec, MessageSpec},
};
use crate::{
    addresses::WELCOME,
    ui::{Icon, IconName, sentence, text_area},
};

pub(super) fn form(open: OpenForm, spec: FormSpec) -> impl IntoView {
    let FormSpec {
        action,
        encoding,
        is_keyed,
        class,
        hidden,
        rows,
        preview,
        files,
        buttons,
        beside,
        draft,
        log_in,
        ..
    } = spec;
    let rows: Vec<_> = rows.into_iter().map(|row| fields(open, row)).collect();
    let has_preview = preview.is_some();
    let refusal = move || open.refusal.get().map(|words| alert(words, None, open));
    view! {
        <form
            class=class
            method="post"
            action=action
            enctype=encoding
            node_ref=open.form
            data-alive=move || open.is_alive.get().then_some("")
            on:submit=move |event| open.submit(&event)
            on:input=move |_| open.typed()
            on:focusout=move |_| open.save(false)
        >
            <div hidden inner_html=hidden></div>
            {is_keyed.then(|| {
                view! { <input type="hidden" name="idempotency_key" value=move || open.key.get() autocomplete="off"/> }
            })}
            {refusal}
            {rows}
            {preview.map(|_: MessageSpec| written(open))}
            {files.map(|files| files::part(open, files))}
            {status(open, log_in)}
            <div class="form-actions">
                {buttons.into_iter().map(|button| send_button(open, button)).collect::<Vec<_>>()}
                {has_preview.then(|| preview_button(open))}
                <span class="contents" inner_html=beside></span>
                <button type="button" class="btn" hidden=move || !open.is_busy.get() on:click=move |_| open.stop()>
                    "Stop sending"
                </button>
            </div>
            {draft.map(|draft| draft_bar(open, draft))}
        </form>
    }
}

/// Fields side by side.
fn fields(open: OpenForm, row: Vec<FieldSpec>) -> impl IntoView {
    view! { <div class="form-row">{row.into_iter().map(|spec| field(open, spec)).collect::<Vec<_>>()}</div> }
}

/// A label, a hint, a control, and what is wrong with it.
fn field(open: OpenForm, spec: FieldSpec) -> impl IntoView {
    let FieldSpec { name, id, kind, label, hint, value, is_required, max_chars, lines, typing } = spec;
    let hint_id = (!hint.is_empty()).then(|| id.clone() + "-hint");
    let error_id = id.clone() + "-error";
    let ties = StoredValue::new((name.clone(), hint_id.clone().unwrap_or_default(), error_id.clone()));
    let wrong = Memo::new(move |_| ties.with_value(|(name, ..)| open.errors.read().of(name).join(" ")));
    let is_wrong = move || (!wrong.read().is_empty()).then_some("true");
    let described_by = move || {
        let is_wrong = !wrong.read().is_empty();
        ties.with_value(|(_, hint, error)| match (hint.is_empty(), is_wrong) {
            (true, false) => None,
            (false, false) => Some(hint.clone()),
            (true, true) => Some(error.clone()),
            (false, true) => Some([hint, " ", error].concat()),
        })
    };
    let max_chars = max_chars.map(|chars| chars.to_string());
    let control = match kind {
        FieldKind::Line => EitherOf3::A(view! {
            <input
                class="input"
                type="text"
                id=id.clone()
                name=name
                value=value
                dir="auto"
                required=is_required
                maxlength=max_chars
                autocomplete="off"
                aria-describedby=described_by
                aria-invalid=is_wrong
            />
        }),
        FieldKind::Text => {
            let attributes = view! {
                <{..}
                    id=id.clone()
                    name=name
                    rows=lines
                    required=is_required
                    maxlength=max_chars
                    data-typing=typing
                    aria-describedby=described_by
                    aria-invalid=is_wrong
                />
            };
            EitherOf3::B(text_area(&value, attributes))
        }
        FieldKind::Choice => EitherOf3::C(view! {
            <select
                class="select"
                id=id.clone()
                name=name
                aria-describedby=described_by
                aria-invalid=is_wrong
                inner_html=value
            ></select>
        }),
    };
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            {hint_id.map(|hint_id| view! { <span class="field-hint" id=hint_id>{hint}</span> })}
            {control}
            {error(wrong, error_id)}
        </div>
    }
}

/// What is wrong with a field.
fn error(wrong: Memo<String>, id: String) -> impl IntoView {
    move || {
        let words = wrong.get();
        (!words.is_empty()).then(|| {
            view! {
                <span class="field-error" id=id.clone()>
                    <Icon name=IconName::Alert/>
                    <span>{sentence(&words)}</span>
                </span>
            }
        })
    }
}

/// What is said above the buttons.
fn status(open: OpenForm, log_in: String) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if let Some(place) = place.get().filter(|_| open.message.read().is_some()) {
            place.scroll_into_view_with_bool(false);
        }
    });
    let message =
        move || open.message.get().map(|Message { words, offer }| alert(words, Some((offer, log_in.clone())), open));
    view! {
        <div class="upload-status" aria-live="polite" node_ref=place>
            {message}
        </div>
    }
}

fn alert(words: String, offer: Option<(Offer, String)>, open: OpenForm) -> impl IntoView {
    let (offer, log_in) = offer.unwrap_or((Offer::Nothing, String::new()));
    let beside = match offer {
        Offer::LogIn => Some((log_in, "Log in in a new tab")),
        Offer::Welcome => Some((WELCOME.to_owned(), "See it in a new tab")),
        Offer::Nothing | Offer::Again => None,
    };
    let beside = beside.map(|(page, words)| {
        view! {
            " "
            <a href=page target="_blank" rel="nofollow">
                {words}
            </a>
        }
    });
    let again = (offer == Offer::Again).then(|| {
        view! {
            " "
            <button type="button" class="link-btn" on:click=move |_| open.send()>
                "Try again"
            </button>
        }
    });
    view! {
        <div class="alert tone-bad" role="alert">
            <Icon name=IconName::Alert/>
            <div>
                {sentence(&words)}
                {beside}
                {again}
            </div>
        </div>
    }
}

fn send_button(open: OpenForm, spec: ButtonSpec) -> impl IntoView {
    let ButtonSpec { class, sends, words } = spec;
    let (name, value) = sends.unzip();
    view! {
        <button
            type="submit"
            class=class
            name=name
            value=value
            aria-busy=move || (open.is_busy.get() || open.files.read().waits()).then_some("true")
            inner_html=words
        ></button>
    }
}

/// For who has script; without it the draft's button shows the preview too.
fn preview_button(open: OpenForm) -> impl IntoView {
    view! {
        <button type="button" class="btn btn-quiet only-live" on:click=move |_| open.show_preview()>
            "Preview"
        </button>
    }
}

/// What the text will look like.
fn written(open: OpenForm) -> impl IntoView {
    view! {
        <div class="preview" hidden=move || open.preview.read().is_none()>
            <p class="preview-label">"Preview"</p>
            <div class="written" inner_html=move || open.preview.get().unwrap_or_default()></div>
        </div>
    }
}

/// How the draft stands, and what may be done about it.
fn draft_bar(open: OpenForm, spec: DraftSpec) -> impl IntoView {
    let DraftSpec { discard, plain, .. } = spec;
    view! {
        <div class="draft-bar">
            <div class="contents" inner_html=plain></div>
            <span class="field-hint" data-draft-status="" aria-live="polite">
                {move || open.draft.read().words}
            </span>
            <button
                type="button"
                class="btn btn-quiet btn-sm"
                hidden=move || open.other_texts.read().is_empty()
                on:click=move |_| open.swap()
            >
                "Show what was saved instead"
            </button>
            <button
                type="submit"
                class="btn btn-quiet btn-sm"
                form=discard
                hidden=move || !open.draft.read().is_kept
                node_ref=open.discard_button
                on:click=move |event| open.discard(&event)
            >
                "Discard draft"
            </button>
        </div>
    }
}
