//! Which field each column of a file is.

use std::collections::BTreeMap;

use domain::change::READ_ONLY_NAMES;
use domain::nearest::nearest;
use domain::schema::{FieldIndex, Type};

use super::ReadOptions;
use super::rejects::REJECT_COLUMNS;
use super::table::{Format, Table};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Id,
    Field(FieldIndex),
    PassedOver,
}

/// What each column holds, or everything that is wrong with columns and options.
pub(super) fn meanings(
    record_type: &Type,
    table: &Table,
    options: &ReadOptions,
) -> Result<Vec<Meaning>, Vec<String>> {
    let mut faults = Vec::new();
    for column in options.columns.keys() {
        if !table.columns.contains(column) {
            faults.push(format!(
                "the file has no column {column:?} to map; it has: {}",
                table.columns.join(", ")
            ));
        }
    }
    for name in options.defaults.keys() {
        if record_type.field_named(name).is_none() {
            faults.push(format!("the default for {name:?}: {}", unknown(record_type, name)));
        }
    }
    let mut holders: BTreeMap<FieldIndex, &str> = BTreeMap::new();
    let mut meanings = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let name = options.columns.get(column).unwrap_or(column);
        let meaning = meaning(record_type, name);
        if meaning.is_none() {
            faults.push(format!("column {column:?}: {}", unknown(record_type, name)));
        }
        if let Some(Meaning::Field(field)) = meaning
            && let Some(other) = holders.insert(field, column)
        {
            faults.push(format!("columns {other:?} and {column:?} both hold {name:?}"));
        }
        meanings.push(meaning.unwrap_or(Meaning::PassedOver));
    }
    // Objects name their own members, so that one without a key is the fault of that one alone.
    if table.format == Format::Csv && !meanings.contains(&Meaning::Id) {
        for field in record_type.key_fields() {
            let name = field.name.as_str();
            if !holders.contains_key(&field.index) && !options.defaults.contains_key(name) {
                faults.push(format!(
                    "no column holds {name:?}, which tells one {} from another; \
                     the columns are: {}",
                    record_type.name,
                    table.columns.join(", ")
                ));
            }
        }
    }
    if faults.is_empty() { Ok(meanings) } else { Err(faults) }
}

/// `None` when nothing has this name. A field goes before what every record has.
fn meaning(record_type: &Type, name: &str) -> Option<Meaning> {
    if let Some(field) = record_type.field_named(name) {
        return Some(Meaning::Field(field.index));
    }
    match name {
        "id" => Some(Meaning::Id),
        "" => Some(Meaning::PassedOver),
        name if READ_ONLY_NAMES.contains(&name) || REJECT_COLUMNS.contains(&name) => {
            Some(Meaning::PassedOver)
        }
        _ => None,
    }
}

fn unknown(record_type: &Type, name: &str) -> String {
    let known: Vec<&str> = record_type.fields.iter().map(|field| field.name.as_str()).collect();
    let meant = nearest(name, known.iter().copied())
        .map(|meant| format!(" (did you mean {meant:?}?)"))
        .unwrap_or_default();
    format!(
        "a {} has no field {name:?}{meant}; its fields are: {}",
        record_type.name,
        known.join(", ")
    )
}
