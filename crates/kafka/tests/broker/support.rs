//! What the tests share: topics of their own, a register in memory, messages to fill topics with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kafka::{
    Batch, BatchLimits, Connection, Consumer, Gap, Handover, KafkaError, OnGap, Outgoing, Owner,
    OwnerError, Partition, Position, Publisher, PublisherSettings, SourceSettings, Start, Topics,
};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

/// Nothing here takes so long, on a busy machine either.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What the environment says; `cargo xtask test --only kafka` says all of it.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

pub(crate) fn certificates() -> PathBuf {
    variable("TEST_KAFKA_CERTIFICATES").into()
}

/// A name that nobody had before.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{}-{number}", std::process::id())
}

pub(crate) fn connection() -> Connection {
    connection_to(&variable("TEST_KAFKA"))
}

pub(crate) fn connection_to(broker: &str) -> Connection {
    let brokers = vec![broker.to_owned()];
    Connection { brokers, client_id: "test".to_owned(), tls: None, account: None }
}

pub(crate) fn source(topic: &str) -> SourceSettings {
    SourceSettings {
        connection: connection(),
        group: unique("group"),
        topics: Topics::Named(vec![topic.to_owned()]),
        start: Start::Earliest,
        batch: BatchLimits {
            messages: 100,
            linger: Duration::from_millis(20),
            ..Default::default()
        },
    }
}

fn admin() -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", variable("TEST_KAFKA")).create().unwrap()
}

/// Makes a topic of a name.
pub(crate) async fn make_topic(name: &str, partitions: i32) {
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let made = admin().create_topics([&topic], &options).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
}

/// Makes a topic that no other test has.
pub(crate) async fn topic(partitions: i32) -> String {
    let name = unique("topic");
    make_topic(&name, partitions).await;
    name
}

