//! The first admin, who sets the desk up.

use domain::{Error, LedgerData, LoginKind, PersonDraft, Result, Role, UserId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::Expr,
};

use super::{Users, access, insert};
use crate::{
    rooms::{
        Inner,
        sessions::{self, LoggedIn},
        throttle::ClientAddress,
    },
    store::{
        entities::{Users as Table, users},
        fault::OrRefuse as _,
        names,
    },
    trail::ledger::{NewEntry, from_address},
};

/// The purpose of keyed hashes that are set-up tokens.
const SET_UP: &str = "set-up";

/// The one-time token of the set-up page: whoever has it makes the first admin. No `Debug`: it is a secret.
#[derive(Clone)]
pub struct SetUpLink(pub(crate) String);

impl SetUpLink {
    /// The token for the link's query.
    pub fn token(&self) -> &str {
        &self.0
    }
}

async fn has_admin(db: &impl ConnectionTrait) -> Result<bool> {
    let admins = Table::find().filter(users::COLUMN.role.eq(Role::Admin)).filter(users::COLUMN.is_active.eq(true));
    let admin: Option<UserId> =
        admins.select_only().column(users::Column::Id).into_tuple().one(db).await.or_refuse()?;
    Ok(admin.is_some())
}

/// What the same form led to a moment ago.
async fn earlier(desk: &Inner, db: &impl ConnectionTrait, login_key: Option<&str>) -> Result<LoggedIn> {
    match login_key {
        Some(login_key) => sessions::opened_by(desk, db, login_key).await?.ok_or(Error::NotFound),
        None => Err(Error::NotFound),
    }
}

impl Users<'_> {
    /// A set-up token while the desk has no admin: the same one in every process, until it is used.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn set_up_link(&self) -> Result<Option<SetUpLink>> {
        if has_admin(&self.0.db).await? {
            return Ok(None);
        }
        Ok(Some(SetUpLink(self.0.keys.keyed_hash(SET_UP, &self.newest_member().await?))))
    }

    /// What a set-up token stands for: every process makes the same one, and one that was used is never made again,
    /// whatever becomes of the admin it made.
    async fn newest_member(&self) -> Result<String> {
        // Not by the ids, among which those of customers are many, but by the index of the team.
        let newest = Expr::col((Table, users::Column::Id)).add(0i64).max();
        let newest = Table::find().select_only().expr_as(newest, "newest").filter(names::is_staff());
        let newest: Option<UserId> = newest.into_tuple().one(&self.0.db).await.or_refuse()?.flatten();
        Ok(newest.unwrap_or(UserId(0)).to_string())
    }

    /// Whether the token of a set-up link can still be used.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn can_set_up(&self, token: &str) -> Result<bool> {
        let stands_for = self.newest_member().await?;
        Ok(self.0.keys.is_keyed_hash(SET_UP, &stands_for, token) && !has_admin(&self.0.db).await?)
    }

    /// Makes the first admin with a set-up token and logs them in. A form that the same browser, known by a secret,
    /// sends once more within half a minute leads to the session that the first one opened.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the token is wrong or there is an admin already; [`Error::Invalid`].
    pub async fn set_up(
        &self,
        token: &str,
        draft: &PersonDraft,
        password: &str,
        client: &ClientAddress,
        browser: Option<&str>,
    ) -> Result<LoggedIn> {
        let desk = self.0;
        let login_key = browser.map(|browser| sessions::login_key(desk, browser, &format!("{SET_UP} {token}")));
        if !self.can_set_up(token).await? {
            let tx = desk.db.begin().await?;
            let opened = earlier(desk, &tx, login_key.as_deref()).await?;
            tx.commit().await?;
            return Ok(opened);
        }
        let (profile, hash) = access::check_with_password(draft, password).await?;
        let tx = desk.db.begin().await?;
        tx.serialise("set-up").await?;
        if has_admin(&tx).await? {
            let opened = earlier(desk, &tx, login_key.as_deref()).await?;
            // The session is on the disk, whatever became of the first answer.
            tx.commit().await?;
            return Ok(opened);
        }
        let id = insert(desk, &tx, None, profile, Role::Admin, Some(hash)).await?;
        let by = from_address(None, None, client.as_str());
        NewEntry::of_person(LedgerData::PersonAdded { role: Role::Admin }, id).note(&tx, by, desk.now());
        let logged_in = sessions::open(desk, &tx, id, sessions::Proof::SetUp, client, LoginKind::Browser).await?;
        if let Some(login_key) = &login_key {
            sessions::note_login(&tx, &logged_in, login_key).await?;
        }
        sessions::let_in(tx, logged_in, LoginKind::Browser).await
    }
}
