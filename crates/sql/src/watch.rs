//! Where the register stands, asked of the database before each use and shared by all who wait.
//!
//! A read that begins after a write was acknowledged must see the write, whichever replica made it.
//! So nobody is given heads that were read before they came; but one read does for all who had come
//! when it began. SQLite tells by `PRAGMA data_version` whether another connection has committed
//! since; PostgreSQL is asked by one statement over indexes.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::Pool;
use domain::freshness::Heads;
use domain::schema::Schema;
use tokio::sync::Mutex as AsyncMutex;

use crate::engine::{Reader, Row, sqlite};
use crate::error::StoreError;
use crate::read::{HEADS, heads, take};
use crate::store::Settings;

/// Where the register stands. One for all who ask.
pub(crate) struct Watch {
    /// How many reads have begun.
    begun: AtomicU64,
    asked: Asked,
}

enum Asked {
    Sqlite(Mutex<File>),
    Postgres { pool: Pool, last: AsyncMutex<Asking> },
}

/// A connection that only looks.
struct File {
    connection: sqlite::Limited,
    /// What `PRAGMA data_version` told before the heads were read.
    version: i64,
    last: Option<Seen>,
}

/// Heads, and the number of the read that brought them.
#[derive(Clone)]
struct Seen {
    read: u64,
    heads: Arc<Heads>,
}

/// What came of the last read of a server.
#[derive(Default)]
struct Asking {
    seen: Option<Seen>,
    /// The number of the last read that failed: who had come before it began has waited enough.
    failed: u64,
}

impl Watch {
    pub(crate) fn over_sqlite(path: &Path, settings: &Settings) -> Result<Self, StoreError> {
        let limit = Some(settings.statement_timeout);
        let connection = sqlite::open(path, settings.busy_timeout, limit)?;
        let file = File { connection, version: 0, last: None };
        Ok(Self { begun: AtomicU64::new(0), asked: Asked::Sqlite(Mutex::new(file)) })
    }

    pub(crate) fn over_postgres(pool: Pool) -> Self {
        let asked = Asked::Postgres { pool, last: AsyncMutex::default() };
        Self { begun: AtomicU64::new(0), asked }
    }

    /// The heads at a moment between this call and its answer.
    pub(crate) async fn heads(&self, schema: &Schema) -> Result<Arc<Heads>, StoreError> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        match &self.asked {
            Asked::Sqlite(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(seen) = began_after(file.last.as_ref(), begun_before) {
                    return Ok(seen);
                }
                let read = self.begin();
                let heads = file.look(schema)?;
                file.last = Some(Seen { read, heads: Arc::clone(&heads) });
                Ok(heads)
            }
            Asked::Postgres { pool, last } => {
                let mut last = last.lock().await;
                if let Some(seen) = began_after(last.seen.as_ref(), begun_before) {
                    return Ok(seen);
                }
                if last.failed > begun_before {
                    return Err(StoreError::Pool("it did not answer a moment ago".into()));
                }
                let read = self.begin();
                match ask(pool, schema).await {
                    Ok(heads) => {
                        let heads = Arc::new(heads);
                        last.seen = Some(Seen { read, heads: Arc::clone(&heads) });
                        Ok(heads)
                    }
                    Err(error) => {
                        last.failed = read;
                        Err(error)
                    }
                }
            }
        }
    }

    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }
}

/// The heads of a read that began after so many others had.
fn began_after(last: Option<&Seen>, begun_before: u64) -> Option<Arc<Heads>> {
    last.filter(|seen| seen.read > begun_before).map(|seen| Arc::clone(&seen.heads))
}

impl File {
    fn look(&mut self, schema: &Schema) -> Result<Arc<Heads>, StoreError> {
        self.connection.begin();
        let version: i64 = self
            .connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if let Some(last) = self.last.as_ref().filter(|_| self.version == version) {
            return Ok(Arc::clone(&last.heads));
        }
        // What is committed between the two is read now, and once more the next time.
        let found = Arc::new(heads(&mut Reader::sqlite(&self.connection), schema)?);
        self.version = version;
        Ok(found)
    }
}

#[expect(clippy::disallowed_methods, reason = "one statement is a transaction of its own")]
async fn ask(pool: &Pool, schema: &Schema) -> Result<Heads, StoreError> {
    let client = pool.get().await?;
    let prepared = client.prepare_cached(HEADS).await?;
    let rows = client.query(&prepared, &[]).await?;
    let mut heads = Heads::empty(schema.types().len());
    for row in &rows {
        take(&Row::Postgres(row), schema, &mut heads)?;
    }
    Ok(heads)
}
