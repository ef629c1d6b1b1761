//! The page `/admin/audit`: what staff and whoever runs the desk changed in it. For admins.

use domain::{AuditFilter, AuditGroup, Error, FieldErrors, LedgerEntry, Page};
use islands::{
    addresses::{staff, with, with_query},
    request::query,
    ui::{Button, ButtonLink, EmptyState, Icon, IconName, PageHeader, Variant, When, apart, said, sentence},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    frame::{Content, Visit, staff_page},
    ledger::page::about,
    nav::Place,
    parts::filter_tabs,
};
use crate::filters::{self, CursorQuery, PAGE, hidden_fields, known, pagination};

const PATH: &str = staff::AUDIT;

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct AuditQuery {
    /// A username of staff.
    who: String,
    /// `people`, `pins`, …
    group: String,
    /// Days, as in `2026-11-27`.
    from: String,
    until: String,
}

/// What was changed.
#[component]
pub fn AuditPage() -> impl IntoView {
    staff_page(Place::Audit, |visit| async move {
        let filter: AuditQuery = query();
        let (page, unknown) = known(list(visit, &filter).await)?;
        let since = visit.context().desk.ledger().since(&visit.actor()).await?;
        let meta = ViewFnOnce::from(move || {
            view! { <span>"Who changed what in the desk. Kept since " <When at=since/> "."</span> }
        });
        let pages = pagination(&page, PATH, &filter, String::new());
        let kinds = AuditGroup::ALL.iter().map(|group| (group.as_str(), group.label()));
        let kinds = [("", "All")].into_iter().chain(kinds);
        let tabs = filter_tabs("Kind", kinds, &filter.group, |value| {
            with(PATH, &AuditQuery { group: value.to_owned(), ..filter.clone() })
        });
        let (links, narrower) = (downloads(&filter), narrower(&filter));
        let view = view! {
            <PageHeader title="Audit" meta>
                {links}
            </PageHeader>
            {tabs}
            {narrower}
            <div class="card">{entries(visit, page, unknown)}</div>
            {pages}
        };
        Ok(Content::new("Audit", view))
    })
}

async fn list(visit: Visit, words: &AuditQuery) -> Result<Page<LedgerEntry>, Error> {
    let (context, actor) = (visit.context(), visit.actor());
    actor.require_admin()?;
    let mut errors = FieldErrors::default();
    let group = filters::choice(&mut errors, "kind", &words.group, |word| word.parse::<AuditGroup>().ok());
    let mut who = None;
    let username = words.who.trim();
    if !username.is_empty() {
        who = context.desk.users().member_named(&actor, username).await?;
        if who.is_none() {
            errors.add("who", format!("Nobody in the team has the username “{}”", apart(username)));
        }
    }
    let filter = (AuditFilter { who, group, ..AuditFilter::default() }).between(&words.from, &words.until);
    match filter {
        Ok(filter) if errors.is_empty() => {
            context.desk.audit().list(&actor, &filter, query::<CursorQuery>().cursor(), PAGE).await
        }
        Ok(_) => Err(errors.into()),
        Err(more) => {
            errors.0.extend(more.0);
            Err(errors.into())
        }
    }
}

fn downloads(filter: &AuditQuery) -> impl IntoView + use<> {
    let link = |format: &'static str, words: &'static str| {
        let query = [
            ("format", format),
            ("who", &filter.who),
            ("group", &filter.group),
            ("from", &filter.from),
            ("until", &filter.until),
        ];
        let href = with_query("/api/audit/", &query);
        view! {
            <a class="btn btn-sm" href=href download="">
                <Icon name=IconName::Download/>
                {words}
            </a>
        }
    };
    view! { <div class="actions">{link("csv", "CSV")} {link("jsonl", "JSON lines")}</div> }
}

/// By whom and when.
fn narrower(filter: &AuditQuery) -> impl IntoView + use<> {
    let is_narrow = [&filter.who, &filter.from, &filter.until].iter().any(|word| !word.is_empty());
    let all = with(PATH, &AuditQuery { group: filter.group.clone(), ..AuditQuery::default() });
    let day = |name: &'static str, label: &'static str, value: &str| {
        view! {
            <input class="input" type="date" name=name aria-label=label title=label value=value.to_owned()/>
        }
    };
    let clear = is_narrow.then(|| {
        view! {
            <ButtonLink href=all variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    view! {
        <form class="filters" method="get" action=PATH role="search">
            {hidden_fields(&AuditQuery { group: filter.group.clone(), ..AuditQuery::default() })}
            <div class="search">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    name="who"
                    id="search"
                    dir="auto"
                    aria-label="Username of staff"
                    placeholder="By whom (username)"
                    autocapitalize="none"
                    spellcheck="false"
                    value=filter.who.clone()
                />
            </div>
            {day("from", "First day", &filter.from)}
            {day("until", "Last day", &filter.until)}
            <Button>"Filter"</Button>
            {clear}
        </form>
    }
}

fn entries(visit: Visit, page: Page<LedgerEntry>, unknown: Option<String>) -> AnyView {
    if page.items.is_empty() {
        let text = unknown.unwrap_or_else(|| "What staff change in the desk is written here.".to_owned());
        return view! { <EmptyState icon=IconName::Shield title="Nothing found" text/> }.into_any();
    }
    let rows = page.items.into_iter().map(|entry| row(visit, entry)).collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col" class="num">"No."</th>
                    <th scope="col">"What"</th>
                    <th scope="col">"About"</th>
                    <th scope="col">"From"</th>
                    <th scope="col">"When"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(visit: Visit, entry: LedgerEntry) -> impl IntoView + use<> {
    let what = sentence(&entry.sentence(apart));
    view! {
        <tr>
            <td class="num id">{entry.number}</td>
            <td class="cell-main cell-wrap">{what}</td>
            <td data-label="About">{about(&entry)}</td>
            <td class="cell-quiet" data-label="From">{entry.address.map(said)}</td>
            <td class="cell-quiet"><When at=entry.at now=visit.now/></td>
        </tr>
    }
}
