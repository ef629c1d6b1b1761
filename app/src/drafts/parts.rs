//! What a form that keeps a draft holds.

use std::collections::BTreeMap;

use domain::{Actor, DraftPlace, Error};
use islands::{
    addresses::action,
    deed::Deed,
    drafts::api::{DiscardDraft as Discard, SaveDraft},
    forms::DraftSpec,
    refusal::Refusal,
    request::{RefusedForm, RequestContext, answer},
    ui::Button,
};
use leptos::prelude::*;

use crate::layout::{
    form::{Form, FormAlert, FormState},
    writing::html,
};

/// What somebody typed into a form and did not send yet; nothing in a fresh form.
#[derive(Debug, Clone, Default)]
pub struct SavedDraft {
    fields: BTreeMap<String, String>,
}

impl SavedDraft {
    /// The draft at `place`. One that was refused just now counts as well, so that it stands in the form again.
    ///
    /// # Errors
    /// The desk's refusal.
    pub async fn of(context: &RequestContext, actor: &Actor, place: DraftPlace) -> Result<Self, Refusal> {
        let word = place.to_string();
        let refused = context.refused::<SaveDraft>().filter(|form| form.value("place").as_deref() == Some(&*word));
        if let Some(form) = refused {
            return Ok(Self::from_refused(&form, place));
        }
        let draft = answer(context.desk.drafts().get(actor, place).await)?;
        Ok(draft.map(|draft| Self { fields: draft.fields }).unwrap_or_default())
    }

    fn from_refused(form: &RefusedForm, place: DraftPlace) -> Self {
        let fields = place.fields().iter();
        Self { fields: fields.filter_map(|name| Some(((*name).to_owned(), form.value(name)?))).collect() }
    }

    /// Whether there is one.
    pub fn is_kept(&self) -> bool {
        !self.fields.is_empty()
    }

    /// What was typed into `field`, or `fresh` where nothing was.
    pub fn value(&self, field: &str, fresh: &str) -> String {
        self.fields.get(field).map_or(fresh, String::as_str).to_owned()
    }
}

/// What was typed into one field of the form at `place` and not sent yet; empty when there is nothing.
///
/// # Errors
/// The desk's refusal.
pub async fn draft_value(
    context: &RequestContext,
    actor: &Actor,
    place: DraftPlace,
    field: &str,
) -> Result<String, Refusal> {
    Ok(SavedDraft::of(context, actor, place).await?.value(field, ""))
}

/// What makes a form that is sent twice count once. A refused form keeps its key; where something else was sent under that
/// key, or the form cannot be sent as things stand, it gets a new one.
pub fn idempotency_key(state: FormState) -> String {
    let kept = Some(state.value("idempotency_key", "")).filter(|key| !key.is_empty());
    let kept = kept.filter(|_| !matches!(state.error(), Some(Error::Conflict { .. })));
    // Without a key the form can still be sent.
    let new = || RequestContext::current().and_then(|context| context.desk.new_idempotency_key()).unwrap_or_default();
    kept.unwrap_or_else(new)
}

/// The hidden field with an [`idempotency_key`].
#[component]
pub fn IdempotencyKey(
    /// The form around it.
    state: FormState,
) -> impl IntoView {
    view! { <input type="hidden" name="idempotency_key" value=idempotency_key(state) autocomplete="off" /> }
}

/// The draft of a form that is on the page at `path`, without a query; `is_kept` where the form shows one. The button that
/// forgets it needs a [`DiscardDraft`] on the page. For browsers without script there is a button that saves it, with the words
/// `save`.
pub fn draft_spec(place: DraftPlace, path: &str, is_kept: bool, save: &'static str) -> DraftSpec {
    let refused = RequestContext::current().ok().filter(|context| {
        context.refused::<SaveDraft>().is_some_and(|form| form.value("place") == Some(place.to_string()))
    });
    let alert = refused.map(|context| {
        let state = FormState::of::<SaveDraft>(&context);
        view! { <FormAlert state fields=&[] /> }
    });
    let plain = html(view! {
        {alert}
        <noscript>
            <Button
                small=true
                attr:name="place"
                attr:value=place.to_string()
                attr:formaction={action::<SaveDraft>(path)}
                attr:formenctype=SaveDraft::ENCODING
                attr:formnovalidate=true
            >
                {save}
            </Button>
        </noscript>
    });
    DraftSpec { place: place.to_string(), is_kept, discard: discard_id(place), plain }
}

/// The form behind the button that forgets the draft: a form cannot stand inside another.
#[component]
pub fn DiscardDraft(
    /// The place of the draft.
    place: DraftPlace,
    /// The page it is on, without a query.
    #[prop(into)]
    path: String,
) -> impl IntoView {
    view! {
        <Form<Discard> page=path attr:id=discard_id(place) attr:hidden=true>
            <input type="hidden" name="place" value=place.to_string() />
        </Form<Discard>>
    }
}

fn discard_id(place: DraftPlace) -> String {
    format!("discard-{place}")
}
