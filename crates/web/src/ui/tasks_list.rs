//! `GET /-/tasks/`: what runs by itself, and how its latest runs went.

use std::sync::Arc;

use app::tasks::{StoredRun, TaskState};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::value::datetime_text;

use super::cell::Moment;
use super::page::page;
use super::run_told::{outcome, took};
use super::{Shell, TASKS, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::tasks::state_word;

/// The width of a run in the bar of the latest ones, with the gap behind it.
const STEP: usize = 5;
/// The height of that bar.
pub(super) const HEIGHT: u64 = 20;
/// The least of it that a run takes, so that quick ones are seen, too.
const HEIGHT_MIN: u64 = 4;

#[derive(Template)]
#[template(path = "ui/tasks_list.html")]
struct TasksList {
    shell: Shell,
    tasks: Vec<ShownTask>,
}

struct ShownTask {
    name: String,
    href: String,
    what: String,
    schedule: String,
    state: &'static str,
    last: Option<Moment>,
    took: String,
    next: Option<Moment>,
    bar: RunBar,
}

/// The latest runs as a small bar each, the latest at the right.
pub(super) struct RunBar {
    pub(super) width: usize,
    pub(super) height: u64,
    /// What the bar says, in words.
    pub(super) told: String,
    pub(super) runs: Vec<RunMark>,
}

pub(super) struct RunMark {
    pub(super) x: usize,
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) state: &'static str,
    pub(super) told: String,
}

/// Shows the tasks.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let states = edge.app.tasks_list(&ctx).await?;
    page(StatusCode::OK, &TasksList { tasks: states.iter().map(shown).collect(), shell })
}

fn shown(state: &TaskState) -> ShownTask {
    let name = state.task.name.clone();
    let last = state.runs.first();
    ShownTask {
        href: format!("{TASKS}{name}/"),
        what: state.task.what.clone(),
        schedule: state.task.rule.schedule.to_string(),
        state: state_word(state),
        last: last.map(|run| Moment::of(run.started_at)),
        took: last.map(took).unwrap_or_default(),
        next: state.next_at().map(Moment::of),
        bar: bar(&state.runs),
        name,
    }
}

/// The latest runs, each as high as it took long beside the longest.
fn bar(runs: &[StoredRun]) -> RunBar {
    let millis = |run: &StoredRun| {
        let took = run.end.as_ref().map(|end| end.at - run.started_at);
        took.map_or(0, |took| took.num_milliseconds().max(0).unsigned_abs())
    };
    let longest = runs.iter().map(millis).max().unwrap_or(0).max(1);
    let mark = |(place, run): (usize, &StoredRun)| {
        let height = HEIGHT_MIN + millis(run) * (HEIGHT - HEIGHT_MIN) / longest;
        let (state, took) = (outcome(run), took(run));
        let took = if took.is_empty() { took } else { format!(", {took}") };
        RunMark {
            x: place * STEP,
            y: HEIGHT - height,
            height,
            state,
            told: format!("{}: {state}{took}", datetime_text(run.started_at)),
        }
    };
    let failed =
        runs.iter().filter(|run| run.end.as_ref().is_some_and(|end| end.outcome.is_failure()));
    RunBar {
        width: runs.len().max(1) * STEP,
        height: HEIGHT,
        told: format!("The latest {} runs, {} of them came to nothing", runs.len(), failed.count()),
        runs: runs.iter().rev().enumerate().map(mark).collect(),
    }
}
