//! Customers and staff: create, edit, deactivate, list. How staff log in is in `users/access.rs`.

mod access;
pub(crate) mod passwords;

use domain::{
    Actor, Assignee, Cursor, Customer, CustomerDraft, Error, EventKind, FieldErrors, LoginKind, Overview, Page, Result,
    Role, Timestamp, UserId, check_email, check_name, check_username,
};
use sea_orm::FromQueryResult;
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    rooms::{
        Inner,
        sessions::{self, LoggedIn},
        throttle::ClientAddress,
        tickets::Tickets,
    },
    store::{
        db::{Scalar, Sql as _, Tx},
        listed::Word,
        names::{name_key, patterns, staff_name, username_key},
        query::Query,
    },
    trail::events::NewEvent,
};

/// Characters of a name to show.
const NAME_MAX_CHARS: usize = 150;

/// The purpose of keyed hashes that are set-up tokens.
const SET_UP: &str = "set-up";

/// Use cases of customers and staff.
pub struct Users<'a>(pub(crate) &'a Inner);

/// Which people a list shows.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Staff rather than customers.
    pub staff: bool,
    /// With each of these words in username, name or email, whatever the case and the accents.
    pub text: Option<String>,
    /// Active ones, or deactivated ones.
    pub is_active: Option<bool>,
}

/// The one-time token of the set-up page: whoever has it makes the first admin. No `Debug`: it is a secret.
#[derive(Clone)]
pub struct SetUpLink(pub(crate) String);

impl SetUpLink {
    /// The token for the link's query.
    pub fn token(&self) -> &str {
        &self.0
    }
}

#[derive(FromQueryResult)]
struct UserRow {
    id: i64,
    username: String,
    name: String,
    email: String,
    role: Word<Role>,
    is_active: bool,
    created_at: i64,
    last_seen_at: Option<i64>,
    tickets: i64,
}

const USER: &str = "SELECT u.id, u.username, u.name, u.email, u.role, u.is_active, u.created_at, u.last_seen_at,
        (SELECT COUNT(*) FROM tickets t WHERE t.requester_id = u.id) AS tickets
    FROM users u";

impl UserRow {
    fn into_customer(self) -> Customer {
        Customer {
            id: UserId(self.id),
            username: self.username,
            name: self.name,
            email: self.email,
            role: self.role.0,
            is_active: self.is_active,
            created_at: Timestamp::from_micros(self.created_at),
            last_seen_at: self.last_seen_at.map(Timestamp::from_micros),
            tickets: self.tickets.unsigned_abs(),
        }
    }
}

/// The person, if the actor may manage them: staff for customers, admins for staff.
pub(crate) async fn require_manager(desk: &Inner, actor: &Actor, id: UserId) -> Result<Customer> {
    actor.require_staff()?;
    let row: Option<UserRow> = desk.db.sql_one(&format!("{USER} WHERE u.id = $1"), [id.0.into()]).await?;
    let person = row.ok_or(Error::NotFound)?.into_customer();
    if person.role.is_staff() && actor.id != Some(id) {
        actor.require_admin()?;
    }
    Ok(person)
}

/// A username as it is kept: however the same letters were typed (NFKC).
fn compatible(username: &str) -> String {
    username.nfkc().collect()
}

/// Checks a draft; the name falls back to the username.
pub(crate) fn check(draft: &CustomerDraft) -> Result<CustomerDraft> {
    let mut errors = FieldErrors::default();
    let username = errors.take("username", check_username(&compatible(&draft.username)));
    let name = errors.take("name", check_name(&draft.name, NAME_MAX_CHARS)).unwrap_or_default();
    let email = errors.take("email", check_email(&draft.email)).unwrap_or_default();
    match username {
        Some(username) if errors.is_empty() => {
            Ok(CustomerDraft { name: if name.is_empty() { username.clone() } else { name }, username, email })
        }
        _ => Err(errors.into()),
    }
}

/// By which keys a username is looked for, the better one last: an old database may have two names that are one now.
pub(crate) fn keys(username: &str) -> [String; 2] {
    [username_key(username), username.trim().replace('\0', "\u{fffd}").to_lowercase()]
}

/// Finds a person by [`keys`].
pub(crate) const BY_KEYS: &str =
    "username_key IN ($1, $2) ORDER BY CASE WHEN username_key = $2 THEN 0 ELSE 1 END LIMIT 1";

