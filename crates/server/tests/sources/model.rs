//! What must come of the messages: in memory, one after the other, without a database.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::feed::{Said, Sent};
use crate::shell::{Shell, json};

/// What must come of the messages.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Model {
    /// The hosts that are there, with the number of the message that they are by.
    pub(crate) records: BTreeMap<String, u64>,
    /// They came before.
    repeats: u64,
    /// Something newer was said.
    late: u64,
    /// Nobody can understand them.
    dead: u64,
    /// All others.
    news: u64,
}

impl Model {
    /// By the messages in the order in which they were written: of one host all are in one partition.
    pub(crate) fn of(messages: &[Sent]) -> Self {
        let mut model = Self::default();
        let mut seen: HashSet<u64> = HashSet::new();
        let mut newest: HashMap<usize, u64> = HashMap::new();
        for Sent { said, id, .. } in messages {
            let (host, seq) = match said {
                Said::Poison => {
                    model.dead += 1;
                    continue;
                }
                Said::Host { host, seq } | Said::Gone { host, seq } => (*host, *seq),
            };
            if !seen.insert(*id) {
                model.repeats += 1;
                continue;
            }
            if newest.get(&host).is_some_and(|newest| seq < *newest) {
                model.late += 1;
                continue;
            }
            model.news += 1;
            newest.insert(host, seq);
            match said {
                Said::Host { .. } => drop(model.records.insert(format!("h{host}"), seq)),
                Said::Gone { .. } => drop(model.records.remove(&format!("h{host}"))),
                Said::Poison => {}
            }
        }
        model
    }

    /// What a register has come to: its records, and what it counted.
    pub(crate) fn of_register(shell: &Shell, counts: &serde_json::Value) -> Self {
        let count = |name: &str| counts[name].as_u64().unwrap();
        let exported = shell.ok("export host --format jsonl");
        let records = exported.lines().map(json).map(|record| {
            let seq = record["size"].as_u64().unwrap();
            assert_eq!(record["note"], format!("n{seq}"), "the record is by one message");
            (record["name"].as_str().unwrap().to_owned(), seq)
        });
        Self {
            records: records.collect(),
            repeats: count("repeats"),
            late: count("late"),
            dead: count("dead"),
            news: count("applied") + count("unchanged"),
        }
    }
}
