//! Every row of the tables that hold records, to compare two states of the register.

use domain::query::Stored;
use domain::schema::Schema;

use super::commits::folded_to;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::names;
use crate::statement::Statement;
use crate::tables::{META_COLUMNS, field_columns};

/// The rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRows {
    /// The table's name.
    pub table: String,
    /// Its rows, sorted by all their columns.
    pub rows: Vec<Vec<Stored>>,
}

/// Reads every row of every table that holds records, versions, links or heads.
///
/// # Errors
/// When the database can't be asked.
pub fn dump(reader: &mut Reader<'_>, schema: &Schema) -> Result<Vec<TableRows>, StoreError> {
    // Of what was folded, only that it began before is still known.
    let to = folded_to(reader)?;
    let from_commit = format!("CASE WHEN from_commit < {to} THEN {to} ELSE from_commit END");
    let mut tables =
        vec![rows(reader, "heads", &["type", "head", "next_id", "records"].map(str::to_owned))?];
    for of in schema.types() {
        let mut columns: Vec<String> = META_COLUMNS.map(str::to_owned).into();
        columns.extend(["f_changed_by".to_owned(), "search".to_owned()]);
        columns.extend(field_columns(of));
        tables.push(rows(reader, &names::records(of), &columns)?);
        columns.extend([from_commit.clone(), "to_commit".to_owned()]);
        tables.push(rows(reader, &names::versions(of), &columns)?);
        for field in of.fields.iter().filter(|field| field.kind.is_refs()) {
            let mut columns: Vec<String> = ["record", "target"].map(str::to_owned).into();
            tables.push(rows(reader, &names::links(of, field), &columns)?);
            columns.extend([from_commit.clone(), "to_commit".to_owned()]);
            tables.push(rows(reader, &names::link_versions(of, field), &columns)?);
        }
    }
    Ok(tables)
}

fn rows(reader: &mut Reader<'_>, table: &str, columns: &[String]) -> Result<TableRows, StoreError> {
    let statement = Statement::new(&format!("SELECT {} FROM {table}", columns.join(", ")));
    let mut rows: Vec<Vec<Stored>> = reader
        .query(&statement, |row| (0..columns.len()).map(|column| row.stored(column)).collect())?;
    rows.sort();
    Ok(TableRows { table: table.to_owned(), rows })
}
