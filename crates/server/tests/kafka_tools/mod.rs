//! An Apache Kafka for the tests of the program, looked at by clients of others.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the environment says; `cargo xtask test --only kafka` says all of it.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// A name that nobody had before.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{}-{number}", std::process::id())
}

/// Makes a topic, which `compact` has keep the last of each key.
pub(crate) fn make_topic(broker: &str, name: &str, partitions: u32, compact: bool) {
    let policy = if compact { "compact" } else { "delete" };
    let script = format!(
        "from kafka.admin import KafkaAdminClient, NewTopic\n\
         client = KafkaAdminClient(bootstrap_servers='{broker}')\n\
         client.create_topics([NewTopic('{name}', {partitions}, 1, \
         topic_configs={{'cleanup.policy': '{policy}'}})])\n"
    );
    let made = Command::new(variable("TEST_PYTHON")).args(["-c", &script]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A message, as kcat tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) partition: u32,
    pub(crate) key: String,
    /// `None` for a tombstone.
    pub(crate) payload: Option<String>,
}

/// All committed messages of a topic, those of each partition in their order.
pub(crate) fn read_all(broker: &str, topic: &str) -> Vec<Told> {
    let mut kcat = Command::new(variable("TEST_KCAT"));
    kcat.args(["-q", "-C", "-e", "-o", "beginning", "-b", broker, "-t", topic]);
    kcat.args(["-X", "isolation.level=read_committed", "-f", "%p\\t%S\\t%k\\t%s\\n"]);
    let read = kcat.output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).unwrap();
    let told = |line: &str| {
        let mut parts = line.splitn(4, '\t');
        let mut part = || parts.next().unwrap().to_owned();
        let (partition, size, key, payload) = (part(), part(), part(), part());
        let payload = (size != "-1").then_some(payload);
        Told { partition: partition.parse().unwrap(), key, payload }
    };
    text.lines().map(told).collect()
}
