//! What a question about the past costs does not grow with the length of the history.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::sync::Arc;

use domain::change::Target;
use domain::history::Question;
use domain::record::{CommitNumber, RecordId};
use sql::{Reader, StoreError};
use testkit::{Hands, TestApp, test_apps};

/// How often each record is changed in a short history and in a long one.
const LENGTHS: [usize; 2] = [20, 200];
/// Records that are changed.
const THINGS: i64 = 5;

/// Things that were all changed so often, one commit each time.
async fn live(test: &TestApp, length: usize) {
    let hands = Hands { test };
    hands.add("place", r#"{"name": "p"}"#).await;
    for number in 1..=THINGS {
        hands.add("thing", &format!(r#"{{"name": "t{number}", "place": 1}}"#)).await;
    }
    for turn in 0..length {
        let mut changes: Vec<_> = (1..=THINGS)
            .map(|id| hands.update_of("thing", id, &format!(r#"{{"note": "{turn}-{id}"}}"#)))
            .collect();
        changes.push(hands.update_of("place", 1, &format!(r#"{{"name": "p{turn}"}}"#)));
        hands.submit(changes).await.unwrap();
    }
}

/// SQLite's steps of some reading.
async fn cost(
    hands: &Hands<'_>,
    work: impl FnOnce(&mut Reader<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Option<i64> {
    let read = hands.app().store.read(move |reader| {
        let before = reader.steps();
        work(reader)?;
        Ok(before.zip(reader.steps()).map(|(before, after)| after - before))
    });
    read.await.unwrap()
}

async fn costs(test: &TestApp) -> Option<[i64; 4]> {
    let hands = Hands { test };
    let of_record = Question {
        type_name: Some("thing".to_owned()),
        id: Some(RecordId(3)),
        ..Question::default()
    };
    let of_actor = Question { actor: Some("alice".to_owned()), ..Question::default() };
    let of_type = Question { type_name: Some("place".to_owned()), ..Question::default() };
    let mut costs = [0; 4];
    for (cost_of, question) in costs.iter_mut().zip([of_record, of_actor, of_type]) {
        let page = move |reader: &mut Reader<'_>| {
            let found = sql::read::history(reader, &question, None, 10)?;
            assert_eq!(found.len(), 10);
            Ok(())
        };
        *cost_of = cost(&hands, page).await?;
    }
    // The middle of the history, so that there is as much before as behind.
    let last = hands.app().store.read(sql::write::last_commit).await.unwrap().number.0;
    let (schema, of) = (Arc::clone(&hands.app().schema), hands.of("thing").index);
    let detail = move |reader: &mut Reader<'_>| {
        let then = Some(CommitNumber(last / 2));
        let target = Target::Id(RecordId(3));
        let found = sql::read::get(reader, &schema, schema.get(of), &target, then)?;
        assert!(found.is_some());
        Ok(())
    };
    let [.., detail_cost] = &mut costs;
    *detail_cost = cost(&hands, detail).await?;
    Some(costs)
}

#[tokio::test]
async fn a_page_of_history_and_a_record_of_the_past_cost_the_same_however_long_it_is() {
    let mut all = Vec::new();
    for length in LENGTHS {
        for test in test_apps().await {
            live(&test, length).await;
            all.extend(costs(&test).await);
        }
    }
    let [short, long] = all.try_into().unwrap();
    for (short, long) in short.into_iter().zip(long) {
        assert!(short > 0);
        // A tenth for what an index takes to go down one level more.
        assert!(long * 10 <= short * 11, "{short} steps became {long}");
    }
}
