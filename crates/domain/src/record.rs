//! Records and the numbers that name them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::schema::{FieldIndex, TypeIndex};
use crate::value::Value;

/// A moment in UTC; the register keeps microseconds.
pub type Timestamp = DateTime<Utc>;

/// Names a record within its type; 1 and up, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub i64);

/// A record's own counter: 1 when added, one more at each change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub i64);

/// The number of a commit; 1 and up, without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct CommitNumber(pub i64);

macro_rules! displayed_as_its_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
displayed_as_its_number!(RecordId, Revision, CommitNumber);

/// The values of one record, one place for each field of its type in the schema's order; `None`
/// is null.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fields(Vec<Option<Value>>);

impl Fields {
    /// All null, for a type of `len` fields.
    pub fn empty(len: usize) -> Self {
        Self(vec![None; len])
    }

    /// From values that stand in the schema's order already.
    pub fn from_values(values: Vec<Option<Value>>) -> Self {
        Self(values)
    }

    /// The value of a field; `None` for null.
    pub fn get(&self, field: FieldIndex) -> Option<&Value> {
        self.0.get(field.0).and_then(Option::as_ref)
    }

    /// The value of a field, to be altered; `None` for null.
    pub fn get_mut(&mut self, field: FieldIndex) -> Option<&mut Value> {
        self.0.get_mut(field.0).and_then(Option::as_mut)
    }

    /// Sets the value of a field.
    pub fn set(&mut self, field: FieldIndex, value: Option<Value>) {
        if let Some(place) = self.0.get_mut(field.0) {
            *place = value;
        }
    }

    /// The values in the schema's order.
    pub fn values(&self) -> &[Option<Value>] {
        &self.0
    }
}

/// One object of a type, as it stands in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its type.
    pub type_index: TypeIndex,
    /// Its id.
    pub id: RecordId,
    /// Its revision.
    pub revision: Revision,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
    /// Its values.
    pub fields: Fields,
}

/// What a `ref` or an item of a `refs` field points to, with the key it has today. Equal when it
/// points to the same record, whatever that is called.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The record pointed to.
    pub id: RecordId,
    /// The values of the target type's key fields, in the order of its key; shared by all that
    /// refer to it on a page. Empty where whoever reads may not see the record.
    pub key: Arc<[Value]>,
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Reference {}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reference {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl Hash for Reference {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl Reference {
    /// Takes the key off, for somebody who may not see the record.
    pub fn hide(&mut self) {
        self.key = Arc::new([]);
    }

    /// Whether whoever reads may not see the record.
    pub fn is_hidden(&self) -> bool {
        self.key.is_empty()
    }

    /// The key as people read it: its parts joined by ` / `.
    pub fn label(&self) -> String {
        crate::value::label(&self.key)
    }
}
