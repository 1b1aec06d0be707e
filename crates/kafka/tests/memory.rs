//! A consumer that is far behind takes no more memory than one that is not. In a program of its own,
//! so that nothing else is measured.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::collections::BTreeMap;
use std::time::Duration;

use kafka::{
    BatchLimits, Connection, Consumer, Gap, Handover, OnGap, Outgoing, Owner, OwnerError,
    Partition, Position, Publisher, PublisherSettings, SourceSettings, Start, Topics,
};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

/// Keeps nothing.
struct Forgetful;

impl Owner for Forgetful {
    async fn begin(&self, _: &[Partition]) -> Result<BTreeMap<Partition, Position>, OwnerError> {
        Ok(BTreeMap::new())
    }

    async fn placed(&self, _: &BTreeMap<Partition, Position>) -> Result<(), OwnerError> {
        Ok(())
    }

    async fn end(&self, _: &[Partition], _: Handover) {}

    async fn gap(&self, _: &Gap) -> Result<OnGap, OwnerError> {
        Ok(OnGap::Stop)
    }
}

fn connection() -> Connection {
    let brokers = vec![std::env::var("TEST_KAFKA").unwrap()];
    Connection { brokers, client_id: "test".to_owned(), tls: None, account: None }
}

/// Memory of this process, in megabytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096 / 1_000_000
}

const PARTITIONS: i32 = 3;
const MESSAGES: usize = 150_000;

/// Fills a topic with 150 megabytes that hardly can be packed.
async fn fill(topic: &str) {
    let brokers = std::env::var("TEST_KAFKA").unwrap();
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
    admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
    let settings = PublisherSettings {
        connection: connection(),
        transactional_id: topic.to_owned(),
        timeout: Duration::from_mins(1),
    };
    let mut publisher = Publisher::take_over(settings).await.unwrap();
    let mut noise = 1_u64;
    let mut payload = move || {
        let mut byte = || {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise.to_be_bytes()[0]
        };
        (0..1_000).map(|_| byte()).collect::<Vec<u8>>()
    };
    for from in (0..MESSAGES).step_by(5_000) {
        let message = |number: usize| Outgoing {
            topic: topic.to_owned(),
            key: Some(number.to_string().into_bytes()),
            headers: Vec::new(),
            payload: Some(payload()),
        };
        publisher.publish((from..from + 5_000).map(message).collect()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn memory_is_bounded_at_any_lag() {
    let topic = format!("memory-{}", std::process::id());
    fill(&topic).await;
    let settings = SourceSettings {
        connection: connection(),
        group: topic.clone(),
        topics: Topics::Named(vec![topic]),
        start: Start::Earliest,
        batch: BatchLimits::default(),
    };
    let before = resident();
    let mut consumer = Consumer::join(settings, Forgetful).unwrap();
    let (mut read, mut most) = (0, 0);
    while read < MESSAGES {
        read += consumer.next_batch().await.unwrap().messages.len();
        // Slowly at first, so that the queue is full.
        if read < MESSAGES / 5 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        most = most.max(resident());
    }
    consumer.leave().await;
    assert!(most.saturating_sub(before) < 80, "{before} MB before, {most} MB at most");
}
