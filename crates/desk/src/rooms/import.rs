//! The bulk road into a desk: what happened elsewhere, or in somebody's imagination, with its own times and authors.
//!
//! Held to the rules of the live use cases (texts, files, the workflow), written many rows at a time. Nobody is told of
//! what is imported, and unread is only what is still under way.

use bytes::Bytes;
use domain::{
    Actor, CategoryId, Error, EventData, EventId, MessageId, MessageKind, PersonDraft, Priority, Result, Role, Status,
    TicketId, Timestamp, UserId,
};
use futures::{StreamExt, stream};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::{
    rooms::{
        Inner, hashes,
        intake::{self, ReceivedFile},
        people::passwords,
        person, pictures,
        search::index::{self, Document},
    },
    store::{
        db::Tx,
        entities::{Categories, Messages, Tickets, Users, attachments, categories, messages, tickets, unread, users},
        fault::OrRefuse as _,
        names,
    },
    trail::events::NewEvent,
};
use replay::{Replayed, Team};

mod replay;

/// Use cases of the bulk road. The command line's alone.
pub struct Import<'a>(pub(crate) &'a Inner);

/// A customer or a member of staff.
#[derive(Debug, Clone)]
pub struct PastPerson {
    /// As an admin would enter them.
    pub draft: PersonDraft,
    /// What they may do.
    pub role: Role,
    /// For staff; without one they cannot log in until an admin sets it.
    pub password: Option<String>,
    /// When they were created.
    pub created_at: Timestamp,
}

/// A ticket as its customer opened it, and what happened to it.
#[derive(Debug, Clone)]
pub struct PastTicket {
    /// Who opened it: a customer.
    pub requester: UserId,
    /// When.
    pub at: Timestamp,
    /// One line.
    pub title: String,
    /// As the customer wrote it.
    pub description: String,
    /// How soon.
    pub priority: Priority,
    /// A category's name, of a retired one too.
    pub category: String,
    /// What it was opened with.
    pub files: Vec<PastFile>,
    /// What happened afterwards, oldest first.
    pub deeds: Vec<PastDeed>,
}

/// A file that came with something.
#[derive(Debug, Clone)]
pub struct PastFile {
    /// The name its sender gave it.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// Something that somebody did to a ticket.
#[derive(Debug, Clone)]
pub struct PastDeed {
    /// When.
    pub at: Timestamp,
    /// Who: the ticket's customer or a member of staff.
    pub by: UserId,
    /// What.
    pub deed: Deed,
}

/// What can be done to a ticket.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A reply or a note. A customer's reply opens what waited for them or was resolved, as always.
    Wrote {
        /// For whom it is.
        kind: MessageKind,
        /// Markdown.
        body: String,
        /// What came with it.
        files: Vec<PastFile>,
    },
    /// Its status became another, as the workflow allows.
    Moved(Status),
    /// Its priority became another.
    Prioritised(Priority),
    /// It came into this category.
    Categorised(String),
    /// It was given to a member of staff, or to nobody.
    Assigned(Option<UserId>),
}

/// A file that is stored, and what it came with.
struct StoredFile {
    /// The place of its ticket and of the event among all that are written.
    ticket: usize,
    event: usize,
    is_internal: bool,
    at: Timestamp,
    file: ReceivedFile,
}

