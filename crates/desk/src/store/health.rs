//! Whether the desk can read and write: what failed last, until it works again, and a look when somebody asks.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use crate::store::fault::Trouble;

/// An answer stands for so long, so that asking often does not write often.
const STANDS_FOR: Duration = Duration::from_millis(500);

/// What was the matter last with a part of the desk; nothing once it worked again.
#[derive(Default)]
pub(crate) struct Slot(AtomicU8);

impl Slot {
    pub(crate) fn fails(&self, trouble: Trouble) {
        // What is damaged stays so, whatever else fails.
        if self.trouble() == Some(Trouble::Damaged) {
            return;
        }
        let number = Trouble::ALL.iter().position(|known| *known == trouble).unwrap_or_default();
        self.0.store(u8::try_from(number + 1).unwrap_or(u8::MAX), Ordering::Relaxed);
    }

    /// Something was written. That says nothing of what is damaged elsewhere.
    pub(crate) fn works(&self) {
        if self.trouble().is_some_and(|trouble| trouble != Trouble::Damaged) {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    /// All of it was looked at, and is whole.
    pub(crate) fn is_whole(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Something was read: that tells nothing about writing.
    pub(crate) fn answers(&self) {
        if matches!(self.trouble(), Some(Trouble::Unreachable | Trouble::Busy | Trouble::Storage)) {
            self.works();
        }
    }

    pub(crate) fn trouble(&self) -> Option<Trouble> {
        Trouble::ALL.get(usize::from(self.0.load(Ordering::Relaxed)).checked_sub(1)?).copied()
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Health {
    pub(crate) database: Slot,
    pub(crate) files: Slot,
    /// Where the files of tickets are kept, if that is a bucket.
    pub(crate) bucket: Slot,
    well_at: Mutex<Option<Instant>>,
}

impl Health {
    /// What is the matter, if something is.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.database.trouble().or(self.files.trouble()).or(self.bucket.trouble())
    }

    /// Looks with `look`, one look at a time; a good answer stands for a moment, unless something fails meanwhile.
    pub(crate) async fn look<E>(&self, look: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mut well_at = self.well_at.lock().await;
        if self.trouble().is_none() && well_at.is_some_and(|at| at.elapsed() < STANDS_FOR) {
            return Ok(());
        }
        *well_at = None;
        look.await?;
        *well_at = Some(Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_known_until_it_works() {
        let health = Health::default();
        for trouble in Trouble::ALL {
            health.files.fails(trouble);
            assert_eq!(health.trouble(), Some(trouble));
        }
        health.files.is_whole();
        health.database.fails(Trouble::Full);
        health.database.answers();
        assert_eq!(health.trouble(), Some(Trouble::Full));
        health.database.works();
        health.files.works();
        assert_eq!(health.trouble(), None);
    }

    #[test]
    fn what_is_damaged_stays_so_until_all_of_it_was_looked_at() {
        let slot = Slot::default();
        slot.fails(Trouble::Damaged);
        slot.fails(Trouble::Busy);
        slot.works();
        slot.answers();
        assert_eq!(slot.trouble(), Some(Trouble::Damaged));
        slot.is_whole();
        assert_eq!(slot.trouble(), None);
    }

    #[tokio::test]
    async fn a_good_answer_stands_until_something_fails() {
        let health = Health::default();
        health.look(async { Ok::<_, ()>(()) }).await.unwrap();
        health.look(async { Err(()) }).await.unwrap();
        health.database.fails(Trouble::Full);
        health.look(async { Err(()) }).await.unwrap_err();
        health.database.works();
        health.look(async { Err(()) }).await.unwrap_err();
    }
}
