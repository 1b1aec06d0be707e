//! What runs the tasks of a replica.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::task::Outcome;
use sql::write::{self, ConfiguredTask, Held, StoredRun, Waiting};
use sql::{Guard, StoreError, Writer};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::ended::EndedRun;
use super::run::Record;
use super::turn::{Told, Turn};
use super::watching::Watching;
use super::{Failure, Run, Tasks, Works};
use crate::{App, Error};

/// How long to wait where a row that is looked for is another's.
const PAUSE: Duration = Duration::from_millis(250);

/// What runs the tasks of a replica.
pub struct Scheduler {
    app: App,
    tasks: Tasks,
    works: Works,
    /// The name of this replica, which no other has or had.
    replica: String,
    names: Arc<Vec<String>>,
    active: HashMap<i64, Active>,
    ended: Vec<EndedRun>,
    lost: Vec<Held>,
    watching: Watching,
    waiting: Waiting,
    next_beat: Instant,
    next_look: Instant,
    /// Nothing is begun before this.
    not_before: Instant,
    /// The database could not be asked when it was last tried.
    is_away: bool,
    /// When those that still go on are dropped, once the replica was told to stop.
    stop_by: Option<Instant>,
    ends: mpsc::UnboundedReceiver<End>,
    tell_end: mpsc::UnboundedSender<End>,
}

type End = (i64, Result<Result<(), Failure>, JoinError>);

/// A run that goes on here.
struct Active {
    run: StoredRun,
    stop: CancellationToken,
    abort: AbortHandle,
    record: Record,
    begun: Instant,
    soft_at: Instant,
    hard_at: Instant,
    is_asked_to_finish: bool,
    stop_asked_by: Option<String>,
}

impl Scheduler {
    /// For the tasks of an app, in a replica whose name no other has or had.
    pub fn new(app: App, works: Works, replica: String) -> Self {
        let (tell_end, ends) = mpsc::unbounded_channel();
        let now = Instant::now();
        let tasks = app.tasks.clone();
        Self {
            names: Arc::new(tasks.names()),
            tasks,
            app,
            works,
            replica,
            active: HashMap::new(),
            ended: Vec::new(),
            lost: Vec::new(),
            watching: Watching::default(),
            waiting: Waiting { soonest: None, is_asked: false },
            next_beat: now,
            next_look: now,
            not_before: now,
            is_away: false,
            stop_by: None,
            ends,
            tell_end,
        }
    }

    /// Runs what is due until it is told to stop; then asks what still runs to finish, and drops it
    /// when it takes too long.
    pub async fn run(mut self, stop: CancellationToken) {
        while let Err(error) = self.configure().await {
            tracing::warn!(%error, "the tasks could not be kept; it is tried again");
            tokio::select! {
                () = tokio::time::sleep(self.tasks.limits().beat_every()) => {}
                () = stop.cancelled() => return,
            }
        }
        let tasks = self.tasks.clone();
        loop {
            let stepped = self.step().await;
            self.note(stepped.err().as_ref());
            if self.has_stopped() {
                return;
            }
            let wake = self.next_wake();
            tokio::select! {
                () = tokio::time::sleep_until(wake) => {}
                () = tasks.0.bell.notified() => {
                    let now = Instant::now();
                    (self.next_look, self.next_beat) = (now, now);
                }
                Some(end) = self.ends.recv() => self.finish(end),
                () = stop.cancelled(), if self.stop_by.is_none() => self.stop(),
            }
            while let Ok(end) = self.ends.try_recv() {
                self.finish(end);
            }
        }
    }

    /// Whether all is told of what ran, or there is no more time to.
    fn has_stopped(&self) -> bool {
        let is_over = |stop_by: Instant| self.ended.is_empty() || Instant::now() >= stop_by;
        self.active.is_empty() && self.stop_by.is_some_and(is_over)
    }

    /// Tells once that the database can't be asked, and once that it can again.
    fn note(&mut self, error: Option<&Error>) {
        match (error, self.is_away) {
            (Some(error), false) => {
                tracing::warn!(%error, "the tasks could not be looked at; it is tried again");
            }
            (Some(error), true) => tracing::debug!(%error, "the tasks can't be looked at yet"),
            (None, true) => tracing::info!("the tasks are looked at again"),
            (None, false) => {}
        }
        self.is_away = error.is_some();
        if self.is_away {
            let pause = Instant::now() + self.tasks.limits().beat_every();
            (self.not_before, self.next_beat, self.next_look) = (pause, pause, pause);
        }
    }

    async fn configure(&self) -> Result<(), Error> {
        let now = self.app.clock.now();
        let tasks: Vec<ConfiguredTask> = self
            .tasks
            .all()
            .map(|task| ConfiguredTask {
                name: task.name.clone(),
                schedule: task.rule.schedule.to_string(),
                first: task.rule.first(&task.name, now),
                is_paused: task.is_paused,
            })
            .collect();
        Ok(self.app.store.write(move |writer| write::tasks_configure(writer, tasks)).await?)
    }

