//! What was acknowledged, and whether it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

/// What was acknowledged.
pub(crate) struct Books {
    /// The last number of each host.
    numbers: Vec<AtomicI64>,
    entries: Mutex<BTreeSet<String>>,
}

/// What is not as was acknowledged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Acknowledged, and not there.
    pub(crate) lost: Vec<String>,
    /// There more than once.
    pub(crate) twice: Vec<String>,
}

impl Books {
    pub(crate) fn new(hosts: usize) -> Self {
        let numbers = std::iter::repeat_with(AtomicI64::default).take(hosts).collect();
        Self { numbers, entries: Mutex::default() }
    }

    pub(crate) fn numbers(&self) -> Vec<i64> {
        self.numbers.iter().map(|number| number.load(Ordering::SeqCst)).collect()
    }

    pub(crate) fn number_acknowledged(&self, host: usize, number: i64) {
        self.numbers[host].store(number, Ordering::SeqCst);
    }

    pub(crate) fn entry_acknowledged(&self, name: String) {
        self.entries.lock().unwrap().insert(name);
    }

    pub(crate) fn acknowledged(&self) -> BTreeSet<String> {
        self.entries.lock().unwrap().clone()
    }

    /// Compares what was acknowledged with all entries, as lines of JSON.
    pub(crate) fn compare(&self, acknowledged: &BTreeSet<String>, lines: &str) -> Findings {
        let mut there = BTreeMap::<String, usize>::new();
        for line in lines.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            *there.entry(entry["name"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let lost = acknowledged.iter().filter(|name| !there.contains_key(*name)).cloned();
        let twice = there.iter().filter(|(_, times)| **times > 1).map(|(name, _)| name.clone());
        Findings { lost: lost.collect(), twice: twice.collect() }
    }
}
