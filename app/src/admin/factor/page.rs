//! The page `/admin/second-factor`. It is open to who must set one up before anything else, so it has a frame that needs nothing.

use desk::{NewAuthenticator, NewPasskey};
use domain::{Error, Passkey, SecondFactor};
use islands::{
    LocalTimes,
    addresses::{action, staff, with},
    request::{RequestContext, query},
    ui::{Alert, Button, ButtonLink, Field, IconName, TextInput, Tone, Variant, When},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    api::{BeginAuthenticator, ConfirmAuthenticator, NewRecoveryCodes, SwitchFactorOff},
    card::codes_left,
    passkey::{self, Then, adding_page, ask},
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

/// What of the page an address names.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FactorQuery {
    /// New recovery codes, when not empty.
    pub(super) codes: String,
    /// An authenticator app that is set up, when not empty.
    pub(super) app: String,
    /// `new`, or the id of the passkey that is to be removed.
    pub(super) passkey: String,
}

impl FactorQuery {
    fn is_plain(&self) -> bool {
        self.app.is_empty() && self.passkey.is_empty()
    }
}

/// What there is to show.
enum Shown {
    /// A second factor that counts.
    On(SecondFactor, Vec<Passkey>),
    /// Codes that were just made, if they were not shown before.
    Codes(Vec<String>),
    /// An app that is being set up.
    Waiting(NewAuthenticator),
    /// The way to one, for who has a second factor, or has none.
    SetUpApp(Option<SecondFactor>),
    /// The way to a passkey, likewise.
    AddPasskey(Option<SecondFactor>),
    /// One that a device is asked to make.
    MakePasskey(NewPasskey),
    RemovePasskey(Passkey),
}

/// What there is, and what a passkey of theirs is asked where a form wants a second factor.
async fn read(context: &RequestContext) -> Result<(Shown, Option<String>), Error> {
    let (factors, actor) = (context.desk.factors(), context.actor()?);
    let FactorQuery { codes, app, passkey } = query();
    let factor = factors.of(actor, actor.id.ok_or(Error::NotFound)?).await?;
    // Where nothing can be written no challenge can be made, and a code is asked for alone.
    let asked = factors.ask_passkey(actor, &context.public_url).await.unwrap_or_default();
    // Looked at while the page is asked for, not when it is shown again with a refused form.
    if factor.is_some() && context.refused_form.is_none() && !codes.is_empty() {
        return Ok((Shown::Codes(factors.show_codes(actor).await?), None));
    }
    let shown = match (passkey.as_str(), factor) {
        ("new", factor) => factors.passkey_waiting(actor).await?.map_or(Shown::AddPasskey(factor), Shown::MakePasskey),
        ("", Some(factor)) if app.is_empty() || factor.has_app => Shown::On(factor, factors.passkeys(actor).await?),
        ("", factor) => factors.waiting(actor).await?.map_or(Shown::SetUpApp(factor), Shown::Waiting),
        (id, _) => Shown::RemovePasskey(passkey::named(&factors.passkeys(actor).await?, id)?),
    };
    Ok((shown, asked))
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
    Suspend::new(async move {
        match read(&context).await {
            Ok((shown, asked)) => view(&context, actor.needs_factor, shown, asked).into_any(),
            Err(error) => view! { <ErrorPage error/> }.into_any(),
        }
    })
    .into_any()
}

fn view(context: &RequestContext, needs_factor: bool, shown: Shown, asked: Option<String>) -> impl IntoView + use<> {
    let is_part = !matches!(shown, Shown::On(..) | Shown::Codes(_)) && !query::<FactorQuery>().is_plain();
    let account =
        context.visitor.as_ref().and_then(|actor| actor.id).map_or_else(|| staff::START.to_owned(), staff::member);
    let way_out = if is_part {
        view! {
            <ButtonLink href=staff::SECOND_FACTOR variant=Variant::Quiet block=true icon=IconName::ArrowLeft>
                "Back"
            </ButtonLink>
        }
        .into_any()
    } else if needs_factor {
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
        Shown::On(factor, passkeys) => on(context, factor, passkeys, asked).into_any(),
        Shown::Codes(codes) => codes_view(codes).into_any(),
        Shown::Waiting(new) => waiting(context, &new).into_any(),
        Shown::SetUpApp(factor) => set_up_app(context, needs_factor, factor, asked).into_any(),
        Shown::AddPasskey(factor) => passkey::add_view(context, asked, factor.is_some()).into_any(),
        Shown::MakePasskey(new) => passkey::make_view(new).into_any(),
        Shown::RemovePasskey(which) => passkey::remove_view(context, &which, asked).into_any(),
    };
    view! {
        <CenterFrame title="Second factor">
            <div class="stack">{body} {way_out}</div>
        </CenterFrame>
        <LocalTimes/>
    }
}

