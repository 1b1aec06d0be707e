//! The database, opened: transactions that read, and transactions that write.
//!
//! Transactions are plain functions that block, run on threads that may. What they use is a
//! [`Reader`] or a [`Writer`]; neither can outlive its transaction.

mod transaction;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{BuildError, Manager, ManagerConfig, RecyclingMethod, Runtime};
use domain::freshness::Heads;
use domain::schema::Schema;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::Instrument as _;

use crate::engine::link::{Links, Patience, Pool, notice_silence};
use crate::engine::postgres::Session;
use crate::engine::slow::Slow;
use crate::engine::{Reader, Writer, sqlite};
use crate::error::StoreError;
use crate::measure::{Kind, Passage, Transactions};
use crate::migrations::NEWEST;
use crate::standby::Standby;
use crate::watch::Watch;
use transaction::{blocking, sqlite_transaction};

pub(crate) use transaction::{BEGIN_READ, postgres_transaction};

/// Where the database is, and its limits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// A standby of that PostgreSQL, for what need not be of this very moment.
    pub replica_url: Option<String>,
    /// How to connect to PostgreSQL with TLS; `None` to believe the public authorities.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// The most read transactions at once.
    pub connections: usize,
    /// How long a statement that reads may take.
    pub statement_timeout: Duration,
    /// How long to wait for a lock or a connection.
    pub busy_timeout: Duration,
    /// A statement that takes as long is told in the log; `None` for never.
    pub slow_query: Option<Duration>,
}

impl Settings {
    /// The settings for an address with the limits that suit most.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            replica_url: None,
            tls: None,
            connections: 8,
            statement_timeout: Duration::from_secs(10),
            busy_timeout: Duration::from_secs(5),
            slow_query: Some(Duration::from_secs(1)),
        }
    }
}

/// The most SQLite reads at once: each works on a processor until it is done, so that more of them
/// would only share the same processors and keep caches of their own.
const SQLITE_READS_MAX: usize = 4;

/// The database, opened. Clones share it.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    /// As many as there may be [`Self::read_long`]s at once.
    long_reads: Arc<Semaphore>,
    /// How many write transactions have begun.
    writes: Arc<AtomicU64>,
    /// How many have been committed.
    written: Arc<AtomicU64>,
    /// What each write transaction begins with.
    guard: Option<Guard>,
    slow: Slow,
    measured: Arc<Transactions>,
}

