//! Random messages, beside a model in memory.

use std::collections::BTreeMap;

use app::ingest::MissingReferences;
use domain::json::Json;
use proptest::prelude::*;
use testkit::test_apps;
use tokio::runtime::Runtime;

use super::feed::{Feed, message, source};

/// A message, as the model has it.
#[derive(Clone, Debug)]
struct Sent {
    name: usize,
    /// Its values; `None` deletes.
    note: Option<u8>,
    id: u8,
    time: i64,
    is_poison: bool,
}

fn sent() -> impl Strategy<Value = Sent> {
    let note = proptest::option::weighted(0.8, 0..4_u8);
    (0..4_usize, note, any::<u8>(), 0..20_i64, proptest::bool::weighted(0.1))
        .prop_map(|(name, note, id, time, is_poison)| Sent { name, note, id, time, is_poison })
}

impl Sent {
    fn text(&self) -> String {
        let number = |number: i64| Json::Number(number.to_string());
        let mut members = vec![
            ("name", Json::text(format!("thing {}", self.name))),
            ("id", number(i64::from(self.id))),
            ("t", number(self.time * 1_000)),
        ];
        match self.note {
            Some(note) => members.push(("note", Json::text(format!("note {note}")))),
            None => members.push(("op", Json::text("delete"))),
        }
        // What can't be taken in by an upsert, and is not looked at by a delete.
        if self.is_poison {
            members.push(("units", Json::text("no number")));
        }
        message(&members)
    }
}

/// The register as it should be: by name, the note.
#[derive(Default)]
struct Model {
    things: BTreeMap<usize, u8>,
    seen: Vec<u8>,
    newest: BTreeMap<usize, i64>,
    dead: usize,
}

impl Model {
    fn hear(&mut self, sent: &Sent) {
        if self.seen.contains(&sent.id) {
            return;
        }
        self.seen.push(sent.id);
        let newest = self.newest.entry(sent.name).or_insert(sent.time);
        if sent.time < *newest {
            return;
        }
        *newest = sent.time;
        match sent.note {
            Some(_) if sent.is_poison => self.dead += 1,
            Some(note) => {
                self.things.insert(sent.name, note);
            }
            None => {
                self.things.remove(&sent.name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// However messages are cut into batches, the register ends as if each had come alone.
    #[test]
    fn the_register_ends_as_a_model_says(
        batches in proptest::collection::vec(proptest::collection::vec(sent(), 1..12), 1..6)
    ) {
        Runtime::new().unwrap().block_on(async {
            for test in test_apps().await {
                let source = source(&test, MissingReferences::Refuse);
                let mut feed = Feed::of(&test, &source).await;
                let mut model = Model::default();
                for batch in &batches {
                    let texts: Vec<String> = batch.iter().map(Sent::text).collect();
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    feed.take_in(&texts).await;
                    for sent in batch {
                        model.hear(sent);
                    }
                }
                for name in 0..4 {
                    let expected = model.things.get(&name).map(|note| format!("note {note} "));
                    assert_eq!(feed.thing(&format!("thing {name}")).await, expected, "{batches:?}");
                }
                assert_eq!(feed.letters().await.len(), model.dead, "{batches:?}");
            }
        });
    }
}

/// A few, unless somebody says how many.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(16)
}
