//! Where the register stands, asked of the database before each use and shared by all who wait.
//!
//! A read that begins after a write was acknowledged must see the write, whichever replica made it.
//! So nobody is given heads that were read before they came; but one read does for all who had come
//! when it began. SQLite's log tells whether anybody has committed since, and `PRAGMA data_version`
//! where it can't be read; PostgreSQL is asked by one statement over indexes.

mod wal_index;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use domain::freshness::Heads;
use domain::schema::Schema;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;

use crate::engine::slow::Slow;
use crate::engine::{Reader, Row, sqlite};
use crate::error::StoreError;
use crate::read::{HEADS, heads, take};
use crate::store::Settings;
use wal_index::{Head, WalIndex};

/// Where the register stands. One for all who ask.
pub(crate) struct Watch {
    /// How many reads have begun.
    begun: AtomicU64,
    asked: Asked,
}

enum Asked {
    Sqlite(Box<Local>),
    Postgres { pool: Pool, limit: Duration, last: AsyncMutex<Asking> },
}

/// A database file, looked at from beside it, and through a connection where that tells of a commit.
struct Local {
    log: Option<WalIndex>,
    /// The heads, and the head of the log that was read before them.
    last: RwLock<Option<(Head, Arc<Heads>)>>,
    file: Mutex<File>,
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
        let log = WalIndex::of(&connection, path)?;
        let file = Mutex::new(File { connection, version: 0, last: None });
        let local = Local { log, last: RwLock::default(), file };
        Ok(Self { begun: AtomicU64::new(0), asked: Asked::Sqlite(Box::new(local)) })
    }

    /// A server that does not answer within `limit` is not waited for.
    pub(crate) fn over_postgres(pool: Pool, limit: Duration) -> Self {
        let asked = Asked::Postgres { pool, limit, last: AsyncMutex::default() };
        Self { begun: AtomicU64::new(0), asked }
    }

    /// The heads at a moment between this call and its answer.
    pub(crate) async fn heads(&self, schema: &Schema) -> Result<Arc<Heads>, StoreError> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        match &self.asked {
            Asked::Sqlite(local) => local.heads(schema, || self.begin(), begun_before),
            Asked::Postgres { pool, limit, last } => {
                let mut last = last.lock().await;
                if let Some(seen) = began_after(last.seen.as_ref(), begun_before) {
                    return Ok(seen);
                }
                if last.failed > begun_before {
                    return Err(StoreError::Pool("it did not answer a moment ago".into()));
                }
                let read = self.begin();
                match ask(pool, *limit, schema).await {
                    Ok(heads) => {
                        let heads = same_or_new(last.seen.as_ref(), heads);
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

/// The heads that were seen before where these are equal, so that it is told at a glance that they
/// are the same.
fn same_or_new(last: Option<&Seen>, heads: Heads) -> Arc<Heads> {
    let same = last.map(|seen| &seen.heads).filter(|seen| ***seen == heads);
    same.map_or_else(|| Arc::new(heads), Arc::clone)
}

impl Local {
    fn heads(
        &self,
        schema: &Schema,
        begin: impl FnOnce() -> u64,
        begun_before: u64,
    ) -> Result<Arc<Heads>, StoreError> {
        // Before the heads: whoever commits in between has them read once more.
        let head = self.log.as_ref().and_then(WalIndex::head);
        if let Some(head) = &head
            && let Some((of, heads)) = &*self.last.read().unwrap_or_else(PoisonError::into_inner)
            && of == head
        {
            return Ok(Arc::clone(heads));
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = began_after(file.last.as_ref(), begun_before) {
            return Ok(seen);
        }
        let read = begin();
        let heads = file.look(schema)?;
        file.last = Some(Seen { read, heads: Arc::clone(&heads) });
        if let Some(head) = head {
            let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
            *last = Some((head, Arc::clone(&heads)));
        }
        Ok(heads)
    }
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
        let found = Arc::new(heads(&mut Reader::sqlite(&self.connection, Slow(None)), schema)?);
        self.version = version;
        Ok(found)
    }
}

#[expect(clippy::disallowed_methods, reason = "one statement is a transaction of its own")]
async fn ask(pool: &Pool, limit: Duration, schema: &Schema) -> Result<Heads, StoreError> {
    let client = pool.get().await?;
    let asked = timeout(limit, async {
        let prepared = client.prepare_cached(HEADS).await?;
        client.query(&prepared, &[]).await
    });
    let Ok(rows) = asked.await else {
        // The next one asks by another connection: this one may be cut off for good.
        drop(Object::take(client));
        return Err(StoreError::Silent);
    };
    let rows = rows?;
    let mut heads = Heads::empty(schema.types().len());
    for row in &rows {
        take(&Row::Postgres(row), schema, &mut heads)?;
    }
    Ok(heads)
}
