//! Dead letters told to a topic as well, for those who look there.

use std::sync::Arc;
use std::time::Duration;

use app::App;
use app::ingest::{DeadLetter, headers_of};
use kafka::{KafkaError, Outgoing, Publisher, PublisherSettings};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{PAUSE_MIN, SourceReading, longer};

/// So many are told in one transaction.
const AT_ONCE: u32 = 200;
/// How long telling them may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often is looked for some that another replica left.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Tells dead letters to a topic, beside the reading: that waits for nothing here.
pub(super) struct DeadLetterTopic {
    bell: Arc<Notify>,
    teller: LetterTeller,
    telling: JoinHandle<()>,
}

#[derive(Clone)]
struct LetterTeller {
    app: App,
    reading: SourceReading,
    topic: String,
}

impl DeadLetterTopic {
    /// Begins; `None` where the source has no such topic.
    pub(super) fn of(app: &App, reading: &SourceReading) -> Option<Self> {
        let topic = reading.dead_letter_topic.clone()?;
        let teller = LetterTeller { app: app.clone(), reading: reading.clone(), topic };
        let bell = Arc::new(Notify::new());
        let telling = tokio::spawn(teller.clone().run(Arc::clone(&bell)));
        Some(Self { bell, teller, telling })
    }

    /// There are new ones.
    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Tells those that are left, once, before nobody does any more.
    pub(super) async fn tell_last(&self) {
        self.telling.abort();
        let mut publisher = None;
        if let Err(error) = self.teller.tell(&mut publisher).await {
            tracing::debug!(error, "dead letters are told to their topic later");
        }
    }
}

impl Drop for DeadLetterTopic {
    fn drop(&mut self) {
        self.telling.abort();
    }
}

impl LetterTeller {
    async fn run(self, bell: Arc<Notify>) {
        let (mut publisher, mut pause, mut is_told) = (None, PAUSE_MIN, false);
        loop {
            match self.tell(&mut publisher).await {
                Ok(()) => {
                    (pause, is_told) = (PAUSE_MIN, false);
                    let _rung = tokio::time::timeout(LOOK_EVERY, bell.notified()).await;
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_told, true) {
                        let (source, topic) = (&self.reading.source.name, &self.topic);
                        tracing::error!(
                            source,
                            topic,
                            error,
                            "dead letters can't be told to their topic"
                        );
                    }
                    tokio::time::sleep(pause).await;
                    pause = longer(pause);
                }
            }
        }
    }

    /// Tells all that wait.
    async fn tell(&self, publisher: &mut Option<Publisher>) -> Result<(), String> {
        let SourceReading { source, replica, .. } = &self.reading;
        loop {
            let letters = self.app.letters_untold(source, replica, AT_ONCE).await;
            let letters = letters.map_err(|error| error.to_string())?;
            if letters.is_empty() {
                return Ok(());
            }
            let ids = letters.iter().map(|letter| letter.id).collect();
            let messages = letters.into_iter().map(|letter| self.message(letter)).collect();
            let told = match publisher.take() {
                Some(publisher) => Ok(publisher),
                None => Publisher::take_over(self.settings()).await,
            };
            let mut taken = told.map_err(|error| error.to_string())?;
            let written = taken.publish(messages).await;
            if !written.as_ref().is_err_and(KafkaError::is_final) {
                *publisher = Some(taken);
            }
            written.map_err(|error| error.to_string())?;
            let told = self.app.letters_told(source, ids).await;
            told.map_err(|error| error.to_string())?;
        }
    }

    fn settings(&self) -> PublisherSettings {
        PublisherSettings {
            connection: self.reading.settings.connection.clone(),
            transactional_id: format!("domesday-letters-{}", self.reading.source.name),
            timeout: TIMEOUT,
        }
    }

    /// The message as it was, with what became of it in its headers.
    fn message(&self, letter: DeadLetter) -> Outgoing {
        let header = |name: &str, value: String| (name.to_owned(), Some(value.into_bytes()));
        let mut headers = headers_of(&letter.headers);
        headers.extend([
            header("domesday-source", self.reading.source.name.clone()),
            header("domesday-topic", letter.partition.topic),
            header("domesday-partition", letter.partition.number.to_string()),
            header("domesday-offset", letter.offset.to_string()),
            header("domesday-reason", letter.reason),
        ]);
        if letter.is_cut {
            headers.push(header("domesday-cut", "true".to_owned()));
        }
        Outgoing { topic: self.topic.clone(), key: letter.key, headers, payload: letter.payload }
    }
}
