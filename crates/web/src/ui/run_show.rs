//! `GET /-/tasks/{name}/{id}/`: a run of a task, and what it says, live while it goes on.

use std::sync::Arc;

use app::tasks::{LogLine, StoredRun};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::cell::Moment;
use super::page::page;
use super::run_told::{counts, outcome, took};
use super::{Shell, TASKS, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::tasks::PATH;

#[derive(Template)]
#[template(path = "ui/run_show.html")]
struct RunShow {
    shell: Shell,
    task: String,
    task_href: String,
    id: i64,
    outcome: &'static str,
    is_running: bool,
    started: Moment,
    due: Option<Moment>,
    asked_by: String,
    ended: Option<Moment>,
    took: String,
    next: Option<Moment>,
    why: String,
    counts: String,
    tries: u32,
    replica: String,
    /// Where its log is read and followed.
    log: String,
    /// The last line that the page has.
    last_line: i64,
    lines: Vec<ShownLine>,
}

struct ShownLine {
    at: Moment,
    level: String,
    text: String,
}

/// Shows a run.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let id = id.parse().unwrap_or_default();
    let tail = edge.app.task_log(&ctx, &name, (id, 0)).await?;
    page(StatusCode::OK, &shown(shell, &tail.run, &tail.lines))
}

fn shown(shell: Shell, run: &StoredRun, lines: &[LogLine]) -> RunShow {
    let end = run.end.as_ref();
    RunShow {
        shell,
        task: run.task.clone(),
        task_href: format!("{TASKS}{}/", run.task),
        id: run.id,
        outcome: outcome(run),
        is_running: end.is_none(),
        started: Moment::of(run.started_at),
        due: run.due.map(Moment::of),
        asked_by: run.asked_by.clone().unwrap_or_default(),
        ended: end.map(|end| Moment::of(end.at)),
        took: took(run),
        next: end.map(|end| Moment::of(end.next_at)),
        why: end.and_then(|end| end.error.clone()).unwrap_or_default(),
        counts: counts(run),
        tries: run.tries,
        replica: run.replica.clone(),
        log: format!("{PATH}{}/runs/{}/log/", run.task, run.id),
        last_line: lines.last().map_or(0, |line| line.line),
        lines: lines.iter().map(shown_line).collect(),
    }
}

fn shown_line(line: &LogLine) -> ShownLine {
    ShownLine { at: Moment::of(line.at), level: line.level.clone(), text: line.text.clone() }
}
