//! API tokens: make, show once, authenticate, revoke, list.
//!
//! A token is 160 random bits behind a prefix by which scanners of sources find one that leaked. Its keyed hash is stored.
//! What it may do is what its owner may at the moment of each request.

use data_encoding::BASE32_NOPAD;
use domain::{
    Actor, ByToken, Cursor, Error, EventData, LedgerData, NewToken, Page, Result, Scope, SessionId, TOKEN_PREFIX,
    Timestamp, TokenDraft, TokenId, TokenRecord, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait as _, DerivePartialModel, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, QueryTrait as _, RelationTrait as _,
    sea_query::{JoinType, LockType},
};

use crate::{
    rooms::{Inner, sealed},
    store::{
        db::{Hot, Tx},
        entities::{ApiTokens as Table, Users, api_tokens},
        fault::OrRefuse as _,
        page,
        random::random,
        raw::tokens::Token,
        signal::Signal,
    },
    trail::{
        events::{By, NewEvent},
        ledger::NewEntry,
    },
};

/// Seconds after which a token that is used is noted as used again.
const USED_EVERY: i64 = 60;
/// Tokens that one person may have: more than anybody looks after.
const MOST: u64 = 50;
/// Seconds that a token waits to be shown.
const WAITS: i64 = 5 * 60;
const BYTES: usize = 20;

/// Use cases of API tokens.
pub struct ApiTokens<'a>(pub(crate) &'a Inner);

/// A token in clear, shown once.
pub struct MadeToken {
    /// The token: `pdk_` and 32 letters and digits.
    pub token: String,
    /// What is known of it.
    pub record: TokenRecord,
}

fn in_words(bytes: &[u8]) -> String {
    format!("{TOKEN_PREFIX}{}", BASE32_NOPAD.encode(bytes).to_ascii_lowercase())
}

fn hash_of(desk: &Inner, token: &str) -> String {
    desk.keys.keyed_hash("api token", token)
}

impl Token {
    /// Whether it can be used, and its owner is a member of staff as they are now.
    fn is_live(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none() && at < self.expires_at && self.is_active && self.role.is_staff()
    }
}

/// Whether a token can be used still.
pub(crate) async fn is_live(desk: &Inner, db: &impl Hot, id: TokenId) -> Result<bool> {
    Ok(Token::with_id(db, id).await?.is_some_and(|token| token.is_live(desk.now())))
}

/// Throws away what nobody came for.
pub(crate) async fn forget_sealed(desk: &Inner) -> Result<()> {
    let forget = api_tokens::ActiveModel { sealed: Set(None), ..Default::default() };
    let forget = Table::update_many()
        .set(forget)
        .filter(api_tokens::COLUMN.sealed.is_not_null())
        .filter(api_tokens::COLUMN.sealed_until.lte(desk.now()));
    desk.db.write(forget.as_query()).await?;
    Ok(())
}

/// Those of a person that were not revoked; of everybody without one.
fn kept(owner: Option<UserId>) -> Condition {
    let owner = owner.map(|owner| api_tokens::COLUMN.user_id.eq(owner));
    Condition::all().add(api_tokens::COLUMN.revoked_at.is_null()).add_option(owner)
}

/// Revokes tokens, in a transaction; how many it were.
async fn revoke(tx: &Tx, which: Condition, by: impl Into<By>, at: Timestamp) -> Result<u64> {
    let by = by.into();
    let revoked = api_tokens::ActiveModel { revoked_at: Set(Some(at)), sealed: Set(None), ..Default::default() };
    let revoke = Table::update_many().set(revoked).filter(which);
    let revoked = revoke.exec_with_returning(tx).await.or_refuse()?;
    for token in &revoked {
        // Its streams end.
        tx.signal(Signal::Sessions { user: token.user_id });
        let revoked = LedgerData::ApiTokenRevoked { token: token.id, name: token.name.clone() };
        NewEntry::of_person(revoked, token.user_id).note(tx, by.clone(), at);
        let event = NewEvent::of_user(EventData::ApiTokenRevoked { token: token.id }, token.user_id);
        event.record(tx, by.clone(), at).await?;
    }
    Ok(revoked.len() as u64)
}

/// Revokes a person's tokens, in a transaction; how many it were.
pub(crate) async fn revoke_all(tx: &Tx, owner: UserId, by: impl Into<By>, at: Timestamp) -> Result<u64> {
    revoke(tx, kept(Some(owner)), by, at).await
}

