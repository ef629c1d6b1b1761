//! The page `/admin/sessions`.

use islands::{addresses::staff, ui::PageHeader};
use leptos::prelude::*;

use super::api::list_sessions;
use crate::{
    admin::{
        frame::{Content, staff_page},
        nav::Place,
        parts::session_table,
    },
    filters::pagination,
};

const PATH: &str = staff::SESSIONS;

/// Who is in.
#[component]
pub fn SessionsPage() -> impl IntoView {
    staff_page(Place::Sessions, |visit| async move {
        let page = list_sessions(String::new(), visit.query("before"), visit.query("after")).await?;
        let pages = pagination(&page, PATH, &[], String::new());
        let table = session_table(visit, page.items, true);
        let meta = ViewFnOnce::from(|| "Who is logged in now. To end all sessions of a person, open their page.");
        let view = view! {
            <PageHeader title="Sessions" meta/>
            <div class="card">{table}</div>
            {pages}
        };
        Ok(Content::new("Sessions", view))
    })
}
