//! The page `/approvals/{id}`: what a customer is asked to confirm, and the two answers.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Approval, ApprovalId, ApprovalState, Error, Timestamp, WHY_MAX_CHARS};
use islands::{
    addresses,
    refusal::Refusal,
    request::{answer, caller},
    ui::{
        Alert, Button, ButtonLink, Card, ConfirmDetails, Field, IconName, PageHeader, TextInput, Tone, Variant, When,
        said,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::layout::{
    PageTitle, customer_page,
    form::{ForName, Form, FormAlert, FormState},
};

/// Confirms what was asked by the `pin` that was issued for it.
///
/// # Errors
/// [`domain::Error::WrongPin`], [`domain::Error::TooManyAttempts`]; [`domain::Error::Conflict`] for what can be confirmed no more;
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "confirm_approval")]
pub async fn confirm_approval(#[server(default)] id: String, #[server(default)] pin: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id: ApprovalId = answer(id.parse().map_err(|_| Error::NotFound))?;
    answer(context.desk.approvals().confirm(&actor, id, &pin, &context.client).await)?;
    leptos_axum::redirect(&addresses::approval(id));
    Ok(())
}

/// Says that the caller does not confirm what was asked, and `why`.
///
/// # Errors
/// As [`confirm_approval`], but for the PIN; [`domain::Error::Invalid`] for `why`.
#[server(prefix = "/fn", endpoint = "decline_approval")]
pub async fn decline_approval(#[server(default)] id: String, #[server(default)] why: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id: ApprovalId = answer(id.parse().map_err(|_| Error::NotFound))?;
    answer(context.desk.approvals().decline(&actor, id, &why).await)?;
    leptos_axum::redirect(&addresses::approval(id));
    Ok(())
}

/// What is asked, and the form to answer.
#[component]
pub fn ApprovalPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    customer_page(move |context, actor| async move {
        let approvals = context.desk.approvals();
        let approval = approvals.get(&actor, id.parse().map_err(|_| Error::NotFound)?).await?;
        let may_answer = approvals.require_answering(&actor).is_ok();
        let now = context.desk.now();
        let (confirm, decline) =
            (FormState::of::<ConfirmApproval>(&context), FormState::of::<DeclineApproval>(&context));
        let ticket = approval.ticket;
        let back = (addresses::ticket(ticket), format!("Ticket #{ticket}"));
        let forms = (approval.state == ApprovalState::Open).then(|| {
            if may_answer {
                answers(&approval, confirm, decline).into_any()
            } else {
                let text = "Only the customer who let you in can answer this.";
                view! { <Alert tone=Tone::Neutral>{text}</Alert> }.into_any()
            }
        });
        // What was sent when it could be answered no more.
        let late = (approval.state != ApprovalState::Open).then(|| {
            view! {
                <FormAlert state=confirm fields=&[] />
                <FormAlert state=decline fields=&[] />
            }
        });
        Ok(view! {
            <PageTitle title=format!("To confirm · #{ticket}") />
            <div class="container container-narrow">
                <PageHeader title="Support asks you to confirm" back />
                <div class="stack">
                    {late}
                    {standing(&approval, now)}
                    <Card title="What you confirm">{what(&approval, now)}</Card>
                    {forms}
                </div>
            </div>
        })
    })
}

/// What is confirmed, and nothing else.
pub(crate) fn what(approval: &Approval, now: Timestamp) -> AnyView {
    let amount = (!approval.amount.is_empty()).then(|| {
        view! {
            <dt>"Amount"</dt>
            <dd>
                <strong>{said(approval.amount.clone())}</strong>
            </dd>
        }
    });
    let files = (!approval.files.is_empty()).then(|| {
        let names = approval.files.iter().map(|file| {
            let sum = file.sha256.get(..16).unwrap_or_default().to_owned();
            view! {
                <li>
                    {said(file.name.clone())}
                    <span class="sub">"SHA-256 " {sum} "…"</span>
                </li>
            }
        });
        view! {
            <dt>"Files"</dt>
            <dd>
                <ul class="plain-list">{names.collect_view()}</ul>
            </dd>
        }
    });
    let asked_by = approval.asked_by.clone().unwrap_or_else(|| "Command line".to_owned());
    view! {
        <div class="stack">
            <div class="prose" dir="auto">{approval.text.clone()}</div>
            <dl class="fields">
                {amount} {files} <dt>"Asked by"</dt>
                <dd>{said(asked_by)} ", " <When at=approval.asked_at now /></dd>
            </dl>
        </div>
    }
    .into_any()
}

