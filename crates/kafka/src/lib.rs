//! Apache Kafka: a [`Consumer`] whose offsets live in the register, and a [`Publisher`] that only
//! one at a time can be.
//!
//! The C library librdkafka stays behind this crate. What goes wrong is a [`KafkaError`], which says
//! in its text what to do. Nothing here keeps state: where a consumer goes on is its [`Owner`]'s to
//! know, and what a message means is `domain::message`'s.
//!
//! A message goes this way:
//!
//! ```text
//!     broker ─ librdkafka's queue (bounded) ─ Consumer::next_batch ─ owner keeps effects and
//!     positions in one transaction ─ Consumer::follow ─ the group's offsets, for others to see
//! ```

mod closer;
mod config;
mod consumer;
mod context;
mod error;
mod lag;
mod message;
mod owner;
mod place;
mod publisher;
mod settings;
mod translate;

pub use consumer::Consumer;
pub use domain::secret::Secret;
pub use error::KafkaError;
pub use lag::Lag;
pub use message::{Batch, Message};
pub use owner::{Gap, Handover, OnGap, Owner, OwnerError, Partition, Position};
pub use publisher::{Outgoing, Publisher};
pub use settings::{
    Account, BatchLimits, Connection, HostNames, Identity, Mechanism, PublisherSettings,
    SourceSettings, Start, Tls, Topics,
};