/// Makes what a write transaction begins with, when the transaction is asked for, which may be some
/// time before it begins.
pub type Guard = Arc<dyn Fn() -> Admission + Send + Sync>;
/// What a write transaction begins with; it is given up where this fails.
pub type Admission = Box<dyn FnOnce(&mut Writer<'_>) -> Result<(), StoreError> + Send>;

enum Database {
    Sqlite(SqliteFile),
    Postgres(PostgresPools),
}

impl Database {
    fn watch(&self) -> &Watch {
        match self {
            Self::Sqlite(file) => &file.watch,
            Self::Postgres(pools) => &pools.watch,
        }
    }
}

/// Connections of their own for those who read and for the one who writes, so that neither waits
/// for the other.
struct PostgresPools {
    readers: Pool,
    writer: Pool,
    standby: Option<Standby>,
    /// What write transactions begin with.
    begin_write: String,
    watch: Watch,
}

struct SqliteFile {
    path: PathBuf,
    settings: Settings,
    /// Connections that read and rest; as many permits as there may be connections.
    resting: Mutex<Vec<sqlite::Limited>>,
    permits: Arc<Semaphore>,
    writer: Arc<AsyncMutex<sqlite::Limited>>,
    watch: Watch,
}

impl Store {
    /// Opens the database and brings the system's own tables up to date.
    ///
    /// # Errors
    /// When the address is wrong or the database can't be reached.
    pub async fn open(settings: Settings) -> Result<Self, StoreError> {
        Self::open_at(settings, NEWEST).await
    }

    /// As [`Self::open`], with the tables brought up to a step of the migrations and no further: to
    /// the one of which a backup was taken, or to none where they are to stay as they are.
    ///
    /// # Errors
    /// As [`Self::open`], and [`StoreError::TooNew`] where the step is none of this program's.
    pub async fn open_at(settings: Settings, migration: i64) -> Result<Self, StoreError> {
        if migration > NEWEST {
            return Err(StoreError::TooNew { found: migration, known: NEWEST });
        }
        let database = match settings.url.split_once(':') {
            Some(("sqlite", path)) => open_sqlite(PathBuf::from(path), settings.clone()).await?,
            Some(("postgres" | "postgresql", _)) => open_postgres(&settings)?,
            _ => {
                return Err(StoreError::Address(
                    "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned(),
                ));
            }
        };
        let store = Self {
            database: Arc::new(database),
            // At least one connection stays for reads that are soon done.
            long_reads: Arc::new(Semaphore::new(reads_max(&settings).div_ceil(2).max(1))),
            writes: Arc::default(),
            written: Arc::default(),
            guard: None,
            slow: Slow(settings.slow_query),
            measured: Arc::default(),
        };
        store.migrate(migration).await?;
        Ok(store)
    }

    /// Runs a read transaction: all that `work` reads is as of one moment.
    ///
    /// # Errors
    /// Those of `work`, and when no transaction could be had.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let mut passage = Passage::begin(&self.measured, Kind::Read);
        let span = tracing::info_span!(target: "traces", "transaction", kind = "read");
        let read = self.read_passing(&mut passage, work).instrument(span).await?;
        passage.committed();
        Ok(read)
    }

    async fn read_passing<T, F>(&self, passage: &mut Passage, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let slow = self.slow;
        match &*self.database {
            Database::Sqlite(file) => {
                let permit = file.permits.clone().acquire_owned().await;
                let permit = permit.map_err(|_closed| StoreError::Closed)?;
                passage.connected();
                let store = self.clone();
                blocking(move || {
                    let _permit = permit;
                    let Database::Sqlite(file) = &*store.database else {
                        return Err(StoreError::Closed);
                    };
                    file.read(slow, work)
                })
                .await
            }
            Database::Postgres(pools) => {
                let work = move |session: &Session| work(&mut Reader::postgres(session, slow));
                postgres_transaction((&pools.readers, BEGIN_READ), (passage, slow), work).await
            }
        }
    }

    /// As [`Self::read`], for a read that goes on for as long as somebody takes what it reads, such
    /// as an export: it leaves connections to the others.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_long<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let _permit = self.long_reads.acquire().await.map_err(|_closed| StoreError::Closed)?;
        self.read(work).await
    }

    /// Runs a read transaction on the standby, where all has come about that `least` tells of; `work`
    /// is given the heads that the transaction sees. Gives `work` back where there is no standby, or
    /// it is away or behind: for the database itself.
    ///
    /// # Errors
    /// Those of `work`, and when the standby goes away meanwhile.
    pub async fn read_standby<T, F>(
        &self,
        (schema, least): (Arc<Schema>, Arc<Heads>),
        work: F,
    ) -> Result<Result<T, F>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>, Heads) -> Result<T, StoreError> + Send + 'static,
    {
        let standby = match &*self.database {
            Database::Postgres(pools) => pools.standby.as_ref().filter(|one| one.is_in_use()),
            Database::Sqlite(_) => None,
        };
        let Some(standby) = standby else {
            return Ok(Err(work));
        };
        let mut passage = Passage::begin(&self.measured, Kind::Read);
        let read = standby.read((&mut passage, self.slow), (schema, least), work).await?;
        passage.committed();
        Ok(read)
    }

    /// Where the register stands, at a moment between this call and its answer: whoever asks after
    /// a write was acknowledged sees it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn heads(&self, schema: &Schema) -> Result<Arc<Heads>, StoreError> {
        self.database.watch().heads(schema).await
    }

    /// How many write transactions have begun since this was opened, retries not counted.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// How many write transactions have been committed since this was opened.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// What the transactions of this process come to.
    pub fn transactions(&self) -> &Transactions {
        &self.measured
    }

    /// The same database, in which every write transaction begins with what `guard` makes.
    #[must_use]
    pub fn guarded(&self, guard: Guard) -> Self {
        Self { guard: Some(guard), ..self.clone() }
    }

    /// Runs a write transaction and commits it; when `work` fails, nothing of it is kept. Write
    /// transactions come one after the other.
    ///
    /// # Errors
    /// Those of `work`, and when no transaction could be had or committed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let admission = self.guard.as_ref().map(|guard| guard());
        let work = move |writer: &mut Writer<'_>| {
            admission.map_or(Ok(()), |admission| admission(writer))?;
            work(writer)
        };
        let mut passage = Passage::begin(&self.measured, Kind::Write);
        let span = tracing::info_span!(target: "traces", "transaction", kind = "write");
        let written = self.write_passing(&mut passage, work).instrument(span).await?;
        passage.committed();
        self.written.fetch_add(1, Ordering::Release);
        Ok(written)
    }

    async fn write_passing<T, F>(&self, passage: &mut Passage, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let slow = self.slow;
        match &*self.database {
            Database::Sqlite(file) => {
                let connection = file.writer.clone().lock_owned().await;
                passage.connected();
                blocking(move || {
                    sqlite_transaction(&connection, (Kind::Write, slow), |connection| {
                        work(&mut Writer::new(Reader::sqlite(connection, slow)))
                    })
                })
                .await
            }
            Database::Postgres(pools) => {
                let work = move |session: &Session| {
                    work(&mut Writer::new(Reader::postgres(session, slow)))
                };
                let begin = (&pools.writer, pools.begin_write.as_str());
                postgres_transaction(begin, (passage, slow), work).await
            }
        }
    }
}

