//! Who is calling: a customer makes a code on their own page and reads it to the agent who answers, who types it in. It
//! shows that the caller is in, and gives the caller nothing.

mod calling;

use domain::{
    Actor, Caller, CallerCode, CallerCodeShown, CallerOutcome, Cursor, Error, LedgerData, PinId, Result, SessionId,
    TicketFilter, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::{
    rooms::{
        Inner,
        known::{KNOWN_FOR, a_moment_ago, known_at},
        tickets::Tickets,
    },
    store::{
        db::Tx,
        entities::{
            CallerChecks as Checks, CallerCodes as Codes, Pins, Sessions, caller_checks as checks,
            caller_codes as codes, pins, sessions,
        },
        fault::OrRefuse as _,
        names::shown_name_of,
        random::random_hex,
        raw::sessions::Session,
        signal::Signal,
    },
    trail::ledger::NewEntry,
};

/// Seconds that a code lives.
const LIFE: i64 = 5 * 60;
/// Codes that an agent may get wrong in so many seconds.
const WRONG_MAX: u64 = 5;
const WRONG_WINDOW: i64 = 10 * 60;
/// Codes that are looked through for one that nobody else has now.
const TRIES: usize = 20;
/// Tickets that an agent is shown.
const TICKETS: usize = 50;
const WRONG: &str = "This code is wrong, was used, or is over. Ask the caller for a new one.";

/// Use cases of callers' codes.
pub struct Callers<'a>(pub(crate) &'a Inner);

fn code_of(desk: &Inner, sid: &SessionId, nonce: &str) -> CallerCode {
    let bytes = desk.keys.keyed_bytes("caller code", &format!("{} {nonce}", sid.0));
    let bits = bytes.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    CallerCode::from_random(bits)
}

fn hash_of(desk: &Inner, code: &CallerCode) -> String {
    desk.keys.keyed_hash("caller code typed", code.digits())
}

/// The session that a code is for.
fn own_session(actor: &Actor) -> Result<(UserId, &SessionId)> {
    let customer = actor.require_customer()?;
    actor.require_own()?;
    Ok((customer, actor.session.as_ref().ok_or(Error::Unauthenticated)?))
}

