//! Events on their way to a real Kafka, by replicas that are killed and frozen, to a broker that is
//! killed and comes back.
#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails there"
)]

#[path = "sources/broker.rs"]
mod broker;
mod kafka_tools;
mod replicas;
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use broker::Broker;
use kafka_tools::{Told, make_topic, read_all, unique, variable};
use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json};

/// How often it is looked, and for how long: nothing here takes three minutes, on a busy machine either.
const ROUNDS: u32 = 1_800;
const ROUND: Duration = Duration::from_millis(100);

/// Waits until something is so; `why` tells how it is where it never is.
fn until(is: impl Fn() -> bool, why: impl FnOnce() -> String) {
    for _ in 0..ROUNDS {
        if is() {
            return;
        }
        std::thread::sleep(ROUND);
    }
    panic!("{}", why());
}

/// A register that publishes, and its administrator's token.
struct Register {
    shell: Shell,
    token: String,
    topic: String,
    state_topic: String,
}

impl Register {
    fn new(broker: &str, begin: &str) -> Self {
        let (topic, state_topic) = (unique("events"), unique("state"));
        make_topic(broker, &topic, 3, false);
        make_topic(broker, &state_topic, 3, true);
        let shell = Shell::new();
        shell.write(
            "domesday.toml",
            &format!(
                "[kafka]\nbrokers = \"{broker}\"\n[kafka.events]\ntopic = \"{topic}\"\n\
                 state_topic = \"{state_topic}\"\nbegin = \"{begin}\"\ntimeout = \"10s\"\n\
                 transactional_id = \"{topic}\"\n"
            ),
        );
        shell.ok("user add alice --group administrators");
        let made = json(&shell.ok("token create --user alice --name cli --json"));
        let token = made["token"].as_str().unwrap().to_owned();
        Self { shell, token, topic, state_topic }
    }

    /// Gives ten tags other descriptions, in one commit, and makes them where they are not.
    fn change(&self, round: usize) {
        let rows: Vec<String> = (0..10).map(|tag| format!("t{tag},ü {round}")).collect();
        self.shell.write("tags.csv", &format!("name,description\n{}\n", rows.join("\n")));
        self.shell.ok("import tag tags.csv");
    }

    fn get(&self, fleet: &Fleet<'_>, path: &str) -> Value {
        let address = fleet.address(0).1;
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\n\r\n",
            self.token
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        json(answer.split_once("\r\n\r\n").unwrap().1)
    }

    /// Waits until all is published.
    fn until_published(&self, fleet: &Fleet<'_>) {
        let told = || self.get(fleet, "/api/-/events/publishers/");
        let logs = || (0..fleet.len()).map(|place| fleet.end_of_log(place)).collect::<Vec<_>>();
        until(
            || told()["results"][0]["behind_commits"] == 0,
            || format!("{}: {:#?}", told(), logs()),
        );
    }

    /// The ids of all events of each record, in their order.
    fn expected(&self, fleet: &Fleet<'_>) -> BTreeMap<String, Vec<String>> {
        let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut after = "0".to_owned();
        loop {
            let page = self.get(fleet, &format!("/api/-/events/?limit=1000&after={after}"));
            for event in page["results"].as_array().unwrap() {
                let word = |name: &str| event[name].as_str().unwrap().to_owned();
                expected.entry(word("subject")).or_default().push(word("id"));
            }
            page["after"].as_str().unwrap().clone_into(&mut after);
            if page["is_last"] == true {
                return expected;
            }
        }
    }
}

/// What somebody has who drops repeats by their ids: each key in one partition, its events in order.
fn without_repeats(told: &[Told]) -> (BTreeMap<String, Vec<String>>, usize) {
    let mut seen = BTreeSet::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut partitions: BTreeMap<String, u32> = BTreeMap::new();
    let mut repeats = 0;
    for message in told {
        let event = json(message.payload.as_ref().unwrap());
        assert_eq!(event["subject"], message.key.as_str());
        assert_eq!(event["specversion"], "1.0");
        let partition = *partitions.entry(message.key.clone()).or_insert(message.partition);
        assert_eq!(partition, message.partition, "{}", message.key);
        let id = event["id"].as_str().unwrap().to_owned();
        if seen.insert(id.clone()) {
            found.entry(message.key.clone()).or_default().push(id);
        } else {
            repeats += 1;
        }
    }
    (found, repeats)
}

