//! The system's own tables, loaded whole: a backup put back.

use domain::query::Stored;

use crate::dialect::{Class, Dialect};
use crate::engine::Writer;
use crate::error::StoreError;
use crate::read::{TABLES, columns, system_tables};
use crate::statement::{Param, Statement};

/// Takes out what an empty register begins with, so that all can be loaded that was in another.
///
/// # Errors
/// When the database can't be asked.
pub fn system_clear(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    for table in system_tables(writer)?.iter().rev() {
        writer.batch(&format!("DELETE FROM {}", table.name))?;
    }
    Ok(())
}

/// Loads rows into a table, whose columns they have in this order.
///
/// # Errors
/// [`StoreError::Corrupt`] for a table or a column that there is not, and when the database refuses
/// a row.
pub fn system_load(
    writer: &mut Writer<'_>,
    table: &str,
    names: &[String],
    rows: Vec<Vec<Stored>>,
) -> Result<(), StoreError> {
    // The names come from a file, and are to stand in a statement.
    let Some((table, _)) = TABLES.iter().find(|(known, _)| *known == table) else {
        return Err(StoreError::Corrupt(format!("there is no table {table:?}")));
    };
    let known = columns(writer, table)?;
    let mut wanted = Vec::with_capacity(names.len());
    for name in names {
        let column = known.iter().find(|(column, _)| column == name).cloned();
        wanted.push(column.ok_or_else(|| {
            StoreError::Corrupt(format!("the table {table} has no column {name:?}"))
        })?);
    }
    if let Some(row) = rows.iter().find(|row| row.len() != wanted.len()) {
        let (has, wants) = (row.len(), wanted.len());
        return Err(StoreError::Corrupt(format!("a row of {table} has {has} cells, not {wants}")));
    }
    if *table == "register" {
        // What was known of it is so no more.
        writer.locked = None;
    }
    let (names, classes): (Vec<String>, Vec<Class>) = wanted.into_iter().unzip();
    let rows = rows.into_iter().map(|row| row.into_iter().map(Param::One).collect());
    let into = format!("{table} ({})", names.join(", "));
    match writer.dialect() {
        Dialect::Sqlite => {
            let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
            let text = format!("INSERT INTO {into} VALUES ({})", places.join(", "));
            writer.execute_many(&text, rows)
        }
        Dialect::Postgres => writer.copy(&format!("COPY {into} FROM STDIN BINARY"), &classes, rows),
    }
}

/// Has each table go on numbering its rows behind the last number that it gave elsewhere.
///
/// # Errors
/// [`StoreError::Corrupt`] for a table that numbers no rows, and when the database refuses.
pub fn last_ids_set(writer: &mut Writer<'_>, last: &[(String, i64)]) -> Result<(), StoreError> {
    for (table, id) in last {
        if !TABLES.iter().any(|(known, _)| known == table) {
            return Err(StoreError::Corrupt(format!("there is no table {table:?}")));
        }
        match writer.dialect() {
            Dialect::Sqlite => {
                let row = [table.as_str().into(), (*id).into()];
                let text = "DELETE FROM sqlite_sequence WHERE name = $1";
                writer.execute(&Statement::with(text, [table.as_str().into()]))?;
                let text = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
                writer.execute(&Statement::with(text, row))?;
            }
            Dialect::Postgres => {
                let text = "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)";
                let row = [table.as_str().into(), (*id).into()];
                let set =
                    writer.query_one(&Statement::with(text, row), |row| row.integer_or_null(0))?;
                if set.flatten().is_none() {
                    return Err(StoreError::Corrupt(format!("{table} numbers no rows")));
                }
            }
        }
    }
    Ok(())
}
