//! What the queue asks for.

use domain::{BulkReportId, Page, StatusCount, TicketId, TicketQuery, TicketRow, Timestamp, UserId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// A page of all tickets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketList {
    /// The tickets.
    pub page: Page<TicketRow>,
    /// How many there are of each status, whatever status is asked for.
    pub counts: Vec<StatusCount>,
    /// The customer asked for, with the name to show.
    pub customer: Option<(UserId, String)>,
    /// What became of the change of many tickets that was asked for, if it was the caller's.
    pub report: Option<Told>,
    /// When this was read.
    #[serde(with = "domain::micros")]
    pub now: Timestamp,
    /// The key of the next change of many tickets: sent twice, it counts once.
    pub key: String,
}

/// What became of a change of many tickets, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The report.
    pub id: BulkReportId,
    /// The sentences.
    pub words: Vec<String>,
    /// All of it came about.
    pub is_whole: bool,
    /// It can be taken back now.
    pub can_undo: bool,
    /// The tickets for which something was refused.
    pub refused: Vec<TicketId>,
}

/// Tickets by status, priority, category, customer and assignee, newest first or in the order `changed`; and what became of
/// the change of many tickets with the number `changed`.
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers; [`domain::Error::Invalid`] for what is not there.
#[server(prefix = "/fn", endpoint = "staff_list_tickets")]
pub async fn staff_list_tickets(
    /// Which. Words to search for are no part of it.
    #[server(flatten)]
    query: TicketQuery,
    /// A [`domain::BulkReportId`]; whatever else it is, there is no such change.
    #[server(default)]
    changed: String,
) -> Result<TicketList, Refusal> {
    use crate::{
        filters,
        request::{answer, caller},
    };
    use domain::Error;

    let (context, actor) = caller()?;
    answer(actor.require_staff())?;
    let tickets = context.desk.tickets();
    let (filter, customer) = answer(filters::tickets(&context, &actor, &query).await)?;
    let cursor = filters::cursor(&query.before, &query.after);
    let page = answer(tickets.list(&actor, &filter, cursor, filters::PAGE).await)?;
    let counts = answer(tickets.count_by_status(&actor, &filter).await)?;
    let report = match changed.parse() {
        Ok(id) => match tickets.bulk_report(&actor, id).await {
            Err(Error::NotFound) => None,
            report => Some(Told::of(&answer(report)?, context.desk.now())),
        },
        Err(_) => None,
    };
    // Without a key a change can still be sent.
    let key = context.desk.new_idempotency_key().unwrap_or_default();
    let customer = customer.map(|customer| (customer.id, customer.name));
    Ok(TicketList { page, counts, customer, report, now: context.desk.now(), key })
}

impl TicketList {
    /// No ticket, and no count of any.
    pub fn nothing(now: Timestamp, key: String) -> Self {
        Self { page: Page::default(), counts: Vec::new(), customer: None, report: None, now, key }
    }
}

#[cfg(feature = "ssr")]
impl Told {
    fn of(report: &domain::BulkReport, now: Timestamp) -> Self {
        let mut words = report.summary();
        if report.is_undone {
            words.push("This was taken back since.".to_owned());
        }
        Self {
            id: report.id,
            words,
            is_whole: report.is_whole(),
            can_undo: report.undo_until().is_some_and(|until| now < until),
            refused: report.refused(),
        }
    }
}