async fn open_sqlite(path: PathBuf, settings: Settings) -> Result<Database, StoreError> {
    blocking(move || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                StoreError::Address(format!("can't make the folder {}: {error}", folder.display()))
            })?;
        }
        let writer = sqlite::open(Path::new(&path), settings.busy_timeout, None)?;
        let watch = Watch::over_sqlite(&path, &settings)?;
        Ok(Database::Sqlite(SqliteFile {
            watch,
            resting: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(reads_max(&settings))),
            writer: Arc::new(AsyncMutex::new(writer)),
            path,
            settings,
        }))
    })
    .await
}

/// How many reads there may be at once.
fn reads_max(settings: &Settings) -> usize {
    let is_sqlite = settings.url.starts_with("sqlite:");
    let most = if is_sqlite { SQLITE_READS_MAX } else { usize::MAX };
    settings.connections.clamp(2, most)
}

impl SqliteFile {
    fn read<T>(
        &self,
        slow: Slow,
        work: impl FnOnce(&mut Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let rested = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (busy, limit) = (self.settings.busy_timeout, self.settings.statement_timeout);
        let connection = match rested {
            Some(connection) => connection,
            None => sqlite::open(&self.path, busy, Some(limit))?,
        };
        let result = sqlite_transaction(&connection, (Kind::Read, slow), |connection| {
            work(&mut Reader::sqlite(connection, slow))
        });
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }
}

/// How a server is spoken with.
fn postgres_config(url: &str, settings: &Settings) -> Result<tokio_postgres::Config, StoreError> {
    let mut config = tokio_postgres::Config::from_str(url)
        .map_err(|error| StoreError::Address(error.to_string()))?;
    config.application_name("domesday");
    notice_silence(&mut config);
    let timeout_ms = settings.statement_timeout.as_millis();
    let lock_ms = settings.busy_timeout.as_millis();
    config.options(format!(
        // What is read by a cursor is read piece by piece, so the first rows must come soon.
        // Compiling a statement takes longer than most of ours: 0.4 of the 1.6 s that an export of
        // 100,000 servers took.
        "-c statement_timeout={timeout_ms} -c lock_timeout={lock_ms} -c client_min_messages=warning \
         -c cursor_tuple_fraction=0.01 -c jit=off"
    ));
    Ok(config)
}

fn open_postgres(settings: &Settings) -> Result<Database, StoreError> {
    let config = postgres_config(&settings.url, settings)?;
    let lock_ms = settings.busy_timeout.as_millis();
    // Statements that write may take longer than those that read: an import's. A replica that is
    // frozen between two of them holds up the others no longer than this.
    let begin_write = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = {}",
        lock_ms.saturating_mul(3)
    );
    let tls = with_tls(settings.tls.as_deref())?;
    let links = |most: usize, ask: Option<Duration>| {
        let patience = Patience { begin: settings.busy_timeout, ask };
        Pool::builder(Links::new(config.clone(), tls.clone(), patience))
            .max_size(most)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(settings.busy_timeout))
    };
    let wrong = |error: BuildError| StoreError::Address(error.to_string());
    // Beyond what the server lets a statement take itself.
    let ask = settings.statement_timeout.saturating_add(settings.busy_timeout);
    let readers = links(reads_max(settings), Some(ask)).wait_timeout(Some(settings.busy_timeout));
    // One, since write transactions come one after the other anyway: those that wait do so here,
    // without a limit as with SQLite, and hold no connection.
    let writer = links(1, None).build().map_err(wrong)?;
    // One of its own, so that no long read keeps it from those who only ask where all stands.
    let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let watch =
        deadpool_postgres::Pool::builder(Manager::from_config(config.clone(), tls.clone(), fast))
            .max_size(1)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(settings.busy_timeout))
            .create_timeout(Some(settings.busy_timeout))
            .build()
            .map_err(wrong)?;
    let standby = match &settings.replica_url {
        None => None,
        Some(url) => Some(Standby::new(postgres_config(url, settings)?, tls, settings, ask)?),
    };
    let (readers, watch) =
        (readers.build().map_err(wrong)?, Watch::over_postgres(watch, settings.busy_timeout));
    Ok(Database::Postgres(PostgresPools { readers, writer, standby, begin_write, watch }))
}

/// How to connect with TLS: as it is given, or believing the public authorities.
pub(crate) fn with_tls(
    given: Option<&rustls::ClientConfig>,
) -> Result<MakeRustlsConnect, StoreError> {
    if let Some(given) = given {
        return Ok(MakeRustlsConnect::new(given.clone()));
    }
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Address(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
