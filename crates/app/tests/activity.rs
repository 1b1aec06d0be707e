//! The counts that plots read say what the history says, whatever is written, tried and folded.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::collections::BTreeMap;

use app::{App, Clock};
use chrono::{DateTime, TimeDelta};
use domain::access::{Grant, Right, Scope};
use domain::activity::quarter_of;
use domain::moment::Moment;
use domain::record::Timestamp;
use domain::zone::Zone;
use testkit::{Hands, TestApp, test_apps};

fn start() -> Timestamp {
    DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc()
}

/// The same register at another time.
fn at(test: &TestApp, minutes: i64) -> TestApp {
    let now = start() + TimeDelta::minutes(minutes);
    let app = App { clock: Clock::new(move || now), ..test.app.clone() };
    TestApp { app, database: test.database.another_view() }
}

/// Checks that each quarter of an hour has as many changes as the history has, and all so many.
async fn counts_are_right(test: &TestApp, expected: u64) {
    let mut told: BTreeMap<i64, u64> = BTreeMap::new();
    let question = domain::history::Question::default();
    let page = test.app.history(&test.writer(), question, None, 1_000).await.unwrap();
    for entry in &page.entries {
        *told.entry(quarter_of(entry.entry.commit.at)).or_default() += 1;
    }
    let read = |reader: &mut sql::Reader<'_>| sql::read::activity(reader, None, 0);
    let counted: BTreeMap<i64, u64> =
        test.app.store.read(read).await.unwrap().into_iter().collect();
    assert_eq!(counted, told);
    assert_eq!(counted.values().sum::<u64>(), expected);
}

#[tokio::test]
async fn every_change_is_counted_until_it_is_folded() {
    for test in test_apps().await {
        // At 0:00, 0:07, 0:14 and 0:21: three in the first quarter, and one.
        for (minutes, name) in [(0, "a"), (7, "b"), (14, "c"), (21, "d")] {
            let then = at(&test, minutes);
            Hands { test: &then }.add("place", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        counts_are_right(&test, 4).await;
        let then = at(&test, 60);
        let hands = Hands { test: &then };
        let changes =
            (1..=3).map(|id| hands.update_of("place", id, &format!(r#"{{"name": "x{id}"}}"#)));
        hands.submit(changes.collect()).await.unwrap();
        hands.delete("place", 4).await.unwrap();
        // What changes nothing is no change, and what is refused is none either.
        hands.update("place", 1, r#"{"name": "x1"}"#).await.unwrap();
        hands.update("place", 1, r#"{"name": "x2"}"#).await.unwrap_err();
        counts_are_right(&test, 8).await;

        // A change of the first quarter stays of those of it that go.
        for (before, counted) in [(3, 6), (5, 4), (99, 0)] {
            let moment = Moment::Commit(domain::record::CommitNumber(before));
            let plan = test.app.fold_plan(moment).await.unwrap().unwrap();
            test.app.fold(&test.system(), plan.to).await.unwrap();
            counts_are_right(&test, counted).await;
        }
        let later = at(&test, 61);
        Hands { test: &later }.add("place", r#"{"name": "e"}"#).await;
        counts_are_right(&test, 1).await;
    }
}

#[tokio::test]
async fn days_are_those_of_a_zone_and_of_what_may_be_seen() {
    for test in test_apps().await {
        let then = at(&test, 23 * 60 + 30);
        let hands = Hands { test: &then };
        hands.add("place", r#"{"name": "a"}"#).await;
        let later = at(&test, 24 * 60 + 30);
        Hands { test: &later }.add("place", r#"{"name": "b"}"#).await;
        let of = hands.of("place").index;
        let counts = async |ctx: &app::Context, zone: &str| {
            let zone = Zone::named(zone).unwrap();
            let days = later.app.activity(ctx, zone, 2).await.unwrap();
            days.iter().map(|day| (day.day.to_string(), day.changes)).collect::<Vec<_>>()
        };
        let days = |counts: [u64; 2], names: [&str; 2]| -> Vec<(String, u64)> {
            names.map(str::to_owned).into_iter().zip(counts).collect()
        };
        let first_two = ["2026-01-01", "2026-01-02"];
        let ctx = later.writer();
        assert_eq!(counts(&ctx, "UTC").await, days([1, 1], first_two));
        assert_eq!(counts(&ctx, "Europe/Berlin").await, days([0, 2], first_two));
        let before = ["2025-12-31", "2026-01-01"];
        assert_eq!(counts(&ctx, "America/New_York").await, days([0, 2], before));

        let view = |scope| Grant { rights: [Right::View].into_iter().collect(), scope };
        let all = later.somebody("vera", vec![view(Scope::Type(of))]);
        assert_eq!(counts(&all, "UTC").await, days([1, 1], first_two));
        let filter = [("name".to_owned(), "a".to_owned())];
        let filter = domain::filter::filter(hands.of("place"), &test.app.schema, &filter).unwrap();
        let some = later.somebody("sam", vec![view(Scope::Records(of, filter))]);
        assert_eq!(counts(&some, "UTC").await, days([0, 0], first_two));
        assert!(later.app.activity(&later.nobody(), Zone::default(), 2).await.is_err());
    }
}
