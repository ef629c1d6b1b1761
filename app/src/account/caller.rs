//! The page `/caller-code`: the code by which a caller shows whoever answers the phone that they are in.

use domain::CallerCodeShown;
use islands::{
    addresses,
    refusal::Refusal,
    request::{answer, caller},
    ui::{Alert, Button, Card, IconName, PageHeader, Tone, Variant, When},
};
use leptos::prelude::*;

use crate::{
    layout::{
        PageTitle, PinShow, customer_page,
        form::{Form, FormAlert, FormState},
    },
    live::LivePage,
};

/// Makes a code for the session that asks, in place of one that it had. The page shows it.
///
/// # Errors
/// [`domain::Error::Forbidden`], [`domain::Error::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "make_caller_code")]
pub async fn make_caller_code() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.callers().make(&actor).await)?;
    leptos_axum::redirect(addresses::CALLER_CODE);
    Ok(())
}

/// The code, or the button that makes one; and when Support checked it, which comes to the page while it is open.
#[component]
pub fn CallerPage() -> impl IntoView {
    customer_page(|context, actor| async move {
        let shown = context.desk.callers().current(&actor).await?;
        let state = FormState::of::<MakeCallerCode>(&context);
        let back = (addresses::SESSIONS.to_owned(), "Where you are logged in".to_owned());
        let has_code = shown.is_some();
        Ok(view! {
            <PageTitle title="Caller code" />
            <LivePage />
            <div class="container container-narrow">
                <PageHeader title="You called us?" back />
                <Card>
                    <div class="form">
                        <FormAlert state fields=&[] />
                        <p>
                            {if has_code { "Read this code" } else { "Show a code and read it" }}
                            " to the person who answers. It shows them that it is you. "
                            <strong>"We never call you to ask for it."</strong>
                        </p>
                        <div data-live="caller">{shown.map(code)}</div>
                        <Form<MakeCallerCode> page=addresses::CALLER_CODE>
                            <Button
                                variant=if has_code { Variant::Secondary } else { Variant::Primary }
                                icon=IconName::Key
                            >
                                {if has_code { "Show another code" } else { "Show a code" }}
                            </Button>
                        </Form<MakeCallerCode>>
                    </div>
                </Card>
            </div>
        })
    })
}

fn code(shown: CallerCodeShown) -> impl IntoView {
    let checked = shown.checked_at.map(|at| {
        view! {
            <Alert tone=Tone::Good>
                "Checked by Support, " <When at /> "."
            </Alert>
        }
    });
    let code = shown.code.map(|code| {
        view! {
            <PinShow id="caller-code" pin=code.grouped()/>
            <p class="muted small">"It works once, until " <When at=shown.expires_at /> "."</p>
        }
    });
    view! {
        {checked}
        {code}
    }
}