impl Users<'_> {
    /// A set-up token while the desk has no admin: the same one in every process, until it is used.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn set_up_link(&self) -> Result<Option<SetUpLink>> {
        if self.has_admin().await? {
            return Ok(None);
        }
        Ok(Some(SetUpLink(self.0.keys.keyed_hash(SET_UP, &self.newest_member().await?))))
    }

    async fn has_admin(&self) -> Result<bool> {
        let admin: Option<Scalar> =
            self.0.db.sql_one("SELECT id FROM users WHERE role = 'admin' AND is_active LIMIT 1", []).await?;
        Ok(admin.is_some())
    }

    /// What a set-up token stands for: every process makes the same one, and one that was used is never made again,
    /// whatever becomes of the admin it made.
    async fn newest_member(&self) -> Result<String> {
        // Not by the ids, among which those of customers are many, but by the index of the team.
        let newest: Option<Scalar> =
            self.0.db.sql_one("SELECT COALESCE(MAX(id + 0), 0) FROM users WHERE role <> 'customer'", []).await?;
        Ok(newest.map_or(0, |id| id.0).to_string())
    }

    /// Whether the token of a set-up link can still be used.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn can_set_up(&self, token: &str) -> Result<bool> {
        let stands_for = self.newest_member().await?;
        Ok(self.0.keys.is_keyed_hash(SET_UP, &stands_for, token) && !self.has_admin().await?)
    }

    /// Makes the first admin with a set-up token and logs them in. A form that the same browser, known by a secret, sends once
    /// more within half a minute leads to the session that the first one opened.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the token is wrong or there is an admin already; [`Error::Invalid`].
    pub async fn set_up(
        &self,
        token: &str,
        draft: &CustomerDraft,
        password: &str,
        client: &ClientAddress,
        browser: Option<&str>,
    ) -> Result<LoggedIn> {
        let desk = self.0;
        let login_key = browser.map(|browser| sessions::login_key(desk, browser, &format!("{SET_UP} {token}")));
        let earlier = async |tx: Option<&Tx>| match &login_key {
            Some(login_key) => sessions::opened_by(desk, tx, login_key).await?.ok_or(Error::NotFound),
            None => Err(Error::NotFound),
        };
        if !self.can_set_up(token).await? {
            return earlier(None).await;
        }
        let (draft, hash) = access::check_with_password(draft, password).await?;
        let tx = desk.db.begin().await?;
        tx.serialise("set-up").await?;
        let admin: Option<Scalar> =
            tx.sql_one("SELECT id FROM users WHERE role = 'admin' AND is_active LIMIT 1", []).await?;
        if admin.is_some() {
            return earlier(Some(&tx)).await;
        }
        let id = insert(desk, &tx, None, &draft, Role::Admin, Some(hash)).await?;
        let logged_in = sessions::open(desk, &tx, id, sessions::Proof::SetUp, client, LoginKind::Browser).await?;
        if let Some(login_key) = &login_key {
            sessions::note_login(&tx, &logged_in, login_key).await?;
        }
        sessions::let_in(tx, logged_in, LoginKind::Browser).await
    }

    /// Creates a customer. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]
    pub async fn create_customer(&self, actor: &Actor, draft: &CustomerDraft) -> Result<Customer> {
        actor.require_staff()?;
        self.create(actor, check(draft)?, Role::Customer, None).await
    }

    /// Creates an agent or an admin. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]
    pub async fn create_staff(
        &self,
        actor: &Actor,
        draft: &CustomerDraft,
        role: Role,
        password: &str,
    ) -> Result<Customer> {
        actor.require_admin()?;
        if !role.is_staff() {
            return Err(Error::field("role", "Choose agent or admin."));
        }
        let (draft, hash) = access::check_with_password(draft, password).await?;
        self.create(actor, draft, role, Some(hash)).await
    }

    async fn create(&self, actor: &Actor, draft: CustomerDraft, role: Role, hash: Option<String>) -> Result<Customer> {
        let tx = self.0.db.begin().await?;
        let id = insert(self.0, &tx, actor.id, &draft, role, hash).await?;
        tx.commit().await?;
        self.find(id).await
    }

    /// Changes username, name and email. Staff for customers, admins for staff, everybody in staff for themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]
    pub async fn update(&self, actor: &Actor, id: UserId, draft: &CustomerDraft) -> Result<Customer> {
        let desk = self.0;
        let person = require_manager(desk, actor, id).await?;
        let mut draft = check(draft)?;
        let tx = desk.db.begin().await?;
        let key = if draft.username == compatible(&person.username) {
            // In an old database it may have a key of its own beside a name that is the same now. It keeps both.
            draft.username = person.username;
            None
        } else {
            refuse_taken(&tx, &draft.username, Some(id)).await?;
            Some(username_key(&draft.username))
        };
        tx.sql_run(
            "UPDATE users SET username = $1, username_key = COALESCE($2, username_key), name = $3, email = $4, name_key = $5
             WHERE id = $6",
            [
                draft.username.as_str().into(),
                key.into(),
                draft.name.as_str().into(),
                draft.email.as_str().into(),
                name_key(&draft.username, &draft.name, &draft.email).into(),
                id.0.into(),
            ],
        )
        .await?;
        NewEvent::of_user(EventKind::UserChanged, id).record(&tx, actor.id, desk.now()).await?;
        tx.commit().await?;
        self.find(id).await
    }

    /// Activates, or deactivates, which ends their sessions and revokes their PINs. Staff for customers, admins for
    /// staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] for oneself and for the last admin.
    pub async fn set_active(&self, actor: &Actor, id: UserId, is_active: bool) -> Result<Customer> {
        let desk = self.0;
        let person = require_manager(desk, actor, id).await?;
        if person.is_active == is_active {
            return Ok(person);
        }
        if actor.id == Some(id) {
            return Err(Error::conflict("You cannot deactivate yourself. Ask another admin."));
        }
        let at = desk.now();
        let tx = desk.db.begin().await?;
        if !is_active {
            refuse_last_admin(&tx, &person).await?;
            // In the order in which a log-in locks them: the PIN, the person, their sessions.
            crate::rooms::pins::revoke_all(&tx, id, at).await?;
        }
        tx.sql_run("UPDATE users SET is_active = $1 WHERE id = $2", [is_active.into(), id.0.into()]).await?;
        if !is_active {
            // What began before the row was locked is there now, too.
            crate::rooms::pins::revoke_all(&tx, id, at).await?;
            sessions::end_all(&tx, id, None, at).await?;
        }
        let kind = if is_active { EventKind::UserActivated } else { EventKind::UserDeactivated };
        NewEvent::of_user(kind, id).record(&tx, actor.id, at).await?;
        tx.commit().await?;
        self.find(id).await
    }

    /// Changes a member of staff's role between agent and admin. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] for the last admin.
    pub async fn set_role(&self, actor: &Actor, id: UserId, role: Role) -> Result<Customer> {
        actor.require_admin()?;
        let desk = self.0;
        let person = self.find(id).await?;
        if !role.is_staff() || !person.role.is_staff() {
            return Err(Error::field("role", "Choose agent or admin, for a member of staff."));
        }
        let tx = desk.db.begin().await?;
        if role != Role::Admin {
            refuse_last_admin(&tx, &person).await?;
        }
        tx.sql_run("UPDATE users SET role = $1 WHERE id = $2", [role.as_str().into(), id.0.into()]).await?;
        let event = NewEvent::of_user(EventKind::UserChanged, id).changing(person.role.as_str(), role.as_str());
        event.record(&tx, actor.id, desk.now()).await?;
        tx.commit().await?;
        self.find(id).await
    }

    /// One person. Staff for customers, admins for staff, everybody in staff for themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<Customer> {
        require_manager(self.0, actor, id).await
    }

    async fn find(&self, id: UserId) -> Result<Customer> {
        let row: Option<UserRow> = self.0.db.sql_one(&format!("{USER} WHERE u.id = $1"), [id.0.into()]).await?;
        row.map(UserRow::into_customer).ok_or(Error::NotFound)
    }

    /// One person by username, whatever its case. As [`Users::get`].
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn by_username(&self, actor: &Actor, username: &str) -> Result<Customer> {
        actor.require_staff()?;
        let keys = keys(username).map(Into::into);
        let id: Option<Scalar> = self.0.db.sql_one(&format!("SELECT id FROM users WHERE {BY_KEYS}"), keys).await?;
        require_manager(self.0, actor, UserId(id.ok_or(Error::NotFound)?.0)).await
    }

    /// A customer by username, whatever its case, for a filter; none when no customer has it. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn customer_named(&self, actor: &Actor, username: &str) -> Result<Option<Customer>> {
        actor.require_staff()?;
        let sql = format!("{USER} WHERE u.role = 'customer' AND {BY_KEYS}");
        let row: Option<UserRow> = self.0.db.sql_one(&sql, keys(username).map(Into::into)).await?;
        Ok(row.map(UserRow::into_customer))
    }

    /// A member of staff by username, whatever its case, for a filter: also one who left. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn member_named(&self, actor: &Actor, username: &str) -> Result<Option<UserId>> {
        actor.require_staff()?;
        let sql = format!("SELECT id FROM users WHERE role <> 'customer' AND {BY_KEYS}");
        let id: Option<Scalar> = self.0.db.sql_one(&sql, keys(username).map(Into::into)).await?;
        Ok(id.map(|id| UserId(id.0)))
    }

    /// People, newest first. Staff; the list of staff for admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &UserFilter,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<Customer>> {
        if filter.staff {
            actor.require_admin()?
        } else {
            actor.require_staff()?
        }
        let mut query = Query::new(USER);
        query.filter(if filter.staff { "u.role <> ?" } else { "u.role = ?" }, Role::Customer.as_str());
        if let Some(is_active) = filter.is_active {
            query.filter("u.is_active = ?", is_active);
        }
        for pattern in patterns(filter.text.as_deref().unwrap_or_default()) {
            query.filter(r"u.name_key LIKE ? ESCAPE '\'", pattern);
        }
        let rows: Vec<UserRow> = query.page(&self.0.db, "u.id", cursor, limit).await?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id).map(UserRow::into_customer))
    }

    /// The active members of staff, by name: to whom a ticket can be given. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn assignable(&self, actor: &Actor) -> Result<Vec<Assignee>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            username: String,
            name: String,
        }
        actor.require_staff()?;
        let rows: Vec<Row> = self
            .0
            .db
            .sql_all(
                &format!(
                    "SELECT u.id, u.username, {} AS name FROM users u WHERE u.role IN ('agent', 'admin') AND u.is_active
                     ORDER BY u.name, u.id",
                    staff_name("u")
                ),
                [],
            )
            .await?;
        let assignee = |row: Row| Assignee { id: UserId(row.id), username: row.username, name: row.name };
        Ok(rows.into_iter().map(assignee).collect())
    }

    /// The staff's first page: counts and the newest tickets. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn overview(&self, actor: &Actor) -> Result<Overview> {
        actor.require_staff()?;
        let desk = self.0;
        let mut sessions = Query::new("SELECT COUNT(*) FROM sessions s JOIN users u ON u.id = s.user_id");
        sessions::only_under_way(&mut sessions, desk, desk.now());
        let at = desk.now().as_micros();
        let count = |select: &str, condition: &str| {
            let mut query = Query::new(select);
            query.filter(condition, at);
            query
        };
        let tickets = Tickets(desk);
        let all = domain::TicketFilter::default();
        let (files, file_bytes) = crate::Attachments(desk).total(actor, &crate::FileFilter::default()).await?;
        Ok(Overview {
            tickets: tickets.count_by_status(actor, &all).await?,
            customers: count(
                "SELECT COUNT(*) FROM users u",
                "u.role = 'customer' AND u.is_active AND u.created_at <= ?",
            )
            .number(&desk.db)
            .await?,
            live_pins: count(
                "SELECT COUNT(*) FROM pins p",
                "p.redeemed_at IS NULL AND p.revoked_at IS NULL AND p.expires_at > ?",
            )
            .number(&desk.db)
            .await?,
            sessions: sessions.number(&desk.db).await?,
            files,
            file_bytes,
            newest: tickets.list(actor, &all, Cursor::First, 8).await?.items,
        })
    }
}

