//! Refresh tokens: what they are exchanged for, and what happens to one that comes back.

use domain::{Actor, EndReason, Error, EventData, LedgerData, LoginKind, Result, SessionId, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{
    LoggedIn, Sessions,
    ending::end_each,
    row::{Standing, mint, mint_access},
};
use crate::{
    rooms::withhold_address,
    store::{
        db::Tx,
        entities::{Sessions as Table, sessions},
        fault::OrRefuse as _,
        random::random_hex,
        raw::sessions::Session,
        scopes::Kept,
        tokens::TokenType,
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry, opens_of},
    },
};

impl Sessions<'_> {
    /// Whose browser session a refresh token belongs to, for when it cannot be rotated because nothing can be written:
    /// reading goes on, and the token stays as it is. Only one that would be renewed will do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] as [`Sessions::renew`].
    pub async fn known_by(&self, refresh: &str) -> Result<Actor> {
        let at = self.0.now();
        let claims = self.0.keys.read(refresh, TokenType::Refresh, at)?;
        let row = Session::find(&self.0.db, &claims.sid).await?;
        let row = row.filter(|row| row.is_live(self.0, at) && row.kind == LoginKind::Browser);
        let row =
            row.filter(|row| !matches!(row.standing(&claims, self.0.config.rotation_grace, at), Standing::Stolen));
        Ok(row.ok_or(Error::Unauthenticated)?.actor(self.0))
    }

    /// Rotates a browser session's refresh token (RFC 9700, 4.14.2). The one before it is answered with the tokens that
    /// count now for as long as nobody used these: the answer that carried them may be lost. Once they were used, it is
    /// answered within the grace, so that requests sent at once all succeed. Any other ends the whole session, because
    /// somebody has a copy, and that is recorded.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid, its session is over, or is not a browser's.
    pub async fn renew(&self, refresh: &str) -> Result<LoggedIn> {
        let desk = self.0;
        let at = desk.now();
        let claims = desk.keys.read(refresh, TokenType::Refresh, at)?;
        let tx = desk.db.begin_soon().await?;
        tx.serialise(&claims.sid.0).await?;
        let row = Session::find(&tx, &claims.sid).await?.ok_or(Error::Unauthenticated)?;
        if !row.is_live(desk, at) || row.kind != LoginKind::Browser {
            return Err(Error::Unauthenticated);
        }
        let end = row.end(desk);
        let until = at.plus_seconds(desk.config.refresh_ttl).min(end);
        let renewed = || sessions::ActiveModel {
            rotated_at: Set(Some(at)),
            last_seen_at: Set(at),
            expires_at: Set(until),
            ..Default::default()
        };
        let (jti, until) = match row.standing(&claims, desk.config.rotation_grace, at) {
            Standing::Counts => {
                let next = random_hex::<16>()?;
                let rotated = sessions::ActiveModel {
                    // What counts until now: the session is locked.
                    previous_jti: Set(Some(row.refresh_jti.clone())),
                    refresh_jti: Set(next.clone()),
                    refresh_used_at: Set(None),
                    ..renewed()
                };
                change(&tx, &claims.sid, rotated).await?;
                (next, until)
            }
            // The grace begins anew: requests sent at once with the old token may come after the first use of the new
            // one.
            Standing::SuccessorUnused => {
                change(&tx, &claims.sid, renewed()).await?;
                (row.refresh_jti.clone(), until)
            }
            Standing::Graced => (row.refresh_jti.clone(), row.expires_at.min(end)),
            Standing::Stolen => {
                end_stolen(tx, &row, at).await?;
                return Err(Error::Unauthenticated);
            }
        };
        tx.commit().await?;
        let tokens = mint(desk, row.user_id, &claims.sid, jti, at, (until, end))?;
        Ok(LoggedIn { actor: row.actor(desk), tokens })
    }

    /// A new access token for an API session; its refresh token stays as it is.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid, its session is over, or is a browser's.
    pub async fn renew_access(&self, refresh: &str) -> Result<String> {
        let at = self.0.now();
        let claims = self.0.keys.read(refresh, TokenType::Refresh, at)?;
        let row = Session::find(&self.0.db, &claims.sid)
            .await?
            .filter(|row| row.is_live(self.0, at) && row.kind == LoginKind::Api && row.refresh_jti == claims.jti)
            .ok_or(Error::Unauthenticated)?;
        Ok(mint_access(self.0, claims.user_id, &claims.sid, &claims.jti, at, row.end(self.0))?.0)
    }
}

async fn change(tx: &Tx, sid: &SessionId, change: sessions::ActiveModel) -> Result<()> {
    Table::update_many().set(change).filter(sessions::COLUMN.sid.eq(sid.clone())).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Ends the session of a refresh token that somebody has a copy of, and commits.
async fn end_stolen(tx: Tx, row: &Session, at: Timestamp) -> Result<()> {
    if row.is_unnamed {
        withhold_address();
    }
    let kept = Kept { ticket_id: row.ticket_id, can: row.can, label: row.label.clone(), purpose: row.purpose };
    let reused = LedgerData::TokenReused { opens: opens_of(&kept) };
    NewEntry::of_customer(reused, row.user_id, row.ticket_id).session(Some(&row.sid)).note(&tx, None, at);
    let cause = Cause::new(None, EndReason::Reused);
    end_each(&tx, row.user_id, sessions::COLUMN.sid.eq(row.sid.clone()), &cause, at).await?;
    NewEvent::of_user(EventData::TokenReused, row.user_id).record(&tx, None, at).await?;
    tx.commit().await?;
    tracing::warn!(
        target: crate::rooms::SECURITY,
        event = "token_reused",
        user = (!row.is_unnamed).then_some(row.user_id.0),
        username = if row.is_unnamed { "" } else { row.username.as_str() },
        "a refresh token came back after its rotation; the session was ended"
    );
    Ok(())
}
