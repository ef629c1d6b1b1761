//! The page `/admin/second-factor`. It is open to who must set one up before anything else, so it has a frame that needs nothing.

use desk::NewAuthenticator;
use domain::{Error, SecondFactor};
use islands::{
    LocalTimes,
    addresses::{action, staff},
    request::{RequestContext, query},
    ui::{Alert, Button, ButtonLink, Field, IconName, TextInput, Tone, Variant, When},
};
use leptos::{either::EitherOf3, prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    api::{BeginAuthenticator, ConfirmAuthenticator, NewRecoveryCodes, SwitchFactorOff},
    card::codes_left,
};
use crate::{
    admin::{
        frame::{not_for_customers, note_status},
        parts::current_password_field,
    },
    error_pages::ErrorPage,
    layout::{
        CenterFrame,
        form::{Form, FormAlert, FormState},
        to_login,
    },
    login::api::LogOut,
    qr::qr_code,
};

/// The address on which new recovery codes are shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct CodesQuery {
    codes: String,
}

impl CodesQuery {
    pub(super) fn new() -> Self {
        Self { codes: "1".to_owned() }
    }
}

/// What there is to show.
enum Shown {
    /// A second factor that counts, and codes that were just made, if that is why the page is shown.
    On(SecondFactor, Option<Vec<String>>),
    /// One that is being set up.
    Waiting(NewAuthenticator),
    Off,
}

async fn read(context: &RequestContext, wants_codes: bool) -> Result<Shown, Error> {
    let (factors, actor) = (context.desk.factors(), context.actor()?);
    if let Some(factor) = factors.of(actor, actor.id.ok_or(Error::NotFound)?).await? {
        let codes = if wants_codes { Some(factors.show_codes(actor).await?) } else { None };
        return Ok(Shown::On(factor, codes));
    }
    Ok(factors.waiting(actor).await?.map_or(Shown::Off, Shown::Waiting))
}

/// One's own second factor.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=Error::Internal/> }.into_any();
    };
    let Some(actor) = context.visitor.clone() else {
        return to_login(&context, staff::LOGIN);
    };
    if let Err(error) = actor.require_team() {
        note_status(&error);
        return not_for_customers(&actor).into_any();
    }
    // Looked at while the page is asked for, not when it is shown again with a refused form.
    let wants_codes = context.refused_form.is_none() && !query::<CodesQuery>().codes.is_empty();
    Suspend::new(async move {
        match read(&context, wants_codes).await {
            Ok(shown) => view(&context, actor.needs_factor, shown).into_any(),
            Err(error) => view! { <ErrorPage error/> }.into_any(),
        }
    })
    .into_any()
}

fn view(context: &RequestContext, needs_factor: bool, shown: Shown) -> impl IntoView + use<> {
    let account =
        context.visitor.as_ref().and_then(|actor| actor.id).map_or_else(|| staff::START.to_owned(), staff::member);
    let way_out = if needs_factor {
        view! {
            <Form<LogOut> page=staff::SECOND_FACTOR attr:class="form">
                <Button variant=Variant::Quiet block=true icon=IconName::LogOut>
                    "Log out"
                </Button>
            </Form<LogOut>>
        }
        .into_any()
    } else {
        view! {
            <ButtonLink href=account variant=Variant::Quiet block=true icon=IconName::ArrowLeft>
                "To your account"
            </ButtonLink>
        }
        .into_any()
    };
    let body = match shown {
        Shown::On(factor, codes) => EitherOf3::A(on(context, factor, codes)),
        Shown::Waiting(new) => EitherOf3::B(waiting(context, &new)),
        Shown::Off => EitherOf3::C(off(context, needs_factor)),
    };
    view! {
        <CenterFrame title="Second factor">
            <div class="stack">{body} {way_out}</div>
        </CenterFrame>
        <LocalTimes/>
    }
}

/// A code, for what changes a second factor.
fn code_field(form: FormState, hint: &'static str) -> impl IntoView + use<> {
    view! {
        <Field id="factor_code" label="Code" hint errors=form.errors("factor_code")>
            <TextInput
                name="factor_code"
                attr:required=true
                attr:autocomplete="one-time-code"
                attr:autocapitalize="none"
                attr:spellcheck="false"
                attr:maxlength="20"
            />
        </Field>
    }
}

