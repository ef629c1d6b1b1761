//! The chain of the access ledger: entries are written with the commit of the deed that they are about, one transaction after
//! the other, and each has the hash of the one before.
//!
//! The hash is over all that an entry keeps for good: its network, but not its address, which goes after a while. So removing
//! that breaks nothing, and nothing else can be changed without the doctor finding it.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use domain::{LedgerData, PinId, Result, SessionId, TicketId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{LockType, OnConflict},
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::store::{
    archive::Table,
    db::Tx,
    entities::{Ledger, LedgerHead, ledger, ledger_head},
    fault::{OrRefuse as _, internal},
};

/// The id of the one row of `ledger_head`.
const HEAD: i64 = 1;

/// An entry to write.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) data: LedgerData,
    pub(crate) user: Option<UserId>,
    pub(crate) ticket: Option<TicketId>,
    pub(crate) actor: Option<UserId>,
    pub(crate) via: Option<String>,
    pub(crate) pin: Option<PinId>,
    pub(crate) sid: Option<SessionId>,
    /// The address, and the network that it is in.
    pub(crate) from: Option<(String, String)>,
    /// What it is called if it is noted once.
    pub(crate) once: Option<String>,
}

/// The column `data` of an entry.
fn data_of(data: &LedgerData) -> Result<Option<String>> {
    let json =
        serde_json::to_value(data).map_err(|_| internal("an entry of the ledger could not be written as JSON"))?;
    Ok(json.get("data").map(Value::to_string))
}

/// What an entry is about, by its columns. A later version of the program may know more.
pub(crate) fn read(kind: &str, data: Option<&str>) -> serde_json::Result<LedgerData> {
    let data = data.map(serde_json::from_str::<Value>).transpose()?;
    serde_json::from_value(match data {
        Some(data) => serde_json::json!({ "kind": kind, "data": data }),
        None => serde_json::json!({ "kind": kind }),
    })
}

/// What the hash is over, in this order.
const HASHED: [&str; 12] =
    ["number", "at", "kind", "data", "user_id", "ticket_id", "actor_id", "via", "pin_id", "sid", "network", "once"];

/// The hash of an entry, by the one before and its [`HASHED`] values as a JSON array.
fn hash(before: &str, values: &[Value]) -> Result<String> {
    let values = serde_json::to_vec(values).map_err(|_| internal("values could not be written as JSON"))?;
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update(b"\n");
    hash.update(values);
    Ok(HEXLOWER.encode(&hash.finalize()))
}

/// The head, locked until the transaction ends; it is made where there is none.
pub(crate) async fn head(tx: &Tx, at: Timestamp) -> Result<ledger_head::Model> {
    let locked = || LedgerHead::find_by_id(HEAD).lock(LockType::Update).one(tx);
    if let Some(head) = locked().await.or_refuse()? {
        return Ok(head);
    }
    let new = ledger_head::ActiveModel {
        id: Set(HEAD),
        since: Set(at),
        removed_number: Set(0),
        removed_hash: Set(String::new()),
        last_number: Set(0),
        last_hash: Set(String::new()),
    };
    let is_there = OnConflict::column(ledger_head::Column::Id).do_nothing().to_owned();
    LedgerHead::insert(new).on_conflict(is_there).exec_without_returning(tx).await.or_refuse()?;
    locked().await.or_refuse()?.ok_or_else(|| internal("the ledger has no head"))
}

async fn move_head(tx: &Tx, head: ledger_head::ActiveModel) -> Result<()> {
    LedgerHead::update_many().set(head).filter(ledger_head::COLUMN.id.eq(HEAD)).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Writes entries behind all that there are, in this order. The last thing that a transaction does: until it ends nobody else
/// adds any.
pub(crate) async fn append(tx: &Tx, entries: Vec<Entry>) -> Result<()> {
    let Some(first) = entries.first() else { return Ok(()) };
    let ledger_head::Model { mut last_number, mut last_hash, .. } = head(tx, first.at).await?;
    let mut noted = noted(tx, &entries).await?;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.once.as_ref().is_some_and(|once| !noted.insert(once.clone())) {
            continue;
        }
        last_number += 1;
        let (kind, data) = (entry.data.kind(), data_of(&entry.data)?);
        let (client, network) = entry.from.unzip();
        let values = [
            last_number.into(),
            entry.at.as_micros().into(),
            kind.as_str().into(),
            data.clone().into(),
            entry.user.map(|id| id.0).into(),
            entry.ticket.map(|id| id.0).into(),
            entry.actor.map(|id| id.0).into(),
            entry.via.clone().into(),
            entry.pin.map(|id| id.0).into(),
            entry.sid.as_ref().map(|sid| sid.0.clone()).into(),
            network.clone().into(),
            entry.once.clone().into(),
        ];
        last_hash = hash(&last_hash, &values)?;
        rows.push(ledger::ActiveModel {
            number: Set(last_number),
            at: Set(entry.at),
            kind: Set(kind),
            data: Set(data),
            user_id: Set(entry.user),
            ticket_id: Set(entry.ticket),
            actor_id: Set(entry.actor),
            via: Set(entry.via),
            pin_id: Set(entry.pin),
            sid: Set(entry.sid),
            network: Set(network),
            client: Set(client),
            once: Set(entry.once),
            hash: Set(last_hash.clone()),
        });
    }
    if rows.is_empty() {
        return Ok(());
    }
    tx.insert_many(rows).await?;
    let moved =
        ledger_head::ActiveModel { last_number: Set(last_number), last_hash: Set(last_hash), ..Default::default() };
    move_head(tx, moved).await
}

