//! Being told to stop.
//!
//! ```text
//! SIGTERM ── /readyz says 503, everything else is answered ── http.drain ─┐
//! SIGINT ─────────────────────────────────────────────────────────────────┴─ no new connections
//!                  ── no new requests, those in flight are finished ── GRACE ── end
//! ```
//! Whoever stands before the replicas looks at `/readyz` and sends requests to others before this one
//! refuses any. SIGINT is a person at a terminal, behind whom nobody stands. A second signal of
//! either kind ends all of that at once.

use std::net::SocketAddr;
use std::time::Duration;

use axum_server::Handle;
use tokio_util::sync::CancellationToken;
use web::Ending;

use super::port::Port;
use super::supervisor;

/// How long the end may take once the program was told to stop; below the 30 s after which
/// Kubernetes kills.
const GRACE: Duration = Duration::from_secs(25);
/// How long requests in flight have at least, however long requests were still taken.
const GRACE_MIN: Duration = Duration::from_secs(5);

/// What somebody asks of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// To end when others have taken over.
    Drained,
    /// To end when what is in flight is finished.
    Soon,
}

/// The times that somebody asks the program to stop.
pub(crate) struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The next time.
    pub(crate) async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.terminate.recv() => Stop::Drained,
            _ = self.interrupt.recv() => Stop::Soon,
        }
    }
}

#[cfg(not(unix))]
impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// None.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {})
    }

    /// The next time.
    pub(crate) async fn next(&mut self) -> Stop {
        drop(tokio::signal::ctrl_c().await);
        Stop::Soon
    }
}

/// What has to be told of the end.
pub(super) struct Stopping {
    pub(super) ending: Ending,
    pub(super) drain: Duration,
    pub(super) port: Port,
    pub(super) handle: Handle<SocketAddr>,
    pub(super) background: CancellationToken,
}

impl Stopping {
    /// Waits to be told to stop, and has everything end; comes back only where it was told twice.
    pub(super) async fn told_twice(self, signals: &mut StopSignals) {
        let asked = signals.next().await;
        supervisor::tell("STOPPING=1");
        // What runs beside the requests need not wait: others take it over.
        self.background.cancel();
        self.ending.begin();
        let drain = if asked == Stop::Drained { self.drain } else { Duration::ZERO };
        if !drain.is_zero() {
            let seconds = drain.as_secs_f64();
            tracing::info!(seconds, "told to stop: requests are still taken for so long");
        }
        let shut = async {
            tokio::time::sleep(drain).await;
            self.port.shut().await;
        };
        tokio::select! {
            () = shut => {}
            _ = signals.next() => return,
        }
        tracing::info!("told to stop: finishing what is in flight");
        self.handle.graceful_shutdown(Some(GRACE.saturating_sub(drain).max(GRACE_MIN)));
        signals.next().await;
    }
}
