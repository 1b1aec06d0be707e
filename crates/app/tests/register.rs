//! The register through its use cases, on both databases.

use app::Error;
use app::submit::Effect;
use domain::change::{Action, Target};
use domain::query::{Column, OrderBy, Page, Plan};
use domain::record::RecordId;
use testkit::{Hands, fields, test_apps};

const EVERYTHING: &str = r#"{"name": "ein Ding", "note": "Straße", "story": "two\nlines",
    "units": 9223372036854775807, "amount": 12345678901234567890.123456789012345678, "active": "no",
    "born": "2026-02-28", "moment": "2026-02-28T23:59:59.123456+01:00", "ip": "2001:DB8::1",
    "network": "10.0.0.0/8", "mac": "00-1B-44-11-3A-B7", "url": "https://example.org/x?y=z",
    "email": "a@example.org", "state": "used", "place": "here", "labels": ["b", {"name": "a"}, 1],
    "data": {"b": [1, 2.50, null], "a": "é"}}"#;

#[tokio::test]
async fn every_kind_comes_back_as_it_was_written() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("place", r#"{"name": "here"}"#).await;
        hands.add("label", r#"{"name": "a"}"#).await;
        hands.add("label", r#"{"name": "b"}"#).await;
        let added = hands.add("thing", EVERYTHING).await;
        let read = hands.get("thing", added.id.0).await.unwrap();
        assert_eq!(added, read);
        for (field, text) in [
            ("name", "ein Ding"),
            ("note", "Straße"),
            ("story", "two\nlines"),
            ("units", "9223372036854775807"),
            ("amount", "12345678901234567890.123456789012345678"),
            ("active", "false"),
            ("born", "2026-02-28"),
            ("moment", "2026-02-28T22:59:59.123456Z"),
            ("ip", "2001:db8::1"),
            ("network", "10.0.0.0/8"),
            ("mac", "00:1b:44:11:3a:b7"),
            ("url", "https://example.org/x?y=z"),
            ("email", "a@example.org"),
            ("state", "used"),
            ("place", "here"),
            ("owner", ""),
            ("labels", "a|b"),
            ("data", r#"{"a":"é","b":[1,2.50,null]}"#),
        ] {
            assert_eq!(hands.text("thing", &read, field), text, "{field}");
        }
        let found = hands.app().find(&hands.ctx(), hands.plan("thing")).await.unwrap();
        assert_eq!((found.records, found.count, found.total), (vec![read], Some(1), 1));
    }
}

#[tokio::test]
async fn a_change_that_changes_nothing_makes_no_commit() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let place = hands.add("place", r#"{"name": "here"}"#).await;
        let outcome = hands.update("place", place.id.0, r#"{"name": "here"}"#).await.unwrap();
        assert!(outcome.commit.is_none());
        assert_eq!(outcome.subjects[0].effect, Effect::Unchanged);
        assert_eq!(outcome.subjects[0].record.as_ref(), Some(&place));
    }
}

#[tokio::test]
async fn names_are_swapped_in_one_commit() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let a = hands.add("place", r#"{"name": "a"}"#).await;
        let b = hands.add("place", r#"{"name": "b"}"#).await;
        let outcome = hands
            .submit(vec![
                hands.update_of("place", a.id.0, r#"{"name": "b"}"#),
                hands.update_of("place", b.id.0, r#"{"name": "a"}"#),
            ])
            .await
            .unwrap();
        assert_eq!(outcome.updated, 2);
        assert_eq!(hands.text("place", &hands.get("place", a.id.0).await.unwrap(), "name"), "b");
        assert_eq!(hands.text("place", &hands.get("place", b.id.0).await.unwrap(), "name"), "a");
    }
}

#[tokio::test]
async fn deleting_protects_clears_and_cascades() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("place", r#"{"name": "world"}"#).await;
        hands.add("place", r#"{"name": "land", "inside": "world"}"#).await;
        hands.add("place", r#"{"name": "town", "inside": "land"}"#).await;
        hands.add("label", r#"{"name": "x"}"#).await;
        hands.add("thing", r#"{"name": "t", "place": "town", "labels": ["x"]}"#).await;
        hands.add("thing", r#"{"name": "u", "owner": "t"}"#).await;

        let refused = hands.delete("place", 1).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(_)), "{refused}");
        let outcome = hands.delete("label", 1).await.unwrap();
        assert_eq!((outcome.deleted, outcome.updated), (1, 1));
        let thing = hands.get("thing", 1).await.unwrap();
        assert_eq!((hands.text("thing", &thing, "labels"), thing.revision.0), (String::new(), 2));

        let outcome = hands.delete("thing", 1).await.unwrap();
        assert_eq!((outcome.deleted, outcome.updated), (1, 1));
        let outcome = hands.delete("place", 1).await.unwrap();
        assert_eq!(outcome.deleted, 3);
        assert_eq!(hands.app().find(&hands.ctx(), hands.plan("place")).await.unwrap().total, 0);
        // Ids are never reused.
        assert_eq!(hands.add("place", r#"{"name": "world"}"#).await.id.0, 4);
    }
}

#[tokio::test]
async fn nothing_can_be_put_where_a_deletion_takes_along() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("place", r#"{"name": "world"}"#).await;
        hands.add("place", r#"{"name": "land", "inside": "world"}"#).await;
        hands.add("thing", r#"{"name": "t"}"#).await;
        let delete = hands.change("place", Action::Delete { target: Target::Id(RecordId(1)) });
        let put = hands.update_of("thing", 1, r#"{"place": "land"}"#);
        let build = Action::Add { fields: fields(r#"{"name": "hut", "inside": "land"}"#) };
        let build = hands.change("place", build);
        let Err(Error::Refused(refused)) = hands.submit(vec![delete.clone(), put, build]).await
        else {
            panic!("must be refused")
        };
        let told: Vec<(usize, String)> =
            refused.iter().map(|refused| (refused.index, format!("{:?}", refused.why))).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].0 == 1 && told[0].1.contains("place"), "{told:?}");
        assert!(told[1].0 == 2 && told[1].1.contains("inside"), "{told:?}");
        assert_eq!(hands.submit(vec![delete]).await.unwrap().deleted, 2);
    }
}

#[tokio::test]
async fn faults_are_told_all_together() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("place", r#"{"name": "here"}"#).await;
        let bad =
            r#"{"name": "", "ip": "10.0.0.256", "place": "nowhere", "colour": 1, "units": 1.5}"#;
        let change = hands.change("thing", Action::Add { fields: fields(bad) });
        let Err(Error::Refused(refused)) = hands.submit(vec![change]).await else {
            panic!("must be refused")
        };
        let domain::change::Refusal::Invalid(faults) = &refused[0].why else { panic!() };
        let named: Vec<&str> = faults.iter().map(|(name, _)| name).collect();
        assert_eq!(named, ["colour", "ip", "name", "place", "units"]);

        let change = hands.change("place", Action::Add { fields: fields(r#"{"name": "here"}"#) });
        let Err(Error::Refused(refused)) = hands.submit(vec![change]).await else {
            panic!("must be refused")
        };
        assert!(format!("{refused:?}").contains("Taken"), "{refused:?}");
    }
}

#[tokio::test]
async fn pages_by_cursor_show_every_record_once_both_ways() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let changes = (0..23)
            .map(|number| {
                let note = if number % 3 == 0 { "null" } else { &*format!("\"n{}\"", number % 4) };
                let json =
                    format!(r#"{{"name": "t{number:02}", "note": {note}, "units": {number}}}"#);
                hands.change("thing", Action::Add { fields: fields(&json) })
            })
            .collect();
        hands.submit(changes).await.unwrap();
        let note = hands.of("thing").field_named("note").unwrap().index;
        let count = hands.of("thing").field_named("units").unwrap().index;
        for (columns, descending) in
            [(vec![], false), (vec![note], false), (vec![note], true), (vec![note, count], true)]
        {
            let order: Vec<OrderBy> = columns
                .iter()
                .map(|field| OrderBy { path: vec![], column: Column::Field(*field), descending })
                .collect();
            let whole =
                Plan { order, page: Page::Offset { offset: 0, limit: 100 }, ..hands.plan("thing") };
            let all = hands.app().find(&hands.ctx(), whole.clone()).await.unwrap().records;
            assert_eq!(all.len(), 23);
            let mut forward = Vec::new();
            let mut backward = Vec::new();
            let mut page = Page::Offset { offset: 0, limit: 5 };
            let mut found = loop {
                let plan = Plan { page, ..whole.clone() };
                let found = hands.app().find(&hands.ctx(), plan).await.unwrap();
                forward.extend(found.records.clone());
                let Some(cursor) = found.next.clone() else {
                    break found;
                };
                page = Page::Cursor { cursor, limit: 5 };
            };
            assert_eq!(forward, all);
            loop {
                backward.splice(0..0, found.records.clone());
                let Some(cursor) = found.previous else { break };
                let plan = Plan { page: Page::Cursor { cursor, limit: 5 }, ..whole.clone() };
                found = hands.app().find(&hands.ctx(), plan).await.unwrap();
            }
            assert_eq!(backward, all);
        }
    }
}
