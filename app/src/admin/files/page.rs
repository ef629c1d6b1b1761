//! The page `/admin/files`.

use domain::{DeskFile, FileKind, human_bytes};
use islands::{
    addresses::{staff, with_query},
    ui::{ButtonLink, EmptyState, Icon, IconName, PageHeader, When, said},
};
use leptos::prelude::*;

use super::api::{FileList, list_files};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{counted, customer_filter, filter_tabs},
    },
    filters::{known, pagination},
    tickets::file_icon,
};

const PATH: &str = staff::FILES;

/// All files.
#[component]
pub fn FilesPage() -> impl IntoView {
    staff_page(Place::Files, |visit| async move {
        let (customer, kind) = (visit.query("customer"), visit.query("kind"));
        let list = list_files(customer.clone(), kind.clone(), visit.query("before"), visit.query("after")).await;
        let (list, unknown) = known(list)?;
        Ok(Content::new("Files", view(visit, &customer, &kind, list, unknown)))
    })
}

fn view(visit: Visit, customer: &str, kind: &str, list: FileList, unknown: Option<String>) -> impl IntoView + use<> {
    let kinds = FileKind::ALL.iter().map(|kind| (kind.extensions()[0], kind.label()));
    let kinds = [("", "All")].into_iter().chain(kinds);
    let address = |value: &str| with_query(PATH, &[("kind", value), ("customer", customer)]);
    let tabs = filter_tabs("Kind", kinds, kind, address);
    let sum = format!("{}, {}", counted(list.count, "file"), human_bytes(list.bytes));
    let body = if list.page.items.is_empty() {
        empty(!customer.is_empty() || !kind.is_empty(), unknown).into_any()
    } else {
        let pages = pagination(&list.page, PATH, &[("kind", kind), ("customer", customer)], sum.clone());
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
    view! {
        <PageHeader title="Files" meta/>
        {tabs}
        {customer_filter(PATH, customer, ("kind", kind))}
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
