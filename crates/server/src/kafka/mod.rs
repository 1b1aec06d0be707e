//! Kafka at work: the sources that are read by this replica.

mod events;
mod keeper;
mod letters;
mod reader;
mod scheduled;
mod teller;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use app::App;
use app::ingest::Source;
use kafka::{OnGap, SourceSettings};
use tokio_util::sync::CancellationToken;

use reader::{Reader, Until};

pub(crate) use events::{CURSOR, EventsRelay};
pub(crate) use scheduled::ReadSource;
pub(crate) use wire::{known_sources, tasks};

/// What it takes to read a source.
#[derive(Clone)]
pub(crate) struct SourceReading {
    pub(crate) source: Arc<Source>,
    pub(crate) settings: SourceSettings,
    pub(crate) on_gap: OnGap,
    /// Where dead letters go as well.
    pub(crate) dead_letter_topic: Option<String>,
    /// Who reads it, among all replicas.
    pub(crate) replica: String,
}

/// The first pause after something failed.
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest: short enough that what is there again is used at once.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A longer pause than the last one, within bounds.
fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX)
}

/// Reads a source until it is told to stop, whatever goes wrong meanwhile.
pub(crate) async fn read_always(app: App, reading: SourceReading, stop: CancellationToken) {
    let until = Until::stopped(stop.clone());
    let mut reader = Reader::new(app, reading, until);
    let mut pause = Duration::ZERO;
    while !stop.is_cancelled() {
        if let Err(error) = reader.read().await {
            // Files with certificates are read again, too.
            tracing::debug!(%error, "the client is made anew");
            pause = longer(pause);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
    }
    reader.finish().await;
}
