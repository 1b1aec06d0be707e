//! SQLite: one file, connections of our own, statements kept prepared.

use std::cell::Cell;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::query::{Stored, StoredRef};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, StatementStatus, ToSql, ffi};

use super::matcher::{Interrupted, Matcher};
use super::slow::Slow;
use super::{PIECE, Row};
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// Kilobytes of pages that a connection which reads keeps; the operating system keeps the rest.
const CACHE_READER_KB: u32 = 3_000;
/// The same for the connection that writes, and for its big commits: what has no place here is
/// spilled, and may be written more than once.
const CACHE_WRITER_KB: u32 = 8_000;
const CACHE_BIG_COMMIT_KB: u32 = 64_000;
/// How many changes make a commit a big one.
const BIG_COMMIT: usize = 5_000;
/// Prepared statements kept for each connection: all that a schema of a dozen types uses, and the
/// usual filters.
const STATEMENTS_KEPT: usize = 256;
/// How many of SQLite's steps pass between two looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 20_000;

/// A connection, and how long a query on it may take.
pub(crate) struct Limited {
    connection: Connection,
    limit: Option<Duration>,
    /// When the query that runs must have ended.
    end: End,
    /// What queries have cost so far, in SQLite's own steps, of which each row takes some.
    steps: Cell<i64>,
    /// How much of the database it keeps.
    cache_kb: Cell<u32>,
}

/// Seen by SQLite's own steps and by our function, which may take longer than thousands of them.
type End = Arc<Mutex<Option<Instant>>>;

impl std::ops::Deref for Limited {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Opens a connection to a database file, making it where it is not. Queries on it run until
/// `limit` from their beginning; then they are interrupted.
pub(crate) fn open(
    path: &Path,
    busy_timeout: Duration,
    limit: Option<Duration>,
) -> Result<Limited, StoreError> {
    make_private(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // NORMAL would lose the last commits when the machine's power fails; an acknowledged commit
    // must not get lost, so FULL.
    let cache_kb = if limit.is_some() { CACHE_READER_KB } else { CACHE_WRITER_KB };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -{cache_kb}; PRAGMA temp_store = MEMORY;"
    ))?;
    let end = End::default();
    add_functions(&connection, &end)?;
    let looked_at = Arc::clone(&end);
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || is_past(&looked_at)))?;
    let (steps, cache_kb) = (Cell::new(0), Cell::new(cache_kb));
    Ok(Limited { connection, limit, end, steps, cache_kb })
}

/// Makes the file where it is not there, for its owner alone: it holds hashes of passwords, and what
/// grants hide. What SQLite puts beside it gets the same mode. Where that fails, opening tells why.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    drop(std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
}

#[cfg(not(unix))]
fn make_private(_path: &Path) {}

/// What PostgreSQL has and SQLite has not: regular expressions.
fn add_functions(connection: &Connection, end: &End) -> Result<(), StoreError> {
    let end = Arc::clone(end);
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("matches", 2, flags, move |context| {
        if is_past(&end) {
            return Err(failure(ffi::SQLITE_INTERRUPT));
        }
        let matcher = context
            .get_or_create_aux(1, |pattern| {
                Matcher::new(pattern.as_str()?)
                    .map_err(|error| Box::new(error) as Box<dyn std::error::Error + Send + Sync>)
            })
            .map_err(|_unusable| failure(ffi::SQLITE_CONSTRAINT_FUNCTION))?;
        let text = context.get_raw(0).as_str_or_null()?;
        text.map(|text| matcher.is_match(text, || is_past(&end)))
            .transpose()
            .map_err(|Interrupted| failure(ffi::SQLITE_INTERRUPT))
    })?;
    Ok(())
}

