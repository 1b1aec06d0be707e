//! What transactions come to in this process: how many, how long they take, who waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::histogram::Histogram;

/// What the transactions of a process come to.
#[derive(Debug, Default)]
pub struct Transactions {
    /// Those that read.
    pub reads: OfKind,
    /// Those that write.
    pub writes: OfKind,
}

/// What transactions of one kind come to.
#[derive(Debug, Default)]
pub struct OfKind {
    /// How long they take, from being asked for to their end.
    pub took: Histogram,
    /// How many were committed.
    pub committed: AtomicU64,
    /// How many were rolled back, or had no connection.
    pub rolled_back: AtomicU64,
    /// How many wait for a connection.
    pub waiting: AtomicU64,
    /// How many have one.
    pub in_use: AtomicU64,
}

/// Of which kind a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
}

/// A transaction on its way; however it ends, it is counted.
pub(crate) struct Passage {
    measured: Arc<Transactions>,
    kind: Kind,
    asked_at: Instant,
    has_connection: bool,
    is_committed: bool,
}

impl Passage {
    /// A transaction is asked for, and waits.
    #[expect(clippy::disallowed_methods, reason = "a measure, not a time that is kept")]
    pub(crate) fn begin(measured: &Arc<Transactions>, kind: Kind) -> Self {
        let passage = Self {
            measured: Arc::clone(measured),
            kind,
            asked_at: Instant::now(),
            has_connection: false,
            is_committed: false,
        };
        passage.of_kind().waiting.fetch_add(1, Ordering::Relaxed);
        passage
    }

    /// It has its connection.
    pub(crate) fn connected(&mut self) {
        if !std::mem::replace(&mut self.has_connection, true) {
            self.of_kind().waiting.fetch_sub(1, Ordering::Relaxed);
            self.of_kind().in_use.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It was committed.
    pub(crate) fn committed(mut self) {
        self.is_committed = true;
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    fn of_kind(&self) -> &OfKind {
        match self.kind {
            Kind::Read => &self.measured.reads,
            Kind::Write => &self.measured.writes,
        }
    }

    fn took(&self) -> Duration {
        self.asked_at.elapsed()
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let of = self.of_kind();
        let held = if self.has_connection { &of.in_use } else { &of.waiting };
        held.fetch_sub(1, Ordering::Relaxed);
        let ended = if self.is_committed { &of.committed } else { &of.rolled_back };
        ended.fetch_add(1, Ordering::Relaxed);
        of.took.add(self.took());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_counts_however_it_ends() {
        let measured = Arc::new(Transactions::default());
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (given_up, mut done) =
            (Passage::begin(&measured, Kind::Write), Passage::begin(&measured, Kind::Write));
        done.connected();
        assert_eq!((of(&measured.writes.waiting), of(&measured.writes.in_use)), (1, 1));
        drop(given_up);
        done.committed();
        let writes = &measured.writes;
        assert_eq!((of(&writes.waiting), of(&writes.in_use)), (0, 0));
        assert_eq!((of(&writes.committed), of(&writes.rolled_back)), (1, 1));
        assert_eq!(writes.took.spread().count, 2);
        assert_eq!(of(&measured.reads.committed), 0);
    }
}
