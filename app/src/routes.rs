//! The whole route table of the pages, on one screen.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{account, admin, approvals, drop, error_pages::NotFoundPage, login, recovery, tickets};

/// The routes. Every page is rendered whole before its first byte is sent, so that its status is right.
pub fn routes() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=login::LoginPage ssr=SsrMode::Async />
                <Route path=path!("/welcome") view=login::WelcomePage ssr=SsrMode::Async />
                <Route path=path!("/recover") view=recovery::RecoverPage ssr=SsrMode::Async />
                <Route path=path!("/tickets") view=tickets::ListPage ssr=SsrMode::Async />
                <Route path=path!("/tickets/new") view=tickets::NewPage ssr=SsrMode::Async />
                <Route path=path!("/tickets/:id") view=tickets::TicketPage ssr=SsrMode::Async />
                <Route path=path!("/approvals/:id") view=approvals::ApprovalPage ssr=SsrMode::Async />
                <Route path=path!("/drop") view=drop::DropPage ssr=SsrMode::Async />
                <Route path=path!("/sessions") view=account::SessionsPage ssr=SsrMode::Async />
                <Route path=path!("/caller-code") view=account::CallerPage ssr=SsrMode::Async />
                <Route path=path!("/delegations") view=account::DelegationsPage ssr=SsrMode::Async />
                <Route path=path!("/admin") view=admin::OverviewPage ssr=SsrMode::Async />
                <Route path=path!("/admin/login") view=admin::LoginPage ssr=SsrMode::Async />
                <Route path=path!("/admin/login/code") view=admin::LoginCodePage ssr=SsrMode::Async />
                <Route path=path!("/admin/second-factor") view=admin::SecondFactorPage ssr=SsrMode::Async />
                <Route path=path!("/admin/set-up") view=admin::SetUpPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tickets") view=admin::TicketsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tickets/:id") view=admin::TicketPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tickets/:id/ledger") view=admin::TicketLedgerPage ssr=SsrMode::Async />
                <Route path=path!("/admin/customers") view=admin::CustomersPage ssr=SsrMode::Async />
                <Route path=path!("/admin/customers/new") view=admin::NewCustomerPage ssr=SsrMode::Async />
                <Route path=path!("/admin/customers/:id") view=admin::CustomerPage ssr=SsrMode::Async />
                <Route path=path!("/admin/customers/:id/ledger") view=admin::CustomerLedgerPage ssr=SsrMode::Async />
                <Route path=path!("/admin/ledger") view=admin::LedgerPage ssr=SsrMode::Async />
                <Route path=path!("/admin/pins") view=admin::PinsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/batches") view=admin::BatchesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/batches/new") view=admin::NewBatchPage ssr=SsrMode::Async />
                <Route path=path!("/admin/batches/:id") view=admin::BatchPage ssr=SsrMode::Async />
                <Route path=path!("/admin/batches/:id/sheet") view=admin::SheetPage ssr=SsrMode::Async />
                <Route path=path!("/admin/files") view=admin::FilesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/callers") view=admin::CallersPage ssr=SsrMode::Async />
                <Route path=path!("/admin/recoveries") view=admin::RecoveriesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/sessions") view=admin::SessionsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/staff") view=admin::StaffPage ssr=SsrMode::Async />
                <Route path=path!("/admin/staff/:id") view=admin::StaffMemberPage ssr=SsrMode::Async />
                <Route path=path!("/admin/categories") view=admin::CategoriesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view=admin::AuditPage ssr=SsrMode::Async />
                <Route path=path!("/admin/retention") view=admin::RetentionPage ssr=SsrMode::Async />
                <Route path=path!("/admin/retention/:id") view=admin::RetentionListPage ssr=SsrMode::Async />
                <Route path=path!("/admin/backups") view=admin::BackupsPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{ApprovalId, BatchId, RetentionListId, TicketId, UserId};

    use super::*;
    use islands::addresses::{self, staff};

    #[tokio::test]
    async fn every_address_has_a_page() {
        let (ticket, person) = (TicketId(7), UserId(7));
        let addresses = [
            addresses::START,
            addresses::WELCOME,
            addresses::RECOVER,
            addresses::TICKETS,
            addresses::NEW_TICKET,
            addresses::SESSIONS,
            addresses::CALLER_CODE,
            addresses::DROP,
            addresses::DELEGATIONS,
            staff::START,
            staff::LOGIN,
            staff::LOGIN_CODE,
            staff::SECOND_FACTOR,
            staff::TICKETS,
            staff::CUSTOMERS,
            staff::NEW_CUSTOMER,
            staff::FILES,
            staff::PINS,
            staff::BATCHES,
            staff::NEW_BATCH,
            staff::CALLERS,
            staff::RECOVERIES,
            staff::SESSIONS,
            staff::LEDGER,
            staff::MEMBERS,
            staff::CATEGORIES,
            staff::BACKUPS,
            staff::AUDIT,
            staff::RETENTION,
        ];
        let of_one = [
            addresses::ticket(ticket),
            addresses::approval(ApprovalId(7)),
            staff::ticket(ticket),
            staff::ticket_ledger(ticket),
            staff::customer(person),
            staff::customer_ledger(person),
            staff::member(person),
            staff::batch(BatchId(7)),
            staff::sheet(BatchId(7)),
            staff::retention_list(RetentionListId(7)),
        ];
        let addresses = addresses.into_iter().map(str::to_owned).chain(of_one);
        let pages: BTreeSet<_> =
            leptos_axum::generate_route_list(routes).iter().map(|page| page.path().replace("{id}", "7")).collect();
        for address in addresses {
            assert!(pages.contains(&address), "{address} is not in {pages:?}");
        }
    }
}
