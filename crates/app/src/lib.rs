//! The use cases, one file each: what somebody can do with the register, whichever way they came
//! in. `submit` is the one path of a write, `find` the one path of a read.

pub mod activity;
mod attempts;
pub mod audit;
pub mod backup;
pub mod bodies;
pub mod cache;
mod carry_out;
mod check;
pub mod context;
pub mod diff;
pub mod encode;
pub mod error;
pub mod events;
pub mod export;
pub mod feeds;
pub mod find;
pub mod fleet;
pub mod fold;
pub mod foresee;
mod formula;
pub mod freshness;
pub mod import;
pub mod ingest;
mod keys;
pub mod known;
pub mod moving;
pub mod notices;
pub mod open;
pub mod passwords;
pub mod past;
pub mod people;
pub mod ports;
pub mod preferences;
pub mod progress;
pub mod revert;
pub mod review;
mod rights;
pub mod running;
pub mod schema_file;
pub mod search;
pub mod sessions;
pub mod sign_in;
pub mod sources;
mod spreadsheet;
mod standpoint;
pub mod submit;
pub mod tally;
pub mod tasks;
pub mod templates;
pub mod tokens;
pub mod verify;
pub mod views;
pub mod webhooks;
mod yaml;

use std::sync::Arc;

use domain::schema::Schema;
use sql::Store;
use tokio::sync::Semaphore;

pub use bodies::Bodies;
pub use context::{Clock, Context, Entropy};
pub use error::Error;
pub use freshness::Freshness;
pub use known::Remembered;
pub use passwords::PasswordCost;
pub use progress::{Phase, Progress};
pub use running::Running;
pub use sign_in::SessionLimits;
pub use sources::Sources;
pub use sql::{json, measure};
pub use tasks::Tasks;
pub use templates::Templates;
pub use webhooks::Webhooks;

/// The register, opened: everything that an edge needs to serve people.
#[derive(Clone)]
pub struct App {
    /// The types and fields.
    pub schema: Arc<Schema>,
    /// The database.
    pub store: Store,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub entropy: Entropy,
    /// What the hash of a password costs.
    pub password_cost: PasswordCost,
    /// How long sessions last.
    pub session_limits: SessionLimits,
    /// As many passwords are checked at once, since each takes its memory.
    pub password_checks: Arc<Semaphore>,
    /// The idempotency keys whose requests are at work here.
    pub running: Running,
    /// How fresh answers are.
    pub freshness: Freshness,
    /// Who was found to be whom.
    pub remembered: Remembered,
    /// Bodies that were made once.
    pub bodies: Bodies,
    /// The tasks of this process.
    pub tasks: Tasks,
    /// The webhooks of this process.
    pub webhooks: Webhooks,
    /// The sources of messages.
    pub sources: Sources,
    /// The templates of exports.
    pub templates: Templates,
}
