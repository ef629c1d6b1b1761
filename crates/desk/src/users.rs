//! Customers and staff: create, edit, deactivate, log in with a password.
use domain::{Actor, Cursor, Customer, CustomerDraft, LoginKind, Overview, Page, Result, Role, UserId};
use crate::{ClientAddress, Inner, LoggedIn};

/// Use cases of customers and staff.
pub struct Users<'a>(pub(crate) &'a Inner);

#[derive(Default)]
pub(crate) struct UsersState {}

/// Which people a list shows.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Customers, or staff.
    pub staff: bool,
    /// With this text in username, name or email, whatever the case.
    pub text: Option<String>,
    /// Active ones, or deactivated ones.
    pub is_active: Option<bool>,
}

/// The one-time token of the set-up page: whoever has it makes the first admin.
#[derive(Clone)]
pub struct SetUpLink(pub(crate) String);

impl SetUpLink {
    /// The token for the link's query.
    pub fn token(&self) -> &str { &self.0 }
}

impl Users<'_> {
    /// Logs staff in with username and password. `WrongPassword` or `TooManyAttempts`.
    pub async fn log_in(&self, username: &str, password: &str, client: &ClientAddress, kind: LoginKind) -> Result<LoggedIn> { todo!() }
    /// A set-up token while the desk has no admin; none otherwise. The token lives as long as this process, until it is used.
    pub async fn set_up_link(&self) -> Result<Option<SetUpLink>> { todo!() }
    /// Whether the token of a set-up link can still be used.
    pub async fn can_set_up(&self, token: &str) -> Result<bool> { todo!() }
    /// Makes the first admin with a set-up token and logs them in. `NotFound` when the token is wrong or used.
    pub async fn set_up(&self, token: &str, draft: &CustomerDraft, password: &str, client: &ClientAddress) -> Result<LoggedIn> { todo!() }
    /// Creates a customer. Staff.
    pub async fn create_customer(&self, actor: &Actor, draft: &CustomerDraft) -> Result<Customer> { todo!() }
    /// Creates an agent or admin. Admins.
    pub async fn create_staff(&self, actor: &Actor, draft: &CustomerDraft, role: Role, password: &str) -> Result<Customer> { todo!() }
    /// Changes username, name and email. Staff for customers, admins for staff.
    pub async fn update(&self, actor: &Actor, id: UserId, draft: &CustomerDraft) -> Result<Customer> { todo!() }
    /// Deactivates (which ends their sessions and revokes their PINs) or activates. Staff for customers, admins for staff; nobody themselves, nor the last admin.
    pub async fn set_active(&self, actor: &Actor, id: UserId, is_active: bool) -> Result<Customer> { todo!() }
    /// Sets a member of staff's password and ends their other sessions. Themselves, or an admin.
    pub async fn set_password(&self, actor: &Actor, id: UserId, password: &str) -> Result<()> { todo!() }
    /// Changes a member of staff's role between agent and admin. Admins; never the last admin.
    pub async fn set_role(&self, actor: &Actor, id: UserId, role: Role) -> Result<Customer> { todo!() }
    /// One person. Staff.
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<Customer> { todo!() }
    /// One person by username, whatever its case. Staff.
    pub async fn by_username(&self, actor: &Actor, username: &str) -> Result<Customer> { todo!() }
    /// People, newest first. Staff; the list of staff for admins.
    pub async fn list(&self, actor: &Actor, filter: &UserFilter, cursor: Cursor, limit: usize) -> Result<Page<Customer>> { todo!() }
    /// The staff's first page: counts and the newest tickets. Staff.
    pub async fn overview(&self, actor: &Actor) -> Result<Overview> { todo!() }
}
