//! What was acknowledged, and whether it is there.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

/// What was acknowledged.
pub(crate) struct Books {
    /// The last number of each host.
    numbers: Vec<AtomicI64>,
    entries: Mutex<BTreeSet<String>>,
    twice: Mutex<Vec<String>>,
}

/// What is not as was acknowledged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Acknowledged, and not there.
    pub(crate) lost: Vec<String>,
    /// Made again, though they had been made.
    pub(crate) twice: Vec<String>,
}

impl Books {
    pub(crate) fn new(hosts: usize) -> Self {
        let numbers = std::iter::repeat_with(AtomicI64::default).take(hosts).collect();
        Self { numbers, entries: Mutex::default(), twice: Mutex::default() }
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

    pub(crate) fn made_twice(&self, what: String) {
        self.twice.lock().unwrap().push(what);
    }

    pub(crate) fn acknowledged(&self) -> BTreeSet<String> {
        self.entries.lock().unwrap().clone()
    }

    /// Compares what was acknowledged with all entries, as lines of JSON.
    pub(crate) fn compare(&self, acknowledged: &BTreeSet<String>, lines: &str) -> Findings {
        let mut there = BTreeSet::new();
        for line in lines.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            there.insert(entry["name"].as_str().unwrap().to_owned());
        }
        let lost = acknowledged.difference(&there).cloned().collect();
        Findings { lost, twice: self.twice.lock().unwrap().clone() }
    }
}
