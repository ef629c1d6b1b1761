//! The conversation on a ticket: replies for everybody on it, notes for the team.

use domain::{
    Actor, Can, Cursor, DraftPlace, Error, Event, EventData, EventId, FieldErrors, FileRefusal, Key, MessageId,
    MessageKind, ReplyThen, Result, Status, TicketId, Timestamp, check_message,
};

use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::{Place, Tickets, attach, change, first_worked_on, lock, touch};
use crate::{
    rooms::{
        attachments,
        intake::{self, Received, TicketForm},
        search::index::{self, Document},
        sent::{self, Already, Sending},
        sessions,
        tickets::timeline,
    },
    store::{
        db::Tx,
        entities::{Events, Messages, Tickets as Table, events, messages, tickets},
        fault::OrRefuse as _,
        raw::tickets::TicketRow,
    },
    trail::{events::NewEvent, unread::Concerned},
};

/// What a form says, read and found good.
struct Words {
    body: String,
    then: ReplyThen,
    sending: Sending,
}

impl Tickets<'_> {
    /// Sends a reply, from a form as it arrives: `body` in Markdown, `attachments`, and for staff `then` (a
    /// [`ReplyThen`]). All or nothing. Its owner until it is closed, or staff. A customer's reply opens a ticket that
    /// waited for them or was resolved. A form with the `idempotency_key` of one that was accepted writes nothing and
    /// gets the answer of that one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Forbidden`] from a session that has words or files and may not
    /// add them; [`Error::Conflict`] for a customer's closed ticket and for a `then` that the workflow does
    /// not allow, and for a key under which something else was sent; [`Error::Invalid`] and [`Error::TooLarge`] for what
    /// is in the form.
    pub async fn reply(&self, actor: &Actor, id: TicketId, form: &mut impl TicketForm) -> Result<Event> {
        // Whether it still takes replies is looked at later: one that is sent again was taken while it did.
        self.find(actor, id).await?;
        actor.require_adding()?;
        self.say(actor, id, form, MessageKind::Reply).await
    }

    /// Writes an internal note, from a form as it arrives: `body` in Markdown and `attachments`. Staff; the customer
    /// learns nothing of it. An `idempotency_key` works as in [`Tickets::reply`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers; [`Error::NotFound`]; [`Error::Conflict`]; [`Error::Invalid`] and
    /// [`Error::TooLarge`] for the form.
    pub async fn note(&self, actor: &Actor, id: TicketId, form: &mut impl TicketForm) -> Result<Event> {
        actor.require_staff()?;
        self.find(actor, id).await?;
        self.say(actor, id, form, MessageKind::Note).await
    }

    async fn say(&self, actor: &Actor, id: TicketId, form: &mut impl TicketForm, kind: MessageKind) -> Result<Event> {
        let desk = self.0;
        let received = intake::receive(desk, actor, form).await?;
        let place = match kind {
            MessageKind::Reply => DraftPlace::Reply(id),
            MessageKind::Note => DraftPlace::Note(id),
        };
        let words = match words(actor, place, &received) {
            Ok(words) => words,
            Err(refused) => {
                let (refusal, sending) = *refused;
                received.discard().await;
                return match sent::earlier(desk, sending.as_ref()).await? {
                    Some(earlier) => self.entry_of(actor, id, earlier.message).await,
                    None => Err(refusal.into()),
                };
            }
        };
        let received = received.sent().await?;
        let tx = desk.db.begin().await?;
        if let Some(earlier) = words.sending.earlier(&tx).await.transpose() {
            received.discard().await;
            let earlier = earlier?;
            // What is confirmed here is on the disk.
            tx.commit().await?;
            return self.entry_of(actor, id, earlier.message).await;
        }
        match self.check(&tx, actor, id, kind, &words, &received).await {
            Ok(row) => {
                let event = write(tx, actor, &row, kind, &words, received, desk.now()).await?;
                self.entry(actor, id, event).await
            }
            Err(refusal) => {
                drop(tx);
                received.discard().await;
                Err(refusal)
            }
        }
    }

    /// Looks again, in the transaction: the ticket may have changed while the files arrived.
    async fn check(
        &self,
        tx: &Tx,
        actor: &Actor,
        id: TicketId,
        kind: MessageKind,
        words: &Words,
        received: &Received,
    ) -> Result<TicketRow> {
        let upload = self.0.config.upload;
        sessions::require_live(self.0, tx, actor).await?;
        let row = lock(tx, actor, id).await?;
        if kind == MessageKind::Reply {
            require_reply(&row, actor)?;
        }
        if let Some(next) = then_status(actor, kind, words).filter(|next| *next != row.status) {
            row.status.check_move(next, actor.role).map_err(Error::conflict)?;
        }
        let room = attachments::room(tx, id, upload.max_files).await?;
        let room = if kind == MessageKind::Note { room.internal } else { room.public };
        match received.files.get(room as usize) {
            Some(over) => Err(Error::field("attachments", upload.refusal(&over.name, FileRefusal::TooMany))),
            None => Ok(row),
        }
    }

    /// The entry of a message that was sent before.
    async fn entry_of(&self, actor: &Actor, ticket: TicketId, message: Option<MessageId>) -> Result<Event> {
        let message = message.ok_or(Error::NotFound)?;
        let its = Events::find().filter(events::COLUMN.ticket_id.eq(ticket));
        let its = its.filter(events::COLUMN.message_id.eq(message)).select_only().column(events::Column::Id);
        let event: Option<EventId> = its.into_tuple().one(&self.0.db).await.or_refuse()?;
        self.entry(actor, ticket, event.ok_or(Error::NotFound)?).await
    }

    /// One entry of the timeline.
    async fn entry(&self, actor: &Actor, ticket: TicketId, event: EventId) -> Result<Event> {
        let after = Cursor::Before(Key::from(event.0.saturating_add(1)));
        let row = self.find(actor, ticket).await?;
        let page = timeline::read(&self.0.db, actor, &row.subject(), after, 1).await?;
        page.items.into_iter().find(|entry| entry.id == event).ok_or(Error::Internal)
    }
}

