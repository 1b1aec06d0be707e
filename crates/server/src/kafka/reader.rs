//! Reads a source: from Kafka into the register, batch after batch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::ingest::{MessageTally, PartitionStep, Reading};
use app::sources::MemberState;
use app::{App, Error};
use kafka::{Batch, Consumer, KafkaError, Message, Partition};
use sql::StoreError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::keeper::{Keeper, source_partition};
use super::letters::DeadLetterTopic;
use super::teller::Teller;
use super::{PAUSE_MIN, SourceReading, longer};

/// How long one look for messages takes at most; in between it is told how it goes.
const LOOK: Duration = Duration::from_secs(5);
/// How long a reader that ends when nothing comes waits for its first partition.
const JOINING_MAX: Duration = Duration::from_mins(1);

/// How long to read.
pub(super) struct Until {
    stop: CancellationToken,
    /// Ends when no message has come for so long.
    idle: Option<Duration>,
}

impl Until {
    /// Until this says so.
    pub(super) fn stopped(stop: CancellationToken) -> Self {
        Self { stop, idle: None }
    }

    /// As [`Self::stopped`], or until no message has come for so long.
    pub(super) fn idle(stop: CancellationToken, idle: Duration) -> Self {
        Self { stop, idle: Some(idle) }
    }
}

/// Reads a source.
pub(super) struct Reader {
    app: App,
    reading: SourceReading,
    until: Until,
    teller: Teller,
    letters: Option<DeadLetterTopic>,
    /// What was taken in so far.
    tally: MessageTally,
    last_came: Instant,
    pause: Duration,
}

impl Reader {
    pub(super) fn new(app: App, reading: SourceReading, until: Until) -> Self {
        let teller = Teller::new(app.clone(), &reading);
        let letters = DeadLetterTopic::of(&app, &reading);
        let last_came = Instant::now();
        let (tally, pause) = (MessageTally::default(), PAUSE_MIN);
        Self { app, reading, until, teller, letters, tally, last_came, pause }
    }

    /// Reads until it is told to stop, or nothing comes any more.
    ///
    /// # Errors
    /// When the client must be made anew, which the next call does; of a reader that ends when nothing
    /// comes, what keeps it from reading.
    pub(super) async fn read(&mut self) -> Result<(), KafkaError> {
        let keeper =
            Keeper::new(self.app.clone(), Arc::clone(&self.reading.source), self.reading.on_gap);
        let mut consumer = match Consumer::join(self.reading.settings.clone(), keeper) {
            Ok(consumer) => consumer,
            Err(error) => {
                self.teller.trouble(&error).await;
                return Err(error);
            }
        };
        let outcome = self.go_on(&mut consumer).await;
        consumer.leave().await;
        outcome
    }

    /// Says that nothing is read any more, and gives what became of the messages.
    pub(super) async fn finish(self) -> MessageTally {
        if let Some(letters) = &self.letters {
            letters.tell_last().await;
        }
        self.teller.leave().await;
        self.tally
    }

    async fn go_on(&mut self, consumer: &mut Consumer<Keeper>) -> Result<(), KafkaError> {
        let look = self.until.idle.map_or(LOOK, |idle| idle.min(LOOK));
        let begun = Instant::now();
        loop {
            let looked = tokio::select! {
                looked = tokio::time::timeout(look, consumer.next_batch()) => looked,
                () = self.until.stop.cancelled() => return Ok(()),
            };
            if consumer.lag().is_empty() && begun.elapsed() < JOINING_MAX {
                // Nothing can come yet.
                self.last_came = Instant::now();
            }
            let has_read = matches!(looked, Ok(Ok(_)));
            match looked {
                Ok(Ok(batch)) => {
                    self.last_came = Instant::now();
                    if !self.take_in(consumer, batch).await {
                        return Ok(());
                    }
                }
                Ok(Err(error)) => {
                    self.teller.trouble(&error).await;
                    if self.is_idle() || needs_new_client(&error) {
                        return Err(error);
                    }
                    self.pause(consumer).await;
                    continue;
                }
                Err(_nothing_came) => {
                    if self.is_idle() {
                        return Ok(());
                    }
                }
            }
            self.pause = PAUSE_MIN;
            self.teller.progress(consumer, has_read).await;
        }
    }

    fn is_idle(&self) -> bool {
        self.until.idle.is_some_and(|idle| self.last_came.elapsed() >= idle)
    }

