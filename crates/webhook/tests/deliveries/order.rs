//! What happens comes signed and in order, however often it fails before.

use chrono::TimeDelta;
use serde_json::json;

use crate::bench::{KEY, benches, webhook};
use crate::receiver::Reply;

#[tokio::test]
async fn changes_come_in_their_order_and_signed() {
    for bench in benches(webhook()).await {
        bench.add(&["ä", "b"]).await;
        bench.hands().update("thing", 1, r#"{"note": "new"}"#).await.unwrap();
        bench.hands().delete("thing", 2).await.unwrap();
        assert_eq!(bench.pump().await, None);
        let got = bench.receiver.take();
        let told: Vec<_> = got
            .iter()
            .map(|got| {
                let event = got.json();
                assert_eq!(event["id"], json!(got.id));
                assert_eq!(event["source"], "https://domesday.example.org");
                assert!(got.media_type.starts_with("application/cloudevents+json"));
                assert!(got.is_signed_by(KEY) && !got.is_signed_by(b"another key"));
                assert_eq!(got.timestamp, bench.test.app.clock.now().timestamp());
                format!(
                    "{} {}",
                    event["type"].as_str().unwrap(),
                    event["subject"].as_str().unwrap()
                )
            })
            .collect();
        let expected = [
            "domesday.record.created thing/1",
            "domesday.record.created thing/2",
            "domesday.record.updated thing/1",
            "domesday.record.deleted thing/2",
        ];
        assert_eq!(told, expected);
        assert_eq!(got[0].json()["data"]["after"]["name"], "ä");
        let state = bench.state().await;
        assert_eq!((state.word(), state.behind, state.dead), ("waiting", Some(0), 0));
        assert_eq!(state.kept.unwrap().delivered, 4);
    }
}

#[tokio::test]
async fn the_next_is_not_sent_before_the_one_before_was_taken_and_tries_grow_apart() {
    for bench in benches(webhook()).await {
        bench.add(&["a", "b"]).await;
        bench.receiver.will(&[Reply::Status(503), Reply::Status(404), Reply::Status(500)]);
        let mut waits = Vec::new();
        for failed in 1..=3 {
            assert!(bench.pump().await.is_some());
            // Nothing more happens until the clock says so.
            assert!(bench.pump().await.is_some());
            let state = bench.state().await;
            assert_eq!((state.word(), state.behind), ("failing", Some(2)));
            let trying = state.kept.unwrap().trying.unwrap();
            assert_eq!(trying.failed, failed);
            let wait = trying.next_at - bench.test.app.clock.now();
            bench.forward(wait - TimeDelta::microseconds(1));
            assert!(bench.pump().await.is_some());
            assert_eq!(bench.receiver.ids().len(), 1);
            bench.forward(TimeDelta::microseconds(1));
            waits.push(wait.num_seconds());
        }
        assert!((10..=12).contains(&waits[0]) && (20..=25).contains(&waits[1]), "{waits:?}");
        assert!((40..=50).contains(&waits[2]), "{waits:?}");
        assert_eq!(bench.pump().await, None);
        let ids = bench.receiver.ids();
        assert_eq!(ids.len(), 2);
        assert!(ids[0] < ids[1], "{ids:?}");
    }
}

#[tokio::test]
async fn only_what_is_asked_for_comes() {
    let chosen = app::webhooks::Webhook { types: vec!["place".to_owned()], ..webhook() };
    for bench in benches(chosen).await {
        bench.add(&["a", "b"]).await;
        bench.hands().add("place", r#"{"name": "here"}"#).await;
        bench.add(&["c"]).await;
        assert_eq!(bench.state().await.behind, Some(1));
        assert_eq!(bench.pump().await, None);
        let got = bench.receiver.take();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].json()["data"]["type"], "place");
        // What is not for it is behind it all the same, so that it can be folded.
        let last = bench.test.app.cursor("webhook:cmdb").await.unwrap().unwrap();
        assert_eq!(last.place.whole().0, 4);
    }
}

#[tokio::test]
async fn it_comes_as_it_happens() {
    for bench in benches(webhook()).await {
        let stop = bench.run("one");
        bench.add(&["a"]).await;
        bench.receiver.until(1).await;
        bench.add(&["b"]).await;
        bench.receiver.until(2).await;
        stop.cancel();
    }
}
