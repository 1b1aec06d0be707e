//! Waiting for the next commit, with one look for all who wait.

use std::time::Duration;

use domain::record::CommitNumber;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::{App, Error};

/// How often there is a look for more.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The last commit that somebody saw, and when.
#[derive(Debug, Default)]
pub(crate) struct News(Mutex<Option<(Instant, CommitNumber)>>);

impl App {
    /// Waits until there is a commit behind one. However many wait, the database is asked a few
    /// times a second.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn commit_behind(&self, number: CommitNumber) -> Result<(), Error> {
        while self.last_seen().await? <= number {
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn last_seen(&self) -> Result<CommitNumber, Error> {
        let mut last = self.freshness.news.0.lock().await;
        if let Some((at, number)) = *last
            && at.elapsed() < LOOK_EVERY
        {
            return Ok(number);
        }
        let number = self.store.heads(&self.schema).await?.last.commit;
        *last = Some((Instant::now(), number));
        Ok(number)
    }
}
