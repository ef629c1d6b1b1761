//! The staff area.
//!
//! Its pages exist only on the server: they are rendered there whole, and none of their code is in the browser's WASM.
//! What reaches a browser are the islands in [`islands`], each in a file of its own that only a page that shows it
//! asks for. `frame` says who may see a page and draws what is around it.

pub mod categories;
pub mod customers;
pub mod files;
pub mod islands;
pub mod login;
pub mod overview;
pub mod pins;
pub mod sessions;
pub mod set_up;
pub mod team;
pub mod tickets;

#[cfg(feature = "ssr")]
mod frame;
#[cfg(feature = "ssr")]
mod nav;
#[cfg(feature = "ssr")]
mod parts;
#[cfg(feature = "ssr")]
mod read;

#[cfg(feature = "ssr")]
pub use {
    categories::page::CategoriesPage,
    customers::{customer::CustomerPage, list::CustomersPage, new::NewCustomerPage},
    files::page::FilesPage,
    login::page::LoginPage,
    overview::page::OverviewPage,
    pins::list::PinsPage,
    sessions::page::SessionsPage,
    set_up::page::SetUpPage,
    team::{list::StaffPage, member::StaffMemberPage},
    tickets::{list::TicketsPage, ticket::TicketPage},
};