/// A code, for what changes a second factor.
fn code_field(form: FormState, hint: &'static str, required: bool) -> impl IntoView + use<> {
    view! {
        <Field id="factor_code" label="Code" hint errors=form.errors("factor_code")>
            <TextInput
                name="factor_code"
                attr:required=required
                attr:autocomplete="one-time-code"
                attr:autocapitalize="none"
                attr:spellcheck="false"
                attr:maxlength="20"
            />
        </Field>
    }
}

/// That it is oneself: the password, and for who has a second factor that, too, by a passkey or a code.
pub(super) fn confirm_fields(form: FormState, asked: Option<String>, has_one: bool) -> impl IntoView + use<> {
    let hint = if asked.is_some() {
        "Or a code of your authenticator app, or a recovery code."
    } else {
        "From your app, or a recovery code."
    };
    let code = has_one.then(|| code_field(form, hint, asked.is_none()));
    let passkey = asked.filter(|_| has_one).map(|options| ask(options, "Confirm with a passkey", false, Then::Wait));
    view! {
        {current_password_field(form)}
        {passkey}
        {code}
    }
}

fn set_up_app(
    context: &RequestContext,
    needs_factor: bool,
    factor: Option<SecondFactor>,
    asked: Option<String>,
) -> impl IntoView + use<> {
    let form = FormState::of::<BeginAuthenticator>(context);
    let why = if needs_factor {
        "This desk asks for a second factor. Set yours up to go on: an authenticator app, whose code you type after your password, \
         or a passkey."
    } else {
        "An authenticator app shows a new code every 30 seconds, which you type after your password. Whoever learns your \
         password does not get in with it."
    };
    let (title, page) = if factor.is_some() {
        (
            "Set up an authenticator app",
            with(staff::SECOND_FACTOR, &FactorQuery { app: "1".to_owned(), ..FactorQuery::default() }),
        )
    } else {
        ("Set up a second factor", staff::SECOND_FACTOR.to_owned())
    };
    let passkey = factor.is_none().then(|| {
        view! {
            <ButtonLink href=adding_page() block=true icon=IconName::Key>
                "Add a passkey instead"
            </ButtonLink>
        }
    });
    view! {
        <div class="login-head">
            <h1>{title}</h1>
            <p>{why}</p>
        </div>
        <Form<BeginAuthenticator> page attr:class="form">
            <FormAlert state=form fields=&["current_password", "factor_code"]/>
            {confirm_fields(form, asked, factor.is_some())}
            <Button variant=Variant::Primary block=true>
                "Go on"
            </Button>
        </Form<BeginAuthenticator>>
        {passkey}
    }
}

fn waiting(context: &RequestContext, new: &NewAuthenticator) -> impl IntoView + use<> {
    let form = FormState::of::<ConfirmAuthenticator>(context);
    let code = qr_code(&new.address, "QR code for your authenticator app").unwrap_or_default();
    let (text, address) = (new.text.clone(), new.address.clone());
    let page = with(staff::SECOND_FACTOR, &FactorQuery { app: "1".to_owned(), ..FactorQuery::default() });
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
        <Form<ConfirmAuthenticator> page attr:class="form">
            <FormAlert state=form fields=&["factor_code"]/>
            {code_field(form, "Six digits. From then on you type one after your password.", true)}
            <Button variant=Variant::Primary block=true>
                "Switch it on"
            </Button>
        </Form<ConfirmAuthenticator>>
    }
}

fn on(
    context: &RequestContext,
    factor: SecondFactor,
    passkeys: Vec<Passkey>,
    asked: Option<String>,
) -> impl IntoView + use<> {
    let (new, off) = (FormState::of::<NewRecoveryCodes>(context), FormState::of::<SwitchFactorOff>(context));
    let form = if off.is_refused() { off } else { new };
    let switch_off = action::<SwitchFactorOff>(staff::SECOND_FACTOR);
    let app = if factor.has_app {
        view! {
            <p class="muted small">"You have an authenticator app. To change phones, switch all of it off and set it up again."</p>
        }
        .into_any()
    } else {
        let page = with(staff::SECOND_FACTOR, &FactorQuery { app: "1".to_owned(), ..FactorQuery::default() });
        view! {
            <ButtonLink href=page block=true icon=IconName::Shield>
                "Set up an authenticator app"
            </ButtonLink>
        }
        .into_any()
    };
    view! {
        <div class="login-head">
            <h1>"Your second factor is on"</h1>
            <p>"Since " <When at=factor.since/> ". " {codes_left(factor.codes)}</p>
        </div>
        {passkey::own(passkeys)}
        {app}
        <Form<NewRecoveryCodes> page=staff::SECOND_FACTOR attr:class="form factor-change">
            <FormAlert state=form fields=&["current_password", "factor_code"]/>
            {confirm_fields(form, asked, true)}
            <p class="muted small">"New recovery codes make the old ones void."</p>
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
