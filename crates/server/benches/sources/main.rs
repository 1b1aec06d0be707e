//! What taking messages in costs, from a real broker into both databases, beside a faithful consumer in
//! Python: kafka-python, and one save of Django's ORM for each message.
//!
//! `cargo xtask bench --bench sources -- [messages]`, which starts the broker and finds the Python.
//! PostgreSQL is measured where `TEST_POSTGRES_URL` names a server.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a benchmark ends where it can't go on, says what it found, and measures time"
)]

#[path = "../program/mod.rs"]
mod program;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kafka::{Connection, Outgoing, Publisher, PublisherSettings};
use program::Server;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use serde_json::Value;

const PARTITIONS: i32 = 3;
/// The messages that Python is given: a tenth of a minute's work for it.
const FOR_PYTHON: usize = 5_000;
const AT_ONCE: usize = 5_000;
/// How often unchanged ones are taken in, of which the middle counts: two seconds each, within which
/// PostgreSQL may or may not tidy up what was changed before.
const TURNS: usize = 3;
/// How long one phase may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// What a replica may have of memory, whatever the lag, in megabytes.
const MEMORY_GOAL: f64 = 100.0;

const SCHEMA: &str = r#"
[types.host]
plural = "hosts"

[types.host.fields]
name = { kind = "text", required = true, unique = true }
note = { kind = "text" }
size = { kind = "integer" }
"#;

#[tokio::main]
async fn main() {
    let given = std::env::args().skip(1).find(|text| !text.starts_with('-'));
    let messages = given.map_or(100_000, |messages| messages.parse().unwrap());
    let Ok(broker) = std::env::var("TEST_KAFKA") else {
        println!("TEST_KAFKA names no broker: cargo xtask bench --bench sources starts one");
        return;
    };
    println!("| what | ours | floor | ratio | goal |");
    let folder = tempfile::tempdir().unwrap();
    for database in testkit::databases().await {
        measure((database.kind(), &database.url), folder.path(), &broker, messages).await;
    }
}

/// Takes in messages that add, change, say nothing new and come again, one kind after the other.
async fn measure((name, url): (&str, &str), folder: &Path, broker: &str, messages: usize) {
    let topic = topic(broker, name).await;
    let mut publisher = publisher(broker, &topic).await;
    write_configuration(folder, broker, &topic);
    let token = token(folder, url);
    let mut scene = Scene { folder, url, token: &token, before: 0, memory: 0 };
    let mut changed: Vec<f64> = Vec::new();
    let mut next_id = 0..;
    for note in ["first", "second"] {
        let ids = next_id.by_ref().take(messages);
        let batch = ids.map(|id| message(&topic, (id, id % messages), note));
        publish(&mut publisher, batch.collect()).await;
        changed.push(scene.take_in(messages));
    }
    let mut unchanged = [0.0; TURNS];
    let mut last = Vec::new();
    for rate in &mut unchanged {
        let ids = next_id.by_ref().take(messages);
        last = ids.map(|id| message(&topic, (id, id % messages), "second")).collect();
        publish(&mut publisher, last.clone()).await;
        *rate = scene.take_in(messages);
    }
    println!("unchanged into {name}: {unchanged:.0?}");
    unchanged.sort_by(f64::total_cmp);
    publish(&mut publisher, last).await;
    let repeated = scene.take_in(messages);
    let memory = f64::from(scene.memory) / 1_024.0;
    let python = python(broker, &topic, (name, url), folder);
    let row = |what: &str, rate: f64, goal: f64| {
        println!(
            "| {what} messages into {name}, a second | {rate:.0} | {python:.0} (Python, each saved) | {:.1} | {goal:.0}, 10 times |",
            rate / python
        );
    };
    row("added", changed[0], 5_000.0);
    row("changed", changed[1], 5_000.0);
    row("unchanged", unchanged[TURNS / 2], 50_000.0);
    row("repeated", repeated, 50_000.0);
    println!(
        "| memory at a lag of {messages} ({name}), MB | {memory:.0} | {MEMORY_GOAL:.0} | {:.2} | 1 |",
        memory / MEMORY_GOAL
    );
}

struct Scene<'a> {
    folder: &'a Path,
    url: &'a str,
    token: &'a str,
    before: u64,
    /// The most that any replica has had, in kilobytes.
    memory: u32,
}

