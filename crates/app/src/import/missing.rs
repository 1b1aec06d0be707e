//! The records that rows refer to by key, to be made where nobody has them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::change::{Action, FieldsInput, Preconditions, ProposedChange, Unnamed};
use domain::json::Json;
use domain::schema::{Field, FieldName, Schema, TypeIndex};
use domain::value::{RefInput, Value, parse_reference};

use super::Import;

impl Import {
    /// Changes that make the records which rows refer to and nobody has, by their keys. One that is
    /// there already is left alone, so that nobody has to look first and nothing can come between.
    pub(super) fn missing(&self, schema: &Schema) -> Vec<ProposedChange> {
        let mut changes = Vec::new();
        for (type_index, keys) in self.references(schema) {
            changes.extend(keys.into_iter().map(|key| ProposedChange {
                type_index,
                action: Action::Put { key, fields: FieldsInput::new(), unnamed: Unnamed::Keep },
                preconditions: Preconditions::default(),
            }));
        }
        changes
    }

    /// The keys of all records that the rows refer to, by type, save those that rows of the file
    /// are themselves about. What can't be understood is left for the checks to tell.
    fn references(&self, schema: &Schema) -> BTreeMap<TypeIndex, BTreeSet<Vec<Value>>> {
        let record_type = schema.get(self.type_index);
        let refer = |field: &Field| Some((field.name.clone(), field.kind.target()?));
        let referring: Vec<(FieldName, TypeIndex)> =
            record_type.fields.iter().filter_map(refer).collect();
        let mut wanted: BTreeMap<TypeIndex, BTreeSet<Vec<Value>>> = BTreeMap::new();
        // Few are named by many rows: each text is parsed once.
        let mut seen: HashSet<(TypeIndex, &str)> = HashSet::new();
        for fields in self.changes.iter().filter_map(fields_of) {
            for (name, target) in &referring {
                for item in fields.get(name.as_str()).map_or(&[][..], items) {
                    let is_news = match item {
                        Json::Text(text) => seen.insert((*target, text)),
                        Json::Object(_) => true,
                        Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => false,
                    };
                    if is_news
                        && let Ok(Some(RefInput::Key(key))) =
                            parse_reference(schema.get(*target), item)
                    {
                        wanted.entry(*target).or_default().insert(key);
                    }
                }
            }
        }
        if let Some(of_same_type) = wanted.get_mut(&self.type_index) {
            for own in self.changes.iter().filter_map(key_of) {
                of_same_type.remove(own);
            }
        }
        wanted
    }
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
