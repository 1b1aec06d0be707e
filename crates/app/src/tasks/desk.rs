//! What administrators do with tasks: look, have one run now, stop, rest, or go on.

use std::collections::HashMap;

use domain::access::Right;
use domain::audit::Action;
use domain::record::Timestamp;
use sql::write::{self, LogLine, StoredRun, StoredTask, TaskStand};
use sql::{Reader, StoreError, Writer};

use super::{RUNS_SHOWN, Task};
use crate::people::given_up;
use crate::{App, Context, Error, audit};

/// What there is no task by this name is told as.
const TASK: &str = "task";
/// The same for a run.
const RUN: &str = "run of this task";
/// How many of the next runs are told.
const NEXT_SHOWN: usize = 5;
/// The most lines of a log in one answer.
pub(super) const LINES_MAX: i64 = 1_000;

/// A task, and what has become of it.
#[derive(Clone, Debug)]
pub struct TaskState {
    /// As it is configured.
    pub task: Task,
    /// As it is kept; `None` where no replica has looked at it yet.
    pub kept: Option<StoredTask>,
    /// Its latest runs, the latest first.
    pub runs: Vec<StoredRun>,
    /// When its schedule has it run next.
    pub next: Vec<Timestamp>,
}

impl TaskState {
    /// Whether it rests, and by whose will.
    pub fn is_paused(&self) -> bool {
        self.task.is_paused || self.kept.as_ref().is_some_and(|kept| kept.is_paused)
    }

    /// The run that is at it.
    pub fn running(&self) -> Option<i64> {
        self.kept.as_ref().and_then(|kept| kept.run)
    }

    /// Whether its last run came to nothing.
    pub fn is_failing(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.is_failing)
    }

    /// When it begins next; `None` while it rests or runs.
    pub fn next_at(&self) -> Option<Timestamp> {
        let is_waiting = !self.is_paused() && self.running().is_none();
        self.kept.as_ref().filter(|_| is_waiting).map(|kept| kept.due.at)
    }
}

/// A page of a task's runs.
#[derive(Clone, Debug)]
pub struct RunPage {
    /// The runs, the latest first.
    pub runs: Vec<StoredRun>,
    /// The run before which the next page is; `None` on the last.
    pub next: Option<i64>,
}

/// A part of a run's log.
#[derive(Clone, Debug)]
pub struct LogTail {
    /// The lines, in order.
    pub lines: Vec<LogLine>,
    /// The run.
    pub run: StoredRun,
}

/// Why a task can't do what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskRefusal {
    /// It runs already.
    #[error("the task is running")]
    Running,
    /// It does not run.
    #[error("the task is not running")]
    NotRunning,
    /// The configuration has it rest.
    #[error("the configuration says that the task is paused: change it there")]
    PausedByConfiguration,
}

