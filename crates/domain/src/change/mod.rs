//! What a change is, from what somebody asked for to what may be written.
//!
//! ```text
//! Proposal ─ draft ─ Draft ─ resolve ─ Resolved ─ finish ─ CheckedChange
//!              │               │                    │
//!        parses fields   targets, references   unique values, what deletes take along
//! ```
//! Each step is pure and tells all faults at once; what it needs to know of the register comes in
//! as [`Facts`], which the `sql` crate gathers between the steps.

mod draft;
mod facts;
mod finish;
mod resolve;

use std::collections::BTreeMap;

pub use draft::{Draft, FieldInput, draft};
pub use facts::{Facts, Needs, Referrer, UniqueClaim};
pub use finish::{deletions_to_follow, finish, unique_claims};
pub use resolve::{Resolved, needs, resolve};

use crate::fault::Faults;
use crate::json::Json;
use crate::record::{Fields, Record, RecordId, Revision};
use crate::schema::TypeIndex;
use crate::value::Value;

/// The names that every record's answer has beside its fields. Written back, they are passed over,
/// so that an answer can be edited and sent again.
pub const READ_ONLY_NAMES: [&str; 8] =
    ["id", "url", "display", "revision", "created_at", "updated_at", "changed_by", "type_name"];

/// Changes that somebody asks for, all or nothing.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// The changes, in any order: each may refer to records that others add or rename.
    pub changes: Vec<ProposedChange>,
}

/// One change that somebody asks for.
#[derive(Clone, Debug)]
pub struct ProposedChange {
    /// The type of the record.
    pub type_index: TypeIndex,
    /// What to do.
    pub action: Action,
    /// Only if the record has this revision.
    pub expected: Option<Revision>,
}

/// The values that somebody sent, by the names of fields.
pub type FieldsInput = BTreeMap<String, Json>;

/// What to do with a record.
#[derive(Clone, Debug)]
pub enum Action {
    /// Add one.
    Add {
        /// Its values.
        fields: FieldsInput,
    },
    /// Change one that exists.
    Update {
        /// Which.
        target: Target,
        /// Its values.
        fields: FieldsInput,
        /// What becomes of the fields that are not named.
        unnamed: Unnamed,
    },
    /// Change the one with this key, or add it. Without fields, and keeping those that it does not
    /// name, it asks only that there be one, whichever change brings it.
    Put {
        /// The values of the type's key.
        key: Vec<Value>,
        /// Its values; the key's may be left out.
        fields: FieldsInput,
        /// What becomes of the fields that are not named.
        unnamed: Unnamed,
    },
    /// Delete one.
    Delete {
        /// Which.
        target: Target,
    },
}

/// Which record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The one with this id.
    Id(RecordId),
    /// The one with these values of its type's key.
    Key(Vec<Value>),
}

/// What an update makes of the fields that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// They stay as they are.
    Keep,
    /// They get their default, or become null.
    Reset,
}

/// A change that has been checked against the schema and against the register as it is. Made by
/// [`finish()`] alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckedChange {
    /// The type of the record.
    pub type_index: TypeIndex,
    /// Its id; that of an added record is the next one of its type.
    pub id: RecordId,
    /// The record as it was; `None` when it is added.
    pub before: Option<Record>,
    /// The values as they shall be; `None` when it is deleted.
    pub after: Option<Fields>,
}

impl CheckedChange {
    /// The revision that the change makes.
    pub fn revision(&self) -> Revision {
        Revision(self.before.as_ref().map_or(1, |record| record.revision.0.saturating_add(1)))
    }
}

/// All that a proposal comes to.
#[derive(Debug)]
pub struct Checked {
    /// The changes to write; an update that changes nothing makes none.
    pub changes: Vec<CheckedChange>,
    /// For each proposed change, in order, the record it is about.
    pub subjects: Vec<(TypeIndex, RecordId)>,
}

/// A proposed change that can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the proposal.
    pub index: usize,
    /// Why.
    pub why: Refusal,
}

/// Why a proposed change can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Fields have faults.
    Invalid(Faults),
    /// There is no such record.
    NotFound,
    /// The record has another revision than expected.
    Stale {
        /// What the caller expected.
        expected: Revision,
        /// What it is.
        found: Revision,
    },
    /// Other records refer to it and protect it.
    Protected {
        /// Some of them.
        by: Vec<Dependent>,
        /// Whether there are more.
        and_more: bool,
    },
}

/// A record that refers to another and thereby protects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// The name of its type.
    pub type_name: String,
    /// Its id.
    pub id: RecordId,
    /// The field that refers.
    pub field: String,
}
