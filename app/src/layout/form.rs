//! Plain forms, each for a server function, and what they show after the desk refused them: their errors, and what was
//! typed.

use std::{marker::PhantomData, sync::Arc};

use domain::Error;
use islands::{
    addresses::action,
    deed::Deed,
    request::{RefusedForm, RequestContext},
    ui::{Alert, Tone, said, sentence},
};
use leptos::prelude::*;
use server_fn::{ContentType as _, codec::PostUrl};

use crate::drafts::IdempotencyKey;

/// A form that is sent to the server function `F` on the page it is on. Its attributes pass through.
#[component]
pub fn Form<F: Deed + 'static>(
    /// The page.
    #[prop(into)]
    page: String,
    /// The form as it stands, where it has a key by which it counts once however often it is sent.
    #[prop(optional)]
    keyed: Option<FormState>,
    /// Which function; nothing to set.
    #[prop(optional)]
    _function: PhantomData<F>,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let enctype = (F::ENCODING != PostUrl::CONTENT_TYPE).then_some(F::ENCODING);
    view! {
        <form method="post" action={action::<F>(&page)} enctype=enctype>
            {keyed.map(|state| view! { <IdempotencyKey state /> })}
            {children()}
        </form>
    }
}

/// A form as it stands: fresh, or refused just now. A handle that lives as long as the page's rendering.
#[derive(Clone, Copy)]
pub struct FormState(StoredValue<Option<Arc<RefusedForm>>>);

impl FormState {
    /// The state of the form for `F`.
    pub fn of<F: Deed>(context: &RequestContext) -> Self {
        Self(StoredValue::new(context.refused::<F>()))
    }

    /// A form that nobody sent yet.
    pub fn fresh() -> Self {
        Self(StoredValue::new(None))
    }

    /// Why it was refused.
    pub fn error(self) -> Option<Error> {
        self.0.with_value(|form| form.as_ref().map(|form| form.error.clone()))
    }

    /// Whether it was refused just now.
    pub fn is_refused(self) -> bool {
        self.0.with_value(Option::is_some)
    }

    /// The form that was refused on this page, if none of its pieces says why.
    pub fn unsaid(context: &RequestContext) -> Option<Self> {
        let form = context.refused_form.clone().filter(|form| form.is_said.get().is_none())?;
        Some(Self(StoredValue::new(Some(form))))
    }

    /// As [`FormState::message`]; the page says it.
    pub fn alert(self, shown: &[&str]) -> Option<String> {
        let message = self.message(shown)?;
        self.say();
        Some(message)
    }

    /// Notes that the page says why.
    fn say(self) {
        self.0.with_value(|form| {
            if let Some(form) = form {
                // Twice is as good as once.
                let _ = form.is_said.set(());
            }
        });
    }

    /// What was typed into `field`, or `fresh` in a fresh form.
    pub fn value(self, field: &str, fresh: &str) -> String {
        self.0.with_value(|form| form.as_ref().and_then(|form| form.value(field))).unwrap_or_else(|| fresh.to_owned())
    }

    /// What was chosen under a name that comes several times.
    pub fn values(self, field: &str) -> Vec<String> {
        let chosen = |form: &Arc<RefusedForm>| {
            let chosen = form.values.iter().filter(|(name, _)| name == field).map(|(_, value)| value.clone());
            chosen.collect()
        };
        self.0.with_value(|form| form.as_ref().map(chosen).unwrap_or_default())
    }

    /// What is wrong with `field`.
    pub fn errors(self, field: &str) -> Vec<String> {
        self.error().and_then(|error| Some(error.fields()?.of(field).to_vec())).unwrap_or_default()
    }

    /// What is wrong beside the fields in `shown`, which show their errors themselves; that there is something, when
    /// those say it all.
    pub fn message(self, shown: &[&str]) -> Option<String> {
        let error = self.error()?;
        let Some(fields) = error.fields() else { return Some(error.to_string()) };
        let others: Vec<&str> = fields
            .0
            .iter()
            .filter(|(field, _)| !shown.contains(&field.as_str()))
            .flat_map(|(_, sentences)| sentences.iter().map(String::as_str))
            .collect();
        Some(if others.is_empty() { error.to_string() } else { others.join(" ") })
    }
}

/// Whose ticket a customer's form is about, beside its buttons: who was let in by somebody else's PIN sees it once more.
/// Nothing for staff.
#[component]
pub fn ForName() -> impl IntoView {
    let actor = RequestContext::current().ok()?.visitor.filter(|actor| !actor.role.is_staff())?;
    Some(view! { <span class="muted small">"for " {said(actor.name)}</span> })
}

/// Says above a form that and why it was refused; nothing above a fresh one.
#[component]
pub fn FormAlert(
    /// The form.
    state: FormState,
    /// The fields that show their errors themselves.
    fields: &'static [&'static str],
) -> impl IntoView {
    state.alert(fields).map(|message| {
        view! {
            <Alert tone=Tone::Bad urgent=true>
                {sentence(&message)}
            </Alert>
        }
    })
}