async fn refuse_taken(tx: &Tx, username: &str, except: Option<UserId>) -> Result<()> {
    tx.serialise("usernames").await?;
    let taken: Option<Scalar> = tx
        .sql_one(
            "SELECT id FROM users WHERE username_key IN ($1, $2) AND id <> $3",
            keys(username).map(Into::into).into_iter().chain([except.map_or(0, |id| id.0).into()]),
        )
        .await?;
    if taken.is_some() {
        return Err(Error::field("username", "A user with that username already exists. Choose another one."));
    }
    Ok(())
}

async fn insert(
    desk: &Inner,
    tx: &Tx,
    actor: Option<UserId>,
    draft: &CustomerDraft,
    role: Role,
    password_hash: Option<String>,
) -> Result<UserId> {
    refuse_taken(tx, &draft.username, None).await?;
    let at = desk.now();
    let id: Scalar = tx
        .sql_one(
            "INSERT INTO users (username, username_key, name, email, role, password_hash, is_active, created_at,
                name_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            [
                draft.username.as_str().into(),
                username_key(&draft.username).into(),
                draft.name.as_str().into(),
                draft.email.as_str().into(),
                role.as_str().into(),
                password_hash.into(),
                true.into(),
                at.as_micros().into(),
                name_key(&draft.username, &draft.name, &draft.email).into(),
            ],
        )
        .await?
        .ok_or(Error::Internal)?;
    NewEvent::of_user(EventKind::UserCreated, UserId(id.0)).record(tx, actor, at).await?;
    Ok(UserId(id.0))
}

/// A desk without an admin could not be looked after any more.
async fn refuse_last_admin(tx: &Tx, person: &Customer) -> Result<()> {
    tx.serialise("admins").await?;
    let other: Option<Scalar> = tx
        .sql_one("SELECT id FROM users WHERE role = 'admin' AND is_active AND id <> $1 LIMIT 1", [person.id.0.into()])
        .await?;
    if person.role == Role::Admin && other.is_none() {
        return Err(Error::conflict("This is the last admin. Make somebody else an admin first."));
    }
    Ok(())
}
