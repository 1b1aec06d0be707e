//! Tasks: work that runs on a schedule, one run at a time across all replicas.
//!
//! Each replica has a [`Scheduler`]. Which of them begins a run is decided in the database: the run
//! holds its task there, shows by beats that it lives, and carries a fence into every transaction
//! that it writes ([`Run::app`]). A run of which nothing was heard is lost: another replica ends it,
//! and from then on nothing that it still does is written.

mod desk;
mod ended;
mod run;
mod scheduler;
mod tally;
mod turn;
mod watching;
pub mod works;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::task::Rule;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use desk::{LogTail, RunPage, TaskRefusal, TaskState};
pub use run::Run;
pub use scheduler::Scheduler;
pub use sql::write::{LogLine, RunEnd, StoredRun, TaskStand};
pub use tally::TaskTally;

use tally::Tallies;

/// How many lines of a run's log are kept.
pub const LOG_KEPT: i64 = 1_000;
/// How many runs of each task a list of tasks has.
pub const RUNS_SHOWN: i64 = 30;

/// A task, as the configuration has it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Which work it does: `history:fold`.
    pub what: String,
    /// When it runs.
    pub rule: Rule,
    /// After so long a run is asked to finish.
    pub soft_limit: Duration,
    /// After so long it is dropped.
    pub hard_limit: Duration,
    /// Whether it rests until the configuration says otherwise.
    pub is_paused: bool,
}

/// How tasks are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Within so long a run that nothing is heard of is seen to be lost.
    pub lease: Duration,
    /// The most runs at once in a replica.
    pub at_once: usize,
    /// How long a run may take to leave once its replica was told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), at_once: 8, grace: Duration::from_secs(20) }
    }
}

impl Limits {
    /// After so long without a beat a run is no longer at its task. The rest of the lease is for
    /// those who are to see it.
    fn lapse(&self) -> Duration {
        self.lease * 2 / 3
    }

    /// How often others are looked at.
    fn look_every(&self) -> Duration {
        self.lease / 6
    }

    /// How often a run shows that it lives, and hears whether it is to stop.
    fn beat_every(&self) -> Duration {
        (self.lease / 6).min(Duration::from_secs(2))
    }
}

/// Why a run came to nothing.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A run at work.
pub type Doing = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// Work that a task can do.
pub trait Work: Send + Sync {
    /// Does it once. It looks at [`Run::stop`] between steps, and leaves when that is said.
    fn run(self: Arc<Self>, run: Run) -> Doing;
}

/// The work of tasks, by their names.
pub type Works = BTreeMap<String, Arc<dyn Work>>;

/// The tasks of this process, and what became of their runs here. Clones share them.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Configured>);

#[derive(Default)]
struct Configured {
    tasks: BTreeMap<String, Task>,
    limits: Limits,
    /// Rung when somebody asked for something here.
    bell: Notify,
    tallies: Tallies,
    stopped: CancellationToken,
}

impl Tasks {
    /// These tasks.
    pub fn new(tasks: impl IntoIterator<Item = Task>, limits: Limits) -> Self {
        let tasks = tasks.into_iter().map(|task| (task.name.clone(), task)).collect();
        Self(Arc::new(Configured { tasks, limits, ..Configured::default() }))
    }

    /// A task.
    pub fn get(&self, name: &str) -> Option<&Task> {
        self.0.tasks.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Task> {
        self.0.tasks.values()
    }

    /// How they are run.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// What became of the runs of each task in this process.
    pub fn tallies(&self) -> Vec<TaskTally> {
        self.0.tallies.all()
    }

    /// Waits until this replica was told to stop.
    pub async fn stopped(&self) {
        self.0.stopped.cancelled().await;
    }

    fn names(&self) -> Vec<String> {
        self.0.tasks.keys().cloned().collect()
    }
}
