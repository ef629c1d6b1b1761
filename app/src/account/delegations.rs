//! The page `/delegations`: a customer lets somebody in, for less than they may do themselves.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use desk::IssuedPin;
use domain::{Actor, CanSet, Delegation, DelegationDraft, Error, PinId, Timestamp, length_words};
use islands::{
    addresses::{self, with},
    refusal::Refusal,
    request::{answer, caller, query},
    ui::{
        Button, Card, EmptyState, Field, IconName, PageHeader, Select, TextInput, Variant, VisuallyHidden, When, apart,
        said,
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layout::{
    PageTitle, PinShow, customer_page,
    form::{Form, FormAlert, FormState},
};

const HOUR: i64 = 3600;
/// How long somebody can be let in, in seconds.
const LENGTHS: [i64; 4] = [HOUR, 8 * HOUR, 24 * HOUR, 7 * 24 * HOUR];

/// The address on which a new PIN is shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct MadeQuery {
    /// Its number.
    made: String,
}

/// Lets somebody in: `for` whom, what they `can`, and for how many seconds, `ttl`. The page shows the PIN.
///
/// # Errors
/// Field errors; [`domain::Error::Conflict`] where as many are in as may be; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "let_in")]
pub async fn let_in(
    #[server(default)] r#for: String,
    #[server(default)] can: String,
    #[server(default)] ttl: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let can = (!can.is_empty()).then(|| can.parse::<CanSet>()).transpose();
    let can = answer(can.map_err(|_| Error::field("can", "Choose what they may do.")))?;
    let ttl = (!ttl.is_empty()).then(|| ttl.parse::<i64>()).transpose();
    let ttl = answer(ttl.map_err(|_| Error::field("ttl", "Choose for how long.")))?;
    let draft = DelegationDraft { whom: r#for, can, ttl };
    let made = answer(context.desk.delegations().make_to_show(&actor, &draft).await)?;
    leptos_axum::redirect(&with(addresses::DELEGATIONS, &MadeQuery { made: made.to_string() }));
    Ok(())
}

/// Ends what a customer let somebody in by.
///
/// # Errors
/// [`domain::Error::NotFound`] for what is over; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_delegation")]
pub async fn end_delegation(#[server(default)] id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id: PinId = answer(id.parse().map_err(|_| Error::NotFound))?;
    answer(context.desk.delegations().end(&actor, id).await)?;
    // Staff do it on the customer's page.
    if !actor.role.is_staff() {
        leptos_axum::redirect(addresses::DELEGATIONS);
    }
    Ok(())
}

/// Whom the customer let in, a form to let in somebody else, and the one view of their PIN.
#[component]
pub fn DelegationsPage() -> impl IntoView {
    customer_page(|context, actor| async move {
        let all = context.desk.delegations().list(&actor).await?;
        let made = match query::<MadeQuery>().made.parse() {
            Ok(id) => context.desk.delegations().show_once(&actor, id).await?,
            Err(_) => None,
        };
        let now = context.desk.now();
        let (state, ending) = (FormState::of::<LetIn>(&context), FormState::of::<EndDelegation>(&context));
        let site = context.public_url.to_string();
        let meta = ViewFnOnce::from(|| "They act for you, and their name stands on what they do.");
        let back = (addresses::SESSIONS.to_owned(), "Where you are logged in".to_owned());
        Ok(view! {
            <PageTitle title="Let somebody in" />
            <div class="container container-narrow">
                <PageHeader title="Let somebody in" back meta />
                <div class="stack">
                    {made.map(|pin| shown(pin, &site))}
                    <FormAlert state=ending fields=&[] />
                    <Card title="Who is let in" flush=true>{list(all, now)}</Card>
                    <Card title="Let in somebody else">{form(&actor, state)}</Card>
                </div>
            </div>
        })
    })
}

fn form(actor: &Actor, state: FormState) -> impl IntoView + use<> {
    let may = |words: &str| -> Option<String> {
        let set: CanSet = words.parse().ok()?;
        set.iter().all(|can| actor.scope.may(can)).then(|| words.to_owned())
    };
    let choices =
        [("read", "Read"), ("read,reply", "Read and reply"), ("read,reply,upload", "Read, reply and add files")];
    let choices: Vec<_> = choices.into_iter().filter_map(|(can, words)| Some((may(can)?, words.to_owned()))).collect();
    let lengths = LENGTHS.map(|seconds| (seconds.to_string(), length_words(seconds))).to_vec();
    view! {
        <Form<LetIn> page=addresses::DELEGATIONS attr:class="form">
            <FormAlert state fields=&["for", "can", "ttl"] />
            <Field id="for" label="For whom" hint="A name that you and Support know them by." errors=state.errors("for")>
                <TextInput
                    name="for"
                    value=state.value("for", "")
                    attr:required=true
                    attr:maxlength="100"
                    attr:autocomplete="off"
                />
            </Field>
            <div class="form-row">
                <Field id="can" label="They may" errors=state.errors("can")>
                    <Select name="can" options=choices selected=state.value("can", "read") />
                </Field>
                <Field id="ttl" label="For" hint="Or until you log out, if that comes first." errors=state.errors("ttl")>
                    <Select name="ttl" options=lengths selected=state.value("ttl", &(8 * HOUR).to_string()) />
                </Field>
            </div>
            <div class="form-actions">
                <Button variant=Variant::Primary icon=IconName::Key>
                    "Make a PIN for them"
                </Button>
            </div>
        </Form<LetIn>>
    }
}

fn shown(issued: IssuedPin, site: &str) -> impl IntoView + use<> {
    let IssuedPin { pin, expires_at, scope, .. } = issued;
    let host = site.split_once("://").map_or(site, |(_, host)| host).to_owned();
    view! {
        <Card title=format!("PIN for {}", apart(&scope.label))>
            <div class="form">
                <PinShow id="made-pin" pin=pin.to_string()/>
                <p>
                    "Give it to them alone. They type it in at " <strong>{host}</strong> ", once. All of it is over "
                    <When at=expires_at /> "."
                </p>
                <p class="muted small">"Nobody can look it up after this page."</p>
            </div>
        </Card>
    }
}

fn list(all: Vec<Delegation>, now: Timestamp) -> AnyView {
    if all.is_empty() {
        let text = "Whom you let in acts for you, with less than you may do.";
        return view! { <EmptyState icon=IconName::User title="Nobody" text /> }.into_any();
    }
    table(all, now, addresses::DELEGATIONS.to_owned())
}

/// Whom a customer let in, each with its end; a form of it is on `page`.
pub(crate) fn table(all: Vec<Delegation>, now: Timestamp, page: String) -> AnyView {
    let row = move |one: Delegation| {
        let seen = match one.last_seen_at {
            Some(at) => view! { "last seen " <When at now /> }.into_any(),
            None => view! { "not here yet" }.into_any(),
        };
        let which = apart(&one.whom);
        view! {
            <tr>
                <td class="cell-main">
                    {said(one.whom)} <span class="sub">{one.can.in_words()} ", " {seen}</span>
                </td>
                <td class="cell-quiet" data-label="Until"><When at=one.expires_at now /></td>
                <td class="cell-actions">
                    <Form<EndDelegation> page=page.clone()>
                        <input type="hidden" name="id" value=one.id.to_string() />
                        <Button variant=Variant::DangerQuiet small=true attr:aria-label=format!("End the access of {which}")>
                            "End"
                        </Button>
                    </Form<EndDelegation>>
                </td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Who"</th>
                    <th scope="col">"Until"</th>
                    <th scope="col">
                        <VisuallyHidden>"Actions"</VisuallyHidden>
                    </th>
                </tr>
            </thead>
            <tbody>{all.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
