//! Sends for one webhook until the process ends.

use std::time::Duration;

use app::webhooks::{Courier, Parcel, Settled, Step};
use app::{App, Error};
use domain::webhook::{Fate, Sent};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::Receiver;

/// The waits between tries to reach the database: the first, which each further one doubles, and the
/// longest.
const AWAY_MIN: Duration = Duration::from_millis(200);
const AWAY_MAX: Duration = Duration::from_secs(5);
/// The longest wait for a commit: somebody may have asked another replica for something.
const NEWS_WAIT_MAX: Duration = Duration::from_secs(5);

/// What sends for one webhook in one replica.
pub struct Delivery {
    app: App,
    courier: Courier,
    receiver: Receiver,
    /// How long the database has been away for.
    away: Option<Duration>,
}

impl Delivery {
    /// Sends what the courier has to the receiver.
    pub fn new(app: App, courier: Courier, receiver: Receiver) -> Self {
        Self { app, courier, receiver, away: None }
    }

    /// Sends until it is told to stop; what is on its way then is seen to its end.
    pub async fn run(mut self, stop: CancellationToken) {
        let configured = loop {
            match self.courier.configure().await {
                Err(error) if !stop.is_cancelled() => self.is_away(&error, &stop).await,
                configured => break configured,
            }
        };
        if configured.is_err() {
            return;
        }
        while !stop.is_cancelled() {
            self.step(&stop).await;
        }
    }

    /// Does what there is to do, or waits until there is something.
    pub async fn step(&mut self, stop: &CancellationToken) {
        let app = self.app.clone();
        // Before the look, so that nothing is missed that comes after it.
        let rung = app.webhooks.rung();
        let next = self.courier.next().await;
        if next.is_ok() && self.away.take().is_some() {
            tracing::info!(webhook = self.courier.webhook().name, "the webhook is looked at again");
        }
        match next {
            Err(error) => self.is_away(&error, stop).await,
            Ok(Step::Send(parcel)) => self.send(&parcel, stop).await,
            Ok(Step::Wait(Duration::ZERO)) => {}
            Ok(Step::Wait(wait)) => tokio::select! {
                () = sleep(wait) => {}
                () = rung => {}
                () = stop.cancelled() => {}
            },
            Ok(Step::WaitForNews(place)) => tokio::select! {
                // Where it can't be asked for, that is told at the next look.
                _news = app.commit_behind(place.whole()) => {}
                () = sleep(NEWS_WAIT_MAX) => {}
                () = rung => {}
                () = stop.cancelled() => {}
            },
        }
    }

    async fn send(&mut self, parcel: &Parcel, stop: &CancellationToken) {
        // A process that was frozen may not be the one to send it any more.
        if parcel.claimed_at.elapsed() > self.courier.webhook().lease() / 2 {
            return;
        }
        let webhook = &self.courier.webhook().name;
        let span = tracing::info_span!(target: "traces", "delivery", otel.kind = "producer", webhook, id = parcel.id);
        let sent = self.receiver.post(parcel, self.app.clock.now()).instrument(span).await;
        loop {
            match self.courier.settle(parcel, &sent).await {
                Ok(settled) => return self.tell(parcel, &sent, settled),
                Err(_) if stop.is_cancelled() => return,
                // Nothing is sent before this is kept, so that nothing is sent twice for it.
                Err(error) => self.is_away(&error, stop).await,
            }
        }
    }

    fn tell(&mut self, parcel: &Parcel, sent: &Sent, settled: Settled) {
        self.away = None;
        let (webhook, id) = (&self.courier.webhook().name, &parcel.id);
        let why = sent.told();
        match settled {
            Settled::As(Fate::Taken) => tracing::debug!(webhook, id, "a delivery was taken"),
            Settled::As(Fate::Later(wait)) => {
                tracing::warn!(webhook, id, why, ?wait, "a delivery is tried again later");
            }
            Settled::As(Fate::Dead) => {
                tracing::error!(webhook, id, why, "a delivery is given up");
            }
            Settled::As(Fate::Gone) => {
                tracing::error!(webhook, id, why, "the receiver wants no more: the webhook rests");
            }
            Settled::Lost => {
                tracing::warn!(webhook, id, "another replica has taken the webhook meanwhile");
            }
        }
    }

    /// The database can't be asked: told once, and waited for, each time longer.
    async fn is_away(&mut self, error: &Error, stop: &CancellationToken) {
        let webhook = &self.courier.webhook().name;
        let wait = match self.away {
            None => {
                tracing::warn!(webhook, %error, "the webhook can't be looked at; it is tried again");
                AWAY_MIN
            }
            Some(wait) => wait.saturating_mul(2).min(AWAY_MAX),
        };
        self.away = Some(wait);
        tokio::select! {
            () = sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}
