//! The page `/admin/callers`.

use domain::{Caller, Error};
use islands::{
    addresses::staff,
    request::query,
    ui::{Alert, Button, Card, EmptyState, Field, IconName, PageHeader, TextInput, Tone, Variant, When, said},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::api::CheckCallerCode;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::ticket_table,
    },
    layout::form::Form,
};

/// The address on which a caller is shown who was checked.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct CheckQuery {
    /// The number of the check.
    pub(in crate::admin) check: String,
}

/// Where an agent types a caller's code, and learns whose it is.
#[component]
pub fn CallersPage() -> impl IntoView {
    staff_page(Place::Callers, |visit| async move {
        let check = query::<CheckQuery>().check.parse().ok();
        let found = match check {
            Some(check) => match visit.context().desk.callers().checked(&visit.actor(), check).await {
                Ok(caller) => Some(caller),
                // What was known a quarter of an hour ago.
                Err(Error::NotFound) => None,
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        Ok(Content::new("Who is calling?", view(visit, found)))
    })
}

fn view(visit: Visit, found: Option<Caller>) -> impl IntoView + use<> {
    let form = visit.form::<CheckCallerCode>();
    let meta = ViewFnOnce::from(|| "A customer who is logged in finds a code under their name, and reads it to you.");
    view! {
        <PageHeader title="Who is calling?" meta/>
        <div class="stack">
            <Card>
                <Form<CheckCallerCode> page=staff::CALLERS attr:class="form">
                    <Field
                        id="code"
                        label="Caller’s code"
                        hint="Six digits. It works once, for five minutes."
                        errors=form.errors("code")
                    >
                        <TextInput
                            name="code"
                            value=form.value("code", "")
                            attr:required=true
                            attr:inputmode="numeric"
                            attr:maxlength="20"
                            attr:autocomplete="off"
                        />
                    </Field>
                    <div class="form-actions">
                        <Button variant=Variant::Primary icon=IconName::CheckCircle>
                            "Check the code"
                        </Button>
                    </div>
                </Form<CheckCallerCode>>
            </Card>
            {found.map(|caller| result(visit, caller))}
        </div>
    }
}

fn result(visit: Visit, caller: Caller) -> impl IntoView + use<> {
    let href = staff::customer(caller.id);
    let by = caller.let_in_by.unwrap_or_else(|| "Command line".to_owned());
    let tickets = if caller.tickets.is_empty() {
        view! { <EmptyState icon=IconName::Inbox title="No open tickets" text="They may have some that are done."/> }
            .into_any()
    } else {
        ticket_table(visit, caller.tickets, false).into_any()
    };
    let checked = view! { "You checked it " <When at=caller.checked_at now=visit.now/> "." };
    let answer = match caller.scope.in_words() {
        None => view! {
            <Alert tone=Tone::Good title="The caller is who they say.">
                {checked}
            </Alert>
        }
        .into_any(),
        Some(words) => view! {
            <Alert tone=Tone::Warn title="The caller has an access to a part of this.">
                {format!("It is for {words}. Somebody may have given it to them: ask who they are. ")}
                {checked}
            </Alert>
        }
        .into_any(),
    };
    let label = (!caller.scope.label.is_empty()).then(|| {
        let label = said(caller.scope.label.clone());
        view! {
            <dt>"Label"</dt>
            <dd>{label}</dd>
        }
    });
    view! {
        {answer}
        <Card title="Caller">
            <dl class="fields">
                <dt>"Name"</dt>
                <dd>
                    <a href=href>{said(caller.name)}</a>
                </dd>
                <dt>"Username"</dt>
                <dd>{said(caller.username)}</dd>
                <dt>"Logged in"</dt>
                <dd>
                    <When at=caller.logged_in_at now=visit.now/>
                </dd>
                <dt>"Let in by"</dt>
                <dd>{said(by)}</dd>
                {label}
            </dl>
        </Card>
        <Card title="Open tickets" flush=true>
            {tickets}
        </Card>
    }
}
