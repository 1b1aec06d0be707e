//! What is never taken is given up, kept, and sent again or let go as somebody says.

use app::webhooks::WhichDead;
use chrono::TimeDelta;

use crate::bench::{Bench, NAME, benches, webhook};
use crate::receiver::Reply;

/// Sends until nothing is tried any more.
async fn to_the_end(bench: &Bench) {
    while bench.pump().await.is_some() {
        bench.forward(TimeDelta::hours(1));
    }
}

async fn dead(bench: &Bench) -> Vec<app::webhooks::DeadDelivery> {
    let (ctx, which) = (bench.test.writer(), WhichDead::default());
    bench.test.app.webhook_dead(&ctx, NAME, which, (0, 50)).await.unwrap().dead
}

/// The first of three dies.
async fn with_dead(bench: &Bench) -> String {
    bench.add(&["a", "b", "c"]).await;
    bench.receiver.will(&[Reply::Status(422); 4]);
    to_the_end(bench).await;
    let ids = bench.receiver.ids();
    assert_eq!(ids.len(), 6, "{ids:?}");
    assert!(ids[..4].iter().all(|id| *id == ids[0]), "{ids:?}");
    ids[0].clone()
}

#[tokio::test]
async fn what_is_given_up_holds_up_nothing() {
    for bench in benches(webhook()).await {
        let id = with_dead(&bench).await;
        let state = bench.state().await;
        assert_eq!((state.word(), state.behind, state.dead), ("waiting", Some(0), 1));
        let dead = dead(&bench).await;
        let [one] = dead.as_slice() else { panic!("{dead:?}") };
        assert_eq!((&one.event_id, one.attempts, one.status), (&id, 4, Some(422)));
        assert_eq!(one.answer, "422: out of order");
        assert_eq!(one.subject, "thing/1");
        assert!(one.first_try_at < one.at);
        let event: serde_json::Value = serde_json::from_str(&one.body).unwrap();
        assert_eq!(event["data"]["after"]["name"], "a");
    }
}

#[tokio::test]
async fn the_dead_are_sent_again_under_their_ids() {
    for bench in benches(webhook()).await {
        let id = with_dead(&bench).await;
        let (app, ctx) = (&bench.test.app, bench.test.writer());
        let other = WhichDead { subject: Some("thing/2".to_owned()), ..WhichDead::default() };
        assert_eq!(app.webhook_replay(&ctx, NAME, other).await.unwrap(), 0);
        let no = WhichDead { id: Some(99), ..WhichDead::default() };
        assert!(app.webhook_replay(&ctx, NAME, no).await.is_err());
        let which = WhichDead { subject: Some("thing/1".to_owned()), ..WhichDead::default() };
        assert_eq!(app.webhook_replay(&ctx, NAME, which).await.unwrap(), 1);
        assert!(dead(&bench).await.is_empty());
        assert_eq!(bench.state().await.waiting, 1);
        to_the_end(&bench).await;
        let got = bench.receiver.take();
        assert_eq!(got.len(), 1);
        assert_eq!((&got[0].id, &got[0].json()["id"]), (&id, &id.as_str().into()));
        assert_eq!(bench.state().await.waiting, 0);
        // It may die again.
        bench.add(&["d"]).await;
        bench.receiver.will(&[Reply::Status(500); 4]);
        to_the_end(&bench).await;
        assert_eq!(dead(&bench).await.len(), 1);
        assert_eq!(app.webhook_discard(&ctx, NAME, WhichDead::default()).await.unwrap(), 1);
        assert!(dead(&bench).await.is_empty());
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_has_its_webhook_rest() {
    for bench in benches(webhook()).await {
        bench.add(&["a", "b"]).await;
        bench.receiver.will(&[Reply::Status(410)]);
        assert!(bench.pump().await.is_some());
        bench.forward(TimeDelta::days(1));
        assert!(bench.pump().await.is_some());
        assert_eq!(bench.receiver.ids().len(), 1);
        let state = bench.state().await;
        assert_eq!((state.word(), state.behind, state.dead), ("paused", Some(2), 0));
        assert!(state.paused_by().unwrap().contains("410"));
        bench.test.app.webhook_resume(&bench.test.writer(), NAME).await.unwrap();
        assert_eq!(bench.pump().await, None);
        assert_eq!(bench.receiver.ids().len(), 2);
    }
}

#[tokio::test]
async fn a_webhook_rests_and_goes_on_as_somebody_says() {
    for bench in benches(webhook()).await {
        let (app, ctx) = (&bench.test.app, bench.test.writer());
        bench.add(&["a"]).await;
        app.webhook_pause(&ctx, NAME).await.unwrap();
        assert!(bench.pump().await.is_some());
        assert!(bench.receiver.ids().is_empty());
        assert_eq!(bench.state().await.paused_by(), Some("alice"));
        app.webhook_resume(&ctx, NAME).await.unwrap();
        assert_eq!(bench.pump().await, None);
        assert_eq!(bench.receiver.ids().len(), 1);
    }
}
