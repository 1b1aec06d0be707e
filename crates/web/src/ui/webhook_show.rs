//! `GET` and `POST /-/webhooks/{name}/`: a webhook, what was given up, and what one may do about it.

use std::sync::Arc;

use app::webhooks::{DeadDelivery, DeadPage, WebhookState, WhichDead};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use domain::fault::Faults;

use super::cell::Moment;
use super::page::{go_to, page};
use super::run_told::span;
use super::webhooks_list::{behind, told};
use super::{Shell, Visit, WEBHOOKS};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::rest::webhooks::act;
use crate::rest::webhooks::dead::one;

/// How many dead deliveries a page has.
const DEAD_SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "ui/webhook_show.html")]
struct WebhookShow {
    shell: Shell,
    name: String,
    state: &'static str,
    is_configured: bool,
    is_kept: bool,
    paused_by: Option<String>,
    receiver: String,
    told: String,
    retries: String,
    cursor: String,
    behind: String,
    delivered: i64,
    failures: i64,
    last_success: Option<Moment>,
    last_error: Option<(String, Moment)>,
    trying: Option<ShownTry>,
    dead_count: i64,
    dead: Vec<ShownDead>,
    /// Where those after these are.
    later: String,
}

struct ShownTry {
    event: String,
    failed: u32,
    since: Moment,
    next: Moment,
}

struct ShownDead {
    id: i64,
    event: String,
    event_type: String,
    subject: String,
    attempts: u32,
    answer: String,
    at: Moment,
    body: String,
}

/// Shows a webhook.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    let mut faults = Faults::default();
    let after = take_number(&mut parameters, "after", 0..=i64::MAX as u64, &mut faults);
    faults.or_ok(())?;
    let after = after.and_then(|id| i64::try_from(id).ok()).unwrap_or(0);
    let state = edge.app.webhook_show(&ctx, &name).await?;
    let mut dead = DeadPage { dead: Vec::new(), next: None };
    if state.kept.is_some() {
        let which = WhichDead::default();
        dead = edge.app.webhook_dead(&ctx, &name, which, (after, DEAD_SHOWN)).await?;
    }
    page(StatusCode::OK, &shown(shell, &state, &dead))
}

/// Has it do something, or sees to what was given up.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let ctx = &visit.ctx;
    let id = form.field("dead");
    let which = if id.is_empty() { WhichDead::default() } else { one(id) };
    match form.field("do") {
        "replay" => drop(edge.app.webhook_replay(ctx, &name, which).await?),
        "discard" => drop(edge.app.webhook_discard(ctx, &name, which).await?),
        "forget" => {
            edge.app.webhook_forget(ctx, &name).await?;
            return Ok(go_to(WEBHOOKS, []));
        }
        verb => act::do_it(&edge.app, ctx, (&name, verb)).await?,
    }
    Ok(go_to(&format!("{WEBHOOKS}{name}/"), []))
}

fn shown(shell: Shell, state: &WebhookState, dead: &DeadPage) -> WebhookShow {
    let (webhook, kept) = (state.webhook.as_ref(), state.kept.as_ref());
    let trying = kept.and_then(|kept| kept.trying.as_ref());
    let last_error = kept.and_then(|kept| Some((kept.last_error.clone()?, kept.last_error_at?)));
    let later = dead.next.map(|after| format!("{WEBHOOKS}{}/?after={after}", state.name));
    WebhookShow {
        shell,
        name: state.name.clone(),
        state: state.word(),
        is_configured: webhook.is_some(),
        is_kept: kept.is_some(),
        paused_by: state.paused_by().map(str::to_owned),
        receiver: webhook.map(|webhook| webhook.url.clone()).unwrap_or_default(),
        told: told(state),
        retries: webhook.map(|webhook| retries(&webhook.retry)).unwrap_or_default(),
        cursor: state.place.map(|place| place.to_string()).unwrap_or_default(),
        behind: behind(state),
        delivered: kept.map_or(0, |kept| kept.delivered),
        failures: kept.map_or(0, |kept| kept.failures),
        last_success: kept.and_then(|kept| kept.last_success_at).map(Moment::of),
        last_error: last_error.map(|(why, at)| (why, Moment::of(at))),
        trying: trying.map(|trying| ShownTry {
            event: trying.id.clone(),
            failed: trying.failed,
            since: Moment::of(trying.since),
            next: Moment::of(trying.next_at),
        }),
        dead_count: state.dead,
        dead: dead.dead.iter().map(shown_dead).collect(),
        later: later.unwrap_or_default(),
    }
}

fn retries(retry: &domain::webhook::Retry) -> String {
    let first = TimeDelta::from_std(retry.backoff).map(span).unwrap_or_default();
    match retry.attempts {
        1 => "once".to_owned(),
        times => format!("up to {times} times, the second time after {first}"),
    }
}

fn shown_dead(dead: &DeadDelivery) -> ShownDead {
    ShownDead {
        id: dead.id,
        event: dead.event_id.clone(),
        event_type: dead.event_type.clone(),
        subject: dead.subject.clone(),
        attempts: dead.attempts,
        answer: dead.answer.clone(),
        at: Moment::of(dead.at),
        body: dead.body.clone(),
    }
}
