//! PINs between the form that issues them and the page that shows them.
//!
//! The form's answer is a redirect, and an address is no place for a secret. So the PIN waits in the database, sealed under
//! the server's secret, for the one page view that follows: any process of the desk may answer it, the same session must
//! ask within a few minutes, and it is given out once.

use data_encoding::HEXLOWER;
use domain::{Actor, Pin, PinId, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::{IssuedPin, PinRow, Pins, pin_sql};
use crate::{Inner, events::now, keys::random};

/// Seconds a PIN waits to be shown.
const WAITS: i64 = 5 * 60;
const NONCE: usize = 16;

#[derive(FromQueryResult)]
struct Waiting {
    id: i64,
    sealed: String,
    until: i64,
}

/// Deletes what nobody came for.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    desk.db.execute("DELETE FROM shown_once WHERE until <= $1", [now(desk).as_micros().into()]).await?;
    Ok(())
}

/// Encrypts or decrypts: the key stream is made for one number that is used once, as long as HMAC-SHA-256 (RFC 2104)
/// cannot be told from chance. That it opens to the right PIN is seen by the PIN's own hash.
fn stream(desk: &Inner, nonce: &[u8], bytes: &[u8]) -> Vec<u8> {
    let key = desk.keys.keyed_bytes("shown once", &HEXLOWER.encode(nonce));
    bytes.iter().zip(key).map(|(byte, key)| byte ^ key).collect()
}

fn seal(desk: &Inner, pin: &Pin) -> Result<String> {
    let nonce = random::<NONCE>()?;
    Ok(HEXLOWER.encode(&[&nonce[..], &stream(desk, &nonce, pin.symbols().as_bytes())].concat()))
}

fn open(desk: &Inner, sealed: &str) -> Option<Pin> {
    let bytes = HEXLOWER.decode(sealed.as_bytes()).ok()?;
    let (nonce, rest) = bytes.split_at_checked(NONCE)?;
    Pin::parse(std::str::from_utf8(&stream(desk, nonce, rest)).ok()?).ok()
}

impl Pins<'_> {
    /// Keeps a PIN that was just issued for the session that issued it.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn keep_to_show(&self, actor: &Actor, issued: &IssuedPin) -> Result<()> {
        actor.require_staff()?;
        let desk = self.0;
        let Some(sid) = &actor.session else { return Ok(()) };
        forget_old(desk).await?;
        desk.db
            .execute(
                "INSERT INTO shown_once (pin_id, sid, sealed, until) VALUES ($1, $2, $3, $4)",
                [
                    issued.id.0.into(),
                    sid.0.as_str().into(),
                    seal(desk, &issued.pin)?.into(),
                    now(desk).plus_seconds(WAITS).as_micros().into(),
                ],
            )
            .await?;
        Ok(())
    }

    /// Gives a PIN out to the session that issued it, once; nothing when it was given out already, or is over.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`], [`domain::Error::Unavailable`]
    pub async fn show_once(&self, actor: &Actor, id: PinId) -> Result<Option<IssuedPin>> {
        actor.require_staff()?;
        let desk = self.0;
        let Some(sid) = &actor.session else { return Ok(None) };
        let at = now(desk);
        let tx = desk.db.begin().await?;
        let waiting: Option<Waiting> = tx
            .one(
                "SELECT id, sealed, until FROM shown_once WHERE pin_id = $1 AND sid = $2",
                [id.0.into(), sid.0.as_str().into()],
            )
            .await?;
        let Some(waiting) = waiting else { return Ok(None) };
        // Of two that ask at once one deletes it.
        let taken = tx.execute("DELETE FROM shown_once WHERE id = $1", [waiting.id.into()]).await?;
        let row: Option<PinRow> = tx.one(&pin_sql("WHERE p.id = $1"), [id.0.into()]).await?;
        tx.commit().await?;
        let pin = open(desk, &waiting.sealed).filter(|_| taken == 1 && at.as_micros() < waiting.until);
        Ok(pin.zip(row).map(|(pin, row)| IssuedPin {
            id,
            pin,
            username: row.username,
            name: row.name,
            expires_at: Timestamp::from_micros(row.expires_at),
        }))
    }
}
