//! What a path of a column means in the schema.

use domain::schema::{Field, Kind, Schema, Type};

/// What a path of a column means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning<'a> {
    /// A field; `many` when the way to it goes through a list of references.
    Field { field: &'a Field, many: bool },
    /// What every record has, such as its id, and can be filtered and ordered by.
    System,
    /// A member of the answer that no filter knows, such as `url`.
    AnswerOnly,
    /// Nothing.
    Unknown,
}

/// Follows a path such as `dc__name`.
pub(super) fn meaning<'a>(schema: &'a Schema, record_type: &'a Type, path: &str) -> Meaning<'a> {
    let mut at = record_type;
    let mut many = false;
    let mut segments = path.split("__").peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let Some(field) = at.field_named(segment) else {
            return match segment {
                "id" | "revision" | "created_at" | "updated_at" | "changed_by" if is_last => {
                    Meaning::System
                }
                "url" | "display" if is_last => Meaning::AnswerOnly,
                _ => Meaning::Unknown,
            };
        };
        many |= field.kind.is_refs();
        match field.kind.target() {
            _ if is_last => return Meaning::Field { field, many },
            Some(target) => at = schema.get(target),
            // `url` of a reference is asked for as `dc.url`; a path into a document leads nowhere.
            None => return Meaning::Unknown,
        }
    }
    Meaning::Unknown
}

/// The paths that hold text to search for where a column shows this: for references, the fields
/// that name what they point to.
pub(super) fn text_paths(schema: &Schema, path: &str, field: &Field) -> Vec<String> {
    match field.kind.target() {
        Some(target) => {
            schema.get(target).key_fields().map(|part| format!("{path}__{}", part.name)).collect()
        }
        None => vec![path.to_owned()],
    }
}

/// Whether a field may be ordered by.
pub(super) fn has_order(field: &Field, many: bool) -> bool {
    !many && !matches!(field.kind, Kind::Json)
}
