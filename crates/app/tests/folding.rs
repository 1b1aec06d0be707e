//! Old history is let go once a day, by one replica, and never more of it than was said.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use app::audit::{AuditPlace, AuditQuestion};
use chrono::{DateTime, TimeDelta};
use domain::moment::{Moment, Span};
use domain::record::CommitNumber;
use testkit::{Hands, TestApp, test_apps};

/// The same register at another time.
fn at(test: &TestApp, days: i64) -> app::App {
    let start = DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc();
    let now = start + TimeDelta::days(days);
    app::App { clock: app::Clock::new(move || now), ..test.app.clone() }
}

async fn history(test: &TestApp) -> usize {
    let ctx = test.writer();
    let question = domain::history::Question::default();
    test.app.history(&ctx, question, None, 1_000).await.unwrap().entries.len()
}

#[tokio::test]
async fn history_that_is_older_than_what_is_kept_goes_once_a_day() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("place", r#"{"name": "a"}"#).await;
        hands.add("place", r#"{"name": "b"}"#).await;
        let keep = Span::parse_days("30d").unwrap();
        let fold = async |days: i64, replica: &str| {
            let app = at(&test, days);
            app.upkeep_fold(replica, keep).await.unwrap().map(|commit| commit.number.0)
        };
        assert_eq!(fold(29, "one").await, None, "nothing is old enough");
        assert_eq!(history(&test).await, 2);
        assert_eq!(fold(31, "one").await, Some(3));
        assert_eq!(history(&test).await, 0);
        hands.update("place", 1, r#"{"name": "c"}"#).await.unwrap();
        assert_eq!(fold(31, "one").await, None, "it was done today");
        assert_eq!(fold(31, "two").await, None, "also by another replica");
        assert_eq!(history(&test).await, 1);
        assert_eq!(fold(70, "two").await, Some(5));
        assert_eq!(history(&test).await, 0);
        let page = test
            .app
            .audit(&test.writer(), AuditQuestion::default(), AuditPlace::default(), 2)
            .await
            .unwrap();
        let told: Vec<_> = page
            .entries
            .iter()
            .map(|entry| (entry.action.as_str(), entry.subject.as_str(), entry.origin.as_str()))
            .collect();
        let line = |subject| ("Folded history", subject, "task:upkeep");
        assert_eq!(told, [line("history up to commit 4"), line("history up to commit 2")]);
    }
}

#[tokio::test]
async fn no_more_is_folded_than_lies_before_a_moment() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        for name in ["a", "b", "c"] {
            hands.add("place", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        let second = test.app.commit(&test.writer(), CommitNumber(2)).await.unwrap().unwrap();
        for (before, expected) in [
            (Moment::Commit(CommitNumber(0)), None),
            (Moment::Commit(CommitNumber(1)), None),
            (Moment::Commit(CommitNumber(3)), Some((2, 2))),
            (Moment::Commit(CommitNumber(99)), Some((3, 3))),
            (Moment::At(second.kept.commit.at), Some((1, 1))),
            (Moment::At(second.kept.commit.at + TimeDelta::microseconds(1)), Some((2, 2))),
        ] {
            let plan = test.app.fold_plan(before).await.unwrap();
            assert_eq!(plan.map(|plan| (plan.to.0, plan.changes)), expected, "{before:?}");
        }
    }
}
