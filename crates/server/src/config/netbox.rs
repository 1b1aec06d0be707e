//! The mapping file of `domesday import-netbox`: `[[records]]`.

use domain::message::{Mapping, Operation, OperationRule};
use toml_edit::TableLike;

use super::kafka::fields;
use super::table::TableReader;

/// What a list of a NetBox is here.
pub(crate) struct NetBoxRecords {
    /// The file of the dump.
    pub(crate) file: String,
    /// The name of the type.
    pub(crate) type_name: String,
    pub(crate) mapping: Mapping,
}

/// Reads a mapping file.
///
/// # Errors
/// All that is wrong with it, a line each.
pub(crate) fn netbox_mapping(text: &str, place: &str) -> anyhow::Result<Vec<NetBoxRecords>> {
    let document: toml_edit::DocumentMut =
        text.parse().map_err(|error| anyhow::anyhow!("{place} is no TOML: {error}"))?;
    let Some(tables) = document.get("records").and_then(toml_edit::Item::as_array_of_tables) else {
        anyhow::bail!("{place} has no [[records]]");
    };
    let mut faults = Vec::new();
    let mut records = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        let at =
            |_: &dyn TableLike, _: &str| format!("{place}, records {}", number.saturating_add(1));
        let mut reader = TableReader { kind: "records", table, at: &at, faults: &mut faults };
        reader.only(&["file", "type", "key", "fields"]);
        let (file, type_name) = (reader.required("file"), reader.required("type"));
        let Some((key, fields)) = fields(&mut reader) else { continue };
        if let (Some(file), Some(type_name)) = (file, type_name) {
            let operation = OperationRule::Always(Operation::Upsert);
            let mapping = Mapping {
                key,
                fields,
                operation,
                tombstone: None,
                id: None,
                time: None,
                sequence: None,
            };
            records.push(NetBoxRecords { file, type_name, mapping });
        }
    }
    if faults.is_empty() { Ok(records) } else { anyhow::bail!(faults.join("\n")) }
}
