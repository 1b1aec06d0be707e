//! The records that rows refer to by key, to be made where nobody has them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::change::{Action, FieldsInput, ProposedChange, Unnamed};
use domain::json::Json;
use domain::schema::{Field, Schema, Type, TypeIndex};
use domain::value::{RefInput, Value, parse_reference, parse_references};

use super::Import;

impl Import {
    /// Changes that make the records which rows refer to and nobody has, by their keys. One that is
    /// there already is left alone, so that nobody has to look first and nothing can come between.
    pub(super) fn missing(&self, schema: &Schema) -> Vec<ProposedChange> {
        let mut changes = Vec::new();
        for (type_index, keys) in self.references(schema) {
            changes.extend(keys.into_iter().map(|key| ProposedChange {
                type_index,
                action: Action::Put {
                    key,
                    fields: FieldsInput::new(),
                    unnamed: Unnamed::Keep,
                },
                expected: None,
            }));
        }
        changes
    }

    /// The keys of all records that the rows refer to, by type, save those that rows of the file
    /// are themselves about. What can't be understood is left for the checks to tell.
    fn references(&self, schema: &Schema) -> BTreeMap<TypeIndex, BTreeSet<Vec<Value>>> {
        let mut wanted: BTreeMap<TypeIndex, BTreeSet<Vec<Value>>> = BTreeMap::new();
        let record_type = schema.get(self.type_index);
        let mut own_keys = HashSet::new();
        for shaped in &self.rows {
            let fields = match &shaped.change.action {
                Action::Put { key, fields, .. } => {
                    own_keys.insert(key.clone());
                    fields
                }
                Action::Update { fields, .. } | Action::Add { fields } => fields,
                Action::Delete { .. } => continue,
            };
            for (name, value) in fields {
                let field = record_type.field_named(name);
                if let Some((field, target)) = field.and_then(|of| Some((of, of.kind.target()?))) {
                    let keys = keys(schema.get(target), field, value);
                    wanted.entry(target).or_default().extend(keys);
                }
            }
        }
        if let Some(of_same_type) = wanted.get_mut(&self.type_index) {
            of_same_type.retain(|key| !own_keys.contains(key));
        }
        wanted
    }
}

/// The keys by which a value refers to records.
fn keys(target: &Type, field: &Field, value: &Json) -> Vec<Vec<Value>> {
    let references = if field.kind.is_refs() {
        parse_references(target, value).unwrap_or_default()
    } else {
        parse_reference(target, value)
            .ok()
            .flatten()
            .into_iter()
            .collect()
    };
    references
        .into_iter()
        .filter_map(|reference| match reference {
            RefInput::Key(key) => Some(key),
            RefInput::Id(_) => None,
        })
        .collect()
}
