//! What goes after a while. An admin sets rules; what is due by one is written on a list; an admin acknowledges the list; and what is on
//! it goes, unless somebody touched it after the list was made. Nothing goes in another way, and all of it is in the ledger.

mod due;
mod run;

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    Actor, Change, Cursor, Error, LedgerData, Page, PinId, Result, RetentionItem, RetentionList, RetentionListId,
    RetentionOf, RetentionOutcome, TicketId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    RelationTrait as _,
    sea_query::{JoinType, OnConflict},
};

pub(crate) use self::run::go_on;
use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{
            Pins, RetentionItems as Items, RetentionLists as Lists, RetentionRules as Rules, TicketHolds, Tickets,
            Users, pins, retention_items as items, retention_lists as lists, retention_rules as rules, tickets, users,
        },
        fault::OrRefuse as _,
        names::shown_names,
        page,
    },
    trail::ledger::NewEntry,
};

/// Lists that are done are shown so many at most, and kept so many seconds; the ledger keeps what happened.
const SHOWN: u64 = 20;
const KEEP_DONE: i64 = 365 * 24 * 3600;
/// Makes those wait for each other who make lists or acknowledge them.
const TURN: &str = "retention";

/// Use cases of what goes after a while.
pub struct Retention<'a>(pub(crate) &'a Arc<Inner>);

/// Where it stands.
#[derive(Debug, Clone)]
pub struct RetentionState {
    /// Each rule's days; none where there is no rule.
    pub rules: Vec<(RetentionOf, Option<u32>)>,
    /// Lists that wait for an admin, or are under way.
    pub open: Vec<RetentionList>,
    /// Lists that are done, newest first.
    pub done: Vec<RetentionList>,
    /// How many tickets are kept whatever rules say.
    pub kept: u64,
    /// Seconds that entries of the ledger are kept.
    pub ledger_kept: i64,
}

