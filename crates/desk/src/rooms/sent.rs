//! Sending once: a request that comes again, because its answer was lost or a button was pressed twice, does nothing
//! twice. Its sender chooses a key, the text field `idempotency_key`, once for each thing they send.

use data_encoding::HEXLOWER;
use domain::{
    Actor, DraftPlace, Error, MessageId, Purpose, Result, TicketId, Timestamp, UserId, check_idempotency_key,
};
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use sha2::{Digest, Sha256};

use crate::{
    rooms::{
        Inner, drafts,
        intake::{Received, ReceivedFile},
    },
    store::{
        db::Tx,
        entities::{Sent, sent},
        fault::OrRefuse as _,
    },
};

const OTHER_WORDS: &str = "This was sent already, with other words or files. Send it again if you mean it.";

/// Something that somebody sends.
pub(crate) struct Sending {
    /// None for the command line.
    user: Option<UserId>,
    /// Where its draft was, if it can have one.
    draft: Option<DraftPlace>,
    key: Option<Key>,
}

struct Key {
    user: UserId,
    key: Name,
    fingerprint: Box<str>,
    /// As 0.1.0 made it, of the files' sizes: its keys are repeated for as long as they live. May go with the release
    /// after.
    of_sizes: Box<str>,
}

/// What a key is called in the table.
struct Name {
    key: String,
    /// What its sender's session is for, if it is for less than all: its ticket, or itself. Such a session has keys of its
    /// own: under which others something was sent it does not learn.
    within: Option<String>,
}

impl Name {
    fn of(actor: &Actor, key: &str) -> Self {
        let is_apart = actor.scope.purpose == Purpose::Drop || actor.scope.is_delegated;
        let within = match (is_apart, actor.scope.ticket) {
            (false, ticket) => ticket.map(|ticket| ticket.to_string()),
            (true, _) => actor.session.as_ref().map(|session| session.0.clone()),
        };
        Self { key: key.to_owned(), within }
    }

    /// As it is kept. No key that somebody sends has a colon.
    fn kept(&self) -> String {
        match &self.within {
            None => self.key.clone(),
            Some(within) => format!("{within}:{}", self.key),
        }
    }
}

/// What came of it the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Already {
    pub(crate) ticket: TicketId,
    pub(crate) message: Option<MessageId>,
}

impl Sending {
    /// What was received for `place`, with its key if it has one.
    ///
    /// # Errors
    /// The sentence for the field `idempotency_key`.
    pub(crate) fn read(actor: &Actor, place: DraftPlace, received: &Received) -> Result<Self, String> {
        let draft = Some(place).filter(|_| actor.require_own().is_ok());
        Self::of(actor, draft, &place.to_string(), place.fields(), received)
    }

    /// Files that are dropped on a ticket.
    ///
    /// # Errors
    /// As [`Sending::read`].
    pub(crate) fn dropped(actor: &Actor, ticket: TicketId, received: &Received) -> Result<Self, String> {
        Self::of(actor, None, &format!("drop-{ticket}"), &[], received)
    }

    fn of(
        actor: &Actor,
        draft: Option<DraftPlace>,
        place: &str,
        fields: &[&str],
        received: &Received,
    ) -> Result<Self, String> {
        let user = actor.id;
        let key = match (user, checked(received.text("idempotency_key"))?) {
            (Some(user), Some(key)) => {
                let fingerprint = self::fingerprint(place, fields, received, |file| file.hash.to_vec());
                let of_sizes = self::fingerprint(place, fields, received, |file| file.size.to_string().into_bytes());
                Some(Key { user, key: Name::of(actor, key), fingerprint, of_sizes })
            }
            _ => None,
        };
        Ok(Self { user, draft, key })
    }

