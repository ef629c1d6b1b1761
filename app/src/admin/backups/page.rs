//! The page `/admin/backups`.

use desk::{BackupFailure, BackupFile, BackupNote, BackupOrigin, BackupState};
use domain::{Timestamp, human_bytes};
use islands::{
    addresses::staff,
    ui::{Alert, Badge, Button, ButtonLink, Card, EmptyState, Icon, IconName, PageHeader, Tone, Variant, When, said},
};
use leptos::prelude::*;

use super::api::{MakeBackup, VerifyBackup};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
    },
    layout::form::Form,
};

/// What there is of backups.
#[component]
pub fn BackupsPage() -> impl IntoView {
    staff_page(Place::Backups, |visit| async move {
        let state = visit.context().desk.backups().state(&visit.actor())?;
        Ok(Content::new("Backups", view(visit, state)))
    })
}

fn view(visit: Visit, state: BackupState) -> impl IntoView + use<> {
    let schedule = match state.every {
        0 => "The desk makes none by itself. PINDESK_BACKUP_EVERY=24h lets it make one every day.".to_owned(),
        every => format!("The desk makes one every {} and keeps the newest {}.", span(every), state.keep),
    };
    let is_empty = state.files.is_empty();
    let (is_busy, folder) = (state.is_busy, state.folder.clone());
    let notices = notices(visit, &state);
    let moment = |note: &Option<BackupNote>, at: fn(&BackupNote) -> Timestamp| match note {
        Some(note) => view! { <When at=at(note) now=visit.now/> }.into_any(),
        None => view! { "Never" }.into_any(),
    };
    let (last, verified) = (moment(&state.last, |note| note.at), moment(&state.verified, |note| note.at));
    let rows = state.files.into_iter().map(|file| row(visit, file, is_busy)).collect_view();
    let list = if is_empty {
        view! {
            <div class="card">
                <EmptyState
                    icon=IconName::History
                    title="No backups yet"
                    text="A backup holds the whole desk: tickets, people and files. Only the secret is not in it."
                >
                    {make(visit, is_busy)}
                </EmptyState>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="card">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Backup"</th>
                            <th scope="col">"Made"</th>
                            <th scope="col" class="num">"Size"</th>
                            <th scope="col">"Verified"</th>
                            <th scope="col" class="cell-spare">"Why"</th>
                            <th scope="col">
                                <span class="visually-hidden">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let meta = ViewFnOnce::from(move || view! { <span>{schedule}</span> });
    view! {
        <PageHeader title="Backups" meta>
            {(!is_empty).then(|| make(visit, is_busy))}
        </PageHeader>
        <div class="stack">
            {notices}
            <Card title="Where it stands">
                <dl class="fields">
                    <dt>"Last backup"</dt>
                    <dd>{last}</dd>
                    <dt>"Last verified"</dt>
                    <dd>{verified}</dd>
                    <dt>"Folder"</dt>
                    <dd>
                        <code>{said(folder)}</code>
                    </dd>
                </dl>
            </Card>
            {list}
            <p class="muted small">
                "Each backup is read back when it is made. To verify one is more: it is restored into a folder of its own for a moment, "
                "the desk in it is opened and looked at. A backup holds everything that the desk holds: keep what you download where "
                "nobody else can read it, and on another machine than this one. "
                "Only backups that the desk made by itself are deleted by it."
            </p>
        </div>
    }
}

/// What is under way, and what went wrong.
fn notices(visit: Visit, state: &BackupState) -> impl IntoView + use<> {
    let busy = state.is_busy.then(|| {
        view! {
            <Alert tone=Tone::Info title="A backup is being made or verified.">
                "It goes on while you do something else. Reload this page to see what came of it. "
                <ButtonLink href=staff::BACKUPS small=true>
                    "Reload"
                </ButtonLink>
            </Alert>
        }
    });
    let failed = |title: &'static str, failure: Option<BackupFailure>| {
        failure.map(|failure| {
            view! {
                <Alert tone=Tone::Bad title=title>
                    <When at=failure.at now=visit.now/>
                    ": "
                    {said(failure.message)}
                </Alert>
            }
        })
    };
    let late = state.is_late.then(|| {
        view! {
            <Alert tone=Tone::Warn title="The last backup is older than it should be.">
                "The log of the desk says what stands in the way."
            </Alert>
        }
    });
    view! {
        {busy}
        {failed("The last backup was not made.", state.not_made.clone())}
        {failed("The last backup that was looked at was not verified.", state.not_verified.clone())}
        {late}
    }
}

fn make(visit: Visit, is_busy: bool) -> impl IntoView {
    view! {
        <Form<MakeBackup> page=visit.page()>
            <Button variant=Variant::Primary icon=IconName::Plus attr:disabled=is_busy>
                "Make one now"
            </Button>
        </Form<MakeBackup>>
    }
}

fn row(visit: Visit, file: BackupFile, is_busy: bool) -> impl IntoView + use<> {
    let BackupFile { name, size, at, origin, verified_at, is_bad } = file;
    let verified = match (is_bad, verified_at) {
        (true, _) => view! {
            <Badge tone=Tone::Bad icon=IconName::Alert>
                "Damaged"
            </Badge>
        }
        .into_any(),
        (_, Some(at)) => view! {
            <Badge tone=Tone::Good icon=IconName::CheckCircle>
                <When at now=visit.now/>
            </Badge>
        }
        .into_any(),
        _ => view! { <span class="muted">"Not yet"</span> }.into_any(),
    };
    let why = match origin {
        Some(BackupOrigin::Scheduled) => "By itself",
        Some(BackupOrigin::Asked) => "Asked for here",
        Some(BackupOrigin::Upgrade) => "Before an upgrade",
        None => "By hand",
    };
    let href = staff::backup(&name);
    let (sent, label) = (name.clone(), format!("Verify {name}"));
    view! {
        <tr>
            <td class="cell-main cell-wrap">
                <strong>{said(name.clone())}</strong>
            </td>
            <td class="cell-quiet" data-label="Made">
                <When at now=visit.now/>
            </td>
            <td class="num" data-label="Size">{human_bytes(size)}</td>
            <td data-label="Verified">{verified}</td>
            <td class="cell-quiet cell-spare" data-label="Why">{why}</td>
            <td class="cell-actions">
                <div class="actions">
                    <Form<VerifyBackup> page=visit.page()>
                        <input type="hidden" name="name" value=sent/>
                        <Button
                            small=true
                            variant=Variant::Quiet
                            attr:disabled=is_busy
                            attr:aria-label=label
                        >
                            "Verify"
                        </Button>
                    </Form<VerifyBackup>>
                    <a
                        class="btn btn-quiet btn-icon btn-sm"
                        href=href
                        download=name.clone()
                        aria-label=format!("Download {name}")
                    >
                        <Icon name=IconName::Download/>
                    </a>
                </div>
            </td>
        </tr>
    }
}

/// Some seconds in words.
fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        _ if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        _ if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        _ if seconds % 60 == 0 => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    if count == 1 { unit.to_owned() } else { format!("{count} {unit}s") }
}
