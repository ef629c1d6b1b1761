//! The fields of forms about people.

use domain::Person;
use islands::ui::{Field, TextInput};
use leptos::prelude::*;

use crate::layout::form::FormState;

/// Username, name and email, of a new person or of one who is there.
pub(in crate::admin) fn person_fields(form: FormState, person: Option<&Person>) -> impl IntoView + use<> {
    let (username, email) = person.map(|person| (person.username.clone(), person.email.clone())).unwrap_or_default();
    // A person without a name of their own is shown by their username; the field stays empty then.
    let name = person.map(|person| person.name.clone()).filter(|name| *name != username).unwrap_or_default();
    view! {
        <Field
            id="username"
            label="Username"
            hint="Short and unique: letters, digits and @ . + - _"
            errors=form.errors("username")
        >
            <TextInput
                name="username"
                value=form.value("username", &username)
                attr:required=true
                attr:maxlength="150"
                attr:autocomplete="off"
                attr:autocapitalize="none"
                attr:spellcheck="false"
            />
        </Field>
        <Field id="name" label="Name" optional=true errors=form.errors("name")>
            <TextInput
                name="name"
                value=form.value("name", &name)
                attr:autocomplete="off"
            />
        </Field>
        <Field id="email" label="Email" optional=true errors=form.errors("email")>
            <TextInput
                name="email"
                kind="email"
                value=form.value("email", &email)
                attr:autocomplete="off"
            />
        </Field>
    }
}

/// The password that somebody has now, before they choose another.
pub(in crate::admin) fn current_password_field(form: FormState) -> impl IntoView + use<> {
    view! {
        <Field id="current_password" label="Current password" errors=form.errors("current_password")>
            <TextInput
                name="current_password"
                kind="password"
                attr:required=true
                attr:autocomplete="current-password"
            />
        </Field>
    }
}

/// A new password, twice.
pub(in crate::admin) fn password_fields(form: FormState) -> impl IntoView + use<> {
    let hint = format!("At least {} characters. A few words are better than one.", domain::PASSWORD_MIN_CHARS);
    view! {
        <Field id="password" label="Password" hint errors=form.errors("password")>
            <TextInput name="password" kind="password" attr:required=true attr:autocomplete="new-password"/>
        </Field>
        <Field id="password_again" label="Password again" errors=form.errors("password_again")>
            <TextInput name="password_again" kind="password" attr:required=true attr:autocomplete="new-password"/>
        </Field>
    }
}