/// The last state of each key; `None` where that is a tombstone.
fn states(told: &[Told]) -> BTreeMap<String, Option<Value>> {
    let state = |told: &Told| (told.key.clone(), told.payload.as_deref().map(json));
    told.iter().map(state).collect()
}

#[test]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
fn every_change_comes_in_order_through_kills_of_replicas_and_broker() {
    let broker = Broker::of_environment();
    let register = Register::new(&broker.address, "oldest");
    let fleet = Fleet::start(&register.shell, 2);
    for round in 0..30 {
        register.change(round);
        match round {
            4 | 9 | 14 | 19 | 24 => fleet.strike(round % 2),
            7 | 16 => broker.restart(),
            _ => {}
        }
    }
    // The commit that made the tags, taken back: they are gone.
    register.shell.write("gone.csv", "name\nshort\n");
    let made = json(&register.shell.ok("import tag gone.csv --json"));
    register.shell.ok(&format!("revert commit {}", made["commit"]));
    register.until_published(&fleet);
    let expected = register.expected(&fleet);
    assert_eq!(expected.values().map(Vec::len).sum::<usize>(), 302);
    let (found, repeats) = without_repeats(&read_all(&broker.address, &register.topic));
    assert_eq!(found, expected, "{repeats} repeats");
    let states = states(&read_all(&broker.address, &register.state_topic));
    assert_eq!(states.len(), 11);
    assert_eq!(states["tag/11"], None);
    for tag in 1..=10 {
        let state = states[&format!("tag/{tag}")].as_ref().unwrap();
        assert_eq!(state["fields"]["description"], "ü 29");
        assert_eq!(state["revision"], 30);
    }
    assert!(fleet.kills() >= 4);
}

#[test]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
fn a_replica_that_was_frozen_writes_nothing_once_it_thaws() {
    let broker = variable("TEST_KAFKA");
    let register = Register::new(&broker, "oldest");
    let fleet = Fleet::start(&register.shell, 2);
    register.change(0);
    register.until_published(&fleet);
    let holder = || {
        let told = register.get(&fleet, "/api/-/events/publishers/");
        told["results"][0]["holder"].as_str().unwrap().to_owned()
    };
    let first = holder();
    // Whichever publishes is frozen: the log of one says so.
    let publishes = |place: usize| fleet.log(place).contains("published by this replica");
    let place = usize::from(!publishes(0));
    fleet.freeze(place);
    register.change(1);
    let other = 1 - place;
    until(|| publishes(other), || fleet.end_of_log(other));
    fleet.thaw(place);
    for round in 2..12 {
        register.change(round);
    }
    register.until_published(&fleet);
    assert_ne!(holder(), first);
    let (found, _) = without_repeats(&read_all(&broker, &register.topic));
    assert_eq!(found, register.expected(&fleet));
}

#[test]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
fn a_snapshot_fills_the_topic_of_how_records_stand() {
    let broker = variable("TEST_KAFKA");
    let register = Register::new(&broker, "next");
    register.change(0);
    let rows: Vec<String> = (0..1_200).map(|number| format!("group {number}")).collect();
    register.shell.write("groups.csv", &format!("name\n{}\n", rows.join("\n")));
    register.shell.ok("import group groups.csv");
    let fleet = Fleet::start(&register.shell, 1);
    register.until_published(&fleet);
    let snapshot = |rest: &str| {
        let mut command = register.shell.command(&format!("kafka snapshot {rest}"));
        command.env("DOMESDAY_SERVER", format!("http://{}", fleet.address(0).1));
        command.env("DOMESDAY_TOKEN", &register.token).output().unwrap()
    };
    let tags = snapshot("--type tag --json");
    let told = json(&String::from_utf8(tags.stdout).unwrap());
    assert_eq!(
        (&told["state"], &told["done"], &told["total"]),
        (&"done".into(), &10.into(), &10.into())
    );
    assert_eq!(states(&read_all(&broker, &register.state_topic)).len(), 10);
    let all = String::from_utf8(snapshot("").stdout).unwrap();
    assert!(all.starts_with("1210 records, as they stood after commit "), "{all}");
    register.change(1);
    register.until_published(&fleet);
    let states = states(&read_all(&broker, &register.state_topic));
    assert_eq!(states.len(), 1_210);
    let last = states["tag/1"].as_ref().unwrap();
    assert_eq!((&last["revision"], &last["key"]), (&2.into(), &"t0".into()));
    // What came before is no event.
    assert_eq!(read_all(&broker, &register.topic).len(), 10);
    let refused = snapshot("--type nothing");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no such type"));
}
