//! Webhooks, and what was given up of their deliveries.

pub(crate) mod act;
pub(crate) mod dead;
pub(crate) mod list;
pub(crate) mod one;

use app::events::cursors::Begin;
use app::webhooks::{DeadDelivery, WebhookState};
use domain::value::datetime_text;
use serde_json::{Value, json};

use crate::extract::Links;

/// The address of all of them.
pub(crate) const PATH: &str = "/api/-/webhooks/";

/// A webhook as it is told.
fn shown(state: &WebhookState, links: &Links) -> Value {
    let (webhook, kept) = (state.webhook.as_ref(), state.kept.as_ref());
    let trying = kept.and_then(|kept| kept.trying.as_ref());
    let at = |moment: Option<domain::record::Timestamp>| moment.map(datetime_text);
    json!({
        "name": state.name,
        "url": format!("{}{PATH}{}/", links.base(), state.name),
        "state": state.word(),
        "is_configured": webhook.is_some(),
        "receiver": webhook.map(|webhook| webhook.url.as_str()),
        "events": webhook.map(|webhook| webhook.events),
        "notices": webhook.map(|webhook| webhook.notices),
        "types": webhook.map(|webhook| webhook.types.as_slice()),
        "batch": webhook.and_then(|webhook| webhook.batch),
        "begin": webhook.map(|webhook| match webhook.begin {
            Begin::Next => "next",
            Begin::Oldest => "oldest",
        }),
        "timeout_s": webhook.map(|webhook| webhook.timeout.as_secs_f64()),
        "attempts": webhook.map(|webhook| webhook.retry.attempts),
        "backoff_s": webhook.map(|webhook| webhook.retry.backoff.as_secs_f64()),
        "paused_by": state.paused_by(),
        "cursor": state.place.map(|place| place.to_string()),
        "behind": state.behind,
        "waiting": state.waiting,
        "dead": state.dead,
        "delivered": kept.map_or(0, |kept| kept.delivered),
        "failures": kept.map_or(0, |kept| kept.failures),
        "last_success_at": at(kept.and_then(|kept| kept.last_success_at)),
        "last_error_at": at(kept.and_then(|kept| kept.last_error_at)),
        "last_error": kept.and_then(|kept| kept.last_error.as_deref()),
        "trying": trying.map(|trying| json!({
            "event": trying.id,
            "failed": trying.failed,
            "since": datetime_text(trying.since),
            "next_at": datetime_text(trying.next_at),
        })),
    })
}

/// A dead delivery as it is told.
fn shown_dead(dead: &DeadDelivery, (name, links): (&str, &Links)) -> Value {
    let body = serde_json::from_str(&dead.body).unwrap_or(Value::Null);
    json!({
        "id": dead.id,
        "url": format!("{}{PATH}{name}/dead/{}/", links.base(), dead.id),
        "event": dead.event_id,
        "event_type": dead.event_type,
        "subject": dead.subject,
        "attempts": dead.attempts,
        "status": dead.status,
        "answer": dead.answer,
        "first_try_at": datetime_text(dead.first_try_at),
        "dead_at": datetime_text(dead.at),
        "body": Value::as_object(&body),
    })
}
