//! Who has a partition.

use app::Error;
use app::ingest::{MessageTally, MissingReferences};
use sql::StoreError;
use testkit::test_apps;

use super::feed::{Feed, source, told};

fn is_fenced(result: &Result<MessageTally, Error>) -> bool {
    matches!(result, Err(Error::Internal(StoreError::Fenced)))
}

#[tokio::test]
async fn who_has_lost_a_partition_takes_nothing_in() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Create);
        let mut first = Feed::of(&test, &source).await;
        assert_eq!(told(first.take_in(&[r#"{"name": "a", "note": "1"}"#]).await), "applied 1");
        let mut second = Feed::of(&test, &source).await;
        assert_eq!((second.epoch, second.next), (2, 1), "it goes on where the first one was");
        let late = first.readings(&[r#"{"name": "a", "note": "late"}"#]);
        let steps = vec![first.step(2)];
        assert!(is_fenced(&test.app.ingest(&source, late, steps).await));
        assert_eq!(first.thing("a").await.as_deref(), Some("1 "));
        assert_eq!(told(second.take_in(&[r#"{"name": "a", "note": "2"}"#]).await), "applied 1");
    }
}

#[tokio::test]
async fn a_step_from_elsewhere_is_none() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Create);
        let mut feed = Feed::of(&test, &source).await;
        feed.take_in(&[r#"{"name": "a", "note": "1"}"#]).await;
        // The same batch again, as after an answer that got lost.
        feed.next = 0;
        let again = feed.readings(&[r#"{"name": "a", "note": "again"}"#]);
        assert!(is_fenced(&test.app.ingest(&source, again, vec![feed.step(1)]).await));
        // A consumer may pass over what a gap has.
        feed.next = 1;
        test.app.source_move(&source, vec![feed.step(500)]).await.unwrap();
        assert_eq!(Feed::of(&test, &source).await.next, 500);
        assert!(test.app.source_move(&source, vec![feed.step(501)]).await.is_err());
    }
}
