//! What a customer is asked to confirm, on the staff's page of a ticket.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use desk::IssuedPin;
use domain::{
    AMOUNT_MAX_CHARS, APPROVAL_MAX_CHARS, Approval, ApprovalDraft, ApprovalId, ApprovalState, AttachmentId, Error,
    PinId, Status, Ticket, TicketId,
};
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller, query},
    ui::{Alert, Button, Card, ConfirmDetails, Field, Icon, IconName, TextArea, TextInput, Tone, Variant, When, said},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    admin::{frame::Visit, read},
    approvals::first_line,
    layout::{PinShow, form::Form},
};

/// The address of a ticket's page on which the PIN of a request is shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct AskedQuery {
    /// The PIN's record.
    issued: String,
}

/// Asks the customer of a ticket to confirm the `text`, an `amount`, and `files` by their ids, with a PIN for that alone. The page
/// shows it, once.
///
/// # Errors
/// [`domain::Error::Invalid`] for `text`, `amount` and `files`; [`domain::Error::Conflict`] on a closed ticket;
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "ask_approval")]
pub async fn ask_approval(
    id: String,
    #[server(default)] text: String,
    #[server(default)] amount: String,
    #[server(default)] files: Vec<String>,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<TicketId>(&id))?;
    let files: Result<Vec<AttachmentId>, _> = files.iter().map(|file| file.parse()).collect();
    let files = answer(files.map_err(|_| Error::field("files", "Choose files of this ticket.")))?;
    let draft = ApprovalDraft { text, amount, files };
    let pin = answer(context.desk.approvals().ask_to_show(&actor, id, &draft).await)?;
    leptos_axum::redirect(&with(&staff::ticket(id), &AskedQuery { issued: pin.to_string() }));
    Ok(())
}

/// Takes back what was asked.
///
/// # Errors
/// [`domain::Error::Conflict`] for what was answered; [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "withdraw_approval")]
pub async fn withdraw_approval(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<ApprovalId>(&id))?;
    let ticket = answer(context.desk.approvals().withdraw(&actor, id).await)?;
    leptos_axum::redirect(&after("saved", &staff::ticket(ticket)));
    Ok(())
}

/// The PIN of what was just asked, if that is why the page is shown.
pub(super) async fn just_asked(visit: Visit) -> Option<AnyView> {
    let id: PinId = query::<AskedQuery>().issued.parse().ok()?;
    let shown = visit.context().desk.pins().show_once(&visit.actor(), id).await.ok().flatten();
    Some(match shown {
        Some(IssuedPin { pin, expires_at, .. }) => view! {
            <div class="page-notice">
                <Card title="PIN to confirm this">
                    <div class="form">
                        <PinShow id="issued-pin" pin=pin.to_string()/>
                        <p>
                            "Read it to the customer. They type it on the page of their ticket that shows what they confirm; "
                            "it lets nobody in, and works once, until " <When at=expires_at/> "."
                        </p>
                        <p class="muted small">"Nobody can look it up after this page."</p>
                    </div>
                </Card>
            </div>
        }
        .into_any(),
        None => view! {
            <div class="page-notice">
                <Alert tone=Tone::Info title="This PIN was shown once.">
                    "Take the request back and ask again if it got lost."
                </Alert>
            </div>
        }
        .into_any(),
    })
}

/// What was asked, and the form to ask.
pub(super) fn approvals_card(visit: Visit, ticket: &Ticket, all: Vec<Approval>) -> impl IntoView + use<> {
    let list = (!all.is_empty()).then(|| {
        let rows = all.into_iter().map(|approval| row(visit, approval)).collect_view();
        view! { <ul class="plain-list">{rows}</ul> }
    });
    let form = (ticket.status != Status::Closed).then(|| form(visit, ticket));
    view! {
        <Card title="Confirmations">
            <div class="form">
                <div data-live="approvals">{list}</div>
                {form}
            </div>
        </Card>
    }
}

fn row(visit: Visit, approval: Approval) -> impl IntoView {
    let (first, standing) = (first_line(&approval.text), approval.standing());
    let at = approval.since();
    let amount = (!approval.amount.is_empty()).then(|| view! { " " <strong>{said(approval.amount.clone())}</strong> });
    let why = (!approval.why.is_empty()).then(|| view! { <span class="sub">{said(approval.why.clone())}</span> });
    let sum = approval.sha256.get(..16).unwrap_or_default().to_owned();
    let proof = (approval.state == ApprovalState::Confirmed).then(|| {
        let session = approval.session.as_ref().map(ToString::to_string).unwrap_or_default();
        let session = session.get(..8).unwrap_or_default().to_owned();
        view! {
            <span class="sub">"PIN " {approval.pin.0} ", session " {session} "…, SHA-256 " {sum} "…"</span>
        }
    });
    let withdraw = (approval.state == ApprovalState::Open).then(|| {
        let id = approval.id.to_string();
        view! {
            <ConfirmDetails label="Take it back" small=true block=true question="Its PIN is void then.">
                <Form<WithdrawApproval> page=visit.page()>
                    <input type="hidden" name="id" value=id/>
                    <Button variant=Variant::Danger>"Take it back"</Button>
                </Form<WithdrawApproval>>
            </ConfirmDetails>
        }
    });
    view! {
        <li>
            {said(first)}
            {amount}
            <span class="sub">{standing} " " <When at now=visit.now/></span>
            {why}
            {proof}
            {withdraw}
        </li>
    }
}

fn form(visit: Visit, ticket: &Ticket) -> impl IntoView + use<> {
    let form = visit.form::<AskApproval>();
    let id = ticket.id.to_string();
    let chosen = form.values("files[]");
    let files = ticket.attachments.iter().map(|file| {
        let (value, name) = (file.id.to_string(), file.name.clone());
        let checked = chosen.contains(&value);
        view! {
            <li>
                <label class="check-line">
                    <input type="checkbox" class="check" name="files[]" value=value checked=checked autocomplete="off"/>
                    {said(name)}
                </label>
            </li>
        }
    });
    let files = (!ticket.attachments.is_empty()).then(|| {
        view! {
            <fieldset class="field">
                <legend class="field-label">
                    "Files that belong to it" <span class="optional">" (optional)"</span>
                </legend>
                <ul class="plain-list">{files.collect_view()}</ul>
            </fieldset>
        }
    });
    view! {
        <details class="edit" open=form.is_refused()>
            <summary class="btn btn-sm">
                <Icon name=IconName::CheckCircle/>
                "Ask for a confirmation"
            </summary>
            <Form<AskApproval> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field
                    id="approval-text"
                    label="What they confirm"
                    hint="They read exactly this. It cannot be changed afterwards."
                    errors=form.errors("text")
                >
                    <TextArea
                        name="text"
                        value=form.value("text", "")
                        attr:rows="4"
                        attr:required=true
                        attr:maxlength=APPROVAL_MAX_CHARS.to_string()
                    />
                </Field>
                <Field
                    id="approval-amount"
                    label="Amount"
                    optional=true
                    hint="With its currency, as in 120 EUR."
                    errors=form.errors("amount")
                >
                    <TextInput
                        name="amount"
                        value=form.value("amount", "")
                        attr:maxlength=AMOUNT_MAX_CHARS.to_string()
                        attr:autocomplete="off"
                    />
                </Field>
                {files}
                <p class="muted small">"You get a PIN to read to them. It is good for this alone, for 30 minutes."</p>
                <Button variant=Variant::Primary block=true icon=IconName::Key>
                    "Ask, and make the PIN"
                </Button>
            </Form<AskApproval>>
        </details>
    }
}
