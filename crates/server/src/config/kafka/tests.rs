//! What tables of sources may say, and what is told of those that can't be used.

use crate::config::{Config, ConfiguredSource, SourceRun, Sources};
use domain::message::{Format, Operation, OperationRule};
use kafka::{OnGap, Start, Topics};

use super::*;

fn sources_of(file: &str) -> Result<Vec<ConfiguredSource>, Vec<String>> {
    let file = Some(("domesday.toml".to_owned(), file.to_owned()));
    let read = Config::read(&Sources { file, ..Sources::default() });
    read.map(|config| config.sources).map_err(|faults| faults.0)
}

const LEAST: &str = r#"[kafka]
brokers = "kafka-1:9092, [2001:db8::1]:9092"
[[kafka.sources]]
name = "cmdb"
topics = ["servers"]
type = "server"
key = { name = "/name" }
"#;

#[test]
fn a_source_needs_little() {
    let source = sources_of(LEAST).unwrap().remove(0);
    assert_eq!((source.name.as_str(), source.type_name.as_str()), ("cmdb", "server"));
    assert_eq!(source.settings.connection.brokers, ["kafka-1:9092", "[2001:db8::1]:9092"]);
    assert_eq!(source.settings.group, "domesday-cmdb");
    assert_eq!(source.settings.topics, Topics::Named(vec!["servers".to_owned()]));
    assert_eq!((source.policy, source.on_gap), (Policy::Review, OnGap::Stop));
    assert_eq!((source.format, source.missing), (Format::Plain, MissingReferences::Refuse));
    assert!(matches!(source.run, SourceRun::Continuous));
    assert_eq!(source.mapping.operation, OperationRule::Always(Operation::Upsert));
}

#[test]
fn all_of_a_source_can_be_said() {
    let file = r#"
[kafka]
tls = true
ca_file = "/nowhere"
[[kafka.sources]]
name = "cmdb"
topics_matching = "cmdb\\..*"
brokers = ["other:9092"]
tls = false
ca_file = ""
mechanism = "SCRAM-SHA-512"
user = "register"
password = "Hush"
group = "g"
type = "server"
run = "scheduled"
every = "5m"
idle = "3m"
at_most = "10m"
start = "2026-01-31T00:00:00+01:00"
format = "cloudevents"
missing_references = "create"
policy = "direct"
on_gap = "earliest"
batch = 500
linger = "1s"
dead_letter_topic = "dead"
key = { name = ["attribute:subject", "/name"] }
operation = { from = "attribute:type", words = { gone = "delete" }, otherwise = "upsert" }
tombstone = "delete"
id = "header:id"
time = "/t"
sequence = "/s"
[kafka.sources.fields]
status = { from = "/state", values = { UP = "active" }, otherwise = { value = "planned" }, default = 1 }
environment = { constant = "production" }
"#;
    let file = file.replace("ca_file = \"/nowhere\"\n", "").replace("ca_file = \"\"\n", "");
    let source = sources_of(&file).unwrap().remove(0);
    assert_eq!(source.settings.connection.brokers, ["other:9092"]);
    assert!(source.settings.connection.tls.is_none());
    assert!(source.settings.connection.account.is_some());
    assert!(matches!(source.settings.start, Start::At(_)));
    assert_eq!((source.on_gap, source.settings.batch.messages), (OnGap::Earliest, 500));
    assert_eq!(source.dead_letter_topic.as_deref(), Some("dead"));
    assert_eq!(source.mapping.fields.len(), 2);
    assert!(!format!("{source:?}").contains("Hush"));
    let SourceRun::Scheduled { schedule, idle, at_most } = source.run else { panic!() };
    assert_eq!((schedule.to_string().as_str(), idle.as_secs()), ("every 5m", 180));
    assert_eq!(at_most.as_secs(), 600);
}

#[track_caller]
fn check(change: &str, by: &str, told: &[&str]) {
    let file = LEAST.replace(change, by);
    assert_ne!(file, LEAST, "{change} is there");
    assert_eq!(sources_of(&file).unwrap_err(), told);
}

#[test]
fn every_fault_of_a_source_is_told() {
    let at = |line: usize, text: &str| format!("domesday.toml:{line}: kafka.sources.{text}");
    let one = |change: &str, by: &str, line: usize, text: &str| {
        check(change, by, &[at(line, text).as_str()]);
    };
    one(
        "name = \"cmdb\"",
        "name = \"C m\"",
        4,
        "name takes at most 44 small letters, digits and hyphens: it stands in addresses",
    );
    one(
        "brokers = \"kafka-1:9092, [2001:db8::1]:9092\"\n",
        "",
        3,
        "brokers is missing: say it here, or in [kafka] for all",
    );
    one("type = \"server\"", "", 3, "type is missing");
    let places = "takes a place such as \"/name\", \"key:/name\", \"attribute:subject\", \
                  \"header:dc\", or a list of them";
    one("\"/name\"", "\"name\"", 7, &format!("key.name {places}"));
    let line = |text: &str| format!("type = \"server\"\n{text}");
    let more = |text: &str, told: &str| one("type = \"server\"", &line(text), 7, told);
    more("policy = \"maybe\"", "policy is one of review, direct");
    more("on_gap = \"skip\"", "on_gap is one of stop, earliest, latest");
    more("run = \"never\"", "run takes continuous or scheduled");
    more("idle = \"1m\"", "idle is for run = \"scheduled\" alone");
    more(
        "start = \"yesterday\"",
        "start takes earliest, latest, or a moment such as 2026-01-31T00:00:00Z",
    );
    more("batch = 0", "batch is a number of messages from 1 to 10000");
    more("topics_matching = \"a\"", "topics_matching stands beside topics: one of them says which");
    more(
        "fields = { a = { form = \"/a\" } }",
        "fields.a has no key form; the keys are: from, each, host, values, otherwise, default, constant",
    );
    more(
        "fields = { a = { from = \"/a\", otherwise = \"keep\" } }",
        "fields.a otherwise stands beside values",
    );
    more("tombstone = \"eat\"", "tombstone takes upsert or delete");
    check(
        "name = \"cmdb\"",
        "name = \"cmdb\"\nmechanism = \"plain\"",
        &["domesday.toml:4: kafka.sources.user is missing"],
    );
    check(
        "name = \"cmdb\"",
        "name = \"cmdb\"\nca_file = \"/nowhere.pem\"",
        &[
            "domesday.toml:4: kafka.sources.tls must be true for ca_file, certificate_file, key_file, \
           key_password, host_names to mean anything",
        ],
    );
    check(
        "kafka-1:9092",
        "kafka-1",
        &[
            "domesday.toml:4: kafka.sources.name can't be used: the settings for Kafka can't be used: \
           a broker is named HOST:PORT",
        ],
    );
}