/// Whoever looks after a person's tokens: they themselves, admins, the command line.
fn require_keeper(actor: &Actor, owner: UserId) -> Result<()> {
    actor.require_staff()?;
    actor.require_in_person()?;
    if actor.id == Some(owner) { Ok(()) } else { actor.require_admin() }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Listed {
    id: TokenId,
    user_id: UserId,
    name: String,
    is_read_only: bool,
    made_at: Timestamp,
    expires_at: Timestamp,
    last_used_at: Option<Timestamp>,
    #[sea_orm(nested)]
    owner: Owner,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Owner {
    username: String,
}

impl Listed {
    fn into_record(self) -> TokenRecord {
        TokenRecord {
            id: self.id,
            user_id: self.user_id,
            username: self.owner.username,
            name: self.name,
            is_read_only: self.is_read_only,
            made_at: self.made_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
        }
    }
}

fn records() -> sea_orm::Select<Table> {
    Table::find().join(JoinType::InnerJoin, api_tokens::Relation::Users.def())
}

impl ApiTokens<'_> {
    /// Whose token this is, as they are now, in one query. A token that is none takes the same steps.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is wrong, expired or revoked, or its owner is no active member of staff (any more).
    pub async fn authenticate(&self, token: &str) -> Result<Actor> {
        let desk = self.0;
        let at = desk.now();
        let found = Token::find(&desk.db, &hash_of(desk, token)).await?;
        let found = found.filter(|token| token.is_live(at)).ok_or(Error::Unauthenticated)?;
        // A moment that lies ahead comes from a clock that was wrong.
        if !found.last_used_at.is_some_and(|used| (0..USED_EVERY).contains(&at.seconds_since(used))) {
            let used = api_tokens::ActiveModel { last_used_at: Set(Some(at)), ..Default::default() };
            let note = Table::update_many().set(used).filter(api_tokens::COLUMN.id.eq(found.id));
            desk.db.by_the_way(vec![note.build(desk.db.get_database_backend())]).await;
        }
        Ok(Actor {
            id: Some(found.user_id),
            role: found.role,
            username: found.username,
            name: found.name,
            session: None,
            token: Some(ByToken { id: found.id, is_read_only: found.is_read_only }),
            scope: Scope::default(),
            // A person made it who was let in then; programs do not stop when the desk begins to ask people for more.
            needs_factor: false,
            needs_welcome: false,
            is_unnamed: false,
            client: None,
        })
    }

    /// Makes a token of the caller's own, and shows it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers, and for who asks by a token; [`Error::Invalid`] for `name` and `ttl`;
    /// [`Error::Conflict`] for who has too many.
    pub async fn make(&self, actor: &Actor, draft: &TokenDraft) -> Result<MadeToken> {
        self.make_for(actor, actor.id.ok_or(Error::NotFound)?, draft).await
    }

    /// Makes a token of a member of staff, and shows it: one's own, or as the command line anybody's. To make one of somebody
    /// else would be to do things in their name.
    ///
    /// # Errors
    /// As [`ApiTokens::make`]; [`Error::NotFound`] for who is no active member of staff.
    pub async fn make_for(&self, actor: &Actor, owner: UserId, draft: &TokenDraft) -> Result<MadeToken> {
        let desk = self.0;
        let (tx, bytes, id) = self.insert(actor, owner, draft, None).await?;
        tx.commit().await?;
        let record = self.record(id).await?.ok_or(Error::Internal)?;
        made_in_log(desk, actor, &record);
        Ok(MadeToken { token: in_words(&bytes), record })
    }

    /// Makes a token of the caller's own and keeps it for their session, to be shown once: the form's answer is a redirect, and
    /// an address is no place for a secret.
    ///
    /// # Errors
    /// As [`ApiTokens::make`].
    pub async fn make_to_show(&self, actor: &Actor, draft: &TokenDraft) -> Result<TokenId> {
        let (owner, sid) = (actor.id.ok_or(Error::NotFound)?, actor.session.as_ref().ok_or(Error::Unauthenticated)?);
        let (tx, _, id) = self.insert(actor, owner, draft, Some(sid)).await?;
        tx.commit().await?;
        if let Some(record) = self.record(id).await? {
            made_in_log(self.0, actor, &record);
        }
        Ok(id)
    }

    async fn insert(
        &self,
        actor: &Actor,
        owner: UserId,
        draft: &TokenDraft,
        shown_to: Option<&SessionId>,
    ) -> Result<(Tx, [u8; BYTES], TokenId)> {
        let desk = self.0;
        actor.require_staff()?;
        actor.require_in_person()?;
        if actor.id.is_some_and(|id| id != owner) {
            return Err(Error::forbidden("Everybody makes their own API tokens."));
        }
        let NewToken { name, ttl, is_read_only } = draft.check()?;
        let tx = desk.db.begin().await?;
        // Locked, so that a deactivation comes before, or after and revokes it. SQLite has one writer.
        let person = Users::find_by_id(owner).lock(LockType::NoKeyUpdate).one(&tx).await.or_refuse()?;
        person.filter(|person| person.is_active && person.role.is_staff()).ok_or(Error::NotFound)?;
        let at = desk.now();
        let live = kept(Some(owner)).add(api_tokens::COLUMN.expires_at.gt(at));
        if Table::find().filter(live).count(&tx).await.or_refuse()? >= MOST {
            return Err(Error::conflict(format!(
                "{MOST} API tokens are the most that one person may have. Revoke one first."
            )));
        }
        let bytes = random::<BYTES>()?;
        let seal = shown_to.map(|_| sealed::seal(desk, &bytes)).transpose()?;
        let expires_at = at.plus_seconds(ttl);
        let new = api_tokens::ActiveModel {
            user_id: Set(owner),
            name: Set(name.clone()),
            hash: Set(hash_of(desk, &in_words(&bytes))),
            is_read_only: Set(is_read_only),
            made_at: Set(at),
            expires_at: Set(expires_at),
            sealed: Set(seal),
            sealed_for: Set(shown_to.cloned()),
            sealed_until: Set(shown_to.map(|_| at.plus_seconds(WAITS))),
            ..Default::default()
        };
        let id = Table::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
        let made = LedgerData::ApiTokenMade { token: id, name, is_read_only, expires_at };
        NewEntry::of_person(made, owner).note(&tx, actor, at);
        NewEvent::of_user(EventData::ApiTokenMade { token: id }, owner).record(&tx, actor, at).await?;
        Ok((tx, bytes, id))
    }

    async fn record(&self, id: TokenId) -> Result<Option<TokenRecord>> {
        let row = records().filter(kept(None)).filter(api_tokens::COLUMN.id.eq(id)).into_partial_model::<Listed>();
        Ok(row.one(&self.0.db).await.or_refuse()?.map(Listed::into_record))
    }

    /// Gives a token out to the session that made it, once; nothing when it was given out already, or cannot be used any
    /// more.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Unavailable`]
    pub async fn show_once(&self, actor: &Actor, id: TokenId) -> Result<Option<MadeToken>> {
        actor.require_staff()?;
        let desk = self.0;
        let Some(sid) = &actor.session else { return Ok(None) };
        let waits = Condition::all()
            .add(api_tokens::COLUMN.id.eq(id))
            .add(api_tokens::COLUMN.sealed_for.eq(sid.clone()))
            .add(api_tokens::COLUMN.sealed_until.gt(desk.now()));
        let waiting = Table::find().filter(waits).one(&desk.db).await.or_refuse()?;
        let Some(row) = waiting else { return Ok(None) };
        let Some(seal) = row.sealed else { return Ok(None) };
        let tx = desk.db.begin().await?;
        let taken = api_tokens::ActiveModel { sealed: Set(None), ..Default::default() };
        let taken = Table::update_many()
            .set(taken)
            .filter(api_tokens::COLUMN.id.eq(id))
            .filter(api_tokens::COLUMN.sealed.is_not_null());
        // Of two that ask at once one changes it.
        let is_first = taken.exec(&tx).await.or_refuse()?.rows_affected == 1;
        tx.commit().await?;
        let token = sealed::open(desk, &seal).filter(|_| is_first).map(|bytes| in_words(&bytes));
        let token = token.filter(|token| hash_of(desk, token) == row.hash);
        Ok(token.zip(self.record(id).await?).map(|(token, record)| MadeToken { token, record }))
    }

    /// Revokes a token. One's own; anybody's for admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers, and for who asks by a token; [`Error::NotFound`] for another's, and for one that was
    /// revoked already.
    pub async fn revoke(&self, actor: &Actor, id: TokenId) -> Result<TokenRecord> {
        let desk = self.0;
        actor.require_staff()?;
        actor.require_in_person()?;
        let record = self.record(id).await?.ok_or(Error::NotFound)?;
        require_keeper(actor, record.user_id).map_err(|_| Error::NotFound)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        if revoke(&tx, kept(None).add(api_tokens::COLUMN.id.eq(id)), actor, at).await? == 0 {
            return Err(Error::NotFound);
        }
        tx.commit().await?;
        tracing::info!(
            target: crate::rooms::SECURITY,
            event = "api_token_revoked",
            token = id.0,
            user = record.user_id.0,
            username = record.username,
            by = actor.username,
            "an API token was revoked"
        );
        Ok(record)
    }

    /// Tokens that were not revoked, newest first; of one person if given. One's own; others' for admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        owner: Option<UserId>,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<TokenRecord>> {
        match owner {
            Some(owner) => require_keeper(actor, owner)?,
            None => {
                actor.require_in_person()?;
                actor.require_admin()?;
            }
        }
        let query = page::by_id(records().filter(kept(owner)), api_tokens::Column::Id, cursor, limit);
        let rows = query.into_partial_model::<Listed>().all(&self.0.db).await.or_refuse()?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id.0).map(Listed::into_record))
    }
}

fn made_in_log(desk: &Inner, actor: &Actor, record: &TokenRecord) {
    tracing::info!(
        target: crate::rooms::SECURITY,
        event = "api_token_made",
        token = record.id.0,
        user = record.user_id.0,
        username = record.username,
        read_only = record.is_read_only,
        seconds = record.expires_at.seconds_since(desk.now()),
        by = actor.username,
        "an API token was made"
    );
}