impl Scene<'_> {
    /// Starts a replica over a lag of so many, and waits until they are taken in: how many that was a
    /// second, from the first to the last.
    fn take_in(&mut self, messages: usize) -> f64 {
        let server = Server::start(self.folder, self.url, &[("DOMESDAY_LOG__LEVEL", "warn")]);
        let begun = Instant::now();
        let last = self.before + messages as u64;
        let mut first = None;
        loop {
            let read = self.read(&server);
            let now = Instant::now();
            self.memory = self.memory.max(server.resident_kb());
            if read > self.before && first.is_none() {
                first = Some((now, read));
            }
            if read >= last {
                let (from, had) = first.expect("it began before it ended");
                self.before = last;
                return (last - had) as f64 / now.duration_since(from).as_secs_f64().max(1e-3);
            }
            assert!(begun.elapsed() < PATIENCE, "{read} of {last} are read");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many messages have been taken in.
    fn read(&self, server: &Server) -> u64 {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
        let request = format!(
            "GET /api/-/sources/bench/ HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Connection: close\r\n\r\n",
            server.address, self.token
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        let told: Value = serde_json::from_str(body).expect(&answer);
        let counts = told["counts"].as_object().expect(body);
        assert_eq!(counts["dead"], 0, "all can be taken in");
        counts.values().filter_map(Value::as_u64).sum()
    }
}

/// What a consumer in Python takes in a second.
fn python(broker: &str, topic: &str, (name, url): (&str, &str), folder: &Path) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/sources/consumer.py");
    let database = if name == "SQLite" {
        format!("sqlite:{}", folder.join("python.sqlite3").display())
    } else {
        url.to_owned()
    };
    let python = std::env::var("TEST_PYTHON").expect("TEST_PYTHON names Python with its packages");
    let output = Command::new(python)
        .arg(script)
        .args([broker, topic, &database, &FOR_PYTHON.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn token(folder: &Path, url: &str) -> String {
    let run = |line: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_domesday"))
            .args(line.split(' '))
            .args(["--database", url])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run("schema apply");
    run("user add alice --group administrators");
    run("token create --user alice").lines().last().unwrap().trim().to_owned()
}

fn write_configuration(folder: &Path, broker: &str, topic: &str) {
    std::fs::write(folder.join("bench.toml"), SCHEMA).unwrap();
    let text = format!(
        r#"
[schema]
file = "bench.toml"
[[kafka.sources]]
name = "bench"
brokers = ["{broker}"]
topics = ["{topic}"]
type = "host"
policy = "direct"
key = {{ name = "/name" }}
fields = {{ note = "/note", size = "/count" }}
id = "/id"
"#
    );
    std::fs::write(folder.join("domesday.toml"), text).unwrap();
}

async fn topic(broker: &str, name: &str) -> String {
    let topic = format!("bench-{}-{}", name.to_lowercase(), std::process::id());
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", broker).create().unwrap();
    let new = NewTopic::new(&topic, PARTITIONS, TopicReplication::Fixed(1));
    let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    topic
}

async fn publisher(broker: &str, topic: &str) -> Publisher {
    let settings = PublisherSettings {
        connection: Connection {
            brokers: vec![broker.to_owned()],
            client_id: "bench".to_owned(),
            tls: None,
            account: None,
        },
        transactional_id: format!("writer-{topic}"),
        timeout: Duration::from_mins(1),
    };
    Publisher::take_over(settings).await.unwrap()
}

async fn publish(publisher: &mut Publisher, mut messages: Vec<Outgoing>) {
    while !messages.is_empty() {
        let rest = messages.split_off(messages.len().min(AT_ONCE));
        publisher.publish(std::mem::replace(&mut messages, rest)).await.unwrap();
    }
}

fn message(topic: &str, (id, host): (usize, usize), note: &str) -> Outgoing {
    let payload = format!(
        r#"{{"name": "host{host}.example.org", "note": "{note}", "count": {host}, "id": "{id}"}}"#
    );
    Outgoing {
        topic: topic.to_owned(),
        key: Some(format!("host{host}").into_bytes()),
        headers: Vec::new(),
        payload: Some(payload.into_bytes()),
    }
}
