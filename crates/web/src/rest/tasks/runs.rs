//! `GET /api/-/tasks/{name}/runs/` and `…/runs/{id}/`

use std::sync::Arc;

use app::tasks::RunPage;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::fault::Faults;
use serde_json::{Value, json};

use super::{PATH, shown_run};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::extract::list::take_number;
use crate::extract::past::LIMIT_DEFAULT;
use crate::rest::answer;

/// The most runs on a page.
pub(crate) const RUNS_PAGE_MAX: u64 = 1_000;

/// Lists the runs of a task, the latest first.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, mut parameters, .. } = read;
    let mut faults = Faults::default();
    let limit = take_number(&mut parameters, "limit", 1..=RUNS_PAGE_MAX, &mut faults);
    let before = take_number(&mut parameters, "before", 1..=i64::MAX as u64, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
    let before = before.and_then(|id| i64::try_from(id).ok());
    let RunPage { runs, next } = edge.app.task_runs(&ctx, &name, (before, limit)).await?;
    let next = next.map(|before| {
        let (limit, before) = (limit.to_string(), before.to_string());
        let path = format!("{PATH}{name}/runs/");
        let asked = [("limit", limit.as_str()), ("before", before.as_str())];
        links.with(&path, asked.into_iter())
    });
    let runs: Vec<Value> = runs.iter().map(|run| shown_run(run, &links)).collect();
    Ok(answer::json(&json!({"next": next, "results": runs})))
}

/// Tells of a run.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let run = edge.app.task_run(&read.ctx, &name, id.parse().unwrap_or_default()).await?;
    Ok(answer::json(&shown_run(&run, &read.links)))
}
