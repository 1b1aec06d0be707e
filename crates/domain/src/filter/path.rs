//! Follows `dc__region__name` through references to the column that it names, for filters and
//! orders alike.

use crate::fault::FieldFault;
use crate::nearest::nearest;
use crate::query::{Column, PATH_LENGTH_MAX};
use crate::schema::{Field, Kind, Schema, TextRules, Type};

/// What separates the parts of a parameter's name; no field's name holds it.
pub(crate) const SEPARATOR: &str = "__";

static WHOLE_NUMBER: Kind = Kind::Integer { min: None, max: None };
static MOMENT: Kind = Kind::Datetime;
static LINE: Kind = Kind::Text(TextRules { max_length: usize::MAX, pattern: None });

/// The columns that every record has, beside its fields.
const META_COLUMNS: [(&str, Column); 5] = [
    ("id", Column::Id),
    ("revision", Column::Revision),
    ("created_at", Column::CreatedAt),
    ("updated_at", Column::UpdatedAt),
    ("changed_by", Column::ChangedBy),
];

/// Where a name led.
pub(crate) struct Found<'s, 't> {
    /// The `ref` and `refs` fields followed, outermost first.
    pub(crate) path: Vec<&'s Field>,
    /// The type that the path ends at.
    pub(crate) record_type: &'s Type,
    /// The column of that type; `None` when the name ends with the reference itself.
    pub(crate) column: Option<(Column, &'s Kind)>,
    /// What follows in the name.
    pub(crate) rest: &'t [&'t str],
}

/// Follows the parts of a name from a type as far as they name fields.
///
/// # Errors
/// When the first names no field, or too many references follow each other.
pub(crate) fn follow<'s, 't>(
    schema: &'s Schema,
    record_type: &'s Type,
    parts: &'t [&'t str],
) -> Result<Found<'s, 't>, FieldFault> {
    let mut found = Found { path: Vec::new(), record_type, column: None, rest: parts };
    while let [part, rest @ ..] = found.rest {
        if let Some((_, column)) = META_COLUMNS.iter().find(|(name, _)| name == part) {
            found.column = Some((*column, kind_of(found.record_type, *column)));
            found.rest = rest;
            break;
        }
        let Some(field) = found.record_type.field_named(part) else {
            if found.path.is_empty() {
                return Err(unknown(found.record_type, part, &[]));
            }
            break;
        };
        found.rest = rest;
        let Some(target) = field.kind.target() else {
            found.column = Some((Column::Field(field.index), &field.kind));
            break;
        };
        if found.path.len() >= PATH_LENGTH_MAX {
            return Err(FieldFault::BadParameter(format!(
                "At most {PATH_LENGTH_MAX} references can be followed."
            )));
        }
        found.path.push(field);
        found.record_type = schema.get(target);
    }
    Ok(found)
}

/// The kind of a column of a type.
pub(crate) fn kind_of(record_type: &Type, column: Column) -> &Kind {
    match column {
        Column::Id | Column::Revision => &WHOLE_NUMBER,
        Column::CreatedAt | Column::UpdatedAt => &MOMENT,
        Column::ChangedBy => &LINE,
        Column::Field(field) => &record_type.field(field).kind,
    }
}

/// The name of a column of a type.
pub(crate) fn name_of(record_type: &Type, column: Column) -> &str {
    match column {
        Column::Id => "id",
        Column::Revision => "revision",
        Column::CreatedAt => "created_at",
        Column::UpdatedAt => "updated_at",
        Column::ChangedBy => "changed_by",
        Column::Field(field) => record_type.field(field).name.as_str(),
    }
}

/// The fault of a name that a type does not have, with what may have been meant: one of its
/// columns or one of `others`.
pub(crate) fn unknown(record_type: &Type, name: &str, others: &[&str]) -> FieldFault {
    let known: Vec<&str> = record_type
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .chain(META_COLUMNS.map(|(name, _)| name))
        .chain(others.iter().copied())
        .collect();
    FieldFault::UnknownField(match nearest(name, known.iter().copied()) {
        Some(meant) => format!("Did you mean {meant}?"),
        None => format!("There are: {}.", known.join(", ")),
    })
}
