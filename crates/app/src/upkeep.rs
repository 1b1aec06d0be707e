//! Small clean-ups, once a minute, by one replica at a time.

use std::time::Duration;

use chrono::TimeDelta;
use sql::write;

use crate::{App, Error};

/// How often there is a look at what is to be done.
const TICK: Duration = Duration::from_mins(1);
/// How long the lease holds: a little more than a tick, so that a replica that is gone is followed
/// by the next one.
const LEASE: Duration = Duration::from_secs(90);
/// How long ended tokens stay, so that people see why theirs works no more.
const ENDED_TOKENS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long the answer to an idempotency key is given again.
const ANSWERS_KEPT: TimeDelta = TimeDelta::hours(24);

impl App {
    /// Does what is to be done, if no other replica is at it; tells whether it was this one.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn upkeep_tick(&self, replica: &str) -> Result<bool, Error> {
        let (replica, now) = (replica.to_owned(), self.clock.now());
        let forget_before = now.checked_sub_signed(ENDED_TOKENS_KEPT).unwrap_or(now);
        let answers_before = now.checked_sub_signed(ANSWERS_KEPT).unwrap_or(now);
        Ok(self
            .store
            .write(move |writer| {
                if !write::lease_take(writer, "upkeep", &replica, now, LEASE)? {
                    return Ok(false);
                }
                write::tokens_forget(writer, forget_before)?;
                write::answers_forget(writer, answers_before)?;
                write::refresh_statistics(writer)?;
                Ok(true)
            })
            .await?)
    }

    /// Ticks until the process ends. A tick that fails is told in the log and tried again.
    pub async fn upkeep(&self, replica: &str) {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            ticks.tick().await;
            if let Err(error) = self.upkeep_tick(replica).await {
                tracing::warn!(%error, "upkeep failed; it is tried again in a minute");
            }
        }
    }
}
