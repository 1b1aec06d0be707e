//! The members of a JSON object that was sent, taken one by one: what is left over is told.

use domain::change::FieldsInput;
use domain::fault::{Faults, FieldFault};
use domain::json::Json;

/// The members of an object, and what is wrong with them.
pub(crate) struct Members {
    left: FieldsInput,
    faults: Faults,
}

impl Members {
    pub(crate) fn of(fields: FieldsInput) -> Self {
        Self { left: fields, faults: Faults::default() }
    }

    /// Tells what is wrong with a member.
    pub(crate) fn fault(&mut self, name: &str, text: impl Into<String>) {
        self.faults.add(name, FieldFault::BadParameter(text.into()));
    }

    /// Whether a member was sent, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// A text; `None` where it was not sent, is null or blank.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.secret(name)?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A text as it is, blanks and all.
    pub(crate) fn secret(&mut self, name: &str) -> Option<String> {
        let sent = self.left.remove(name)?;
        if let Json::Text(text) = sent {
            if !text.chars().any(char::is_control) {
                return Some(text);
            }
            self.faults.add(name, FieldFault::ControlCharacter);
            return None;
        }
        if sent != Json::Null {
            self.fault(name, "This is a text.");
        }
        None
    }

    /// A text of any lines, as it is; `None` where it was not sent or is null.
    pub(crate) fn lines(&mut self, name: &str) -> Option<String> {
        let sent = self.left.remove(name)?;
        if let Json::Text(text) = sent {
            return Some(text);
        }
        if sent != Json::Null {
            self.fault(name, "This is a text.");
        }
        None
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, name: &str) -> String {
        let text = self.text(name);
        if text.is_none() && self.faults.iter().all(|(wrong, _)| wrong != name) {
            self.faults.add(name, FieldFault::Required);
        }
        text.unwrap_or_default()
    }

    /// A whole number from 0; `None` where it was not sent or is null.
    pub(crate) fn whole_number(&mut self, name: &str) -> Option<i64> {
        let sent = self.left.remove(name)?;
        if sent == Json::Null {
            return None;
        }
        let number = if let Json::Number(digits) = &sent {
            digits.parse::<i64>().ok().filter(|number| *number >= 0)
        } else {
            None
        };
        if number.is_none() {
            self.fault(name, "This is a whole number.");
        }
        number
    }

    /// True or false.
    pub(crate) fn truth(&mut self, name: &str) -> Option<bool> {
        if let Json::Bool(truth) = self.left.remove(name)? {
            return Some(truth);
        }
        self.fault(name, "This is true or false.");
        None
    }

    /// A list of texts; `None` where it was not sent or is null.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let sent = self.left.remove(name)?;
        if sent == Json::Null {
            return None;
        }
        let text = |item| if let Json::Text(text) = item { Some(text) } else { None };
        let texts =
            if let Json::List(items) = sent { items.into_iter().map(text).collect() } else { None };
        let Some(texts) = texts else {
            self.fault(name, "This is a list of texts.");
            return None;
        };
        let texts: Vec<String> = texts;
        if texts.iter().any(|text| text.chars().any(char::is_control)) {
            self.faults.add(name, FieldFault::ControlCharacter);
        }
        Some(texts)
    }

    /// What was made of the members, if nothing is wrong with them and none is left.
    pub(crate) fn finish<T>(mut self, made: T) -> Result<T, Faults> {
        let left: Vec<String> = self.left.keys().cloned().collect();
        for name in left {
            self.fault(&name, "There is no such member.");
        }
        self.faults.or_ok(made)
    }
}
