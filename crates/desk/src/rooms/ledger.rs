//! The access ledger: read it, take it out, and what staff are told of a copy of somebody's access. What goes into it is noted by
//! the deeds themselves.

pub(crate) mod checking;
mod keeping;
pub(crate) mod opening;

use std::collections::{HashMap, HashSet};

use domain::{
    Actor, AttachmentId, Cursor, Error, ExportFormat, LedgerData, LedgerEntry, LedgerKind, LedgerOf, Page, PinId,
    Result, ReuseAlarm, SessionId, TicketId, Timestamp, UserId, on_behalf,
};
use sea_orm::{
    ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

pub(crate) use self::keeping::keep;
use self::opening::hour;
use crate::{
    rooms::{
        Inner,
        pins::{can_be_redeemed, in_use},
    },
    store::{
        entities::{
            Attachments, Ledger as Table, LedgerHead, Pins, Sessions, Tickets, Users, attachments, ledger, pins,
            sessions, users,
        },
        fault::OrRefuse as _,
        ledger::read,
        names::shown_names,
        page,
    },
    trail::ledger::NewEntry,
};

/// Seconds that a copy of an access is told of, if nobody issues a new PIN.
const ALARM: i64 = 30 * 24 * 3600;

/// Entries read with one query.
const AT_ONCE: usize = 500;

/// Use cases of the access ledger.
pub struct Ledger<'a>(pub(crate) &'a Inner);

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Row {
    number: i64,
    at: Timestamp,
    /// A word that this version may not know: such an entry is left out, and the others are shown.
    kind: String,
    data: Option<String>,
    user_id: Option<UserId>,
    ticket_id: Option<TicketId>,
    actor_id: Option<UserId>,
    via: Option<String>,
    pin_id: Option<PinId>,
    sid: Option<SessionId>,
    network: Option<String>,
    client: Option<String>,
    hash: String,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Tickets")]
struct ItsTicket {
    requester_id: UserId,
    created_at: Timestamp,
}

impl Ledger<'_> {
    /// Since when the ledger is kept. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn since(&self, actor: &Actor) -> Result<Timestamp> {
        actor.require_staff()?;
        let head = LedgerHead::find().one(&self.0.db).await.or_refuse()?;
        Ok(head.map_or_else(|| self.0.now(), |head| head.since))
    }

    /// Entries, newest first. Staff; those of the whole desk for admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when there is no such ticket or customer.
    pub async fn list(&self, actor: &Actor, of: LedgerOf, cursor: Cursor, limit: usize) -> Result<Page<LedgerEntry>> {
        let which = self.which(actor, of).await?;
        self.found(which.rows, cursor, limit).await
    }

    /// Entries, whoever asks.
    pub(crate) async fn found(&self, which: Condition, cursor: Cursor, limit: usize) -> Result<Page<LedgerEntry>> {
        let rows = page::by_id(Table::find().filter(which), ledger::Column::Number, cursor, limit);
        let rows: Vec<Row> = rows.into_partial_model().all(&self.0.db).await.or_refuse()?;
        let found = Page::from_rows(rows, limit, cursor, |row| row.number);
        let items = self.shown(found.items).await?;
        Ok(Page { items, older: found.older, newer: found.newer })
    }

    /// As [`Ledger::list`], for a program that reads page by page. That it does is an entry itself, once in an hour.
    ///
    /// # Errors
    /// As [`Ledger::list`].
    pub async fn read(&self, actor: &Actor, of: LedgerOf, cursor: Cursor, limit: usize) -> Result<Page<LedgerEntry>> {
        let found = self.list(actor, of, cursor, limit).await?;
        let by = actor.credential().map_or_else(String::new, |by| by.0.clone());
        let once = format!("read {of:?} {by} {}", hour(self.0.now()));
        self.note_export(actor, of, ExportFormat::Json, found.items.len(), Some(once)).await?;
        Ok(found)
    }

    /// As [`Ledger::list`], to be taken out as a file, which is an entry itself.
    ///
    /// # Errors
    /// As [`Ledger::list`].
    pub async fn export(
        &self,
        actor: &Actor,
        of: LedgerOf,
        format: ExportFormat,
        cursor: Cursor,
        most: usize,
    ) -> Result<Page<LedgerEntry>> {
        let mut found = self.list(actor, of, cursor, most.min(AT_ONCE)).await?;
        while let Some(older) = found.older
            && found.items.len() < most
        {
            let more = (most - found.items.len()).min(AT_ONCE);
            let page = self.list(actor, of, Cursor::Before(older), more).await?;
            found.items.extend(page.items);
            found.older = page.older;
        }
        self.note_export(actor, of, format, found.items.len(), None).await?;
        Ok(found)
    }

    async fn note_export(
        &self,
        actor: &Actor,
        of: LedgerOf,
        format: ExportFormat,
        count: usize,
        once: Option<String>,
    ) -> Result<()> {
        let which = self.which(actor, of).await?;
        let data = LedgerData::Exported { format, count: count as u64 };
        let entry = match which.user {
            Some(user) => NewEntry::of_customer(data, user, which.ticket),
            None => NewEntry::of_desk(data),
        };
        let entry = entry.session(actor.session.as_ref());
        let entry = match once {
            Some(once) => entry.once(once),
            None => entry,
        };
        let tx = self.0.db.begin().await?;
        entry.note(&tx, actor, self.0.now());
        tx.commit().await
    }

    /// That a copy of somebody's access to a ticket was used, and who has not got a new PIN since. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when there is no such ticket.
    pub async fn alarm(&self, actor: &Actor, ticket: TicketId) -> Result<Option<ReuseAlarm>> {
        let db = &self.0.db;
        let Which { rows, user: Some(user), .. } = self.which(actor, LedgerOf::Ticket(ticket)).await? else {
            return Ok(None);
        };
        let reused = Table::find()
            .filter(rows.clone())
            .filter(ledger::COLUMN.kind.eq(LedgerKind::TokenReused))
            .filter(ledger::COLUMN.at.gt(self.0.now().plus_seconds(-ALARM)))
            .order_by_desc(ledger::COLUMN.number);
        let Some(row) = reused.into_partial_model::<Row>().one(db).await.or_refuse()? else { return Ok(None) };
        let same = match row.ticket_id {
            Some(ticket) => ledger::COLUMN.ticket_id.eq(ticket),
            None => ledger::COLUMN.ticket_id.is_null(),
        };
        let since = Table::find()
            .filter(rows)
            .filter(same)
            .filter(ledger::COLUMN.kind.eq(LedgerKind::PinIssued))
            .filter(ledger::COLUMN.number.gt(row.number));
        if since.into_partial_model::<Row>().one(db).await.or_refuse()?.is_some() {
            return Ok(None);
        }
        let LedgerData::TokenReused { opens } = read(&row.kind, row.data.as_deref()).map_err(|_| Error::Internal)?
        else {
            return Ok(None);
        };
        let names = self.names([user].into()).await?;
        let name = names.get(&user).cloned().unwrap_or_default();
        let name = row.via.as_deref().map_or(name.clone(), |whom| on_behalf(whom, &name));
        Ok(Some(ReuseAlarm { at: row.at, name, user_id: user, ticket: row.ticket_id, opens }))
    }

    async fn which(&self, actor: &Actor, of: LedgerOf) -> Result<Which> {
        actor.require_staff()?;
        let (db, column) = (&self.0.db, ledger::COLUMN);
        match of {
            LedgerOf::Desk => {
                actor.require_admin()?;
                Ok(Which { rows: Condition::all(), user: None, ticket: None })
            }
            LedgerOf::Customer(user) => {
                let customer = Users::find_by_id(user).filter(users::COLUMN.role.eq(domain::Role::Customer));
                customer.one(db).await.or_refuse()?.ok_or(Error::NotFound)?;
                Ok(Which { rows: Condition::all().add(column.user_id.eq(user)), user: Some(user), ticket: None })
            }
            LedgerOf::Ticket(ticket) => {
                let its: Option<ItsTicket> =
                    Tickets::find_by_id(ticket).into_partial_model().one(db).await.or_refuse()?;
                let ItsTicket { requester_id: user, created_at } = its.ok_or(Error::NotFound)?;
                // What let its customer see all of theirs may have begun before it, by as much as a session lives.
                let since = created_at.plus_seconds(-self.0.config.session_ttl);
                let of_all = Condition::all()
                    .add(column.user_id.eq(user))
                    .add(column.ticket_id.is_null())
                    .add(column.at.gte(since));
                let rows = Condition::any().add(column.ticket_id.eq(ticket)).add(of_all);
                Ok(Which { rows, user: Some(user), ticket: Some(ticket) })
            }
        }
    }

    /// What staff see of rows: with names as they are now.
    async fn shown(&self, rows: Vec<Row>) -> Result<Vec<LedgerEntry>> {
        let people = rows.iter().flat_map(|row| [row.user_id, row.actor_id]).flatten().collect();
        let names = self.names(people).await?;
        let entries: Vec<(Row, LedgerData)> = rows
            .into_iter()
            .filter_map(|row| match read(&row.kind, row.data.as_deref()) {
                Ok(data) => Some((row, data)),
                Err(cause) => {
                    tracing::error!(number = row.number, %cause, "an entry of the ledger is left out");
                    None
                }
            })
            .collect();
        let files = entries.iter().filter_map(|(_, data)| match data {
            LedgerData::FileOpened { file } => Some(*file),
            _ => None,
        });
        let files = self.file_names(files.collect()).await?;
        let seen = self.seen(entries.iter().filter_map(|(row, _)| row.sid.clone()).collect()).await?;
        let alive = self.alive(entries.iter().filter_map(|(row, _)| row.pin_id).collect()).await?;
        let entry = |(row, data): (Row, LedgerData)| LedgerEntry {
            number: row.number,
            at: row.at,
            file_name: match &data {
                LedgerData::FileOpened { file } => files.get(file).cloned(),
                _ => None,
            },
            data,
            user_id: row.user_id,
            customer: row.user_id.and_then(|id| names.get(&id).cloned()),
            ticket: row.ticket_id,
            actor_id: row.actor_id,
            actor: row.actor_id.and_then(|id| names.get(&id).cloned()),
            via: row.via,
            pin: row.pin_id,
            last_seen_at: row.sid.as_ref().and_then(|sid| seen.get(sid).copied()),
            session: row.sid,
            address: row.client.or(row.network),
            is_alive: row.pin_id.is_some_and(|pin| alive.contains(&pin)),
            hash: row.hash,
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    async fn names(&self, people: HashSet<UserId>) -> Result<HashMap<UserId, String>> {
        let mut names = shown_names(&self.0.db, people.iter().copied().collect()).await?;
        // Who was erased has a number alone.
        for id in people {
            names.entry(id).or_insert_with(|| format!("Customer no. {id} (erased)"));
        }
        Ok(names)
    }

    async fn file_names(&self, files: HashSet<AttachmentId>) -> Result<HashMap<AttachmentId, String>> {
        let columns = [attachments::Column::Id, attachments::Column::Name];
        let named = Attachments::find().select_only().columns(columns).filter(attachments::COLUMN.id.is_in(files));
        let named: Vec<(AttachmentId, String)> = named.into_tuple().all(&self.0.db).await.or_refuse()?;
        Ok(named.into_iter().collect())
    }

    async fn seen(&self, sids: HashSet<SessionId>) -> Result<HashMap<SessionId, Timestamp>> {
        let columns = [sessions::Column::Sid, sessions::Column::LastSeenAt];
        let seen = Sessions::find().select_only().columns(columns).filter(sessions::COLUMN.sid.is_in(sids));
        let seen: Vec<(SessionId, Timestamp)> = seen.into_tuple().all(&self.0.db).await.or_refuse()?;
        Ok(seen.into_iter().collect())
    }

    /// Which of some PINs can be used, or let somebody in who is still in.
    async fn alive(&self, which: HashSet<PinId>) -> Result<HashSet<PinId>> {
        let (db, at) = (&self.0.db, self.0.now());
        let unused = Pins::find().select_only().column(pins::Column::Id).filter(can_be_redeemed(at));
        let unused: Vec<PinId> =
            unused.filter(pins::COLUMN.id.is_in(which.clone())).into_tuple().all(db).await.or_refuse()?;
        let used = in_use(self.0, which.into_iter().collect()).await?;
        Ok(unused.into_iter().chain(used).collect())
    }
}

/// Which entries, and whose they are.
struct Which {
    rows: Condition,
    user: Option<UserId>,
    ticket: Option<TicketId>,
}
