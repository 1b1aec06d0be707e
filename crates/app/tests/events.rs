//! Events: each change once, in order, from any place on, for who may see it; and the cursors of those
//! who tell of them.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::time::Duration;

use app::encode::EventEncoder;
use app::events::cursors::{Begin, Candidate, LAPSE};
use app::events::snapshot::{SnapshotState, StoredSnapshot};
use app::events::{Event, EventsAsked, EventsPage};
use app::schema_file::built_in;
use app::{Context, Error};
use domain::access::{Grant, Right, Scope};
use domain::change::{Action, Proposal};
use domain::event::EventPlace;
use domain::moment::Moment;
use domain::query::{Column, Expr, Test};
use domain::record::{CommitNumber, RecordId, Revision};
use domain::value::Value as Held;
use serde_json::{Value, json};
use testkit::{Hands, TestApp, fields, test_apps, test_apps_with};
use tokio::time::Instant;

async fn page(test: &TestApp, ctx: &Context, after: &str, limit: u32) -> EventsPage {
    let asked = EventsAsked::after(after.parse().unwrap(), limit);
    test.app.events_after(ctx, asked).await.unwrap()
}

fn told(test: &TestApp, events: &[Event]) -> Vec<Value> {
    let encoder = EventEncoder { schema: &test.app.schema, source: "/domesday" };
    events.iter().map(|event| serde_json::from_str(&encoder.text(event)).unwrap()).collect()
}

fn ids(page: &EventsPage) -> Vec<String> {
    page.events.iter().map(|event| event.place().to_string()).collect()
}

/// Two places and a label in one commit, one of them renamed, the label deleted and put back.
async fn history(hands: &Hands<'_>) {
    let add = |of: &str, json: &str| hands.change(of, Action::Add { fields: fields(json) });
    let first = vec![
        add("place", r#"{"name": "Zürich \"1\""}"#),
        add("place", r#"{"name": "b", "inside": null}"#),
        add("label", r#"{"name": "l"}"#),
    ];
    hands.submit(first).await.unwrap();
    hands.update("place", 2, r#"{"name": "c", "inside": 1}"#).await.unwrap();
    hands.delete("label", 1).await.unwrap();
    let of = hands.of("label").index;
    let ctx = Context { reason: Some("a mistake".to_owned()), ..hands.ctx() };
    let back = hands.app().revert_record(&ctx, of, RecordId(1), Revision(1)).await;
    back.unwrap();
}

#[tokio::test]
async fn every_change_is_an_event_with_what_was_and_what_is() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        let all = page(&test, &test.writer(), "0", 100).await;
        assert_eq!(ids(&all), ["1.0", "1.1", "1.2", "2.0", "3.0", "4.0"]);
        assert_eq!((all.next.to_string().as_str(), all.is_last), ("4", true));
        let events = told(&test, &all.events);
        let words: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let created = "domesday.record.created";
        assert_eq!(words[..3], [created; 3]);
        assert_eq!(words[3], "domesday.record.updated");
        assert_eq!(words[4..], ["domesday.record.deleted", "domesday.record.restored"]);
        assert_eq!(events[0]["data"]["key"], "Zürich \"1\"");
        let hash = test.app.commit(&test.writer(), CommitNumber(2)).await.unwrap().unwrap();
        let hash = domain::history::hex(&hash.kept.hash);
        let at = events[3]["time"].clone();
        assert_eq!(
            events[3],
            json!({
                "specversion": "1.0", "id": "2.0", "source": "/domesday",
                "type": "domesday.record.updated", "subject": "place/2", "time": at,
                "datacontenttype": "application/json", "partitionkey": "place/2",
                "data": {
                    "type": "place", "id": 2, "key": "c", "revision": 2,
                    "before": {"name": "b"},
                    "after": {"name": "c", "inside": {"id": 1, "name": "Zürich \"1\""}},
                    "changed": ["inside", "name"],
                    "commit": 2, "index": 0, "size": 1, "hash": hash,
                    "actor": {"user": "alice", "token": "test"}, "origin": "api", "reason": null,
                    "request_id": "test-request", "approved_by": [], "bypass": false,
                },
            })
        );
        assert_eq!(events[1]["data"]["size"], 3);
        assert_eq!(
            (&events[4]["data"]["before"], &events[4]["data"]["after"]),
            (&json!({"name": "l"}), &Value::Null)
        );
        assert_eq!(events[5]["data"]["reason"], "a mistake");
    }
}

#[tokio::test]
async fn pages_of_any_size_tell_each_event_once() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        let all = ids(&page(&test, &test.writer(), "0", 100).await);
        for limit in 1..=7 {
            let (mut place, mut found) = ("0".to_owned(), Vec::new());
            loop {
                let page = page(&test, &test.writer(), &place, limit).await;
                assert!(page.events.len() <= limit as usize);
                found.extend(ids(&page));
                place = page.next.to_string();
                if page.is_last {
                    break;
                }
            }
            assert_eq!((found, place.as_str()), (all.clone(), "4"), "{limit}");
        }
        // From inside a commit, from behind it, and of some types.
        assert_eq!(ids(&page(&test, &test.writer(), "1.1", 100).await)[0], "1.2");
        assert_eq!(ids(&page(&test, &test.writer(), "1", 100).await)[0], "2.0");
        let types = ["label".to_owned(), "place".to_owned(), "none".to_owned()];
        for (types, expected) in [(&types[..1], 3), (&types[..2], 6), (&types[2..], 0)] {
            let asked = EventsAsked {
                types: types.to_vec(),
                ..EventsAsked::after("0".parse().unwrap(), 100)
            };
            let found = test.app.events_after(&test.writer(), asked).await.unwrap();
            assert_eq!((found.events.len(), found.next.to_string().as_str()), (expected, "4"));
            let places: Vec<EventPlace> = found.events.iter().map(Event::place).collect();
            assert!(places.is_sorted());
        }
        let asked = EventsAsked::after("5".parse().unwrap(), 1);
        let told = test.app.events_after(&test.writer(), asked).await.unwrap_err();
        assert!(matches!(told, Error::BadRequest(_)), "{told:?}");
    }
}

