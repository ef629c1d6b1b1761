//! The second factors that are kept: use one up, and take all of somebody's away. Passkeys are beside this (`passkeys`).

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use domain::{Error, FactorCode, RECOVERY_CODES, Result, SessionId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, QueryTrait as _, sea_query::LockType,
};

use super::{
    challenges,
    given::{Factor, Refused, UsedFactor},
    passkeys, totp,
};
use crate::{
    rooms::{Inner, sealed},
    store::{
        db::Tx,
        entities::{Authenticators, RecoveryCodes, Users, authenticators, recovery_codes, users},
        fault::OrRefuse as _,
        random::random,
    },
};

/// Seconds that a secret waits to be confirmed, and recovery codes to be shown.
pub(super) const WAITS: i64 = 15 * 60;

/// The secret of an authenticator app.
pub(super) struct AppSecret(pub(super) [u8; totp::SECRET]);

impl AppSecret {
    /// As apps take it: base 32 (RFC 4648).
    pub(super) fn text(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }
}

fn mark_of(desk: &Inner, secret: &[u8]) -> String {
    desk.keys.keyed_hash("authenticator", &BASE32_NOPAD.encode(secret))
}

fn hash_of(desk: &Inner, user: UserId, recovery: &str) -> String {
    desk.keys.keyed_hash("recovery code", &format!("{user} {recovery}"))
}

/// Locks a person's row, so that one thing after the other happens to their factors and log-ins. SQLite has one writer.
pub(crate) async fn lock(tx: &Tx, user: UserId) -> Result<users::Model> {
    Users::find_by_id(user).lock(LockType::NoKeyUpdate).one(tx).await.or_refuse()?.ok_or(Error::NotFound)
}

