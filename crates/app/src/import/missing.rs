//! The records that changes refer to by key, to be made where nobody has them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::change::{Action, FieldsInput, Preconditions, ProposedChange, Unnamed};
use domain::json::Json;
use domain::schema::{Field, FieldName, Schema, TypeIndex};
use domain::value::{RefInput, Value, parse_reference};

/// Changes that make the records which changes of a type refer to and nobody has, by their keys. One
/// that is there already is left alone, so that nobody has to look first and nothing can come between.
pub(crate) fn missing(
    schema: &Schema,
    of: TypeIndex,
    changes: &[ProposedChange],
) -> Vec<ProposedChange> {
    let mut made = Vec::new();
    for (type_index, keys) in references(schema, of, changes) {
        made.extend(keys.into_iter().map(|key| ProposedChange {
            type_index,
            action: Action::Put { key, fields: FieldsInput::new(), unnamed: Unnamed::Keep },
            preconditions: Preconditions::default(),
        }));
    }
    made
}

/// The keys of all records that changes refer to, by type, save those that they are themselves about.
/// What can't be understood is left for the checks to tell.
fn references(
    schema: &Schema,
    of: TypeIndex,
    changes: &[ProposedChange],
) -> BTreeMap<TypeIndex, BTreeSet<Vec<Value>>> {
    let refer = |field: &Field| Some((field.name.clone(), field.kind.target()?));
    let referring: Vec<(FieldName, TypeIndex)> =
        schema.get(of).fields.iter().filter_map(refer).collect();
    let mut wanted: BTreeMap<TypeIndex, BTreeSet<Vec<Value>>> = BTreeMap::new();
    // Few are named by many changes: each text is parsed once.
    let mut seen: HashSet<(TypeIndex, &str)> = HashSet::new();
    for fields in changes.iter().filter_map(fields_of) {
        for (name, target) in &referring {
            for item in fields.get(name.as_str()).map_or(&[][..], items) {
                let is_news = match item {
                    Json::Text(text) => seen.insert((*target, text)),
                    Json::Object(_) => true,
                    Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => false,
                };
                if is_news
                    && let Ok(Some(RefInput::Key(key))) = parse_reference(schema.get(*target), item)
                {
                    wanted.entry(*target).or_default().insert(key);
                }
            }
        }
    }
    if let Some(of_same_type) = wanted.get_mut(&of) {
        for own in changes.iter().filter_map(key_of) {
            of_same_type.remove(own);
        }
    }
    wanted
}

/// The references that a value holds: its items, or itself.
fn items(value: &Json) -> &[Json] {
    match value {
        Json::List(items) => items,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => {
            std::slice::from_ref(value)
        }
    }
}

fn fields_of(change: &ProposedChange) -> Option<&FieldsInput> {
    match &change.action {
        Action::Put { fields, .. }
        | Action::Update { fields, .. }
        | Action::Restore { fields, .. }
        | Action::Add { fields } => Some(fields),
        Action::Delete { .. } => None,
    }
}

fn key_of(change: &ProposedChange) -> Option<&Vec<Value>> {
    match &change.action {
        Action::Put { key, .. } => Some(key),
        Action::Update { .. }
        | Action::Add { .. }
        | Action::Restore { .. }
        | Action::Delete { .. } => None,
    }
}