#[tokio::test]
async fn nobody_is_told_more_than_they_may_see() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        let view = |scope| Grant { rights: [Right::View].into_iter().collect(), scope };
        let (place, label) = (hands.of("place"), hands.of("label"));
        let ofs_labels = test.somebody("bob", vec![view(Scope::Type(label.index))]);
        let found = page(&test, &ofs_labels, "0", 100).await;
        assert_eq!(ids(&found), ["1.2", "3.0", "4.0"]);
        // Those of place 2 alone: what it is inside of is hidden.
        let ids_are = Expr::Test(Column::Id, Test::In(vec![Held::Integer(2)]));
        let of_two = view(Scope::Records(place.index, ids_are));
        let of_two = test.somebody("carol", vec![of_two]);
        for limit in [1, 100] {
            let (mut after, mut found) = ("0".to_owned(), Vec::new());
            loop {
                let page = page(&test, &of_two, &after, limit).await;
                found.extend(told(&test, &page.events));
                after = page.next.to_string();
                if page.is_last {
                    break;
                }
            }
            let ids: Vec<_> = found.iter().map(|event| event["id"].as_str().unwrap()).collect();
            assert_eq!((ids, after.as_str()), (vec!["1.1", "2.0"], "4"));
            let inside = &found[1]["data"]["after"]["inside"];
            assert_eq!(*inside, json!({"id": 1, "hidden": true}));
        }
        let asked = EventsAsked {
            types: vec!["label".to_owned()],
            ..EventsAsked::after("0".parse().unwrap(), 100)
        };
        let told = test.app.events_after(&of_two, asked.clone()).await.unwrap_err();
        assert!(matches!(told, Error::Forbidden(_)), "{told:?}");
        let told = test.app.events_after(&test.nobody(), asked).await.unwrap_err();
        assert!(matches!(told, Error::Unauthenticated), "{told:?}");
    }
}

#[tokio::test]
async fn what_was_folded_is_told_as_such() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        test.app.fold(&test.system(), CommitNumber(2)).await.unwrap().unwrap();
        for (after, expected) in
            [("0", &["2", "3.0", "4.0"][..]), ("1.1", &["2", "3.0", "4.0"]), ("2", &["3.0", "4.0"])]
        {
            let found = page(&test, &test.writer(), after, 100).await;
            assert_eq!(ids(&found), expected, "{after}");
            // The folding itself is a commit without events.
            assert_eq!(found.next.to_string(), "5");
        }
        let first = page(&test, &test.writer(), "0", 1).await;
        let event = &told(&test, &first.events)[0];
        assert_eq!((first.next.to_string().as_str(), first.is_last), ("2", false));
        assert_eq!(event["type"], "domesday.history.folded");
        assert_eq!(event["data"], json!({"folded_to": 2}));
    }
}

