//! Several events at once, for receivers that say how many.

use app::webhooks::Webhook;
use chrono::TimeDelta;
use serde_json::Value;

use crate::bench::{KEY, benches, webhook};
use crate::receiver::{Got, Reply};

fn names(got: &Got) -> Vec<String> {
    assert!(got.media_type.starts_with("application/cloudevents-batch+json"));
    let Value::Array(events) = got.json() else { panic!("{got:?}") };
    let name = |event: &Value| event["data"]["after"]["name"].as_str().unwrap().to_owned();
    events.iter().map(name).collect()
}

#[tokio::test]
async fn several_that_wait_come_as_a_list() {
    let threes = Webhook { batch: Some(3), ..webhook() };
    for bench in benches(threes).await {
        bench.add(&["a", "b", "c", "d"]).await;
        assert_eq!(bench.pump().await, None);
        let got = bench.receiver.take();
        let told: Vec<_> = got.iter().map(names).collect();
        assert_eq!(told, [vec!["a", "b", "c"], vec!["d"]]);
        assert!(got.iter().all(|got| got.is_signed_by(KEY)));
        assert_eq!(got[0].id, format!("{}-{}", 1.to_string() + ".0", "3.0"));
        assert_eq!(bench.state().await.kept.unwrap().delivered, 4);
    }
}

#[tokio::test]
async fn one_that_is_never_taken_takes_no_others_with_it() {
    let threes = Webhook { batch: Some(3), ..webhook() };
    for bench in benches(threes).await {
        bench.add(&["a", "b", "c", "d"]).await;
        bench.receiver.will(&[Reply::Status(400); 4]);
        while bench.pump().await.is_some() {
            bench.forward(TimeDelta::hours(1));
        }
        let told: Vec<_> = bench.receiver.take().iter().map(names).collect();
        let expected = [vec!["a", "b", "c"], vec!["a"], vec!["a"], vec!["a"], vec!["b", "c", "d"]];
        assert_eq!(told, expected);
        assert_eq!(bench.state().await.dead, 1);
    }
}
