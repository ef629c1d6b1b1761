//! The staff area.
//!
//! `frame` says who may see a page and draws what is around it.

pub mod audit;
pub mod backups;
pub mod callers;
pub mod cards;
pub mod categories;
pub mod customers;
pub mod factor;
pub mod files;
pub mod ledger;
pub mod login;
pub mod overview;
pub mod pins;
pub mod recoveries;
pub mod retention;
pub mod sessions;
pub mod set_up;
pub mod team;
pub mod tickets;

mod frame;
mod nav;
mod parts;
mod read;

pub use read::next_page;

pub use {
    audit::AuditPage,
    backups::page::BackupsPage,
    callers::page::CallersPage,
    cards::{batch::BatchPage, list::BatchesPage, new::NewBatchPage, sheet::SheetPage},
    categories::page::CategoriesPage,
    customers::{customer::CustomerPage, list::CustomersPage, new::NewCustomerPage},
    factor::page::SecondFactorPage,
    files::page::FilesPage,
    ledger::page::{CustomerLedgerPage, LedgerPage, TicketLedgerPage},
    login::{code::LoginCodePage, page::LoginPage},
    overview::page::OverviewPage,
    pins::list::PinsPage,
    recoveries::RecoveriesPage,
    retention::{list::RetentionListPage, page::RetentionPage},
    sessions::page::SessionsPage,
    set_up::page::SetUpPage,
    team::{list::StaffPage, member::StaffMemberPage},
    tickets::{list::TicketsPage, ticket::TicketPage},
};