/// Deletes a topic, and waits until it is gone.
pub(crate) async fn delete_topic(name: &str) {
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let gone = admin().delete_topics(&[name], &options).await.unwrap();
    assert!(gone.iter().all(Result::is_ok), "{gone:?}");
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// Deletes what a partition has before an offset, as retention does.
pub(crate) async fn delete_before(topic: &str, partition: i32, offset: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    admin().delete_records(&list, &options).await.unwrap();
}

pub(crate) async fn publisher() -> Publisher {
    let settings = PublisherSettings {
        connection: connection(),
        transactional_id: unique("publisher"),
        timeout: Duration::from_secs(20),
    };
    Publisher::take_over(settings).await.unwrap()
}

/// Messages `from..to`, each with its number as key and payload.
pub(crate) fn messages(topic: &str, numbers: std::ops::Range<u32>) -> Vec<Outgoing> {
    numbers
        .map(|number| Outgoing {
            topic: topic.to_owned(),
            key: Some(number.to_string().into_bytes()),
            payload: Some(number.to_string().into_bytes()),
            headers: Vec::new(),
        })
        .collect()
}

/// A register of which all consumers of a test have a handle: each effect with its position.
#[derive(Clone)]
pub(crate) struct Register {
    state: Arc<Mutex<State>>,
    /// Which consumer has this handle.
    who: u32,
}

#[derive(Default)]
struct State {
    positions: BTreeMap<Partition, Position>,
    holders: BTreeMap<Partition, u32>,
    payloads: Vec<String>,
    /// How often a partition went from one consumer to another while both were there.
    moves: u32,
    gaps: Vec<Gap>,
    on_gap: Option<OnGap>,
    is_away: bool,
}

impl Register {
    pub(crate) fn new() -> Self {
        Self { state: Arc::default(), who: 1 }
    }

    /// A handle for another consumer.
    pub(crate) fn for_another(&self, who: u32) -> Self {
        Self { state: Arc::clone(&self.state), who }
    }

    /// A handle for a consumer after one that ended without a word.
    pub(crate) fn after_a_crash(&self) -> Self {
        self.with(|state| state.holders.clear());
        self.clone()
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    /// Keeps what a batch says and how far it was read, and fails where that is not the consumer's
    /// to do: another has the partition, or a message was kept before.
    pub(crate) fn keep(&self, batch: &Batch) {
        self.with(|state| {
            for message in &batch.messages {
                let partition = &message.partition;
                assert_eq!(state.holders.get(partition), Some(&self.who), "{partition}");
                let next = state.positions.get(partition).map_or(0, |position| position.next);
                let offset = message.offset;
                assert!(offset >= next, "{partition}: {offset} comes after {next}");
                let (next, last_ms) = (offset + 1, message.timestamp_ms);
                state.positions.insert(partition.clone(), Position { next, last_ms });
                let payload = message.payload.clone().unwrap_or_default();
                state.payloads.push(String::from_utf8(payload).unwrap());
            }
        });
    }

    pub(crate) fn payloads(&self) -> Vec<String> {
        self.with(|state| state.payloads.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.with(|state| state.payloads.len())
    }

    pub(crate) fn moves(&self) -> u32 {
        self.with(|state| state.moves)
    }

    pub(crate) fn holders(&self) -> Vec<u32> {
        self.with(|state| state.holders.values().copied().collect())
    }

    pub(crate) fn positions(&self) -> BTreeMap<Partition, Position> {
        self.with(|state| state.positions.clone())
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.with(|state| state.gaps.clone())
    }

    pub(crate) fn set_on_gap(&self, choice: OnGap) {
        self.with(|state| state.on_gap = Some(choice));
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.with(|state| state.is_away = is_away);
    }

    /// Fails unless the numbers of [`messages`] were kept, each once.
    #[track_caller]
    pub(crate) fn check_each_once(&self, numbers: std::ops::Range<u32>) {
        let mut kept: Vec<u32> = self.payloads().iter().map(|text| text.parse().unwrap()).collect();
        kept.sort_unstable();
        assert_eq!(kept, numbers.collect::<Vec<_>>());
    }
}

impl Owner for Register {
    async fn begin(
        &self,
        partitions: &[Partition],
    ) -> Result<BTreeMap<Partition, Position>, OwnerError> {
        self.with(|state| {
            if state.is_away {
                return Err("the database is away".into());
            }
            for partition in partitions {
                let before = state.holders.insert(partition.clone(), self.who);
                let is_others = before.is_some_and(|who| who != self.who);
                assert!(!is_others, "{partition} is begun by {} too", self.who);
            }
            Ok(state.positions.clone())
        })
    }

    async fn placed(&self, positions: &BTreeMap<Partition, Position>) -> Result<(), OwnerError> {
        self.with(|state| state.positions.extend(positions.clone()));
        Ok(())
    }

    async fn end(&self, partitions: &[Partition], _how: Handover) {
        self.with(|state| {
            for partition in partitions {
                // It may be told of one whose beginning it could not answer.
                state.holders.remove(partition);
                state.moves += 1;
            }
        });
    }

    async fn gap(&self, gap: &Gap) -> Result<OnGap, OwnerError> {
        self.with(|state| {
            state.gaps.push(gap.clone());
            Ok(state.on_gap.unwrap_or(OnGap::Stop))
        })
    }
}

/// Reads and keeps until the register has so many messages.
pub(crate) async fn read_until(consumer: &mut Consumer<Register>, count: usize) {
    let reading = async {
        while consumer.owner().count() < count {
            let batch = consumer.next_batch().await.unwrap();
            consumer.owner().keep(&batch);
            consumer.follow(&batch.positions());
        }
    };
    let done = tokio::time::timeout(PATIENCE, reading).await;
    assert!(done.is_ok(), "only {} of {count} messages came", consumer.owner().count());
}

/// The first error that a consumer tells and a test is waiting for.
pub(crate) async fn error_of(
    consumer: &mut Consumer<Register>,
    is_it: fn(&KafkaError) -> bool,
) -> KafkaError {
    let mut others = Vec::new();
    let trying = async {
        loop {
            match consumer.next_batch().await {
                Ok(batch) => panic!("it reads: {batch:?}"),
                Err(error) if is_it(&error) => return error,
                Err(error) => others.push(error.to_string()),
            }
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(20), trying).await;
    found.unwrap_or_else(|_| panic!("only others: {others:#?}"))
}