#[tokio::test]
async fn what_a_cursor_has_not_passed_is_not_folded() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        let mut candidate = Candidate::new("kafka", Begin::Oldest, "one");
        let mut held = candidate.take(&test.app, Instant::now()).await.unwrap().unwrap();
        let plan = async || {
            let all = Moment::Commit(CommitNumber(99));
            let plan = test.app.fold_plan(all).await.unwrap().unwrap();
            (plan.to.0, plan.commits, plan.held_by)
        };
        assert_eq!(plan().await, (0, 0, Some("kafka".to_owned())));
        assert!(held.advance(&test.app, "3.0".parse().unwrap()).await.unwrap());
        assert_eq!(plan().await, (2, 2, Some("kafka".to_owned())));
        for to in [4, 3] {
            assert!(test.app.fold(&test.system(), CommitNumber(to)).await.unwrap().is_none());
        }
        assert!(test.app.fold(&test.system(), CommitNumber(2)).await.unwrap().is_some());
        // A cursor that is new begins behind what is folded.
        let mut other = Candidate::new("webhook:a", Begin::Oldest, "one");
        let other = other.take(&test.app, Instant::now()).await.unwrap().unwrap();
        assert_eq!(other.place.to_string(), "2");
        assert!(held.advance(&test.app, "5".parse().unwrap()).await.unwrap());
        assert_eq!(plan().await, (2, 0, Some("webhook:a".to_owned())));
        let states = test.app.publishers(&test.system()).await.unwrap();
        let behind: Vec<_> = states.iter().map(|state| state.behind).collect();
        assert_eq!(behind, [0, 3]);
        other.leave(&test.app).await.unwrap();
        let nobody = test.app.publisher_remove(&test.nobody(), "webhook:a").await.unwrap_err();
        assert!(matches!(nobody, Error::Unauthenticated), "{nobody:?}");
        test.app.publisher_remove(&test.system(), "webhook:a").await.unwrap();
        assert_eq!(plan().await, (5, 3, None));
    }
}