/// Which of those that are noted once were noted already.
async fn noted(tx: &Tx, entries: &[Entry]) -> Result<HashSet<String>> {
    let once: Vec<String> = entries.iter().filter_map(|entry| entry.once.clone()).collect();
    if once.is_empty() {
        return Ok(HashSet::new());
    }
    let known = Ledger::find().select_only().column(ledger::Column::Once).filter(ledger::COLUMN.once.is_in(once));
    let known: Vec<Option<String>> = known.into_tuple().all(tx).await.or_refuse()?;
    Ok(known.into_iter().flatten().collect())
}

/// Removes entries from before a moment, from the beginning and only as far as all are older; how many it were. The head keeps
/// the hash of the last one, so that the chain can still be checked.
pub(crate) async fn remove_before(tx: &Tx, before: Timestamp, now: Timestamp) -> Result<u64> {
    let head = head(tx, now).await?;
    let young = Ledger::find().select_only().column_as(ledger::COLUMN.number.min(), "first");
    let young: Option<Option<i64>> =
        young.filter(ledger::COLUMN.at.gte(before)).into_tuple().one(tx).await.or_refuse()?;
    let last = young.flatten().map_or(head.last_number, |first| first - 1);
    if last <= head.removed_number {
        return Ok(0);
    }
    let end = Ledger::find_by_id(last).one(tx).await.or_refuse()?;
    // One that is not there was removed by somebody else: what the doctor finds then stays to be found.
    let Some(end) = end else { return Ok(0) };
    let old = Ledger::delete_many().filter(ledger::COLUMN.number.lte(last));
    let removed = old.exec(tx).await.or_refuse()?.rows_affected;
    let moved =
        ledger_head::ActiveModel { removed_number: Set(last), removed_hash: Set(end.hash), ..Default::default() };
    move_head(tx, moved).await?;
    Ok(removed)
}

/// Checks the chain, entry by entry, as the doctor reads them.
pub(crate) struct Check {
    places: Vec<usize>,
    hash: usize,
    client: usize,
    number: i64,
    before: String,
    last: (i64, String),
}

/// What is wrong with the ledger, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl Check {
    /// By the columns of the table, and the row of the head, if there is one.
    pub(crate) fn new(table: &Table, head: Option<(&Table, &str)>) -> Result<Self, Broken> {
        let place = |table: &Table, name: &str| {
            let place = table.columns.iter().position(|column| column.name == name);
            place.ok_or_else(|| Broken(format!("the ledger has no column {name}")))
        };
        let (removed, last) = match head {
            None => Default::default(),
            Some((table, row)) => {
                let values = values(row)?;
                let pair = |number: &str, hash: &str| -> Result<(i64, String), Broken> {
                    let (number, hash) = (values.get(place(table, number)?), values.get(place(table, hash)?));
                    let pair = number.and_then(Value::as_i64).zip(hash.and_then(Value::as_str));
                    let (number, hash) = pair.ok_or_else(|| Broken("the head of the ledger cannot be read".into()))?;
                    Ok((number, hash.to_owned()))
                };
                (pair("removed_number", "removed_hash")?, pair("last_number", "last_hash")?)
            }
        };
        Ok(Self {
            places: HASHED.iter().map(|name| place(table, name)).collect::<Result<_, _>>()?,
            hash: place(table, "hash")?,
            client: place(table, "client")?,
            number: removed.0,
            before: removed.1,
            last,
        })
    }

    /// The next entry.
    pub(crate) fn entry(&mut self, row: &str, network_of: impl Fn(&str) -> Option<String>) -> Result<(), Broken> {
        let values = values(row)?;
        let get = |place: usize| values.get(place).cloned().unwrap_or_default();
        let hashed: Vec<Value> = self.places.iter().map(|place| get(*place)).collect();
        let number = hashed.first().and_then(Value::as_i64).unwrap_or_default();
        if number > self.number + 1 {
            return Err(Broken(match number - self.number - 1 {
                1 => format!("entry {} was removed", number - 1),
                many => format!("{many} entries from {} on were removed", self.number + 1),
            }));
        }
        if number != self.number + 1 {
            return Err(Broken(format!("entry {number} was added by somebody else")));
        }
        let expected = hash(&self.before, &hashed).map_err(|_| Broken(format!("entry {number} cannot be read")))?;
        if get(self.hash).as_str() != Some(expected.as_str()) {
            return Err(Broken(format!("entry {number} is not what was written")));
        }
        let network = self.places.get(10).map(|place| get(*place)).unwrap_or_default();
        if let Some(client) = get(self.client).as_str()
            && network_of(client).as_deref() != network.as_str()
        {
            return Err(Broken(format!("the address of entry {number} is not the one that was written")));
        }
        (self.number, self.before) = (number, expected);
        Ok(())
    }

    /// After the last one.
    pub(crate) fn end(self) -> Result<(), Broken> {
        if (self.number, &self.before) == (self.last.0, &self.last.1) {
            return Ok(());
        }
        Err(Broken(if self.number < self.last.0 {
            format!("entries were removed at its end: it goes to {} and not to {}", self.number, self.last.0)
        } else {
            format!("entries were added by somebody else behind {}", self.last.0)
        }))
    }
}

fn values(row: &str) -> Result<Vec<Value>, Broken> {
    serde_json::from_str(row).map_err(|_| Broken("a row of the ledger cannot be read".to_owned()))
}
