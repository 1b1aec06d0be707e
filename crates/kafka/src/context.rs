//! What librdkafka calls back: it notes what happened, and the consumer deals with it when it is
//! asked for messages.
//!
//! A change of assignment is not answered here. librdkafka waits until the consumer assigns, which
//! it does once its owner has answered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError as Native, KafkaResult};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use tokio::sync::Notify;

use crate::lag::Ends;
use crate::{KafkaError, translate};

/// A change of which partitions are ours.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// More are.
    Gained(TopicPartitionList),
    /// Fewer are.
    Given(TopicPartitionList),
}

/// What happened since the consumer looked.
#[derive(Default)]
pub(crate) struct Inbox {
    changes: Mutex<VecDeque<Change>>,
    /// The text of the latest error.
    reason: Mutex<String>,
    pub(crate) failure: Failure,
    ends: Mutex<BTreeMap<(String, i32), Ends>>,
    /// A connection to a broker stands.
    is_connected: AtomicBool,
    /// Nobody will look again: changes are answered at once.
    is_closed: AtomicBool,
    /// Wakes whoever waits for a change.
    pub(crate) changed: Notify,
}

impl Inbox {
    /// The change that waits longest.
    pub(crate) fn first_change(&self) -> Option<Change> {
        lock(&self.changes).front().cloned()
    }

    /// The change that waits longest was dealt with.
    pub(crate) fn first_done(&self) {
        lock(&self.changes).pop_front();
    }

    /// The text of the latest error, once.
    pub(crate) fn take_reason(&self) -> String {
        std::mem::take(&mut lock(&self.reason))
    }

    /// How far a partition goes, as far as that is known.
    pub(crate) fn ends(&self, topic: &str, partition: i32) -> Option<Ends> {
        lock(&self.ends).get(&(topic.to_owned(), partition)).copied()
    }

    /// Whether a connection to a broker stands.
    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::SeqCst)
    }

    /// From now on changes are answered at once: those that wait are given back.
    pub(crate) fn close(&self) -> Vec<Change> {
        self.is_closed.store(true, Ordering::SeqCst);
        lock(&self.changes).drain(..).collect()
    }
}

impl ClientContext for Inbox {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.failure.log(level, facility, text);
    }

    fn stats(&self, statistics: Statistics) {
        let is_connected = statistics.brokers.values().any(|broker| broker.state == "UP");
        self.is_connected.store(is_connected, Ordering::SeqCst);
        *lock(&self.ends) = crate::lag::ends(&statistics);
    }

    fn error(&self, error: Native, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka tells of an error");
        reason.clone_into(&mut lock(&self.reason));
    }
}

impl ConsumerContext for Inbox {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let is_gain = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let partitions = partitions.clone();
        let change = if is_gain { Change::Gained(partitions) } else { Change::Given(partitions) };
        if self.is_closed.load(Ordering::SeqCst) {
            answer_unasked(consumer, &change);
            return;
        }
        lock(&self.changes).push_back(change);
        self.changed.notify_one();
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            // The register's offsets count; the group's are for others to see, and the next follow.
            tracing::debug!(%error, "the group's offsets did not follow");
        }
    }
}

/// Answers a change when nobody will read any more.
pub(crate) fn answer_unasked<C>(consumer: &C, change: &Change)
where
    C: rdkafka::consumer::Consumer<Inbox>,
{
    let answered = match change {
        // A member that leaves does not begin anything.
        Change::Gained(_) => consumer.unassign(),
        Change::Given(partitions) => unassign(consumer, partitions),
    };
    if let Err(error) = answered {
        tracing::debug!(%error, "partitions could not be given up");
    }
}

/// Gives partitions up, as the group's protocol has it.
pub(crate) fn unassign<C>(consumer: &C, partitions: &TopicPartitionList) -> KafkaResult<()>
where
    C: rdkafka::consumer::Consumer<Inbox>,
{
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(partitions),
        RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.unassign(),
    }
}

/// What librdkafka's log says of the connection that failed last. Of some failures it tells no error
/// but that all brokers are down.
#[derive(Default)]
pub(crate) struct Failure(Mutex<String>);

impl Failure {
    /// Passes a line of the log on. What fails is told to the caller too, who logs it.
    pub(crate) fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if matches!(facility, "FAIL" | "ERROR") {
            tracing::debug!(facility, "{text}");
            // Before that stands the thread.
            let said = text.split_once("]: ").map_or(text, |(_, said)| said);
            said.clone_into(&mut lock(&self.0));
            return;
        }
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => tracing::warn!(facility, "{text}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!(facility, "{text}");
            }
        }
    }

    /// The error for all brokers being down.
    pub(crate) fn error(&self, reason: &str) -> KafkaError {
        let failure = std::mem::take(&mut *lock(&self.0));
        let said = if failure.is_empty() { reason } else { &failure };
        translate::error(&Native::Global(RDKafkaErrorCode::BrokerTransportFailure), said)
    }
}

/// Whether a code tells that something passed and nobody needs to do anything.
pub(crate) fn is_idle_talk(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::PartitionEOF | Code::PollExceeded | Code::Noop)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
