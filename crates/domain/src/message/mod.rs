//! What a message says of a record, and whether it still says anything.
//!
//! ```text
//!   payload, key, headers ─ read ─ Parts ─ Mapping::understand ─ Fact ─ judge ─ Verdict
//!                            │                 │                    │
//!                     plain or CloudEvents   fields, key,    seen before? late?
//!                                            operation
//! ```
//! The edge has parsed the JSON; what can't be understood is told as [`MessageFault`]s, all of them
//! together, for the dead letters.

mod event;
mod fault;
mod mapping;
mod order;
mod place;
mod pointer;
mod stamp;

use std::collections::BTreeMap;

pub use event::{Format, Parts, read};
pub use fault::MessageFault;
pub use mapping::{FieldRule, Mapping, OperationRule, Otherwise, Part, ValueMap};
pub use order::{REPEAT_DAYS, Verdict, judge, remembered};
pub use place::Place;
pub use pointer::Pointer;
pub use stamp::{Sequence, Stamp};

use crate::json::Json;

/// A message as the edge hands it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The key: parsed where it is JSON, else as text; `None` where there is none, or it is neither.
    pub key: Option<Json>,
    /// The headers in order; a name may come twice.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// What it says.
    pub payload: Payload,
}

/// What a message says, as far as the edge could read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing: in a compacted topic, that the key is gone.
    Tombstone,
    /// This.
    Json(Json),
    /// Something that is no JSON; why not.
    Unreadable(String),
}

/// What a message says of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What to do.
    pub operation: Operation,
    /// The natural key: which record it is about.
    pub key: BTreeMap<String, Json>,
    /// The fields that it tells, those of the key included; of a delete, those alone.
    pub fields: BTreeMap<String, Json>,
    /// What tells it from all other messages of the source, where that is given.
    pub id: Option<MessageId>,
    /// How old it is, as far as that is given.
    pub stamp: Stamp,
}

/// What to do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Add it, or change what differs.
    Upsert,
    /// Delete it, where it is there.
    Delete,
}

/// What tells a message from all others: a CloudEvent's `source` and `id` together, or what the
/// mapping names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// Who numbers the messages; `None` where there is one only.
    pub source: Option<String>,
    /// The id among the messages of that source.
    pub id: String,
}

/// The longest id that is taken, in characters; a source may have as many.
pub const ID_MAX: usize = 500;
