//! `/api/-/webhooks/{name}/dead/` and below: what was given up, sent again or let go.

use std::sync::Arc;

use app::webhooks::{DeadPage, WhichDead};
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::fault::Faults;
use serde_json::{Value, json};

use super::{PATH, shown_dead};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::extract::past::LIMIT_DEFAULT;
use crate::extract::{Doer, JsonRead, MaybeObject, Parameters};
use crate::rest::answer;
use crate::rest::people::members::Members;

/// The most deliveries on a page.
pub(crate) const DEAD_PAGE_MAX: u64 = 1_000;
/// The parameters that say which are meant.
const WHICH: [&str; 2] = ["event_type", "subject"];

/// Lists what was given up, the oldest first.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, mut parameters, .. } = read;
    let asked = parameters.clone();
    let mut faults = Faults::default();
    let limit = take_number(&mut parameters, "limit", 1..=DEAD_PAGE_MAX, &mut faults);
    let after = take_number(&mut parameters, "after", 0..=i64::MAX as u64, &mut faults);
    let which = which(&mut parameters, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
    let after = after.and_then(|id| i64::try_from(id).ok()).unwrap_or(0);
    let DeadPage { dead, next } = edge.app.webhook_dead(&ctx, &name, which, (after, limit)).await?;
    let next = next.map(|after| {
        let place =
            [("limit".to_owned(), limit.to_string()), ("after".to_owned(), after.to_string())];
        let kept = asked.pairs().iter().filter(|(name, _)| WHICH.contains(&name.as_str()));
        let pairs: Vec<(String, String)> = place.into_iter().chain(kept.cloned()).collect();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        links.with(&format!("{PATH}{name}/dead/"), pairs)
    });
    let dead: Vec<Value> = dead.iter().map(|dead| shown_dead(dead, (&name, &links))).collect();
    Ok(answer::json(&json!({"next": next, "results": dead})))
}

/// Tells of one.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let id = id.parse().unwrap_or_default();
    let dead = edge.app.webhook_dead_one(&read.ctx, &name, id).await?;
    Ok(answer::json(&shown_dead(&dead, (&name, &read.links))))
}

/// Has all that are meant sent again, and tells how many those are.
pub(crate) async fn replay_all(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    uri: Uri,
    Doer(caller): Doer,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    Members::of(fields).finish(())?;
    let which = named(&edge, &uri)?;
    let count = edge.app.webhook_replay(&caller.ctx, &name, which).await?;
    Ok(accepted(count))
}

/// Has one sent again.
pub(crate) async fn replay(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    Doer(caller): Doer,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    Members::of(fields).finish(())?;
    let count = edge.app.webhook_replay(&caller.ctx, &name, one(&id)).await?;
    Ok(accepted(count))
}

/// Lets go of all that are meant, and tells how many those are.
pub(crate) async fn discard_all(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    uri: Uri,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    let which = named(&edge, &uri)?;
    let count = edge.app.webhook_discard(&caller.ctx, &name, which).await?;
    Ok(answer::json(&json!({"count": count})))
}

/// Lets go of one.
pub(crate) async fn discard(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    Doer(caller): Doer,
) -> Result<StatusCode, ApiError> {
    edge.app.webhook_discard(&caller.ctx, &name, one(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn accepted(count: u64) -> Response {
    let mut response = answer::json(&json!({"count": count}));
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// The one of an id, which may be none.
pub(crate) fn one(id: &str) -> WhichDead {
    WhichDead { id: Some(id.parse().unwrap_or_default()), ..WhichDead::default() }
}

fn named(edge: &Edge, uri: &Uri) -> Result<WhichDead, ApiError> {
    let mut parameters = Parameters::parse(uri.query().unwrap_or_default());
    let mut faults = Faults::default();
    let which = which(&mut parameters, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    Ok(faults.or_ok(which)?)
}

fn which(parameters: &mut Parameters, faults: &mut Faults) -> WhichDead {
    let [event_type, subject] = WHICH.map(|name| parameters.take(name, faults));
    WhichDead { id: None, event_type, subject }
}
