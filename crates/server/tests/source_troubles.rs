//! What can be wrong between a source and its broker: each is told in the log, at `/api/-/sources/` and on
//! the page, in words that say what to do, and once it is mended the source is read without a restart.
//!
//! `cargo xtask test --only kafka` starts the broker.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
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

use std::time::{Duration, Instant};

use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json};
use sources::certificates::{authority, identity, other_authority};
use sources::topics::{allow, make_topic, variable, write};
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a broker: cargo xtask test --only kafka"]
async fn each_trouble_is_told_and_mended_without_a_restart() {
    let shell = Shell::new();
    let (plain, tls) = (variable("TEST_KAFKA"), variable("TEST_KAFKA_TLS"));
    let sasl = variable("TEST_KAFKA_SASL");
    let unique = std::process::id();
    let topic = |name: &str| format!("trouble-{name}-{unique}");
    for name in ["trusted", "refused", "host", "account", "away"] {
        make_topic(&topic(name)).await;
        write(&topic(name), &[&format!(r#"{{"name": "{name}"}}"#)]).await;
    }
    make_topic(&topic("allowed")).await;
    write(&topic("allowed"), &[r#"{"name": "allowed"}"#]).await;
    let path = |name: &str| shell.path().join(name).display().to_string();
    let (good, bad) = (identity(shell.path(), "register"), other_authority(shell.path()));
    std::fs::copy(&bad, path("ca.pem")).unwrap();
    let certificate = |which: &str, ca: &str| {
        format!(
            "tls = true\nca_file = \"{ca}\"\ncertificate_file = \"{}\"\nkey_file = \"{}\"\n",
            path(&format!("{which}.pem")),
            path(&format!("{which}.key"))
        )
    };
    // Signed by nobody whom the broker knows, until it is.
    sources::certificates::foreign_identity(shell.path(), "mine");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let authority = authority().display().to_string();
    let of_topic = |name: &str, rest: &str| format!("topics = [\"{}\"]\n{rest}", topic(name));
    let text = [
        table(
            "trusted",
            &of_topic(
                "trusted",
                &format!("brokers = [\"{tls}\"]\n{}", certificate(&good, &path("ca.pem"))),
            ),
        ),
        table(
            "refused",
            &of_topic(
                "refused",
                &format!("brokers = [\"{tls}\"]\n{}", certificate("mine", &authority)),
            ),
        ),
        table(
            "host",
            &of_topic(
                "host",
                &format!(
                    "brokers = [\"{}\"]\n{}",
                    tls.replace("127.0.0.1", "127.1"),
                    certificate(&good, &authority)
                ),
            ),
        ),
        table("topic", &of_topic("unknown", &format!("brokers = [\"{plain}\"]"))),
        table(
            "account",
            &of_topic(
                "account",
                &format!(
                    "brokers = [\"{sasl}\"]\nmechanism = \"plain\"\nuser = \"register\"\npassword = \"wrong\""
                ),
            ),
        ),
        table(
            "allowed",
            &of_topic(
                "allowed",
                &format!(
                    "brokers = [\"{sasl}\"]\nmechanism = \"plain\"\nuser = \"stranger\"\npassword = \"swordfish\""
                ),
            ),
        ),
        table("away", &of_topic("away", &format!("brokers = [\"{closed}\"]"))),
    ];
    shell.write("troubles.toml", SCHEMA);
    shell.write("domesday.toml", &format!("[schema]\nfile = \"troubles.toml\"\n{}", text.concat()));
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
    // Each is mended where it is wrong.
    std::fs::copy(&authority, path("ca.pem")).unwrap();
    for ending in ["pem", "key"] {
        std::fs::copy(path(&format!("{good}.{ending}")), path(&format!("mine.{ending}"))).unwrap();
    }
    make_topic(&topic("unknown")).await;
    write(&topic("unknown"), &[r#"{"name": "unknown"}"#]).await;
    allow("stranger").await;
    let listener = TcpListener::bind(closed).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let plain = plain.clone();
            tokio::spawn(async move {
                if let Ok(mut there) = TcpStream::connect(plain).await {
                    drop(tokio::io::copy_bidirectional(&mut from, &mut there).await);
                }
            });
        }
    });
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
