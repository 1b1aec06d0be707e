//! The name of a filter: `path__path__transform__lookup`, with a `!` at its end when negated.

use super::lookup::{self, ByValue, Lookup, View};
use super::path::{self, Found, SEPARATOR};
use crate::fault::FieldFault;
use crate::query::Column;
use crate::schema::{Field, Kind, Schema, Type};

/// What a filter looks at, and how.
pub(super) struct Target<'s> {
    /// The references to follow, outermost first.
    pub(super) path: Vec<&'s Field>,
    /// What stands at their end.
    pub(super) end: End<'s>,
    /// How to look at it.
    pub(super) lookup: Lookup,
    /// Whether what it finds is left out.
    pub(super) negated: bool,
}

/// What stands at the end of a filter's path.
pub(super) enum End<'s> {
    /// The reference itself: which records it points to.
    Reference(&'s Field),
    /// A column.
    Column(Place<'s>),
}

/// A column, seen through a transform.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    /// The column.
    pub(super) column: Column,
    /// What it holds.
    pub(super) kind: &'s Kind,
    /// Whether a record may have none.
    pub(super) is_nullable: bool,
    /// Itself or a part of it.
    pub(super) view: View,
}

/// Reads the name of a filter of a type.
///
/// # Errors
/// Its first part that names nothing, with what may have been meant.
pub(super) fn read<'s>(
    schema: &'s Schema,
    record_type: &'s Type,
    name: &str,
) -> Result<Target<'s>, FieldFault> {
    let (name, negated) = match name.strip_suffix('!') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let parts: Vec<&str> = name.split(SEPARATOR).collect();
    let mut found = path::follow(schema, record_type, &parts)?;
    let (end, lookup) = match (found.column, found.path.last().copied()) {
        (Some((Column::Id, _)), Some(last)) if is_reference_lookup(last, found.rest) => {
            found.path.pop();
            reference(&found, last)?
        }
        (Some((column, kind)), _) => column_end(&found, column, kind)?,
        (None, Some(last)) => {
            found.path.pop();
            reference(&found, last)?
        }
        (None, None) => return Err(path::unknown(record_type, name, &[])),
    };
    Ok(Target { path: found.path, end, lookup, negated })
}

/// Whether `dc__id__…` asks no more than `dc__…` can.
fn is_reference_lookup(field: &Field, words: &[&str]) -> bool {
    match words {
        [] => true,
        [word] => lookup::reference_lookup(&field.kind, word).is_some(),
        _ => false,
    }
}

fn reference<'s>(found: &Found<'s, '_>, field: &'s Field) -> Result<(End<'s>, Lookup), FieldFault> {
    let lookup = match found.rest {
        [] => Lookup::Value(ByValue::Exact),
        [word, rest @ ..] => match (lookup::reference_lookup(&field.kind, word), rest) {
            (Some(lookup), []) => lookup,
            (Some(_), [behind, ..]) => {
                return Err(FieldFault::BadParameter(lookup::nothing_follows(word, behind)));
            }
            (None, _) => {
                let others = lookup::reference_lookup_names(&field.kind);
                return Err(path::unknown(found.record_type, word, &others));
            }
        },
    };
    Ok((End::Reference(field), lookup))
}

fn column_end<'s>(
    found: &Found<'s, '_>,
    column: Column,
    kind: &'s Kind,
) -> Result<(End<'s>, Lookup), FieldFault> {
    // What every record has is never null, and asking for it is a mistake.
    let is_nullable = matches!(column, Column::Field(_));
    let (view, lookup) =
        lookup::read(kind, is_nullable, found.rest).map_err(FieldFault::BadParameter)?;
    let place = Place {
        column,
        kind,
        is_nullable: match column {
            Column::Field(field) => !found.record_type.field(field).required,
            Column::Id
            | Column::Revision
            | Column::CreatedAt
            | Column::UpdatedAt
            | Column::ChangedBy => false,
        },
        view,
    };
    Ok((End::Column(place), lookup))
}
