//! Tasks, their runs, and what those say.

pub(crate) mod act;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod one;
pub(crate) mod runs;

use app::tasks::{LogLine, StoredRun, TaskState};
use domain::task::CatchUp;
use domain::value::datetime_text;
use serde_json::{Value, json};

use crate::extract::Links;

/// The address of all of them.
pub(crate) const PATH: &str = "/api/-/tasks/";

/// A task in a word.
pub(crate) fn state_word(state: &TaskState) -> &'static str {
    if state.running().is_some() {
        "running"
    } else if state.is_paused() {
        "paused"
    } else if state.is_failing() {
        "failing"
    } else {
        "waiting"
    }
}

/// A task as it is told.
fn shown(state: &TaskState, links: &Links) -> Value {
    let task = &state.task;
    let url = format!("{}{PATH}{}/", links.base(), task.name);
    let runs: Vec<Value> = state.runs.iter().map(|run| shown_run(run, links)).collect();
    let next: Vec<String> = state.next.iter().copied().map(datetime_text).collect();
    json!({
        "name": task.name,
        "url": url,
        "what": task.what,
        "state": state_word(state),
        "schedule": task.rule.schedule.to_string(),
        "is_paused": state.is_paused(),
        "is_paused_by_configuration": task.is_paused,
        "is_failing": state.is_failing(),
        "running": state.running(),
        "next_at": state.next_at().map(datetime_text),
        "schedule_next": next,
        "soft_limit_s": task.soft_limit.as_secs_f64(),
        "hard_limit_s": task.hard_limit.as_secs_f64(),
        "retries": task.rule.retries,
        "backoff_s": seconds(task.rule.backoff),
        "jitter_s": seconds(task.rule.jitter),
        "catch_up": match task.rule.catch_up {
            CatchUp::Once => "once",
            CatchUp::Skip => "skip",
        },
        "runs": runs,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a year has 13 digits of microseconds")]
fn seconds(span: chrono::TimeDelta) -> f64 {
    span.num_microseconds().unwrap_or(i64::MAX) as f64 / 1e6
}

/// A run as it is told.
fn shown_run(run: &StoredRun, links: &Links) -> Value {
    let url = format!("{}{PATH}{}/runs/{}/", links.base(), run.task, run.id);
    let end = run.end.as_ref();
    let counts = end.and_then(|end| serde_json::from_str(&end.counts).ok());
    let counts: Value = counts.unwrap_or_else(|| json!({}));
    json!({
        "id": run.id,
        "url": url,
        "task": run.task,
        "replica": run.replica,
        "due": run.due.map(datetime_text),
        "asked_by": run.asked_by,
        "tries": run.tries,
        "started_at": datetime_text(run.started_at),
        "ended_at": end.map(|end| datetime_text(end.at)),
        "duration_s": end.map(|end| seconds(end.at - run.started_at)),
        "outcome": end.map(|end| end.outcome.word()),
        "error": end.and_then(|end| end.error.as_deref()),
        "counts": counts,
        "next_at": end.map(|end| datetime_text(end.next_at)),
    })
}

/// A line of a log as it is told.
fn shown_line(line: &LogLine) -> Value {
    json!({
        "line": line.line,
        "at": datetime_text(line.at),
        "level": line.level,
        "text": line.text,
    })
}
