//! Whether a change goes in: at once, past a review, or behind one. The only maker of [`Approved`],
//! which is the only thing that the database's one door takes.
//!
//! ```text
//! CheckedChange ─ judge ─┬─ Approved ──────────────────────────────┐
//!                        └─ park: a change request                 ├─ commit
//!                             decide (state × event × who) ─ Decision ─ Approved
//!                             compare (base, proposed, current)
//! ```

mod compare;
mod decide;
mod verdict;

pub use compare::{
    Compared, ComparedField, Comparison, Obstacle, Requested, RequestedAction, Resolution, compare,
    rebase,
};
pub use decide::{
    Approval, Decision, Event, Refusal, Relation, Sight, Standing, State, decide, diagram,
};
pub use verdict::{Ask, Denied, Rules, Standpoint, Verdict, admit, judge, waits};

use crate::change::CheckedChange;

/// Changes that may be written: checked against the register as it is, and agreed to.
#[derive(Debug)]
pub struct Approved {
    changes: Vec<CheckedChange>,
    passage: Passage,
}

/// How changes came past the review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// Who agreed to them, in the order in which they did.
    pub approved_by: Vec<String>,
    /// Whether a right took them past a review that they needed.
    pub is_bypass: bool,
}

impl Approved {
    /// The changes, in the order in which they are written.
    pub fn changes(&self) -> &[CheckedChange] {
        &self.changes
    }

    /// How they came past the review.
    pub fn passage(&self) -> &Passage {
        &self.passage
    }

    /// Gives the changes back once they have been written.
    pub fn into_changes(self) -> Vec<CheckedChange> {
        self.changes
    }
}
