//! Which members an answer's records have.

use std::collections::BTreeSet;

use domain::schema::{FieldIndex, Type};

/// A member of a record's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// The id.
    Id,
    /// The address.
    Url,
    /// The key as people read it.
    Display,
    /// A field.
    Field(FieldIndex),
    /// The revision.
    Revision,
    /// When it was added.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Who changed it last.
    ChangedBy,
}

const BEFORE_FIELDS: [Member; 3] = [Member::Id, Member::Url, Member::Display];
const AFTER_FIELDS: [Member; 4] =
    [Member::Revision, Member::CreatedAt, Member::UpdatedAt, Member::ChangedBy];

impl Member {
    /// Its name in an answer.
    pub fn name(self, record_type: &Type) -> &str {
        match self {
            Self::Id => "id",
            Self::Url => "url",
            Self::Display => "display",
            Self::Field(index) => record_type.field(index).name.as_str(),
            Self::Revision => "revision",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::ChangedBy => "changed_by",
        }
    }

    /// The member of this name; a field, where one has the name of what every record has.
    pub fn named(record_type: &Type, name: &str) -> Option<Self> {
        if let Some(field) = record_type.field_named(name) {
            return Some(Self::Field(field.index));
        }
        BEFORE_FIELDS
            .into_iter()
            .chain(AFTER_FIELDS)
            .find(|member| member.name(record_type) == name)
    }

    /// All of them; `display` only comes where it is asked for.
    pub fn full(record_type: &Type) -> Vec<Self> {
        let own = [Self::Id, Self::Url].into_iter().chain(AFTER_FIELDS);
        Self::with(record_type, own, fields(record_type))
    }

    /// What names a record.
    pub fn brief(record_type: &Type) -> Vec<Self> {
        let key = record_type.key.iter().copied().map(Self::Field);
        Self::with(record_type, BEFORE_FIELDS.into_iter(), key)
    }

    /// What a table has that can be imported again: the id and the fields.
    pub fn columns(record_type: &Type) -> Vec<Self> {
        Self::with(record_type, std::iter::once(Self::Id), fields(record_type))
    }

    /// Some fields, and of what every record has, what no field has the name of: a type with a
    /// field `url` shows that in place of the record's address.
    fn with(
        record_type: &Type,
        own: impl Iterator<Item = Self>,
        fields: impl Iterator<Item = Self>,
    ) -> Vec<Self> {
        let own = own.filter(|member| record_type.field_named(member.name(record_type)).is_none());
        let chosen: BTreeSet<Self> = own.chain(fields).collect();
        chosen.into_iter().collect()
    }
}

fn fields(record_type: &Type) -> impl Iterator<Item = Member> {
    record_type.fields.iter().map(|field| Member::Field(field.index))
}
