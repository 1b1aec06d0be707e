//! Registers with tasks of the test's own, at a clock of its own.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::tasks::{Doing, Failure, Limits, Run, Scheduler, Task, TaskState, Work, Works};
use app::{App, Clock, Tasks};
use chrono::{DateTime, TimeDelta};
use domain::record::Timestamp;
use domain::task::{CatchUp, Outcome, Rule, Schedule};
use testkit::{TestApp, test_apps};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Short enough for tests that wait for it.
pub(crate) const LEASE: Duration = Duration::from_secs(3);

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn at(text: &str) -> Self {
        let moment: Timestamp = text.parse().unwrap();
        Self(Arc::new(AtomicI64::new(moment.timestamp_micros())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let hands = self.clone();
        Clock::new(move || hands.now())
    }
}

/// A function as work.
struct Does<F>(F);

impl<F, W> Work for Does<F>
where
    F: Fn(Run) -> W + Send + Sync,
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin((self.0)(run))
    }
}

/// What a function does, as work.
pub(crate) fn does<W>(work: impl Fn(Run) -> W + Send + Sync + 'static) -> Arc<dyn Work>
where
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    Arc::new(Does(work))
}

/// A task that is due each hour.
pub(crate) fn hourly(name: &str) -> Task {
    Task {
        name: name.to_owned(),
        what: "test".to_owned(),
        rule: Rule {
            schedule: Schedule::every(TimeDelta::hours(1)).unwrap(),
            catch_up: CatchUp::Once,
            jitter: TimeDelta::zero(),
            retries: 0,
            backoff: TimeDelta::seconds(10),
        },
        soft_limit: Duration::from_mins(10),
        hard_limit: Duration::from_mins(15),
        is_paused: false,
    }
}

/// A register of the test's own, and its clock.
pub(crate) struct Bench {
    pub(crate) test: TestApp,
    pub(crate) hands: Hands,
    pub(crate) app: App,
}

/// One on each database, with these tasks, half an hour before they are due.
pub(crate) async fn benches(tasks: &[Task]) -> Vec<Bench> {
    let mut benches = Vec::new();
    for test in test_apps().await {
        let hands = Hands::at("2026-11-26T10:30:00Z");
        let limits =
            Limits { lease: LEASE, grace: Duration::from_millis(200), ..Limits::default() };
        let tasks = Tasks::new(tasks.iter().cloned(), limits);
        let app = App { clock: hands.clock(), tasks, ..test.app.clone() };
        benches.push(Bench { test, hands, app });
    }
    benches
}

/// A replica at work.
pub(crate) struct Replica {
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Replica {
    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }

    /// Nothing of its scheduler happens any more, as if it were killed.
    pub(crate) async fn kill(self) {
        self.running.abort();
        self.running.await.unwrap_err();
    }
}

impl Bench {
    /// Starts a replica whose tasks do this.
    pub(crate) fn start(&self, name: &str, work: &Arc<dyn Work>) -> Replica {
        let works: Works =
            self.app.tasks.all().map(|task| (task.name.clone(), Arc::clone(work))).collect();
        let stop = CancellationToken::new();
        // As in a process of its own, the tasks' bell is too.
        let tasks = Tasks::new(self.app.tasks.all().cloned(), self.app.tasks.limits());
        let app = App { tasks, ..self.app.clone() };
        let scheduler = Scheduler::new(app, works, name.to_owned());
        let running = tokio::spawn(scheduler.run(stop.clone()));
        Replica { stop, running }
    }

    pub(crate) async fn state(&self, name: &str) -> TaskState {
        self.app.task_show(&self.test.writer(), name).await.unwrap()
    }

    /// Waits until a task is as `is` says.
    pub(crate) async fn until(&self, name: &str, is: impl Fn(&TaskState) -> bool) -> TaskState {
        let begin = tokio::time::Instant::now();
        loop {
            let state = self.state(name).await;
            if is(&state) {
                return state;
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "it stays so: {state:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a task's latest run has ended, as the number-th of all.
    pub(crate) async fn until_ended(&self, name: &str, number: usize) -> TaskState {
        self.until(name, |state| {
            let ended = state.runs.iter().filter(|run| run.end.is_some()).count();
            ended >= number && state.running().is_none()
        })
        .await
    }

    /// Waits until a task's rows are there.
    pub(crate) async fn until_kept(&self, name: &str) {
        self.until(name, |state| state.kept.is_some()).await;
    }

    /// What was kept of the log of a task's latest run.
    pub(crate) async fn log(&self, name: &str) -> Vec<String> {
        let run = self.state(name).await.runs.first().unwrap().id;
        let tail = self.app.task_log(&self.test.writer(), name, (run, 0)).await.unwrap();
        tail.lines.into_iter().map(|line| format!("{}: {}", line.level, line.text)).collect()
    }
}

/// How the runs of a task ended, the latest first.
pub(crate) fn outcomes(state: &TaskState) -> Vec<Option<Outcome>> {
    state.runs.iter().map(|run| run.end.as_ref().map(|end| end.outcome)).collect()
}
