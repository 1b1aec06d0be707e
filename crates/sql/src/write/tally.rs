//! How far the writing of a commit is.

use std::cell::Cell;

/// What is done for each change, one after the other for all of them: its history, its row, its
/// version, what search knows of it. Each takes about as long.
const PASSES: usize = 4;
/// How many changes are written between two times of telling.
const CHANGES_BETWEEN_TOLD: usize = 250;

/// Counts what is done, and tells now and then how many changes that makes.
pub(super) struct Tally<'a> {
    told: &'a dyn Fn(usize),
    passed: Cell<usize>,
    last: Cell<usize>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(told: &'a dyn Fn(usize)) -> Self {
        told(0);
        Self { told, passed: Cell::new(0), last: Cell::new(0) }
    }

    /// A pass is done for so many changes.
    pub(super) fn add(&self, changes: usize) {
        self.passed.set(self.passed.get().saturating_add(changes));
        let written = self.passed.get() / PASSES;
        if written >= self.last.get().saturating_add(CHANGES_BETWEEN_TOLD) {
            self.last.set(written);
            (self.told)(written);
        }
    }

    /// All passes behind the first are done for changes that leave no row.
    pub(super) fn add_deleted(&self, changes: usize) {
        self.add(changes.saturating_mul(PASSES.saturating_sub(1)));
    }
}
