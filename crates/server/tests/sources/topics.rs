//! Topics of the tests, what is in them, and who may read them.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use kafka::{Connection, Outgoing, Publisher, PublisherSettings};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

/// What the environment says; `cargo xtask test --only kafka` says all of it.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// Makes a topic of one partition.
pub(crate) async fn make_topic(name: &str) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", variable("TEST_KAFKA")).create().unwrap();
    let new = NewTopic::new(name, 1, TopicReplication::Fixed(1));
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_mins(1)));
    let made = admin.create_topics([&new], &options).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
}

/// Writes messages into a topic.
pub(crate) async fn write(topic: &str, payloads: &[&str]) {
    let settings = PublisherSettings {
        connection: Connection {
            brokers: vec![variable("TEST_KAFKA")],
            client_id: "test".to_owned(),
            tls: None,
            account: None,
        },
        transactional_id: format!("writer-{topic}"),
        timeout: Duration::from_mins(1),
    };
    let mut publisher = Publisher::take_over(settings).await.unwrap();
    let message = |payload: &&str| Outgoing {
        topic: topic.to_owned(),
        payload: Some(payload.as_bytes().to_vec()),
        ..Outgoing::default()
    };
    publisher.publish(payloads.iter().map(message).collect()).await.unwrap();
}

/// A message as it was read.
pub(crate) struct Read {
    pub(crate) payload: Option<String>,
    pub(crate) headers: BTreeMap<String, String>,
}

/// The first messages of a topic, once so many are there.
pub(crate) async fn read(topic: &str, count: usize) -> Vec<Read> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", variable("TEST_KAFKA"))
        .set("group.id", format!("reader-{topic}"))
        .set("isolation.level", "read_committed")
        .create()
        .unwrap();
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&place).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    while found.len() < count {
        let message = tokio::time::timeout(Duration::from_mins(2), consumer.recv()).await;
        let message = message.unwrap().unwrap();
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let headers = headers.map(|one| (one.key.to_owned(), text(one.value.unwrap_or_default())));
        found.push(Read { payload: message.payload().map(text), headers: headers.collect() });
    }
    found
}

/// Lets a user read everything, as an administrator of the cluster would.
pub(crate) fn allow(user: &str) {
    let script = r"
import sys
from kafka.admin import KafkaAdminClient, ACL, ACLOperation, ACLPermissionType
from kafka.admin import ResourcePattern, ResourceType, ACLResourcePatternType
admin = KafkaAdminClient(bootstrap_servers=sys.argv[1])
def acl(kind):
    pattern = ResourcePattern(kind, '*', ACLResourcePatternType.LITERAL)
    return ACL('User:' + sys.argv[2], '*', ACLOperation.READ, ACLPermissionType.ALLOW, pattern)
print(admin.create_acls([acl(ResourceType.TOPIC), acl(ResourceType.GROUP)]))
";
    let output = Command::new(variable("TEST_PYTHON"))
        .args(["-c", script, &variable("TEST_KAFKA"), user])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
