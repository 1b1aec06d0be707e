//! What can be wrong between a source and its broker: each is told in the log, at `/api/-/sources/` and on
//! the page, in words that say what to do, and once it is mended the source is read without a restart.
//!
//! `cargo xtask test --only kafka` starts the broker.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

mod replicas;
mod shell;
mod sources {
    pub(crate) mod certificates;
    pub(crate) mod topics;
}

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json};
use sources::certificates::{authority, foreign_identity, identity, other_authority};
use sources::topics::{allow, make_topic, read, variable, write};
use tokio::net::{TcpListener, TcpStream};

/// Nothing here takes so long, on a busy machine either.
const PATIENCE: Duration = Duration::from_mins(2);

const SCHEMA: &str = r#"
[types.host.fields]
name = { kind = "text", required = true, unique = true }
"#;

/// A source by its name, and what is its own in the configuration.
fn table(name: &str, own: &str) -> String {
    format!(
        "[[kafka.sources]]\nname = \"{name}\"\ntype = \"host\"\npolicy = \"direct\"\n\
         key = {{ name = \"/name\" }}\n{own}\n"
    )
}

/// What is told of a source once `is` holds of it.
async fn until(told: impl Fn() -> Value, name: &str, is: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let all = told();
        let results = all["results"].as_array().unwrap();
        let source = results.iter().find(|source| source["name"] == name).unwrap();
        if is(source) {
            return source.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{name} stays so: {source}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The names of topics that are there from the start, each with one message.
const TOPICS: [&str; 6] = ["trusted", "refused", "host", "account", "away", "allowed"];

fn topic(name: &str) -> String {
    format!("trouble-{name}-{}", std::process::id())
}

/// Writes the configuration: a source for each trouble. `closed` is where nobody listens.
fn configure(shell: &Shell, closed: &str) {
    let (plain, tls) = (variable("TEST_KAFKA"), variable("TEST_KAFKA_TLS"));
    let sasl = variable("TEST_KAFKA_SASL");
    let path = |name: &str| shell.path().join(name).display().to_string();
    let certificate = |which: &str, ca: &str| {
        let (pem, key) = (path(&format!("{which}.pem")), path(&format!("{which}.key")));
        format!(
            "tls = true\nca_file = \"{ca}\"\ncertificate_file = \"{pem}\"\nkey_file = \"{key}\"\n"
        )
    };
    let good = identity(shell.path(), "good");
    // Signed by nobody whom the broker knows, until it is.
    foreign_identity(shell.path(), "mine");
    std::fs::copy(other_authority(shell.path()), path("ca.pem")).unwrap();
    let authority = authority().display().to_string();
    let account = |user: &str, password: &str| {
        format!("mechanism = \"plain\"\nuser = \"{user}\"\npassword = \"{password}\"")
    };
    let other_host = tls.replace("127.0.0.1", "127.1");
    let sources = [
        ("trusted", tls.as_str(), certificate(&good, &path("ca.pem"))),
        ("refused", &tls, certificate("mine", &authority)),
        ("host", &other_host, certificate(&good, &authority)),
        ("topic", &plain, String::new()),
        ("account", &sasl, account("register", "wrong")),
        ("allowed", &sasl, account("stranger", "swordfish")),
        ("away", closed, String::new()),
    ];
    let tables = sources.map(|(name, broker, rest)| {
        let of = topic(name);
        table(name, &format!("topics = [\"{of}\"]\nbrokers = [\"{broker}\"]\n{rest}"))
    });
    shell.write("troubles.toml", SCHEMA);
    let text = format!("[schema]\nfile = \"troubles.toml\"\n{}", tables.concat());
    shell.write("domesday.toml", &text);
}

/// Mends each trouble where it is, as far as that can be done from outside.
async fn mend(shell: &Shell, closed: SocketAddr) {
    let path = |name: &str| shell.path().join(name);
    std::fs::copy(authority(), path("ca.pem")).unwrap();
    for ending in ["pem", "key"] {
        std::fs::copy(path(&format!("good.{ending}")), path(&format!("mine.{ending}"))).unwrap();
    }
    make_topic(&topic("topic")).await;
    write(&topic("topic"), &[r#"{"name": "topic"}"#]).await;
    allow("stranger");
    let listener = TcpListener::bind(closed).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Ok(mut there) = TcpStream::connect(variable("TEST_KAFKA")).await {
                    drop(tokio::io::copy_bidirectional(&mut from, &mut there).await);
                }
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker: cargo xtask test --only kafka"]
async fn each_trouble_is_told_and_mended_without_a_restart() {
    let shell = Shell::new();
    for name in TOPICS {
        make_topic(&topic(name)).await;
        write(&topic(name), &[&format!(r#"{{"name": "{name}"}}"#)]).await;
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    configure(&shell, &closed.to_string());
    shell.ok("user add root --group administrators");
    let made = json(&shell.ok("token create --user root --json"));
    let token = made["token"].as_str().unwrap().to_owned();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let told = || {
        let line = format!("kafka sources --json --server http://{address} --token {token}");
        json(&shell.ok(&line))
    };
    for (name, code, words) in [
        ("trusted", "kafka_broker_not_trusted", "ca_file"),
        ("refused", "kafka_certificate_refused", "certificate_file"),
        ("host", "kafka_wrong_host", "another host"),
        ("topic", "kafka_unknown_topic", "no such topic"),
        ("account", "kafka_sign_in_failed", "password"),
        ("allowed", "kafka_not_allowed", "granted the right"),
        ("away", "kafka_away", "tried again"),
    ] {
        let has_trouble = |source: &Value| source["replicas"][0]["code"] == code;
        let source = until(told, name, has_trouble).await;
        let error = source["replicas"][0]["error"].as_str().unwrap();
        assert!(error.contains(words), "{name}: {error}");
        let state = if name == "away" { "away" } else { "stopped" };
        assert_eq!(source["state"], state, "{name}");
        let log = shell.read("replica0.log");
        assert!(log.contains(code), "{name} is told in the log: {log}");
        assert!(!log.contains("swordfish") && !log.contains("wrong\""), "{log}");
    }
    mend(&shell, closed).await;
    for name in ["trusted", "refused", "topic", "allowed", "away"] {
        let is_read = |source: &Value| {
            source["counts"]["applied"] == 1 && source["replicas"][0]["code"] == Value::Null
        };
        let source = until(told, name, is_read).await;
        assert_eq!(source["state"], "reading", "{name}");
    }
    // A name and a password stand in the configuration: only a restart reads that again.
    for name in ["host", "account"] {
        until(told, name, |source| source["state"] == "stopped").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker: cargo xtask test --only kafka"]
async fn dead_letters_are_told_to_their_topic_once() {
    let shell = Shell::new();
    let (from, to) = (topic("letters"), topic("dead"));
    make_topic(&from).await;
    make_topic(&to).await;
    let messages = [r#"{"name": "good"}"#, "no json", r#"{"nome": "no key"}"#];
    write(&from, &messages).await;
    let broker = variable("TEST_KAFKA");
    let own =
        format!("topics = [\"{from}\"]\nbrokers = [\"{broker}\"]\ndead_letter_topic = \"{to}\"\n");
    shell.write("troubles.toml", SCHEMA);
    let tables = table("letters", &own);
    shell.write("domesday.toml", &format!("[schema]\nfile = \"troubles.toml\"\n{tables}"));
    shell.ok("schema apply");
    let fleet = Fleet::start(&shell, 1);
    let told = read(&to, 2).await;
    assert_eq!(told[0].payload.as_deref(), Some("no json"));
    assert_eq!(told[1].payload.as_deref(), Some(messages[2]));
    for (offset, letter) in ["1", "2"].into_iter().zip(&told) {
        let header = |name: &str| letter.headers.get(name).map(String::as_str);
        assert_eq!(header("domesday-source"), Some("letters"));
        assert_eq!(header("domesday-topic"), Some(from.as_str()));
        assert_eq!(
            (header("domesday-partition"), header("domesday-offset")),
            (Some("0"), Some(offset))
        );
        assert!(header("domesday-reason").is_some_and(|reason| !reason.is_empty()));
    }
    // A replica that starts anew tells none of them again: what it tells next is the next.
    drop(fleet);
    let _fleet = Fleet::start(&shell, 1);
    write(&from, &["still no json"]).await;
    let told = read(&to, 3).await;
    assert_eq!(told[2].payload.as_deref(), Some("still no json"));
}
