//! Webhooks: events told to receivers by HTTP, to each in order, at least once.
//!
//! Each replica has a [`Courier`] for each webhook. Which of them sends next is decided in the
//! database: whoever does holds the webhook by a fence for as long as one delivery takes, and keeps
//! what came of it in the same transaction in which the cursor moves. So a delivery is repeated where
//! a process dies between the two, under the same id, and never left out.

mod courier;
mod desk;
mod notice;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::webhook::Retry;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub use courier::{Courier, Parcel, Settled, Step};
pub use desk::{DeadPage, REPLAY_MAX, WebhookRefusal, WebhookState};
pub use sql::write::{DeadDelivery, StoredWebhook, WhichDead};

pub(crate) use notice::{of_request, of_run};

use crate::encode::SOURCE_DEFAULT;
use crate::events::cursors::Begin;

/// With so many dead deliveries a webhook rests until somebody has seen to them.
pub const DEAD_MAX: i64 = 10_000;
/// The most events of a batch.
pub const BATCH_MAX: u32 = 1_000;

/// A webhook, as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its name.
    pub name: String,
    /// The address of the receiver, as people may see it.
    pub url: String,
    /// Whether it is told of changes.
    pub events: bool,
    /// Whether it is told of reviews and of tasks that come to nothing.
    pub notices: bool,
    /// The names of the types whose changes it is told of; of all where empty.
    pub types: Vec<String>,
    /// Where it begins when it is new.
    pub begin: Begin,
    /// The most events at once; `None` where each comes alone, and not as a list.
    pub batch: Option<u32>,
    /// How long sending one may take.
    pub timeout: Duration,
    /// How often it is tried.
    pub retry: Retry,
}

impl Webhook {
    /// After so long without a step, whoever sends is seen to be gone: longer than sending takes.
    pub fn lease(&self) -> Duration {
        self.timeout.saturating_mul(2).saturating_add(Duration::from_secs(3))
    }

    /// The name of its cursor in the commits.
    pub(crate) fn cursor(&self) -> String {
        cursor_of(&self.name)
    }
}

fn cursor_of(name: &str) -> String {
    format!("webhook:{name}")
}

/// The webhooks of this process. Clones share them.
#[derive(Clone)]
pub struct Webhooks(Arc<Configured>);

struct Configured {
    webhooks: BTreeMap<String, Webhook>,
    /// What events say they come from.
    source: String,
    /// Rung when somebody asked for something here.
    bell: Notify,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self::new([], None)
    }
}

impl Webhooks {
    /// These webhooks, of a register at an address.
    pub fn new(webhooks: impl IntoIterator<Item = Webhook>, source: Option<&str>) -> Self {
        let webhooks = webhooks.into_iter().map(|one| (one.name.clone(), one)).collect();
        let source = source.unwrap_or(SOURCE_DEFAULT).to_owned();
        Self(Arc::new(Configured { webhooks, source, bell: Notify::new() }))
    }

    /// A webhook.
    pub fn get(&self, name: &str) -> Option<&Webhook> {
        self.0.webhooks.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Webhook> {
        self.0.webhooks.values()
    }

    /// Ends when somebody asks for something here, from now on.
    pub fn rung(&self) -> Notified<'_> {
        self.0.bell.notified()
    }

    fn ring(&self) {
        self.0.bell.notify_waiters();
    }

    fn source(&self) -> &str {
        &self.0.source
    }
}
