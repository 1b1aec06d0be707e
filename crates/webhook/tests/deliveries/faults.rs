//! Receivers that hang, redirect, ask to wait, or are not there; a database that is away.

use std::time::Duration;

use app::webhooks::Webhook;
use chrono::TimeDelta;

use crate::bench::{KEY, SECRET, benches, webhook};
use crate::receiver::Reply;

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for bench in benches(webhook()).await {
        bench.add(&["a"]).await;
        bench.receiver.will(&[Reply::Redirect]);
        assert!(bench.pump().await.is_some());
        let got = bench.receiver.take();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].path, "/hook");
        let told = bench.state().await.kept.unwrap().last_error.unwrap();
        assert_eq!(told, "307: a redirect, which is not followed");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left() {
    let hasty = Webhook { timeout: Duration::from_millis(200), ..webhook() };
    for bench in benches(hasty).await {
        bench.add(&["a"]).await;
        bench.receiver.will(&[Reply::Hang]);
        assert!(bench.pump().await.is_some());
        let told = bench.state().await.kept.unwrap().last_error.unwrap();
        assert_eq!(told, "no answer in time");
        bench.forward(TimeDelta::minutes(1));
        assert_eq!(bench.pump().await, None);
        assert_eq!(bench.receiver.ids().len(), 2);
    }
}

#[tokio::test]
async fn a_receiver_is_waited_for_as_it_asks() {
    for bench in benches(webhook()).await {
        bench.add(&["a"]).await;
        bench.receiver.will(&[Reply::Wait(429, "300"), Reply::Wait(503, "999999")]);
        for expected in [300, 3_600] {
            assert!(bench.pump().await.is_some());
            let trying = bench.state().await.kept.unwrap().trying.unwrap();
            let wait = trying.next_at - bench.test.app.clock.now();
            assert_eq!(wait.num_seconds(), expected);
            bench.forward(wait);
        }
        assert_eq!(bench.pump().await, None);
    }
}

#[tokio::test]
async fn while_a_secret_is_replaced_both_know_a_delivery() {
    const NEW: &[u8] = b"another key that is long enough!";
    let new = "whsec_YW5vdGhlciBrZXkgdGhhdCBpcyBsb25nIGVub3VnaCE=";
    for bench in benches(webhook()).await {
        bench.add(&["a"]).await;
        let mut courier = bench.courier("one");
        let parcel = bench.next(&mut courier).await;
        let now = bench.test.app.clock.now();
        bench.poster_with(&[new, SECRET]).post(&parcel, now).await;
        let got = bench.receiver.take();
        assert!(got[0].is_signed_by(NEW) && got[0].is_signed_by(KEY), "{got:?}");
    }
}

#[tokio::test]
async fn after_the_database_was_away_it_goes_on() {
    for bench in benches(webhook()).await {
        let stop = bench.run("one");
        bench.add(&["a"]).await;
        bench.receiver.until(1).await;
        bench.test.database.tamper("ALTER TABLE webhooks RENAME TO webhooks_away").await;
        bench.add(&["b"]).await;
        bench.test.database.tamper("ALTER TABLE webhooks_away RENAME TO webhooks").await;
        bench.receiver.until(2).await;
        let ids = bench.receiver.ids();
        assert!(ids[0] < ids[1], "{ids:?}");
        stop.cancel();
    }
}
