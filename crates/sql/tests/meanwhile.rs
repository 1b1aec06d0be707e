//! Statements that the database executes while its transaction goes on: they come in their order, and
//! one that fails takes the transaction with it.
#![expect(clippy::unwrap_used, reason = "a test ends where it can't go on")]

use domain::record::Timestamp;
use sql::write::{lock_register, messages_keep, messages_keep_again, messages_seen};
use testkit::test_apps;

const SOURCE: &str = "cmdb";

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).unwrap()
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test]
async fn what_was_sent_is_there_for_the_next_statement_and_kept() {
    for test in test_apps().await {
        let store = &test.app.store;
        let seen = store.write(|writer| {
            lock_register(writer)?;
            messages_keep(writer, SOURCE, (ids(&["a", "b"]), second(1)))?;
            messages_keep_again(writer, SOURCE, (ids(&["b", "c"]), second(2)))?;
            messages_keep(writer, SOURCE, (ids(&["d"]), second(3)))?;
            messages_keep(writer, SOURCE, (ids(&["e"]), second(3)))?;
            messages_seen(writer, SOURCE, ids(&["a", "b", "c", "d", "e", "f"]))
        });
        let mut seen = seen.await.unwrap();
        seen.sort();
        let times = [("a", 1), ("b", 2), ("c", 2), ("d", 3), ("e", 3)];
        assert_eq!(seen, times.map(|(id, at)| (id.to_owned(), second(at))));
        let kept = store.write(|writer| messages_seen(writer, SOURCE, ids(&["a", "e"]))).await;
        assert_eq!(kept.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn what_fails_meanwhile_fails_the_transaction() {
    for test in test_apps().await {
        let store = &test.app.store;
        let keep = |id: &'static str, is_last: bool| {
            store.write(move |writer| {
                messages_keep(writer, SOURCE, (ids(&[id, "twice", "twice"]), second(1)))?;
                if is_last {
                    // The commit hears of it.
                    return Ok(());
                }
                // Waits to be sent with the next one, which hears of it.
                messages_keep_again(writer, SOURCE, (ids(&["other"]), second(1)))?;
                messages_seen(writer, SOURCE, ids(&["a"])).map(drop)
            })
        };
        // More often than there are connections to write by: each is good for the next.
        for (id, is_last) in [("a", true), ("b", false), ("a", false), ("b", true)] {
            let error = keep(id, is_last).await.unwrap_err();
            assert!(!error.to_string().contains("aborted"), "{error}: what failed first is told");
        }
        let kept =
            store.write(|writer| messages_seen(writer, SOURCE, ids(&["a", "b", "other", "twice"])));
        assert_eq!(kept.await.unwrap(), []);
    }
}