fn off(context: &RequestContext, needs_factor: bool) -> impl IntoView + use<> {
    let form = FormState::of::<BeginAuthenticator>(context);
    let why = if needs_factor {
        "This desk asks for a second factor. Set yours up to go on: an authenticator app, whose code you type after your password."
    } else {
        "An authenticator app shows a new code every 30 seconds, which you type after your password. Whoever learns your \
         password does not get in with it."
    };
    view! {
        <div class="login-head">
            <h1>"Set up a second factor"</h1>
            <p>{why}</p>
        </div>
        <Form<BeginAuthenticator> page=staff::SECOND_FACTOR attr:class="form">
            <FormAlert state=form fields=&["current_password"]/>
            {current_password_field(form)}
            <Button variant=Variant::Primary block=true>
                "Go on"
            </Button>
        </Form<BeginAuthenticator>>
    }
}

fn waiting(context: &RequestContext, new: &NewAuthenticator) -> impl IntoView + use<> {
    let form = FormState::of::<ConfirmAuthenticator>(context);
    let code = qr_code(&new.address, "QR code for your authenticator app").unwrap_or_default();
    let (text, address) = (new.text.clone(), new.address.clone());
    view! {
        <div class="login-head">
            <h1>"Set up your authenticator app"</h1>
            <p>"Scan this code with the app, then type what the app shows."</p>
        </div>
        <div class="factor-secret">
            <div class="qr" inner_html=code></div>
            <p class="muted small">
                "No camera? " <a href=address>"Open it in an app on this device"</a> ", or type this secret there:"
            </p>
            <output class="token-show" id="factor-secret">
                {text}
            </output>
        </div>
        <Form<ConfirmAuthenticator> page=staff::SECOND_FACTOR attr:class="form">
            <FormAlert state=form fields=&["factor_code"]/>
            {code_field(form, "Six digits. From then on you type one after your password.")}
            <Button variant=Variant::Primary block=true>
                "Switch it on"
            </Button>
        </Form<ConfirmAuthenticator>>
    }
}

fn on(context: &RequestContext, factor: SecondFactor, codes: Option<Vec<String>>) -> impl IntoView + use<> {
    if let Some(codes) = codes {
        return codes_view(codes).into_any();
    }
    let (new, off) = (FormState::of::<NewRecoveryCodes>(context), FormState::of::<SwitchFactorOff>(context));
    let form = if off.is_refused() { off } else { new };
    let switch_off = action::<SwitchFactorOff>(staff::SECOND_FACTOR);
    view! {
        <div class="login-head">
            <h1>"Your second factor is on"</h1>
            <p>"Since " <When at=factor.since/> ". " {codes_left(factor.codes)}</p>
        </div>
        <Form<NewRecoveryCodes> page=staff::SECOND_FACTOR attr:class="form">
            <FormAlert state=form fields=&["current_password", "factor_code"]/>
            {current_password_field(form)}
            {code_field(form, "From your app, or a recovery code.")}
            <p class="muted small">
                "New recovery codes make the old ones void. To change phones, switch it off and set it up again."
            </p>
            <Button block=true icon=IconName::Key>
                "Make new recovery codes"
            </Button>
            <Button
                variant=Variant::Danger
                block=true
                icon=IconName::UserOff
                attr:formaction=switch_off
            >
                "Switch it off"
            </Button>
        </Form<NewRecoveryCodes>>
    }
    .into_any()
}

fn codes_view(codes: Vec<String>) -> impl IntoView {
    if codes.is_empty() {
        return view! {
            <Alert tone=Tone::Info title="These codes were shown once.">
                "Make new ones if they got lost; the old ones are void then."
            </Alert>
            <ButtonLink href=staff::SECOND_FACTOR block=true>
                "To your second factor"
            </ButtonLink>
        }
        .into_any();
    }
    let codes = codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view();
    view! {
        <div class="login-head">
            <h1>"Your recovery codes"</h1>
            <p>
                "Each lets you in once, after your password, when your phone is not there. Print them or write them down. \
                 Nobody can look them up after this page."
            </p>
        </div>
        <ul class="factor-codes">{codes}</ul>
        <ButtonLink href=staff::START variant=Variant::Primary block=true>
            "I have kept them"
        </ButtonLink>
    }
    .into_any()
}