/// Where it stands; nothing while it waits.
pub(crate) fn standing(approval: &Approval, now: Timestamp) -> Option<AnyView> {
    let tone = match approval.state {
        ApprovalState::Open => return None,
        ApprovalState::Confirmed => Tone::Good,
        ApprovalState::Declined | ApprovalState::Void => Tone::Warn,
        ApprovalState::Withdrawn | ApprovalState::Expired => Tone::Neutral,
    };
    let at = approval.decided_at.map(|at| view! { " " <When at now /> });
    let why = (!approval.why.is_empty()).then(|| view! { <p>{said(approval.why.clone())}</p> });
    Some(
        view! {
            <Alert tone title=approval.standing()>
                {at}
                {why}
            </Alert>
        }
        .into_any(),
    )
}

fn answers(approval: &Approval, confirm: FormState, decline: FormState) -> impl IntoView + use<> {
    let (page, id) = (addresses::approval(approval.id), approval.id.to_string());
    let is_wrong = matches!(confirm.error(), Some(Error::WrongPin));
    let errors = if is_wrong { vec!["Wrong PIN. Check each letter and digit.".to_owned()] } else { Vec::new() };
    let alert = (!is_wrong).then(|| view! { <FormAlert state=confirm fields=&[] /> });
    let (same_page, same_id) = (page.clone(), id.clone());
    let until = approval.expires_at;
    view! {
        <Card title="Confirm it">
            <Form<ConfirmApproval> page=page attr:class="form">
                {alert}
                <input type="hidden" name="id" value=id />
                <Field
                    id="pin"
                    label="PIN"
                    hint="The one that Support gave you for exactly this. It works until the time below, once."
                    errors
                >
                    <TextInput
                        name="pin"
                        class="pin-input"
                        attr:autocomplete="one-time-code"
                        attr:autocapitalize="characters"
                        attr:spellcheck="false"
                        attr:placeholder="SUP-XXXX-XXXX"
                        attr:maxlength="100"
                        attr:required=true
                    />
                </Field>
                <p class="muted small">"Until " <When at=until /> ". It is kept as a recorded confirmation."</p>
                <div class="form-actions">
                    <Button variant=Variant::Primary icon=IconName::CheckCircle>
                        "I confirm this"
                    </Button>
                    <ForName />
                </div>
            </Form<ConfirmApproval>>
        </Card>
        <FormAlert state=decline fields=&["why"] />
        <ConfirmDetails
            id="decline"
            label="I do not confirm this"
            icon=IconName::Cross
            block=true
            question="Support reads it at once. The PIN is void then."
        >
            <Form<DeclineApproval> page=same_page attr:class="form">
                <input type="hidden" name="id" value=same_id />
                <Field id="why" label="Why" optional=true errors=decline.errors("why")>
                    <TextInput
                        name="why"
                        value=decline.value("why", "")
                        attr:maxlength=WHY_MAX_CHARS.to_string()
                        attr:autocomplete="off"
                    />
                </Field>
                <Button variant=Variant::Danger>"I do not confirm"</Button>
                <ForName />
            </Form<DeclineApproval>>
        </ConfirmDetails>
    }
}

/// What waits for an answer on a customer's page of a ticket, and what was answered.
pub(crate) fn on_ticket(all: &[Approval], now: Timestamp) -> AnyView {
    let waits = all.iter().filter(|approval| approval.state == ApprovalState::Open).map(|approval| {
        let (href, first) = (addresses::approval(approval.id), first_line(&approval.text));
        view! {
            <Alert tone=Tone::Warn title="Support asks you to confirm something">
                <div class="stack">
                    <p>{said(first)}</p>
                    <div class="actions">
                        <ButtonLink href variant=Variant::Primary small=true>
                            "Read and answer"
                        </ButtonLink>
                    </div>
                </div>
            </Alert>
        }
    });
    let waits = waits.collect_view();
    let answered = all.iter().filter(|approval| approval.state != ApprovalState::Open).map(|approval| {
        let (href, first) = (addresses::approval(approval.id), first_line(&approval.text));
        let (standing, at) = (approval.standing(), approval.since());
        view! {
            <li>
                <a href=href>{said(first)}</a>
                <span class="sub">{standing} " " <When at now /></span>
            </li>
        }
    });
    let answered: Vec<_> = answered.collect();
    let answered = (!answered.is_empty()).then(|| {
        view! {
            <Card title="Confirmations">
                <ul class="plain-list">{answered}</ul>
            </Card>
        }
    });
    view! {
        {waits}
        {answered}
    }
    .into_any()
}

/// The beginning of a text, for a link.
pub(crate) fn first_line(text: &str) -> String {
    const MOST: usize = 80;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= MOST && line == text {
        line.to_owned()
    } else {
        line.chars().take(MOST).collect::<String>() + "…"
    }
}
