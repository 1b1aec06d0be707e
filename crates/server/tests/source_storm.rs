//! A storm over sources of messages: replicas and the broker are killed, the database is away, messages
//! come twice, late, and such that nobody can understand them, and still the register is as a model in
//! memory says, each message has had its effect once, and each that could not be taken in is a dead
//! letter once.
//!
//! `cargo xtask test --only kafka` starts the broker. `PROPTEST_RNG_SEED` says where the draws begin,
//! `DOMESDAY_PROVE` asks for the full size.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on, and tells what it did"
)]

mod replicas;
mod shell;
mod sources {
    pub(crate) mod broker;
    pub(crate) mod feed;
    pub(crate) mod model;
    pub(crate) mod passage;
}

use std::time::{Duration, Instant};

use replicas::Fleet;
use shell::{Shell, json};
use sources::broker::Broker;
use sources::feed::{Feed, Said};
use sources::model::Model;
use sources::passage::Passage;
use testkit::{Draw, TestDatabase, databases, scale, seed};

const SCHEMA: &str = r#"
[types.host]
plural = "hosts"

[types.host.fields]
name = { kind = "text", required = true, unique = true }
note = { kind = "text" }
size = { kind = "integer" }
"#;

/// How long all messages may take to be read once nobody is killed any more.
const PATIENCE: Duration = Duration::from_mins(5);

/// When a source is read.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Continuous,
    Scheduled,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker: cargo xtask test --only kafka"]
async fn each_message_has_its_effect_once_whatever_dies() {
    let broker = Broker::of_environment();
    for mode in [Mode::Continuous, Mode::Scheduled] {
        for database in &databases().await {
            weather(&broker, database, mode).await;
        }
    }
}

/// Raises the storm over a database, and looks at what it left.
async fn weather(broker: &Broker, database: &TestDatabase, mode: Mode) {
    let (seed, total, kills) = (seed(), scale(4_000, 100_000), scale(3, 50));
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let how = if mode == Mode::Continuous { "continuous" } else { "scheduled" };
    println!("{name}, {how}: seed {seed}, {total} messages, {kills} kills");
    // On SQLite a second process would be no replica: the file is one machine's.
    let replicas = if database.is_postgres() { 2 } else { 1 };
    let passage = Passage::to(&database.url).await;
    let shell = Shell::new();
    let feed = Feed::new(broker, &format!("{name}-{how}"), (total, seed)).await;
    prepare(&shell, broker, (&passage.url, &feed.topic), mode);
    shell.ok("user add root --group administrators");
    let created = json(&shell.ok("token create --user root --json"));
    let token = created["token"].as_str().unwrap().to_owned();
    let fleet = Fleet::start(&shell, replicas);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| feed.write(kills));
        let mut draw = Draw::new(seed, 1);
        for kill in 0..kills {
            // The moments are drawn; what is under way then is the machine's to say.
            std::thread::sleep(Duration::from_millis(1_500 + draw.below(2_000) as u64));
            if kill == kills / 3 {
                broker.restart();
            }
            if kill == kills / 2 {
                passage.close(database);
                // For so many seconds.
                std::thread::sleep(Duration::from_secs(scale(4, 10) as u64));
                passage.open();
            }
            fleet.strike(draw.below(fleet.len()));
        }
        writing.join().unwrap();
    });
    let begun = Instant::now();
    let counts = loop {
        let counts = counts(&shell, &fleet, &token);
        if read(&counts) >= feed.written() || begun.elapsed() > PATIENCE {
            break counts;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    assert_eq!(read(&counts), feed.written(), "all are read: {}", fleet.end_of_log(0));
    println!("  read to the end {:?} after the last death; {counts}", begun.elapsed());
    let kills = fleet.kills();
    drop(fleet);
    let (model, found) = (Model::of(&feed.messages), Model::of_register(&shell, &counts));
    assert_eq!(found, model, "the register is as the model says");
    let letters = database.count("SELECT count(*) FROM dead_letters").await;
    let poison = feed.messages.iter().filter(|sent| sent.said == Said::Poison).count();
    assert_eq!(usize::try_from(letters).unwrap(), poison, "each is a dead letter once");
    shell.ok("history verify");
    println!("  {kills} killed, {} hosts, {letters} dead letters", model.records.len());
}

/// What became of the messages so far.
fn counts(shell: &Shell, fleet: &Fleet<'_>, token: &str) -> serde_json::Value {
    let (_, address) = fleet.address(0);
    let asked = format!("kafka sources --json --server http://{address} --token {token}");
    json(&shell.ok(&asked))["results"][0]["counts"].clone()
}

fn read(counts: &serde_json::Value) -> u64 {
    counts.as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum()
}

/// The configuration of the replicas, and a register with its schema.
fn prepare(shell: &Shell, broker: &Broker, (url, topic): (&str, &str), mode: Mode) {
    let run = match mode {
        Mode::Continuous => "run = \"continuous\"",
        Mode::Scheduled => "run = \"scheduled\"\nevery = \"1s\"\nidle = \"1s\"\nat_most = \"20s\"",
    };
    shell.write("storm.toml", SCHEMA);
    shell.write(
        "domesday.toml",
        &format!(
            r#"
[database]
url = "{url}"
busy_timeout = "3s"
[schema]
file = "storm.toml"
[scheduler]
lease = "3s"
[kafka]
brokers = "{broker}"
[[kafka.sources]]
name = "storm"
topics = ["{topic}"]
group = "group-{topic}"
type = "host"
policy = "direct"
batch = 200
linger = "20ms"
{run}
key = {{ name = "/name" }}
fields = {{ note = "/note", size = "/count" }}
operation = {{ from = "/op", words = {{ del = "delete" }}, otherwise = "upsert" }}
id = "/id"
sequence = "/seq"
"#,
            broker = broker.address
        ),
    );
    shell.ok("schema apply");
}
