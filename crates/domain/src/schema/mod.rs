//! The schema: object types, their fields and kinds, as everything else sees them.
//!
//! A [`Schema`] is made by [`build`](draft::build) alone and is always whole: references point to
//! types that exist, every type has a key, names are unique. Nothing below knows what a server is.

pub mod draft;
mod name;
pub mod plan;
mod review;
#[cfg(test)]
mod samples;

use std::collections::BTreeMap;

pub use name::{FieldName, NameFault, TypeName};
pub use review::{APPROVALS_MAX, Review, ReviewPolicy};

use crate::value::{Decimal, Value};

/// The place of a type in its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeIndex(pub usize);

/// The place of a field in its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldIndex(pub usize);

/// All types of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    types: Vec<Type>,
    by_name: BTreeMap<TypeName, TypeIndex>,
    by_plural: BTreeMap<String, TypeIndex>,
}

impl Schema {
    /// The schema of these types, which stand where their indexes say and have names and plurals
    /// of their own.
    #[doc(hidden)]
    pub fn from_types(types: Vec<Type>) -> Self {
        let by_name = types.iter().map(|of| (of.name.clone(), of.index));
        let by_plural = types.iter().map(|of| (of.plural.clone(), of.index));
        Self { by_name: by_name.collect(), by_plural: by_plural.collect(), types }
    }

    /// The types in the order of the file.
    pub fn types(&self) -> &[Type] {
        &self.types
    }

    /// The type at an index of this schema.
    #[expect(clippy::indexing_slicing, reason = "indexes are made by this schema's own types")]
    pub fn get(&self, index: TypeIndex) -> &Type {
        &self.types[index.0]
    }

    /// The type of this name (`server`).
    pub fn named(&self, name: &str) -> Option<&Type> {
        self.by_name.get(name).map(|index| self.get(*index))
    }

    /// The type of this plural as it stands in addresses (`servers`).
    pub fn by_plural(&self, plural: &str) -> Option<&Type> {
        self.by_plural.get(plural).map(|index| self.get(*index))
    }

    /// Every field of any type that refers to `target`, with its type.
    pub fn referrers(&self, target: TypeIndex) -> impl Iterator<Item = (&Type, &Field)> {
        self.types.iter().flat_map(move |from| {
            from.fields
                .iter()
                .filter(move |field| field.kind.target() == Some(target))
                .map(move |field| (from, field))
        })
    }
}

/// An object type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its place in the schema.
    pub index: TypeIndex,
    /// `server`
    pub name: TypeName,
    /// As it stands in addresses, in kebab case: `servers`.
    pub plural: String,
    /// What people read: `Server`.
    pub label: String,
    /// A sentence for people, or empty.
    pub description: String,
    /// The fields that name a record among its kin; never empty, never references.
    pub key: Vec<FieldIndex>,
    /// The fields in the order of the file.
    pub fields: Vec<Field>,
    /// Sets of fields that are unique together.
    pub unique_together: Vec<Vec<FieldIndex>>,
    /// Whether changes wait for a second person, and for whom.
    pub review: ReviewPolicy,
    /// Whether changes must come with a reason.
    pub reason: Demand,
    /// Whether changes of a record must name the revision that they were made for (`If-Match`).
    pub if_match: Demand,
}

impl Type {
    /// The field at an index of this type.
    #[expect(clippy::indexing_slicing, reason = "indexes are made by this type's own fields")]
    pub fn field(&self, index: FieldIndex) -> &Field {
        &self.fields[index.0]
    }

    /// The field of this name.
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }

    /// The key's fields.
    pub fn key_fields(&self) -> impl Iterator<Item = &Field> {
        self.key.iter().map(|index| self.field(*index))
    }

    /// The sets of fields whose values no two records share: each unique field, the key, and the
    /// sets declared unique together.
    pub fn unique_sets(&self) -> Vec<Vec<FieldIndex>> {
        let mut sets: Vec<Vec<FieldIndex>> = self
            .fields
            .iter()
            .filter(|field| field.unique)
            .map(|field| vec![field.index])
            .collect();
        for set in std::iter::once(&self.key).chain(&self.unique_together) {
            if !sets.contains(set) {
                sets.push(set.clone());
            }
        }
        sets
    }
}

/// Whether a change must come with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// It may.
    Optional,
    /// It must.
    Required,
}

