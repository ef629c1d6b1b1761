//! Passkeys of staff (WebAuthn Level 3, W3C), as second factors. Whoever has one shows it to their device; the device signs a
//! challenge of ours with a key that never leaves it, for this desk's address alone.

use data_encoding::BASE64URL_NOPAD;
use domain::{Error, MAX_PASSKEYS, Passkey, PasskeyId, Result, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _,
};
use serde::{Serialize, de::DeserializeOwned};
use webauthn_rs::prelude::{
    Passkey as Key, PasskeyAuthentication, PasskeyRegistration, RegisterPublicKeyCredential, Uuid, WebauthnError,
};

use super::{
    challenges::{self, Bound, Challenge},
    given::{Assertion, LATE, Refused, UsedFactor, answered},
    party::party,
};
use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{Passkeys as Table, passkeys, users},
        fault::OrRefuse as _,
    },
};

fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|cause| {
        tracing::error!(%cause, "a passkey's challenge cannot be written");
        Error::Internal
    })
}

/// Reads what we kept; none of another version that cannot be read.
fn kept<T: DeserializeOwned>(json: &str) -> Option<T> {
    let read = serde_json::from_str(json);
    read.inspect_err(|cause| tracing::error!(%cause, "a passkey or its challenge cannot be read")).ok()
}

fn of_user(user: UserId) -> Condition {
    Condition::all().add(passkeys::COLUMN.user_id.eq(user))
}

