//! Requests that are turned away for who sent them, as the audit keeps them.

use std::sync::Mutex;
use std::sync::PoisonError;

use app::Context;
use axum::http::{Method, StatusCode};
use domain::access::Actor;
use domain::audit::Action;
use domain::record::Timestamp;

use crate::edge::Edge;

/// The most refusals that are kept in a minute: enough to see somebody trying, and too few to fill
/// the database or keep its writers waiting.
const KEPT_A_MINUTE: u32 = 30;

/// How many refusals have been kept in the minute that runs.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<(i64, u32)>);

impl Refusals {
    /// Whether one more is to be kept.
    pub(crate) fn take(&self, now: Timestamp) -> bool {
        let minute = now.timestamp().div_euclid(60);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != minute {
            *kept = (minute, 0);
        }
        kept.1 = kept.1.saturating_add(1);
        kept.1 <= KEPT_A_MINUTE
    }
}

/// Keeps what became of a request in the audit where that is a refusal: of somebody who said who
/// they are and is not, or may not.
pub(crate) async fn keep(
    edge: &Edge,
    (method, path): (&Method, &str),
    (status, request_id): (StatusCode, &str),
) {
    let is_refused = status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN;
    let now = edge.app.clock.now();
    if !is_refused || !edge.refusals.take(now) {
        return;
    }
    let ctx = Context { actor: Actor::Anonymous, ..Context::of_system(now, "api", request_id) };
    let shown: String = path.chars().take(200).collect();
    let why = status.canonical_reason().map(str::to_owned);
    edge.app.audit_event(&ctx, Action::Refused, format!("{method} {shown}"), why).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_refusals_are_kept_in_a_minute() {
        let refusals = Refusals::default();
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();
        let kept = (0..100).filter(|_| refusals.take(at(59))).count();
        assert_eq!(kept, 30);
        assert!(refusals.take(at(60)));
    }
}
