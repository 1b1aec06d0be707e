//! Bodies that have been made once, and are sent again for as long as they are true.
//!
//! What is kept is never wrong, since its key follows from all that it shows; so nothing is ever
//! taken out but for want of room. Of several who want the same body at once, one makes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::freshness::Key;
use tokio::sync::watch;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::ports::{Cache, CacheStats, KeptBody};

/// Where bodies are kept, the nearest first.
#[derive(Clone, Default)]
pub struct Bodies {
    tiers: Arc<[Arc<dyn Cache>]>,
    /// The most bytes of a body that is kept.
    limit: usize,
    flights: Arc<Flights>,
}

impl Bodies {
    /// Kept in these, the nearest first, where they have at most so many bytes.
    pub fn new(tiers: Vec<Arc<dyn Cache>>, limit: usize) -> Self {
        Self { tiers: tiers.into(), limit, flights: Arc::default() }
    }

    /// The most bytes of a body that is kept.
    pub fn limit(&self) -> usize {
        if self.tiers.is_empty() { 0 } else { self.limit }
    }

    /// The body that is kept under a key. One that was found far away is kept nearer from now on.
    pub async fn get(&self, key: Key) -> Option<KeptBody> {
        let span = tracing::info_span!(target: "traces", "cache", hit = Empty);
        let found = self.look(key).instrument(span.clone()).await;
        span.record("hit", found.is_some());
        found
    }

    async fn look(&self, key: Key) -> Option<KeptBody> {
        for (place, tier) in self.tiers.iter().enumerate() {
            let Some(body) = tier.get(key).await else {
                continue;
            };
            for nearer in self.tiers.iter().take(place) {
                nearer.put(key, body.clone()).await;
            }
            return Some(body);
        }
        None
    }

    /// Keeps a body: nearby at once, far away without anybody waiting for it.
    pub async fn put(&self, key: Key, body: KeptBody) {
        if body.bytes.len() > self.limit() {
            return;
        }
        let mut tiers = self.tiers.iter();
        if let Some(nearest) = tiers.next() {
            nearest.put(key, body.clone()).await;
        }
        for tier in tiers {
            let (tier, body) = (Arc::clone(tier), body.clone());
            tokio::spawn(async move { tier.put(key, body).await });
        }
    }

    /// What each has done.
    pub async fn stats(&self) -> Vec<CacheStats> {
        let mut stats = Vec::new();
        for tier in self.tiers.iter() {
            stats.extend(tier.stats().await);
        }
        stats
    }

    /// Asks to make the body of a key, or to wait for whoever makes it already.
    pub fn turn(&self, key: Key) -> Turn {
        let mut flights = self.flights.lock();
        if let Some(made) = flights.get(&key) {
            return Turn::Wait(Waiting(made.clone()));
        }
        let (sender, receiver) = watch::channel(Made::NotYet);
        flights.insert(key, receiver);
        Turn::Make(Making { key, sender, flights: Arc::clone(&self.flights) })
    }
}

#[derive(Default)]
struct Flights(Mutex<HashMap<Key, watch::Receiver<Made>>>);

impl Flights {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, watch::Receiver<Made>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
enum Made {
    NotYet,
    Body(KeptBody),
    NotKept,
}

/// Whose turn it is to make a body.
pub enum Turn {
    /// One's own.
    Make(Making),
    /// Somebody else's.
    Wait(Waiting),
}

/// The turn to make a body. Whoever drops it lets the next one try.
pub struct Making {
    key: Key,
    sender: watch::Sender<Made>,
    flights: Arc<Flights>,
}

impl Making {
    /// Hands the body to all who wait.
    pub fn done(self, body: KeptBody) {
        self.sender.send_replace(Made::Body(body));
    }

    /// Tells all who wait that it is none to be shared: too large, or overtaken.
    pub fn not_kept(self) {
        self.sender.send_replace(Made::NotKept);
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

/// Waits for a body that somebody else makes.
pub struct Waiting(watch::Receiver<Made>);

/// What came of waiting.
pub enum Waited {
    /// The body.
    Body(KeptBody),
    /// Each must make it alone.
    Alone,
    /// Whoever made it gave up: the next one may try.
    GivenUp,
}

impl Waiting {
    /// Waits.
    pub async fn wait(mut self) -> Waited {
        match self.0.wait_for(|made| !matches!(made, Made::NotYet)).await.as_deref() {
            Ok(Made::Body(body)) => Waited::Body(body.clone()),
            Ok(Made::NotKept) => Waited::Alone,
            Ok(Made::NotYet) | Err(_) => Waited::GivenUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const KEY: Key = Key([7; 16]);

    fn body() -> KeptBody {
        KeptBody {
            media_type: "application/json".into(),
            coding: None,
            disposition: None,
            revision: None,
            bytes: Bytes::from_static(b"{}"),
        }
    }

    fn wait(bodies: &Bodies) -> Waiting {
        match bodies.turn(KEY) {
            Turn::Wait(waiting) => waiting,
            Turn::Make(_) => panic!("somebody makes it already"),
        }
    }

    fn make(bodies: &Bodies) -> Making {
        match bodies.turn(KEY) {
            Turn::Make(making) => making,
            Turn::Wait(_) => panic!("nobody makes it"),
        }
    }

    #[tokio::test]
    async fn one_makes_what_several_want() {
        let bodies = Bodies::default();
        let making = make(&bodies);
        let (one, two) = (wait(&bodies), wait(&bodies));
        making.done(body());
        for waiting in [one, two] {
            assert!(matches!(waiting.wait().await, Waited::Body(got) if got == body()));
        }
    }

    #[tokio::test]
    async fn whoever_gives_up_lets_the_next_one_try() {
        let bodies = Bodies::default();
        let making = make(&bodies);
        let waiting = wait(&bodies);
        drop(making);
        assert!(matches!(waiting.wait().await, Waited::GivenUp));
        let making = make(&bodies);
        let waiting = wait(&bodies);
        making.not_kept();
        assert!(matches!(waiting.wait().await, Waited::Alone));
    }
}
