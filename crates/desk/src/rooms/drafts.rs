//! Drafts: what somebody has typed and not sent yet, so that no lost connection, session or browser takes it away.
//!
//! A draft belongs to one person and one form. It goes in the transaction that sends it.

use std::collections::BTreeMap;

use domain::{Actor, Draft, DraftPlace, Error, Result, TicketId, Timestamp, UserId};
use sea_orm::FromQueryResult;

use crate::{
    rooms::{Inner, sent},
    store::{
        db::{Scalar, Sql as _, Tx},
        fault::internal,
    },
};

/// Drafts one person may have; the oldest go.
const MAX_DRAFTS: i64 = 100;

/// Use cases of drafts.
pub struct Drafts<'a>(pub(crate) &'a Inner);

#[derive(FromQueryResult)]
struct Row {
    fields: String,
    saved_at: i64,
}

impl Drafts<'_> {
    /// Keeps what was typed in place of what was kept before; forgets it when no text is left. `key` is the one under
    /// which it will be sent: once it is, nothing more is kept under that key and the answer is `None`, so that a save
    /// that comes late never brings back what was sent.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a ticket that the caller may not see; [`Error::Forbidden`] for a customer's note and for
    /// staff's new ticket; [`Error::Invalid`] for fields that the form does not have, and for too many characters.
    pub async fn save(
        &self,
        actor: &Actor,
        place: DraftPlace,
        fields: &BTreeMap<String, String>,
        key: Option<&str>,
    ) -> Result<Option<Timestamp>> {
        let user = self.authorise(actor, place).await?;
        place.check(fields)?;
        let key = sent::checked(key).map_err(|sentence| Error::field("idempotency_key", sentence))?;
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        if let Some(key) = key
            && sent::is_sent(&tx, user, key).await?
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

    /// What is kept, if there is something.
    ///
    /// # Errors
    /// As [`Drafts::save`].
    pub async fn get(&self, actor: &Actor, place: DraftPlace) -> Result<Option<Draft>> {
        let user = self.authorise(actor, place).await?;
        let row: Option<Row> = self
            .0
            .db
            .sql_one(
                "SELECT fields, saved_at FROM drafts WHERE user_id = $1 AND place = $2",
                [user.0.into(), place.to_string().into()],
            )
            .await?;
        row.map(|row| {
            let fields = serde_json::from_str(&row.fields).map_err(|_| internal("a draft could not be read"))?;
            Ok(Draft { place, fields, saved_at: Timestamp::from_micros(row.saved_at) })
        })
        .transpose()
    }

    /// Forgets what is kept.
    ///
    /// # Errors
    /// As [`Drafts::save`].
    pub async fn discard(&self, actor: &Actor, place: DraftPlace) -> Result<()> {
        let user = self.authorise(actor, place).await?;
        let tx = self.0.db.begin().await?;
        forget(&tx, user, place).await?;
        tx.commit().await
    }

    /// Whose draft it is, if they may write there.
    async fn authorise(&self, actor: &Actor, place: DraftPlace) -> Result<UserId> {
        let user = actor.id.ok_or(Error::Unauthenticated)?;
        let ticket = match place {
            DraftPlace::Ticket => return actor.require_customer(),
            DraftPlace::Reply(ticket) => ticket,
            DraftPlace::Note(ticket) => {
                actor.require_staff()?;
                ticket
            }
        };
        let requester: Option<Scalar> =
            self.0.db.sql_one("SELECT requester_id FROM tickets WHERE id = $1", [ticket.0.into()]).await?;
        requester
            .filter(|requester| actor.role.can_work_tickets() || requester.0 == user.0)
            .map(|_| user)
            .ok_or(Error::NotFound)
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
    let place = place.to_string();
    tx.sql_run(
        "INSERT INTO drafts (user_id, place, fields, saved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, place) DO UPDATE SET fields = excluded.fields, saved_at = excluded.saved_at",
        [user.0.into(), place.as_str().into(), fields.into(), at.as_micros().into()],
    )
    .await?;
    tx.sql_run(
        "DELETE FROM drafts WHERE user_id = $1 AND place <> $2 AND place NOT IN
            (SELECT place FROM drafts WHERE user_id = $1 AND place <> $2 ORDER BY saved_at DESC LIMIT $3)",
        [user.0.into(), place.into(), (MAX_DRAFTS - 1).into()],
    )
    .await?;
    Ok(())
}

/// Forgets a draft, in the transaction that sends it.
pub(crate) async fn forget(tx: &Tx, user: UserId, place: DraftPlace) -> Result<()> {
    tx.sql_run("DELETE FROM drafts WHERE user_id = $1 AND place = $2", [user.0.into(), place.to_string().into()])
        .await?;
    Ok(())
}

/// Forgets everybody's drafts on a ticket that goes.
pub(crate) async fn forget_ticket(tx: &Tx, ticket: TicketId) -> Result<()> {
    let places = [DraftPlace::Reply(ticket), DraftPlace::Note(ticket)];
    tx.sql_run("DELETE FROM drafts WHERE place IN ($1, $2)", places.map(|place| place.to_string().into())).await?;
    Ok(())
}
