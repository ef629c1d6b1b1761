//! How sessions begin.

use domain::{
    Actor, Error, LedgerData, LoginKind, PinId, PinScope, Result, Role, Scope, SessionId, Timestamp, UserId, on_behalf,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
    sea_query::{JoinType, LockType},
};

use super::{
    LoggedIn,
    row::{end, is_for_passwords, mint, needs_factor, needs_welcome},
};
use crate::{
    rooms::{Inner, factors::given::UsedFactor, throttle::ClientAddress, withhold_address},
    store::{
        db::Tx,
        entities::{Sessions as Table, Users, sessions, users},
        fault::OrRefuse as _,
        random::random_hex,
        raw::sessions::Session,
        scopes::Kept,
    },
    trail::ledger::{NewEntry, from_address, opens_of},
};

/// Seconds in which a log-in that the same browser sends once more is the same log-in. A double click takes less than
/// one, on a slow network a few.
const SAME_LOGIN: i64 = 30;

/// By what somebody just proved who they are. There is no session without it.
pub(crate) enum Proof {
    /// A PIN that the same transaction redeemed.
    Pin(RedeemedPin),
    /// A return code that the same transaction found, of somebody without an identity.
    Returned(RedeemedPin<Option<PinId>>),
    /// A password that belongs to this hash. It is not enough for who has a second factor.
    Password(String),
    /// That, and a second factor which the same transaction used up.
    Factor(String, UsedFactor),
    /// A provider's token, which was verified, for this account.
    SignedOn(UserId),
    /// A set-up link: the same transaction made their account.
    SetUp,
}

/// A PIN that was just redeemed; or what a return code came of.
pub(crate) struct RedeemedPin<Id = PinId> {
    pub(crate) id: Id,
    /// What it is for.
    pub(crate) scope: PinScope,
    /// The customer's session that let them in, and until when.
    pub(crate) delegated: Option<(SessionId, Timestamp)>,
}

/// What a proof opens.
struct Opens {
    pin: Option<PinId>,
    scope: Scope,
    parent: Option<SessionId>,
}

impl Proof {
    /// Whether it lets this person in, as they are now. A password is one of staff, a PIN one of a customer.
    fn holds(&self, desk: &Inner, owner: &Owner) -> bool {
        let is_password = |hash: &String| {
            owner.role.is_staff()
                && owner.password_hash.as_ref() == Some(hash)
                && is_for_passwords(desk, &owner.username_key)
        };
        let has_factor = owner.factor_since.is_some();
        owner.is_active
            && match self {
                Self::Pin(..) => !owner.role.is_staff(),
                Self::Returned(..) => owner.is_unnamed,
                Self::Password(hash) => is_password(hash) && !has_factor,
                Self::Factor(hash, used) => is_password(hash) && has_factor && used.is_of(owner.id),
                Self::SignedOn(id) => owner.role.is_staff() && owner.id == *id,
                Self::SetUp => owner.role.is_staff(),
            }
    }

    /// What is said when it does not.
    fn refusal(&self) -> Error {
        match self {
            Self::Pin(..) | Self::Returned(..) => Error::WrongPin,
            Self::Password(_) | Self::Factor(..) => Error::WrongPassword,
            Self::SignedOn(_) => Error::Unauthenticated,
            Self::SetUp => Error::NotFound,
        }
    }

