//! One replica sends at a time, and what one leaves in the middle another sends again.

use std::time::Duration;

use app::webhooks::{Settled, Step, Webhook};
use domain::webhook::Fate;

use crate::bench::{benches, webhook};

#[tokio::test]
async fn what_was_sent_and_not_kept_is_sent_again_under_its_id() {
    let hasty = Webhook { timeout: Duration::from_millis(100), ..webhook() };
    for bench in benches(hasty).await {
        bench.add(&["a", "b"]).await;
        let (mut one, mut two) = (bench.courier("one"), bench.courier("two"));
        let parcel = bench.next(&mut one).await;
        let sent = bench.post(&parcel).await;
        // Here the first one dies, or is frozen. The other waits for its lease to end.
        let Step::Wait(wait) = two.next().await.unwrap() else { panic!("two send at once") };
        assert!(wait > Duration::ZERO);
        let again = bench.next(&mut two).await;
        assert_eq!(again.id, parcel.id);
        let sent_again = bench.post(&again).await;
        // The first one thaws: nothing of what it did is kept.
        assert_eq!(one.settle(&parcel, &sent).await.unwrap(), Settled::Lost);
        let settled = two.settle(&again, &sent_again).await.unwrap();
        assert_eq!(settled, Settled::As(Fate::Taken));
        let next = bench.next(&mut one).await;
        assert!(next.id > parcel.id);
        let sent = bench.post(&next).await;
        assert_eq!(one.settle(&next, &sent).await.unwrap(), Settled::As(Fate::Taken));
        let ids = bench.receiver.ids();
        assert_eq!(ids, [parcel.id.clone(), parcel.id, next.id]);
        assert_eq!(bench.state().await.behind, Some(0));
    }
}

#[tokio::test]
async fn many_replicas_send_each_once_and_in_order() {
    for bench in benches(webhook()).await {
        let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        bench.add(&names).await;
        let replicas: Vec<_> = (0..4).map(|number| bench.run(&format!("r{number}"))).collect();
        bench.receiver.until(20).await;
        let places: Vec<domain::event::EventPlace> =
            bench.receiver.ids().iter().map(|id| id.parse().unwrap()).collect();
        assert!(places.windows(2).all(|two| two[0] < two[1]), "{places:?}");
        assert_eq!(places.len(), 20);
        for stop in replicas {
            stop.cancel();
        }
    }
}

#[tokio::test]
async fn a_webhook_that_is_configured_no_more_is_forgotten_with_its_cursor() {
    for bench in benches(webhook()).await {
        let (app, ctx) = (&bench.test.app, bench.test.writer());
        bench.add(&["a"]).await;
        assert!(app.webhook_forget(&ctx, "cmdb").await.is_err(), "it is configured");
        let without = app::App { webhooks: app::Webhooks::default(), ..app.clone() };
        assert_eq!(without.webhook_show(&ctx, "cmdb").await.unwrap().word(), "not configured");
        without.webhook_forget(&ctx, "cmdb").await.unwrap();
        assert!(without.webhooks_list(&ctx).await.unwrap().is_empty());
        assert!(app.cursor("webhook:cmdb").await.unwrap().is_none());
    }
}
