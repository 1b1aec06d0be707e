//! `GET /metrics`
//!
//! *Source:* Prometheus's text format, version 0.0.4, and its naming of metrics.

use std::sync::Arc;

use app::Context;
use app::events::cursors::CursorState;
use app::measure::Transactions;
use app::ports::CacheStats;
use app::review::RequestQuestion;
use app::sources::SourceState;
use app::tasks::{TaskStand, TaskTally};
use app::webhooks::WebhookState;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use domain::access::Right;
use domain::record::CommitNumber;
use domain::review;
use metrics::{describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{caches, database, process, publishers, requests, sources, tasks, webhooks};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::Reader;
use crate::measured::Requests;
use crate::rest::answer;

const MEDIA_TYPE: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Tells what is measured, to whoever may see everything.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Reader { ctx, stand }: Reader,
) -> Result<Response, ApiError> {
    ctx.must_everywhere(Right::View)?;
    let caches = edge.app.bodies.stats().await;
    let (sources, publishers) = (edge.app.sources_measured().await?, edge.app.cursors().await?);
    let webhooks = edge.app.webhooks_told(&ctx).await?;
    let open = OpenRequests::count(&edge, &ctx).await?;
    let (tallies, last_commit) = (edge.app.tasks.tallies(), stand.heads.last.commit);
    let stands = edge.app.tasks_measured().await?;
    let measured = Measured {
        caches: &caches,
        tallies: &tallies,
        stands: &stands,
        sources: &sources,
        publishers: &publishers,
        webhooks: &webhooks,
        open: &open,
        last_commit,
    };
    Ok(answer::body(MEDIA_TYPE, text(&edge.requests, edge.app.store.transactions(), measured)))
}

/// How many change requests are open, by state.
#[derive(Default)]
struct OpenRequests(Vec<(review::State, u64)>);

impl OpenRequests {
    async fn count(edge: &Edge, ctx: &Context) -> Result<Self, ApiError> {
        let mut counted = Vec::new();
        for state in [review::State::Pending, review::State::OnHold] {
            let question = RequestQuestion { states: vec![state], ..RequestQuestion::default() };
            counted.push((state, edge.app.requests_count(ctx, question).await?));
        }
        Ok(Self(counted))
    }
}

/// What is asked for of the register and its neighbours.
#[derive(Clone, Copy)]
struct Measured<'a> {
    caches: &'a [CacheStats],
    tallies: &'a [TaskTally],
    stands: &'a [TaskStand],
    sources: &'a [SourceState],
    publishers: &'a [CursorState],
    webhooks: &'a [WebhookState],
    open: &'a OpenRequests,
    last_commit: CommitNumber,
}

fn text(asked: &Requests, transactions: &Transactions, measured: Measured<'_>) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let routes = asked.routes();
    let busy = with_local_recorder(&recorder, || {
        requests::record(asked, &routes);
        database::record(transactions);
        record_register(measured);
        caches::record(measured.caches);
        tasks::record(measured.tallies, measured.stands);
        publishers::record(measured.publishers);
        sources::record(measured.sources);
        webhooks::record(measured.webhooks);
        process::record()
    });
    let tasks = tasks::took(measured.tallies);
    let by_hand = [requests::took(&routes), database::took(transactions), tasks, busy];
    handle.render() + &by_hand.concat()
}

/// What the program and the register are.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record_register(measured: Measured<'_>) {
    describe_gauge!("domesday_build_info", "1, with the program's version.");
    gauge!("domesday_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    describe_gauge!("domesday_last_commit", "The number of the register's last commit.");
    gauge!("domesday_last_commit").set(measured.last_commit.0 as f64);
    describe_gauge!(
        "domesday_change_requests_open",
        "Change requests that wait; counted up to 100."
    );
    for (state, count) in &measured.open.0 {
        gauge!("domesday_change_requests_open", "state" => state.word()).set(*count as f64);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use domain::task::Outcome;

    use super::*;

    fn told(caches: &[CacheStats], tallies: &[TaskTally]) -> String {
        let measured = Measured {
            caches,
            tallies,
            stands: &[TaskStand {
                task: "clean-up".to_owned(),
                is_failing: true,
                last_done_at: DateTime::from_timestamp(1_767_225_600, 0),
            }],
            sources: &[],
            publishers: &[],
            webhooks: &[],
            open: &OpenRequests::default(),
            last_commit: CommitNumber(7),
        };
        text(&Requests::default(), &Transactions::default(), measured)
    }

    #[test]
    fn the_program_and_the_register_are_told() {
        let told = told(&[], &[]);
        for line in [
            concat!("domesday_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
            "domesday_last_commit 7",
            "domesday_database_transactions_total{kind=\"write\",outcome=\"committed\"} 0",
            "domesday_database_transaction_seconds_count{kind=\"read\"} 0",
        ] {
            assert!(told.lines().any(|other| other == line), "{line}: {told}");
        }
    }

    #[test]
    fn each_cache_is_told_by_its_labels() {
        let memory = CacheStats { kind: "memory", is_in_use: true, hits: 7, ..Default::default() };
        let memcached = CacheStats {
            kind: "memcached",
            name: "cache1:11211".to_owned(),
            bytes: Some(5),
            ..Default::default()
        };
        let told = told(&[memory, memcached], &[]);
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
            is_running: true,
        };
        let told = told(&[], &[tally]);
        for line in [
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"done\"} 3",
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"timed out\"} 1",
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"lost\"} 0",
            "domesday_task_run_seconds_total{task=\"clean-up\"} 1.5",
            "domesday_task_running{task=\"clean-up\"} 1",
            "domesday_task_failing{task=\"clean-up\"} 1",
            "domesday_task_last_done_timestamp_seconds{task=\"clean-up\"} 1767225600",
        ] {
            assert!(told.lines().any(|other| other == line), "{line}: {told}");
        }
    }
}
