//! What is wrong with a schema, where, and what to write instead.

use std::fmt;

use crate::nearest::nearest;

/// The most characters of somebody's text that a message repeats.
const QUOTED_LENGTH_MAX: usize = 60;

/// A part of a schema; without a type, the whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaPath {
    /// The type's name.
    pub type_name: Option<String>,
    /// The field's name.
    pub field: Option<String>,
    /// The setting's name, of the field if there is one, else of the type.
    pub setting: Option<String>,
}

impl SchemaPath {
    /// A type.
    pub fn of_type(type_name: &str) -> Self {
        Self { type_name: Some(type_name.to_owned()), ..Self::default() }
    }

    /// A field of a type.
    pub fn of_field(type_name: &str, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..Self::of_type(type_name) }
    }

    /// A setting of this part.
    #[must_use]
    pub fn setting(&self, name: &str) -> Self {
        Self { setting: Some(name.to_owned()), ..self.clone() }
    }

    /// The part that this one stands in; `None` for the whole schema.
    pub fn parent(&self) -> Option<Self> {
        let mut parent = self.clone();
        let innermost = [&mut parent.setting, &mut parent.field, &mut parent.type_name]
            .into_iter()
            .find(|part| part.is_some())?;
        *innermost = None;
        Some(parent)
    }
}

/// Type and field alone: `server.dc`. The message names the setting where that helps.
impl fmt::Display for SchemaPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(type_name) = &self.type_name else {
            return f.write_str("schema");
        };
        f.write_str(&shortened(type_name))?;
        match &self.field {
            Some(field) => write!(f, ".{}", shortened(field)),
            None => Ok(()),
        }
    }
}

/// One thing that is wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFault {
    /// Where.
    pub path: SchemaPath,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl SchemaFault {
    pub(super) fn new(
        path: SchemaPath,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { path, message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.path, self.message, self.hint)
    }
}

/// `did you mean "integer"?`, when one of the known words is near enough.
pub(super) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, known).map(|meant| format!("did you mean {}?", quoted(meant)))
}

/// Somebody's text in quotes, on one line and not too long.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

fn shortened(text: &str) -> String {
    let short: String = text
        .chars()
        .take(QUOTED_LENGTH_MAX)
        .flat_map(|c| {
            // Line breaks and the like would tear the message.
            if c.is_control() { c.escape_default().collect() } else { vec![c] }
        })
        .collect();
    if text.chars().nth(QUOTED_LENGTH_MAX).is_some() { format!("{short}…") } else { short }
}

/// Words in quotes as a sentence has them: `"a", "b" or "c"`.
pub(super) fn alternatives<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<String> = words.into_iter().map(quoted).collect();
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} or {last}", words.join(", ")),
        None => String::new(),
    }
}
