//! What the checks need to know of the register, as values.

use std::collections::{BTreeSet, HashMap};

use crate::query::Stored;
use crate::record::{Record, RecordId, Reference, Revision};
use crate::schema::{FieldIndex, TypeIndex};
use crate::value::Value;

/// What to look up before drafts can be resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whole records, by id.
    pub records: BTreeSet<(TypeIndex, RecordId)>,
    /// Whole records, by key.
    pub records_by_key: BTreeSet<(TypeIndex, Vec<Value>)>,
    /// Ids and keys of what is referred to, by id.
    pub references: BTreeSet<(TypeIndex, RecordId)>,
    /// Ids and keys of what is referred to, by key.
    pub references_by_key: BTreeSet<(TypeIndex, Vec<Value>)>,
    /// The types of which records are added.
    pub added: BTreeSet<TypeIndex>,
    /// Records that were deleted and are to come back.
    pub deleted: BTreeSet<(TypeIndex, RecordId)>,
}

/// What the register says. Whatever is not in here does not exist.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whole records.
    pub records: HashMap<(TypeIndex, RecordId), Record>,
    /// Which record has a key, of records and of what is referred to.
    pub by_key: HashMap<(TypeIndex, Vec<Value>), RecordId>,
    /// What is referred to, by id.
    pub references: HashMap<(TypeIndex, RecordId), Reference>,
    /// The next id of each type to which records are added.
    pub next_ids: HashMap<TypeIndex, i64>,
    /// The last revision of records that were deleted.
    pub last_revisions: HashMap<(TypeIndex, RecordId), Revision>,
    /// Which record holds unique values that some change wants.
    pub holders: HashMap<UniqueClaim, RecordId>,
    /// Which records refer to one that is to be deleted. Where the field says `cascade` or
    /// `clear`, the whole of them are in `records`; where it says `protect`, this holds at least
    /// one more than the proposal has changes, if there are as many.
    pub referrers: HashMap<(TypeIndex, RecordId), Vec<Referrer>>,
}

impl Facts {
    /// Adds what else the register says.
    pub fn extend(&mut self, more: Self) {
        self.records.extend(more.records);
        self.by_key.extend(more.by_key);
        self.references.extend(more.references);
        self.next_ids.extend(more.next_ids);
        self.last_revisions.extend(more.last_revisions);
        self.holders.extend(more.holders);
        self.referrers.extend(more.referrers);
    }
}

/// Unique values that a change wants for its record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueClaim {
    /// The type.
    pub type_index: TypeIndex,
    /// The fields that are unique (together).
    pub fields: Vec<FieldIndex>,
    /// Their values, as they are stored; never null, since null is like nothing.
    pub values: Vec<Stored>,
}

/// A record that refers to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Referrer {
    /// The type of the record that refers.
    pub type_index: TypeIndex,
    /// The field by which it does.
    pub field: FieldIndex,
    /// Its id.
    pub id: RecordId,
}
