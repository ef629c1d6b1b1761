//! Cards: PINs in batches for people whom nobody knows yet, on paper.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{
    BatchId, Can, CanSet, CardId, FieldErrors, PinCount, PinLength, Role, Stay, Timestamp, UserId,
    text::{check_line, check_name},
    word::words,
};

/// Characters of a batch's name, and of its site: both stand on a card.
pub const BATCH_NAME_MAX_CHARS: usize = 60;
/// Days from now on which cards may be used; as long as other PINs live.
const USE_BY_MAX_DAYS: i64 = 90;
const DAY: i64 = 24 * 3600;
/// How long after noon (UTC) of a day it is that day somewhere: until noon of the next one.
const EVERYWHERE: i64 = DAY;

/// A batch of cards to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchDraft {
    /// What it is called; who uses a card sees it, too.
    pub name: String,
    /// Where the cards are handed out. May be empty.
    pub site: String,
    /// The name of the category that a new ticket has at first. May be empty.
    pub category: String,
    /// What a card opens. Left out, all but to let others in.
    pub can: Option<CanSet>,
    /// The last day on which a card can be used: `2027-05-31`.
    pub use_by: String,
    /// So many seconds for the session that a card opens, see [`Stay`].
    pub stays: i64,
    /// How many cards, see [`PinCount`].
    pub count: u32,
    /// Whether who comes by one is without an identity, see [`crate::Alias`].
    pub is_unnamed: bool,
}

/// A batch that may be made, but for its category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBatch {
    /// What it is called.
    pub name: String,
    /// Where the cards are handed out.
    pub site: String,
    /// What a card opens.
    pub can: CanSet,
    /// From when on a card cannot be used.
    pub expires_at: Timestamp,
    /// How long the session stays that a card opens.
    pub stays: Stay,
    /// How many cards.
    pub count: PinCount,
}

impl BatchDraft {
    /// Checks what can be checked without the list of categories.
    ///
    /// # Errors
    /// The sentences for the fields.
    pub fn check(&self, now: Timestamp) -> Result<CheckedBatch, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", check_line(&self.name, BATCH_NAME_MAX_CHARS));
        let site = errors.take("site", check_name(&self.site, BATCH_NAME_MAX_CHARS));
        let can = self.can.unwrap_or_else(|| CanSet::of([Can::Reply, Can::Upload])).with(Can::Read);
        // Who comes by a card has no ticket yet.
        if !can.has(Can::Reply) {
            errors.add("can", "Whoever comes by a card opens a ticket, so they must be able to write.");
        }
        if can.has(Can::Delegate) {
            errors.add("can", "Whoever comes by a card cannot let others in.");
        }
        let expires_at = errors.take("use_by", use_by(&self.use_by, now));
        let stays = errors.take("stays", Stay::from_seconds(self.stays));
        let count = errors.take("count", PinCount::new(self.count));
        match (name, site, expires_at, stays, count) {
            (Some(name), Some(site), Some(expires_at), Some(stays), Some(count)) if errors.is_empty() => {
                Ok(CheckedBatch { name, site, can, expires_at, stays, count })
            }
            _ => Err(errors),
        }
    }
}

/// The end of the last day on which a card can be used, wherever its reader is: noon (UTC) of the next day.
fn use_by(day: &str, now: Timestamp) -> Result<Timestamp, String> {
    let noon = Timestamp::noon_of(day).ok_or_else(|| "Write a day as in 2027-05-31.".to_owned())?;
    let end = noon.plus_seconds(EVERYWHERE);
    if end <= now {
        return Err("This day is over. Choose today or a later one.".to_owned());
    }
    if end > now.plus_seconds((USE_BY_MAX_DAYS + 1) * DAY + DAY / 2) {
        return Err(format!("Choose a day within {USE_BY_MAX_DAYS} days."));
    }
    Ok(end)
}

/// A card as its number is read out: `017`.
pub fn card_number(number: i64) -> String {
    format!("{number:03}")
}

/// What became of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum CardState {
    /// It can be used.
    Unused,
    /// Somebody came in by it.
    Used,
    /// Nobody used it in time.
    Expired,
    /// Staff revoked it.
    Revoked,
}

words!(CardState);

/// How many cards of a batch are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCounts {
    /// Can be used.
    pub unused: u64,
    /// Were used.
    pub used: u64,
    /// Were not used in time.
    pub expired: u64,
    /// Were revoked.
    pub revoked: u64,
}

impl CardCounts {
    /// How many in a state.
    pub const fn of(self, state: CardState) -> u64 {
        match state {
            CardState::Unused => self.unused,
            CardState::Used => self.used,
            CardState::Expired => self.expired,
            CardState::Revoked => self.revoked,
        }
    }

