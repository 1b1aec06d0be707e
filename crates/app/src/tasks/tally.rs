//! What became of the runs of this process, for whoever watches it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::task::Outcome;

/// What became of a task's runs in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskTally {
    /// The task.
    pub task: String,
    /// How many of its runs ended in each way.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// How long they took together.
    pub took: Duration,
    /// Whether one goes on here.
    pub is_running: bool,
}

#[derive(Default)]
pub(super) struct Tallies(Mutex<BTreeMap<String, TaskTally>>);

impl Tallies {
    pub(super) fn all(&self) -> Vec<TaskTally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(super) fn begun(&self, task: &str) {
        self.change(task, |tally| tally.is_running = true);
    }

    pub(super) fn ended(&self, task: &str, outcome: Outcome, took: Duration) {
        self.change(task, |tally| {
            *tally.outcomes.entry(outcome).or_default() += 1;
            tally.took = tally.took.saturating_add(took);
            tally.is_running = false;
        });
    }

    fn change(&self, task: &str, change: impl FnOnce(&mut TaskTally)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || TaskTally { task: task.to_owned(), ..TaskTally::default() };
        change(tallies.entry(task.to_owned()).or_insert_with(new));
    }
}
