//! Fields and the controls in them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    direction::sentence,
    icon::{Icon, IconName},
};
use leptos::{attr::Attribute, context::Provider, prelude::*};

/// What a control inherits from the [`Field`] around it: the attributes that tie it to its label, hint and errors.
#[derive(Clone, Default)]
struct Ties {
    id: Option<String>,
    described_by: Option<String>,
    invalid: Option<&'static str>,
}

/// What is folded away and has a field in it: told by a [`Field`] that is refused, so that what is wrong is seen.
#[derive(Clone, Default)]
pub(super) struct Folded(Arc<AtomicBool>);

impl Folded {
    /// Whether a field in it is refused.
    pub(super) fn has_refused(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn ties() -> Ties {
    use_context::<Ties>().unwrap_or_default()
}

/// A label, a hint, one control and what is wrong with it. The control inside ties itself to them.
#[component]
pub fn Field(
    /// The id of the control; unique on the page.
    #[prop(into)]
    id: String,
    /// What to write here.
    #[prop(into)]
    label: String,
    /// How, if the label does not say it.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong, a sentence each.
    #[prop(optional)]
    errors: Vec<String>,
    /// Says that it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The control.
    children: Children,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let (is_hinted, is_wrong) = (!hint.is_empty(), !errors.is_empty());
    if let Some(Folded(has_refused)) = use_context().filter(|_| is_wrong) {
        has_refused.store(true, Ordering::Relaxed);
    }
    let described_by: Vec<_> = [(is_hinted, &hint_id), (is_wrong, &error_id)]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, id)| id.as_str())
        .collect();
    let ties = Ties {
        id: Some(id.clone()),
        described_by: (!described_by.is_empty()).then(|| described_by.join(" ")),
        invalid: is_wrong.then_some("true"),
    };
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
                {optional.then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            {is_hinted.then(|| view! { <span class="field-hint" id=hint_id>{hint}</span> })}
            <Provider value=ties>{children()}</Provider>
            {is_wrong
                .then(|| {
                    view! {
                        <span class="field-error" id=error_id>
                            <Icon name=IconName::Alert/>
                            <span>{sentence(&errors.join(" "))}</span>
                        </span>
                    }
                })}
        </div>
    }
}

/// One line of text.
#[component]
pub fn TextInput(
    /// Its key in the form.
    #[prop(into)]
    name: String,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// The `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// The class.
    #[prop(default = "input")]
    class: &'static str,
) -> impl IntoView {
    let ties = ties();
    view! {
        <input
            class=class
            type=kind
            id=ties.id
            name=name
            value=value
            dir="auto"
            aria-describedby=ties.described_by
            aria-invalid=ties.invalid
        />
    }
}

/// Several lines of text.
///
/// The only place that may write `<textarea>`: leptos 0.8 does not escape its children on the server, so the text
/// goes in as HTML that is escaped here.
#[component]
pub fn TextArea(
    /// Its key in the form.
    #[prop(into)]
    name: String,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let ties = ties();
    let attributes = view! {
        <{..} id=ties.id name=name aria-describedby=ties.described_by aria-invalid=ties.invalid />
    };
    text_area(&value, attributes)
}

/// A `<textarea>` that holds `text` at first, with further attributes.
pub(crate) fn text_area<A: Attribute>(text: &str, attributes: A) -> impl IntoView + use<A> {
    view! { <textarea class="textarea" dir="auto" inner_html=textarea_html(text) {..attributes}></textarea> }
}

/// The inside of a `<textarea>` that reads back as `text`.
fn textarea_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 1);
    // A parser drops one line feed that follows the start tag.
    html.push('\n');
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
    html
}

/// One of a few.
#[component]
pub fn Select(
    /// Its key in the form.
    #[prop(into)]
    name: String,
    /// Value and words of each option.
    options: Vec<(String, String)>,
    /// The value chosen at first.
    #[prop(optional, into)]
    selected: String,
) -> impl IntoView {
    let ties = ties();
    view! {
        <select
            class="select"
            id=ties.id
            name=name
            aria-describedby=ties.described_by
            aria-invalid=ties.invalid
        >
            {options
                .into_iter()
                .map(|(value, words)| {
                    let chosen = value == selected;
                    view! { <option value=value selected=chosen dir="auto">{words}</option> }
                })
                .collect_view()}
        </select>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::ui::ConfirmDetails;

    const HOSTILE: &str = "</textarea><script>alert(1)</script> & \"q\"";

    fn html<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
        let owner = Owner::new();
        owner.with(|| view().into_view().to_html())
    }

    #[test]
    fn what_is_refused_is_not_folded_away() {
        let folded = |errors: Vec<String>| {
            html(|| {
                view! {
                    <ConfirmDetails label="Delete" question="Sure?">
                        <Field id="why" label="Why" errors>
                            <TextInput name="why" value=""/>
                        </Field>
                    </ConfirmDetails>
                    <ConfirmDetails label="Keep" question="Sure?">
                        "It stays."
                    </ConfirmDetails>
                }
            })
        };
        let opens = |html: &str| html.matches("<details open").count() + html.matches("class=\"confirm\" open").count();
        assert_eq!(opens(&folded(Vec::new())), 0);
        let refused = folded(vec!["Say why.".to_owned()]);
        assert_eq!(opens(&refused), 1, "{refused}");
        assert!(refused.find("open").unwrap() < refused.find("Delete").unwrap(), "{refused}");
    }

    #[test]
    fn a_textarea_cannot_be_closed_by_its_value() {
        let html = html(|| view! { <TextArea name="description" value=HOSTILE/> });
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; \"q\""), "{html}");
    }

    #[test]
    fn a_leading_line_feed_survives_the_parser() {
        let html = html(|| view! { <TextArea name="description" value="\nsecond line"/> });
        assert!(html.contains(">\n\nsecond line</textarea>"), "{html}");
    }

    #[test]
    fn values_options_and_labels_are_escaped() {
        let html = html(|| {
            view! {
                <Field id="a" label=HOSTILE hint=HOSTILE errors=vec![HOSTILE.to_owned()]>
                    <TextInput name="a" value=HOSTILE/>
                </Field>
                <Select name="b" options=vec![(HOSTILE.to_owned(), HOSTILE.to_owned())]/>
            }
        });
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn a_control_is_tied_to_its_label_hint_and_errors() {
        let html = html(|| {
            view! {
                <Field id="title" label="Title" hint="One line." errors=vec!["Too long.".to_owned()]>
                    <TextInput name="title"/>
                </Field>
                <Field id="other" label="Other"><TextArea name="other"/></Field>
            }
        });
        assert!(html.contains(r#"for="title""#), "{html}");
        assert!(html.contains(r#"aria-describedby="title-hint title-error""#), "{html}");
        assert_eq!(html.matches("aria-invalid").count(), 1, "{html}");
        assert_eq!(html.matches("aria-describedby").count(), 1, "{html}");
        assert!(html.contains(r#"id="other""#), "{html}");
    }

    #[test]
    fn the_chosen_option_is_selected() {
        let options = ["Low", "High"].map(|o| (o.to_owned(), o.to_owned())).to_vec();
        let html = html(|| view! { <Select name="priority" options=options selected="High"/> });
        assert_eq!(html.matches("selected").count(), 1, "{html}");
        assert!(html.contains(r#"value="High" selected"#), "{html}");
    }
}
