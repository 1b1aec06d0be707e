//! What runs beside the answering of requests: tasks, sources of messages, events, webhooks, mail.

use std::time::Duration;

use app::App;
use app::tasks::{Scheduler, Works};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::notices::Relay;
use super::webhooks;
use crate::config::Config;
use crate::{kafka, wire};

/// How long sources may take to be left once the program was told to stop.
const GRACE: Duration = Duration::from_secs(25);

/// All of it, running.
pub(super) struct Background {
    tasks: JoinHandle<()>,
    readers: JoinSet<()>,
    webhooks: JoinSet<()>,
    notices: Option<JoinHandle<()>>,
}

impl Background {
    /// Begins; told to stop, each thing finishes what it is at.
    ///
    /// # Errors
    /// When something can't be run as it is configured.
    pub(super) fn start(
        app: &App,
        config: &Config,
        (works, replica): (Works, &str),
        notices: Option<Relay>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let scheduler = Scheduler::new(app.clone(), works, replica.to_owned());
        let mut readers = JoinSet::new();
        for reading in wire::continuous_sources(app, config, replica) {
            readers.spawn(kafka::read_always(app.clone(), reading, stop.clone()));
        }
        if let Some(relay) = wire::events_relay(app, config, replica) {
            readers.spawn(relay.run(stop.clone()));
        }
        Ok(Self {
            tasks: tokio::spawn(scheduler.run(stop.clone())),
            readers,
            webhooks: webhooks::start(app, config, stop)?,
            notices: notices.map(|relay| tokio::spawn(relay.run())),
        })
    }

    /// Waits until all have ended that were told to stop.
    pub(super) async fn end(self) {
        // What runs is asked to finish, and dropped by the scheduler itself where it takes too long.
        if let Err(error) = self.tasks.await {
            tracing::error!(%error, "the scheduler failed");
        }
        webhooks::end(self.webhooks).await;
        // They leave their groups in order, so that others go on at once; who takes too long is left.
        if tokio::time::timeout(GRACE, self.readers.join_all()).await.is_err() {
            tracing::warn!("a source was not left in order");
        }
        if let Some(notices) = self.notices {
            notices.abort();
        }
    }
}
