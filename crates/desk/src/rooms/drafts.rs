//! Drafts: what somebody has typed and not sent yet, so that no lost connection, session or browser takes it away.
//!
//! A draft belongs to one person and one form. It goes in the transaction that sends it.

use std::collections::BTreeMap;

use domain::{Actor, Can, Draft, DraftPlace, Error, Result, TicketId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, Order, QueryFilter as _, QuerySelect as _,
    sea_query::{OnConflict, Query},
};

use crate::{
    rooms::{Inner, sent},
    store::{
        db::Tx,
        entities::{Drafts as Table, Tickets, drafts, tickets},
        fault::{OrRefuse as _, internal},
        raw::forms::{Count, DRAFTS},
        reach::Reach,
    },
};

/// Drafts one person may have; the oldest go.
const MAX_DRAFTS: u64 = 100;

/// Use cases of drafts.
pub struct Drafts<'a>(pub(crate) &'a Inner);

impl Drafts<'_> {
    /// Keeps what was typed in place of what was kept before; forgets it when no text is left. `key` is the one under
    /// which it will be sent: once it is, nothing more is kept under that key and the answer is `None`, so that a save
    /// that comes late never brings back what was sent.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a ticket that the caller may not see; [`Error::Forbidden`] for a customer's note, for staff's
    /// new ticket and for a session that may not send it; [`Error::Invalid`] for fields that the form does not have, and for
    /// too many characters.
    pub async fn save(
        &self,
        actor: &Actor,
        place: DraftPlace,
        fields: &BTreeMap<String, String>,
        key: Option<&str>,
    ) -> Result<Option<Timestamp>> {
        let user = self.authorise(actor, place).await?;
        actor.require_can(Can::Reply)?;
        actor.require_own()?;
        place.check(fields)?;
        let key = sent::checked(key).map_err(|sentence| Error::field("idempotency_key", sentence))?;
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        if let Some(key) = key
            && sent::is_sent(&tx, actor, key).await?
        {
            return Ok(None);
        }
        if place.is_blank(fields) {
            forget(&tx, user, place).await?;
        } else {
            write(&tx, user, place, fields, at).await?;
        }
        tx.commit().await?;
        Ok(Some(at))
    }

    /// What is kept, if there is something. For a session that may not send it, there is nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Forbidden`] as [`Drafts::save`].
    pub async fn get(&self, actor: &Actor, place: DraftPlace) -> Result<Option<Draft>> {
        let user = self.authorise(actor, place).await?;
        if actor.require_can(Can::Reply).and_then(|()| actor.require_own()).is_err() {
            return Ok(None);
        }
        let row = Table::find_by_id((user, place)).one(&self.0.db).await.or_refuse()?;
        row.map(|row| {
            let fields = serde_json::from_str(&row.fields).map_err(|_| internal("a draft could not be read"))?;
            Ok(Draft { place, fields, saved_at: row.saved_at })
        })
        .transpose()
    }

    /// Forgets what is kept.
    ///
    /// # Errors
    /// As [`Drafts::save`].
    pub async fn discard(&self, actor: &Actor, place: DraftPlace) -> Result<()> {
        let user = self.authorise(actor, place).await?;
        actor.require_can(Can::Reply)?;
        actor.require_own()?;
        let tx = self.0.db.begin().await?;
        forget(&tx, user, place).await?;
        tx.commit().await
    }

    /// Whose draft it is, if they may write there.
    async fn authorise(&self, actor: &Actor, place: DraftPlace) -> Result<UserId> {
        let user = actor.id.ok_or(Error::Unauthenticated)?;
        let reach = Reach::of(actor)?;
        let ticket = match place {
            DraftPlace::Ticket => {
                let user = actor.require_customer()?;
                return actor.require_opening().map(|()| user);
            }
            DraftPlace::Reply(ticket) => ticket,
            DraftPlace::Note(ticket) => {
                actor.require_staff()?;
                ticket
            }
        };
        let requester: Option<UserId> = Tickets::find_by_id(ticket)
            .select_only()
            .column(tickets::Column::RequesterId)
            .into_tuple()
            .one(&self.0.db)
            .await
            .or_refuse()?;
        requester.filter(|requester| reach.has(ticket, *requester)).map(|_| user).ok_or(Error::NotFound)
    }
}

async fn write(
    tx: &Tx,
    user: UserId,
    place: DraftPlace,
    fields: &BTreeMap<String, String>,
    at: Timestamp,
) -> Result<()> {
    let fields = serde_json::to_string(fields).map_err(|_| internal("a draft could not be written"))?;
    let draft = drafts::ActiveModel { user_id: Set(user), place: Set(place), fields: Set(fields), saved_at: Set(at) };
    let anew = OnConflict::columns([drafts::Column::UserId, drafts::Column::Place])
        .update_columns([drafts::Column::Fields, drafts::Column::SavedAt])
        .to_owned();
    Table::insert(draft).on_conflict(anew).exec_without_returning(tx).await.or_refuse()?;
    let others = || drafts::COLUMN.user_id.eq(user).and(drafts::COLUMN.place.ne(place));
    let newest = Query::select()
        .column(drafts::Column::Place)
        .from(Table)
        .and_where(others())
        .order_by(drafts::Column::SavedAt, Order::Desc)
        .limit(MAX_DRAFTS - 1)
        .take();
    let oldest = Table::delete_many().filter(others()).filter(drafts::COLUMN.place.not_in_subquery(newest));
    oldest.exec(tx).await.or_refuse()?;
    Ok(())
}

/// Forgets a draft, in the transaction that sends it.
pub(crate) async fn forget(tx: &Tx, user: UserId, place: DraftPlace) -> Result<()> {
    // Mostly there is none.
    let before: Option<Vec<Count>> = tx.before(DRAFTS, [user.into(), place.into()]).await?;
    if before.is_some_and(|drafts| drafts.iter().all(|drafts| drafts.count == 0)) {
        return Ok(());
    }
    let draft = drafts::COLUMN.user_id.eq(user).and(drafts::COLUMN.place.eq(place));
    Table::delete_many().filter(draft).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Forgets everybody's drafts on a ticket that goes.
pub(crate) async fn forget_ticket(tx: &Tx, ticket: TicketId) -> Result<()> {
    let places = [DraftPlace::Reply(ticket), DraftPlace::Note(ticket)];
    Table::delete_many().filter(drafts::COLUMN.place.is_in(places)).exec(tx).await.or_refuse()?;
    Ok(())
}