impl Import<'_> {
    /// Creates people with the times they have, in one transaction; their ids, in order.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the command line; [`Error::Invalid`]; [`Error::Conflict`] when a username
    /// is taken.
    pub async fn people(&self, actor: &Actor, people: &[PastPerson]) -> Result<Vec<UserId>> {
        require_command_line(actor)?;
        let mut checked = Vec::with_capacity(people.len());
        for person in people {
            let hash = match &person.password {
                Some(password) if person.role.is_staff() => {
                    let names = [person.draft.username.as_str(), &person.draft.email, &person.draft.name];
                    passwords::check(password, &names).map_err(|sentence| Error::field("password", sentence))?;
                    Some(passwords::hash(password).await?)
                }
                Some(_) => return Err(Error::field("password", "A customer has no password.")),
                None => None,
            };
            checked.push((person.draft.check()?, hash));
        }
        let tx = self.0.db.begin().await?;
        tx.serialise("usernames").await?;
        let ids = tx.reserve(Users, UserId, people.len()).await?;
        let mut rows = Vec::with_capacity(people.len());
        for ((person, (profile, hash)), id) in people.iter().zip(checked).zip(&ids) {
            let key = names::username_key(profile.username.as_str());
            let namesake = Users::find().filter(users::COLUMN.username_key.eq(key.as_str()));
            let taken: Option<UserId> =
                namesake.select_only().column(users::Column::Id).into_tuple().one(&tx).await.or_refuse()?;
            if taken.is_some() {
                return Err(Error::conflict(format!("A user with the username {} already exists.", profile.username)));
            }
            rows.push(users::ActiveModel {
                id: Set(*id),
                role: Set(person.role),
                password_hash: Set(hash),
                is_active: Set(true),
                created_at: Set(person.created_at),
                ..person::named(profile)
            });
        }
        tx.insert_many(rows).await?;
        let created = people
            .iter()
            .zip(&ids)
            .map(|(person, id)| (NewEvent::of_user(EventData::UserCreated, *id), actor.id, person.created_at));
        NewEvent::record_past(&tx, created).await?;
        tx.commit().await?;
        Ok(ids)
    }

    /// Writes tickets with all that happened to them, in one transaction: all or nothing. Their ids, in order. Some
    /// hundreds at a time are quickest; their files wait in the folder of incoming ones until they are all there.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the command line; [`Error::Invalid`] for a text or a file;
    /// [`Error::Conflict`] for what cannot have happened, with the ticket's title.
    pub async fn tickets(&self, actor: &Actor, tickets: Vec<PastTicket>) -> Result<Vec<TicketId>> {
        require_command_line(actor)?;
        let desk = self.0;
        let team = Team::read(&desk.db).await?;
        let categories = Categories::find().select_only();
        let categories: Vec<(String, CategoryId)> = categories
            .columns([categories::Column::NameKey, categories::Column::Id])
            .into_tuple()
            .all(&desk.db)
            .await
            .or_refuse()?;
        let categories = categories.into_iter().collect();
        let mut replayed = Vec::with_capacity(tickets.len());
        for ticket in &tickets {
            let told = |error| named(error, &ticket.title);
            replayed.push(replay::replay(ticket, &team, &categories).map_err(told)?);
        }
        let mut files = Vec::new();
        let mut before = 0;
        for (number, (ticket, replayed)) in tickets.iter().zip(&replayed).enumerate() {
            for file in replay::files(ticket, replayed) {
                let received = receive(desk, file.file).await.map_err(|error| named(error, &ticket.title))?;
                files.push(StoredFile {
                    ticket: number,
                    event: before + file.event,
                    is_internal: file.is_internal,
                    at: file.at,
                    file: received,
                });
            }
            before += replayed.events.len();
        }
        let tx = desk.db.begin().await?;
        let ids = write_tickets(&tx, &tickets, &replayed).await?;
        let messages = write_messages(&tx, &ids, &replayed).await?;
        let mut messages = messages.into_iter();
        let events = replayed.iter().zip(&ids).flat_map(|(replayed, id)| replayed.events.iter().map(move |e| (e, *id)));
        let events = events.map(|(event, id)| {
            let message = event.message.as_ref().and_then(|_| messages.next());
            let new = NewEvent { message, ..NewEvent::of_ticket(event.data.clone(), id) };
            (new, Some(event.by), event.at)
        });
        let events = NewEvent::record_past(&tx, events.collect::<Vec<_>>()).await?;
        index::index(&tx, &documents(&tickets, &replayed, &ids, &events)).await?;
        let mut before = 0;
        let mut marks = Vec::new();
        for (replayed, id) in replayed.iter().zip(&ids) {
            marks.extend(replayed.unread.iter().map(|(user, event)| unread::ActiveModel {
                user_id: Set(*user),
                ticket_id: Set(*id),
                event_id: Set(events[before + event]),
            }));
            before += replayed.events.len();
        }
        tx.insert_many(marks).await?;
        let mut rows = Vec::with_capacity(files.len());
        for stored in files {
            let (ticket, file) = (ids[stored.ticket], stored.file);
            let (width, height) = pictures::columns(file.picture);
            let guard = file.guard;
            let guard = guard.given_to(ticket, &file.stored_name).await?;
            tx.keep_file(guard);
            rows.push(attachments::ActiveModel {
                id: NotSet,
                ticket_id: Set(ticket),
                stored_name: Set(file.stored_name),
                name: Set(file.name),
                size: Set(i64::try_from(file.size).unwrap_or(i64::MAX)),
                kind: Set(file.kind),
                uploaded_at: Set(stored.at),
                event_id: Set(Some(events[stored.event])),
                is_internal: Set(stored.is_internal),
                dropped_by: Set(None),
                width: Set(Some(width)),
                height: Set(Some(height)),
                sha256: Set(hashes::column(file.hash)),
            });
        }
        tx.insert_many(rows).await?;
        tx.commit().await?;
        Ok(ids)
    }
}

