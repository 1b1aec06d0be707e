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
mod undo;

use std::collections::BTreeMap;

pub use draft::{Draft, FieldInput, draft};
pub use facts::{Facts, Needs, Referrer, UniqueClaim};
pub use finish::{claims, deletions_to_follow, finish, unique_claims};
pub use resolve::{Resolved, needs, resolve};
pub use undo::{Obstacle, Undo, return_to, undo};

use crate::fault::Faults;
use crate::json::Json;
use crate::record::{Fields, Record, RecordId, Revision, Timestamp};
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
    /// What must hold of the record for it.
    pub preconditions: Preconditions,
}

/// What must hold of a record for a change of it to be made; nothing, by default.
///
/// *Source:* RFC 9110, sections 13.1.1, 13.1.2 and 13.1.4.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// It has one of these revisions.
    pub revisions: Option<Vec<Revision>>,
    /// Whether it is there.
    pub exists: Option<bool>,
    /// It was changed last before this moment.
    pub changed_before: Option<Timestamp>,
}

impl Preconditions {
    /// Only if the record has this revision.
    pub fn revision(revision: Revision) -> Self {
        Self { revisions: Some(vec![revision]), ..Self::default() }
    }

    /// Whether anything must hold.
    pub fn are_given(&self) -> bool {
        *self != Self::default()
    }

    /// Whether they hold of a record as it is.
    pub fn hold(&self, record: Option<&Record>) -> bool {
        let has = |revisions: &Vec<Revision>| {
            record.is_some_and(|record| revisions.contains(&record.revision))
        };
        self.revisions.as_ref().is_none_or(has)
            && self.exists.is_none_or(|exists| exists == record.is_some())
            && self
                .changed_before
                .is_none_or(|moment| record.is_none_or(|record| record.updated_at < moment))
    }
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
    /// Add one again that was deleted, with the id it had.
    Restore {
        /// Its id.
        id: RecordId,
        /// Its values.
        fields: FieldsInput,
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
    /// The revision that the change makes; a record that comes back goes on counting.
    pub revision: Revision,
    /// The record as it was; `None` when it is added.
    pub before: Option<Record>,
    /// The values as they shall be; `None` when it is deleted.
    pub after: Option<Fields>,
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
    /// The preconditions don't hold.
    Stale {
        /// The record as it is; `None` when there is none.
        current: Option<Box<Record>>,
    },
    /// The record that is to come back is there.
    Exists,
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