impl App {
    /// All tasks, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer; others when the database can't be
    /// asked.
    pub async fn tasks_list(&self, ctx: &Context) -> Result<Vec<TaskState>, Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.task_states(self.tasks.all().cloned().collect()).await
    }

    /// A task.
    ///
    /// # Errors
    /// As [`Self::tasks_list`], and [`Error::NotFound`].
    pub async fn task_show(&self, ctx: &Context, name: &str) -> Result<TaskState, Error> {
        let task = self.known_task(ctx, name)?.clone();
        let states = self.task_states(vec![task]).await?;
        states.into_iter().next().ok_or(Error::NotFound { what: TASK })
    }

    /// The names of tasks whose last run came to nothing; none for whoever may not administer.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn tasks_failing(&self, ctx: &Context) -> Result<Vec<String>, Error> {
        if ctx.must_everywhere(Right::Administer).is_err() {
            return Ok(Vec::new());
        }
        let names = self.tasks.names();
        let read = move |reader: &mut Reader<'_>| write::tasks(reader, &names);
        let kept = self.store.read(read).await?;
        Ok(kept.into_iter().filter(|task| task.is_failing).map(|task| task.name).collect())
    }

    /// How all tasks stand, for whoever watches them.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn tasks_measured(&self) -> Result<Vec<TaskStand>, Error> {
        let names = self.tasks.names();
        Ok(self.store.read(move |reader| write::tasks_stand(reader, &names)).await?)
    }

    async fn task_states(&self, tasks: Vec<Task>) -> Result<Vec<TaskState>, Error> {
        let names: Vec<String> = tasks.iter().map(|task| task.name.clone()).collect();
        let read = move |reader: &mut Reader<'_>| {
            let kept = write::tasks(reader, &names)?;
            Ok((kept, write::runs_latest(reader, &names, RUNS_SHOWN)?))
        };
        let (kept, latest) = self.store.read(read).await?;
        let mut kept: HashMap<String, StoredTask> =
            kept.into_iter().map(|task| (task.name.clone(), task)).collect();
        let mut runs: HashMap<String, Vec<StoredRun>> = HashMap::new();
        for run in latest {
            runs.entry(run.task.clone()).or_default().push(run);
        }
        let now = self.clock.now();
        let state = |task: Task| TaskState {
            kept: kept.remove(&task.name),
            runs: runs.remove(&task.name).unwrap_or_default(),
            next: next_of(&task, now),
            task,
        };
        Ok(tasks.into_iter().map(state).collect())
    }

    /// A page of the runs of a task, the latest first: those before one, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::task_show`].
    pub async fn task_runs(
        &self,
        ctx: &Context,
        name: &str,
        (before, limit): (Option<i64>, u32),
    ) -> Result<RunPage, Error> {
        let name = self.known_task(ctx, name)?.name.clone();
        // One more tells whether there are others.
        let more = i64::from(limit) + 1;
        let read = move |reader: &mut Reader<'_>| write::runs_of(reader, &name, before, more);
        let mut runs = self.store.read(read).await?;
        let has_more = runs.len() > limit as usize;
        runs.truncate(limit as usize);
        let next = runs.last().map(|run| run.id).filter(|_| has_more);
        Ok(RunPage { runs, next })
    }

    /// A run of a task.
    ///
    /// # Errors
    /// As [`Self::task_show`].
    pub async fn task_run(&self, ctx: &Context, name: &str, run: i64) -> Result<StoredRun, Error> {
        let name = self.known_task(ctx, name)?.name.clone();
        let run = self.store.read(move |reader| write::run(reader, run)).await?;
        run.filter(|run| run.task == name).ok_or(Error::NotFound { what: RUN })
    }

    /// The lines of a run's log behind one, as many as fit an answer, and the run as it was when
    /// they were read: where it has ended and none came, there are no more.
    ///
    /// # Errors
    /// As [`Self::task_show`].
    pub async fn task_log(
        &self,
        ctx: &Context,
        name: &str,
        (run, after): (i64, i64),
    ) -> Result<LogTail, Error> {
        let name = self.known_task(ctx, name)?.name.clone();
        let read = move |reader: &mut Reader<'_>| {
            let found = write::run(reader, run)?;
            Ok((found, write::log_of(reader, run, after, LINES_MAX)?))
        };
        let (found, lines) = self.store.read(read).await?;
        let run = found.filter(|run| run.task == name).ok_or(Error::NotFound { what: RUN })?;
        Ok(LogTail { lines, run })
    }

    /// Has a task run now, also one that rests.
    ///
    /// # Errors
    /// As [`Self::task_show`], and [`Error::Task`] where it runs already.
    pub async fn task_run_now(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        let by = ctx.actor.name().to_owned();
        self.task_change(ctx, name, Action::TaskRun, move |writer, kept| match kept.run {
            Some(_) => Err(given_up(Error::Task(TaskRefusal::Running))),
            None => write::task_ask_run(writer, &kept.name, &by),
        })
        .await
    }

    /// Has the run of a task stop.
    ///
    /// # Errors
    /// As [`Self::task_show`], and [`Error::Task`] where it does not run.
    pub async fn task_cancel(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        let by = ctx.actor.name().to_owned();
        self.task_change(ctx, name, Action::TaskCancelled, move |writer, kept| match kept.run {
            Some(_) => write::task_ask_stop(writer, &kept.name, &by),
            None => Err(given_up(Error::Task(TaskRefusal::NotRunning))),
        })
        .await
    }

    /// Has a task rest; a run that goes on is not stopped by it.
    ///
    /// # Errors
    /// As [`Self::task_show`].
    pub async fn task_pause(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        self.task_change(ctx, name, Action::TaskPaused, |writer, kept| {
            write::task_pause(writer, &kept.name, true)
        })
        .await
    }

    /// Has a task that rests go on: what was due meanwhile is not caught up with.
    ///
    /// # Errors
    /// As [`Self::task_show`], and [`Error::Task`] where the configuration has it rest.
    pub async fn task_resume(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        let task = self.known_task(ctx, name)?;
        if task.is_paused {
            return Err(Error::Task(TaskRefusal::PausedByConfiguration));
        }
        let first = task.rule.first(name, ctx.now);
        self.task_change(ctx, name, Action::TaskResumed, move |writer, kept| {
            if kept.is_paused {
                write::task_move(writer, &kept.name, &first)?;
            }
            write::task_pause(writer, &kept.name, false)
        })
        .await
    }

    /// Changes what is kept of a task, tells the audit, and wakes the scheduler of this replica.
    async fn task_change(
        &self,
        ctx: &Context,
        name: &str,
        action: Action,
        change: impl FnOnce(&mut Writer<'_>, &StoredTask) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), Error> {
        let name = self.known_task(ctx, name)?.name.clone();
        let ctx = ctx.clone();
        let write = move |writer: &mut Writer<'_>| {
            let kept = write::tasks(writer, std::slice::from_ref(&name))?;
            let Some(kept) = kept.first() else {
                return Err(given_up(Error::NotFound { what: TASK }));
            };
            change(writer, kept)?;
            audit::keep(writer, &ctx, action, format!("task {name}"))
        };
        self.store.write(write).await?;
        self.tasks.0.bell.notify_one();
        Ok(())
    }

    fn known_task(&self, ctx: &Context, name: &str) -> Result<&Task, Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.tasks.get(name).ok_or(Error::NotFound { what: TASK })
    }
}

fn next_of(task: &Task, now: Timestamp) -> Vec<Timestamp> {
    let next = |at: &Timestamp| task.rule.schedule.next(*at);
    std::iter::successors(task.rule.schedule.next(now), next).take(NEXT_SHOWN).collect()
}