#[tokio::test]
async fn one_is_at_a_cursor_and_another_takes_over_from_who_is_silent() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        let app = &test.app;
        let mut one = Candidate::new("kafka", Begin::Next, "one");
        let mut two = Candidate::new("kafka", Begin::Next, "two");
        let begin = Instant::now();
        let mut first = one.take(app, begin).await.unwrap().unwrap();
        assert_eq!(first.place.to_string(), "4");
        assert!(two.take(app, begin).await.unwrap().is_none());
        assert!(first.beat(app).await.unwrap());
        // A beat is heard: the time begins anew.
        let late = begin + LAPSE + Duration::from_secs(1);
        assert!(two.take(app, late).await.unwrap().is_none());
        assert!(two.take(app, late + LAPSE).await.unwrap().is_none());
        let later = late + LAPSE + Duration::from_secs(1);
        let second = two.take(app, later).await.unwrap().unwrap();
        // Who was silent moves nothing any more, nor does it keep what went wrong.
        assert!(!first.beat(app).await.unwrap());
        assert!(!first.advance(app, "9".parse().unwrap()).await.unwrap());
        first.tell(app, "away").await.unwrap();
        assert_eq!(app.cursor("kafka").await.unwrap().unwrap().error, None);
        assert!(!first.well(app).await.unwrap());
        second.tell(app, "no broker\0").await.unwrap();
        let kept = app.cursor("kafka").await.unwrap().unwrap();
        assert_eq!(kept.error.unwrap().0, "no broker\u{fffd}");
        assert_eq!((kept.holder.as_deref(), kept.place), (Some("two"), second.place));
        assert!(second.well(app).await.unwrap());
        assert_eq!(app.cursor("kafka").await.unwrap().unwrap().error, None);
        let removed = app.publisher_remove(&test.system(), "kafka").await.unwrap_err();
        assert!(matches!(removed, Error::PublisherAtWork), "{removed:?}");
        second.leave(app).await.unwrap();
        assert!(one.take(app, later).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn who_waits_is_told_of_the_next_commit() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let waiting = test.app.commit_behind(CommitNumber(0));
        let (waited, _) = tokio::join!(waiting, hands.add("place", r#"{"name": "a"}"#));
        waited.unwrap();
        let none = tokio::time::timeout(
            Duration::from_millis(50),
            test.app.commit_behind(CommitNumber(1)),
        );
        assert!(none.await.is_err());
    }
}

/// What the documentation shows is what is told.
#[tokio::test]
async fn the_event_in_the_documentation_is_one() {
    let docs = include_str!("../../../docs/events.md");
    let shown = docs.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let shown: Value = serde_json::from_str(shown).unwrap();
    for test in test_apps_with(|| built_in().unwrap()).await {
        let hands = Hands { test: &test };
        hands.add("tag", r#"{"name": "sdd"}"#).await;
        let change = r#"{"name": "ssd", "description": "Solid state"}"#;
        let changes = vec![hands.update_of("tag", 1, change)];
        let ctx = Context { reason: Some("It was a slip".to_owned()), ..hands.ctx() };
        test.app.submit(&ctx, Proposal { changes }).await.unwrap();
        let found = page(&test, &test.writer(), "1", 1).await;
        let event = &told(&test, &found.events)[0];
        assert_eq!(*event, shown, "{event:#}");
    }
}

#[tokio::test]
async fn a_change_and_a_snapshot_tell_the_same_of_a_record() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        history(&hands).await;
        let encoder = EventEncoder { schema: &test.app.schema, source: "/domesday" };
        let all = page(&test, &test.writer(), "0", 100).await;
        let last_of_two = all.events.iter().rev().find_map(|event| match event {
            Event::Changed(changed) if changed.told.entry.entry.id == RecordId(2) => {
                Some(encoder.state(changed).unwrap())
            }
            Event::Changed(_) | Event::Folded { .. } => None,
        });
        let record = hands.get("place", 2).await.unwrap();
        assert_eq!(last_of_two.unwrap(), encoder.state_of(&record).unwrap());
        let gone = all.events.iter().find_map(|event| match event {
            Event::Changed(changed) if changed.told.after.is_none() => Some(changed),
            Event::Changed(_) | Event::Folded { .. } => None,
        });
        assert_eq!(encoder.state(gone.unwrap()), None);
    }
}

#[tokio::test]
async fn a_snapshot_is_asked_for_once_until_it_is_over() {
    for test in test_apps().await {
        let app = &test.app;
        let ctx = test.system();
        let told = app.snapshot_ask(&ctx, "kafka", None).await.unwrap_err();
        assert!(matches!(told, Error::NotFound { .. }), "{told:?}");
        let mut candidate = Candidate::new("kafka", Begin::Oldest, "one");
        let held = candidate.take(app, Instant::now()).await.unwrap().unwrap();
        assert_eq!(held.snapshot_waiting(app).await.unwrap(), None);
        let told = app.snapshot_ask(&ctx, "kafka", Some("nothing".to_owned())).await.unwrap_err();
        assert!(matches!(told, Error::NotFound { .. }), "{told:?}");
        let asked = app.snapshot_ask(&ctx, "kafka", Some("place".to_owned())).await.unwrap();
        assert_eq!(asked.state, SnapshotState::Asked);
        assert_eq!(held.snapshot_waiting(app).await.unwrap(), Some(asked.clone()));
        for state in [SnapshotState::Running, SnapshotState::Done] {
            let again = app.snapshot_ask(&ctx, "kafka", None).await.unwrap_err();
            assert!(matches!(again, Error::SnapshotAsked), "{again:?}");
            let told = StoredSnapshot { state, done: 3, total: 3, ..asked.clone() };
            assert!(held.snapshot_tell(app, &told).await.unwrap());
            assert_eq!(app.snapshot("kafka").await.unwrap(), Some(told));
        }
        assert_eq!(held.snapshot_waiting(app).await.unwrap(), None);
        let again = app.snapshot_ask(&ctx, "kafka", None).await.unwrap();
        assert_eq!((again.done, again.type_name.as_deref()), (0, None));
        // Who lost the cursor tells nothing of it any more.
        held.clone().leave(app).await.unwrap();
        candidate.take(app, Instant::now()).await.unwrap().unwrap();
        assert!(!held.snapshot_tell(app, &again).await.unwrap());
    }
}
