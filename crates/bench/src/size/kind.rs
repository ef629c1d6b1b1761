//! What is asked for at size.

use super::desk::Desk;
use crate::client::{FORM, Request};

const MULTIPART: &str = "multipart/form-data; boundary=pindesk-size";

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    List,
    OfStatus,
    Unassigned,
    OfPriority,
    Changed,
    Deep,
    ListData,
    CommonWord,
    RareWord,
    TwoWords,
    Ticket,
    Detail,
    Own,
    Reply,
}

impl Kind {
    /// In the order in which they are asked: what writes comes last.
    pub(super) const ALL: &[Self] = &[
        Self::List,
        Self::OfStatus,
        Self::Unassigned,
        Self::OfPriority,
        Self::Changed,
        Self::Deep,
        Self::ListData,
        Self::CommonWord,
        Self::RareWord,
        Self::TwoWords,
        Self::Ticket,
        Self::Detail,
        Self::Own,
        Self::Reply,
    ];

    /// As the table has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::OfStatus => "list, status",
            Self::Unassigned => "list, unassigned",
            Self::OfPriority => "list, priority",
            Self::Changed => "list, last changed",
            Self::Deep => "list, a deep page",
            Self::ListData => "list, data alone",
            Self::CommonWord => "search, common word",
            Self::RareWord => "search, rare word",
            Self::TwoWords => "search, two words",
            Self::Ticket => "ticket",
            Self::Detail => "ticket, REST",
            Self::Own => "own tickets, REST",
            Self::Reply => "reply",
        }
    }

    /// That of a good answer.
    pub(super) const fn status(self) -> u16 {
        if matches!(self, Self::Reply) { 303 } else { 200 }
    }

    /// The request to this desk.
    pub(super) fn request(self, desk: &Desk, number: usize) -> Request<'_> {
        let (admin, customer) = (Some(&desk.admin), Some(&desk.customer));
        let page = |rest: &str| Request::get(format!("/admin/tickets{rest}"), admin);
        // Each in turn, so that the two desks are asked for tickets of the same sort.
        let own = desk.own[number % desk.own.len()];
        match self {
            Self::List => page(""),
            Self::OfStatus => page("?status=In+Progress"),
            Self::Unassigned => page("?assignee=none&status=Open"),
            Self::OfPriority => page("?priority=Urgent"),
            Self::Changed => page("?order=changed"),
            Self::Deep => page(&format!("?before={}", desk.tickets / 2)),
            Self::ListData => Request::post("/fn/staff_list_tickets", admin, FORM, Vec::new()),
            Self::CommonWord => page("?q=invoice"),
            Self::RareWord => page(&format!("?q={}", desk.rare_word)),
            Self::TwoWords => page("?q=printer+lab"),
            Self::Ticket => page(&format!("/{own}")),
            Self::Detail => Request::get(format!("/api/tickets/{own}/"), customer),
            Self::Own => Request::get("/api/tickets/", customer),
            Self::Reply => {
                let body = format!(
                    "--pindesk-size\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{own}\r\n\
                     --pindesk-size\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\n\
                     Please try it once more, number {number}.\r\n--pindesk-size--\r\n"
                );
                Request::post(format!("/admin/tickets/{own}?fn=reply"), admin, MULTIPART, body.into_bytes())
            }
        }
    }
}
