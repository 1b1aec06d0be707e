//! `GET /metrics`
//!
//! *Source:* Prometheus's text format, version 0.0.4, and its naming of metrics.

use std::sync::Arc;

use app::events::cursors::CursorState;
use app::ports::CacheStats;
use app::sources::SourceState;
use app::tasks::TaskTally;
use app::webhooks::WebhookState;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use domain::access::Right;
use domain::task::Outcome;
use metrics::{counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{sources, webhooks};
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
    let (sources, publishers) = (edge.app.sources_measured().await?, edge.app.cursors().await?);
    let webhooks = edge.app.webhooks_told(&ctx).await?;
    let measured = Measured { sources: &sources, publishers: &publishers, webhooks: &webhooks };
    Ok(answer::body(MEDIA_TYPE, text(&caches, &edge.app.tasks.tallies(), measured)))
}

/// What the database tells of what comes from elsewhere, and goes there.
#[derive(Clone, Copy, Default)]
struct Measured<'a> {
    sources: &'a [SourceState],
    publishers: &'a [CursorState],
    webhooks: &'a [WebhookState],
}

fn text(caches: &[CacheStats], tasks: &[TaskTally], measured: Measured<'_>) -> String {
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
        describe_counter!("domesday_task_runs_total", "Runs that ended in this replica.");
        describe_counter!("domesday_task_run_milliseconds_total", "How long they took together.");
        describe_gauge!("domesday_task_running", "1 while a run goes on in this replica.");
        describe_gauge!(
            "domesday_task_last_done_timestamp_seconds",
            "When a run was last done in this replica."
        );
        tasks.iter().for_each(record_task);
        describe_gauge!(
            "domesday_publisher_behind_commits",
            "Commits that a publisher has not told to the outside."
        );
        describe_gauge!("domesday_publisher_failing", "1 while a publisher comes to nothing.");
        measured.publishers.iter().for_each(record_publisher);
        sources::record(measured.sources);
        webhooks::describe();
        measured.webhooks.iter().for_each(webhooks::record);
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

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; seconds stay below 2^53")]
fn record_task(tally: &TaskTally) {
    let task = ("task", tally.task.clone());
    for outcome in Outcome::ALL {
        let labels = [task.clone(), ("outcome", outcome.word().to_owned())];
        let runs = tally.outcomes.get(&outcome).copied().unwrap_or(0);
        counter!("domesday_task_runs_total", &labels).absolute(runs);
    }
    let labels = [task];
    let millis = u64::try_from(tally.took.as_millis()).unwrap_or(u64::MAX);
    counter!("domesday_task_run_milliseconds_total", &labels).absolute(millis);
    gauge!("domesday_task_running", &labels).set(if tally.is_running { 1.0 } else { 0.0 });
    if let Some(at) = tally.last_done_at {
        gauge!("domesday_task_last_done_timestamp_seconds", &labels).set(at.timestamp() as f64);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record_publisher(state: &CursorState) {
    let labels = [("publisher", state.cursor.name.clone())];
    gauge!("domesday_publisher_behind_commits", &labels).set(state.behind as f64);
    let is_failing = state.cursor.error.is_some();
    gauge!("domesday_publisher_failing", &labels).set(if is_failing { 1.0 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;

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
        let told = text(&[memory, memcached], &[], Measured::default());
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

    #[test]
    fn each_task_is_told_with_how_its_runs_ended() {
        let tally = TaskTally {
            task: "clean-up".to_owned(),
            outcomes: [(Outcome::Done, 3), (Outcome::TimedOut, 1)].into(),
            took: Duration::from_millis(1_500),
            last_done_at: DateTime::from_timestamp(1_767_225_600, 0),
            is_running: true,
        };
        let told = text(&[], &[tally], Measured::default());
        for line in [
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"done\"} 3",
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"timed out\"} 1",
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"lost\"} 0",
            "domesday_task_run_milliseconds_total{task=\"clean-up\"} 1500",
            "domesday_task_running{task=\"clean-up\"} 1",
            "domesday_task_last_done_timestamp_seconds{task=\"clean-up\"} 1767225600",
        ] {
            assert!(told.lines().any(|other| other == line), "{line}: {told}");
        }
    }
}
