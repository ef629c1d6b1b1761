//! PINs between the form that issues them and the page that shows them.
//!
//! The form's answer is a redirect, and an address is no place for a secret. So the PIN waits in the database, sealed under
//! the server's secret, for the one page view that follows: any process of the desk may answer it, the same session must
//! ask within a few minutes, and it is given out once. Each rendering of the form has a key: sent twice, as by a double
//! click, it issues one PIN, and the browser, which shows the answer to the second, shows it.

use data_encoding::HEXLOWER;
use domain::{Actor, Error, Pin, PinId, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::{IssuedPin, NewPins, Order, PinRow, Pins, pin_sql};
use crate::{
    rooms::{Inner, sent},
    store::{
        db::{Scalar, Sql as _, Tx},
        random::random,
    },
};

/// Seconds a PIN waits to be shown.
const WAITS: i64 = 5 * 60;
/// Seconds in which a form that comes once more is the same form.
const SAME_FORM: i64 = 30;
const NONCE: usize = 16;

#[derive(FromQueryResult)]
struct Waiting {
    id: i64,
    sealed: String,
    /// Until when it is given out; the moment at which it was.
    until: i64,
    hash: String,
}

/// Deletes what nobody came for, and what was given out and is not asked for again.
const FORGET: &str = "DELETE FROM shown_once WHERE until <= $1";

fn forgotten(desk: &Inner) -> [sea_orm::Value; 1] {
    [desk.now().plus_seconds(-SAME_FORM).as_micros().into()]
}

pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    desk.db.write(FORGET, forgotten(desk)).await?;
    Ok(())
}

/// Encrypts or decrypts: the key stream is made for one number that is used once, as long as HMAC-SHA-256 (RFC 2104)
/// cannot be told from chance. Whether it opens to the right PIN, the PIN's own hash tells.
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
    /// Issues one PIN and keeps it for the session that asks, to be shown. Sent once more within half a minute from the same
    /// rendering of the `form`, it is the same one, and waits once more.
    ///
    /// # Errors
    /// As [`Pins::issue`]; [`Error::Invalid`] for `idempotency_key`, which is the form's.
    pub async fn issue_to_show(&self, actor: &Actor, new: NewPins, form: Option<&str>) -> Result<PinId> {
        let desk = self.0;
        let order = Order::check(desk, actor, &NewPins { count: 1, ..new })?;
        let form = sent::checked(form).map_err(|sentence| Error::field("idempotency_key", sentence))?;
        let sid = actor.session.as_ref().map(|sid| sid.0.as_str());
        let until = desk.now().plus_seconds(WAITS).as_micros();
        let tx = desk.db.begin().await?;
        // Locked: of two forms that come at once, the second finds what the first issued.
        let owner = order.owner(&tx).await?;
        if let (Some(sid), Some(form)) = (sid, form)
            && let Some(Scalar(id)) = just_issued(desk, &tx, &order, sid, form).await?
        {
            tx.sql_run("UPDATE shown_once SET until = $1 WHERE pin_id = $2", [until.into(), id.into()]).await?;
            tx.commit().await?;
            return Ok(PinId(id));
        }
        let issued = order.issue(desk, &tx, actor, &owner).await?.pop().ok_or(Error::Internal)?;
        tx.sql_run(FORGET, forgotten(desk)).await?;
        if let Some(sid) = sid {
            tx.sql_run(
                "INSERT INTO shown_once (pin_id, sid, sealed, until, form) VALUES ($1, $2, $3, $4, $5)",
                [issued.id.0.into(), sid.into(), seal(desk, &issued.pin)?.into(), until.into(), form.into()],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(issued.id)
    }

    /// Gives a PIN out to the session that issued it, once; nothing when it was given out already, is over, or cannot be
    /// redeemed any more.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`], [`domain::Error::Unavailable`]
    pub async fn show_once(&self, actor: &Actor, id: PinId) -> Result<Option<IssuedPin>> {
        actor.require_staff()?;
        let desk = self.0;
        let Some(sid) = &actor.session else { return Ok(None) };
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let waiting: Option<Waiting> = tx
            .sql_one(
                "SELECT s.id, s.sealed, s.until, p.hash FROM shown_once s JOIN pins p ON p.id = s.pin_id
                 WHERE s.pin_id = $1 AND s.sid = $2",
                [id.0.into(), sid.0.as_str().into()],
            )
            .await?;
        let Some(waiting) = waiting.filter(|waiting| at.as_micros() < waiting.until) else { return Ok(None) };
        // Of two that ask at once one changes it.
        let taken = tx
            .sql_run(
                "UPDATE shown_once SET until = $1 WHERE id = $2 AND until = $3",
                [at.as_micros().into(), waiting.id.into(), waiting.until.into()],
            )
            .await?;
        let row: Option<PinRow> = tx.sql_one(&pin_sql("WHERE p.id = $1"), [id.0.into()]).await?;
        tx.commit().await?;
        let pin = open(desk, &waiting.sealed).filter(|pin| desk.keys.pin_hash(pin.symbols()) == waiting.hash);
        let row = row.filter(|row| taken == 1 && row.redeemed_at.is_none() && row.revoked_at.is_none());
        Ok(pin.zip(row).map(|(pin, row)| IssuedPin {
            id,
            pin,
            username: row.username,
            name: row.name,
            expires_at: Timestamp::from_micros(row.expires_at),
        }))
    }
}

/// What the same form issued a moment ago, as long as it is good for something.
async fn just_issued(desk: &Inner, tx: &Tx, order: &Order, sid: &str, form: &str) -> Result<Option<Scalar>> {
    let at = desk.now();
    tx.sql_one(
        "SELECT p.id FROM shown_once s JOIN pins p ON p.id = s.pin_id
         WHERE s.sid = $1 AND s.form = $2 AND p.user_id = $3 AND p.issued_at BETWEEN $4 AND $5
           AND p.expires_at - p.issued_at = $6 AND p.redeemed_at IS NULL AND p.revoked_at IS NULL",
        [
            sid.into(),
            form.into(),
            order.user_id.0.into(),
            at.plus_seconds(-SAME_FORM).as_micros().into(),
            at.as_micros().into(),
            (order.ttl * 1_000_000).into(),
        ],
    )
    .await
}