    /// Looks at the limits of what runs, and asks the database where there is something to tell it
    /// or something may be due.
    async fn step(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        self.limit(now);
        let is_beat = !self.active.is_empty() && now >= self.next_beat;
        let is_lost = !self.lost.is_empty() && now >= self.not_before;
        if !self.ended.is_empty() || is_lost || is_beat || self.may_begin(now) {
            return self.turn(now).await;
        }
        if now < self.next_look {
            return Ok(());
        }
        let (names, replica) = (Arc::clone(&self.names), self.replica.clone());
        let (waiting, others) = self
            .app
            .store
            .read(move |reader| {
                let waiting = write::tasks_waiting(reader, &names)?;
                Ok((waiting, write::tasks_of_others(reader, &replica)?))
            })
            .await?;
        self.waiting = waiting;
        self.look_at(others, now);
        if self.may_begin(now) || !self.lost.is_empty() { self.turn(now).await } else { Ok(()) }
    }

    fn may_begin(&self, now: Instant) -> bool {
        let is_due = self.waiting.soonest.is_some_and(|soonest| soonest <= self.app.clock.now());
        self.room() > 0 && now >= self.not_before && (is_due || self.waiting.is_asked)
    }

    fn room(&self) -> usize {
        if self.stop_by.is_some() {
            return 0;
        }
        self.tasks.limits().at_once.saturating_sub(self.active.len())
    }

    fn look_at(&mut self, others: Vec<Held>, now: Instant) {
        self.next_look = now + self.tasks.limits().look_every();
        self.lost.extend(self.watching.look(others, self.tasks.limits().lapse(), now));
    }

    /// Asks those beyond their soft limit to finish, and drops those beyond the hard one.
    fn limit(&mut self, now: Instant) {
        let is_over = self.stop_by.is_some_and(|stop_by| now >= stop_by);
        let mut dropped = Vec::new();
        for (id, active) in &mut self.active {
            if now >= active.soft_at && !active.is_asked_to_finish {
                active.is_asked_to_finish = true;
                active.record.say("warn", "the soft limit is over: asked to finish".to_owned());
                active.stop.cancel();
            }
            if now >= active.hard_at || is_over {
                dropped.push(*id);
            }
        }
        for id in dropped {
            let Some(active) = self.active.remove(&id) else { continue };
            active.abort.abort();
            let (outcome, why) = if now >= active.hard_at {
                (Outcome::TimedOut, "the hard limit is over: dropped")
            } else {
                (Outcome::Cancelled, "the replica stops: dropped")
            };
            self.end(active, outcome, Some(why.to_owned()));
        }
    }

