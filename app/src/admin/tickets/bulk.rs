//! Changing many tickets of the queue at once: the boxes of its rows belong to one form.

use domain::{Assignee, BulkReport, Error, Priority, Status, TicketId};
use islands::{
    refusal::Refusal,
    request::answer,
    staff::api::{ChangeTickets, NOBODY, UndoChange},
    ui::{Alert, Button, Tone, Variant, VisuallyHidden, sentence},
};
use leptos::prelude::*;

use crate::{
    admin::frame::Visit,
    layout::form::{Form, FormState},
};

/// The id of the form that the boxes belong to.
pub(in crate::admin) const FORM: &str = "change-selected";
/// The name of the boxes.
pub(in crate::admin) const BOX: &str = "tickets[]";

/// What the page knows of a change of many tickets.
pub(super) struct Bulk {
    form: FormState,
    report: Option<BulkReport>,
    categories: Vec<String>,
    team: Vec<Assignee>,
}

impl Bulk {
    /// What this visit is about: a change that was made just now, or one that was refused.
    pub(super) async fn of(visit: Visit) -> Result<Self, Refusal> {
        let (context, actor) = (visit.context(), visit.actor());
        let report = match visit.query("changed").parse() {
            Ok(id) => match context.desk.tickets().bulk_report(&actor, id).await {
                Err(Error::NotFound) => None,
                report => Some(answer(report)?),
            },
            Err(_) => None,
        };
        Ok(Self {
            form: visit.form::<ChangeTickets>(),
            report,
            categories: answer(context.desk.categories().names().await)?,
            team: answer(context.desk.users().assignable(&actor).await)?,
        })
    }

    /// The tickets whose boxes are ticked: those that were to change and did not.
    pub(super) fn chosen(&self) -> Vec<TicketId> {
        if self.form.is_refused() {
            return self.form.values(BOX).iter().filter_map(|id| id.parse().ok()).collect();
        }
        self.report.as_ref().map(BulkReport::refused).unwrap_or_default()
    }

    /// What became of a change, with the way back.
    pub(super) fn result(&self, visit: Visit) -> Option<AnyView> {
        let report = self.report.as_ref().filter(|_| !self.form.is_refused())?;
        let tone = if report.is_whole() { Tone::Good } else { Tone::Warn };
        let words = report.summary().iter().map(|words| view! { <p>{sentence(words)}</p> }).collect_view();
        let id = report.id.to_string();
        let undo = report.undo_until().filter(|until| visit.now < *until).map(|_| {
            view! {
                <Form<UndoChange> page=visit.page() attr:class="bulk-undo">
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="query" value=kept_query(visit)/>
                    <Button small=true>"Undo"</Button>
                </Form<UndoChange>>
            }
        });
        let undone = report.is_undone.then_some("This was taken back since.");
        let view = view! {
            <div class="page-notice" id="bulk-result">
                <Alert tone>{words} {undone} {undo}</Alert>
            </div>
        };
        Some(view.into_any())
    }

    /// The form, which is shown while a box is ticked.
    pub(super) fn bar(self, visit: Visit) -> AnyView {
        let form = self.form;
        let same = |word: &str| (word.to_owned(), word.to_owned());
        let statuses = Status::ALL.iter().map(|status| same(status.as_str()));
        let priorities = Priority::ALL.iter().map(|priority| same(priority.as_str()));
        let categories = self.categories.iter().map(|name| same(name));
        let team = self.team.iter().map(|member| (member.id.to_string(), member.name.clone()));
        let team = [(NOBODY.to_owned(), "Nobody".to_owned())].into_iter().chain(team);
        let selects = [
            ("status", "Status", statuses.collect::<Vec<_>>()),
            ("priority", "Priority", priorities.collect()),
            ("category", "Category", categories.collect()),
            ("assignee", "Assignee", team.collect()),
        ];
        let selects = selects.map(|(name, label, options)| select(form, name, label, options)).collect_view();
        let me = visit.actor().id.map(|id| id.to_string());
        view! {
            <Form<ChangeTickets> page=visit.page() keyed=form attr:id=FORM attr:class="bulk-bar" attr:data-me=me>
                <span class="bulk-words" role="status">
                    "Change the selected"
                </span>
                <label class="bulk-all" hidden>
                    <input type="checkbox" class="check" data-all="" autocomplete="off"/>
                    "All"
                    <VisuallyHidden>" on this page"</VisuallyHidden>
                </label>
                <button class="btn btn-sm bulk-opener" type="button" popovertarget="bulk-fields">
                    "Change…"
                </button>
                <input type="hidden" name="query" value=kept_query(visit)/>
                <div class="bulk-fields" id="bulk-fields" popover="auto">
                    {selects}
                    <Button variant=Variant::Primary>"Change"</Button>
                </div>
            </Form<ChangeTickets>>
        }
        .into_any()
    }
}

/// A choice whose first option leaves things as they are, and says what it is about.
fn select(
    form: FormState,
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
) -> impl IntoView + use<> {
    let chosen = form.value(name, "");
    let options = [(String::new(), label.to_owned())].into_iter().chain(options).map(|(value, words)| {
        let selected = value == chosen;
        view! {
            <option value=value selected=selected dir="auto">
                {words}
            </option>
        }
    });
    let options = options.collect_view();
    view! {
        <select class="select" name=name aria-label=format!("New {}", label.to_lowercase()) autocomplete="off">
            {options}
        </select>
    }
}

/// The query of the page, to come back to.
fn kept_query(visit: Visit) -> String {
    visit.page().split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default()
}