impl Retention<'_> {
    /// Where it stands. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn state(&self, actor: &Actor) -> Result<RetentionState> {
        actor.require_admin()?;
        let db = &self.0.db;
        let set = days_of(self.0).await?;
        let open = Lists::find().filter(lists::COLUMN.done_at.is_null()).order_by_asc(lists::COLUMN.id);
        let done = Lists::find().filter(lists::COLUMN.done_at.is_not_null()).order_by_desc(lists::COLUMN.id);
        let (open, done) = (open.all(db).await.or_refuse()?, done.limit(SHOWN).all(db).await.or_refuse()?);
        Ok(RetentionState {
            rules: RetentionOf::ALL.iter().map(|of| (*of, set.get(of).copied())).collect(),
            open: self.shown(open).await?,
            done: self.shown(done).await?,
            kept: TicketHolds::find().count(db).await.or_refuse()?,
            ledger_kept: self.0.config.ledger_kept,
        })
    }

    /// Sets rules; none for one that is not to be. Lists that wait by a rule that changed are made anew. Admins, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn set(&self, actor: &Actor, new: &BTreeMap<RetentionOf, Option<u32>>) -> Result<()> {
        actor.require_admin()?;
        actor.require_in_person()?;
        let (desk, at) = (self.0, self.0.now());
        let tx = desk.db.begin().await?;
        tx.serialise(TURN).await?;
        let before: BTreeMap<RetentionOf, u32> = read_days(Rules::find().all(&tx).await.or_refuse()?);
        let mut changes: Vec<Change> = Vec::new();
        for (of, days) in new {
            let Some(change) = of.change(before.get(of).copied(), *days) else { continue };
            changes.push(change);
            forget_waiting(&tx, *of).await?;
            match days {
                None => {
                    Rules::delete_by_id(*of).exec(&tx).await.or_refuse()?;
                }
                Some(days) => {
                    let rule = rules::ActiveModel {
                        subject: Set(*of),
                        days: Set(i64::from(*days)),
                        set_by: Set(actor.id),
                        set_at: Set(at),
                    };
                    let kept = [rules::Column::Days, rules::Column::SetBy, rules::Column::SetAt];
                    let over = OnConflict::column(rules::Column::Subject).update_columns(kept).to_owned();
                    Rules::insert(rule).on_conflict(over).exec_without_returning(&tx).await.or_refuse()?;
                }
            }
        }
        if !changes.is_empty() {
            NewEntry::of_desk(LedgerData::RetentionSet { changes }).note(&tx, actor, at);
        }
        tx.commit().await?;
        make_lists(desk).await
    }

    /// Makes the lists anew that wait for an admin. Admins, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn look(&self, actor: &Actor) -> Result<()> {
        actor.require_admin()?;
        actor.require_in_person()?;
        let tx = self.0.db.begin().await?;
        tx.serialise(TURN).await?;
        for of in RetentionOf::ALL {
            forget_waiting(&tx, *of).await?;
        }
        tx.commit().await?;
        make_lists(self.0).await
    }

    /// A list, with a page of what is on it. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], also for one in whose place there is a newer one.
    pub async fn list(
        &self,
        actor: &Actor,
        id: RetentionListId,
        cursor: Cursor,
        limit: usize,
    ) -> Result<(RetentionList, Page<RetentionItem>)> {
        actor.require_admin()?;
        let db = &self.0.db;
        let list = Lists::find_by_id(id).one(db).await.or_refuse()?.ok_or(Error::NotFound)?;
        let of = list.subject;
        let on_it = Items::find().filter(items::COLUMN.list_id.eq(id));
        let on_it = page::by_id(on_it, items::Column::Number, cursor, limit).all(db).await.or_refuse()?;
        let found = Page::from_rows(on_it, limit, cursor, |item| item.number);
        let names = self.names(of, found.items.iter().map(|item| item.number)).await?;
        let found = found.map(|item| RetentionItem {
            name: names.get(&item.number).cloned(),
            number: item.number,
            since: item.since,
            bytes: item.bytes.unsigned_abs(),
            outcome: item.outcome,
        });
        let list = self.shown(vec![list]).await?.pop().ok_or(Error::NotFound)?;
        Ok((list, found))
    }

    /// Acknowledges a list, of which the number of items was `typed`: what is on it goes, unless somebody touched it after the list was
    /// made. Admins, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], also for one in whose place there is a newer one; [`Error::Invalid`] for `items`;
    /// [`Error::Conflict`] when it was acknowledged already.
    pub async fn acknowledge(&self, actor: &Actor, id: RetentionListId, typed: &str) -> Result<()> {
        actor.require_admin()?;
        actor.require_in_person()?;
        let (desk, at) = (self.0, self.0.now());
        let found = Lists::find_by_id(id).one(&desk.db).await.or_refuse()?.ok_or(Error::NotFound)?;
        if found.acknowledged_at.is_some() {
            return Err(Error::conflict("This list was acknowledged already."));
        }
        let list = self.shown(vec![found]).await?.pop().ok_or(Error::NotFound)?;
        list.check_items(typed)?;
        let tx = desk.db.begin().await?;
        tx.serialise(TURN).await?;
        let now =
            lists::ActiveModel { acknowledged_at: Set(Some(at)), acknowledged_by: Set(actor.id), ..Default::default() };
        let now = Lists::update_many().set(now).filter(lists::COLUMN.id.eq(id));
        let now = now.filter(lists::COLUMN.acknowledged_at.is_null()).exec(&tx).await.or_refuse()?;
        if now.rows_affected == 0 {
            return Err(Error::conflict("This list was acknowledged already, or there is a newer one."));
        }
        let acknowledged = LedgerData::RetentionAcknowledged { list: id, of: list.of, count: list.items };
        NewEntry::of_desk(acknowledged).note(&tx, actor, at);
        tx.commit().await?;
        // What this process does not get done, upkeep goes on with.
        let desk = Arc::clone(desk);
        tokio::spawn(async move {
            if let Err(cause) = go_on(&desk).await {
                tracing::warn!(%cause, "a list of what goes after a while was broken off; upkeep goes on with it");
            }
        });
        Ok(())
    }

    async fn shown(&self, found: Vec<lists::Model>) -> Result<Vec<RetentionList>> {
        let db = &self.0.db;
        let ids = found.iter().map(|list| list.id);
        let outcomes: Vec<(RetentionListId, RetentionOutcome, i64)> = Items::find()
            .select_only()
            .columns([items::Column::ListId, items::Column::Outcome])
            .column_as(items::COLUMN.number.count(), "items")
            .filter(items::COLUMN.list_id.is_in(ids))
            .filter(items::COLUMN.outcome.is_not_null())
            .group_by(items::COLUMN.list_id)
            .group_by(items::COLUMN.outcome)
            .into_tuple()
            .all(db)
            .await
            .or_refuse()?;
        let count = |id, outcome| {
            let found = outcomes.iter().find(|(list, which, _)| (*list, *which) == (id, outcome));
            found.map_or(0, |(_, _, count)| count.unsigned_abs())
        };
        let names = shown_names(db, found.iter().filter_map(|list| list.acknowledged_by).collect()).await?;
        let name = |by: UserId| names.get(&by).cloned();
        let shown = |list: lists::Model| RetentionList {
            id: list.id,
            of: list.subject,
            days: u32::try_from(list.days).unwrap_or(u32::MAX),
            made_at: list.made_at,
            items: list.items.unsigned_abs(),
            bytes: list.bytes.unsigned_abs(),
            oldest: list.oldest,
            newest: list.newest,
            acknowledged_at: list.acknowledged_at,
            acknowledged_by: list.acknowledged_by.and_then(name),
            done_at: list.done_at,
            gone: count(list.id, RetentionOutcome::Gone),
            stayed: count(list.id, RetentionOutcome::Stayed),
        };
        Ok(found.into_iter().map(shown).collect())
    }

    /// What things are called that are still there.
    async fn names(&self, of: RetentionOf, numbers: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, String>> {
        let db = &self.0.db;
        let which = db.rows_of(numbers);
        let named: Vec<(i64, String)> = match of {
            RetentionOf::ClosedTickets | RetentionOf::ResolvedTickets => {
                let titles = Tickets::find().select_only().columns([tickets::Column::Id, tickets::Column::Title]);
                let titles = titles.filter(tickets::COLUMN.id.in_subquery(which));
                let titles: Vec<(TicketId, String)> = titles.into_tuple().all(db).await.or_refuse()?;
                titles.into_iter().map(|(id, title)| (id.0, title)).collect()
            }
            RetentionOf::IdleCustomers => {
                let names = Users::find().select_only().columns([users::Column::Id, users::Column::Name]);
                let names = names.filter(users::COLUMN.id.in_subquery(which));
                let names: Vec<(UserId, String)> = names.into_tuple().all(db).await.or_refuse()?;
                names.into_iter().map(|(id, name)| (id.0, name)).collect()
            }
            RetentionOf::SpentPins => {
                let owners = Pins::find().join(JoinType::InnerJoin, pins::Relation::Owner.def()).select_only();
                let owners = owners
                    .column(pins::Column::Id)
                    .column(users::Column::Name)
                    .filter(pins::COLUMN.id.in_subquery(which));
                let owners: Vec<(PinId, String)> = owners.into_tuple().all(db).await.or_refuse()?;
                owners.into_iter().map(|(id, name)| (id.0, name)).collect()
            }
        };
        Ok(named.into_iter().collect())
    }
}