impl Callers<'_> {
    /// Makes a code for the session that asks, in place of one that it had. Customers.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for staff, for who may only drop files and for whom a customer let in.
    pub async fn make(&self, actor: &Actor) -> Result<CallerCodeShown> {
        let desk = self.0;
        let (customer, sid) = own_session(actor)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        // Of two who make one at once, the second sees the first's.
        tx.serialise("caller codes").await?;
        Codes::delete_many().filter(codes::COLUMN.sid.eq(sid.clone())).exec(&tx).await.or_refuse()?;
        let (nonce, code) = free(desk, &tx, sid, at).await?;
        let expires_at = at.plus_seconds(LIFE);
        let new = codes::ActiveModel {
            sid: Set(sid.clone()),
            user_id: Set(customer),
            nonce: Set(nonce),
            hash: Set(Some(hash_of(desk, &code))),
            made_at: Set(at),
            expires_at: Set(expires_at),
            ..Default::default()
        };
        Codes::insert(new).exec_without_returning(&tx).await.or_refuse()?;
        tx.commit().await?;
        Ok(CallerCodeShown { code: Some(code), expires_at, checked_at: None })
    }

    /// The code of the session that asks, while it can be used; after it was used, when that was, for a quarter of an hour.
    /// Customers.
    ///
    /// # Errors
    /// As [`Callers::make`].
    pub async fn current(&self, actor: &Actor) -> Result<Option<CallerCodeShown>> {
        let desk = self.0;
        let (_, sid) = own_session(actor)?;
        let at = desk.now();
        let row = Codes::find().filter(codes::COLUMN.sid.eq(sid.clone())).one(&desk.db).await.or_refuse()?;
        Ok(row.and_then(|row| {
            let is_shown = match row.checked_at {
                None => at < row.expires_at,
                Some(checked_at) => at < checked_at.plus_seconds(KNOWN_FOR),
            };
            let code = row.checked_at.is_none().then(|| code_of(desk, sid, &row.nonce));
            let shown = CallerCodeShown { code, expires_at: row.expires_at, checked_at: row.checked_at };
            is_shown.then_some(shown)
        }))
    }

    /// Says whose code was read to an agent, once: their session is under way. Five that are wrong in ten minutes, and the
    /// next ones are refused unseen. All of it is noted. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] (`code`) for what is no code, is wrong, was used or is over;
    /// [`Error::TooManyAttempts`].
    pub async fn check(&self, actor: &Actor, typed: &str) -> Result<Caller> {
        let desk = self.0;
        let agent = require_agent(actor)?;
        let code = CallerCode::parse(typed).map_err(|sentence| Error::field("code", sentence))?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        // Codes of one agent are looked at one after the other.
        tx.serialise(&format!("caller checks {agent}")).await?;
        if let Some(retry_after) = wait(&tx, agent, at).await? {
            note(&tx, actor, (CallerOutcome::Refused, LedgerData::CallerRefused), None, at).await?;
            tx.commit().await?;
            tracing::warn!(target: crate::rooms::SECURITY, event = "caller_refused", user = agent.0, "too many wrong");
            return Err(Error::TooManyAttempts { retry_after });
        }
        let Some(session) = take(desk, &tx, &code, at).await? else {
            note(&tx, actor, (CallerOutcome::Wrong, LedgerData::CallerWrong), None, at).await?;
            tx.commit().await?;
            tracing::warn!(target: crate::rooms::SECURITY, event = "caller_wrong", user = agent.0, "a wrong code");
            return Err(Error::field("code", WRONG));
        };
        let check = note(&tx, actor, (CallerOutcome::Checked, LedgerData::CallerChecked), Some(&session), at).await?;
        tx.signal(Signal::Person { user: session.user_id });
        tx.commit().await?;
        tracing::info!(
            target: crate::rooms::SECURITY,
            event = "caller_checked",
            user = agent.0,
            customer = session.user_id.0,
            "a caller showed that they are in"
        );
        self.caller(actor, check, at, session).await
    }

    /// What an agent learned by a check of theirs, for a quarter of an hour. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for another's, one that was wrong, or one of before.
    pub async fn checked(&self, actor: &Actor, check: i64) -> Result<Caller> {
        let desk = self.0;
        let agent = require_agent(actor)?;
        let row = Checks::find_by_id(check)
            .filter(a_moment_ago(agent, CallerOutcome::Checked, desk.now()))
            .one(&desk.db)
            .await
            .or_refuse()?;
        let row = row.ok_or(Error::NotFound)?;
        let session = match &row.sid {
            Some(sid) => Session::find(&desk.db, sid).await?,
            None => None,
        };
        self.caller(actor, row.id, row.at, session.ok_or(Error::NotFound)?).await
    }

    /// When the agent who asks checked that this customer calls, or wrote how else they know them, within the last quarter of an
    /// hour. A session that is for less than the customer shows nothing of the kind: it may be somebody's to whom the PIN was given.
    /// Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn verified(&self, actor: &Actor, customer: UserId) -> Result<Option<Timestamp>> {
        let desk = self.0;
        actor.require_staff()?;
        let Some(agent) = actor.id else { return Ok(None) };
        known_at(&desk.db, agent, customer, desk.now()).await
    }

    async fn caller(&self, actor: &Actor, check: i64, at: Timestamp, session: Session) -> Result<Caller> {
        let desk = self.0;
        let theirs = TicketFilter { requester: Some(session.user_id), ..TicketFilter::default() };
        let tickets = Tickets(desk).list(actor, &theirs, Cursor::First, TICKETS).await?.items;
        Ok(Caller {
            check,
            checked_at: at,
            id: session.user_id,
            let_in_by: let_in_by(desk, &session.sid).await?,
            logged_in_at: session.created_at,
            scope: session.scope(desk),
            username: session.username,
            name: session.name,
            tickets: tickets.into_iter().filter(|ticket| ticket.status.is_open()).collect(),
        })
    }
}

fn require_agent(actor: &Actor) -> Result<UserId> {
    actor.require_staff()?;
    actor.id.ok_or_else(|| Error::forbidden("Nobody calls the command line."))
}

