//! What messages come to, in the order in which they came.

use app::audit::{AuditPlace, AuditQuestion};
use app::ingest::MissingReferences;
use testkit::test_apps;

use super::feed::{Feed, source, told};

#[tokio::test]
async fn messages_of_a_batch_take_effect_in_order_and_in_one_commit() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Create);
        let mut feed = Feed::of(&test, &source).await;
        let tally = feed
            .take_in(&[
                r#"{"name": "a", "note": "1", "units": 1, "place": "Nantes"}"#,
                r#"{"name": "b", "note": "2"}"#,
                r#"{"name": "a", "note": "3"}"#,
            ])
            .await;
        assert_eq!(told(tally), "applied 3");
        assert_eq!(feed.thing("a").await.as_deref(), Some("3 1"), "what is not told stays");
        assert_eq!(feed.commits().await, 1);
        // A change of another kind of the same record is another commit.
        let tally = feed
            .take_in(&[
                r#"{"name": "a", "op": "delete"}"#,
                r#"{"name": "a", "note": "4"}"#,
                r#"{"name": "nobody", "op": "delete"}"#,
            ])
            .await;
        assert_eq!(told(tally), "applied 2, unchanged 1");
        assert_eq!(feed.thing("a").await.as_deref(), Some("4 "), "it is another one");
        // What the register says already is no commit.
        let before = feed.commits().await;
        assert_eq!(told(feed.take_in(&[r#"{"name": "b", "note": "2"}"#]).await), "unchanged 1");
        assert_eq!(feed.commits().await, before);
        let ctx = test.writer();
        let question =
            AuditQuestion { actor: Some("kafka:inventory".to_owned()), ..AuditQuestion::default() };
        let page = test.app.audit(&ctx, question, AuditPlace::default(), 10).await.unwrap();
        assert!(page.entries.iter().all(|entry| entry.origin == "kafka:inventory"));
        assert_eq!(page.entries.len(), 5, "two things and a place, one gone, one new");
    }
}

#[tokio::test]
async fn what_came_before_or_is_older_changes_nothing() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        let first = r#"{"name": "a", "note": "new", "id": 1, "t": "2026-11-26T10:00:00Z"}"#;
        let tally = feed.take_in(&[first, first]).await;
        assert_eq!(told(tally), "applied 1, repeats 1");
        let tally = feed
            .take_in(&[
                first,
                r#"{"name": "a", "note": "old", "id": 2, "t": "2026-11-26T09:00:00Z"}"#,
                r#"{"name": "a", "note": "newer", "id": 3, "t": "2026-11-26T11:00:00Z"}"#,
                r#"{"name": "a", "note": "old", "id": 4, "t": "2026-11-26T10:30:00Z"}"#,
            ])
            .await;
        assert_eq!(told(tally), "applied 1, repeats 1, late 2");
        assert_eq!(feed.thing("a").await.as_deref(), Some("newer "));
    }
}
