//! The page `/admin/files`.

use desk::FileFilter;
use domain::{DeskFile, Error, FieldErrors, FileKind, Page, human_bytes};
use islands::{
    addresses::{staff, with},
    request::query,
    ui::{ButtonLink, EmptyState, Icon, IconName, PageHeader, When, said},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{counted, customer_filter, filter_tabs},
    },
    filters::{self, CursorQuery, PAGE, known, pagination},
    tickets::file_icon,
};

const PATH: &str = staff::FILES;

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct FilesQuery {
    /// `pdf`, `jpg`, `png` or `docx`.
    kind: String,
    /// A username.
    customer: String,
}

/// A page of the files that a filter finds.
#[derive(Default)]
struct FileList {
    page: Page<DeskFile>,
    /// How many there are in all.
    count: u64,
    /// Their bytes.
    bytes: u64,
}

/// All files.
#[component]
pub fn FilesPage() -> impl IntoView {
    staff_page(Place::Files, |visit| async move {
        let filter: FilesQuery = query();
        let (list, unknown) = known(list(visit, &filter).await)?;
        Ok(Content::new("Files", view(visit, &filter, list, unknown)))
    })
}

async fn list(visit: Visit, filter: &FilesQuery) -> Result<FileList, Error> {
    let (context, actor) = (visit.context(), visit.actor());
    let mut errors = FieldErrors::default();
    let customer = filters::customer(&context, &actor, &filter.customer, &mut errors).await?;
    let kind = filters::choice(&mut errors, "kind", &filter.kind, |word| word.parse::<FileKind>().ok());
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let filter = FileFilter { requester: customer.map(|customer| customer.id), kind };
    let files = context.desk.attachments();
    let page = files.list(&actor, &filter, query::<CursorQuery>().cursor(), PAGE).await?;
    let (count, bytes) = files.total(&actor, &filter).await?;
    Ok(FileList { page, count, bytes })
}

fn view(visit: Visit, filter: &FilesQuery, list: FileList, unknown: Option<String>) -> impl IntoView + use<> {
    let kinds = FileKind::ALL.iter().map(|kind| (kind.extensions()[0], kind.label()));
    let kinds = [("", "All")].into_iter().chain(kinds);
    let address = |value: &str| with(PATH, &FilesQuery { kind: value.to_owned(), ..filter.clone() });
    let tabs = filter_tabs("Kind", kinds, &filter.kind, address);
    let sum = format!("{}, {}", counted(list.count, "file"), human_bytes(list.bytes));
    let body = if list.page.items.is_empty() {
        empty(!filter.customer.is_empty() || !filter.kind.is_empty(), unknown).into_any()
    } else {
        let pages = pagination(&list.page, PATH, filter, sum.clone());
        let rows = list.page.items.into_iter().map(|file| row(visit, file)).collect_view();
        view! {
            <div class="card">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"File"</th>
                            <th scope="col" class="cell-spare">"Kind"</th>
                            <th scope="col" class="num">"Size"</th>
                            <th scope="col">"Ticket"</th>
                            <th scope="col">"Customer"</th>
                            <th scope="col">"Uploaded"</th>
                            <th scope="col">
                                <span class="visually-hidden">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {pages}
        }
        .into_any()
    };
    let meta = ViewFnOnce::from(move || view! { <span>{sum}</span> });
    let of_kind = FilesQuery { customer: String::new(), ..filter.clone() };
    view! {
        <PageHeader title="Files" meta/>
        {tabs}
        {customer_filter(PATH, &filter.customer, &of_kind)}
        {body}
    }
}

fn row(visit: Visit, shown: DeskFile) -> impl IntoView + use<> {
    let DeskFile { file, ticket_title, requester_id, requester_name } = shown;
    let path = file.path();
    let name = file.name.clone();
    let open = if file.kind.is_inline() {
        view! {
            <a class="row-link" href=path.clone() target="_blank" rel="noopener">
                {said(name.clone())}
            </a>
        }
        .into_any()
    } else {
        view! {
            <a class="row-link" href=path.clone() download=name.clone()>
                {said(name.clone())}
            </a>
        }
        .into_any()
    };
    view! {
        <tr>
            <td class="cell-main cell-wrap">{open}</td>
            <td class="nowrap cell-spare">
                <span class="badge badge-plain tone-neutral">
                    <Icon name=file_icon(file.kind)/>
                    {file.kind.label()}
                </span>
            </td>
            <td class="num">{human_bytes(file.size)}</td>
            <td class="cell-link cell-wrap" data-label="Ticket">
                <a href=staff::ticket(file.ticket_id)>{said(ticket_title)}</a>
            </td>
            <td class="cell-link" data-label="Customer">
                <a href=staff::customer(requester_id)>{said(requester_name)}</a>
            </td>
            <td class="cell-quiet" data-label="Uploaded">
                <When at=file.uploaded_at now=visit.now/>
            </td>
            <td class="cell-actions">
                <a
                    class="btn btn-quiet btn-icon btn-sm"
                    href=path
                    download=name.clone()
                    aria-label=format!("Download {name}")
                >
                    <Icon name=IconName::Download/>
                </a>
            </td>
        </tr>
    }
}

fn empty(is_filtered: bool, unknown: Option<String>) -> impl IntoView {
    let (title, text) = if is_filtered {
        let title = unknown.unwrap_or_else(|| "No file fits".to_owned());
        (title, "Look at another kind or customer, or at all files.")
    } else {
        ("No files yet".to_owned(), "What customers attach to their tickets shows up here.")
    };
    view! {
        <div class="card">
            <EmptyState icon=IconName::Files title text>
                {is_filtered.then(|| view! { <ButtonLink href=PATH>"Show all files"</ButtonLink> })}
            </EmptyState>
        </div>
    }
}
