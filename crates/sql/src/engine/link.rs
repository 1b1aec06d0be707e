//! Connections to PostgreSQL that are driven by whoever waits for them.
//!
//! A transaction here is a plain function on a thread that may block. Were its connection a task of
//! the program's runtime, each statement would wake another thread and be woken by it, which costs
//! more than most statements. So a connection has a runtime of its own, of no thread, and whoever
//! waits for an answer reads the socket.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::{block_in_place, spawn_blocking, yield_now};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, Error, Statement as Prepared};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;
use crate::statement::Statement;

/// Prepared statements kept for each connection.
const STATEMENTS_KEPT: usize = 256;

/// Connections, as many as there may be.
pub(crate) type Pool = managed::Pool<Links>;

/// A server that says nothing for so long, not even that it is still there, is taken to be gone.
const SILENCE: Duration = Duration::from_secs(20);
/// After so long without a word it is asked whether it is there, and so often again.
const ASKED_AFTER: Duration = Duration::from_secs(10);
const ASKED_EVERY: Duration = Duration::from_secs(5);
const ASKED_TIMES: u32 = 2;
/// What the driver takes where an address says nothing of it.
const ASKED_AFTER_DEFAULT: Duration = Duration::from_hours(2);

/// How long a server may take. It keeps its own limits; these are for one that is frozen, or that a
/// network cuts off without a word: it would be waited for as long as it is so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until a connection is there, and until a transaction has begun.
    pub(crate) begin: Duration,
    /// For each thing that is asked in a transaction; `None` in one that writes, of which nobody
    /// could tell what became.
    pub(crate) ask: Option<Duration>,
}

/// Makes connections to one database.
pub(crate) struct Links {
    config: Config,
    tls: MakeRustlsConnect,
    patience: Patience,
}

/// Has the system see that a server's machine is gone, which by default it does after hours. What an
/// address says itself holds.
pub(crate) fn notice_silence(config: &mut Config) {
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_idle() == ASKED_AFTER_DEFAULT {
        config.keepalives_idle(ASKED_AFTER);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(ASKED_EVERY);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(ASKED_TIMES);
    }
}

impl Links {
    pub(crate) fn new(config: Config, tls: MakeRustlsConnect, patience: Patience) -> Self {
        Self { config, tls, patience }
    }
}

/// A connection, and all that it needs to be driven.
pub(crate) struct Link {
    /// Is there until this is dropped.
    runtime: Option<Runtime>,
    connection: Driver,
    client: Arc<Client>,
    statements: Statements,
    patience: Patience,
}

/// Sends and receives, for as long as it is polled.
struct Driver(Option<Driving>);

type Driving = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A statement that the server has, and how many rows it will have changed.
pub(crate) type Sent = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send>>;

/// Statements by their text, prepared.
#[derive(Default)]
pub(crate) struct Statements(HashMap<String, Prepared>);

