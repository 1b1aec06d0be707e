//! A standby of PostgreSQL, which may answer what need not be of this very moment.
//!
//! It is asked only where it has replayed all that the database itself told when it was asked last
//! ([`Store::read_standby`]); one that has not, or does not answer, is passed over for a while.
//!
//! [`Store::read_standby`]: crate::Store::read_standby

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::Runtime;
use domain::freshness::Heads;
use domain::schema::Schema;
use tokio::time::Instant;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::engine::Reader;
use crate::engine::link::{Links, Patience, Pool};
use crate::engine::postgres::Session;
use crate::engine::slow::Slow;
use crate::error::StoreError;
use crate::measure::Passage;
use crate::read::heads;
use crate::store::{BEGIN_READ, Settings, postgres_transaction};

/// How long one is passed over that is behind: most are by some milliseconds.
const BEHIND: Duration = Duration::from_millis(100);
/// How long one is that is away.
const AWAY: Duration = Duration::from_secs(5);
/// How long a connection may take; the database itself answers meanwhile.
const CONNECT: Duration = Duration::from_secs(1);

/// A standby.
pub(crate) struct Standby {
    pool: Pool,
    passed_over_until: Mutex<Option<Instant>>,
}

impl Standby {
    /// A standby of which at most as much is asked at once as of the database; asks nothing yet.
    pub(crate) fn new(
        config: Config,
        tls: MakeRustlsConnect,
        settings: &Settings,
        ask: Duration,
    ) -> Result<Self, StoreError> {
        let begin = CONNECT.min(settings.busy_timeout);
        let pool = Pool::builder(Links::new(config, tls, Patience { begin, ask: Some(ask) }))
            .max_size(settings.connections)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(begin))
            .wait_timeout(Some(begin))
            .build()
            .map_err(|error| StoreError::Address(error.to_string()))?;
        Ok(Self { pool, passed_over_until: Mutex::default() })
    }

    pub(crate) fn is_in_use(&self) -> bool {
        let until = *self.passed_over_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| Instant::now() >= until)
    }

    /// Reads where all has come about that `least` tells of; gives `work` back where it has not, or the
    /// standby does not answer.
    pub(crate) async fn read<T, F>(
        &self,
        (passage, slow): (&mut Passage, Slow),
        (schema, least): (Arc<Schema>, Arc<Heads>),
        work: F,
    ) -> Result<Result<T, F>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>, Heads) -> Result<T, StoreError> + Send + 'static,
    {
        // Not begun for as long as it lies here.
        let waiting = Arc::new(Mutex::new(Some(work)));
        let begun = Arc::clone(&waiting);
        let asked = move |session: &Session| {
            let mut reader = Reader::postgres(session, slow);
            let heads = heads(&mut reader, &schema)?;
            match heads.reach(&least).then(|| taken(&begun)).flatten() {
                Some(work) => work(&mut reader, heads).map(Some),
                None => Ok(None),
            }
        };
        let done = postgres_transaction((&self.pool, BEGIN_READ), (passage, slow), asked).await;
        match (done, taken(&waiting)) {
            (Ok(Some(value)), _) => Ok(Ok(value)),
            (Ok(None), Some(work)) => {
                self.pass_over(BEHIND);
                Ok(Err(work))
            }
            (Err(error), Some(work)) => {
                self.is_away(&error);
                Ok(Err(work))
            }
            (Err(error), None) => {
                if error.is_transient() {
                    self.is_away(&error);
                }
                Err(error)
            }
            (Ok(None), None) => Err(StoreError::Closed),
        }
    }

    fn is_away(&self, error: &StoreError) {
        tracing::warn!(%error, "the standby does not answer: the database does instead");
        self.pass_over(AWAY);
    }

    fn pass_over(&self, time: Duration) {
        let mut until = self.passed_over_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Instant::now().checked_add(time);
    }
}

fn taken<T>(from: &Mutex<Option<T>>) -> Option<T> {
    from.lock().unwrap_or_else(PoisonError::into_inner).take()
}
