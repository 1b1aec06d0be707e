//! `GET /-/webhooks/`: who is told what happens, and how that goes.

use std::sync::Arc;

use app::webhooks::WebhookState;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::cell::Moment;
use super::page::page;
use super::{Shell, Visit, WEBHOOKS};
use crate::edge::Edge;
use crate::error::ApiError;

#[derive(Template)]
#[template(path = "ui/webhooks_list.html")]
struct WebhooksList {
    shell: Shell,
    webhooks: Vec<ShownWebhook>,
}

struct ShownWebhook {
    name: String,
    href: String,
    state: &'static str,
    receiver: String,
    told: String,
    behind: String,
    dead: i64,
    last_success: Option<Moment>,
    last_error: String,
}

/// Shows the webhooks.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let states = edge.app.webhooks_list(&ctx).await?;
    page(StatusCode::OK, &WebhooksList { webhooks: states.iter().map(shown).collect(), shell })
}

fn shown(state: &WebhookState) -> ShownWebhook {
    let kept = state.kept.as_ref();
    ShownWebhook {
        name: state.name.clone(),
        href: format!("{WEBHOOKS}{}/", state.name),
        state: state.word(),
        receiver: state.webhook.as_ref().map(|webhook| webhook.url.clone()).unwrap_or_default(),
        told: told(state),
        behind: behind(state),
        dead: state.dead,
        last_success: kept.and_then(|kept| kept.last_success_at).map(Moment::of),
        last_error: kept.and_then(|kept| kept.last_error.clone()).unwrap_or_default(),
    }
}

/// What a webhook is told of, in words.
pub(super) fn told(state: &WebhookState) -> String {
    let Some(webhook) = &state.webhook else {
        return String::new();
    };
    let events = webhook.events.then(|| match webhook.types.as_slice() {
        [] => "all changes".to_owned(),
        types => format!("changes of {}", types.join(", ")),
    });
    let notices = webhook.notices.then(|| "reviews and failed tasks".to_owned());
    events.into_iter().chain(notices).collect::<Vec<_>>().join("; ")
}

/// How much a webhook is yet to be told, in words.
pub(super) fn behind(state: &WebhookState) -> String {
    let events = state.behind.unwrap_or(0);
    match (events, state.waiting) {
        (0, 0) => "nothing".to_owned(),
        (events, 0) => format!("{events} events"),
        (0, waiting) => format!("{waiting} others"),
        (events, waiting) => format!("{events} events, {waiting} others"),
    }
}
