//! Reads a source's topics with others of its group, from where its owner says.
//!
//! Everything happens while somebody waits for [`Consumer::next_batch`] (or [`Consumer::hold`]):
//! nothing is handed over, asked or answered behind the caller's back. So whatever the caller did
//! with a batch is done, or given up, by the time the owner hears that a partition goes elsewhere.

mod held;
mod member;
mod moves;
mod waiting;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::error::{KafkaError as Native, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode as Code;

use crate::context::is_idle_talk;
use crate::lag::Lag;
use crate::message::{Batch, Message};
use crate::owner::{Handover, Owner, Partition, Position};
use crate::place::{Arrival, arrival};
use crate::settings::SourceSettings;
use crate::{KafkaError, closer, config, translate};
use held::{Doubt, Held};
use member::Member;
use waiting::Waiting;

/// Reads a source's topics. Its owner keeps the positions.
pub struct Consumer<O> {
    member: Member,
    owner: O,
    settings: SourceSettings,
    /// The partitions that are ours.
    held: Held,
    /// What was fetched and not handed over yet.
    waiting: Waiting,
    /// A fault of the connection was told, and nothing came since.
    is_fault_told: bool,
    is_paused: bool,
}

impl<O: Owner> Consumer<O> {
    /// Joins the group. Brokers need not be there yet. Call it within a Tokio runtime.
    ///
    /// # Errors
    /// [`KafkaError::Settings`] when the settings can't be used.
    pub fn join(settings: SourceSettings, owner: O) -> Result<Self, KafkaError> {
        let member = Member::join(&config::consumer(&settings)?, &settings.topics)?;
        let waiting = Waiting::new(settings.batch);
        Ok(Self {
            member,
            owner,
            settings,
            held: Held::default(),
            waiting,
            is_fault_told: false,
            is_paused: false,
        })
    }

    /// Who keeps the positions.
    pub fn owner(&self) -> &O {
        &self.owner
    }

    /// Waits for messages. To be called again and again, at least every five minutes (or
    /// [`Self::hold`]): a consumer that is not heard of loses its partitions. A call may be given up
    /// at any time and no message is lost by it; but where partitions change hands, the next asks
    /// its owner and the brokers anew, so let each take seconds.
    ///
    /// # Errors
    /// What goes wrong; unless [`KafkaError::is_final`], the next call tries on, and recovers when
    /// the cause is gone.
    pub async fn next_batch(&mut self) -> Result<Batch, KafkaError> {
        match self.collect().await {
            Ok(batch) => Ok(batch),
            Err(error) => Err(closer::look(error, &self.settings.connection).await),
        }
    }

    async fn collect(&mut self) -> Result<Batch, KafkaError> {
        self.go_on()?;
        loop {
            self.answer_changes().await?;
            self.settle_doubts().await?;
            if self.waiting.is_full() || self.wait().await? {
                return Ok(self.waiting.take());
            }
        }
    }

    /// Stays in the group for a while without reading, since what was read can't be kept now.
    pub async fn hold(&mut self, time: Duration) {
        self.pause();
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        let member = self.member.clone_client();
        loop {
            let answered = self.answer_changes().await;
            if let Err(error) = &answered {
                tracing::debug!(%error, "a change of partitions waits until the source goes on");
            }
            // What was not answered now is asked again when the source goes on.
            let is_open = answered.is_ok();
            tokio::select! {
                biased;
                () = &mut end => return,
                () = member.context().changed.notified(), if is_open => {}
                received = member.recv() => {
                    if let Err(error) = self.receive(received) {
                        tracing::debug!(%error, "the source is held");
                    }
                }
            }
        }
    }

    /// Lets the group's offsets follow what was kept, for others to see the lag. Where that fails,
    /// the next will do.
    pub fn follow(&self, positions: &BTreeMap<Partition, Position>) {
        let ours = positions.iter().filter(|(partition, _)| self.held.has(partition));
        let offsets = list(ours.map(|(partition, position)| (partition, position.next)));
        if let Err(error) = self.member.client().commit(&offsets, CommitMode::Async) {
            tracing::debug!(%error, "the group's offsets did not follow");
        }
    }

    /// How far behind it is in each of its partitions.
    pub fn lag(&self) -> BTreeMap<Partition, Lag> {
        let inbox = self.member.client().context();
        let held = self.held.iter();
        held.map(|(partition, place)| {
            let ends = inbox.ends(&partition.topic, partition.number);
            (partition.clone(), Lag::of(place.next, ends))
        })
        .collect()
    }

