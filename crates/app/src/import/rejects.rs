//! Bad rows, written out to be mended.

use std::collections::BTreeMap;

use domain::json::Json;

use super::table::Format;
use super::{BadRow, Import};
use crate::encode::{write_cell, write_row};
use crate::formula::harmless;
use crate::yaml;

/// The columns that stand before those of the file where bad rows are written out. They are passed
/// over when the mended file comes back.
pub const REJECT_COLUMNS: [&str; 2] = ["import_place", "import_reason"];

impl Import {
    /// Bad rows as a file of the same form (CSV, where it was a workbook), each with its place and
    /// what is wrong, to be mended and imported again.
    pub fn rejects(&self, bad_rows: &[BadRow]) -> String {
        let mut out = String::new();
        if self.table.format.has_cells() {
            let columns: Vec<_> = self.table.columns.iter().map(|name| harmless(name)).collect();
            let columns = columns.iter().map(AsRef::as_ref);
            write_row(REJECT_COLUMNS.into_iter().chain(columns), &mut out);
        }
        for bad in bad_rows {
            let values = self.table.rows.get(bad.row).map(|row| row.values.as_slice());
            let values = values.unwrap_or_default();
            if self.table.format.has_cells() {
                write_bad_cells(bad, values, &mut out);
            } else {
                self.write_bad_object(bad, values, &mut out);
            }
        }
        out
    }

    fn write_bad_object(&self, bad: &BadRow, values: &[(usize, Json)], out: &mut String) {
        let [place, reason] = REJECT_COLUMNS;
        let mut members = BTreeMap::from([
            (place.to_owned(), Json::text(bad.place.to_string())),
            (reason.to_owned(), Json::text(bad.why())),
        ]);
        for (column, value) in values {
            if let Some(name) = self.table.columns.get(*column) {
                members.insert(name.clone(), value.clone());
            }
        }
        let object = Json::Object(members);
        if self.table.format == Format::Yaml {
            out.push_str("- ");
            yaml::write_flow(&object, out);
        } else {
            object.write(out);
        }
        out.push('\n');
    }
}

fn write_bad_cells(bad: &BadRow, values: &[(usize, Json)], out: &mut String) {
    write_cell(&bad.place.to_string(), out);
    out.push(',');
    write_cell(&harmless(&bad.why()), out);
    for (_, value) in values {
        out.push(',');
        if let Json::Text(cell) = value {
            write_cell(&harmless(cell), out);
        }
    }
    out.push('\n');
}
