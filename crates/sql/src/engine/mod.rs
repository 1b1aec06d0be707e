//! The two databases behind one face: run a statement, read cells.
//!
//! Everything here blocks; [`crate::Store`] runs it on threads that may.

pub(crate) mod link;
mod matcher;
pub(crate) mod postgres;
pub(crate) mod slow;
pub(crate) mod sqlite;

use std::ops::ControlFlow;

use domain::query::{Stored, StoredRef};

use crate::dialect::{Class, Dialect};
use crate::error::StoreError;
use crate::statement::{Param, Statement};
use crate::write::LastCommit;
use slow::Slow;

/// Rows of a piece of [`Reader::stream`].
const PIECE: usize = 500;

/// A read transaction: everything it reads is as of one moment.
pub struct Reader<'a> {
    connection: Connection<'a>,
    statements: u32,
    slow: Slow,
}

/// A write transaction, the only one at its time.
pub struct Writer<'a> {
    reader: Reader<'a>,
    /// Where the register stands, once this has locked it.
    pub(crate) locked: Option<LastCommit>,
}

enum Connection<'a> {
    Sqlite(&'a sqlite::Limited),
    Postgres(&'a postgres::Session),
}

impl<'a> Reader<'a> {
    pub(crate) fn sqlite(connection: &'a sqlite::Limited, slow: Slow) -> Self {
        Self { connection: Connection::Sqlite(connection), statements: 0, slow }
    }

    pub(crate) fn postgres(session: &'a postgres::Session, slow: Slow) -> Self {
        Self { connection: Connection::Postgres(session), statements: 0, slow }
    }

    /// Which database this is.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// How many statements the transaction has run so far, for tests that hold it to a number.
    pub fn statements(&self) -> u32 {
        self.statements
    }

    /// What the connection's queries have cost so far, in the database's own steps, for tests that
    /// hold it to a bound; PostgreSQL does not tell.
    pub fn steps(&self) -> Option<i64> {
        match &self.connection {
            Connection::Sqlite(connection) => Some(connection.steps()),
            Connection::Postgres(_) => None,
        }
    }

    /// Runs a query and reads each of its rows.
    pub(crate) fn query<T>(
        &mut self,
        statement: &Statement,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.statements = self.statements.saturating_add(1);
        tracing::trace!(text = statement.text(), "query");
        let run = || match &self.connection {
            Connection::Sqlite(connection) => sqlite::query(connection, statement, &mut read),
            Connection::Postgres(session) => session.query(statement, &mut read),
        };
        self.slow.watch(statement.text(), |rows: &Vec<T>| rows.len() as u64, run)
    }

    /// Runs one query of any number of rows, which come in pieces, so that memory holds no more than
    /// one of them. `take` is given each and may break the query off; it may also take its time, for
    /// the limit on a query counts anew for each piece.
    pub(crate) fn stream<T>(
        &mut self,
        statement: &Statement,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
        mut take: impl FnMut(Vec<T>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.statements = self.statements.saturating_add(1);
        tracing::trace!(text = statement.text(), "query in pieces");
        let slow = self.slow;
        match &self.connection {
            Connection::Sqlite(connection) => {
                sqlite::stream(connection, slow, statement, &mut read, &mut take)
            }
            Connection::Postgres(session) => session.stream(slow, statement, &mut read, &mut take),
        }
    }

    /// Runs a query and reads its first row, if it has one.
    pub(crate) fn query_one<T>(
        &mut self,
        statement: &Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(statement, read)?.into_iter().next())
    }
}

impl<'a> Writer<'a> {
    pub(crate) fn new(reader: Reader<'a>) -> Self {
        Self { reader, locked: None }
    }

    /// Runs a statement and tells how many rows it changed.
    pub(crate) fn execute(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        self.reader.statements = self.reader.statements.saturating_add(1);
        let run = || match &self.reader.connection {
            Connection::Sqlite(connection) => sqlite::execute(connection, statement),
            Connection::Postgres(session) => session.execute(statement),
        };
        self.reader.slow.watch(statement.text(), |rows| *rows, run)
    }

    /// Runs a statement of which nobody waits to hear more than that it went well: PostgreSQL gets
    /// it with the next one, which fails if it does. In this order all the same.
    pub(crate) fn execute_soon(&mut self, statement: Statement) -> Result<(), StoreError> {
        self.reader.statements = self.reader.statements.saturating_add(1);
        match &self.reader.connection {
            Connection::Sqlite(_) => {
                self.reader.statements = self.reader.statements.saturating_sub(1);
                self.execute(&statement).map(drop)
            }
            // Its time is that of the statement that it is sent with.
            Connection::Postgres(session) => session.execute_soon(statement),
        }
    }

    /// Runs a statement like [`Self::execute_soon`], which PostgreSQL executes while we go on: for one
    /// that takes it a while.
    pub(crate) fn execute_meanwhile(&mut self, statement: Statement) -> Result<(), StoreError> {
        match &self.reader.connection {
            Connection::Sqlite(_) => self.execute(&statement).map(drop),
            Connection::Postgres(session) => {
                self.reader.statements = self.reader.statements.saturating_add(1);
                session.execute_meanwhile(statement)
            }
        }
    }

    /// Runs one statement for each row of values; PostgreSQL gets them without waiting for each
    /// answer, and few of them as [`Self::execute_soon`].
    pub(crate) fn execute_many(
        &mut self,
        text: &str,
        rows: impl IntoIterator<Item = Vec<Param>>,
    ) -> Result<(), StoreError> {
        self.reader.statements = self.reader.statements.saturating_add(1);
        let sent = std::cell::Cell::new(0_u64);
        let rows = rows.into_iter().inspect(|_| sent.set(sent.get().saturating_add(1)));
        let run = || match &self.reader.connection {
            Connection::Sqlite(connection) => sqlite::execute_many(connection, text, rows),
            Connection::Postgres(session) => session.execute_many(text, rows),
        };
        self.reader.slow.watch(text, |()| sent.get(), run)
    }

    /// Prepares for a commit of so many changes, for which SQLite needs room of its own.
    pub(crate) fn make_room(&self, changes: usize) -> Result<(), StoreError> {
        match &self.reader.connection {
            Connection::Sqlite(connection) => connection.make_room(changes),
            Connection::Postgres(_) => Ok(()),
        }
    }

    /// Sends rows to a `COPY … FROM STDIN BINARY`, whose columns have these classes: much quicker than a
    /// statement for each. PostgreSQL alone has it.
    pub(crate) fn copy(
        &mut self,
        text: &str,
        classes: &[Class],
        rows: impl IntoIterator<Item = Vec<Param>>,
    ) -> Result<(), StoreError> {
        match &self.reader.connection {
            Connection::Sqlite(_) => Err(StoreError::Schema("SQLite has no COPY".to_owned())),
            Connection::Postgres(session) => session.copy(text, classes, rows),
        }
    }

    /// Runs several statements without parameters, separated by semicolons.
    pub(crate) fn batch(&mut self, text: &str) -> Result<(), StoreError> {
        match &self.reader.connection {
            Connection::Sqlite(connection) => Ok(connection.execute_batch(text)?),
            Connection::Postgres(session) => session.batch(text),
        }
    }
}

impl<'a> std::ops::Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}

impl std::ops::DerefMut for Writer<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reader
    }
}