/// A code that no other session has now, and what it is made from.
async fn free(desk: &Inner, tx: &Tx, sid: &SessionId, at: Timestamp) -> Result<(String, CallerCode)> {
    for _ in 0..TRIES {
        let nonce = random_hex::<16>()?;
        let code = code_of(desk, sid, &nonce);
        let same = codes::COLUMN.hash.eq(hash_of(desk, &code));
        // One that is over gives its number back.
        Codes::delete_many()
            .filter(same.clone())
            .filter(codes::COLUMN.expires_at.lte(at))
            .exec(tx)
            .await
            .or_refuse()?;
        if Codes::find().filter(same).one(tx).await.or_refuse()?.is_none() {
            return Ok((nonce, code));
        }
    }
    Err(Error::Unavailable)
}

/// Uses a code up, if it is one of a session under way.
async fn take(desk: &Inner, tx: &Tx, code: &CallerCode, at: Timestamp) -> Result<Option<Session>> {
    let used = codes::ActiveModel { checked_at: Set(Some(at)), hash: Set(None), ..Default::default() };
    let take = Codes::update_many()
        .set(used)
        .filter(codes::COLUMN.hash.eq(hash_of(desk, code)))
        .filter(codes::COLUMN.expires_at.gt(at));
    let Some(taken) = take.exec_with_returning(tx).await.or_refuse()?.pop() else { return Ok(None) };
    Ok(Session::find(tx, &taken.sid).await?.filter(|session| session.is_live(desk, at)))
}

/// How many seconds an agent must wait after codes that were wrong, if they must.
async fn wait(tx: &Tx, agent: UserId, at: Timestamp) -> Result<Option<u64>> {
    let wrong = Checks::find()
        .filter(checks::COLUMN.agent_id.eq(agent))
        .filter(checks::COLUMN.outcome.eq(CallerOutcome::Wrong))
        .filter(checks::COLUMN.at.gt(at.plus_seconds(-WRONG_WINDOW)))
        .order_by_desc(checks::COLUMN.at)
        .limit(WRONG_MAX);
    let wrong: Vec<Timestamp> =
        wrong.select_only().column(checks::Column::At).into_tuple().all(tx).await.or_refuse()?;
    let first = wrong.last().filter(|_| wrong.len() as u64 == WRONG_MAX);
    Ok(first.map(|first| first.plus_seconds(WRONG_WINDOW).seconds_since(at).clamp(1, WRONG_WINDOW).unsigned_abs()))
}

async fn note(
    tx: &Tx,
    actor: &Actor,
    (outcome, data): (CallerOutcome, LedgerData),
    session: Option<&Session>,
    at: Timestamp,
) -> Result<i64> {
    let agent = require_agent(actor)?;
    let entry = match session {
        Some(session) => NewEntry::of_customer(data, session.user_id, session.ticket_id).session(Some(&session.sid)),
        None => NewEntry::of_desk(data),
    };
    entry.note(tx, actor, at);
    let new = checks::ActiveModel {
        agent_id: Set(agent),
        at: Set(at),
        outcome: Set(outcome),
        customer_id: Set(session.map(|session| session.user_id)),
        sid: Set(session.map(|session| session.sid.clone())),
        ..Default::default()
    };
    Ok(Checks::insert(new).exec(tx).await.or_refuse()?.last_insert_id)
}

/// Who issued the PIN that opened a session.
async fn let_in_by(desk: &Inner, sid: &SessionId) -> Result<Option<String>> {
    let db = &desk.db;
    let pin =
        Sessions::find().select_only().column(sessions::Column::PinId).filter(sessions::COLUMN.sid.eq(sid.clone()));
    let pin: Option<Option<PinId>> = pin.into_tuple().one(db).await.or_refuse()?;
    let Some(pin) = pin.flatten() else { return Ok(None) };
    let issuer = Pins::find_by_id(pin).select_only().column(pins::Column::IssuedBy);
    let issuer: Option<Option<UserId>> = issuer.into_tuple().one(db).await.or_refuse()?;
    let Some(issuer) = issuer.flatten() else { return Ok(None) };
    shown_name_of(db, issuer).await
}
