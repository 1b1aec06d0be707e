//! What is measured of requests to this replica.

use std::sync::Arc;

use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::exposition::Told;
use crate::measured::{Requests, Route};

/// Records how many there were.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
pub(super) fn record(requests: &Requests, routes: &[Arc<Route>]) {
    describe_counter!("domesday_http_requests_total", "Requests that were answered.");
    describe_gauge!("domesday_http_requests_in_flight", "Requests that are at work.");
    gauge!("domesday_http_requests_in_flight").set(requests.in_flight() as f64);
    for route in routes {
        for (method, of) in route.methods() {
            for (status, cache, count) in of.answers() {
                let status = if status == 0 { "other".to_owned() } else { status.to_string() };
                let labels = [
                    ("method", method.to_owned()),
                    ("route", route.template.clone()),
                    ("status", status),
                    ("cache", cache.word().to_owned()),
                ];
                counter!("domesday_http_requests_total", &labels).absolute(count);
            }
        }
    }
}

/// Tells how long they took.
pub(super) fn took(routes: &[Arc<Route>]) -> String {
    let name = "domesday_http_request_duration_seconds";
    let mut told = Told::new(name, "histogram", "How long requests take to begin their answers.");
    for route in routes {
        for (method, of) in route.methods() {
            let labels = [("method", method), ("route", route.template.as_str())];
            told.spread(&labels, &of.took.spread());
        }
    }
    told.text()
}