/// One row of an answer.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The cell of a column, counted from 0.
    pub(crate) fn cell(&self, column: usize) -> Result<StoredRef<'_>, StoreError> {
        match self {
            Self::Sqlite(row) => sqlite::cell(row, column),
            Self::Postgres(row) => postgres::cell(row, column),
        }
    }

    /// The cell as a value of its own.
    pub(crate) fn stored(&self, column: usize) -> Result<Stored, StoreError> {
        Ok(self.cell(column)?.to_owned())
    }

    /// The cell of a column that holds a whole number.
    pub(crate) fn integer(&self, column: usize) -> Result<i64, StoreError> {
        self.integer_or_null(column)?.ok_or_else(|| unexpected(column))
    }

    /// The cell of a column that holds a whole number or null.
    pub(crate) fn integer_or_null(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.cell(column)? {
            StoredRef::Null => Ok(None),
            StoredRef::Integer(number) => Ok(Some(number)),
            StoredRef::Text(_) | StoredRef::Bytes(_) => Err(unexpected(column)),
        }
    }

    /// The cell of a column that holds text.
    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.text_or_null(column)?.ok_or_else(|| unexpected(column))
    }

    /// The cell of a column that holds text or null.
    pub(crate) fn text_or_null(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.cell(column)? {
            StoredRef::Null => Ok(None),
            StoredRef::Text(text) => Ok(Some(text.to_owned())),
            StoredRef::Integer(_) | StoredRef::Bytes(_) => Err(unexpected(column)),
        }
    }

    /// The cell of a column that holds bytes or nothing.
    pub(crate) fn bytes_or_null(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.cell(column)? {
            StoredRef::Bytes(bytes) => Ok(Some(bytes.to_vec())),
            StoredRef::Null => Ok(None),
            StoredRef::Integer(_) | StoredRef::Text(_) => Err(unexpected(column)),
        }
    }

    /// The cell of a column that holds bytes.
    pub(crate) fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        match self.cell(column)? {
            StoredRef::Bytes(bytes) => Ok(bytes.to_vec()),
            StoredRef::Null | StoredRef::Integer(_) | StoredRef::Text(_) => Err(unexpected(column)),
        }
    }
}

fn unexpected(column: usize) -> StoreError {
    StoreError::Corrupt(format!("column {column} of an answer has another type than was written"))
}