fn read_days(rules: Vec<rules::Model>) -> BTreeMap<RetentionOf, u32> {
    rules.into_iter().filter_map(|rule| Some((rule.subject, u32::try_from(rule.days).ok()?))).collect()
}

async fn days_of(desk: &Inner) -> Result<BTreeMap<RetentionOf, u32>> {
    Ok(read_days(Rules::find().all(&desk.db).await.or_refuse()?))
}

/// Lists that nobody acknowledged are made anew.
async fn forget_waiting(tx: &Tx, of: RetentionOf) -> Result<()> {
    let waiting = Lists::delete_many().filter(lists::COLUMN.subject.eq(of));
    waiting.filter(lists::COLUMN.acknowledged_at.is_null()).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Writes a list for each rule by which something is due and that has none.
async fn make_lists(desk: &Inner) -> Result<()> {
    for (of, days) in days_of(desk).await? {
        let at = desk.now();
        let found = due::find(&desk.db, of, days, at).await?;
        let since = || found.iter().map(|due| due.since);
        let (Some(oldest), Some(newest)) = (since().min(), since().max()) else { continue };
        let tx = desk.db.begin().await?;
        tx.serialise(TURN).await?;
        let is_set = Rules::find_by_id(of).filter(rules::COLUMN.days.eq(i64::from(days)));
        let open = Lists::find().filter(lists::COLUMN.subject.eq(of)).filter(lists::COLUMN.done_at.is_null());
        if is_set.one(&tx).await.or_refuse()?.is_none() || open.one(&tx).await.or_refuse()?.is_some() {
            continue;
        }
        let list = lists::ActiveModel {
            id: NotSet,
            subject: Set(of),
            days: Set(i64::from(days)),
            made_at: Set(at),
            items: Set(i64::try_from(found.len()).unwrap_or(i64::MAX)),
            bytes: Set(found.iter().map(|due| due.bytes).sum()),
            oldest: Set(oldest),
            newest: Set(newest),
            acknowledged_at: Set(None),
            acknowledged_by: Set(None),
            done_at: Set(None),
        };
        let id = Lists::insert(list).exec(&tx).await.or_refuse()?.last_insert_id;
        let row = |due: &due::Due| items::ActiveModel {
            list_id: Set(id),
            number: Set(due.number),
            since: Set(due.since),
            touched: Set(due.touched),
            bytes: Set(due.bytes),
            outcome: Set(None),
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        tx.insert_many(rows).await?;
        tx.commit().await?;
        tracing::info!(
            list = id.0,
            what = of.counted(found.len() as u64),
            "what goes after a while waits for an admin"
        );
    }
    Ok(())
}

/// What the hourly upkeep does: goes on with what was broken off, writes lists, forgets old ones.
pub(crate) async fn upkeep(desk: &Arc<Inner>) -> Result<()> {
    go_on(desk).await?;
    make_lists(desk).await?;
    let old: Timestamp = desk.now().plus_seconds(-KEEP_DONE);
    let old = Lists::delete_many().filter(lists::COLUMN.done_at.lt(old));
    desk.db.write(&sea_orm::QueryTrait::into_query(old)).await?;
    Ok(())
}

/// Lists that are not done go when a desk is restored: what happened since its backup is not known, and it may have been restored because
/// of them.
pub(crate) async fn forget_open(tx: &Tx) -> Result<()> {
    Lists::delete_many().filter(lists::COLUMN.done_at.is_null()).exec(tx).await.or_refuse()?;
    Ok(())
}

/// That so many lists wait, for who looks after the desk.
pub(crate) fn words(lists: u64) -> Option<String> {
    match lists {
        0 => None,
        1 => Some("a list of what goes after a while waits for an admin: look at it on the page Retention".to_owned()),
        _ => Some(format!(
            "{lists} lists of what goes after a while wait for an admin: look at them on the page Retention"
        )),
    }
}

/// How many lists wait for an admin.
pub(crate) async fn waiting(desk: &Inner) -> Result<u64> {
    let waiting = Lists::find().filter(lists::COLUMN.acknowledged_at.is_null());
    waiting.count(&desk.db).await.or_refuse()
}
