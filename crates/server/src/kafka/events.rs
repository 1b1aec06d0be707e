//! Tells Kafka of changes, as one of all replicas.
//!
//! ```text
//!     commits ─ page behind the cursor ─ one transaction of Kafka ─ the cursor moved in the register
//! ```
//!
//! Two things keep a replica from telling that another has taken over from: the cursor's epoch, and
//! the transactional id, whose new owner fences the old. A crash between the last two steps tells a
//! page again, with the same ids, and in the same order.

mod snapshot;

use std::time::Duration;

use app::encode::EventEncoder;
use app::events::cursors::{BEAT_EVERY, Candidate, HeldCursor};
use app::events::{Event, EventsAsked, EventsPage};
use app::{App, Context};
use domain::event::subject;
use kafka::{KafkaError, Outgoing, Publisher};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::EventsSettings;

/// The name of the cursor.
pub(crate) const CURSOR: &str = "kafka";
/// Events that are told in one transaction.
const EVENTS_AT_ONCE: u32 = 500;
/// How often it is looked whether somebody has asked for a snapshot.
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// The first pause after something went wrong; each is twice as long as the one before.
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// What a structured CloudEvent says it is.
const CLOUD_EVENT: &str = "application/cloudevents+json; charset=UTF-8";

/// Tells Kafka of changes, where no other replica does.
pub(crate) struct EventsRelay {
    pub(crate) app: App,
    pub(crate) settings: EventsSettings,
    /// What events say they come from.
    pub(crate) source: String,
    /// Who this is among the replicas.
    pub(crate) replica: String,
}

/// Why telling ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    /// Another replica does it now.
    #[error("another replica has taken over")]
    TakenOver,
    /// Kafka does not take them.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The register can't be read.
    #[error("the register can't be read: {0}")]
    Register(#[from] app::Error),
    /// A record can't be told.
    #[error("a record can't be told: {0}")]
    Untold(String),
}

impl EventsRelay {
    /// Tells of changes until the program is told to stop. What goes wrong is told in the log and at
    /// the cursor, and tried again.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut candidate = Candidate::new(CURSOR, self.settings.begin, &self.replica);
        loop {
            match candidate.take(&self.app, Instant::now()).await {
                Ok(Some(held)) => self.hold(held, &stop).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "whether to publish events can't be told"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(BEAT_EVERY) => {}
            }
        }
    }

    /// Tells of changes for as long as the cursor is ours.
    async fn hold(&self, mut held: HeldCursor, stop: &CancellationToken) {
        tracing::info!(after = %held.place, "events are published by this replica");
        let beating = held.clone();
        let is_over = tokio::select! {
            () = stop.cancelled() => false,
            () = self.beat(&beating) => true,
            () = self.tell_all(&mut held) => true,
        };
        if is_over {
            tracing::info!("events are published by another replica");
        } else if let Err(error) = held.leave(&self.app).await {
            tracing::warn!(%error, "others will wait before they publish events");
        }
    }

    /// Beats until the cursor is somebody else's. A beat that fails is no end of it: whoever takes over
    /// fences us.
    async fn beat(&self, held: &HeldCursor) {
        loop {
            sleep(BEAT_EVERY).await;
            match held.beat(&self.app).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "that events are published can't be kept"),
            }
        }
    }

    /// Tells all that comes, beginning anew whatever goes wrong, until somebody has taken over.
    async fn tell_all(&self, held: &mut HeldCursor) {
        let (mut pause, mut said) = (PAUSE_MIN, String::new());
        loop {
            let began_at = held.place;
            let Err(ended) = self.tell(held).await;
            if matches!(ended, Ended::TakenOver) {
                return;
            }
            if held.place > began_at {
                pause = PAUSE_MIN;
            }
            let text = ended.to_string();
            if text != said {
                tracing::warn!(error = text, "events are not published; it is tried again");
            }
            if let Err(error) = held.tell(&self.app, &text).await {
                tracing::debug!(%error, "what goes wrong with events can't be kept");
            }
            said = text;
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Tells all that comes, by a client of its own, until something goes wrong.
    async fn tell(&self, held: &mut HeldCursor) -> Result<std::convert::Infallible, Ended> {
        let mut publisher = Publisher::take_over(self.settings.publisher.clone()).await?;
        if !held.well(&self.app).await? {
            return Err(Ended::TakenOver);
        }
        loop {
            if let Some(asked) = held.snapshot_waiting(&self.app).await? {
                self.snapshot(&mut publisher, held, asked).await?;
            }
            let asked = EventsAsked::after(held.place, EVENTS_AT_ONCE);
            let page = self.app.events_after(&self.context(), asked).await?;
            let messages = self.messages(&page);
            if !messages.is_empty() {
                publisher.publish(messages).await?;
            }
            if page.next != held.place && !held.advance(&self.app, page.next).await? {
                return Err(Ended::TakenOver);
            }
            if page.is_last {
                // That time runs out is no fault; what else went wrong the next page tells.
                let _news = timeout(ASKED_EVERY, self.app.commit_behind(page.next.commit)).await;
            }
        }
    }

    fn context(&self) -> Context {
        Context::of_system(self.app.clock.now(), "kafka", "events")
    }

    fn encoder(&self) -> EventEncoder<'_> {
        EventEncoder { schema: &self.app.schema, source: &self.source }
    }

    fn messages(&self, page: &EventsPage) -> Vec<Outgoing> {
        let encoder = self.encoder();
        let mut messages = Vec::new();
        for event in &page.events {
            let Event::Changed(changed) = event else {
                // Folding passes no cursor; only one that somebody moved by hand gets here.
                tracing::warn!(place = %event.place(), "changes were folded before they were told");
                continue;
            };
            let entry = &changed.told.entry.entry;
            let key = subject(&entry.type_name, entry.id);
            if let Some(topic) = self.topic(self.settings.topic.as_deref(), &entry.type_name) {
                messages.push(Outgoing {
                    topic,
                    key: Some(key.clone().into_bytes()),
                    headers: vec![content_type(CLOUD_EVENT)],
                    payload: Some(encoder.text(event).into_bytes()),
                });
            }
            let state = encoder.state(changed);
            messages.extend(self.state_message(&entry.type_name, key, state));
        }
        messages
    }

    /// How a record stands; a tombstone where it is gone.
    fn state_message(
        &self,
        type_name: &str,
        key: String,
        state: Option<String>,
    ) -> Option<Outgoing> {
        let topic = self.topic(self.settings.state_topic.as_deref(), type_name)?;
        let headers = state.iter().map(|_| content_type("application/json")).collect();
        let payload = state.map(String::into_bytes);
        Some(Outgoing { topic, key: Some(key.into_bytes()), headers, payload })
    }

    fn topic(&self, topic: Option<&str>, type_name: &str) -> Option<String> {
        let topic = topic?;
        let is_per_type = self.settings.is_per_type;
        Some(if is_per_type { format!("{topic}.{type_name}") } else { topic.to_owned() })
    }
}

fn content_type(value: &str) -> (String, Option<Vec<u8>>) {
    ("content-type".to_owned(), Some(value.as_bytes().to_vec()))
}
