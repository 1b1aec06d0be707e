//! A table of the configuration file that is one of several, such as `[[tasks]]`: its values, and all
//! that is wrong with them.

pub(super) mod show;

use std::path::PathBuf;
use std::time::Duration;

use toml_edit::{Table, TableLike, Value};

use super::units;

/// Where a key stands.
pub(super) type Place<'a> = &'a dyn Fn(&dyn TableLike, &str) -> String;

/// Reads a table, noting all its faults.
pub(super) struct TableReader<'a> {
    /// What such tables are: `identity.oidc`.
    pub(super) kind: &'a str,
    pub(super) table: &'a Table,
    pub(super) at: Place<'a>,
    pub(super) faults: &'a mut Vec<String>,
}

impl TableReader<'_> {
    /// Tells of keys that there are none of.
    pub(super) fn only(&mut self, keys: &[&str]) {
        for (key, _) in self.table {
            if !keys.contains(&key) {
                let why = format!("there is no such key; the keys are: {}", keys.join(", "));
                self.fault(key, &why);
            }
        }
    }

    /// A list of texts; `None` where it was not said.
    pub(super) fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        let item = self.table.get(key)?;
        let texts = item.as_array().map(|list| list.iter().map(Value::as_str).collect());
        let texts: Option<Vec<&str>> = texts.flatten();
        if texts.is_none() {
            self.fault(key, "takes a list of texts");
        }
        texts.map(|texts| texts.into_iter().map(str::to_owned).collect())
    }

    pub(super) fn truth(&mut self, key: &str) -> bool {
        let Some(item) = self.table.get(key) else {
            return false;
        };
        let truth = item.as_bool();
        if truth.is_none() {
            self.fault(key, "takes true or false");
        }
        truth.unwrap_or(false)
    }

    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    pub(super) fn required(&mut self, key: &str) -> Option<String> {
        let text = self.text(key);
        if text.is_none() {
            self.fault(key, "is missing");
        }
        text
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let item = self.table.get(key)?;
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            self.fault(key, "takes a text");
        }
        text.filter(|text| !text.is_empty())
    }

    pub(super) fn fault(&mut self, key: &str, why: &str) {
        let (place, kind) = ((self.at)(self.table, key), self.kind);
        self.faults.push(format!("{place}: {kind}.{key} {why}"));
    }

    /// As [`Self::fault`], of something inside a key's table.
    pub(super) fn fault_in(&mut self, key: &str, inside: &str, why: &str) {
        let (place, kind) = ((self.at)(self.table, key), self.kind);
        self.faults.push(format!("{place}: {kind}.{key}.{inside} {why}"));
    }

    /// What a word means; the first where nothing is said.
    pub(super) fn word<T: Copy>(&mut self, key: &str, (default, words): (T, &[(&str, T)])) -> T {
        let Some(text) = self.text(key) else {
            return default;
        };
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fault(key, &format!("is one of {}", words.join(", ")));
        }
        found.map_or(default, |(_, meaning)| *meaning)
    }

    /// A time of some length.
    pub(super) fn duration(&mut self, key: &str) -> Option<Duration> {
        let text = self.text(key)?;
        let duration = units::duration(&text);
        if duration.is_none() {
            self.fault(key, "takes a time such as 30s, 5m or 1d");
        }
        duration
    }

    /// A whole number that is not negative.
    pub(super) fn number(&mut self, key: &str) -> Option<u32> {
        let item = self.table.get(key)?;
        let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.fault(key, "takes a whole number from 0");
        }
        number
    }
}
