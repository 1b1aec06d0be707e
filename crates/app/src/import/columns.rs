//! Which field each column of a file is.

use std::collections::{BTreeMap, BTreeSet};

use domain::change::READ_ONLY_NAMES;
use domain::nearest::nearest;
use domain::schema::{FieldIndex, Type};

use super::ReadOptions;
use super::rejects::REJECT_COLUMNS;
use super::table::Table;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Id,
    Field(FieldIndex),
    PassedOver,
}

/// Which field columns hold that have not its name; an empty name passes the column over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// The fields of some columns, by their names; each other is the field of its own name.
    ByName(BTreeMap<String, String>),
    /// The fields of all columns, in their order.
    ByPlace(Vec<String>),
}

impl Default for Mapping {
    fn default() -> Self {
        Self::ByName(BTreeMap::new())
    }
}

impl Mapping {
    /// What the column at a place is taken for.
    fn name<'a>(&'a self, place: usize, column: &'a str) -> &'a str {
        match self {
            Self::ByName(names) => names.get(column).map_or(column, String::as_str),
            Self::ByPlace(names) => names.get(place).map_or("", String::as_str),
        }
    }
}

/// Whether the columns say themselves what they hold: each a name that is known, none of them twice.
pub fn are_known(record_type: &Type, columns: &[String]) -> bool {
    let mut seen = BTreeSet::new();
    columns.iter().all(|column| match meaning(record_type, column) {
        Some(Meaning::PassedOver) => true,
        Some(Meaning::Id | Meaning::Field(_)) => seen.insert(column),
        None => false,
    })
}

/// The field (or `id`) that a column is likely meant to hold: by its name or label without regard to
/// case, blanks and dashes, else by a name that differs little. None, where nothing comes near, or
/// where the column is one that is passed over.
pub fn guess<'t>(record_type: &'t Type, column: &str) -> Option<&'t str> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(column);
    let names = || record_type.fields.iter().map(|field| field.name.as_str());
    let is_field = record_type.field_named(column).is_some();
    if wanted.is_empty() || (!is_field && is_passed_over(column)) {
        return None;
    }
    let alike = record_type
        .fields
        .iter()
        .find(|field| plain(field.name.as_str()) == wanted || plain(&field.label) == wanted);
    if let Some(field) = alike {
        return Some(field.name.as_str());
    }
    if wanted == "id" {
        return Some("id");
    }
    // A short word is near to many.
    if wanted.len() < NEAR_LENGTH_MIN { None } else { nearest(&wanted, names()) }
}

/// Letters from which on a name that differs little is taken for the same.
const NEAR_LENGTH_MIN: usize = 5;

/// What each column holds, or everything that is wrong with columns and options.
pub(super) fn meanings(
    record_type: &Type,
    table: &Table,
    options: &ReadOptions,
) -> Result<Vec<Meaning>, Vec<String>> {
    let mut faults = Vec::new();
    if let Mapping::ByName(names) = &options.columns {
        for column in names.keys().filter(|column| !table.columns.contains(column)) {
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
    for (place, column) in table.columns.iter().enumerate() {
        let name = options.columns.name(place, column);
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
    if table.format.has_cells() && !meanings.contains(&Meaning::Id) {
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
        name if is_passed_over(name) => Some(Meaning::PassedOver),
        _ => None,
    }
}

/// Whether this is what every record has beside its fields and nobody writes.
fn is_passed_over(name: &str) -> bool {
    (name != "id" && READ_ONLY_NAMES.contains(&name)) || REJECT_COLUMNS.contains(&name)
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
