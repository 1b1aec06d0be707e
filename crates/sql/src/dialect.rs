//! Every difference between the two databases, one function each.

use domain::query::{DatePart, Stored};

use crate::statement::{Param, Statement};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// How a column is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Integer,
    Text,
    Bytes,
}

impl Dialect {
    /// The type of a column.
    pub(crate) fn column_type(self, class: Class) -> &'static str {
        match (self, class) {
            (Self::Sqlite, Class::Integer) => "INTEGER",
            (Self::Sqlite, Class::Text) => "TEXT",
            (Self::Sqlite, Class::Bytes) => "BLOB",
            (Self::Postgres, Class::Integer) => "BIGINT",
            // By code point, as SQLite compares.
            (Self::Postgres, Class::Text) => "TEXT COLLATE \"C\"",
            (Self::Postgres, Class::Bytes) => "BYTEA",
        }
    }

    /// Appends that `column` is one of many values, all in one parameter, so that the statement's
    /// text does not depend on their number.
    pub(crate) fn any(self, column: &str, values: Param, to: &mut Statement) {
        to.push(column);
        match self {
            Self::Postgres => {
                to.push(" = ANY(").bind(values).push(")");
            }
            Self::Sqlite => {
                let value = match values {
                    Param::ByteStrings(_) => "unhex(value)",
                    Param::One(_) | Param::Integers(_) | Param::Texts(_) => "value",
                };
                to.push(" IN (SELECT ")
                    .push(value)
                    .push(" FROM json_each(")
                    .bind(values)
                    .push("))");
            }
        }
    }

    /// Appends a table with one column, `value`, of many texts in one parameter: one statement writes
    /// thousands of rows, where one for each would cost PostgreSQL a round of parsing each.
    pub(crate) fn each_text(self, texts: Vec<String>, to: &mut Statement) {
        match self {
            Self::Postgres => {
                to.push("unnest(").bind(Param::Texts(texts)).push("::text[]) AS each(value)")
            }
            Self::Sqlite => to.push("json_each(").bind(Param::Texts(texts)).push(")"),
        };
    }

    /// Appends a table `i` with a column `value` of ids in one parameter, which are read in their order
    /// by a statement that ends with [`Self::order_of_each`].
    pub(crate) fn each_in_order(self, ids: Vec<i64>, to: &mut Statement) {
        let ids = Param::Integers(ids);
        match self {
            Self::Sqlite => to.push("json_each(").bind(ids).push(") i"),
            Self::Postgres => {
                to.push("unnest(").bind(ids).push("::bigint[]) WITH ORDINALITY i(value, place)")
            }
        };
    }

    /// What ends a statement over [`Self::each_in_order`], of which neither database has to sort a row:
    /// SQLite reads the first table of a `CROSS JOIN` first, and this one from its beginning.
    pub(crate) fn order_of_each(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " ORDER BY i.place",
        }
    }

    /// Whether a page is found first and joined then: PostgreSQL looks at every order in which tables
    /// can be joined, and took 38 ms to plan three filters through references with the five tables of
    /// names among them, where 3 ms are enough without.
    pub(crate) fn joins_late(self) -> bool {
        self == Self::Postgres
    }

    /// An expression (of a class) as text, as JSON can hold it.
    pub(crate) fn as_text(self, expression: &str, class: Class) -> String {
        match (self, class) {
            (_, Class::Text) => expression.to_owned(),
            (_, Class::Integer) => format!("CAST({expression} AS TEXT)"),
            (Self::Sqlite, Class::Bytes) => format!("hex({expression})"),
            (Self::Postgres, Class::Bytes) => format!("encode({expression}, 'hex')"),
        }
    }

    /// What stands before and behind an expression for all of its rows to be one cell: a JSON array,
    /// in no order; PostgreSQL has null for none.
    pub(crate) fn rows_as_json(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite => ("json_group_array(", ")"),
            Self::Postgres => ("CAST(json_agg(", ") AS TEXT)"),
        }
    }

    /// The function that makes a JSON array of expressions.
    pub(crate) fn cells_as_json(self) -> &'static str {
        match self {
            Self::Sqlite => "json_array",
            Self::Postgres => "json_build_array",
        }
    }

    /// Appends that `text` (an expression) has `part` (a value) at a place in it, byte by byte.
    pub(crate) fn contains(self, text: &str, part: &str, to: &mut Statement) {
        match self {
            Self::Sqlite => to.push("instr(").push(text).push(", ").bind(part).push(") > 0"),
            // LIKE, since the index of trigrams knows it.
            Self::Postgres => {
                to.push(text).push(" LIKE ").bind(format!("%{}%", escaped_like(part)))
            }
        };
    }

    /// Appends that `text` (an expression) ends with `part` (a value).
    pub(crate) fn ends_with(self, text: &str, part: &str, to: &mut Statement) {
        match self {
            Self::Sqlite => {
                let length = i64::try_from(part.chars().count()).unwrap_or(i64::MAX);
                to.push("substr(").push(text).push(", -").bind(length).push(") = ").bind(part)
            }
            Self::Postgres => to.push(text).push(" LIKE ").bind(format!("%{}", escaped_like(part))),
        };
    }

    /// Appends that `text` (an expression) matches a regular expression.
    pub(crate) fn matches(
        self,
        text: &str,
        pattern: &domain::filter::pattern::Pattern,
        to: &mut Statement,
    ) {
        match self {
            Self::Sqlite => {
                to.push("matches(").push(text).push(", ").bind(pattern.rust.as_str()).push(")")
            }
            Self::Postgres => to.push(text).push(" ~ ").bind(pattern.postgres.as_str()),
        };
    }

    /// A part of a moment, from `micros`, an expression of microseconds since 1970.
    pub(crate) fn date_part(self, part: DatePart, micros: &str) -> String {
        // Whole seconds: SQLite's functions take nothing else, and PostgreSQL multiplies intervals
        // as floats, which don't hold the microseconds of years far from 1970.
        let seconds = format!("(({micros} - ({micros} % 1000000 + 1000000) % 1000000) / 1000000)");
        match self {
            Self::Sqlite => sqlite_date_part(part, &seconds),
            Self::Postgres => {
                let field = match part {
                    DatePart::Year => "year",
                    DatePart::IsoYear => "isoyear",
                    DatePart::Quarter => "quarter",
                    DatePart::Month => "month",
                    DatePart::Week => "week",
                    DatePart::WeekDay => "dow",
                    DatePart::IsoWeekDay => "isodow",
                    DatePart::Day => "day",
                    DatePart::Hour => "hour",
                    DatePart::Minute => "minute",
                    DatePart::Second => "second",
                };
                // Sunday is 0 here and 1 in Django.
                let offset = if part == DatePart::WeekDay { " + 1" } else { "" };
                format!(
                    "(floor(extract({field} FROM timestamp '1970-01-01' + {seconds} * interval '1 second'))::bigint{offset})"
                )
            }
        }
    }

    /// What makes a table of pairs its own index.
    pub(crate) fn without_rowid(self) -> &'static str {
        match self {
            Self::Sqlite => " WITHOUT ROWID",
            Self::Postgres => "",
        }
    }

    /// Ends a query whose rows are this transaction's alone from then on.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            // `BEGIN IMMEDIATE` has locked the whole database.
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// The same, with those left out that are another's.
    pub(crate) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Ends a query whose rows nobody else can have for theirs alone until this transaction ends,
    /// though they may be changed.
    pub(crate) fn for_key_share(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR KEY SHARE",
        }
    }

    /// Locks the one row that every write transaction locks first.
    pub(crate) fn lock_register(self) -> &'static str {
        match self {
            // `BEGIN IMMEDIATE` has locked the whole database.
            Self::Sqlite => "SELECT last_commit, last_hash, last_at FROM register",
            Self::Postgres => "SELECT last_commit, last_hash, last_at FROM register FOR UPDATE",
        }
    }
}

