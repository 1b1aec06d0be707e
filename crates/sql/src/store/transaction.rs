//! One transaction: begun, given to its work, and committed or rolled back, in either database.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{block_in_place, spawn_blocking};
use tracing::Span;

use crate::engine::link::Pool;
use crate::engine::postgres::Session;
use crate::engine::slow::Slow;
use crate::engine::sqlite;
use crate::error::StoreError;
use crate::measure::{Kind, Passage};

/// Runs work that blocks: on this very thread where the runtime can do without it for a while,
/// since waking another one for each page costs as much as reading the page.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        return block_in_place(work);
    }
    spawn_blocking(work).await.unwrap_or_else(|failed| match failed.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_cancelled) => Err(StoreError::Closed),
    })
}

pub(super) fn sqlite_transaction<T>(
    connection: &sqlite::Limited,
    (kind, slow): (Kind, Slow),
    work: impl FnOnce(&sqlite::Limited) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let run = |text: &str| {
        connection.begin();
        connection.prepare_cached(text)?.raw_execute().map(drop)
    };
    run(match kind {
        Kind::Read => "BEGIN",
        Kind::Write => "BEGIN IMMEDIATE",
    })?;
    // Rolls back when `work` panics, too: the connection must not stay in a transaction.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(connection)));
    let committed = match outcome {
        Ok(Ok(value)) => match commit(kind, slow, || Ok(run("COMMIT")?)) {
            Ok(()) => return Ok(value),
            Err(error) => Err(error),
        },
        Ok(Err(error)) => Err(error),
        Err(panic) => {
            roll_back(connection);
            std::panic::resume_unwind(panic)
        }
    };
    roll_back(connection);
    committed
}

/// Commits, which of a write is where the disk is waited for.
fn commit(
    kind: Kind,
    slow: Slow,
    run: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let span = match kind {
        Kind::Read => Span::none(),
        Kind::Write => tracing::info_span!(target: "traces", "commit"),
    };
    span.in_scope(|| slow.watch("COMMIT", |()| 0, run))
}

fn roll_back(connection: &rusqlite::Connection) {
    if let Err(error) = connection.execute_batch("ROLLBACK") {
        tracing::debug!(%error, "nothing to roll back");
    }
}

/// What read transactions of PostgreSQL begin with.
pub(crate) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[expect(clippy::disallowed_methods, reason = "this is what runs the transactions")]
pub(crate) async fn postgres_transaction<T, F>(
    (pool, begin): (&Pool, &str),
    (passage, slow): (&mut Passage, Slow),
    work: F,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&Session) -> Result<T, StoreError> + Send + 'static,
{
    let client = pool.get().await?;
    passage.connected();
    let (begin, kind) = (begin.to_owned(), passage.kind());
    blocking(move || {
        let session = Session::new(client);
        session.begin(&begin)?;
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&session)));
        let committed = match outcome {
            Ok(Ok(value)) => commit(kind, slow, || session.batch("COMMIT")).map(|()| value),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                roll_back_session(&session);
                std::panic::resume_unwind(panic)
            }
        };
        // A commit that was never sent, since something before it failed, leaves its transaction open.
        committed.inspect_err(|_| roll_back_session(&session))
    })
    .await
}

fn roll_back_session(session: &Session) {
    session.forget();
    if let Err(failed) = session.batch("ROLLBACK") {
        tracing::debug!(%failed, "could not roll back");
    }
}
