//! What state something is in, what went wrong, and what an empty place says.

use super::{
    direction::sentence,
    icon::{Icon, IconName},
};
use leptos::prelude::*;

/// The colour of a meaning. Never the only sign: an icon and a word go with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// New, or good to know.
    Info,
    /// Under way.
    Busy,
    /// Waits for someone, or wants care.
    Warn,
    /// Done.
    Good,
    /// Wrong, or urgent.
    Bad,
}

impl Tone {
    /// The class that sets the colours.
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Info => "tone-info",
            Self::Busy => "tone-busy",
            Self::Warn => "tone-warn",
            Self::Good => "tone-good",
            Self::Bad => "tone-bad",
        }
    }
}

/// A state in one word of ours, see [`Badge`]: a function, so that a list of them in the browser needs no children.
pub fn word_badge(tone: Tone, icon: IconName, is_plain: bool, word: &'static str) -> impl IntoView {
    view! {
        <span class=badge_class(tone, is_plain)>
            <Icon name=icon/>
            {word}
        </span>
    }
}

fn badge_class(tone: Tone, is_plain: bool) -> String {
    let mut class = String::from(if is_plain { "badge badge-plain " } else { "badge " });
    class.push_str(tone.class());
    class
}

/// A state: icon, word and colour.
#[component]
pub fn Badge(
    /// Its colour.
    tone: Tone,
    /// Its icon.
    icon: IconName,
    /// Without the pill, for what matters less than the status beside it.
    #[prop(optional)]
    plain: bool,
    /// The word.
    children: Children,
) -> impl IntoView {
    view! {
        <span class=badge_class(tone, plain)>
            <Icon name=icon/>
            {children()}
        </span>
    }
}

/// A message about the whole page or form.
#[component]
pub fn Alert(
    /// Its colour and icon.
    tone: Tone,
    /// The message in a few words.
    #[prop(optional, into)]
    title: String,
    /// Interrupts a screen reader; for what the person must know before going on.
    #[prop(optional)]
    urgent: bool,
    /// The message, or more about it.
    children: Children,
) -> impl IntoView {
    let icon = match tone {
        Tone::Neutral | Tone::Info => IconName::Info,
        Tone::Busy => IconName::HalfCircle,
        Tone::Warn | Tone::Bad => IconName::Alert,
        Tone::Good => IconName::CheckCircle,
    };
    view! {
        <div
            class=format!("alert {}", tone.class())
            role=if urgent { "alert" } else { "status" }
        >
            <Icon name=icon/>
            {(!title.is_empty()).then(|| view! { <strong>{title}</strong> })}
            <div>{children()}</div>
        </div>
    }
}

/// Says what belongs in an empty place and what to do next.
#[component]
pub fn EmptyState(
    /// What would be here.
    icon: IconName,
    /// That there is none.
    #[prop(into)]
    title: String,
    /// What to do about it.
    #[prop(into)]
    text: String,
    /// Buttons that do it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon/>
            <h2>{sentence(&title)}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}
