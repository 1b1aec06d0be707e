//! `GET` and `POST /-/tasks/{name}/`: a task, its runs, and what one may have it do.

use std::sync::Arc;

use app::tasks::{RunPage, StoredRun, TaskState};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use domain::fault::Faults;
use domain::task::CatchUp;

use super::cell::Moment;
use super::page::{go_to, page};
use super::run_told::{counts, outcome, span, took};
use super::{Shell, TASKS, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::rest::tasks::{act, state_word};

/// How many runs a page has.
const RUNS_SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "ui/task_show.html")]
struct TaskShow {
    shell: Shell,
    name: String,
    what: String,
    state: &'static str,
    is_running: bool,
    is_paused: bool,
    is_paused_by_configuration: bool,
    schedule: String,
    /// When the schedule has it run next.
    next: Vec<Moment>,
    next_at: Option<Moment>,
    limits: String,
    retries: String,
    catch_up: &'static str,
    runs: Vec<ShownRun>,
    /// Where the runs before these are.
    older: String,
}

struct ShownRun {
    id: i64,
    href: String,
    started: Moment,
    took: String,
    outcome: &'static str,
    why: String,
    /// `try 2`, `asked for by ada`.
    note: String,
    counts: String,
    replica: String,
}

/// Shows a task.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    let mut faults = Faults::default();
    let before = take_number(&mut parameters, "before", 1..=i64::MAX as u64, &mut faults);
    faults.or_ok(())?;
    let before = before.and_then(|id| i64::try_from(id).ok());
    let state = edge.app.task_show(&ctx, &name).await?;
    let RunPage { runs, next } = edge.app.task_runs(&ctx, &name, (before, RUNS_SHOWN)).await?;
    let older = next.map(|before| format!("{TASKS}{name}/?before={before}")).unwrap_or_default();
    page(StatusCode::OK, &shown(shell, &state, (&runs, older)))
}

/// Has it do something.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    act::do_it(&edge.app, &visit.ctx, (&name, form.field("do"))).await?;
    Ok(go_to(&format!("{TASKS}{name}/"), []))
}

fn shown(shell: Shell, state: &TaskState, (runs, older): (&[StoredRun], String)) -> TaskShow {
    let task = &state.task;
    let rule = &task.rule;
    let limit = |limit| TimeDelta::from_std(limit).map(span).unwrap_or_default();
    TaskShow {
        shell,
        name: task.name.clone(),
        what: task.what.clone(),
        state: state_word(state),
        is_running: state.running().is_some(),
        is_paused: state.is_paused(),
        is_paused_by_configuration: task.is_paused,
        schedule: rule.schedule.to_string(),
        next: state.next.iter().copied().map(Moment::of).collect(),
        next_at: state.next_at().map(Moment::of),
        limits: format!(
            "asked to finish after {}, dropped after {}",
            limit(task.soft_limit),
            limit(task.hard_limit)
        ),
        retries: match rule.retries {
            0 => "when it is due again".to_owned(),
            1 => format!("once, after {}", span(rule.backoff)),
            times => format!("up to {times} times, the first after {}", span(rule.backoff)),
        },
        catch_up: match rule.catch_up {
            CatchUp::Once => "caught up with once",
            CatchUp::Skip => "left out",
        },
        runs: runs.iter().map(shown_run).collect(),
        older,
    }
}

fn shown_run(run: &StoredRun) -> ShownRun {
    let tried = (run.tries > 0).then(|| format!("try {}", run.tries + 1));
    let asked = run.asked_by.as_ref().map(|by| format!("asked for by {by}"));
    ShownRun {
        id: run.id,
        href: format!("{TASKS}{}/{}/", run.task, run.id),
        started: Moment::of(run.started_at),
        took: took(run),
        outcome: outcome(run),
        why: run.end.as_ref().and_then(|end| end.error.clone()).unwrap_or_default(),
        note: tried.into_iter().chain(asked).collect::<Vec<_>>().join(", "),
        counts: counts(run),
        replica: run.replica.clone(),
    }
}
