//! The page `/admin/sessions`.

use islands::{
    addresses::staff,
    request::query,
    ui::{ButtonLink, IconName, PageHeader},
};
use leptos::prelude::*;

use crate::{
    admin::{
        frame::{Content, staff_page},
        nav::Place,
        parts::session_table,
    },
    filters::{CursorQuery, PAGE, pagination},
};

const PATH: &str = staff::SESSIONS;

/// Who is in.
#[component]
pub fn SessionsPage() -> impl IntoView {
    staff_page(Place::Sessions, |visit| async move {
        let cursor = query::<CursorQuery>().cursor();
        let page = visit.context().desk.sessions().list(&visit.actor(), None, cursor, PAGE).await?;
        let pages = pagination(&page, PATH, &(), String::new());
        let table = session_table(visit, page.items, true);
        let meta = ViewFnOnce::from(|| "Who is logged in now. To end all sessions of a person, open their page.");
        let ledger = visit.is_admin().then(|| {
            view! {
                <ButtonLink href=staff::LEDGER icon=IconName::Shield>
                    "Access ledger"
                </ButtonLink>
            }
        });
        let view = view! {
            <PageHeader title="Sessions" meta>
                {ledger}
            </PageHeader>
            <div class="card">{table}</div>
            {pages}
        };
        Ok(Content::new("Sessions", view))
    })
}
