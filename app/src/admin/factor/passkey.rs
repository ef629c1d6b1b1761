//! Passkeys on pages: the part of a form that asks for one, and the pages that add and remove one's own.

use desk::NewPasskey;
use domain::{Error, Passkey, PasskeyId};
use islands::{
    addresses::{staff, with},
    request::RequestContext,
    staff::AskPasskey,
    ui::{Alert, Button, ButtonKind, ButtonLink, Field, IconName, TextInput, Tone, Variant, When, apart, said},
};
use leptos::prelude::*;

use super::{
    api::{BeginPasskey, FinishPasskey, RemovePasskey},
    page::{FactorQuery, confirm_fields},
};
use crate::layout::form::{Form, FormAlert, FormState};

/// What becomes of what a passkey answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Then {
    /// The form is sent.
    Send,
    /// It waits in the form, for whoever presses its button.
    Wait,
}

/// The part of a form that asks for a passkey: a known one, or a new one. There is one on a page.
pub(in crate::admin) fn ask(options: String, words: &'static str, is_new: bool, then: Then) -> impl IntoView + use<> {
    let (variant, sends) = match then {
        Then::Send => (Variant::Primary, Some("")),
        Then::Wait => (Variant::Secondary, None),
    };
    view! {
        <AskPasskey>
            <div id="passkey" class="ask-passkey" data-options=options data-new=is_new.then_some("") data-send=sends hidden>
                <input type="hidden" name="factor_passkey"/>
                <Button kind=ButtonKind::Button variant block=true icon=IconName::Key>
                    {words}
                </Button>
                <p class="field-hint" role="status"></p>
            </div>
        </AskPasskey>
        <noscript>
            <p class="field-hint">"Passkeys need script, which is off in this browser."</p>
        </noscript>
    }
}

/// Where one is added.
pub(super) fn adding_page() -> String {
    with(staff::SECOND_FACTOR, &FactorQuery { passkey: "new".to_owned(), ..FactorQuery::default() })
}

fn removing_page(id: PasskeyId) -> String {
    with(staff::SECOND_FACTOR, &FactorQuery { passkey: id.to_string(), ..FactorQuery::default() })
}

/// One's own, and the way to one more.
pub(super) fn own(passkeys: Vec<Passkey>) -> impl IntoView {
    let rows = passkeys.into_iter().map(|Passkey { id, name, made_at, used_at }| {
        let used =
            used_at.map_or_else(|| view! { "never used" }.into_any(), |at| view! { "used " <When at/> }.into_any());
        let label = format!("Remove {}", apart(&name));
        view! {
            <li>
                <span>
                    <strong>{said(name)}</strong>
                    <span class="muted small">"Added " <When at=made_at/> ", " {used}</span>
                </span>
                <ButtonLink href=removing_page(id) small=true attr:aria-label=label>
                    "Remove"
                </ButtonLink>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <ul class="passkeys">{rows}</ul>
        <ButtonLink href=adding_page() block=true icon=IconName::Plus>
            "Add a passkey"
        </ButtonLink>
    }
}

/// The first step: its name, and that it is oneself who adds it.
pub(super) fn add_view(context: &RequestContext, asked: Option<String>, has_one: bool) -> impl IntoView + use<> {
    let (begin, finish) = (FormState::of::<BeginPasskey>(context), FormState::of::<FinishPasskey>(context));
    let form = if finish.is_refused() { finish } else { begin };
    let works = context.desk.factors().passkeys_work(&context.public_url);
    let head = view! {
        <div class="login-head">
            <h1>"Add a passkey"</h1>
            <p>
                "A passkey is kept by your phone, your computer or a security key, which asks for your finger, your face or a PIN. \
                 It works at this desk's address alone, so nobody can lure it out of you."
            </p>
        </div>
    };
    if let Err(error) = works {
        return view! { {head} <Alert tone=Tone::Warn>{error.to_string()}</Alert> }.into_any();
    }
    view! {
        {head}
        <Form<BeginPasskey> page=adding_page() attr:class="form">
            <FormAlert state=form fields=&["name", "current_password", "factor_code"]/>
            <Field
                id="name"
                label="Name"
                hint="What you know the device by, as in “Work phone”."
                errors=form.errors("name")
            >
                <TextInput name="name" value=form.value("name", "") attr:required=true attr:maxlength="60"/>
            </Field>
            {confirm_fields(form, asked, has_one)}
            <noscript>
                <p class="field-hint">"Passkeys need script, which is off in this browser. An authenticator app does not."</p>
            </noscript>
            <Button variant=Variant::Primary block=true>
                "Go on"
            </Button>
        </Form<BeginPasskey>>
    }
    .into_any()
}

/// The second one: the device makes it.
pub(super) fn make_view(new: NewPasskey) -> impl IntoView {
    let NewPasskey { name, options } = new;
    view! {
        <div class="login-head">
            <h1>"Make the passkey " {said(name)}</h1>
            <p>"Your browser asks which device keeps it. Follow what it says."</p>
        </div>
        <Form<FinishPasskey> page=adding_page() attr:class="form">
            {ask(options, "Make it now", true, Then::Send)}
        </Form<FinishPasskey>>
    }
}

/// Asks once more before one is gone.
pub(super) fn remove_view(context: &RequestContext, passkey: &Passkey, asked: Option<String>) -> impl IntoView + use<> {
    let form = FormState::of::<RemovePasskey>(context);
    let id = passkey.id.to_string();
    let name = passkey.name.clone();
    view! {
        <div class="login-head">
            <h1>"Remove the passkey " {said(name)}</h1>
            <p>"It lets nobody in any more. Delete it on the device, too: nobody but you can do that."</p>
        </div>
        <Form<RemovePasskey> page=removing_page(passkey.id) attr:class="form">
            <FormAlert state=form fields=&["current_password", "factor_code"]/>
            <input type="hidden" name="id" value=id/>
            {confirm_fields(form, asked, true)}
            <Button variant=Variant::Danger block=true icon=IconName::Cross>
                "Remove it"
            </Button>
        </Form<RemovePasskey>>
    }
}

/// One of somebody's own, as an address names it.
pub(super) fn named(passkeys: &[Passkey], id: &str) -> Result<Passkey, Error> {
    let id: Option<PasskeyId> = id.parse().ok();
    passkeys.iter().find(|known| Some(known.id) == id).cloned().ok_or(Error::NotFound)
}