fn require_command_line(actor: &Actor) -> Result<()> {
    actor.require_admin()?;
    if actor.id.is_some() {
        return Err(Error::forbidden("This is for the command line."));
    }
    Ok(())
}

/// Says which ticket cannot be imported.
fn named(error: Error, title: &str) -> Error {
    match error.fields() {
        Some(fields) => {
            let sentences: Vec<_> =
                fields.0.iter().map(|(field, sentences)| format!("{field}: {}", sentences.join(" "))).collect();
            Error::conflict(format!("The ticket \"{title}\" cannot be imported. {}", sentences.join(" ")))
        }
        None => error,
    }
}

/// Takes a file as a form's is taken.
async fn receive(desk: &Inner, file: &PastFile) -> Result<ReceivedFile> {
    let chunks = stream::iter([Ok(file.bytes.clone())]).boxed();
    intake::receive_file(desk, intake::shown_name(&file.name), chunks).await?.sent().await
}

async fn write_tickets(tx: &Tx, tickets: &[PastTicket], replayed: &[Replayed]) -> Result<Vec<TicketId>> {
    let ids = tx.reserve(Tickets, TicketId, tickets.len()).await?;
    let rows = tickets.iter().zip(replayed).zip(&ids).map(|((ticket, replayed), id)| tickets::ActiveModel {
        id: Set(*id),
        requester_id: Set(ticket.requester),
        title: Set(replayed.title.clone()),
        description: Set(replayed.description.clone()),
        priority: Set(replayed.priority),
        category_id: Set(replayed.category),
        status: Set(replayed.status),
        worked_on_at: Set(replayed.worked_on_at),
        created_at: Set(ticket.at),
        updated_at: Set(replayed.updated_at),
        assignee_id: Set(replayed.assignee),
        closed_at: Set((replayed.status == Status::Closed).then_some(replayed.updated_at)),
    });
    tx.insert_many(rows).await?;
    Ok(ids)
}

async fn write_messages(tx: &Tx, tickets: &[TicketId], replayed: &[Replayed]) -> Result<Vec<MessageId>> {
    let messages: Vec<_> = replayed
        .iter()
        .zip(tickets)
        .flat_map(|(replayed, id)| {
            replayed.events.iter().filter_map(move |event| Some((id, event, event.message.as_ref()?)))
        })
        .collect();
    let ids = tx.reserve(Messages, MessageId, messages.len()).await?;
    let rows = messages.iter().zip(&ids).map(|((ticket, event, message), id)| messages::ActiveModel {
        id: Set(*id),
        ticket_id: Set(**ticket),
        author_id: Set(Some(event.by)),
        kind: Set(message.kind),
        body: Set(message.body.clone()),
        at: Set(event.at),
    });
    tx.insert_many(rows).await?;
    Ok(ids)
}

/// What the search finds them by; `events` are those of all tickets, one after the other.
fn documents<'a>(
    tickets: &'a [PastTicket],
    replayed: &'a [Replayed],
    ids: &[TicketId],
    events: &[EventId],
) -> Vec<Document<'a>> {
    let mut documents = Vec::new();
    let mut events = events.iter();
    for ((ticket, replayed), id) in tickets.iter().zip(replayed).zip(ids) {
        for (happened, event) in replayed.events.iter().zip(events.by_ref()) {
            let (title, body) = match &happened.message {
                Some(words) => ("", words.body.as_str()),
                None if happened.data == EventData::TicketOpened => {
                    (replayed.title.as_str(), replayed.description.as_str())
                }
                None => continue,
            };
            documents.push(Document {
                event: *event,
                ticket: *id,
                requester: ticket.requester,
                is_internal: happened.data.kind().is_internal(),
                title,
                body,
                files: replay::files_of(ticket, happened).iter().map(|file| file.name.as_str()).collect(),
            });
        }
    }
    documents
}
