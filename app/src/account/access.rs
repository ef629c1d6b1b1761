//! What an access is for, in words.

use domain::Scope;
use islands::ui::{When, said};
use leptos::prelude::*;

/// `This access: ticket #1042, read and reply, until …`, where it is for less than its owner may do or ends sooner than
/// others.
pub(crate) fn access(scope: &Scope) -> Option<impl IntoView + use<>> {
    let (words, until) = (scope.in_words(), scope.until);
    if words.is_none() && until.is_none() {
        return None;
    }
    let label = (!scope.label.is_empty()).then(|| {
        let label = said(scope.label.clone());
        view! { " (" {label} ")" }
    });
    let comma = (words.is_some() && until.is_some()).then_some(", ");
    let until = until.map(|at| view! { "until " <When at /> });
    Some(view! { "This access" {label} ": " {words} {comma} {until} })
}