    /// What came of it if it was sent before. Ask before anything is written: of several at once the others wait here
    /// until the first is done.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something else was sent under its key.
    pub(crate) async fn earlier(&self, tx: &Tx) -> Result<Option<Already>> {
        let Some(Key { user, key, fingerprint, of_sizes }) = &self.key else { return Ok(None) };
        let Some(row) = find(tx, *user, key).await? else { return Ok(None) };
        if *row.fingerprint != **fingerprint && *row.fingerprint != **of_sizes {
            return Err(Error::conflict(OTHER_WORDS));
        }
        Ok(Some(Already { ticket: row.ticket_id, message: row.message_id }))
    }

    /// Notes what came of it. Its draft goes with that.
    pub(crate) async fn done(&self, tx: &Tx, came: Already, at: Timestamp) -> Result<()> {
        if let (Some(user), Some(place)) = (self.user, self.draft) {
            drafts::forget(tx, user, place).await?;
        }
        if let Some(Key { user, key, fingerprint, .. }) = &self.key {
            let row = sent::ActiveModel {
                user_id: Set(*user),
                key: Set(key.kept()),
                fingerprint: Set((**fingerprint).to_owned()),
                ticket_id: Set(came.ticket),
                message_id: Set(came.message),
                at: Set(at),
            };
            Sent::insert(row).exec_without_returning(tx).await.or_refuse()?;
        }
        Ok(())
    }
}

/// A key, if there is one. An empty one is none.
///
/// # Errors
/// The sentence for its field.
pub(crate) fn checked(key: Option<&str>) -> Result<Option<&str>, String> {
    key.filter(|key| !key.is_empty()).map(|key| check_idempotency_key(key).map(|()| key)).transpose()
}

/// Whether the caller sent something under this key. Waits for one that is being sent.
pub(crate) async fn is_sent(tx: &Tx, actor: &Actor, key: &str) -> Result<bool> {
    let Some(user) = actor.id else { return Ok(false) };
    Ok(find(tx, user, &Name::of(actor, key)).await?.is_some())
}

/// What came of a form that would be refused now, if it was sent before: what it names may have changed since. Waits
/// for one that is being sent.
///
/// # Errors
/// As [`Sending::earlier`].
pub(crate) async fn earlier(desk: &Inner, sending: Option<&Sending>) -> Result<Option<Already>> {
    let Some(sending) = sending.filter(|sending| sending.key.is_some()) else { return Ok(None) };
    let tx = desk.db.begin().await?;
    let earlier = sending.earlier(&tx).await?;
    // What it came to is confirmed once more, so it is on the disk.
    tx.commit().await?;
    Ok(earlier)
}

async fn find(tx: &Tx, user: UserId, name: &Name) -> Result<Option<sent::Model>> {
    let key = name.kept();
    tx.serialise(&format!("sent {user} {key}")).await?;
    Sent::find_by_id((user, key)).one(tx).await.or_refuse()
}

/// Fields that count when they are empty, too. One that came later counts only when it is filled: what was sent before
/// an update is known after it.
const OF_FIRST_RELEASE: [&str; 6] = ["title", "description", "priority", "category", "body", "then"];

/// A hash of the place, its texts, and the names of the files with what `tells` about each: tells a retry from
/// something else.
fn fingerprint(
    place: &str,
    fields: &[&str],
    received: &Received,
    tells: impl Fn(&ReceivedFile) -> Vec<u8>,
) -> Box<str> {
    let mut hash = Sha256::new();
    // Each part with its length, so that no two lists of parts read the same.
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(place.as_bytes());
    let (first, later): (Vec<&str>, Vec<&str>) =
        fields.iter().chain(&["then"]).partition(|name| OF_FIRST_RELEASE.contains(name));
    for name in first {
        add(received.text(name).unwrap_or_default().as_bytes());
    }
    // Whom staff open a ticket for: no field of a draft.
    for name in later.into_iter().chain(["customer"]) {
        if let Some(text) = received.text(name).filter(|text| !text.is_empty()) {
            add(name.as_bytes());
            add(text.as_bytes());
        }
    }
    for file in &received.files {
        add(file.name.as_bytes());
        add(&tells(file));
    }
    HEXLOWER.encode(&hash.finalize()).into()
}
