//! Fields of a form that is alive: what is wrong with them is a signal.
//!
//! What they hold is not: a browser keeps what was typed before the form came to life, fills it in, brings it back, and
//! the form is read when it is sent. Each is one function of plain values, as what is generic in a view is compiled
//! anew for each use, into the WASM that a reader waits for.

use leptos::prelude::*;

use super::{
    direction::sentence,
    form::textarea_html,
    icon::{Icon, IconName},
};

/// What every field has.
pub struct FieldWords {
    /// The id of the control; unique on the page.
    pub id: &'static str,
    /// Its key in the form.
    pub name: &'static str,
    /// What to write here.
    pub label: &'static str,
    /// How, if the label does not say it; empty for nothing.
    pub hint: &'static str,
    /// What is wrong, a sentence each.
    pub errors: Signal<Vec<String>>,
}

impl FieldWords {
    /// For `aria-invalid`.
    fn invalid(&self) -> Signal<Option<&'static str>> {
        invalid(self.errors)
    }

    /// For `aria-describedby`.
    fn described_by(&self) -> Signal<Option<String>> {
        described_by(self.id, !self.hint.is_empty(), self.errors)
    }

    /// The label, the hint and the sentences around a control.
    fn around(self, control: AnyView) -> impl IntoView {
        let Self { id, label, hint, errors, .. } = self;
        let hint = (!hint.is_empty()).then(|| {
            view! {
                <span class="field-hint" id=hint_id(id)>
                    {hint}
                </span>
            }
        });
        view! {
            <div class="field">
                <label class="field-label" for=id>
                    {label}
                </label>
                {hint}
                {control}
                {error_line(id, errors)}
            </div>
        }
    }
}

/// The id of a control's hint.
pub fn hint_id(id: &str) -> String {
    id.to_owned() + "-hint"
}

fn error_id(id: &str) -> String {
    id.to_owned() + "-error"
}

/// Whether anything is wrong, for `aria-invalid`.
pub fn invalid(errors: Signal<Vec<String>>) -> Signal<Option<&'static str>> {
    Signal::derive(move || errors.with(|errors| !errors.is_empty()).then_some("true"))
}

/// What ties the control `id` to its hint and to what is wrong with it, for `aria-describedby`.
pub fn described_by(id: &'static str, is_hinted: bool, errors: Signal<Vec<String>>) -> Signal<Option<String>> {
    Signal::derive(move || {
        let hint = is_hinted.then(|| hint_id(id));
        let error = errors.with(|errors| !errors.is_empty()).then(|| error_id(id));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(hint + " " + &error),
            (hint, error) => hint.or(error),
        }
    })
}

/// The sentences about a control.
pub fn error_line(id: &'static str, errors: Signal<Vec<String>>) -> impl IntoView {
    move || {
        let errors = errors.get();
        (!errors.is_empty()).then(|| {
            view! {
                <span class="field-error" id=error_id(id)>
                    <Icon name=IconName::Alert />
                    <span>{sentence(&errors.join(" "))}</span>
                </span>
            }
        })
    }
}

/// One line of text, which must not be empty.
pub fn text_field(words: FieldWords, value: String, max_chars: usize) -> impl IntoView {
    let control = view! {
        <input
            class="input"
            type="text"
            id=words.id
            name=words.name
            value=value
            required=true
            maxlength=max_chars
            autocomplete="off"
            dir="auto"
            aria-describedby=words.described_by()
            aria-invalid=words.invalid()
        />
    };
    words.around(control.into_any())
}

/// In what fields for several lines differ.
#[derive(Default)]
pub struct Area {
    /// How many lines are shown at first.
    pub rows: Option<&'static str>,
    /// Whether it must not be empty.
    pub is_required: bool,
    /// What others see while somebody types, see [`crate::live`].
    pub typing: Option<&'static str>,
}

/// Several lines of text.
pub fn area_field(words: FieldWords, value: &str, max_chars: usize, area: Area) -> impl IntoView + use<> {
    let control = view! {
        <textarea
            class="textarea"
            id=words.id
            name=words.name
            rows=area.rows
            required=area.is_required
            maxlength=max_chars
            dir="auto"
            data-typing=area.typing
            aria-describedby=words.described_by()
            aria-invalid=words.invalid()
            inner_html=textarea_html(value)
        ></textarea>
    };
    words.around(control.into_any())
}

/// One of a few: value and words of each.
pub fn select_field(words: FieldWords, options: Vec<(String, String)>, selected: &str) -> impl IntoView + use<> {
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, words)| {
            let is_chosen = value == selected;
            view! {
                <option value=value selected=is_chosen dir="auto">
                    {words}
                </option>
            }
        })
        .collect();
    let control = view! {
        <select
            class="select"
            id=words.id
            name=words.name
            aria-describedby=words.described_by()
            aria-invalid=words.invalid()
        >
            {options}
        </select>
    };
    words.around(control.into_any())
}