    /// What it opens.
    fn opens(self, at: Timestamp) -> Opens {
        match self {
            Self::Pin(RedeemedPin { id, scope, delegated: None }) => {
                Opens { pin: Some(id), scope: scope.opened(at), parent: None }
            }
            Self::Pin(RedeemedPin { id, scope, delegated: Some((parent, until)) }) => {
                let scope = Scope { is_delegated: true, until: Some(until), ..scope.opened(at) };
                Opens { pin: Some(id), scope, parent: Some(parent) }
            }
            Self::Returned(RedeemedPin { id, scope, .. }) => Opens { pin: id, scope: scope.opened(at), parent: None },
            Self::Password(_) | Self::Factor(..) | Self::SignedOn(_) | Self::SetUp => {
                Opens { pin: None, scope: Scope::default(), parent: None }
            }
        }
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Owner {
    id: UserId,
    username: String,
    username_key: String,
    name: String,
    role: Role,
    is_active: bool,
    is_unnamed: bool,
    password_hash: Option<String>,
    factor_since: Option<Timestamp>,
}

/// Opens a session for a person who just proved who they are, in their transaction: the one place where sessions begin.
/// The person's row is locked until the transaction ends, so a deactivation or a new password comes either before (and
/// the proof holds no longer) or after (and ends this session with the others). Whoever changes a person therefore
/// changes the row first and ends the sessions then. [`let_in`] commits it.
///
/// # Errors
/// As for a wrong PIN or password, when the proof does not hold (any more).
pub(crate) async fn open(
    desk: &Inner,
    tx: &Tx,
    id: UserId,
    proof: Proof,
    client: &ClientAddress,
    kind: LoginKind,
) -> Result<LoggedIn> {
    // SQLite, which has no such lock, has one writer at a time, which is this transaction.
    let owner = Users::find_by_id(id).lock(LockType::NoKeyUpdate).into_partial_model::<Owner>();
    let owner =
        owner.one(tx).await.or_refuse()?.filter(|owner| proof.holds(desk, owner)).ok_or_else(|| proof.refusal())?;
    let by_password = owner.password_hash.is_some() && is_for_passwords(desk, &owner.username_key);
    let Owner { username, name, role, factor_since, is_unnamed, .. } = owner;
    // Of people without an identity it is noted nowhere.
    if is_unnamed {
        withhold_address();
    }
    let address = if is_unnamed { "" } else { client.as_str() };
    let at = desk.now();
    let Opens { pin, scope, parent } = proof.opens(at);
    let kept = Kept::of(&scope);
    let (sid, jti) = (SessionId(random_hex::<16>()?), random_hex::<16>()?);
    let end = end(desk, role.is_staff(), at, scope.until);
    let expires_at = at.plus_seconds(desk.config.refresh_ttl).min(end);
    let new = sessions::ActiveModel {
        sid: Set(sid.clone()),
        user_id: Set(id),
        kind: Set(kind),
        client: Set(address.to_owned()),
        created_at: Set(at),
        last_seen_at: Set(at),
        expires_at: Set(expires_at),
        refresh_jti: Set(jti.clone()),
        pin_id: Set(pin),
        ticket_id: Set(kept.ticket_id),
        can: Set(kept.can),
        until: Set(scope.until),
        label: Set(kept.label),
        purpose: Set(kept.purpose),
        parent_sid: Set(parent),
        ..Default::default()
    };
    let opened = Table::insert(new).exec_with_returning(tx).await.or_refuse()?;
    if opened.pin_id.is_some() {
        let Kept { can, label, purpose, .. } = Kept::of(&scope);
        let opens = opens_of(&Kept { ticket_id: None, can, label, purpose });
        let by = from_address(Some(id), scope.is_delegated.then(|| scope.label.clone()), address);
        NewEntry::of_session(LedgerData::SessionBegan { by: kind, opens }, &opened).note(tx, by, at);
    }
    let seen = users::ActiveModel { last_seen_at: Set(Some(at)), ..Default::default() };
    Users::update_many().set(seen).filter(users::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    let tokens = mint(desk, id, &sid, jti, at, (expires_at, end))?;
    let name = if scope.is_delegated { on_behalf(&scope.label, &name) } else { name };
    let actor = Actor {
        id: Some(id),
        role,
        username,
        name,
        session: Some(sid),
        token: None,
        scope,
        needs_factor: needs_factor(desk, role, factor_since, by_password),
        needs_welcome: needs_welcome(kind, role, None),
        is_unnamed,
        client: None,
    };
    Ok(LoggedIn { actor, tokens })
}

/// Commits the transaction in which a session was opened, and says who was let in: only then somebody is.
///
/// # Errors
/// As [`Tx::commit`].
pub(crate) async fn let_in(tx: Tx, opened: LoggedIn, kind: LoginKind) -> Result<LoggedIn> {
    tx.commit().await?;
    let actor = &opened.actor;
    let (user, username) = actor.in_log();
    tracing::info!(
        target: crate::rooms::SECURITY,
        event = "logged_in",
        user,
        username,
        role = actor.role.as_str(),
        kind = kind.as_str(),
        "logged in"
    );
    Ok(opened)
}

/// Names a log-in: by a secret that only the browser has, and by what it proved.
pub(crate) fn login_key(desk: &Inner, browser: &str, proof: &str) -> String {
    desk.keys.keyed_hash("log-in", &format!("{browser} {proof}"))
}

/// Notes, in the transaction that opened a session, which log-in it was.
pub(crate) async fn note_login(tx: &Tx, opened: &LoggedIn, login_key: &str) -> Result<()> {
    let Some(sid) = &opened.actor.session else { return Ok(()) };
    let note = sessions::ActiveModel { login_key: Set(Some(login_key.to_owned())), ..Default::default() };
    Table::update_many().set(note).filter(sessions::COLUMN.sid.eq(sid.clone())).exec(tx).await.or_refuse()?;
    Ok(())
}

/// The session that a log-in opened a moment ago, if it is still under way: what a form that was sent twice gets, since
/// a browser shows the answer to the second and may have dropped the first with its cookies. Asked in a transaction, if
/// there is one.
pub(crate) async fn opened_by(desk: &Inner, db: &impl ConnectionTrait, login_key: &str) -> Result<Option<LoggedIn>> {
    let at = desk.now();
    // Also a little ahead of now: another machine may have opened it, by its own clock.
    let [from, to] = [-SAME_LOGIN, SAME_LOGIN].map(|seconds| at.plus_seconds(seconds));
    let newest = Table::find()
        .join(JoinType::InnerJoin, sessions::Relation::Owner.def())
        .filter(sessions::COLUMN.login_key.eq(login_key))
        .filter(sessions::COLUMN.created_at.between(from, to))
        .order_by_desc(sessions::COLUMN.id);
    let row = newest.into_partial_model::<Session>().one(db).await.or_refuse()?;
    let Some(row) = row.filter(|row| row.is_live(desk, at) && row.kind == LoginKind::Browser) else {
        return Ok(None);
    };
    let tokens = mint(desk, row.user_id, &row.sid, row.refresh_jti.clone(), at, (row.expires_at, row.end(desk)))?;
    Ok(Some(LoggedIn { actor: row.actor(desk), tokens }))
}
