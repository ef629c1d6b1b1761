//! The page `/drop`: files from outside. It shows nothing of the ticket that they are for.

use domain::{Actor, DropBox, DroppedFile, Purpose, UploadLimits, human_bytes};
use islands::{
    LocalTimes,
    addresses::{self, home_of},
    forms::{FilesSpec, FormSpec},
    request::{RequestContext, answer},
    tickets::api::DropFiles,
    ui::{Alert, Brand, Button, Card, Icon, IconName, PageHeader, Tone, Variant, When, said},
};
use leptos::prelude::*;

use crate::{
    error_pages::ErrorPage,
    layout::{
        Footer, PageTitle,
        form::{Form, FormState},
        go_to, to_login,
        writing::{self, Writing, main_button},
    },
    login::api::LogOut,
};

/// Where somebody whom staff let in for that alone adds files: a title that staff wrote, the limits, and what they brought.
#[component]
pub fn DropPage() -> impl IntoView {
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=domain::Error::Internal /> }.into_any();
    };
    let Some(actor) = context.visitor.clone() else {
        return to_login(&context, addresses::START);
    };
    if actor.scope.purpose != Purpose::Drop {
        go_to(home_of(actor.role));
        return ().into_any();
    }
    Suspend::new(async move {
        match answer(context.desk.drops().view(&actor).await) {
            Ok(shown) => page(&context, &actor, shown).into_any(),
            Err(refusal) => view! { <ErrorPage error=refusal.0 /> }.into_any(),
        }
    })
    .into_any()
}

fn page(context: &RequestContext, actor: &Actor, shown: DropBox) -> impl IntoView + use<> {
    let state = FormState::of::<DropFiles>(context);
    let (limits, room, until) = (context.desk.config().upload, shown.room(), shown.until);
    let meta = move || view! { <span>"Open until " <When at=until /></span> };
    let form = if room == 0 && !state.is_refused() {
        view! {
            <Alert tone=Tone::Neutral title="That is all it takes.">
                "Support can let you in for more."
            </Alert>
        }
        .into_any()
    } else {
        form(state, limits, room).into_any()
    };
    view! {
        <PageTitle title="Add files" />
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
        <div class="app-shell" data-reader=actor.username.clone()>
            <header class="topbar">
                <div class="container">
                    <Brand href=addresses::DROP />
                    <div class="topbar-end">
                        <Form<LogOut> page=addresses::DROP>
                            <Button variant=Variant::Quiet icon=IconName::LogOut>
                                <span>"Leave"</span>
                            </Button>
                        </Form<LogOut>>
                    </div>
                </div>
            </header>
            <main class="main" id="main" tabindex="-1">
                <div class="container container-narrow">
                    <PageHeader title=shown.title meta />
                    <div class="stack">
                        <Card title="Add files">{form}</Card>
                        {(!shown.files.is_empty()).then(|| arrived(shown.files))}
                    </div>
                </div>
            </main>
            <Footer />
        </div>
        <LocalTimes />
    }
}

fn form(state: FormState, limits: UploadLimits, room: u32) -> impl IntoView {
    let spec = FormSpec {
        files: Some(FilesSpec { id: "attachments".to_owned(), limits, room, is_retry: state.is_refused() }),
        buttons: vec![main_button("Send files")],
        log_in: addresses::START.to_owned(),
        ..writing::form::<DropFiles>(addresses::DROP, state, Vec::new())
    };
    view! {
        <div class="form">
            <p>"They go to Support. You can add files here and see those that you added, and nothing else."</p>
            <Writing spec />
        </div>
    }
}

fn arrived(files: Vec<DroppedFile>) -> impl IntoView {
    let row = |file: DroppedFile| {
        view! {
            <li class="file-row">
                <span class="file-thumb tone-good">
                    <Icon name=IconName::CheckCircle />
                </span>
                <span class="file-body">
                    <span class="file-name">{said(file.name)}</span>
                    <span class="file-meta">
                        {human_bytes(file.size)} " · arrived " <When at=file.uploaded_at />
                    </span>
                </span>
            </li>
        }
    };
    view! {
        <Card title="Arrived">
            <ul class="file-rows" aria-label="Files that arrived">
                {files.into_iter().map(row).collect_view()}
            </ul>
        </Card>
    }
}