    /// All cards.
    pub const fn all(self) -> u64 {
        self.unused + self.used + self.expired + self.revoked
    }
}

/// A batch of cards, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// What it is called.
    pub name: String,
    /// Where its cards are handed out. May be empty.
    pub site: String,
    /// The category that a new ticket has at first, as long as it is there.
    pub category: Option<String>,
    /// What a card opens.
    pub can: CanSet,
    /// From when on a card cannot be used.
    pub expires_at: Timestamp,
    /// How long the session stays that a card opens.
    pub stays: Stay,
    /// Whether who comes by a card is without an identity, see [`crate::Alias`].
    pub is_unnamed: bool,
    /// Who made it; none for the command line.
    pub made_by: Option<String>,
    /// When.
    pub made_at: Timestamp,
    /// Its cards.
    pub counts: CardCounts,
}

impl Batch {
    /// How many symbols the PIN on a card has: there are many, and they lie around.
    pub const LENGTH: PinLength = PinLength::Twelve;

    /// The last day on which a card can be used: `31 May 2027`.
    pub fn use_by(&self) -> String {
        self.expires_at.plus_seconds(-EVERYWHERE).to_day()
    }

    /// What somebody is called who came by a card: `Card 017, Spring fair`.
    pub fn name_of(batch: &str, number: i64) -> String {
        format!("Card {}, {batch}", card_number(number))
    }

    /// Whether somebody with this role may have so many made at once.
    pub const fn may_make(role: Role, count: PinCount) -> bool {
        count.is_few() || role.can_issue_many_pins()
    }
}

/// A card, as staff see it. Its PIN is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its record.
    pub id: CardId,
    /// The number that stands on it; no secret.
    pub number: i64,
    /// What became of it.
    pub state: CardState,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was used or revoked.
    pub changed_at: Option<Timestamp>,
    /// Who came in by it, with their name.
    pub customer: Option<(UserId, String)>,
}

/// By which card a customer came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardOrigin {
    /// Its batch.
    pub batch: BatchId,
    /// What that is called.
    pub name: String,
    /// Where its cards are handed out. May be empty.
    pub site: String,
    /// The card's number.
    pub number: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-27, 09:00 UTC.
    const NOW: Timestamp = Timestamp::from_micros(1_795_770_000_000_000);

    fn draft() -> BatchDraft {
        BatchDraft {
            name: " Spring\nfair ".into(),
            site: String::new(),
            category: String::new(),
            can: None,
            use_by: "2026-12-31".into(),
            stays: 8 * 3600,
            count: 24,
            is_unnamed: false,
        }
    }

    #[test]
    fn a_day_is_over_when_it_is_over_everywhere() {
        assert_eq!(NOW.to_string(), "2026-11-27T09:00:00.000000Z");
        let batch = draft().check(NOW).unwrap();
        assert_eq!((batch.name.as_str(), batch.can.to_string().as_str()), ("Spring fair", "read,reply,upload"));
        assert_eq!(batch.expires_at.to_string(), "2027-01-01T12:00:00.000000Z");
        assert_eq!(batch.expires_at.plus_seconds(-EVERYWHERE).to_day(), "31 Dec 2026");
        // Yesterday is not over west of here.
        for (day, is_right) in [
            ("2026-11-25", false),
            ("2026-11-26", true),
            ("2026-11-27", true),
            ("2027-02-25", true),
            ("2027-02-28", false),
            ("2027-02-30", false),
            ("", false),
            ("31 May", false),
        ] {
            let checked = BatchDraft { use_by: day.into(), ..draft() }.check(NOW);
            assert_eq!(checked.is_ok(), is_right, "{day}: {checked:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        let wrong = BatchDraft {
            name: " ".into(),
            site: "x".repeat(61),
            can: Some(CanSet::of([Can::Read])),
            stays: 5,
            count: 1001,
            use_by: "soon".into(),
            ..draft()
        };
        let errors = wrong.check(NOW).unwrap_err();
        assert_eq!(errors.0.keys().collect::<Vec<_>>(), ["can", "count", "name", "site", "stays", "use_by"]);
        assert!(BatchDraft { can: Some(CanSet::ALL), ..draft() }.check(NOW).is_err(), "to let others in");
        assert!(BatchDraft { count: 0, ..draft() }.check(NOW).is_err());
    }

    #[test]
    fn a_card_has_a_number_for_the_phone() {
        assert_eq!((card_number(17), card_number(1024)), ("017".to_owned(), "1024".to_owned()));
        assert_eq!(Batch::name_of("Fair", 7), "Card 007, Fair");
    }
}
