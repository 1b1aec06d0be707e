//! The use cases, one file each: what somebody can do with the register, whichever way they came
//! in. `submit` is the one path of a write, `find` the one path of a read.

pub mod audit;
pub mod context;
pub mod diff;
pub mod encode;
pub mod error;
pub mod export;
pub mod find;
pub mod fleet;
pub mod fold;
pub mod import;
pub mod open;
pub mod past;
pub mod progress;
pub mod revert;
pub mod running;
pub mod schema_file;
pub mod submit;
pub mod tokens;
pub mod upkeep;
pub mod verify;

use std::sync::Arc;

use domain::schema::Schema;
use sql::Store;

pub use context::{Clock, Context, Entropy};
pub use error::Error;
pub use progress::{Phase, Progress};
pub use running::Running;
pub use sql::json;

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
    /// The idempotency keys whose requests are at work here.
    pub running: Running,
}
