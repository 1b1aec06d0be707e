//! What is measured of tasks: of runs in this replica, and how the register says that they stand.

use app::tasks::{TaskStand, TaskTally};
use domain::task::Outcome;
use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::exposition::Told;

/// Records what became of the runs here, and how all tasks stand.
pub(super) fn record(tallies: &[TaskTally], stands: &[TaskStand]) {
    describe_counter!("domesday_task_runs_total", "Runs that ended in this replica.");
    describe_gauge!("domesday_task_running", "1 while a run goes on in this replica.");
    tallies.iter().for_each(record_tally);
    describe_gauge!("domesday_task_failing", "1 while the last run came to nothing.");
    describe_gauge!(
        "domesday_task_last_done_timestamp_seconds",
        "When a run was last done, in whichever replica."
    );
    stands.iter().for_each(record_stand);
}

fn record_tally(tally: &TaskTally) {
    let task = ("task", tally.task.clone());
    for outcome in Outcome::ALL {
        let labels = [task.clone(), ("outcome", outcome.word().to_owned())];
        let runs = tally.outcomes.get(&outcome).copied().unwrap_or(0);
        counter!("domesday_task_runs_total", &labels).absolute(runs);
    }
    gauge!("domesday_task_running", &[task]).set(if tally.is_running { 1.0 } else { 0.0 });
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; seconds stay below 2^53")]
fn record_stand(stand: &TaskStand) {
    let labels = [("task", stand.task.clone())];
    gauge!("domesday_task_failing", &labels).set(if stand.is_failing { 1.0 } else { 0.0 });
    if let Some(at) = stand.last_done_at {
        gauge!("domesday_task_last_done_timestamp_seconds", &labels).set(at.timestamp() as f64);
    }
}

/// Tells how long the runs took.
pub(super) fn took(tallies: &[TaskTally]) -> String {
    let help = "How long the runs that ended in this replica took together.";
    let mut told = Told::new("domesday_task_run_seconds_total", "counter", help);
    for tally in tallies {
        told.seconds(&[("task", &tally.task)], tally.took);
    }
    told.text()
}
