//! The work that there is in every register.

use std::path::PathBuf;
use std::sync::Arc;

use app::audit::{AuditPlace, AuditQuestion};
use app::tasks::works::{Backup, CleanUp, HistoryFold, ReportStale};
use app::tasks::{TaskState, Work};
use chrono::TimeDelta;
use domain::moment::Span;
use domain::task::Outcome;
use testkit::Hands;

use super::bench::{Bench, benches, hourly, outcomes};

/// Has the task `a` run once with this work, an hour later.
async fn once(bench: &Bench, work: impl Work + 'static) {
    let work: Arc<dyn Work> = Arc::new(work);
    let before = bench.state("a").await.runs.first().map_or(0, |run| run.id);
    let replica = bench.start("one", &work);
    bench.until_kept("a").await;
    bench.hands.forward(TimeDelta::hours(1));
    let is_over = |state: &TaskState| {
        let latest = state.runs.first().filter(|run| run.id > before);
        latest.is_some_and(|run| run.end.is_some()) && state.running().is_none()
    };
    let state = bench.until("a", is_over).await;
    assert_eq!(outcomes(&state)[0], Some(Outcome::Done), "{state:?}");
    replica.stop().await;
}

async fn history(bench: &Bench) -> usize {
    let question = domain::history::Question::default();
    bench.app.history(&bench.test.writer(), question, None, 1_000).await.unwrap().entries.len()
}

#[tokio::test]
async fn history_that_is_older_than_what_is_kept_goes() {
    for bench in benches(&[hourly("a")]).await {
        let hands = Hands { test: &bench.test };
        let keep = Span::parse_days("30d");
        hands.add("place", r#"{"name": "a"}"#).await;
        hands.add("place", r#"{"name": "b"}"#).await;
        // The records were added at the clock of the testkit, in January.
        once(&bench, HistoryFold { keep: None }).await;
        assert_eq!(
            bench.log("a").await,
            ["info: history.keep is not set: all of the history is kept"]
        );
        assert_eq!(history(&bench).await, 2);
        once(&bench, HistoryFold { keep }).await;
        assert_eq!(bench.log("a").await, ["info: folding what came up to commit 2"]);
        assert_eq!(history(&bench).await, 0);
        once(&bench, HistoryFold { keep }).await;
        assert_eq!(bench.log("a").await, ["info: nothing is older than what is kept"]);
        let place = AuditPlace::default();
        let ctx = bench.test.writer();
        let page = bench.app.audit(&ctx, AuditQuestion::default(), place, 10).await.unwrap();
        let fold = page.entries.iter().find(|entry| entry.action == "Folded history").unwrap();
        assert_eq!(
            (fold.subject.as_str(), fold.actor.as_str(), fold.origin.as_str()),
            ("history up to commit 2", "task:a", "task:a")
        );
    }
}

#[tokio::test]
async fn old_runs_go_with_their_logs() {
    for bench in benches(&[hourly("a")]).await {
        let keep_runs = Span::parse_days("30d");
        once(&bench, CleanUp { keep_runs }).await;
        let first = bench.state("a").await.runs[0].id;
        bench.hands.forward(TimeDelta::days(31));
        once(&bench, CleanUp { keep_runs }).await;
        let runs = bench.state("a").await.runs;
        assert!(runs.iter().all(|run| run.id > first), "{runs:?}");
        assert_eq!(runs.last().unwrap().end.as_ref().unwrap().counts, r#"{"runs":1}"#);
    }
}

#[tokio::test]
async fn what_nobody_touched_for_long_is_told() {
    for bench in benches(&[hourly("a")]).await {
        let hands = Hands { test: &bench.test };
        hands.add("place", r#"{"name": "Nantes"}"#).await;
        let stale = |days| ReportStale {
            type_name: "place".to_owned(),
            untouched_for: Span::parse_days(days).unwrap(),
        };
        once(&bench, stale("30d")).await;
        let log = bench.log("a").await;
        assert!(log[0].starts_with("info: 1 places not touched since 2026-10-27T"), "{log:?}");
        assert!(log[1].starts_with("info: Nantes (id 1): 2026-01-01T"), "{log:?}");
        once(&bench, stale("400d")).await;
        assert!(bench.log("a").await[0].starts_with("info: 0 places"));
    }
}

#[tokio::test]
async fn backups_are_taken_and_old_ones_go() {
    for bench in benches(&[hourly("a")]).await {
        let hands = Hands { test: &bench.test };
        let folder = tempfile::tempdir().unwrap();
        let nightly = folder.path().join("nightly");
        for name in ["Nantes", "Brest", "Lorient"] {
            hands.add("place", &format!(r#"{{"name": "{name}"}}"#)).await;
            once(&bench, Backup { folder: nightly.clone(), keep: 2 }).await;
        }
        let log = bench.log("a").await;
        assert!(log.iter().any(|line| line.starts_with("info: let go of domesday-")), "{log:?}");
        let entries = std::fs::read_dir(&nightly).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert_eq!(files.len(), 2, "{files:?}");
        let commits = files.iter().map(|path| {
            let file = std::fs::File::open(path).unwrap();
            app::backup::look(file, |_, _| {}).unwrap().commit.0
        });
        assert_eq!(commits.collect::<Vec<_>>(), [2, 3]);
    }
}