impl Demand {
    /// The word for it in schema files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// A field of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own in the schema file"
)]
pub struct Field {
    /// Its place in its type.
    pub index: FieldIndex,
    /// `ip`
    pub name: FieldName,
    /// What people read: `IP address`.
    pub label: String,
    /// A sentence for forms and documents, or empty.
    pub help: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a record must have a value.
    pub required: bool,
    /// Whether no two records share a value.
    pub unique: bool,
    /// Whether the table has an index for it beyond those that unique values and references have.
    pub indexed: bool,
    /// Whether `search=` looks into it.
    pub searched: bool,
    /// The value of records that are added without one.
    pub default: Option<Value>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text(TextRules),
    /// Text of many lines.
    LongText(TextRules),
    /// A whole number of 64 bits.
    Integer {
        /// The smallest allowed.
        min: Option<i64>,
        /// The largest allowed.
        max: Option<i64>,
    },
    /// A decimal number, exact to 38 digits.
    Decimal {
        /// The smallest allowed.
        min: Option<Decimal>,
        /// The largest allowed.
        max: Option<Decimal>,
        /// The most digits after the point.
        places: Option<u8>,
    },
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment, in UTC, to the microsecond.
    Datetime,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A network in CIDR notation; host bits are zero.
    Network,
    /// A 48-bit hardware address.
    Mac,
    /// An absolute URL, in ASCII: one with other characters is kept as browsers send it
    /// (`https://straße.de/ü` as `https://xn--strae-oqa.de/%C3%BC`).
    Url(TextRules),
    /// An e-mail address.
    Email(TextRules),
    /// One of a list of words.
    Choice(Vec<Choice>),
    /// A record of another type, or of the same.
    Ref {
        /// The type pointed to.
        target: TypeIndex,
        /// What happens when the record pointed to is deleted.
        on_delete: OnDelete,
    },
    /// Any number of records of a type, each once.
    Refs {
        /// The type pointed to.
        target: TypeIndex,
        /// What happens when one of the records pointed to is deleted; never
        /// [`OnDelete::Cascade`].
        on_delete: OnDelete,
    },
    /// Any JSON.
    Json,
}

impl Kind {
    /// The word for it in schema files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::LongText(_) => "long text",
            Self::Integer { .. } => "integer",
            Self::Decimal { .. } => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Ip => "ip",
            Self::Network => "network",
            Self::Mac => "mac",
            Self::Url(_) => "url",
            Self::Email(_) => "email",
            Self::Choice(_) => "choice",
            Self::Ref { .. } => "ref",
            Self::Refs { .. } => "refs",
            Self::Json => "json",
        }
    }

    /// The type that a `ref` or `refs` field points to.
    pub fn target(&self) -> Option<TypeIndex> {
        match self {
            Self::Ref { target, .. } | Self::Refs { target, .. } => Some(*target),
            Self::Text(_)
            | Self::LongText(_)
            | Self::Integer { .. }
            | Self::Decimal { .. }
            | Self::Boolean
            | Self::Date
            | Self::Datetime
            | Self::Ip
            | Self::Network
            | Self::Mac
            | Self::Url(_)
            | Self::Email(_)
            | Self::Choice(_)
            | Self::Json => None,
        }
    }

    /// Whether a value is text of the kind that is folded, searched and compared as text.
    pub fn is_textual(&self) -> bool {
        matches!(self, Self::Text(_) | Self::LongText(_) | Self::Url(_) | Self::Email(_))
    }

    /// Whether text lookups work on a written form that stands beside the stored value.
    pub fn has_text_form(&self) -> bool {
        self.is_textual() || matches!(self, Self::Ip | Self::Network | Self::Mac)
    }

    /// Whether the field holds many references.
    pub fn is_refs(&self) -> bool {
        matches!(self, Self::Refs { .. })
    }
}

/// What text must look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRules {
    /// The most characters (Unicode scalar values).
    pub max_length: usize,
    /// What the whole text must match.
    pub pattern: Option<Pattern>,
}

/// A regular expression that the whole of a text must match.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As the schema has it.
    pub text: String,
    /// Compiled, anchored at both ends.
    pub regex: regex::Regex,
}

/// Patterns are the same when their texts are.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// One of the words a `choice` field may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it is stored and sent.
    pub value: String,
    /// As people read it.
    pub label: String,
}

/// What happens to a record when one that it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused.
    Protect,
    /// It is deleted too, in the same commit.
    Cascade,
    /// Its reference becomes null, in the same commit.
    Clear,
}

impl OnDelete {
    /// The word for it in schema files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Protect => "protect",
            Self::Cascade => "cascade",
            Self::Clear => "clear",
        }
    }
}