/// Somebody's, as they see them: the oldest first.
pub(super) async fn list(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Passkey>> {
    let rows = Table::find().filter(of_user(user)).order_by_asc(passkeys::COLUMN.id).all(db).await.or_refuse()?;
    let shown = |row: passkeys::Model| {
        let passkeys::Model { id, name, made_at, used_at, .. } = row;
        Passkey { id, name, made_at, used_at }
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// How many somebody has.
pub(super) async fn number(db: &impl ConnectionTrait, user: UserId) -> Result<u64> {
    Table::find().filter(of_user(user)).count(db).await.or_refuse()
}

async fn keys(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Key>> {
    let rows = Table::find().filter(of_user(user)).all(db).await.or_refuse()?;
    Ok(rows.iter().filter_map(|row| kept(&row.credential)).collect())
}

/// What the browser asks one of somebody's passkeys; none when they have none.
pub(crate) async fn ask(desk: &Inner, user: UserId, bound: Bound<'_>, origin: &str) -> Result<Option<String>> {
    let Ok(party) = party(origin) else { return Ok(None) };
    if let Some(fresh) = challenges::fresh(desk, &desk.db, user, bound).await? {
        return Ok(Some(fresh.options));
    }
    if number(&desk.db, user).await? == 0 {
        return Ok(None);
    }
    let tx = desk.db.begin().await?;
    // Of two pages that are opened at once the second one shows what the first one made.
    super::kept::lock(&tx, user).await?;
    if let Some(fresh) = challenges::fresh(desk, &tx, user, bound).await? {
        return Ok(Some(fresh.options));
    }
    let (asked, state) = party.start_passkey_authentication(&keys(&tx, user).await?).map_err(failed)?;
    let challenge = Challenge { name: None, options: written(&asked.public_key)?, state: written(&state)? };
    let options = challenge.options.clone();
    challenges::keep(desk, &tx, user, bound, challenge).await?;
    tx.commit().await?;
    Ok(Some(options))
}

fn failed(cause: WebauthnError) -> Error {
    tracing::error!(%cause, "a passkey cannot be asked");
    Error::Internal
}

/// Begins to add one.
pub(super) async fn begin(
    desk: &Inner,
    tx: &Tx,
    person: &users::Model,
    (bound, origin): (Bound<'_>, &str),
    name: String,
) -> Result<()> {
    let known = keys(tx, person.id).await?.iter().map(|key| key.cred_id().clone()).collect();
    // Devices keep it beside the key: it must tell nothing of the person (WebAuthn, 14.6.1).
    let handle = desk.keys.keyed_bytes("passkey user", &person.id.to_string());
    let (handle, _) = handle.split_first_chunk().ok_or(Error::Internal)?;
    let shown = if person.name.is_empty() { &person.username } else { &person.name };
    let begun =
        party(origin)?.start_passkey_registration(Uuid::from_bytes(*handle), &person.username, shown, Some(known));
    let (asked, state) = begun.map_err(failed)?;
    let challenge = Challenge { name: Some(name), options: written(&asked.public_key)?, state: written(&state)? };
    challenges::keep(desk, tx, person.id, bound, challenge).await
}

/// A new one that a device answered with.
pub(super) struct Answered(RegisterPublicKeyCredential);

impl Answered {
    pub(super) fn read(json: &str) -> Result<Self> {
        answered(json).map(Self)
    }
}

/// Adds one that a device made for the challenge; its name.
///
/// # Errors
/// [`Error::Invalid`] for `factor_passkey`; [`Error::Conflict`] for one that is known.
pub(super) async fn add(
    desk: &Inner,
    tx: &Tx,
    user: UserId,
    (bound, origin): (Bound<'_>, &str),
    answer: &Answered,
) -> Result<String> {
    let refused = |sentence| Error::field("factor_passkey", sentence);
    let challenge = challenges::take(desk, tx, user, &bound.hash(desk)).await?;
    let challenge = challenge.and_then(|found| Some((found.name?, kept::<PasskeyRegistration>(&found.state)?)));
    let (name, state) = challenge.ok_or_else(|| refused(LATE))?;
    let made = party(origin)?.finish_passkey_registration(&answer.0, &state).map_err(|cause| {
        tracing::info!(%cause, "a passkey was not taken");
        refused("Your device did not answer as it should. Begin again, or use another one.")
    })?;
    if number(tx, user).await? >= MAX_PASSKEYS {
        return Err(too_many());
    }
    let credential_id = BASE64URL_NOPAD.encode(made.cred_id());
    let same = Table::find().filter(passkeys::COLUMN.credential_id.eq(&credential_id));
    if same.one(tx).await.or_refuse()?.is_some() {
        return Err(Error::conflict("This passkey is known already."));
    }
    let new = passkeys::ActiveModel {
        user_id: Set(user),
        name: Set(name.clone()),
        credential_id: Set(credential_id),
        credential: Set(written(&made)?),
        // From its first use on: what it counts now is in the credential.
        counter: Set(0),
        made_at: Set(desk.now()),
        ..Default::default()
    };
    Table::insert(new).exec_without_returning(tx).await.or_refuse()?;
    challenges::forget(tx, user).await?;
    Ok(name)
}

pub(super) fn too_many() -> Error {
    Error::conflict(format!("You have {MAX_PASSKEYS} passkeys, and more are not kept. Remove one first."))
}

/// Uses what a passkey answered up, in a transaction that holds its owner's row.
pub(super) async fn use_up(
    desk: &Inner,
    tx: &Tx,
    user: UserId,
    given: &Assertion,
    at: Timestamp,
) -> Result<Result<UsedFactor, Refused>> {
    let challenge = challenges::take(desk, tx, user, &given.bound).await?;
    let Some(state) = challenge.and_then(|found| kept::<PasskeyAuthentication>(&found.state)) else {
        return Ok(Err(Refused::Late));
    };
    let credential_id = BASE64URL_NOPAD.encode(&given.answer.raw_id);
    let row = Table::find().filter(of_user(user)).filter(passkeys::COLUMN.credential_id.eq(credential_id));
    let Some(row) = row.one(tx).await.or_refuse()? else { return Ok(Err(Refused::Wrong)) };
    let result = match party(&given.origin)?.finish_passkey_authentication(&given.answer, &state) {
        Ok(result) if result.user_verified() => result,
        Err(WebauthnError::CredentialPossibleCompromise) => return Ok(Err(Refused::Copied(row.name))),
        Ok(_) => return Ok(Err(Refused::Wrong)),
        Err(cause) => {
            tracing::info!(%cause, "a passkey was refused");
            return Ok(Err(Refused::Wrong));
        }
    };
    let Some(mut key) = kept::<Key>(&row.credential) else { return Ok(Err(Refused::Wrong)) };
    key.update_credential(&result);
    let counter = i64::from(result.counter());
    // What the challenge knew of it is as old as the challenge: of two answers with the same count one is a copy's. Those that do
    // not count say 0 (WebAuthn, 6.1.1).
    let is_ahead = passkeys::COLUMN.counter.lt(counter);
    let is_ahead =
        Condition::any().add(is_ahead).add_option((counter == 0).then(|| passkeys::COLUMN.counter.eq(counter)));
    let used = passkeys::ActiveModel {
        credential: Set(written(&key)?),
        counter: Set(counter),
        used_at: Set(Some(at)),
        ..Default::default()
    };
    let used = Table::update_many().set(used).filter(passkeys::COLUMN.id.eq(row.id)).filter(is_ahead);
    if used.exec(tx).await.or_refuse()?.rows_affected != 1 {
        return Ok(Err(Refused::Copied(row.name)));
    }
    Ok(Ok(UsedFactor { user, codes_left: None }))
}

/// Removes one of somebody's; its name.
///
/// # Errors
/// [`Error::NotFound`]
pub(super) async fn remove(tx: &Tx, user: UserId, id: PasskeyId) -> Result<String> {
    let found = Table::find_by_id(id).filter(of_user(user)).one(tx).await.or_refuse()?.ok_or(Error::NotFound)?;
    Table::delete_by_id(id).exec(tx).await.or_refuse()?;
    challenges::forget(tx, user).await?;
    Ok(found.name)
}

/// Removes all of somebody's.
pub(super) async fn remove_all(tx: &Tx, user: UserId) -> Result<()> {
    Table::delete_many().filter(of_user(user)).exec(tx).await.or_refuse()?;
    challenges::forget(tx, user).await
}
