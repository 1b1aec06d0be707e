//! Who somebody was found to be, remembered until anything changes that it followed from.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::record::Timestamp;
use sql::write::{StoredSession, StoredToken};

use super::Known;
use crate::tokens::USE_NOTED_EVERY;

/// The most that are remembered, each some hundred bytes; then all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Who was found to be whom. Clones share it.
#[derive(Clone, Default)]
pub struct Remembered(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// What the head of all people was.
    people: i64,
    known: HashMap<Shown, Arc<Found>>,
}

/// What somebody shows to be known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    /// Nothing.
    Nothing,
    /// A token, by its hash.
    Token([u8; 32]),
    /// A session, by its hash.
    Session([u8; 32]),
}

/// Who was found, and by what.
pub(crate) struct Found {
    pub(crate) known: Known,
    pub(crate) by: By,
    /// When the last use was noted down, in microseconds since 1970.
    noted_at: AtomicI64,
}

/// What somebody was found by.
pub(crate) enum By {
    Nothing,
    Token(Box<StoredToken>),
    Session(Arc<StoredSession>),
}

impl Found {
    pub(crate) fn new(known: Known, by: By) -> Self {
        let noted_at = match &by {
            By::Nothing => None,
            By::Token(token) => token.last_used_at,
            By::Session(session) => Some(session.seen_at),
        };
        let noted_at = noted_at.map_or(i64::MIN, |at| at.timestamp_micros());
        Self { known, by, noted_at: AtomicI64::new(noted_at) }
    }

    /// When the last use was noted down.
    pub(crate) fn noted_at(&self) -> Option<Timestamp> {
        Timestamp::from_timestamp_micros(self.noted_at.load(Ordering::Relaxed))
    }

    /// Whether the last use is to be noted down again: once for each stretch of time.
    pub(crate) fn is_to_be_noted(&self, now: Timestamp) -> bool {
        let noted_at = self.noted_at.load(Ordering::Relaxed);
        let micros = USE_NOTED_EVERY.num_microseconds().unwrap_or(i64::MAX);
        let now = now.timestamp_micros();
        now.saturating_sub(noted_at) >= micros
            && self
                .noted_at
                .compare_exchange(noted_at, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Remembered {
    /// Who showed this, if that was found while the head of all people was this one.
    pub(crate) fn find(&self, people: i64, shown: &Shown) -> Option<Arc<Found>> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.people == people { inner.known.get(shown).cloned() } else { None }
    }

    /// Remembers who showed this, as it was found when the head of all people was this one.
    pub(crate) fn keep(&self, people: i64, shown: Shown, found: &Arc<Found>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if people < inner.people {
            return;
        }
        if people > inner.people || inner.known.len() >= REMEMBERED_MAX {
            inner.known.clear();
            inner.people = people;
        }
        inner.known.insert(shown, Arc::clone(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::Access;

    fn found() -> Arc<Found> {
        Arc::new(Found::new(Known::nobody(Access::default().into()), By::Nothing))
    }

    #[test]
    fn what_was_found_before_people_changed_is_forgotten() {
        let remembered = Remembered::default();
        remembered.keep(3, Shown::Nothing, &found());
        assert!(remembered.find(3, &Shown::Nothing).is_some());
        assert!(remembered.find(4, &Shown::Nothing).is_none());
        remembered.keep(4, Shown::Token([1; 32]), &found());
        assert!(remembered.find(4, &Shown::Nothing).is_none());
        remembered.keep(3, Shown::Nothing, &found());
        assert!(remembered.find(3, &Shown::Nothing).is_none(), "a late reader brings nothing back");
    }

    #[test]
    fn a_use_is_noted_once_for_each_stretch() {
        let found = found();
        let now = Timestamp::from_timestamp(1_000_000, 0).unwrap();
        assert!(found.is_to_be_noted(now) && !found.is_to_be_noted(now));
        assert!(!found.is_to_be_noted(now + USE_NOTED_EVERY / 2));
        assert!(found.is_to_be_noted(now + USE_NOTED_EVERY));
    }
}