    /// A run's work has ended.
    fn finish(&mut self, (id, result): End) {
        let Some(active) = self.active.remove(&id) else { return };
        let error = match result {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure.to_string()),
            Err(_panicked) => Some("the work panicked; the program's log has more".to_owned()),
        };
        let outcome = match (&active.stop_asked_by, &error) {
            (Some(_), _) => Outcome::Cancelled,
            (None, None) => Outcome::Done,
            (None, Some(_)) => Outcome::Failed,
        };
        self.end(active, outcome, error);
    }

    fn end(&mut self, active: Active, outcome: Outcome, error: Option<String>) {
        let run = active.run;
        if let Some(error) = &error {
            active.record.say("error", error.clone());
            tracing::warn!(
                task = run.task,
                run = run.id,
                outcome = outcome.word(),
                error,
                "a run ended"
            );
        }
        let took = active.begun.elapsed();
        self.tasks.0.tallies.ended(&run.task, outcome, took);
        self.ended.push(EndedRun {
            task: run.task,
            run: run.id,
            fence: run.fence,
            due: run.due,
            tries: run.tries,
            outcome,
            error,
            counts: active.record.counts(),
            lines: active.record.take_lines(),
            is_left: outcome == Outcome::Cancelled && self.stop_by.is_some(),
        });
    }

    /// Tells the database of what runs here, and begins what it gives.
    async fn turn(&mut self, now: Instant) -> Result<(), Error> {
        let lines = self.active.iter().filter(|(_, active)| active.record.has_lines());
        let mut turn = Turn {
            asked_at: self.app.clock.now(),
            clock: self.app.clock.clone(),
            replica: self.replica.clone(),
            schema: Arc::clone(&self.app.schema),
            tasks: self.tasks.clone(),
            names: Arc::clone(&self.names),
            ended: self.ended.clone(),
            lost: self.lost.clone(),
            lines: lines.map(|(id, active)| (*id, active.record.take_lines())).collect(),
            begin_max: if self.may_begin(now) { self.room() } else { 0 },
        };
        let lines = turn.lines.clone();
        let begin_max = turn.begin_max;
        let told = self.app.store.write(move |writer| turn.take(writer)).await;
        let told = told.inspect_err(|_| self.give_back(lines))?;
        self.ended.clear();
        self.lost.clear();
        self.next_beat = now + self.tasks.limits().beat_every();
        let is_in_vain = begin_max > 0 && told.begun.is_empty();
        self.hear(told, now);
        // What is due, or lost, may be in a transaction of another that goes on for a while.
        if is_in_vain || !self.lost.is_empty() {
            self.not_before = now + PAUSE;
        }
        Ok(())
    }

    fn give_back(&self, lines: Vec<(i64, Vec<write::LogLine>)>) {
        for (run, lines) in lines {
            if let Some(active) = self.active.get(&run) {
                active.record.give_back(lines);
            }
        }
    }

    fn hear(&mut self, told: Told, now: Instant) {
        self.waiting = told.waiting;
        let own: HashMap<i64, Held> = told.own.into_iter().map(|held| (held.run, held)).collect();
        let gone: Vec<i64> =
            self.active.keys().filter(|id| !own.contains_key(id)).copied().collect();
        for id in gone {
            self.lose(id);
        }
        for (id, held) in own {
            let Some(active) = self.active.get_mut(&id) else { continue };
            if let (Some(by), None) = (held.stop_asked_by, &active.stop_asked_by) {
                active.record.say("info", format!("{by} asked it to stop"));
                active.stop_asked_by = Some(by);
                active.stop.cancel();
            }
        }
        for run in told.begun {
            self.begin(run, now);
        }
        self.look_at(told.others, now);
    }

    /// A run has lost its task: what it still does is for nothing.
    fn lose(&mut self, id: i64) {
        let Some(active) = self.active.remove(&id) else { return };
        active.abort.abort();
        let why = "it stood still for longer than its lease, and has lost its task";
        self.end(active, Outcome::Lost, Some(why.to_owned()));
    }

    fn begin(&mut self, run: StoredRun, now: Instant) {
        let Some(task) = self.tasks.get(&run.task) else { return };
        let record = Record::new(self.app.clock.clone());
        let stop = CancellationToken::new();
        let stands_for = run.due.unwrap_or(run.started_at);
        let handle = Run {
            app: App { store: self.app.store.guarded(self.fence(&run)), ..self.app.clone() },
            id: run.id,
            task: run.task.clone(),
            occurrence: format!("{}/{}", run.task, stands_for.timestamp_micros()),
            stop: stop.clone(),
            record: record.clone(),
        };
        let what = task.what.clone();
        let work = self.works.get(&run.task).cloned();
        let span = tracing::info_span!(target: "traces", "run", otel.name = run.task, task = run.task, run = run.id);
        let doing = async move {
            match work {
                Some(work) => work.run(handle).await,
                None => Err(Failure::from(format!("this version has no work {what}"))),
            }
        };
        let doing = tokio::spawn(doing.instrument(span));
        let abort = doing.abort_handle();
        let (id, tell_end) = (run.id, self.tell_end.clone());
        tokio::spawn(async move {
            // Nobody hears it where the scheduler has left.
            let _heard = tell_end.send((id, doing.await));
        });
        self.tasks.0.tallies.begun(&run.task);
        tracing::debug!(task = run.task, run = id, "a run begins");
        let active = Active {
            stop,
            abort,
            record,
            begun: now,
            soft_at: now + task.soft_limit,
            hard_at: now + task.hard_limit,
            is_asked_to_finish: false,
            stop_asked_by: None,
            run,
        };
        self.active.insert(id, active);
    }

    /// What each transaction of a run begins with: it is given up unless the run is at its task.
    fn fence(&self, run: &StoredRun) -> Guard {
        let (name, fence, clock) = (run.task.clone(), run.fence, self.app.clock.clone());
        let lapse = TimeDelta::from_std(self.tasks.limits().lapse()).unwrap_or(TimeDelta::MAX);
        Arc::new(move || {
            let (name, now) = (name.clone(), clock.now());
            let lapsed = now.checked_sub_signed(lapse).unwrap_or(now);
            Box::new(move |writer: &mut Writer<'_>| {
                if write::task_is_held(writer, (&name, fence), lapsed)? {
                    Ok(())
                } else {
                    Err(StoreError::Fenced)
                }
            })
        })
    }

    fn stop(&mut self) {
        self.tasks.0.stopped.cancel();
        self.stop_by = Some(Instant::now() + self.tasks.limits().grace);
        for active in self.active.values() {
            active.record.say("info", "the replica stops: asked to finish".to_owned());
            active.stop.cancel();
        }
    }

    /// When there is something to do next, if nothing is heard before.
    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        if !self.ended.is_empty() || !self.lost.is_empty() {
            return now.max(self.not_before);
        }
        let mut wake = self.next_look;
        for active in self.active.values() {
            let limit = if active.is_asked_to_finish { active.hard_at } else { active.soft_at };
            wake = wake.min(limit).min(self.next_beat);
        }
        if let Some(stop_by) = self.stop_by {
            return wake.min(stop_by);
        }
        if self.room() > 0 {
            if let Some(soonest) = self.waiting.soonest {
                let wait = soonest.signed_duration_since(self.app.clock.now());
                let begin = now + wait.to_std().unwrap_or_default().min(self.tasks.limits().lease);
                wake = wake.min(begin.max(self.not_before));
            }
            if self.waiting.is_asked {
                wake = wake.min(self.not_before);
            }
        }
        wake
    }
}
