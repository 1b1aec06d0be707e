//! Reads the settings of one part of a schema, telling what has the wrong form.
//!
//! A setting with a fault reads like one that is not there: the schema is refused anyway, and
//! whoever reads on finds the other faults.

use super::Settings;
use super::fault::{SchemaFault, SchemaPath, alternatives, did_you_mean, quoted};
use crate::json::Json;

/// The most characters of a label: it heads a column.
const LABEL_LENGTH_MAX: usize = 100;
/// The most characters of a help text or description: it stands beside a form.
const PROSE_LENGTH_MAX: usize = 1_000;

/// The settings of one part, and the faults found so far.
pub(super) struct Reader<'s, 'f> {
    path: SchemaPath,
    settings: &'s Settings,
    faults: &'f mut Vec<SchemaFault>,
    /// Whether the settings stand in a table that is a setting itself, where faults are told.
    is_table: bool,
}

impl<'s, 'f> Reader<'s, 'f> {
    pub(super) fn new(
        path: SchemaPath,
        settings: &'s Settings,
        faults: &'f mut Vec<SchemaFault>,
    ) -> Self {
        Self { path, settings, faults, is_table: false }
    }

    /// The settings of a table that a setting holds. Its faults stand where that does.
    pub(super) fn part<'a>(&'a mut self, name: &str, settings: &'s Settings) -> Reader<'s, 'a> {
        Reader { path: self.path.setting(name), settings, faults: self.faults, is_table: true }
    }

    /// Tells what is wrong with a setting.
    pub(super) fn fault(
        &mut self,
        setting: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let path = if self.is_table { self.path.clone() } else { self.path.setting(setting) };
        self.faults.push(SchemaFault::new(path, message, hint));
    }

    /// Tells what is wrong with the part as a whole.
    pub(super) fn fault_of_part(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(SchemaFault::new(self.path.clone(), message, hint));
    }

    /// A setting as it was read.
    pub(super) fn raw(&self, name: &str) -> Option<&'s Json> {
        self.settings.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        self.settings.keys().map(String::as_str)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<&'s str> {
        let found = self.raw(name)?;
        let text = as_text(found);
        if text.is_none() {
            self.fault(
                name,
                format!("{} must be a text, not {}", quoted(name), describe(found)),
                format!("write {name} = \"...\""),
            );
        }
        text
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        let found = self.raw(name)?;
        if let Json::Bool(truth) = found {
            return Some(*truth);
        }
        self.fault(
            name,
            format!("{} must be true or false, not {}", quoted(name), describe(found)),
            format!("write {name} = true or leave it out"),
        );
        None
    }

    /// A whole number from `least` to `most`.
    pub(super) fn count(&mut self, name: &str, least: usize, most: usize) -> Option<usize> {
        let found = self.raw(name)?;
        if let Json::Number(digits) = found
            && let Ok(number) = digits.parse()
            && (least..=most).contains(&number)
        {
            return Some(number);
        }
        self.fault(
            name,
            format!("{} can't be {}", quoted(name), describe(found)),
            format!("write a whole number from {least} to {most}"),
        );
        None
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let found = self.raw(name)?;
        let text = as_text(found);
        if let Some((_, meaning)) = words.iter().find(|(word, _)| Some(*word) == text) {
            return Some(*meaning);
        }
        let known = || words.iter().map(|(word, _)| *word);
        let near = text.and_then(|text| did_you_mean(text, known()));
        self.fault(
            name,
            format!("{} can't be {}", quoted(name), describe(found)),
            near.unwrap_or_else(|| format!("write {}", alternatives(known()))),
        );
        None
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<&'s str>> {
        let found = self.raw(name)?;
        let texts = as_texts(found);
        if texts.is_none() {
            self.fault(
                name,
                format!("{} must be a list of names, not {}", quoted(name), describe(found)),
                format!("write {name} = [\"...\"]"),
            );
        }
        texts
    }

    /// The setting `label`.
    pub(super) fn label(&mut self) -> Option<String> {
        let text = self.text("label")?;
        if let Some(message) = label_fault(text) {
            self.fault("label", message, "write a few words on one line, or leave it out");
            return None;
        }
        Some(text.to_owned())
    }

    /// A text of some sentences; empty when it is not there.
    pub(super) fn prose(&mut self, name: &str) -> String {
        let text = self.text(name).unwrap_or_default();
        if text.chars().count() > PROSE_LENGTH_MAX {
            self.fault(
                name,
                format!("{} is too long", quoted(name)),
                format!("write at most {PROSE_LENGTH_MAX} characters"),
            );
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            self.fault(
                name,
                format!("{} has control characters", quoted(name)),
                "write plain text",
            );
        }
        text.to_owned()
    }
}

/// The text, if it is one.
pub(super) fn as_text(found: &Json) -> Option<&str> {
    if let Json::Text(text) = found { Some(text) } else { None }
}

/// The items, if it is a list.
pub(super) fn as_list(found: &Json) -> Option<&[Json]> {
    if let Json::List(items) = found { Some(items) } else { None }
}

/// The texts of a list of nothing else.
pub(super) fn as_texts(found: &Json) -> Option<Vec<&str>> {
    as_list(found)?.iter().map(as_text).collect()
}

/// What is wrong with a label.
pub(super) fn label_fault(label: &str) -> Option<&'static str> {
    if label.trim().is_empty() {
        Some("the label is blank")
    } else if label.chars().count() > LABEL_LENGTH_MAX {
        Some("the label is longer than 100 characters")
    } else if label.chars().any(char::is_control) {
        Some("the label has control characters or line breaks")
    } else {
        None
    }
}

/// A setting's value as a message shows it.
pub(super) fn describe(found: &Json) -> String {
    match found {
        Json::Text(text) => quoted(text),
        Json::Number(digits) => digits.clone(),
        Json::Bool(truth) => truth.to_string(),
        Json::Null => "null".to_owned(),
        Json::List(_) => "a list".to_owned(),
        Json::Object(_) => "a table".to_owned(),
    }
}