/// SQLite's date functions work on whole seconds since 1970.
fn sqlite_date_part(part: DatePart, seconds: &str) -> String {
    let format = match part {
        DatePart::Year => "%Y",
        DatePart::IsoYear => "%G",
        DatePart::Month | DatePart::Quarter => "%m",
        DatePart::Week => "%V",
        DatePart::WeekDay => "%w",
        DatePart::IsoWeekDay => "%u",
        DatePart::Day => "%d",
        DatePart::Hour => "%H",
        DatePart::Minute => "%M",
        DatePart::Second => "%S",
    };
    let number = format!("CAST(strftime('{format}', {seconds}, 'unixepoch') AS INTEGER)");
    match part {
        DatePart::Quarter => format!("(({number} + 2) / 3)"),
        DatePart::WeekDay => format!("({number} + 1)"),
        DatePart::Year
        | DatePart::IsoYear
        | DatePart::Month
        | DatePart::Week
        | DatePart::IsoWeekDay
        | DatePart::Day
        | DatePart::Hour
        | DatePart::Minute
        | DatePart::Second => number,
    }
}

/// Text with what `LIKE` takes for a wildcard escaped.
fn escaped_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The end of the range of texts that start with `prefix`, compared by code point; `None` when
/// there is no end.
pub(crate) fn prefix_end(prefix: &str) -> Option<Stored> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            // The surrogates are no characters.
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(u32::from(other).saturating_add(1)),
        };
        if let Some(next) = next {
            characters.push(next);
            return Some(Stored::Text(characters.into_iter().collect()));
        }
    }
    None
}