/// Makes a new secret for a session, in the place of one that was not confirmed.
pub(super) async fn begin(desk: &Inner, tx: &Tx, user: UserId, sid: &SessionId, at: Timestamp) -> Result<()> {
    Authenticators::delete_many().filter(authenticators::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    let secret = random::<{ totp::SECRET }>()?;
    let new = authenticators::ActiveModel {
        user_id: Set(user),
        sealed: Set(sealed::seal(desk, &secret)?),
        mark: Set(mark_of(desk, &secret)),
        made_for: Set(sid.clone()),
        made_at: Set(at),
        ..Default::default()
    };
    Authenticators::insert(new).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

fn opened(desk: &Inner, app: &authenticators::Model) -> Option<AppSecret> {
    let secret: Option<[u8; totp::SECRET]> = sealed::open(desk, &app.sealed).and_then(|bytes| bytes.try_into().ok());
    let secret = secret.filter(|secret| mark_of(desk, secret) == app.mark);
    if secret.is_none() {
        // Whoever has one is not let in without it.
        tracing::error!(user = app.user_id.0, "an authenticator cannot be read: the desk's secret is another one now");
    }
    secret.map(AppSecret)
}

/// The secret that waits to be confirmed by a session.
pub(super) async fn waiting(
    desk: &Inner,
    db: &impl ConnectionTrait,
    user: UserId,
    sid: &SessionId,
) -> Result<Option<AppSecret>> {
    let app = Authenticators::find()
        .filter(authenticators::COLUMN.user_id.eq(user))
        .filter(authenticators::COLUMN.made_for.eq(sid.clone()))
        .filter(authenticators::COLUMN.made_at.gt(desk.now().plus_seconds(-WAITS)))
        .filter(authenticators::COLUMN.confirmed_at.is_null());
    Ok(app.one(db).await.or_refuse()?.and_then(|app| opened(desk, &app)))
}

/// Takes a secret from now on, if this is a code of it. Whether it is.
pub(super) async fn confirm(
    desk: &Inner,
    tx: &Tx,
    (user, sid): (UserId, &SessionId),
    typed: &FactorCode,
    at: Timestamp,
) -> Result<bool> {
    let FactorCode::App(typed) = typed else { return Ok(false) };
    let secret = waiting(desk, tx, user, sid).await?.ok_or(Error::NotFound)?;
    let Some(step) = totp::step_of(&secret.0, *typed, at) else { return Ok(false) };
    let counts =
        authenticators::ActiveModel { confirmed_at: Set(Some(at)), last_step: Set(Some(step)), ..Default::default() };
    let of_user = authenticators::COLUMN.user_id.eq(user);
    Authenticators::update_many().set(counts).filter(of_user).exec(tx).await.or_refuse()?;
    Ok(true)
}

/// Whether somebody has an authenticator app that counts.
pub(super) async fn has_app(db: &impl ConnectionTrait, user: UserId) -> Result<bool> {
    let confirmed = Authenticators::find()
        .filter(authenticators::COLUMN.user_id.eq(user))
        .filter(authenticators::COLUMN.confirmed_at.is_not_null());
    Ok(confirmed.count(db).await.or_refuse()? > 0)
}

/// A password alone lets somebody in no more, or again.
pub(super) async fn set_since(tx: &Tx, user: UserId, since: Option<Timestamp>) -> Result<()> {
    let set = users::ActiveModel { factor_since: Set(since), ..Default::default() };
    Users::update_many().set(set).filter(users::COLUMN.id.eq(user)).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Uses a second factor up, in a transaction that holds its owner's row, or says why not.
pub(crate) async fn use_up(
    desk: &Inner,
    tx: &Tx,
    user: UserId,
    given: &Factor,
    at: Timestamp,
) -> Result<Result<UsedFactor, Refused>> {
    let used = match given {
        Factor::Code(FactorCode::App(typed)) => use_app(desk, tx, user, *typed, at).await?,
        Factor::Code(FactorCode::Recovery(typed)) => use_recovery(desk, tx, user, typed, at).await?,
        Factor::Passkey(answer) => return passkeys::use_up(desk, tx, user, answer, at).await,
    };
    Ok(used.ok_or(Refused::Wrong))
}

async fn use_app(desk: &Inner, tx: &Tx, user: UserId, typed: u32, at: Timestamp) -> Result<Option<UsedFactor>> {
    let column = authenticators::COLUMN;
    let confirmed = Condition::all().add(column.user_id.eq(user)).add(column.confirmed_at.is_not_null());
    let app = Authenticators::find().filter(confirmed.clone()).one(tx).await.or_refuse()?;
    let Some(secret) = app.and_then(|app| opened(desk, &app)) else { return Ok(None) };
    let Some(step) = totp::step_of(&secret.0, typed, at) else { return Ok(None) };
    // Of two that give the same code one changes the row. A step that lies ahead of all is from before the clock was set back.
    let is_new = Condition::any()
        .add(column.last_step.is_null())
        .add(column.last_step.lt(step))
        .add(column.last_step.gt(totp::last_taken(at)));
    let used = authenticators::ActiveModel { last_step: Set(Some(step)), ..Default::default() };
    let used = Authenticators::update_many().set(used).filter(confirmed).filter(is_new).exec(tx).await.or_refuse()?;
    Ok((used.rows_affected == 1).then_some(UsedFactor { user, codes_left: None }))
}

async fn use_recovery(desk: &Inner, tx: &Tx, user: UserId, typed: &str, at: Timestamp) -> Result<Option<UsedFactor>> {
    let used = recovery_codes::ActiveModel { used_at: Set(Some(at)), sealed: Set(None), ..Default::default() };
    let used = RecoveryCodes::update_many()
        .set(used)
        .filter(recovery_codes::COLUMN.hash.eq(hash_of(desk, user, typed)))
        .filter(recovery_codes::COLUMN.used_at.is_null());
    if used.exec(tx).await.or_refuse()?.rows_affected != 1 {
        return Ok(None);
    }
    Ok(Some(UsedFactor { user, codes_left: Some(codes_left(tx, user).await?) }))
}

/// How many recovery codes somebody has left.
pub(super) async fn codes_left(db: &impl ConnectionTrait, user: UserId) -> Result<u64> {
    let left =
        Condition::all().add(recovery_codes::COLUMN.user_id.eq(user)).add(recovery_codes::COLUMN.used_at.is_null());
    RecoveryCodes::find().filter(left).count(db).await.or_refuse()
}

/// Makes new recovery codes in the place of those before, to be shown once to a session.
pub(super) async fn make_codes(desk: &Inner, tx: &Tx, user: UserId, sid: &SessionId, at: Timestamp) -> Result<()> {
    RecoveryCodes::delete_many().filter(recovery_codes::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    let mut rows = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let bytes = random::<6>()?;
        rows.push(recovery_codes::ActiveModel {
            user_id: Set(user),
            hash: Set(hash_of(desk, user, &in_words(&bytes))),
            made_at: Set(at),
            sealed: Set(Some(sealed::seal(desk, &bytes)?)),
            sealed_for: Set(Some(sid.clone())),
            sealed_until: Set(Some(at.plus_seconds(WAITS))),
            ..Default::default()
        });
    }
    RecoveryCodes::insert_many(rows).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

fn in_words(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Gives out the codes that wait for a session, once.
pub(super) async fn show_codes(desk: &Inner, tx: &Tx, user: UserId, sid: &SessionId) -> Result<Vec<String>> {
    let column = recovery_codes::COLUMN;
    let wait = Condition::all()
        .add(column.user_id.eq(user))
        .add(column.sealed.is_not_null())
        .add(column.sealed_for.eq(sid.clone()))
        .add(column.sealed_until.gt(desk.now()));
    let waiting = RecoveryCodes::find().filter(wait.clone()).all(tx).await.or_refuse()?;
    let shown = recovery_codes::ActiveModel { sealed: Set(None), ..Default::default() };
    let shown = RecoveryCodes::update_many().set(shown).filter(wait).exec(tx).await.or_refuse()?;
    if shown.rows_affected != waiting.len() as u64 {
        return Ok(Vec::new());
    }
    let seals = waiting.iter().filter_map(|row| row.sealed.as_deref());
    Ok(seals.filter_map(|seal| sealed::open(desk, seal)).map(|bytes| FactorCode::grouped(&in_words(&bytes))).collect())
}

/// Throws away codes that nobody came to see, secrets that nobody confirmed and challenges that nobody answered.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    let forget = recovery_codes::ActiveModel { sealed: Set(None), ..Default::default() };
    let forget = RecoveryCodes::update_many()
        .set(forget)
        .filter(recovery_codes::COLUMN.sealed.is_not_null())
        .filter(recovery_codes::COLUMN.sealed_until.lte(desk.now()));
    desk.db.write(forget.as_query()).await?;
    let unconfirmed = Authenticators::delete_many()
        .filter(authenticators::COLUMN.confirmed_at.is_null())
        .filter(authenticators::COLUMN.made_at.lte(desk.now().plus_seconds(-WAITS)));
    desk.db.write(unconfirmed.as_query()).await?;
    challenges::forget_old(desk).await
}

/// Takes away all that somebody has beside their password.
pub(super) async fn remove(tx: &Tx, user: UserId) -> Result<()> {
    set_since(tx, user, None).await?;
    Authenticators::delete_many().filter(authenticators::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    RecoveryCodes::delete_many().filter(recovery_codes::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    passkeys::remove_all(tx, user).await
}

/// What a restore does: codes that were used since the backup would count again, and what waits is of sessions that ended.
pub(crate) async fn void_codes(tx: &Tx) -> Result<()> {
    RecoveryCodes::delete_many().exec(tx).await.or_refuse()?;
    let unconfirmed = Authenticators::delete_many().filter(authenticators::COLUMN.confirmed_at.is_null());
    unconfirmed.exec(tx).await.or_refuse()?;
    challenges::forget_all(tx).await
}
