//! A replica: this very test program, started again to run tasks until it is killed.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use app::tasks::{Doing, Failure, Limits, Run, Scheduler, Task, Work, Works};
use app::{App, Clock, Entropy, Tasks};
use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::{Action, Event};
use domain::task::{CatchUp, Rule, Schedule};
use rustix::process::{Pid, Signal, kill_process};
use sql::{StoreError, Writer, write};
use tempfile::TempDir;
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;

use crate::LEASE;

const DATABASE: &str = "TASK_STORM_DATABASE";
const NAME: &str = "TASK_STORM_NAME";
const TASKS: &str = "TASK_STORM_TASKS";
const EVERY: &str = "TASK_STORM_EVERY";
const FOLDER: &str = "TASK_STORM_FOLDER";

/// The file that is there once a replica is at work.
const READY: &str = "ready";
/// The file with a line for each write that was refused for its fence.
const REFUSED: &str = "refused";

/// A replica in a process of its own.
pub(crate) struct Replica {
    child: Child,
    folder: TempDir,
}

impl Replica {
    pub(crate) fn start(database: &TestDatabase, name: &str, tasks: usize, every: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "replica", "--ignored", "--nocapture", "--test-threads=1"])
            .env(DATABASE, &database.url)
            .env(NAME, name)
            .env(TASKS, tasks.to_string())
            .env(EVERY, every)
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    /// Waits until it is at work.
    pub(crate) async fn until_ready(&self) {
        let ready = self.folder.path().join(READY);
        let look = async {
            while !ready.exists() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), look).await;
        assert!(waited.is_ok(), "it does not start: {}", self.read("log"));
    }

    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How many of its writes were refused for their fence.
    pub(crate) fn refused(&self) -> usize {
        self.read(REFUSED).lines().count()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// The time that processors have worked for it: fields 14 and 15 of proc(5)'s stat, in hundredths
    /// of a second.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, behind_name) = stat.rsplit_once(')').unwrap();
        let fields: Vec<&str> = behind_name.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field).unwrap().parse::<u64>().unwrap();
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs the tasks, until the process is killed.
pub(crate) async fn serve() {
    let said = |name: &str| std::env::var(name).unwrap();
    let mut settings = sql::Settings::new(&said(DATABASE));
    // Below the lease: a replica that is frozen in a transaction holds up the others for three times
    // as long.
    settings.busy_timeout = Duration::from_secs(1);
    let entropy = Entropy::new(|| [7; 32]);
    let app =
        App::open(settings, testkit::every_kind(), Vec::new(), clock(), entropy).await.unwrap();
    let count: usize = said(TASKS).parse().unwrap();
    let every = match said(EVERY).as_str() {
        "1s" => TimeDelta::seconds(1),
        _ => TimeDelta::days(365),
    };
    let tasks = (0..count).map(|number| task(number, every));
    let limits = Limits { lease: LEASE, at_once: 100, ..Limits::default() };
    let app = App { tasks: Tasks::new(tasks, limits), ..app };
    let folder = PathBuf::from(said(FOLDER));
    let work: Arc<dyn Work> = Arc::new(Effects { folder: folder.clone() });
    let works: Works = app.tasks.all().map(|task| (task.name.clone(), Arc::clone(&work))).collect();
    let scheduler = Scheduler::new(app, works, said(NAME));
    std::fs::write(folder.join(READY), "").unwrap();
    scheduler.run(CancellationToken::new()).await;
}

#[expect(clippy::disallowed_methods, reason = "processes share nothing but the time")]
fn clock() -> Clock {
    Clock::new(|| DateTime::<Utc>::from(SystemTime::now()))
}

fn task(number: usize, every: TimeDelta) -> Task {
    Task {
        name: format!("task-{number}"),
        what: "test".to_owned(),
        rule: Rule {
            schedule: Schedule::every(every).unwrap(),
            catch_up: CatchUp::Once,
            jitter: TimeDelta::zero(),
            retries: 0,
            backoff: TimeDelta::zero(),
        },
        soft_limit: Duration::from_mins(10),
        hard_limit: Duration::from_mins(15),
        is_paused: false,
    }
}

/// Writes when it begins and when it ends, and takes a moment in between, in which its replica may
/// be killed or frozen.
struct Effects {
    folder: PathBuf,
}

impl Work for Effects {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            for _ in 0..2 {
                self.write(&run).await?;
                let pause = 10 + u64::try_from(run.id).unwrap_or(0) % 70;
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            Ok(())
        })
    }
}

impl Effects {
    async fn write(&self, run: &Run) -> Result<(), Failure> {
        let (clock, task, id) = (run.app.clock.clone(), run.task.clone(), run.id);
        let effect = move |writer: &mut Writer<'_>| {
            // The moment at which it is written, in the transaction that is fenced.
            let event = Event {
                at: clock.now(),
                actor: task.clone(),
                token: None,
                origin: "task".to_owned(),
                request_id: Some(id.to_string()),
                action: Action::TaskRun,
                subject: task,
                reason: None,
            };
            write::audit_add(writer, &event)
        };
        let written = run.app.store.write(effect).await;
        if matches!(written, Err(StoreError::Fenced)) {
            let path = self.folder.join(REFUSED);
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            writeln!(file?, "{}", run.id)?;
        }
        Ok(written?)
    }
}
