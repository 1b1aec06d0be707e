//! What a schema that changes does to the tables: the steps from the applied schema to the new
//! one, matched by the names of types and fields. A renamed field is one dropped and one added.
//!
//! Steps that only add or loosen are carried out at the next start; those that drop or narrow
//! what records hold wait until somebody names them.

mod compare;
#[cfg(test)]
mod tests;
mod words;

pub use compare::plan;

use super::{FieldIndex, FieldName, TypeIndex, TypeName};

/// One difference between two schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The type it is about.
    pub type_name: TypeName,
    /// The field, when it is about one.
    pub field: Option<FieldName>,
    /// What is to do.
    pub work: Work,
}

/// What a step does. Indexes are those of the new schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Make the tables of a type, with all that belongs to them.
    AddType {
        /// The type.
        index: TypeIndex,
    },
    /// Add a column (or the table of a `refs` field) with its index and search, but without
    /// uniqueness, which has steps of its own.
    AddField {
        /// The type.
        type_index: TypeIndex,
        /// The field.
        field: FieldIndex,
        /// What records that exist get.
        fill: Fill,
    },
    /// Let no two records share the values of these fields.
    AddUnique {
        /// The type.
        type_index: TypeIndex,
        /// The fields, in the order of [`unique_sets`](super::Type::unique_sets).
        fields: Vec<FieldIndex>,
        /// Their names.
        names: Vec<FieldName>,
    },
    /// Let records share the values of these fields of the old schema.
    DropUnique {
        /// The fields, in the order of the old schema's set.
        names: Vec<FieldName>,
    },
    /// Index a field.
    AddIndex {
        /// The type.
        type_index: TypeIndex,
        /// The field.
        field: FieldIndex,
    },
    /// Drop the index of a field.
    DropIndex,
    /// Let the search look into a field.
    AddSearch {
        /// The type.
        type_index: TypeIndex,
        /// The field.
        field: FieldIndex,
    },
    /// Keep the search out of a field.
    DropSearch,
    /// Take one more word.
    AddChoice {
        /// The word.
        value: String,
    },
    /// Take values that were refused.
    Loosen(Rule),
    /// Refuse values that were taken, and that records may hold.
    Narrow(Rule),
    /// A setting that tables know nothing of.
    Set {
        /// The setting.
        setting: &'static str,
        /// What it was; `None` for nothing.
        from: Option<String>,
        /// What it becomes.
        to: Option<String>,
    },
    /// Labels, help texts and descriptions.
    Reword,
    /// Drop a type with all its records.
    DropType,
    /// Drop a field with all its values.
    DropField,
    /// Drop the values of a field and make its column anew, with its index and search.
    ChangeKind {
        /// The type.
        type_index: TypeIndex,
        /// The field.
        field: FieldIndex,
        /// What it held.
        from: &'static str,
        /// What it shall hold.
        to: &'static str,
        /// What records that exist get.
        fill: Fill,
    },
    /// Name records by other fields.
    ChangeKey {
        /// The old key.
        from: Vec<FieldName>,
        /// The new key.
        to: Vec<FieldName>,
    },
}

/// What records that exist get in an added field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Nothing: the field may be empty.
    Null,
    /// The field's default, since it is required.
    Default,
    /// It is required and has no default, so there must be no records.
    Impossible,
}

/// A rule about the values of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whether there must be a value.
    Required,
    /// The most characters.
    MaxLength {
        /// What it was.
        from: usize,
        /// What it becomes.
        to: usize,
    },
    /// The smallest or greatest number, or the most digits after the point.
    Bound {
        /// The setting: `min`, `max` or `places`.
        setting: &'static str,
        /// What it was; `None` for no bound.
        from: Option<String>,
        /// What it becomes.
        to: Option<String>,
    },
    /// What text must look like.
    Pattern {
        /// What it was; `None` for anything.
        from: Option<String>,
        /// What it becomes.
        to: Option<String>,
    },
    /// A word that is a choice no more.
    Choice {
        /// The word.
        value: String,
    },
    /// The type that is referred to.
    Target {
        /// What it was.
        from: TypeName,
        /// What it becomes.
        to: TypeName,
    },
}

/// What the records must be like for a step to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There are none of the type.
    NoRecords,
    /// No two share the values that shall be unique.
    NoDuplicates,
}

impl Step {
    /// Whether it drops or narrows what records hold, so that somebody must name it first.
    pub fn is_lossy(&self) -> bool {
        match self.work {
            Work::Narrow(_)
            | Work::DropType
            | Work::DropField
            | Work::ChangeKind { .. }
            | Work::ChangeKey { .. } => true,
            Work::AddType { .. }
            | Work::AddField { .. }
            | Work::AddUnique { .. }
            | Work::DropUnique { .. }
            | Work::AddIndex { .. }
            | Work::DropIndex
            | Work::AddSearch { .. }
            | Work::DropSearch
            | Work::AddChoice { .. }
            | Work::Loosen(_)
            | Work::Set { .. }
            | Work::Reword => false,
        }
    }

    /// What the records must be like for it.
    pub fn condition(&self) -> Option<Condition> {
        if let Work::AddUnique { .. } = self.work {
            return Some(Condition::NoDuplicates);
        }
        if let Work::AddField { fill, .. } | Work::ChangeKind { fill, .. } = self.work
            && fill == Fill::Impossible
        {
            return Some(Condition::NoRecords);
        }
        None
    }

    /// What `--allow-loss` takes: `server.notes`, or `server` for what is about the type.
    pub fn name(&self) -> String {
        match &self.field {
            Some(field) => format!("{}.{field}", self.type_name),
            None => self.type_name.to_string(),
        }
    }
}
