//! Buttons, and asking once before something is lost.

use super::{
    data::VisuallyHidden,
    direction::sentence,
    form::Folded,
    icon::{Icon, IconName},
};
use leptos::{context::Provider, prelude::*};

/// How much a button weighs on its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// The one thing to do here.
    Primary,
    /// Something else to do here.
    #[default]
    Secondary,
    /// Hardly a button: log out, cancel.
    Quiet,
    /// Does the destructive thing.
    Danger,
    /// Leads to the destructive thing.
    DangerQuiet,
}

/// What pressing a button does to its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// Sends it.
    #[default]
    Submit,
    /// Nothing; script listens.
    Button,
}

fn class(variant: Variant, small: bool, block: bool) -> String {
    let mut class = String::from(match variant {
        Variant::Primary => "btn btn-primary",
        Variant::Secondary => "btn",
        Variant::Quiet => "btn btn-quiet",
        Variant::Danger => "btn btn-danger",
        Variant::DangerQuiet => "btn btn-danger-quiet",
    });
    if small {
        class.push_str(" btn-sm");
    }
    if block {
        class.push_str(" btn-block");
    }
    class
}

/// A button; sends its form unless told otherwise.
#[component]
pub fn Button(
    /// Its weight.
    #[prop(optional)]
    variant: Variant,
    /// What it does to its form.
    #[prop(optional)]
    kind: ButtonKind,
    /// Lower, for table rows.
    #[prop(optional)]
    small: bool,
    /// As wide as its surroundings.
    #[prop(optional)]
    block: bool,
    /// Shown before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let kind = match kind {
        ButtonKind::Submit => "submit",
        ButtonKind::Button => "button",
    };
    view! {
        <button type=kind class=class(variant, small, block)>
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button: it leads somewhere and changes nothing.
#[component]
pub fn ButtonLink(
    /// Where to.
    #[prop(into)]
    href: String,
    /// Its weight.
    #[prop(optional)]
    variant: Variant,
    /// Lower, for table rows.
    #[prop(optional)]
    small: bool,
    /// As wide as its surroundings.
    #[prop(optional)]
    block: bool,
    /// Shown before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=class(variant, small, block)>
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </a>
    }
}

/// Asks once, without script: a button that opens a question and the form that does it.
#[component]
pub fn ConfirmDetails(
    /// Names it on the page, so that it stays open when live updates renew the part that it is in.
    #[prop(optional, into)]
    id: Option<&'static str>,
    /// The words on the button that opens the question.
    #[prop(into)]
    label: String,
    /// Which one, for screen readers, where several such buttons are on a page.
    #[prop(optional, into)]
    which: String,
    /// What will happen, in a sentence.
    #[prop(into)]
    question: String,
    /// Shown before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Lower, for table rows.
    #[prop(optional)]
    small: bool,
    /// Pushes what follows down instead of floating above it, for a column of actions.
    #[prop(optional)]
    block: bool,
    /// The form, with a [`Variant::Danger`] button.
    children: Children,
) -> impl IntoView {
    let outer = if block { "confirm confirm-block" } else { "confirm" };
    let which = (!which.is_empty()).then(|| {
        view! {
            <VisuallyHidden>" " {sentence(&which)}</VisuallyHidden>
        }
    });
    let folded = Folded::default();
    let inside = view! { <Provider value=folded.clone()>{children()}</Provider> };
    view! {
        <details class=outer id=id open=folded.has_refused()>
            <summary class=class(Variant::DangerQuiet, small, block) id=id.map(|id| format!("{id}-question"))>
                {icon.map(|name| view! { <Icon name/> })}
                {label}
                {which}
            </summary>
            <div class="confirm-panel">
                <p>{sentence(&question)}</p>
                {inside}
            </div>
        </details>
    }
}
