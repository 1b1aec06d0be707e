//! What an administrator does with the answers that are kept: look, and have all forgotten.

use chrono::TimeDelta;
use domain::access::Right;
use domain::audit::Action;
use sql::{Reader, Writer, read, write};

use crate::ports::CacheStats;
use crate::{App, Context, Error, audit};

/// What has become of the answers that are kept.
#[derive(Clone, Debug)]
pub struct CacheReport {
    /// How often all were forgotten.
    pub cleared: i64,
    /// The most bytes of one that is kept.
    pub body_limit: usize,
    /// How old answers may be.
    pub max_staleness: TimeDelta,
    /// What each cache, and each server of it, has done since this process began.
    pub caches: Vec<CacheStats>,
}

impl App {
    /// What has become of the answers that this process keeps, and those that it keeps elsewhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer; others when the database can't be
    /// asked.
    pub async fn cache_report(&self, ctx: &Context) -> Result<CacheReport, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let schema = std::sync::Arc::clone(&self.schema);
        let read = move |reader: &mut Reader<'_>| Ok(read::heads(reader, &schema)?.cleared);
        Ok(CacheReport {
            cleared: self.store.read(read).await?,
            body_limit: self.bodies.limit(),
            max_staleness: self.freshness.max_staleness,
            caches: self.bodies.stats().await,
        })
    }

    /// Has all answers forgotten that are kept anywhere, by every replica at once: none is asked
    /// for by its old key again.
    ///
    /// # Errors
    /// As [`Self::cache_report`].
    pub async fn cache_clear(&self, ctx: &Context) -> Result<(), Error> {
        ctx.must_everywhere(Right::Administer)?;
        let ctx = ctx.clone();
        let clear = move |writer: &mut Writer<'_>| {
            audit::keep(writer, &ctx, Action::CacheCleared, "all kept answers".to_owned())?;
            write::cache_clear(writer, ctx.now)
        };
        Ok(self.store.write(clear).await?)
    }
}
