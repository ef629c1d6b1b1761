//! Forms that people write in, see [`islands::forms`].

use islands::{
    addresses::action,
    deed::Deed,
    forms::{ButtonSpec, FieldKind, FieldSpec, FormSpec, OnTouch, WriteForm},
    packed::Packed,
};
use leptos::prelude::*;

use super::form::FormState;
use crate::drafts::idempotency_key;

/// A form for the server function `F` on a page, with these fields, as it stands.
pub fn form<F: Deed>(page: &str, state: FormState, rows: Vec<Vec<FieldSpec>>) -> FormSpec {
    let mut shown: Vec<&str> = rows.iter().flatten().map(|field| field.name.as_str()).collect();
    shown.push("attachments");
    let mut errors = state.error().and_then(|error| error.fields().cloned()).unwrap_or_default();
    errors.0.retain(|field, _| shown.contains(&field.as_str()));
    FormSpec {
        deed: F::PATH.to_owned(),
        encoding: F::ENCODING,
        action: action::<F>(page),
        class: "form",
        is_keyed: true,
        key: idempotency_key(state),
        errors,
        refusal: state.alert(&shown),
        rows,
        ..FormSpec::default()
    }
}

/// A field with its label; its id is its name.
pub fn field(name: &str, label: &'static str, kind: FieldKind, value: String) -> FieldSpec {
    FieldSpec { name: name.to_owned(), id: name.to_owned(), label, kind, value, ..FieldSpec::default() }
}

/// The options of a choice, as HTML: value and words of each.
pub fn options(options: Vec<(String, String)>, chosen: &str) -> String {
    let option = |(value, words): (String, String)| {
        let is_chosen = value == chosen;
        view! {
            <option value=value selected=is_chosen dir="auto">
                {words}
            </option>
        }
    };
    html(options.into_iter().map(option).collect_view())
}

/// The button that does what the form is for.
pub fn main_button(words: &'static str) -> ButtonSpec {
    ButtonSpec { class: "btn btn-primary", sends: None, words: html(words) }
}

/// A piece of a page as text.
pub fn html(view: impl IntoView) -> String {
    view.into_view().to_html()
}

/// The form, as the server renders it; it comes to life when somebody touches it.
#[component]
pub fn Writing(
    /// The form.
    spec: FormSpec,
) -> impl IntoView {
    view! {
        <OnTouch>
            <WriteForm spec=Packed(spec) />
        </OnTouch>
    }
    .into_any()
}
