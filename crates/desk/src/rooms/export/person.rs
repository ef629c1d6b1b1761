//! Everything that the desk has of a customer, taken out as one archive: what somebody may ask for by law, and what is kept of it when
//! they are erased afterwards.
//!
//! ```text
//! index.html                      who they are, their PINs, sessions and ledger, and the way to each ticket
//! tickets/7/index.html            a ticket as they may see it
//! tickets/7/files/001-quote.pdf   its files
//! data.json                       the same for programs
//! ```

use std::{io, sync::Arc};

use domain::{
    Actor, Approval, CardOrigin, Cursor, Error, Event, LedgerData, LedgerEntry, LedgerKind, Person, PinRecord, Result,
    Role, TicketId, Timestamp, UserId,
};
use futures::{Stream, TryStreamExt as _, stream};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Export, ExportFile, PAGE,
    archive::{Archive, To, given_out},
    read,
    rows::{self, PersonCall, PersonDraftKept, PersonRecovery, PersonSession},
};
use crate::{
    rooms::{
        Inner, attachments::FileContent, cards::Cards, ledger::Ledger, people::Users, person, pins::Pins,
        tickets::Tickets,
    },
    store::{
        entities::{Users as Table, ledger},
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

/// What programs read.
const DATA: &str = "data.json";
/// Rows that are read with one query.
const AT_ONCE: usize = 500;

/// Everything of a customer, as they may see it.
pub struct PersonExport {
    /// The customer.
    pub person: Person,
    /// Whether they may let others in.
    pub may_delegate: bool,
    /// Whether two of staff are needed to let them in again.
    pub is_sensitive: bool,
    /// By which card they came.
    pub card: Option<CardOrigin>,
    /// Their tickets with their titles, oldest first.
    pub tickets: Vec<(TicketId, String)>,
    /// How many files are in it.
    pub files: u64,
    /// PINs that were issued for them, newest first.
    pub pins: Vec<PinRecord>,
    /// Their sessions, oldest first.
    pub sessions: Vec<PersonSession>,
    /// When they had lost their access.
    pub recoveries: Vec<PersonRecovery>,
    /// Calls with them.
    pub calls: Vec<PersonCall>,
    /// What they typed and did not send.
    pub drafts: Vec<PersonDraftKept>,
    /// Internal notes on their tickets, which are left out.
    pub notes_left_out: u64,
    /// Internal files of their tickets, which are left out.
    pub files_left_out: u64,
    /// When it was taken out.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    desk: Arc<Inner>,
}

impl Users<'_> {
    /// Takes out everything that the desk has of a customer, which is an entry of the ledger that is written first. What is internal is
    /// left out: notes are of staff, and may be about others; whoever answers for the desk decides on them one by one. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], also for a member of staff; [`Error::Unavailable`] when it cannot be noted.
    pub async fn take_out(&self, actor: &Actor, id: UserId) -> Result<PersonExport> {
        actor.require_admin()?;
        let (desk, db, at) = (self.0, &self.0.db, self.0.now());
        let person = person::find(db, id).await?;
        if person.role != Role::Customer {
            return Err(Error::NotFound);
        }
        let row = Table::find_by_id(id).one(db).await.or_refuse()?.ok_or(Error::NotFound)?;
        let (files, files_left_out) = rows::files_of(db, id).await?;
        let export = PersonExport {
            person,
            may_delegate: row.may_delegate,
            is_sensitive: row.is_sensitive,
            card: Cards(desk).origin(actor, id).await?,
            tickets: rows::tickets_of(db, id).await?,
            files,
            pins: pins_of(desk, actor, id).await?,
            sessions: rows::sessions_of(db, id).await?,
            recoveries: rows::recoveries_of(db, id).await?,
            calls: rows::calls_of(db, id).await?,
            drafts: rows::drafts_of(db, id).await?,
            notes_left_out: rows::notes_of(db, id).await?,
            files_left_out,
            at,
            by: actor.name.clone(),
            desk: Arc::clone(desk),
        };
        let tx = db.begin().await?;
        let data = LedgerData::PersonTakenOut { tickets: export.tickets.len() as u64, files };
        NewEntry::of_person(data, id).session(actor.session.as_ref()).note(&tx, actor, at);
        tx.commit().await?;
        let by = &actor.username;
        tracing::info!(target: crate::rooms::SECURITY, event = "customer_taken_out", user = id.0, by, "taken out");
        Ok(export)
    }
}

async fn pins_of(desk: &Inner, actor: &Actor, id: UserId) -> Result<Vec<PinRecord>> {
    let (mut pins, mut cursor) = (Vec::new(), Cursor::First);
    loop {
        let page = Pins(desk).list(actor, None, Some(id), cursor, AT_ONCE).await?;
        pins.extend(page.items);
        match page.older {
            Some(older) => cursor = Cursor::Before(older),
            None => return Ok(pins),
        }
    }
}

impl PersonExport {
    /// The customer, as who reads their own tickets.
    pub fn reader(&self) -> Actor {
        Actor {
            id: Some(self.person.id),
            role: Role::Customer,
            username: self.person.username.clone(),
            name: self.person.name.clone(),
            is_unnamed: self.person.is_unnamed,
            ..Actor::command_line()
        }
    }

    /// What the access ledger has of them, newest first, as it is read. An address is only in what they did themselves.
    pub fn ledger(&self) -> impl Stream<Item = Result<Vec<LedgerEntry>>> + Send + use<> {
        let (desk, id) = (Arc::clone(&self.desk), self.person.id);
        stream::try_unfold((desk, Some(Cursor::First)), move |(desk, next)| async move {
            let Some(cursor) = next else { return Ok(None) };
            let theirs = Condition::all().add(ledger::COLUMN.user_id.eq(id));
            let mut page = Ledger(&desk).found(theirs, cursor, AT_ONCE).await?;
            // Why staff keep a ticket is not the customer's to know.
            page.items.retain(|entry| !matches!(entry.data.kind(), LedgerKind::TicketKept | LedgerKind::TicketLetGo));
            let is_others = |entry: &&mut LedgerEntry| entry.actor_id != Some(id) || entry.via.is_some();
            page.items.iter_mut().filter(is_others).for_each(|entry| entry.address = None);
            Ok(Some((page.items, (desk, page.older.map(Cursor::Before)))))
        })
    }

    /// The archive. Of its pages the pieces come as they are asked for: `index` is the first one, `page` makes that of a ticket. It
    /// breaks off when one of the pieces fails, or the bytes of a file do.
    pub fn into_zip<S>(
        self,
        index: impl Stream<Item = Result<String>> + Send + 'static,
        page: impl Fn(&Export) -> S + Send + Sync + 'static,
    ) -> FileContent
    where
        S: Stream<Item = Result<String>> + Send + 'static,
    {
        given_out(|to| async move {
            let mut archive = Archive::default();
            archive.text(PAGE, Box::pin(index), &to).await?;
            let reader = self.reader();
            for (id, _) in &self.tickets {
                let Some(export) = self.read(&reader, *id).await? else { continue };
                let below = format!("tickets/{id}/");
                archive.text(&format!("{below}{PAGE}"), Box::pin(page(&export)), &to).await?;
                archive.files(&below, &export.files, &export.shelf, &to).await?;
            }
            self.data(&reader, &mut archive, &to).await?;
            archive.end(&to).await
        })
    }

    /// A ticket; none that was withdrawn meanwhile.
    async fn read(&self, reader: &Actor, id: TicketId) -> io::Result<Option<Export>> {
        match read(&self.desk, reader, id).await {
            Ok(export) => Ok(Some(export)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(io::Error::other(other)),
        }
    }

    async fn data(&self, reader: &Actor, archive: &mut Archive, to: &To) -> io::Result<()> {
        let head = json!({
            "taken_out": { "at": self.at, "by": self.by },
            "left_out": { "internal_notes": self.notes_left_out, "internal_files": self.files_left_out },
            "person": self.person,
            "may_let_others_in": self.may_delegate,
            "is_sensitive": self.is_sensitive,
            "card": self.card,
            "pins": self.pins,
            "sessions": self.sessions,
            "lost_access": self.recoveries,
            "calls": self.calls,
            "drafts": self.drafts,
        });
        archive.begin(DATA)?;
        let head = head.to_string();
        archive.add(head.strip_suffix('}').unwrap_or(&head).as_bytes(), to).await?;
        let mut rows = Rows { archive, to, is_first: true };
        rows.begin(",\n\"tickets\":").await?;
        for (id, _) in &self.tickets {
            if let Some(export) = self.read(reader, *id).await? {
                self.ticket(reader, &export, &mut rows).await?;
            }
        }
        rows.end("").await?;
        rows.begin(",\n\"ledger\":").await?;
        let mut entries = Box::pin(self.ledger());
        while let Some(entries) = entries.try_next().await.map_err(io::Error::other)? {
            for entry in entries {
                rows.add(&entry).await?;
            }
        }
        rows.end("}\n").await
    }

    async fn ticket(&self, reader: &Actor, export: &Export, rows: &mut Rows<'_>) -> io::Result<()> {
        let ticket = &export.view.ticket;
        let file = |file: &ExportFile| {
            json!({
                "id": file.file.id,
                "name": file.file.name,
                "path": format!("tickets/{}/{}", ticket.id, file.path),
                "size": file.file.size,
                "kind": file.file.kind.label(),
                "uploaded_at": file.file.uploaded_at,
            })
        };
        let facts = json!({
            "id": ticket.id,
            "title": ticket.title,
            "description": ticket.description,
            "priority": ticket.priority,
            "category": ticket.category,
            "status": ticket.status,
            "created_at": ticket.created_at,
            "updated_at": ticket.updated_at,
            "files": export.files.iter().map(file).collect::<Vec<_>>(),
            "approvals": export.approvals.iter().map(approval).collect::<Vec<_>>(),
        });
        let facts = facts.to_string();
        rows.separate().await?;
        rows.text(facts.strip_suffix('}').unwrap_or(&facts)).await?;
        rows.begin(",\"timeline\":").await?;
        let mut next = Some(Cursor::After(0.into()));
        while let Some(cursor) = next {
            let page = Tickets(&self.desk).timeline(reader, ticket.id, cursor, AT_ONCE).await;
            let page = match page {
                // Withdrawn meanwhile.
                Err(Error::NotFound) => break,
                other => other.map_err(io::Error::other)?,
            };
            for event in page.items.iter().rev() {
                rows.add(&entry(event)).await?;
            }
            next = page.newer.map(Cursor::After);
        }
        rows.end("}").await
    }
}

fn entry(event: &Event) -> Value {
    json!({
        "id": event.id,
        "at": event.at,
        "what": event.data,
        "by": event.actor_name,
        "by_support": event.by_staff,
        "text": event.body,
        "files": event.files.iter().map(|file| file.id).collect::<Vec<_>>(),
    })
}

fn approval(approval: &Approval) -> Value {
    json!({
        "id": approval.id,
        "text": approval.text,
        "amount": approval.amount,
        "files": approval.files,
        "sha256": approval.sha256,
        "asked_at": approval.asked_at,
        "expires_at": approval.expires_at,
        "standing": approval.standing(),
        "decided_at": approval.decided_at,
        "why": approval.why,
    })
}

/// A list in JSON that is written row by row.
struct Rows<'a> {
    archive: &'a mut Archive,
    to: &'a To,
    is_first: bool,
}

impl Rows<'_> {
    async fn text(&mut self, text: &str) -> io::Result<()> {
        self.archive.add(text.as_bytes(), self.to).await
    }

    async fn begin(&mut self, name: &str) -> io::Result<()> {
        self.is_first = true;
        self.text(name).await?;
        self.text("[").await
    }

    async fn separate(&mut self) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        self.text(if is_first { "\n" } else { ",\n" }).await
    }

    async fn add(&mut self, row: &impl Serialize) -> io::Result<()> {
        self.separate().await?;
        self.text(&serde_json::to_string(row)?).await
    }

    /// Ends the list, and what it is in.
    async fn end(&mut self, behind: &str) -> io::Result<()> {
        self.is_first = false;
        self.text("]").await?;
        self.text(behind).await
    }
}
