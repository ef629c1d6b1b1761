//! How tickets begin.

use domain::{
    Actor, DraftPlace, Error, EventData, FieldErrors, Priority, Result, Status, Ticket, UserId, check_description,
    check_title,
};
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use super::{Place, Tickets, attach};
use crate::{
    rooms::{
        categories,
        intake::{self, Received, TicketForm},
        person,
        search::index::{self, Document},
        sent::{self, Already, Sending},
        sessions,
    },
    store::{
        entities::{Tickets as Table, tickets},
        fault::OrRefuse as _,
    },
    trail::{events::NewEvent, unread::Concerned},
};

impl Tickets<'_> {
    /// Opens a ticket with its files, from a form as it arrives: all or nothing. Customers. A form with the
    /// `idempotency_key` of one that was accepted opens nothing and gets the ticket of that one.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for staff, and from a session that is for one ticket, may not write or has files that it may
    /// not add; [`domain::Error::Conflict`] for a key under which something else was sent; [`domain::Error::Invalid`] and
    /// [`domain::Error::TooLarge`] for what is in the form.
    pub async fn open(&self, actor: &Actor, form: &mut impl TicketForm) -> Result<Ticket> {
        let requester = actor.require_customer()?;
        actor.require_opening()?;
        let received = intake::receive(self.0, actor, form).await?;
        self.open_received(actor, Ok(requester), received).await
    }

    /// Opens a ticket for a customer, whom the form's field `customer` names by username, by id, or by id as `#7`. The event says
    /// who opened it. Staff; besides as [`Tickets::open`].
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for customers; [`domain::Error::Conflict`] for a key under which something else was sent; [`domain::Error::Invalid`]
    /// and [`domain::Error::TooLarge`] for what is in the form.
    pub async fn open_for(&self, actor: &Actor, form: &mut impl TicketForm) -> Result<Ticket> {
        actor.require_staff()?;
        let received = intake::receive(self.0, actor, form).await?;
        let requester = match received.text("customer") {
            Some(text) => person::customer_called(&self.0.db, text).await,
            None => Ok(Err("This field is required.".to_owned())),
        };
        match requester {
            Ok(requester) => self.open_received(actor, requester, received).await,
            Err(error) => {
                received.discard().await;
                Err(error)
            }
        }
    }

    async fn open_received(
        &self,
        actor: &Actor,
        requester: Result<UserId, String>,
        received: Received,
    ) -> Result<Ticket> {
        let desk = self.0;
        let mut errors = FieldErrors::default();
        let requester = errors.take("customer", requester);
        let required = |name, check: fn(&str) -> Result<String, String>| match received.text(name) {
            Some(text) => check(text),
            None => Err("This field is required.".to_owned()),
        };
        let title = errors.take("title", required("title", check_title));
        let description = errors.take("description", required("description", check_description));
        let priority = match received.text("priority").map(str::trim).filter(|word| !word.is_empty()) {
            Some(word) => errors.take("priority", word.parse()),
            None => Some(Priority::default()),
        };
        let category = errors.take("category", categories::resolve(&desk.db, received.text("category")).await?);
        let sending = Sending::read(actor, DraftPlace::Ticket, &received);
        let sending = errors.take("idempotency_key", sending);
        let (
            Some(requester),
            Some(title),
            Some(description),
            Some(priority),
            Some((category_id, category)),
            Some(sending),
        ) = (requester, title, description, priority, category, &sending)
        else {
            received.discard().await;
            return match sent::earlier(desk, sending.as_ref()).await? {
                Some(earlier) => self.get(actor, earlier.ticket).await,
                None => Err(errors.into()),
            };
        };
        let received = received.sent().await?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        if let Some(earlier) = sending.earlier(&tx).await.transpose() {
            received.discard().await;
            let earlier = earlier?;
            // What is confirmed here is on the disk, also if whoever sent it first was told that it may not be.
            tx.commit().await?;
            return self.get(actor, earlier.ticket).await;
        }
        if let Err(refusal) = sessions::require_live(desk, &tx, actor).await {
            received.discard().await;
            return Err(refusal);
        }
        if !person::stays(&tx, requester).await? {
            received.discard().await;
            return Err(Error::field("customer", "This customer was erased just now."));
        }
        let new = tickets::ActiveModel {
            requester_id: Set(requester),
            title: Set(title.clone()),
            description: Set(description.clone()),
            priority: Set(priority),
            category_id: Set(category_id),
            status: Set(Status::Open),
            created_at: Set(at),
            updated_at: Set(at),
            worked_on_at: Set(actor.role.is_staff().then_some(at)),
            ..Default::default()
        };
        let id = Table::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
        let whom = Some(Concerned { requester_id: requester, assignee_id: None });
        let event = NewEvent { whom, ..NewEvent::of_ticket(EventData::TicketOpened, id) };
        let event = event.record(&tx, actor, at).await?;
        let document = Document {
            event,
            ticket: id,
            requester,
            is_internal: false,
            title: &title,
            body: &description,
            files: received.files.iter().map(|file| file.name.as_str()).collect(),
        };
        index::index(&tx, &[document]).await?;
        sending.done(&tx, Already { ticket: id, message: None }, at).await?;
        let attachments =
            attach(tx, Place { ticket: id, event, is_internal: false, dropped_by: None }, received.files, at).await?;
        Ok(Ticket {
            id,
            title,
            description,
            priority,
            category,
            status: Status::Open,
            created_at: at,
            updated_at: at,
            attachments,
        })
    }
}
