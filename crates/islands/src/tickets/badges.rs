//! A ticket's status and priority: icon, word and colour.

use domain::{Priority, Status};
use leptos::prelude::*;

use crate::ui::{IconName, Tone, word_badge};

/// Where a ticket stands.
#[component]
pub fn StatusBadge(
    /// The status.
    status: Status,
) -> impl IntoView {
    let (tone, icon) = status_sign(status);
    word_badge(tone, icon, false, status.as_str())
}

/// How soon a ticket wants an answer.
#[component]
pub fn PriorityBadge(
    /// The priority.
    priority: Priority,
) -> impl IntoView {
    let (tone, icon) = match priority {
        Priority::Low => (Tone::Neutral, IconName::BarsLow),
        Priority::Medium => (Tone::Neutral, IconName::BarsMid),
        Priority::High => (Tone::Neutral, IconName::BarsHigh),
        Priority::Urgent => (Tone::Bad, IconName::Flame),
    };
    word_badge(tone, icon, true, priority.as_str())
}

/// The colour and icon of a status.
pub fn status_sign(status: Status) -> (Tone, IconName) {
    match status {
        Status::Open => (Tone::Info, IconName::Circle),
        Status::InProgress => (Tone::Busy, IconName::HalfCircle),
        Status::WaitingOnCustomer => (Tone::Warn, IconName::Clock),
        Status::Resolved => (Tone::Good, IconName::CheckCircle),
        Status::Closed => (Tone::Neutral, IconName::Lock),
    }
}
