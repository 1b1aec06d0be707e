//! `GET /metrics`
//!
//! *Source:* Prometheus's text format, version 0.0.4, and its naming of metrics.

use std::sync::Arc;

use app::ports::CacheStats;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use domain::access::Right;
use metrics::{counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::Reader;
use crate::rest::answer;

const MEDIA_TYPE: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Tells what is measured, to whoever may see everything.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Reader { ctx, .. }: Reader,
) -> Result<Response, ApiError> {
    ctx.must_everywhere(Right::View)?;
    let caches = edge.app.bodies.stats().await;
    Ok(answer::body(MEDIA_TYPE, text(&caches)))
}

fn text(caches: &[CacheStats]) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    with_local_recorder(&recorder, || {
        describe_counter!("domesday_cache_hits_total", "Bodies that were asked for and there.");
        describe_counter!(
            "domesday_cache_misses_total",
            "Bodies that were asked for and not there."
        );
        describe_counter!("domesday_cache_stores_total", "Bodies that were kept.");
        describe_counter!("domesday_cache_errors_total", "Times that a cache could not be asked.");
        describe_counter!("domesday_cache_evictions_total", "Bodies let go for want of room.");
        describe_gauge!("domesday_cache_entries", "Bodies that are kept.");
        describe_gauge!("domesday_cache_bytes", "Bytes that kept bodies take.");
        describe_gauge!("domesday_cache_in_use", "1 where the cache is asked, 0 where left out.");
        caches.iter().for_each(record);
    });
    handle.render()
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record(stats: &CacheStats) {
    let labels = [("cache", stats.kind.to_owned()), ("server", stats.name.clone())];
    counter!("domesday_cache_hits_total", &labels).absolute(stats.hits);
    counter!("domesday_cache_misses_total", &labels).absolute(stats.misses);
    counter!("domesday_cache_stores_total", &labels).absolute(stats.stores);
    counter!("domesday_cache_errors_total", &labels).absolute(stats.errors);
    if let Some(evictions) = stats.evictions {
        counter!("domesday_cache_evictions_total", &labels).absolute(evictions);
    }
    if let Some(entries) = stats.entries {
        gauge!("domesday_cache_entries", &labels).set(entries as f64);
    }
    if let Some(bytes) = stats.bytes {
        gauge!("domesday_cache_bytes", &labels).set(bytes as f64);
    }
    gauge!("domesday_cache_in_use", &labels).set(if stats.is_in_use { 1.0 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cache_is_told_by_its_labels() {
        let memory = CacheStats { kind: "memory", is_in_use: true, hits: 7, ..Default::default() };
        let memcached = CacheStats {
            kind: "memcached",
            name: "cache1:11211".to_owned(),
            bytes: Some(5),
            ..Default::default()
        };
        let told = text(&[memory, memcached]);
        for line in [
            "# TYPE domesday_cache_hits_total counter",
            "domesday_cache_hits_total{cache=\"memory\",server=\"\"} 7",
            "domesday_cache_bytes{cache=\"memcached\",server=\"cache1:11211\"} 5",
            "domesday_cache_in_use{cache=\"memcached\",server=\"cache1:11211\"} 0",
        ] {
            assert!(told.lines().any(|other| other == line), "{line}: {told}");
        }
        assert!(!told.contains("domesday_cache_bytes{cache=\"memory\""));
    }
}
