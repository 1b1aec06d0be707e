//! What a run leaves behind: how it ended, when the next one is, and who is told.

use domain::record::Timestamp;
use domain::task::{Due, Ended, Outcome};
use sql::write::{self, Held, LogLine, RunEnd, StoredTask, Wait};
use sql::{StoreError, Writer};

use super::LOG_KEPT;
use super::turn::Turn;
use crate::notices;

/// A run that ended.
#[derive(Clone, Debug)]
pub(super) struct EndedRun {
    pub(super) task: String,
    pub(super) run: i64,
    pub(super) fence: i64,
    /// What moment of the schedule it stood for.
    pub(super) due: Option<Timestamp>,
    pub(super) tries: u32,
    pub(super) outcome: Outcome,
    pub(super) error: Option<String>,
    pub(super) counts: String,
    pub(super) lines: Vec<LogLine>,
    /// Whether it ended for its replica's sake alone, so that another one is to take it at once.
    pub(super) is_left: bool,
}

/// Keeps how a run ended, unless it lost its task before.
pub(super) fn end(
    writer: &mut Writer<'_>,
    turn: &Turn,
    ended: &EndedRun,
) -> Result<(), StoreError> {
    let kept = write::task_locked(writer, &ended.task, Wait::UntilFree)?;
    let Some(kept) = kept.filter(|kept| kept.fence == ended.fence) else {
        return Ok(());
    };
    // Behind the lock of the task's row: whatever the run wrote, it wrote before.
    let now = turn.clock.now();
    write::log_add(writer, ended.run, &ended.lines, LOG_KEPT)?;
    let due = next(turn, &kept, ended, now);
    let outcome = ended.outcome;
    let is_given_up = outcome.is_failure() && due.tries == 0;
    let is_failing = is_given_up || (kept.is_failing && outcome != Outcome::Done);
    write::task_end(writer, &ended.task, (is_failing, &due))?;
    let end = RunEnd {
        at: now,
        outcome,
        error: ended.error.clone(),
        counts: ended.counts.clone(),
        next_at: due.at,
    };
    write::run_end(writer, ended.run, &end)?;
    // Once, and not again until a run was done.
    if is_failing && !kept.is_failing {
        notices::keep_failure(writer, &turn.schema, ended.run, &end)?;
    }
    Ok(())
}

/// When the next run is.
fn next(turn: &Turn, kept: &StoredTask, ended: &EndedRun, now: Timestamp) -> Due {
    let (Some(task), Some(due)) = (turn.tasks.get(&ended.task), ended.due) else {
        return kept.due;
    };
    let EndedRun { outcome, tries, .. } = *ended;
    if ended.is_left {
        return Due { since: now, due, at: now, tries };
    }
    task.rule.ended(&task.name, Ended { outcome, due, tries }, &kept.due, now)
}

/// Ends a run of which nothing was heard for too long, unless something was by now.
pub(super) fn end_lost(
    writer: &mut Writer<'_>,
    turn: &Turn,
    lost: &Held,
) -> Result<(), StoreError> {
    // What is written just now is not lost: there is another look later.
    let kept = write::task_locked(writer, &lost.name, Wait::No)?;
    let is_silent = kept.is_some_and(|kept| (kept.fence, kept.beat) == (lost.fence, lost.beat));
    let Some(run) = write::run(writer, lost.run)?.filter(|_| is_silent) else {
        return Ok(());
    };
    let error = format!("nothing was heard of replica {} for too long", run.replica);
    tracing::warn!(task = lost.name, run = lost.run, replica = run.replica, "a run is lost");
    let ended = EndedRun {
        task: run.task,
        run: run.id,
        fence: run.fence,
        due: run.due,
        tries: run.tries,
        outcome: Outcome::Lost,
        error: Some(error),
        counts: "{}".to_owned(),
        lines: Vec::new(),
        is_left: false,
    };
    end(writer, turn, &ended)
}
