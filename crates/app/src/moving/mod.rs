//! Moving in: what another system holds, brought over.
//!
//! ```text
//!   its database or dump ─ stage by stage, a batch at a time ─ bring ─ commits as ever
//!                                                               │
//!                                                            brought: its names, ours, what it said last
//! ```
//! Each batch is a transaction that also keeps what was brought, so that whatever ends it half-way, the
//! next time goes on from there, and a time after that brings only what is new.

mod bring;
pub mod django;
pub mod netbox;
mod report;

use std::sync::{Arc, Mutex, PoisonError};

use domain::record::Timestamp;
use domain::schema::Schema;
use sql::{StoreError, Writer};

pub use report::{Counted, LeftOut, Report};

use crate::people::given_up;
use crate::{App, Context, Error};

/// The most records, or steps of a history, that are brought in one transaction.
const BATCH: u32 = 1_000;

/// Something that is brought over, a batch at a time.
trait Mover: Send + 'static {
    /// Brings the next batch: whether there may be more.
    fn advance(&mut self, writer: &mut Writer<'_>, at: &Here) -> Result<bool, StoreError>;

    /// How much has come.
    fn report(&self) -> &Report;
}

/// Where things are brought to, and when that is.
#[derive(Clone)]
struct Here {
    schema: Arc<Schema>,
    /// Whoever brings them, who may everything.
    ctx: Context,
}

impl Here {
    fn now(&self) -> Timestamp {
        self.ctx.now
    }
}

/// Is told how much has come.
pub type Watch = Arc<dyn Fn(&Report) + Send + Sync>;

/// How something is brought over, and who looks on.
#[derive(Clone, Default)]
pub struct MoveOptions {
    /// Write nothing, and tell what would come.
    pub dry_run: bool,
    /// Is told after each batch.
    pub watch: Option<Watch>,
}

impl MoveOptions {
    fn tell(&self, report: &Report) {
        if let Some(watch) = &self.watch {
            watch(report);
        }
    }
}

impl App {
    async fn move_in<M: Mover>(
        &self,
        ctx: &Context,
        mut mover: M,
        options: &MoveOptions,
    ) -> Result<Report, Error> {
        let here = Here { schema: Arc::clone(&self.schema), ctx: ctx.clone() };
        if options.dry_run {
            return self.try_in(here, mover, options.clone()).await;
        }
        loop {
            let at = here.clone();
            let step = move |writer: &mut Writer<'_>| {
                let is_more = mover.advance(writer, &at)?;
                Ok((mover, is_more))
            };
            let is_more;
            (mover, is_more) = self.store.write(step).await?;
            options.tell(mover.report());
            if !is_more {
                return Ok(mover.report().clone());
            }
        }
    }

    /// Brings all in one transaction, and gives that up.
    async fn try_in<M: Mover>(
        &self,
        here: Here,
        mut mover: M,
        options: MoveOptions,
    ) -> Result<Report, Error> {
        let tried = Arc::new(Mutex::new(None));
        let outcome = Arc::clone(&tried);
        let work = move |writer: &mut Writer<'_>| -> Result<(), StoreError> {
            while mover.advance(writer, &here)? {
                options.tell(mover.report());
            }
            *outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(mover.report().clone());
            Err(given_up(Error::NotFound { what: "wish to keep it" }))
        };
        let ended = self.store.write(work).await;
        let report = tried.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (report, ended) {
            (Some(report), _) => Ok(report),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(())) => Ok(Report::default()),
        }
    }
}
