//! A plain form that was sent after its session had ended: the words stay on the page, to be sent again after a login in
//! another tab.

use leptos::prelude::*;

use super::{CenterFrame, form_action};
use crate::{
    request::{RefusedForm, RequestContext},
    ui::{Alert, Button, ButtonLink, Field, IconName, TextArea, Tone, Variant},
};

/// What people write, with its name on the page; the rest of a form goes along unseen.
const WORDS: [(&str, &str); 3] = [("title", "Title"), ("description", "Description"), ("body", "What you wrote")];
/// Server functions that read `multipart/form-data`.
const MULTIPART: [&str; 3] = ["create_ticket", "reply", "add_note"];

/// The page for such a form; nothing when nobody wrote anything. `log_in` leads to the login.
pub fn kept_words(context: &RequestContext, log_in: String) -> Option<AnyView> {
    let form = context.refused_form.as_deref()?;
    let is_word = |name: &str| WORDS.iter().any(|(known, _)| *known == name);
    form.values.iter().find(|(name, value)| is_word(name) && !value.trim().is_empty())?;
    Some(page(form, &context.path, log_in).into_any())
}

fn page(form: &RefusedForm, path: &str, log_in: String) -> impl IntoView + use<> {
    let words = WORDS.iter().filter_map(|(name, label)| {
        let value = form.value(name)?;
        Some(view! {
            <Field id=*name label=*label>
                <TextArea name=*name value attr:rows="6" />
            </Field>
        })
    });
    let words = words.collect_view();
    let others = form.values.iter().filter(|(name, _)| WORDS.iter().all(|(known, _)| known != name));
    let others = others.map(|(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone() /> });
    // A server function that reads the ticket's id reads it first.
    let others = others.collect_view();
    let enctype = MULTIPART.contains(&form.endpoint.as_str()).then_some("multipart/form-data");
    let action = form_action(path, &form.endpoint);
    view! {
        <CenterFrame title="You are logged out">
            <div class="stack">
                <div class="login-head">
                    <h1>"You are logged out"</h1>
                </div>
                <Alert tone=Tone::Warn urgent=true>
                    "Nothing was sent, and nothing you wrote is lost. Log in in a new tab, come back here and send it. Chosen files have to be chosen again."
                </Alert>
                <ButtonLink href=log_in icon=IconName::External attr:target="_blank">
                    "Log in in a new tab"
                </ButtonLink>
                <form class="form" method="post" action=action enctype=enctype>
                    {others}
                    {words}
                    <div class="form-actions">
                        <Button variant=Variant::Primary>"Send it now"</Button>
                    </div>
                </form>
            </div>
        </CenterFrame>
    }
}