/// A failure that keeps its code; one with a text of its own would lose it.
fn failure(code: std::ffi::c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

impl Limited {
    /// What queries have cost so far.
    pub(super) fn steps(&self) -> i64 {
        self.steps.get()
    }

    /// Adds what a statement has cost.
    fn count_steps(&self, ran: &rusqlite::Statement<'_>) {
        let steps = i64::from(ran.reset_status(StatementStatus::VmStep));
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    /// Keeps as much as a commit of so many changes touches; what an earlier one needed beyond that
    /// is let go.
    pub(super) fn make_room(&self, changes: usize) -> Result<(), StoreError> {
        let cache_kb = if changes < BIG_COMMIT { CACHE_WRITER_KB } else { CACHE_BIG_COMMIT_KB };
        if self.cache_kb.replace(cache_kb) != cache_kb {
            self.connection.execute_batch(&format!("PRAGMA cache_size = -{cache_kb}"))?;
        }
        Ok(())
    }

    /// Gives the statement that begins now its time; without, it has what the last one left.
    #[expect(clippy::disallowed_methods, reason = "a limit on work, not a time that is kept")]
    pub(crate) fn begin(&self) {
        let end = self.limit.and_then(|limit| Instant::now().checked_add(limit));
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }
}

#[expect(clippy::disallowed_methods, reason = "a limit on work, not a time that is kept")]
fn is_past(end: &End) -> bool {
    let end = *end.lock().unwrap_or_else(PoisonError::into_inner);
    end.is_some_and(|end| Instant::now() >= end)
}

pub(super) fn query<T>(
    connection: &Limited,
    statement: &Statement,
    read: &mut dyn FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    connection.begin();
    let mut prepared = connection.prepare_cached(statement.text())?;
    Places::of(&prepared).bind(&mut prepared, statement.params())?;
    let mut rows = prepared.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(read(&Row::Sqlite(row))?);
    }
    drop(rows);
    connection.count_steps(&prepared);
    Ok(out)
}

pub(super) fn stream<T>(
    connection: &Limited,
    slow: Slow,
    statement: &Statement,
    read: &mut dyn FnMut(&Row<'_>) -> Result<T, StoreError>,
    take: &mut dyn FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    connection.begin();
    let mut prepared = connection.prepare_cached(statement.text())?;
    Places::of(&prepared).bind(&mut prepared, statement.params())?;
    let mut rows = prepared.raw_query();
    let mut next_piece = || {
        connection.begin();
        let mut piece = Vec::with_capacity(PIECE);
        while piece.len() < PIECE
            && let Some(row) = rows.next()?
        {
            piece.push(read(&Row::Sqlite(row))?);
        }
        Ok(piece)
    };
    loop {
        let piece = slow.watch(statement.text(), |piece| piece.len() as u64, &mut next_piece)?;
        let is_last = piece.len() < PIECE;
        if take(piece).is_break() || is_last {
            break;
        }
    }
    drop(rows);
    connection.count_steps(&prepared);
    Ok(())
}

pub(super) fn execute(connection: &Connection, statement: &Statement) -> Result<u64, StoreError> {
    let mut prepared = connection.prepare_cached(statement.text())?;
    Places::of(&prepared).bind(&mut prepared, statement.params())?;
    Ok(prepared.raw_execute()? as u64)
}

pub(super) fn execute_many(
    connection: &Connection,
    text: &str,
    rows: impl IntoIterator<Item = Vec<Param>>,
) -> Result<(), StoreError> {
    let mut prepared = connection.prepare_cached(text)?;
    let places = Places::of(&prepared);
    for row in rows {
        places.bind(&mut prepared, &row)?;
        prepared.raw_execute()?;
    }
    Ok(())
}

/// Which value each place of a statement takes: to SQLite `$2` is a name like any other, and comes
/// first where the text has it first.
struct Places(Vec<usize>);

impl Places {
    fn of(prepared: &rusqlite::Statement<'_>) -> Self {
        let number = |place| {
            let digits = prepared.parameter_name(place)?.strip_prefix('$')?;
            digits.parse::<usize>().ok()?.checked_sub(1)
        };
        // What is no number is left to be missed when it is bound.
        let numbers = (1..=prepared.parameter_count()).map(number);
        Self(numbers.map(|number| number.unwrap_or(usize::MAX)).collect())
    }

    fn bind(
        &self,
        prepared: &mut rusqlite::Statement<'_>,
        params: &[Param],
    ) -> Result<(), StoreError> {
        for (place, number) in (1_usize..).zip(&self.0) {
            let param = params.get(*number);
            let param = param.ok_or(rusqlite::Error::InvalidParameterCount(place, params.len()))?;
            prepared.raw_bind_parameter(place, param)?;
        }
        Ok(())
    }
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::One(Stored::Null) => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::One(Stored::Integer(number)) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::One(Stored::Text(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::One(Stored::Bytes(bytes)) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            // Lists go in as a JSON array, which `json_each` takes apart.
            Self::Integers(numbers) => json_list(numbers, |n, out| out.push_str(&n.to_string())),
            Self::Texts(texts) => json_list(texts, |text, out| domain::json::write_text(text, out)),
            Self::ByteStrings(strings) => json_list(strings, |bytes, out| {
                out.push('"');
                for byte in bytes {
                    write!(out, "{byte:02x}").unwrap_or_default();
                }
                out.push('"');
            }),
        })
    }
}

fn json_list<T>(items: &[T], write: impl Fn(&T, &mut String)) -> ToSqlOutput<'static> {
    let mut out = String::from("[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, &mut out);
    }
    out.push(']');
    ToSqlOutput::Owned(rusqlite::types::Value::Text(out))
}

pub(super) fn cell<'a>(
    row: &'a rusqlite::Row<'_>,
    column: usize,
) -> Result<StoredRef<'a>, StoreError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => StoredRef::Null,
        ValueRef::Integer(number) => StoredRef::Integer(number),
        ValueRef::Text(bytes) => StoredRef::Text(std::str::from_utf8(bytes).map_err(|_bad| {
            StoreError::Corrupt(format!("column {column} of an answer is not UTF-8"))
        })?),
        ValueRef::Blob(bytes) => StoredRef::Bytes(bytes),
        ValueRef::Real(_) => return Err(super::unexpected(column)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_with_a_limit_is_prepared_once() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("a.sqlite3"), Duration::ZERO, None).unwrap();
        let mut statement = Statement::new("SELECT name FROM sqlite_schema WHERE name > ");
        statement.bind("a").push(" ORDER BY name").limit(50);
        for _ in 0..3 {
            query(&connection, &statement, &mut |row| row.text(0)).unwrap();
        }
        let prepared = connection.prepare_cached(statement.text()).unwrap();
        assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0);
        assert_eq!(prepared.get_status(StatementStatus::Run), 3);
    }
}
