//! Small clean-ups, once a minute, by one replica at a time.

use std::time::Duration;

use chrono::TimeDelta;
use domain::moment::{Moment, Span};
use domain::sign_in::FAILURES_KEPT;
use sql::write::{self, Committed};

use crate::{App, Context, Error};

/// How often there is a look at what is to be done.
const TICK: Duration = Duration::from_mins(1);
/// How long the lease holds: a little more than a tick, so that a replica that is gone is followed
/// by the next one.
const LEASE: Duration = Duration::from_secs(90);
/// How long ended tokens stay, so that people see why theirs works no more.
const ENDED_TOKENS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long the answer to an idempotency key is given again.
const ANSWERS_KEPT: TimeDelta = TimeDelta::hours(24);

/// How many change requests are closed in a round.
const EXPIRED_AT_ONCE: i64 = 100;

/// How often older history is folded.
const FOLD_EVERY: Duration = Duration::from_hours(24);
/// The origin of what upkeep commits.
const ORIGIN: &str = "task:upkeep";

impl App {
    /// Does what is to be done, if no other replica is at it; tells whether it was this one.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn upkeep_tick(&self, replica: &str) -> Result<bool, Error> {
        let (replica, now) = (replica.to_owned(), self.clock.now());
        let forget_before = now.checked_sub_signed(ENDED_TOKENS_KEPT).unwrap_or(now);
        let before = |span| now.checked_sub_signed(span).unwrap_or(now);
        let limits = self.session_limits;
        let (created_before, seen_before) = (before(limits.absolute), before(limits.idle));
        let failed_before = before(FAILURES_KEPT);
        let answers_before = now.checked_sub_signed(ANSWERS_KEPT).unwrap_or(now);
        Ok(self
            .store
            .write(move |writer| {
                if !write::lease_take(writer, "upkeep", &replica, now, LEASE)? {
                    return Ok(false);
                }
                write::tokens_forget(writer, forget_before)?;
                write::answers_forget(writer, answers_before)?;
                write::sessions_forget(writer, created_before, seen_before)?;
                write::one_time_forget(writer, now)?;
                write::attempts_forget(writer, failed_before)?;
                write::refresh_statistics(writer)?;
                Ok(true)
            })
            .await?)
    }

    /// Folds the history that is older than what is kept, if that has not been done today by any
    /// replica; `None` where there was nothing to do.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn upkeep_fold(&self, replica: &str, keep: Span) -> Result<Option<Committed>, Error> {
        let now = self.clock.now();
        // Whoever holds a lease may renew it; under a name that nobody had before, it can't be
        // taken before it ends.
        let holder = format!("{replica} {}", now.timestamp_micros());
        let take = move |writer: &mut sql::Writer<'_>| {
            write::lease_take(writer, "history.keep", &holder, now, FOLD_EVERY)
        };
        let (true, Some(before)) = (self.store.write(take).await?, keep.before(now)) else {
            return Ok(None);
        };
        let Some(plan) = self.fold_plan(Moment::At(before)).await? else {
            return Ok(None);
        };
        let ctx = Context::of_system(now, ORIGIN, replica);
        self.fold(&ctx, plan.to).await
    }

    /// Closes change requests whose time is over, and gives how many.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn upkeep_requests(&self, replica: &str) -> Result<usize, Error> {
        let ctx = Context::of_system(self.clock.now(), ORIGIN, replica);
        Ok(self.requests_expire(&ctx, EXPIRED_AT_ONCE).await?.len())
    }

    /// Ticks until the process ends, and keeps no more history than is said; all of it where
    /// nothing is. A tick that fails is told in the log and tried again.
    pub async fn upkeep(&self, replica: &str, keep: Option<Span>) {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            ticks.tick().await;
            if let Err(error) = self.upkeep_round(replica, keep).await {
                tracing::warn!(%error, "upkeep failed; it is tried again in a minute");
            }
        }
    }
    async fn upkeep_round(&self, replica: &str, keep: Option<Span>) -> Result<(), Error> {
        if !self.upkeep_tick(replica).await? {
            return Ok(());
        }
        self.upkeep_requests(replica).await?;
        match keep {
            Some(keep) => self.upkeep_fold(replica, keep).await.map(drop),
            None => Ok(()),
        }
    }
}
