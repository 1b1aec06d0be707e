//! What sends for the webhooks, from the program's start to its end.

use std::time::Duration;

use app::App;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::wire;

/// How long what is on its way may take once the program was told to stop. What is dropped then is
/// sent again, under its id.
const GRACE: Duration = Duration::from_secs(5);

/// Begins to send.
///
/// # Errors
/// When something can't be sent as it is configured.
pub(super) fn start(
    app: &App,
    config: &Config,
    stop: &CancellationToken,
) -> anyhow::Result<JoinSet<()>> {
    let mut running = JoinSet::new();
    for delivery in wire::deliveries(app, config, &wire::new_id())? {
        running.spawn(delivery.run(stop.clone()));
    }
    if config.webhooks.is_empty() {
        let app = app.clone();
        running.spawn(async move {
            // Those that were configured before need no more notices.
            if let Err(error) = app.webhooks_silence().await {
                tracing::warn!(%error, "webhooks of before could not be looked at");
            }
        });
    }
    Ok(running)
}

/// Waits until nothing is on its way any more, within bounds.
pub(super) async fn end(mut running: JoinSet<()>) {
    let ended = timeout(GRACE, async { while running.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!("a delivery was still on its way; it is sent again");
    }
}