fn require_reply(row: &TicketRow, actor: &Actor) -> Result<()> {
    let abilities = row.abilities(actor);
    if abilities.can_reply || abilities.can_upload {
        return Ok(());
    }
    Err(Error::conflict(format!("This ticket is {}. Open a new one to go on.", row.status)))
}

/// What is wrong, and under which key it came, if that can be read.
type Refused = Box<(FieldErrors, Option<Sending>)>;

fn words(actor: &Actor, place: DraftPlace, received: &Received) -> Result<Words, Refused> {
    let mut errors = FieldErrors::default();
    let body = received.text("body").unwrap_or_default();
    // A file may speak for itself.
    let body = if body.trim().is_empty() && !received.files.is_empty() {
        Some(String::new())
    } else if !actor.scope.may(Can::Reply) {
        errors.take("attachments", Err("Choose the files to add.".to_owned()))
    } else if received.text("body").is_none() {
        errors.take("body", Err("This field is required.".to_owned()))
    } else {
        errors.take("body", check_message(body))
    };
    let then = match received.text("then").map(str::trim).filter(|word| !word.is_empty()) {
        Some(word) => errors.take("then", word.parse()),
        None => Some(ReplyThen::Stay),
    };
    let sending = errors.take("idempotency_key", Sending::read(actor, place, received));
    match (body, then, sending) {
        (Some(body), Some(then), Some(sending)) => Ok(Words { body, then, sending }),
        (_, _, sending) => Err(Box::new((errors, sending))),
    }
}

/// The status that staff ask for with a reply; customers do not choose.
fn then_status(actor: &Actor, kind: MessageKind, words: &Words) -> Option<Status> {
    (actor.role.is_staff() && kind == MessageKind::Reply).then(|| words.then.status()).flatten()
}

async fn write(
    tx: Tx,
    actor: &Actor,
    row: &TicketRow,
    kind: MessageKind,
    words: &Words,
    received: Received,
    at: Timestamp,
) -> Result<EventId> {
    let ticket = row.id;
    let is_internal = kind == MessageKind::Note;
    let new = messages::ActiveModel {
        ticket_id: Set(ticket),
        author_id: Set(actor.id),
        kind: Set(kind),
        body: Set(words.body.clone()),
        at: Set(at),
        ..Default::default()
    };
    let message = Messages::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
    words.sending.done(&tx, Already { ticket, message: Some(message) }, at).await?;
    let what = if is_internal { EventData::Noted } else { EventData::Replied };
    let whom = Some(Concerned { requester_id: row.requester_id, assignee_id: row.assignee_id });
    let event = NewEvent { message: Some(message), whom, ..NewEvent::of_ticket(what, ticket) };
    let event = event.record(&tx, actor, at).await?;
    let next = if actor.role.is_staff() {
        then_status(actor, kind, words).unwrap_or(row.status)
    } else {
        row.status.after_customer_reply()
    };
    if next != row.status {
        change::set_status(&tx, actor, ticket, row.status, next, at).await?;
    }
    if is_internal {
        // No trace that the customer could see: the ticket's moment of change stays.
        let change = Table::update_many().col_expr(tickets::Column::WorkedOnAt, first_worked_on(at));
        change.filter(tickets::COLUMN.id.eq(ticket)).exec(&tx).await.or_refuse()?;
    } else {
        touch(&tx, actor, ticket, at).await?;
    }
    let document = Document {
        event,
        ticket,
        requester: row.requester_id,
        is_internal,
        title: "",
        body: &words.body,
        files: received.files.iter().map(|file| file.name.as_str()).collect(),
    };
    index::index(&tx, &[document]).await?;
    attach(tx, Place { ticket, event, is_internal, dropped_by: None }, received.files, at).await?;
    Ok(event)
}
