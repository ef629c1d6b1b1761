//! The page `/welcome`: whose access it is, before anything is read or written with it.

use domain::{Actor, Cursor, DropBox, Purpose, ShownCode, TicketFilter, TicketRow};
use islands::{
    LocalTimes, addresses,
    request::{RequestContext, query},
    ui::{Alert, Button, ButtonLink, Field, TextInput, Tone, Variant, When, said},
};
use leptos::prelude::*;

use super::{
    NextQuery,
    api::{LogOut, NoteReturnCode},
    next_page,
};
use crate::{
    account::access,
    layout::{
        CenterFrame, PinShow, customers,
        form::{Form, FormAlert, FormState},
        kept,
    },
};

/// Says who was let in and for what, with the way out for somebody else: a PIN that a stranger hands on leads into the
/// stranger's own tickets, and what is written there is theirs to read. A session that was not here writes nothing; a form that it
/// sent is here, too, to be sent again.
#[component]
pub fn WelcomePage() -> impl IntoView {
    let context = RequestContext::current().ok();
    let visitor = context.as_ref().and_then(|context| context.visitor.as_ref());
    if let (Some(context), Some(actor)) = (&context, visitor.filter(|actor| actor.scope.purpose == Purpose::Drop)) {
        let (context, actor) = (context.clone(), actor.clone());
        return Suspend::new(async move {
            context.welcome(&actor).await;
            outside(&context, &actor)
        })
        .into_any();
    }
    customers(
        |context, actor| async move {
            let newest = context.desk.tickets().list(&actor, &TicketFilter::default(), Cursor::First, 1).await?;
            let code = context.desk.returns().shown(&actor).await?;
            if code.is_none() {
                context.welcome(&actor).await;
            }
            Ok((newest.items.into_iter().next(), code))
        },
        |context, actor, (newest, code)| welcome(&context, actor, newest, code),
    )
    .into_any()
}

/// The way on: what was sent too early, or a page.
fn go_on(context: &RequestContext, page: String) -> AnyView {
    match kept::too_early(context) {
        Some(form) => view! {
            <Alert tone=Tone::Warn urgent=true>
                "Nothing was sent yet, and nothing you wrote is lost. Is this you? Then send it now."
            </Alert>
            {form}
        }
        .into_any(),
        None => view! {
            <ButtonLink href=page variant=Variant::Primary block=true>
                "Go on"
            </ButtonLink>
        }
        .into_any(),
    }
}

/// For who adds files and reads nothing: they do not learn whose ticket it is.
fn outside(context: &RequestContext, actor: &Actor) -> impl IntoView + use<> {
    let (title, desk) = (DropBox::title_of(&actor.scope.label), desk_name(context));
    let (reader, until) = (actor.username.clone(), actor.scope.until);
    let on = go_on(context, addresses::DROP.to_owned());
    view! {
        <CenterFrame title="You are in">
            <div class="login-head" data-reader=reader>
                <h1>"You can add files: " {said(title)}</h1>
                {until.map(|until| view! { <p>"Open until " <When at=until /></p> })}
                <p>"Support desk: " <strong>{desk}</strong></p>
            </div>
            <div class="form">
                {on}
                {leave("Did nobody ask you for files? Then leave: what you add here is read by others.")}
            </div>
        </CenterFrame>
        <LocalTimes />
    }
}

/// The address of the desk, as people know it.
fn desk_name(context: &RequestContext) -> String {
    context.public_url.split_once("://").map_or(&*context.public_url, |(_, host)| host).to_owned()
}

/// The way out.
fn leave(why: &'static str) -> impl IntoView {
    view! {
        <Form<LogOut> page=addresses::WELCOME attr:class="form">
            <p class="muted small">{why}</p>
            <Button block=true>"Leave"</Button>
        </Form<LogOut>>
    }
}

/// The code by which somebody without an identity comes back, to be written down.
fn way_back(context: &RequestContext, shown: &ShownCode, on: String) -> impl IntoView + use<> {
    let state = FormState::of::<NoteReturnCode>(context);
    let code = shown.code.to_string();
    let how_often = if shown.is_last {
        "This is the last time that it is shown."
    } else {
        "It is shown now, and once more when you first come back."
    };
    // What was typed too early is on this page, too, and stays.
    let target = context.refused_form.as_ref().filter(|_| !state.is_refused()).map(|_| "_blank");
    view! {
        <h2>"Write down your return code"</h2>
        <PinShow id="return-code" pin=code/>
        <p>
            "It is your only way back: type it where you typed the PIN, as often as you like. Nobody knows who you are, so nobody can \
             give you this access again without it, and nobody can look it up. " {how_often}
        </p>
        <Form<NoteReturnCode> page=addresses::WELCOME attr:class="form" attr:target=target>
            <input type="hidden" name="next" value=state.value("next", &on)/>
            <FormAlert state fields=&["group"]/>
            <Field id="group" label="Type its last four signs" errors=state.errors("group")>
                <TextInput
                    name="group"
                    class="pin-input"
                    attr:autocomplete="off"
                    attr:autocapitalize="characters"
                    attr:spellcheck="false"
                    attr:maxlength="20"
                    attr:required=true
                />
            </Field>
            <Button variant=Variant::Primary block=true>
                "I have written it down"
            </Button>
        </Form<NoteReturnCode>>
    }
}

fn welcome(
    context: &RequestContext,
    actor: Actor,
    newest: Option<TicketRow>,
    code: Option<ShownCode>,
) -> impl IntoView + use<> {
    let newest = match newest {
        Some(ticket) => {
            let before = if actor.scope.ticket.is_some() { "Ticket: " } else { "Newest ticket: " };
            view! { <p>{before} <em>{said(ticket.title)}</em></p> }.into_any()
        }
        None => view! { <p>"No tickets yet."</p> }.into_any(),
    };
    let desk = desk_name(context);
    let on = next_page(&query::<NextQuery>().next).map_or_else(
        || actor.scope.ticket.map_or_else(|| addresses::TICKETS.to_owned(), addresses::ticket),
        str::to_owned,
    );
    let unknown = actor.is_unnamed.then(|| {
        view! { <p>"Nobody here knows who you are. The desk keeps no name, no email and no address of your device."</p> }
    });
    let has_early = context.refused_form.is_some() && context.refused::<NoteReturnCode>().is_none();
    let on = match code {
        None => go_on(context, on),
        Some(code) => {
            let early = has_early.then(|| go_on(context, on.clone()));
            view! {
                {way_back(context, &code, on)}
                {early}
            }
            .into_any()
        }
    };
    let access = access(&actor.scope).map(|words| view! { <p>{words}</p> });
    view! {
        <CenterFrame title="You are in">
            <div class="login-head" data-reader=actor.username>
                <h1>"You are in as " {said(actor.name)}</h1>
                {unknown}
                {newest}
                {access}
                <p>"Support desk: " <strong>{desk}</strong></p>
            </div>
            <div class="form">
                {on}
                {leave("Not you? Then the PIN was somebody else’s, who reads what you write here.")}
            </div>
        </CenterFrame>
        <LocalTimes />
    }
}
