//! How it goes with webhooks, as metrics: the same from each replica, since all of it is kept.

use app::webhooks::WebhookState;
use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Records how all webhooks go.
pub(super) fn record(webhooks: &[WebhookState]) {
    describe_counter!("domesday_webhook_delivered_total", "Events that were taken.");
    describe_counter!("domesday_webhook_failures_total", "Tries that came to nothing.");
    describe_gauge!("domesday_webhook_behind", "Events that are yet to be sent, at most 100,000.");
    describe_gauge!("domesday_webhook_waiting", "Notices and replays that are yet to be sent.");
    describe_gauge!("domesday_webhook_dead", "Deliveries that were given up.");
    describe_gauge!("domesday_webhook_paused", "1 where the webhook rests.");
    webhooks.iter().for_each(record_one);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record_one(state: &WebhookState) {
    let labels = [("webhook", state.name.clone())];
    if let Some(kept) = &state.kept {
        let delivered = u64::try_from(kept.delivered).unwrap_or(0);
        counter!("domesday_webhook_delivered_total", &labels).absolute(delivered);
        let failures = u64::try_from(kept.failures).unwrap_or(0);
        counter!("domesday_webhook_failures_total", &labels).absolute(failures);
    }
    if let Some(behind) = state.behind {
        gauge!("domesday_webhook_behind", &labels).set(behind as f64);
    }
    gauge!("domesday_webhook_waiting", &labels).set(state.waiting as f64);
    gauge!("domesday_webhook_dead", &labels).set(state.dead as f64);
    let is_paused = state.paused_by().is_some();
    gauge!("domesday_webhook_paused", &labels).set(if is_paused { 1.0 } else { 0.0 });
}
