//! What the queue asks for.

use domain::{BulkReport, Page, Person, StatusCount, TicketQuery, TicketRow, Timestamp};
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
    /// The customer asked for.
    pub customer: Option<Person>,
    /// What became of the change of many tickets that was asked for, if it was the caller's.
    pub report: Option<BulkReport>,
    /// When this was read.
    pub now: Timestamp,
    /// The key of the next change of many tickets: sent twice, it counts once.
    pub key: String,
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
            report => Some(answer(report)?),
        },
        Err(_) => None,
    };
    // Without a key a change can still be sent.
    let key = context.desk.new_idempotency_key().unwrap_or_default();
    Ok(TicketList { page, counts, customer, report, now: context.desk.now(), key })
}

impl TicketList {
    /// No ticket, and no count of any.
    pub fn nothing(now: Timestamp, key: String) -> Self {
        Self { page: Page::default(), counts: Vec::new(), customer: None, report: None, now, key }
    }
}
