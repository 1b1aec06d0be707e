//! One transaction of a replica's scheduler: what it tells of its runs, and what it is told.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::record::Timestamp;
use domain::schema::Schema;
use domain::task::{Due, Look};
use sql::write::{self, Held, LogLine, StoredRun, StoredTask, Waiting};
use sql::{StoreError, Writer};

use super::ended::{EndedRun, end, end_lost};
use super::{LOG_KEPT, Task, Tasks};
use crate::Clock;

/// A clock that is set back by more than this is looked for; what is done about it is the rule's.
const SET_BACK: TimeDelta = TimeDelta::minutes(1);

/// What a replica tells of its runs.
pub(super) struct Turn {
    /// When it was asked for, which may be some time before the transaction begins.
    pub(super) asked_at: Timestamp,
    pub(super) clock: Clock,
    pub(super) replica: String,
    pub(super) schema: Arc<Schema>,
    pub(super) tasks: Tasks,
    pub(super) names: Arc<Vec<String>>,
    /// Runs that ended here.
    pub(super) ended: Vec<EndedRun>,
    /// Runs of others of which nothing was heard for too long.
    pub(super) lost: Vec<Held>,
    /// What its runs said since the last time.
    pub(super) lines: Vec<(i64, Vec<LogLine>)>,
    /// How many more it can run.
    pub(super) begin_max: usize,
}

/// What a replica is told.
pub(super) struct Told {
    /// The runs that are still its own.
    pub(super) own: Vec<Held>,
    /// Those that begin here.
    pub(super) begun: Vec<StoredRun>,
    /// The runs of the others.
    pub(super) others: Vec<Held>,
    /// What waits.
    pub(super) waiting: Waiting,
}

impl Turn {
    /// Tells and is told. By name, so that two replicas that are at the same tasks meet in one order.
    pub(super) fn take(&mut self, writer: &mut Writer<'_>) -> Result<Told, StoreError> {
        self.ended.sort_by(|a, b| a.task.cmp(&b.task));
        self.lost.sort_by(|a, b| a.name.cmp(&b.name));
        let lapse = TimeDelta::from_std(self.tasks.limits().lapse()).unwrap_or(TimeDelta::MAX);
        let lapsed = self.asked_at.checked_sub_signed(lapse).unwrap_or(self.asked_at);
        for ended in &self.ended {
            end(writer, self, ended)?;
        }
        for lost in &self.lost {
            end_lost(writer, self, lost)?;
        }
        let now = self.clock.now();
        let own = write::tasks_beat(writer, &self.replica, (now, lapsed))?;
        for (run, lines) in &self.lines {
            if own.iter().any(|held| held.run == *run) {
                write::log_add(writer, *run, lines, LOG_KEPT)?;
            }
        }
        let begun = self.begin(writer, now)?;
        Ok(Told {
            own,
            begun,
            others: write::tasks_of_others(writer, &self.replica)?,
            waiting: write::tasks_waiting(writer, &self.names)?,
        })
    }

    /// Begins what is due, as far as there is room.
    fn begin(&self, writer: &mut Writer<'_>, now: Timestamp) -> Result<Vec<StoredRun>, StoreError> {
        let mut begun = Vec::new();
        let limit = i64::try_from(self.begin_max).unwrap_or(i64::MAX);
        if limit == 0 {
            return Ok(begun);
        }
        let set_back = now.checked_add_signed(SET_BACK).unwrap_or(now);
        for kept in write::tasks_due(writer, &self.names, (now, set_back), limit)? {
            let Some(task) = self.tasks.get(&kept.name) else { continue };
            begun.extend(self.look(writer, task, kept, now)?);
        }
        Ok(begun)
    }

    fn look(
        &self,
        writer: &mut Writer<'_>,
        task: &Task,
        mut kept: StoredTask,
        now: Timestamp,
    ) -> Result<Option<StoredRun>, StoreError> {
        if kept.run_asked_by.is_some() {
            return self.begin_run(writer, task, &kept).map(Some);
        }
        let mut look = task.rule.look(&task.name, &kept.due, now);
        if let Look::Move(due) = look {
            write::task_move(writer, &task.name, &due)?;
            kept.due = due;
            look = task.rule.look(&task.name, &due, now);
        }
        match look {
            Look::Begin => self.begin_run(writer, task, &kept).map(Some),
            Look::Wait | Look::Move(_) => Ok(None),
        }
    }

    fn begin_run(
        &self,
        writer: &mut Writer<'_>,
        task: &Task,
        kept: &StoredTask,
    ) -> Result<StoredRun, StoreError> {
        // Behind the lock of the task's row, and so behind the end of the run before it.
        let now = self.clock.now();
        let Due { due, at, tries, .. } = kept.due;
        let stands_for = (at <= now).then_some(due);
        let mut run = StoredRun {
            id: 0,
            task: task.name.clone(),
            replica: self.replica.clone(),
            fence: kept.fence + 1,
            due: stands_for,
            asked_by: kept.run_asked_by.clone(),
            tries: if stands_for.is_some() { tries } else { 0 },
            started_at: now,
            end: None,
        };
        run.id = write::run_add(writer, &run)?;
        let next = task.rule.begun(&task.name, &kept.due, now);
        write::task_begin(writer, &task.name, (run.id, &self.replica), (now, &next))?;
        Ok(run)
    }
}
