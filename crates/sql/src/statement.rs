//! Statement text with its values beside it, never inside it.
//!
//! Parameters are `$1`, `$2` … in the order in which they are bound, which both databases
//! understand, so that most statements have one text for both.

use std::fmt::Write as _;

use domain::query::Stored;

/// A value bound to a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Param {
    /// One value.
    One(Stored),
    /// Many whole numbers, for [`crate::dialect::Dialect::any`].
    Integers(Vec<i64>),
    /// Many texts.
    Texts(Vec<String>),
    /// Many byte strings.
    ByteStrings(Vec<Vec<u8>>),
}

impl Param {
    /// Many values of one storage class; nulls are left out, since they equal nothing.
    pub(crate) fn many(values: impl IntoIterator<Item = Stored>) -> Self {
        let (mut integers, mut texts, mut byte_strings) = (Vec::new(), Vec::new(), Vec::new());
        for value in values {
            match value {
                Stored::Null => {}
                Stored::Integer(number) => integers.push(number),
                Stored::Text(text) => texts.push(text),
                Stored::Bytes(bytes) => byte_strings.push(bytes),
            }
        }
        if !texts.is_empty() {
            Self::Texts(texts)
        } else if !byte_strings.is_empty() {
            Self::ByteStrings(byte_strings)
        } else {
            Self::Integers(integers)
        }
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::One(Stored::Integer(number))
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::One(Stored::Text(text.to_owned()))
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::One(Stored::Text(text))
    }
}

impl From<Option<&str>> for Param {
    fn from(text: Option<&str>) -> Self {
        Self::One(text.map_or(Stored::Null, |text| Stored::Text(text.to_owned())))
    }
}

impl From<Option<i64>> for Param {
    fn from(number: Option<i64>) -> Self {
        Self::One(number.map_or(Stored::Null, Stored::Integer))
    }
}

impl From<&[u8]> for Param {
    fn from(bytes: &[u8]) -> Self {
        Self::One(Stored::Bytes(bytes.to_vec()))
    }
}

impl From<Stored> for Param {
    fn from(value: Stored) -> Self {
        Self::One(value)
    }
}

/// A statement being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    text: String,
    params: Vec<Param>,
}

impl Statement {
    /// A statement that begins with `text`, which has no parameters.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), params: Vec::new() }
    }

    /// A statement whose text has its `$1`, `$2` … written out already.
    pub(crate) fn with(text: &str, params: impl IntoIterator<Item = Param>) -> Self {
        Self { text: text.to_owned(), params: params.into_iter().collect() }
    }

    /// Appends text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends the next parameter.
    pub(crate) fn bind(&mut self, value: impl Into<Param>) -> &mut Self {
        let placeholder = self.parameter(value);
        self.text.push_str(&placeholder);
        self
    }

    /// Appends how many rows there may be at most, as text: a bound limit has SQLite prepare the
    /// statement anew for each run, and PostgreSQL plan for a tenth of all rows.
    pub(crate) fn limit(&mut self, rows: i64) -> &mut Self {
        write!(self.text, " LIMIT {rows}").unwrap_or_default();
        self
    }

    /// Binds a value and gives its placeholder, to be written by the caller next.
    pub(crate) fn parameter(&mut self, value: impl Into<Param>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The values.
    pub(crate) fn params(&self) -> &[Param] {
        &self.params
    }
}
