//! Who asks, when, and through what: the first argument of every use case.

use std::sync::Arc;

use domain::access::{Access, Actor};
use domain::record::Timestamp;
use domain::review::Ask;

use crate::freshness::Witness;

/// Who asks, when, and through what.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who.
    pub actor: Actor,
    /// What they may.
    pub access: Arc<Access>,
    /// When; whole microseconds.
    pub now: Timestamp,
    /// Through what: `api`, `import`, `cli`.
    pub origin: String,
    /// The request's id, as logs and answers have it.
    pub request_id: String,
    /// Why, as history shall tell it.
    pub reason: Option<String>,
    /// What they say of the review.
    pub ask: Ask,
    /// Who they ask to decide on it where it is reviewed; nobody in particular where empty.
    pub reviewers: Vec<String>,
    /// Who sees where the register stood when rows were read; for reads whose answers are kept.
    pub witness: Option<Arc<Witness>>,
}

impl Context {
    /// What the program does by itself, or whoever holds the database: they may everything.
    pub fn of_system(now: Timestamp, origin: &str, request_id: &str) -> Self {
        Self {
            actor: Actor::System,
            access: Arc::new(Access::everything()),
            now,
            origin: origin.to_owned(),
            request_id: request_id.to_owned(),
            reason: None,
            ask: Ask::System,
            reviewers: Vec::new(),
            witness: None,
        }
    }

    /// Whether somebody has said who they are.
    pub fn is_known(&self) -> bool {
        self.actor != Actor::Anonymous
    }
}

/// Where the time comes from, so that tests can hold it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        use chrono::SubsecRound;
        (self.0)().trunc_subsecs(6)
    }
}

/// Where randomness comes from, so that tests can hold it.
#[derive(Clone)]
pub struct Entropy(Arc<dyn Fn() -> [u8; 32] + Send + Sync>);

impl Entropy {
    /// Randomness from `bytes`, which must be fit for secrets outside tests.
    pub fn new(bytes: impl Fn() -> [u8; 32] + Send + Sync + 'static) -> Self {
        Self(Arc::new(bytes))
    }

    /// 32 bytes that nobody can guess.
    pub fn bytes(&self) -> [u8; 32] {
        (self.0)()
    }
}
