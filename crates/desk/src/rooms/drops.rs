//! Files from outside: somebody whom staff let in to add files to one ticket, and who reads nothing of it. The team sees them
//! at once, the customer when staff release them.

use domain::{
    Actor, CallerDeed, DropBox, DroppedFile, Error, EventData, EventId, FieldErrors, FileRefusal, LedgerData, Result,
    SessionId, Status, TicketId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DerivePartialModel, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::ExprTrait as _,
};

use crate::{
    rooms::{
        Inner,
        intake::{self, Received, TicketForm},
        known::require_known,
        search::index::{self, Document},
        sent::{Already, Sending},
        sessions::require_live,
        tickets::{Place, attach, lock_name},
    },
    store::{
        db::Tx,
        entities::{Attachments, Events, Sessions, Tickets, attachments, events, sessions},
        fault::OrRefuse as _,
    },
    trail::{
        events::{By, NewEvent},
        ledger::NewEntry,
    },
};

/// Use cases of files from outside.
pub struct Drops<'a>(pub(crate) &'a Inner);

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Tickets")]
struct ItsTicket {
    requester_id: UserId,
    status: Status,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Attachments")]
struct Arrived {
    name: String,
    size: i64,
    uploaded_at: Timestamp,
}

impl Drops<'_> {
    /// What the session that asks may add, and what it added. Who was let in to drop files.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn view(&self, actor: &Actor) -> Result<DropBox> {
        let (_, session) = actor.require_drop()?;
        let until = until(&self.0.db, session).await?;
        self.shown(&self.0.db, actor, session, until).await
    }

    /// Adds files, from a form as it arrives: `attachments`, and an `idempotency_key` as a reply has one. All or nothing.
    /// They are judged as everybody's are; of others on the ticket nothing is told, and nothing is compared with them. Who
    /// was let in to drop files; their session ends two hours later.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; [`Error::NotFound`] when the ticket is gone; [`Error::Conflict`] when it is
    /// closed, and for a key under which something else was sent; [`Error::Invalid`] and [`Error::TooLarge`] for the files.
    pub async fn add(&self, actor: &Actor, form: &mut impl TicketForm) -> Result<DropBox> {
        let (ticket, session) = actor.require_drop()?;
        let desk = self.0;
        let received = intake::receive(desk, actor, form).await?;
        let sending = match sending(actor, ticket, &received) {
            Ok(sending) => sending,
            Err(errors) => {
                received.discard().await;
                return Err(errors.into());
            }
        };
        let received = received.sent().await?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        match sending.earlier(&tx).await {
            Ok(None) => {}
            earlier => {
                received.discard().await;
                earlier?;
                // What is confirmed here is on the disk.
                tx.commit().await?;
                return self.view(actor).await;
            }
        }
        match self.check(&tx, actor, ticket, session, &received).await {
            Ok((whose, until)) => self.keep(tx, actor, &sending, received, (ticket, whose), until, at).await?,
            Err(refusal) => {
                drop(tx);
                received.discard().await;
                return Err(refusal);
            }
        }
        self.view(actor).await
    }

    /// Whose ticket it is and until when the session goes on, if it takes these files.
    async fn check(
        &self,
        tx: &Tx,
        actor: &Actor,
        ticket: TicketId,
        session: &SessionId,
        received: &Received,
    ) -> Result<(UserId, Timestamp)> {
        require_live(self.0, tx, actor).await?;
        // As whoever changes it does; and of two uploads of one session the second counts the first's files.
        tx.serialise(&lock_name(ticket)).await?;
        let its: Option<ItsTicket> = Tickets::find_by_id(ticket).into_partial_model().one(tx).await.or_refuse()?;
        let its = its.filter(|its| Some(its.requester_id) == actor.id).ok_or(Error::NotFound)?;
        if its.status == Status::Closed {
            return Err(Error::conflict("It takes no more files: what they are for is closed. Ask Support."));
        }
        let until = until(tx, session).await?;
        let room = self.shown(tx, actor, session, until).await?.room();
        match received.files.get(room as usize) {
            None => Ok((its.requester_id, until)),
            Some(over) => {
                let sentence = self.0.config.upload.refusal(&over.name, FileRefusal::TooMany);
                Err(Error::field("attachments", sentence))
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all of it was found out before the first write")]
    async fn keep(
        &self,
        tx: Tx,
        actor: &Actor,
        sending: &Sending,
        received: Received,
        (ticket, requester): (TicketId, UserId),
        until: Timestamp,
        at: Timestamp,
    ) -> Result<()> {
        let (_, session) = actor.require_drop()?;
        sending.done(&tx, Already { ticket, message: None }, at).await?;
        let what = EventData::FilesDropped { label: actor.scope.label.clone(), count: received.files.len() as u64 };
        let event = NewEvent::of_ticket(what, ticket).record(&tx, None, at).await?;
        let count = received.files.len() as u64;
        let data = LedgerData::FilesDropped { label: actor.scope.label.clone(), count };
        let by = By { id: None, ..By::from(actor) };
        NewEntry::of_customer(data, requester, Some(ticket)).session(Some(session)).note(&tx, by, at);
        let files = received.files.iter().map(|file| file.name.as_str()).collect();
        let document = Document { event, ticket, requester, is_internal: true, title: "", body: "", files };
        index::index(&tx, &[document]).await?;
        let until = Ord::min(until, at.plus_seconds(DropBox::OPEN_AFTER_UPLOAD));
        let ends = sessions::ActiveModel { until: Set(Some(until)), ..Default::default() };
        let ends = Sessions::update_many().set(ends).filter(sessions::COLUMN.sid.eq(session.clone()));
        ends.exec(&tx).await.or_refuse()?;
        let place = Place { ticket, event, is_internal: true, dropped_by: Some(session.clone()) };
        attach(tx, place, received.files, at).await.map(drop)
    }

    async fn shown(
        &self,
        db: &impl ConnectionTrait,
        actor: &Actor,
        session: &SessionId,
        until: Timestamp,
    ) -> Result<DropBox> {
        let its = Attachments::find().filter(attachments::COLUMN.dropped_by.eq(session.clone()));
        let files: Vec<Arrived> =
            its.order_by_asc(attachments::COLUMN.id).into_partial_model().all(db).await.or_refuse()?;
        let files = files.into_iter().map(|file| DroppedFile {
            name: file.name,
            size: file.size.unsigned_abs(),
            uploaded_at: file.uploaded_at,
        });
        Ok(DropBox {
            title: DropBox::title_of(&actor.scope.label),
            max_files: self.0.config.upload.max_files,
            until,
            files: files.collect(),
        })
    }

    /// Lets a ticket's customer see the files that came from outside with one event. How many they were. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when there is no such ticket or event; [`Error::Conflict`] when they were
    /// released already.
    pub async fn release(&self, actor: &Actor, ticket: TicketId, event: EventId) -> Result<u64> {
        actor.require_staff()?;
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        tx.serialise(&lock_name(ticket)).await?;
        let its: Option<ItsTicket> = Tickets::find_by_id(ticket).into_partial_model().one(&tx).await.or_refuse()?;
        let requester = its.ok_or(Error::NotFound)?.requester_id;
        let dropped =
            Events::find_by_id(event).filter(events::COLUMN.ticket_id.eq(ticket)).one(&tx).await.or_refuse()?;
        dropped.filter(|dropped| dropped.kind == domain::EventKind::FilesDropped).ok_or(Error::NotFound)?;
        let held = attachments::COLUMN.event_id.eq(event).and(attachments::COLUMN.is_internal.eq(true));
        require_known(self.0, &tx, actor, requester, CallerDeed::Files).await?;
        let names: Vec<String> = Attachments::find()
            .select_only()
            .column(attachments::Column::Name)
            .filter(held.clone())
            .order_by_asc(attachments::COLUMN.id)
            .into_tuple()
            .all(&tx)
            .await
            .or_refuse()?;
        if names.is_empty() {
            return Err(Error::conflict("These files were released already."));
        }
        let count = names.len() as u64;
        let data = LedgerData::FilesReleased { count };
        NewEntry::of_customer(data, requester, Some(ticket)).note(&tx, actor, at);
        let told = NewEvent::of_ticket(EventData::FilesReleased { count }, ticket).record(&tx, actor, at).await?;
        let released =
            attachments::ActiveModel { is_internal: Set(false), event_id: Set(Some(told)), ..Default::default() };
        Attachments::update_many().set(released).filter(held).exec(&tx).await.or_refuse()?;
        let document =
            |event, is_internal, files| Document { event, ticket, requester, is_internal, title: "", body: "", files };
        let moved = names.iter().map(String::as_str).collect();
        index::index(&tx, &[document(event, true, Vec::new()), document(told, false, moved)]).await?;
        tx.commit().await?;
        Ok(count)
    }
}

fn sending(actor: &Actor, ticket: TicketId, received: &Received) -> Result<Sending, FieldErrors> {
    let mut errors = FieldErrors::default();
    if received.files.is_empty() {
        errors.add("attachments", "Choose the files to add.");
    }
    let sending = errors.take("idempotency_key", Sending::dropped(actor, ticket, received));
    sending.filter(|_| errors.is_empty()).ok_or(errors)
}

/// Until when a session goes on, as it is now: an upload moves it.
async fn until(db: &impl ConnectionTrait, session: &SessionId) -> Result<Timestamp> {
    let until = Sessions::find().select_only().column(sessions::Column::Until);
    let until: Option<Option<Timestamp>> =
        until.filter(sessions::COLUMN.sid.eq(session.clone())).into_tuple().one(db).await.or_refuse()?;
    until.flatten().ok_or(Error::Unauthenticated)
}
