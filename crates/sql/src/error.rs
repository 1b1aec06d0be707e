//! What can go wrong between us and the database.

use tokio_postgres::error::SqlState;

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the database can't be understood.
    #[error("the database address is wrong: {0}")]
    Address(String),
    /// SQLite said no.
    #[error("SQLite: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// PostgreSQL said no.
    #[error("PostgreSQL: {}", postgres_text(.0))]
    Postgres(#[source] tokio_postgres::Error),
    /// No connection to PostgreSQL could be had.
    #[error("no connection to PostgreSQL: {0}")]
    Pool(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// PostgreSQL took a question and says nothing.
    #[error("PostgreSQL does not answer")]
    Silent,
    /// There is no room to write, or the disk fails.
    #[error("nothing can be written, the disk is full or fails: {0}")]
    NoRoom(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A statement ran into its time limit.
    #[error("the statement took too long")]
    TookTooLong,
    /// The database can't use a regular expression, though it is one.
    #[error("a regular expression can't be used: {0}")]
    BadPattern(String),
    /// Something in the database is not as we left it.
    #[error("the database holds something unexpected: {0}")]
    Corrupt(String),
    /// The tables are those of a newer version.
    #[error(
        "the database was made by a newer version (migration {found}, this one knows {known}): start \
         that version again, or restore a backup from before the upgrade with this one"
    )]
    TooNew {
        /// The newest migration in the database.
        found: i64,
        /// The newest that this program has.
        known: i64,
    },
    /// The past that was asked for has been folded.
    #[error("the history before commit {to} has been folded")]
    Folded {
        /// The earliest commit after which the register is still known.
        to: i64,
    },
    /// The schema can't be applied.
    #[error("{0}")]
    Schema(String),
    /// The transaction was given up for a reason of whoever asked for it, which it carries.
    #[error("given up: {0}")]
    GivenUp(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The run that wants to write is at its task no more.
    #[error("the run has lost its task: another has begun, or it was ended")]
    Fenced,
    /// The process is shutting down.
    #[error("shutting down")]
    Closed,
}

fn postgres_text(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned())
}

impl StoreError {
    /// Whether records share values that must be unique.
    pub(crate) fn is_unique_violation(&self) -> bool {
        if let Self::Sqlite(error) = self {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
        } else if let Self::Postgres(error) = self {
            error.code() == Some(&SqlState::UNIQUE_VIOLATION)
        } else {
            false
        }
    }

    /// Whether trying again later may help: the database is busy or away.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            ),
            Self::Postgres(error) => match error.code() {
                // No answer at all: the connection is gone.
                None => true,
                // Classes of the manual's appendix A: connection exceptions, insufficient
                // resources, operator intervention, and transactions to be tried again.
                Some(code) => {
                    // And a lock that another replica held for too long.
                    code == &SqlState::LOCK_NOT_AVAILABLE
                        || code == &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                        || ["08", "53", "57", "40"]
                            .iter()
                            .any(|class| code.code().starts_with(class))
                }
            },
            Self::Pool(_) | Self::Silent | Self::NoRoom(_) | Self::Closed => true,
            Self::Address(_)
            | Self::TookTooLong
            | Self::BadPattern(_)
            | Self::Corrupt(_)
            | Self::TooNew { .. }
            | Self::Folded { .. }
            | Self::Schema(_)
            | Self::Fenced
            | Self::GivenUp(_) => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::TookTooLong,
            _ if is_out_of_room(&error) => Self::NoRoom(error.into()),
            _ if is_function_failure(&error) => Self::BadPattern(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

/// Whether something could not be written. SQLite tells a disk that is full from a quota that is used
/// up, which it takes for a disk that fails.
fn is_out_of_room(error: &rusqlite::Error) -> bool {
    let full = [
        rusqlite::ffi::SQLITE_FULL,
        rusqlite::ffi::SQLITE_IOERR_WRITE,
        rusqlite::ffi::SQLITE_IOERR_SHMSIZE,
    ];
    error.sqlite_error().is_some_and(|error| full.contains(&error.extended_code))
}

/// Whether a function of ours failed; there is one, which matches regular expressions.
fn is_function_failure(error: &rusqlite::Error) -> bool {
    error.sqlite_error().map(|error| error.extended_code)
        == Some(rusqlite::ffi::SQLITE_CONSTRAINT_FUNCTION)
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        // A statement that runs into `statement_timeout` is cancelled (SQLSTATE 57014).
        match error.code() {
            Some(&SqlState::QUERY_CANCELED) => Self::TookTooLong,
            Some(&SqlState::DISK_FULL) => Self::NoRoom(error.into()),
            Some(&SqlState::INVALID_REGULAR_EXPRESSION) => Self::BadPattern(postgres_text(&error)),
            _ => Self::Postgres(error),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Pool(error.into())
    }
}

impl From<deadpool::managed::PoolError<StoreError>> for StoreError {
    fn from(error: deadpool::managed::PoolError<StoreError>) -> Self {
        if let deadpool::managed::PoolError::Backend(error) = error {
            return error;
        }
        Self::Pool(error.into())
    }
}
