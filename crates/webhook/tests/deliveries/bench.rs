//! Registers with a webhook, at a clock that stands until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::events::cursors::Begin;
use app::webhooks::{Courier, Parcel, Settled, Step, Webhook, WebhookState};
use app::{App, Clock, Webhooks};
use chrono::{DateTime, TimeDelta};
use domain::webhook::{Retry, Sent};
use testkit::{Hands, TestApp, test_apps};
use tokio_util::sync::CancellationToken;
use webhook::{Delivery, Receiver, ReceiverSettings, Secret};

use crate::receiver::TestReceiver;

/// The key of [`SECRET`].
pub(crate) const KEY: &[u8] = b"0123456789abcdef01234567";
/// A secret.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
/// What webhooks are called.
pub(crate) const NAME: &str = "cmdb";

/// A webhook that is told of all changes, each alone.
pub(crate) fn webhook() -> Webhook {
    Webhook {
        name: NAME.to_owned(),
        url: "http://receiver/".to_owned(),
        events: true,
        notices: false,
        types: Vec::new(),
        begin: Begin::Next,
        batch: None,
        timeout: Duration::from_secs(10),
        retry: Retry { attempts: 4, backoff: Duration::from_secs(10) },
    }
}

/// A register with a webhook.
pub(crate) struct Bench {
    pub(crate) test: TestApp,
    pub(crate) receiver: TestReceiver,
    pub(crate) webhook: Webhook,
    now_us: Arc<AtomicI64>,
}

/// One on each database.
pub(crate) async fn benches(webhook: Webhook) -> Vec<Bench> {
    let mut benches = Vec::new();
    for mut test in test_apps().await {
        let now_us = Arc::new(AtomicI64::new(1_798_000_000_000_000));
        let held = Arc::clone(&now_us);
        let clock = Clock::new(move || {
            DateTime::from_timestamp_micros(held.load(Ordering::SeqCst)).unwrap()
        });
        let webhooks = Webhooks::new([webhook.clone()], Some("https://domesday.example.org"));
        test.app = App { clock, webhooks, ..test.app };
        let receiver = TestReceiver::start().await;
        let bench = Bench { test, receiver, webhook: webhook.clone(), now_us };
        // So that it knows of the webhook before anything happens.
        bench.courier("setup").configure().await.unwrap();
        benches.push(bench);
    }
    benches
}

impl Bench {
    pub(crate) fn hands(&self) -> Hands<'_> {
        Hands { test: &self.test }
    }

    /// Adds things of these names, each in a commit.
    pub(crate) async fn add(&self, names: &[&str]) {
        for name in names {
            self.hands().add("thing", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
    }

    pub(crate) fn forward(&self, by: TimeDelta) {
        self.now_us.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn courier(&self, replica: &str) -> Courier {
        Courier::new(self.test.app.clone(), self.webhook.clone(), replica.to_owned())
    }

    /// What posts to the receiver.
    pub(crate) fn poster(&self) -> Receiver {
        self.poster_with(&[SECRET])
    }

    pub(crate) fn poster_with(&self, secrets: &[&str]) -> Receiver {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let secrets = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        let url = self.receiver.url.parse().unwrap();
        let timeout = self.webhook.timeout;
        Receiver::new(ReceiverSettings { url, secrets, timeout, tls }).unwrap()
    }

    /// Posts a parcel.
    pub(crate) async fn post(&self, parcel: &Parcel) -> Sent {
        self.poster().post(parcel, self.test.app.clock.now()).await
    }

    /// Sends all that can be sent now; how long it would be waited.
    pub(crate) async fn pump(&self) -> Option<Duration> {
        let mut courier = self.courier("one");
        loop {
            match courier.next().await.unwrap() {
                Step::Send(parcel) => {
                    let sent = self.post(&parcel).await;
                    let settled = courier.settle(&parcel, &sent).await.unwrap();
                    assert!(matches!(settled, Settled::As(_)), "{settled:?}");
                }
                Step::Wait(Duration::ZERO) => {}
                Step::Wait(wait) => return Some(wait),
                Step::WaitForNews(_) => return None,
            }
        }
    }

    /// What is next to be sent.
    pub(crate) async fn next(&self, courier: &mut Courier) -> Parcel {
        loop {
            match courier.next().await.unwrap() {
                Step::Send(parcel) => return *parcel,
                Step::Wait(wait) => tokio::time::sleep(wait).await,
                Step::WaitForNews(place) => panic!("there is nothing behind {place}"),
            }
        }
    }

    pub(crate) async fn state(&self) -> WebhookState {
        self.test.app.webhook_show(&self.test.writer(), NAME).await.unwrap()
    }

    /// Sends as a process does, until it is told to stop.
    pub(crate) fn run(&self, replica: &str) -> CancellationToken {
        let stop = CancellationToken::new();
        let (app, courier) = (self.test.app.clone(), self.courier(replica));
        tokio::spawn(Delivery::new(app, courier, self.poster()).run(stop.clone()));
        stop
    }
}
