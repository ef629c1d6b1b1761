//! API tokens on one's own page: what there are, a new one, and the one view of it. Admins see those of others.

use desk::MadeToken;
use domain::{Cursor, Person, TokenId, TokenRecord, length_words};
use islands::{
    request::{query, told},
    staff::CardTools,
    ui::{
        Alert, Badge, Button, ButtonKind, Card, ConfirmDetails, EmptyState, Field, IconName, Select, TextInput, Tone,
        Variant, When, apart, said,
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::api::{MakeApiToken, RevokeApiToken};
use crate::{admin::frame::Visit, layout::form::Form};

/// The address of one's own page on which a new token is shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MadeQuery {
    /// The token's id.
    pub(super) token: String,
}

const DAY: i64 = 24 * 3600;
/// The lifetimes to choose from, in seconds.
const LIFETIMES: [i64; 5] = [DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];
/// Tokens that are shown: more than anybody may have.
const SHOWN: usize = 200;

/// What is on a member's page of their tokens.
pub(super) struct Tokens {
    /// What was just made, if that is why the page is shown.
    pub(super) made: Option<AnyView>,
    pub(super) list: AnyView,
    /// On one's own page alone.
    pub(super) new: Option<AnyView>,
}

/// Reads and shows what there is of a member's tokens.
///
/// # Errors
/// The desk's refusal.
pub(super) async fn tokens(visit: Visit, member: &Person) -> Result<Tokens, domain::Error> {
    let is_me = visit.is_me(member.id);
    let made = if is_me { just_made(visit).await } else { None };
    let desk = visit.context().desk;
    let page = desk.api_tokens().list(&visit.actor(), Some(member.id), Cursor::First, SHOWN).await?;
    let new = (is_me && member.is_active).then(|| new_card(visit).into_any());
    Ok(Tokens { made, list: list_card(visit, page.items, is_me).into_any(), new })
}

fn list_card(visit: Visit, tokens: Vec<TokenRecord>, is_me: bool) -> impl IntoView + use<> {
    let title = match tokens.len() {
        0 => "API tokens".to_owned(),
        count => format!("API tokens ({count})"),
    };
    let body = if tokens.is_empty() {
        let text = if is_me { "A program that has one calls as you, by REST." } else { "Programs that call as them." };
        view! { <EmptyState icon=IconName::Key title="No API tokens" text/> }.into_any()
    } else {
        table(visit, tokens).into_any()
    };
    view! {
        <div id="tokens">
            <Card title flush=true>
                {body}
            </Card>
        </div>
    }
}

fn table(visit: Visit, tokens: Vec<TokenRecord>) -> impl IntoView + use<> {
    let rows = tokens.into_iter().map(|token| row(visit, token)).collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"May"</th>
                    <th scope="col" class="cell-spare">"Made"</th>
                    <th scope="col">"Until"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(visit: Visit, token: TokenRecord) -> impl IntoView + use<> {
    let is_over = token.is_over(visit.now);
    let used = match token.last_used_at {
        Some(at) => view! { <When at now=visit.now/> }.into_any(),
        None => view! { <span>"Never"</span> }.into_any(),
    };
    let (id, which) = (token.id.to_string(), apart(&token.name));
    let may = if token.is_read_only { "Read only" } else { "Read and write" };
    let end = if is_over { "Expired" } else { "Expires" };
    view! {
        <tr>
            <td class="cell-main">{said(token.name)}</td>
            <td data-label="May">
                <Badge tone=Tone::Neutral icon=IconName::Key plain=true>
                    {may}
                </Badge>
            </td>
            <td class="cell-quiet cell-spare" data-label="Made">
                <When at=token.made_at now=visit.now/>
            </td>
            <td class="cell-quiet">{end} " " <When at=token.expires_at now=visit.now/></td>
            <td class="cell-quiet" data-label="Last used">{used}</td>
            <td class="cell-actions">
                <ConfirmDetails
                    label="Revoke"
                    which=which
                    small=true
                    question="Whatever calls with it is refused at once. This cannot be undone; make a new one instead."
                >
                    <Form<RevokeApiToken> page=visit.page()>
                        <input type="hidden" name="id" value=id/>
                        <Button variant=Variant::Danger>"Revoke this token"</Button>
                    </Form<RevokeApiToken>>
                </ConfirmDetails>
            </td>
        </tr>
    }
}

fn new_card(visit: Visit) -> impl IntoView + use<> {
    let form = visit.form::<MakeApiToken>();
    let lifetimes = LIFETIMES.map(|seconds| (seconds.to_string(), length_words(seconds)));
    let mays = [("", "Read and write, as you may"), ("true", "Read only")];
    let mays = mays.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let usual = (90 * DAY).to_string();
    view! {
        <Card title="New API token">
            <Form<MakeApiToken> page=visit.page() attr:class="form">
                <Field
                    id="token-name"
                    label="Name"
                    hint="What calls with it, as in Phone system."
                    errors=form.errors("name")
                >
                    <TextInput
                        name="name"
                        value=form.value("name", "")
                        attr:required=true
                        attr:maxlength="100"
                        attr:autocomplete="off"
                    />
                </Field>
                <Field id="token-ttl" label="Works for" errors=form.errors("ttl")>
                    <Select name="ttl" options=lifetimes.to_vec() selected=form.value("ttl", &usual)/>
                </Field>
                <Field id="token-may" label="May" errors=form.errors("read_only")>
                    <Select name="read_only" options=mays.to_vec() selected=form.value("read_only", "")/>
                </Field>
                <p class="muted small">"A program that has it does by REST what you may do, and in your name."</p>
                <Button block=true icon=IconName::Key>
                    "Make a token"
                </Button>
            </Form<MakeApiToken>>
        </Card>
    }
}

/// What was just made, if that is why the page is shown.
async fn just_made(visit: Visit) -> Option<AnyView> {
    let id: TokenId = query::<MadeQuery>().token.parse().ok()?;
    Some(match visit.context().desk.api_tokens().show_once(&visit.actor(), id).await {
        Ok(Some(made)) => made_view(made).into_any(),
        Ok(None) => view! {
            <div class="page-notice">
                <Alert tone=Tone::Info title="This token was shown once.">
                    "Make a new one if it got lost, and revoke the old one."
                </Alert>
            </div>
        }
        .into_any(),
        Err(error) => {
            let why = format!("{} ", told(error));
            view! {
                <div class="page-notice">
                    <Alert tone=Tone::Bad urgent=true title="The token was made and cannot be shown just now.">
                        {why}
                        "Reload this page within five minutes to see it, or revoke it and make another one."
                    </Alert>
                </div>
            }
            .into_any()
        }
    })
}

fn made_view(made: MadeToken) -> impl IntoView + use<> {
    let MadeToken { token, record } = made;
    let shown = token.clone();
    view! {
        <div class="page-notice">
            <Card title=format!("New API token: {}", apart(&record.name))>
                <div class="form">
                    <output class="token-show" id="made-token">
                        {shown}
                    </output>
                    <p class="muted">
                        "Copy it to where it is needed. It works until " <When at=record.expires_at/>
                        ". Nobody can look it up after this page."
                    </p>
                    <CardTools>
                        <div class="actions" id="card-tools" hidden>
                            <Button kind=ButtonKind::Button icon=IconName::Copy attr:data-copy=token>
                                "Copy token"
                            </Button>
                            <span class="muted small" role="status"></span>
                        </div>
                    </CardTools>
                </div>
            </Card>
        </div>
    }
}