impl Statements {
    /// The statement of a text, kept prepared; when there are too many, all are let go, since
    /// anybody can ask for one filter more.
    pub(crate) async fn prepare(&mut self, client: &Client, text: &str) -> Result<Prepared, Error> {
        if let Some(prepared) = self.0.get(text) {
            return Ok(prepared.clone());
        }
        if self.0.len() >= STATEMENTS_KEPT {
            self.0.clear();
        }
        let prepared = client.prepare(text).await?;
        self.0.insert(text.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

impl Link {
    /// Connects; blocks the thread, which must not be one of a runtime's own.
    fn open(
        config: &Config,
        tls: MakeRustlsConnect,
        patience: Patience,
    ) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::Pool(error.into()))?;
        let connected =
            runtime.block_on(async { timeout(patience.begin, config.connect(tls)).await });
        let (client, connection) = connected.map_err(|_elapsed| StoreError::Silent)??;
        Ok(Self {
            runtime: Some(runtime),
            connection: Driver(Some(Box::pin(connection))),
            client: Arc::new(client),
            statements: Statements::default(),
            patience,
        })
    }

    /// Begins a transaction by the statements of a text; blocks the thread.
    pub(crate) fn begin(&mut self, text: &str) -> Result<(), StoreError> {
        let limit = Some(self.patience.begin);
        self.run_within(limit, async |client, _| client.batch_execute(text).await)
    }

    /// Does some work by the connection, which is driven meanwhile; blocks the thread.
    pub(crate) fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client, &mut Statements) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        self.run_within(self.patience.ask, work)
    }

    /// Sends a statement and comes back: the server is at work on it meanwhile. It must be waited for
    /// in what [`Self::run`] does next; blocks the thread until it is sent.
    pub(crate) fn send(&mut self, statement: Statement) -> Result<Sent, StoreError> {
        let client = Arc::clone(&self.client);
        let text = statement.text().to_owned();
        let prepared =
            self.run(async |client, statements| statements.prepare(client, &text).await)?;
        let mut sent: Sent =
            Box::pin(async move { client.execute_raw(&prepared, statement.params()).await });
        let Self { runtime, connection, .. } = self;
        let first = poll_fn(|context| {
            // It has not been sent before, so that it can't have been answered.
            let answered = sent.as_mut().poll(context);
            connection.drive(context);
            Poll::Ready(answered)
        });
        let answered = match runtime {
            Some(runtime) => runtime.block_on(first),
            None => futures_executor::block_on(first),
        };
        Ok(match answered {
            Poll::Pending => sent,
            Poll::Ready(answered) => Box::pin(std::future::ready(answered)),
        })
    }

    fn run_within<T>(
        &mut self,
        limit: Option<Duration>,
        work: impl AsyncFnOnce(&Client, &mut Statements) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let Self { runtime, connection, client, statements, .. } = self;
        let mut work = pin!(work(client, statements));
        let driven = poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            connection.drive(context);
            // What was sent may have been answered by now, or never will be.
            work.as_mut().poll(context)
        });
        let done = match (runtime, limit) {
            (Some(runtime), Some(limit)) => {
                runtime.block_on(async { timeout(limit, driven).await })
            }
            (Some(runtime), None) => Ok(runtime.block_on(driven)),
            (None, _) => Ok(futures_executor::block_on(driven)),
        };
        match done {
            Ok(done) => Ok(done?),
            Err(_elapsed) => {
                // What it says later would be taken for the answer to something else.
                connection.0 = None;
                Err(StoreError::Silent)
            }
        }
    }

    /// Whether the server has hung up, as far as this can be seen without asking it.
    fn is_closed(&mut self) -> bool {
        if let Some(runtime) = &self.runtime {
            let connection = &mut self.connection;
            runtime.block_on(async {
                // Lets the runtime look at the socket.
                yield_now().await;
                poll_fn(|context| {
                    connection.drive(context);
                    Poll::Ready(())
                })
                .await;
            });
        }
        self.connection.0.is_none() || self.client.is_closed()
    }
}

impl Driver {
    fn drive(&mut self, context: &mut std::task::Context<'_>) {
        if let Some(connection) = &mut self.0
            && let Poll::Ready(ended) = connection.as_mut().poll(context)
        {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
            self.0 = None;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.connection.0 = None;
        // A runtime must not be waited for on a thread of another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl managed::Manager for Links {
    type Type = Link;
    type Error = StoreError;

    async fn create(&self) -> Result<Link, StoreError> {
        let (config, tls, patience) = (self.config.clone(), self.tls.clone(), self.patience);
        let opened = spawn_blocking(move || Link::open(&config, tls, patience)).await;
        opened.unwrap_or_else(|failed| match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => Err(StoreError::Closed),
        })
    }

    async fn recycle(&self, link: &mut Link, _metrics: &Metrics) -> RecycleResult<StoreError> {
        let is_multi = Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
        let is_closed =
            if is_multi { block_in_place(|| link.is_closed()) } else { link.client.is_closed() };
        if is_closed { Err(RecycleError::message("the server hung up")) } else { Ok(()) }
    }
}
