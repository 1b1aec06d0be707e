//! What the storm left, as the register tells it.

use std::collections::HashMap;

use app::audit::{AuditEntry, AuditPlace, AuditQuestion};
use app::tasks::StoredRun;
use chrono::{DateTime, TimeDelta};
use domain::record::Timestamp;
use domain::task::Outcome;
use sql::{Reader, write};
use testkit::{TestApp, TestDatabase, scale};

use super::weather::Weather;
use crate::LEASE;

/// Seconds between two runs beside the interval of a second and the lease, for a machine that has
/// other things to do: in a short storm other tests, too.
const SLACK: (usize, usize) = (6, 2);
/// Entries of the audit that are read at once.
const PAGE: u32 = 1_000;

/// Checks what is in the register, and tells it in a sentence.
pub(crate) async fn of(database: &TestDatabase, tasks: usize, weather: &Weather<'_>) -> String {
    let test = TestApp::open(database.another_view(), testkit::every_kind()).await;
    let mut runs: HashMap<i64, StoredRun> = HashMap::new();
    let mut gap_max = TimeDelta::zero();
    for number in 0..tasks {
        let name = format!("task-{number}");
        let read = move |reader: &mut Reader<'_>| write::runs_of(reader, &name, None, i64::MAX);
        let mut of_task = test.app.store.read(read).await.unwrap();
        of_task.reverse();
        gap_max = gap_max.max(longest_gap(&of_task));
        runs.extend(of_task.into_iter().map(|run| (run.id, run)));
    }
    assert!(runs.len() > tasks, "{} runs alone", runs.len());
    let lease = TimeDelta::from_std(LEASE).unwrap();
    let slack = i64::try_from(scale(SLACK.0, SLACK.1)).unwrap();
    let gap_allowed = TimeDelta::seconds(1 + slack) + lease;
    assert!(gap_max <= gap_allowed || !weather.has_others(), "a task did not run for {gap_max}");

    let effects = effects(&test).await;
    check_effects(&effects, &runs);
    let is_lost =
        |run: &&StoredRun| run.end.as_ref().is_some_and(|end| end.outcome == Outcome::Lost);
    let lost = runs.values().filter(is_lost).count();
    let Weather { kills, freezes, .. } = weather;
    // In a short one it may be that what was struck had nothing to do just then.
    assert!(lost >= scale(0, 40), "what was killed and frozen had nothing to do");
    format!(
        "{} runs, {lost} lost, {kills} kills, {freezes} freezes, {} effects, {} writes refused, at \
         most {:.1} s between two runs of a task",
        runs.len(),
        effects.len(),
        weather.refused(),
        gap_max.as_seconds_f64()
    )
}

/// The longest time between two runs of a task, none of which overlaps another.
fn longest_gap(runs: &[StoredRun]) -> TimeDelta {
    let mut longest = TimeDelta::zero();
    for (before, next) in runs.iter().zip(runs.iter().skip(1)) {
        let ended = before.end.as_ref().map_or(DateTime::<chrono::Utc>::MAX_UTC, |end| end.at);
        assert!(ended <= next.started_at, "run {} overlaps run {}", before.id, next.id);
        longest = longest.max(next.started_at - before.started_at);
    }
    longest
}

/// When a run wrote.
struct Effect {
    task: String,
    run: i64,
    at: Timestamp,
}

/// All that runs wrote, in the order in which they did.
async fn effects(test: &TestApp) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut place = Some(AuditPlace::default());
    while let Some(from) = place {
        let page =
            test.app.audit(&test.system(), AuditQuestion::default(), from, PAGE).await.unwrap();
        effects.extend(page.entries.into_iter().filter_map(effect));
        place = page.next;
    }
    effects.reverse();
    effects
}

fn effect(entry: AuditEntry) -> Option<Effect> {
    let is_of_run = entry.origin == "task";
    let run = entry.request_id.filter(|_| is_of_run)?.parse().unwrap();
    Some(Effect { task: entry.actor, run, at: entry.at })
}

/// Nothing was written behind the moment at which a run was over, nor behind the next one of its task.
fn check_effects(effects: &[Effect], runs: &HashMap<i64, StoredRun>) {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for Effect { task, run, at } in effects {
        let end = runs.get(run).unwrap().end.as_ref();
        assert!(end.is_none_or(|end| *at <= end.at), "run {run} had lost its task, and wrote");
        let before = last.insert(task, *run);
        assert!(before.is_none_or(|before| before <= *run), "run {run} wrote behind {before:?}");
    }
}
