//! What was typed into a plain form whose page cannot be shown any more: nobody is logged in, nothing is there, the
//! database is away. The words stay, to be sent again where that may help, or to be copied.

use domain::{Error, FileKind};
use islands::{
    request::{RefusedForm, RequestContext},
    ui::{Alert, Button, ButtonLink, Field, IconName, TextArea, TextInput, Tone, Variant},
};
use leptos::prelude::*;

/// What people see of a form's fields, with its name. What has no place here goes along unseen.
const SHOWN: [(&str, &str); 12] = [
    ("title", "Title"),
    ("description", "Description"),
    ("body", "What you wrote"),
    ("username", "Username"),
    ("name", "Name"),
    ("email", "Email"),
    ("role", "Role"),
    ("status", "Status"),
    ("priority", "Priority"),
    ("category", "Category"),
    ("for", "For whom"),
    ("why", "Why"),
];
/// The fields that hold many lines.
const LONG: [&str; 2] = ["description", "body"];
/// Choices whose value says nothing to people.
const UNSEEN: [&str; 2] = ["assignee", "ttl"];

/// In place of a page for which one has to log in, at `log_in`: what was typed, to be sent after a login in another
/// tab. Nothing when nobody typed anything.
pub fn logged_out(context: &RequestContext, log_in: String) -> Option<AnyView> {
    let form = kept(context)?;
    let view = view! {
        <div class="stack">
            <div class="login-head">
                <h1>"You are logged out"</h1>
            </div>
            <Alert tone=Tone::Warn urgent=true>
                "Nothing was sent, and nothing you wrote is lost. Log in in a new tab, come back here and send it."
            </Alert>
            <ButtonLink href=log_in icon=IconName::External attr:target="_blank">
                "Log in in a new tab"
            </ButtonLink>
            {form}
        </div>
    };
    Some(view.into_any())
}

/// What was typed into the form that was refused, to be shown where its page cannot be.
pub fn kept(context: &RequestContext) -> Option<AnyView> {
    let form = context.refused_form.as_deref()?;
    shown(form, matches!(form.error, Error::NotFound | Error::Forbidden { .. } | Error::Conflict { .. }))
}

/// The same of a form that was only too early, to be sent again at once.
pub fn too_early(context: &RequestContext) -> Option<AnyView> {
    shown(context.refused_form.as_deref()?, false)
}

fn shown(form: &RefusedForm, is_over: bool) -> Option<AnyView> {
    let has_files = form.takes_files();
    let is_typed = |(name, value): &(String, String)| {
        let is_known = is_shown(name) || UNSEEN.contains(&name.as_str());
        is_known && !value.trim().is_empty()
    };
    if !has_files && !form.values.iter().any(is_typed) {
        return None;
    }
    let view = if is_over {
        view! {
            <div class="form">
                <p>"What you wrote was not sent. Copy what you still need."</p>
                {fields(form)}
            </div>
        }
        .into_any()
    } else {
        // A server function that reads the ticket's id reads it first.
        let unseen = form.values.iter().filter(|(name, _)| !is_shown(name));
        let unseen =
            unseen.map(|(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone() /> });
        let action = form.action();
        let enctype = has_files.then_some("multipart/form-data");
        view! {
            <form class="form" method="post" action=action enctype=enctype>
                {unseen.collect_view()}
                {fields(form)}
                {has_files.then(files)}
                <div class="form-actions">
                    <Button variant=Variant::Primary>"Send it now"</Button>
                </div>
            </form>
        }
        .into_any()
    };
    Some(view)
}

fn is_shown(name: &str) -> bool {
    SHOWN.iter().any(|(shown, _)| *shown == name)
}

fn fields(form: &RefusedForm) -> impl IntoView + use<> {
    let field = |(name, label): (&'static str, &'static str)| {
        let value = form.value(name)?;
        // Made in its field, which tells it its id.
        Some(view! { <Field id=name label>{control(name, value)}</Field> })
    };
    SHOWN.into_iter().filter_map(field).collect_view()
}

fn control(name: &'static str, value: String) -> AnyView {
    if LONG.contains(&name) {
        view! { <TextArea name value attr:rows="6" /> }.into_any()
    } else {
        view! { <TextInput name value attr:autocomplete="off" /> }.into_any()
    }
}

/// Browsers forget chosen files with the page.
fn files() -> impl IntoView {
    view! {
        <Field id="attachments" label="Files" hint="Chosen files have to be chosen again." optional=true>
            <input
                class="input"
                type="file"
                id="attachments"
                name="attachments"
                multiple=true
                accept=FileKind::ACCEPT
                aria-describedby="attachments-hint"
            />
        </Field>
    }
}