    /// Takes a batch in, however long the database is away; `false` where it was told to stop first.
    async fn take_in(&mut self, consumer: &mut Consumer<Keeper>, batch: Batch) -> bool {
        let positions = batch.positions();
        // As they are now: whoever gets a partition meanwhile reads these messages again.
        let steps = consumer.owner().steps(&positions);
        let readings: Arc<[Reading]> = batch
            .messages
            .into_iter()
            .filter(|message| steps.contains_key(&message.partition))
            .map(reading)
            .collect();
        if readings.is_empty() {
            return true;
        }
        loop {
            let told = steps.iter().map(|(partition, step)| (source_partition(partition), *step));
            let (messages, told) = (Arc::clone(&readings), told.collect());
            match self.app.ingest(&self.reading.source, messages, told).await {
                Ok(tally) => {
                    self.took(consumer, &steps, tally);
                    return true;
                }
                Err(error) if is_fenced(&error) => {
                    return self.take_in_apart(consumer, &steps, &readings).await;
                }
                Err(error) => {
                    self.teller.database_away(&error).await;
                    self.pause(consumer).await;
                    if self.until.stop.is_cancelled() {
                        return false;
                    }
                }
            }
        }
    }

    /// Of a batch of which something is somebody else's, takes in each partition by itself.
    async fn take_in_apart(
        &mut self,
        consumer: &mut Consumer<Keeper>,
        steps: &BTreeMap<Partition, PartitionStep>,
        readings: &[Reading],
    ) -> bool {
        for (partition, step) in steps {
            let name = source_partition(partition);
            let own: Arc<[Reading]> =
                readings.iter().filter(|reading| reading.partition == name).cloned().collect();
            loop {
                let told = vec![(name.clone(), *step)];
                match self.app.ingest(&self.reading.source, Arc::clone(&own), told).await {
                    Ok(tally) => {
                        let step = BTreeMap::from([(partition.clone(), *step)]);
                        self.took(consumer, &step, tally);
                        break;
                    }
                    Err(error) if is_fenced(&error) => {
                        tracing::info!(
                            source = self.reading.source.name,
                            %partition,
                            "a partition is somebody else's: nothing of it was written"
                        );
                        consumer.owner().forget(partition, *step);
                        break;
                    }
                    Err(error) => {
                        self.teller.database_away(&error).await;
                        self.pause(consumer).await;
                        if self.until.stop.is_cancelled() {
                            return false;
                        }
                    }
                }
            }
        }
        true
    }

    fn took(
        &mut self,
        consumer: &Consumer<Keeper>,
        steps: &BTreeMap<Partition, PartitionStep>,
        tally: MessageTally,
    ) {
        consumer.owner().moved(steps);
        let positions = steps.iter().map(|(partition, step)| {
            (partition.clone(), kafka::Position { next: step.to, last_ms: step.last_ms })
        });
        consumer.follow(&positions.collect());
        self.tally.add(tally);
        self.teller.took(tally);
        if tally.dead > 0
            && let Some(letters) = &self.letters
        {
            letters.ring();
        }
    }

    /// Stays in the group for a while without reading.
    async fn pause(&mut self, consumer: &mut Consumer<Keeper>) {
        let stop = self.until.stop.clone();
        tokio::select! {
            () = consumer.hold(self.pause) => {}
            () = stop.cancelled() => {}
        }
        self.pause = longer(self.pause);
    }
}

fn is_fenced(error: &Error) -> bool {
    matches!(error, Error::Internal(StoreError::Fenced))
}

/// Whether it takes another client to recover: one reads certificates and passwords when it is made.
fn needs_new_client(error: &KafkaError) -> bool {
    error.is_final()
        || matches!(
            error,
            KafkaError::BrokerNotTrusted { .. }
                | KafkaError::CertificateRefused { .. }
                | KafkaError::BrokerExpired { .. }
                | KafkaError::Tls { .. }
        )
}

fn reading(message: Message) -> Reading {
    Reading {
        partition: source_partition(&message.partition),
        offset: message.offset,
        key: message.key,
        headers: message.headers,
        payload: message.payload,
    }
}

/// The word for how it goes when something is wrong.
pub(super) fn state_of(error: &KafkaError) -> MemberState {
    if error.is_transient() { MemberState::Away } else { MemberState::Stopped }
}