    /// Whether a connection to a broker stands, as of two seconds ago at most.
    pub fn is_connected(&self) -> bool {
        self.member.client().context().is_connected()
    }

    /// Leaves the group: the owner is told that the partitions end, and others go on with them at
    /// once. A consumer that is dropped leaves too, without a word to its owner, and blocks
    /// meanwhile.
    pub async fn leave(self) {
        let Self { member, owner, held, .. } = self;
        let ours: Vec<Partition> = held.iter().map(|(partition, _)| partition.clone()).collect();
        if !ours.is_empty() {
            owner.end(&ours, Handover::Asked).await;
        }
        if let Err(error) = tokio::task::spawn_blocking(move || drop(member)).await {
            tracing::warn!(%error, "the consumer was not closed in order");
        }
    }

    /// Waits for one thing to happen: whether the messages that wait are to be handed over.
    async fn wait(&mut self) -> Result<bool, KafkaError> {
        let client = self.member.clone_client();
        tokio::select! {
            biased;
            () = client.context().changed.notified() => Ok(false),
            received = client.recv() => {
                self.receive(received)?;
                while !self.waiting.is_full() && !self.held.has_doubts() {
                    match client.recv().now_or_never() {
                        Some(received) => self.receive(received)?,
                        None => break,
                    }
                }
                Ok(false)
            }
            () = self.waiting.lingered() => Ok(true),
        }
    }

    fn receive(&mut self, received: KafkaResult<BorrowedMessage<'_>>) -> Result<(), KafkaError> {
        match received {
            Ok(message) => {
                self.take_in(&message);
                Ok(())
            }
            Err(error) => self.judge(&error),
        }
    }

    fn take_in(&mut self, message: &BorrowedMessage<'_>) {
        self.is_fault_told = false;
        let Some((partition, held)) = self.held.find(message.topic(), message.partition()) else {
            return;
        };
        // What comes after a message of another topic is of that topic too.
        if held.doubt.is_some() {
            return;
        }
        match arrival(held.place, message.offset(), message.timestamp().to_millis()) {
            Arrival::Next => {
                held.place.next = message.offset() + 1;
                held.place.expected_ms = None;
                let topic = Arc::clone(&partition.topic);
                self.waiting.push(Message::of(message, topic));
            }
            Arrival::Known => {}
            Arrival::Foreign => held.doubt = Some(Doubt::OtherTopic),
        }
    }

    /// What an error means to the caller, if anything.
    fn judge(&mut self, error: &Native) -> Result<(), KafkaError> {
        let reason = self.member.client().context().take_reason();
        let code = error.rdkafka_error_code();
        if code.is_some_and(is_idle_talk) {
            return Ok(());
        }
        if matches!(code, Some(Code::AutoOffsetReset | Code::OffsetOutOfRange)) {
            self.held.doubt_all();
            return Ok(());
        }
        let was_told = std::mem::replace(&mut self.is_fault_told, true);
        match code {
            // It comes after what is wrong with each broker, and says less.
            Some(Code::AllBrokersDown) if was_told => return Ok(()),
            Some(Code::AllBrokersDown) => {
                return Err(self.member.client().context().failure.error(&reason));
            }
            Some(_) | None => {}
        }
        Err(translate::error(error, &reason))
    }

    fn pause(&mut self) {
        self.is_paused = true;
        let all = list(self.held.iter().map(|(partition, place)| (partition, place.next)));
        if let Err(error) = self.member.client().pause(&all) {
            tracing::debug!(%error, "partitions could not be paused");
        }
    }

    fn go_on(&mut self) -> Result<(), KafkaError> {
        if self.is_paused {
            let all = list(self.held.iter().map(|(partition, place)| (partition, place.next)));
            let client = self.member.client();
            client.resume(&all).map_err(|error| translate::error(&error, ""))?;
            self.is_paused = false;
        }
        Ok(())
    }
}

/// Partitions with an offset each, as librdkafka takes them.
fn list<'a>(offsets: impl Iterator<Item = (&'a Partition, i64)>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        let offset = Offset::Offset(offset);
        if let Err(error) = list.add_partition_offset(&partition.topic, partition.number, offset) {
            // Only for a negative offset, which neither we nor a broker has.
            tracing::warn!(%error, %partition, "no offset");
        }
    }
    list
}
