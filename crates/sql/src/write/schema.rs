//! The schema in the database: which one was applied last, and the tables that follow from it.

use domain::record::Timestamp;
use domain::schema::{Schema, Type};

use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::tables;

/// The text of the schema that was applied last; `None` for a new database.
///
/// # Errors
/// When the database can't be asked.
pub fn applied_schema(reader: &mut Reader<'_>) -> Result<Option<String>, StoreError> {
    reader.query_one(
        &Statement::new("SELECT text FROM schemas ORDER BY number DESC LIMIT 1"),
        |row| row.text(0),
    )
}

/// Keeps the text of a schema whose tables this transaction has made.
///
/// # Errors
/// When the database can't be asked.
pub fn remember_schema(
    writer: &mut Writer<'_>,
    text: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let statement = Statement::with(
        "INSERT INTO schemas (number, at, text) \
         SELECT coalesce(max(number), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT) FROM schemas",
        [at.timestamp_micros().into(), text.into()],
    );
    writer.execute(&statement).map(drop)
}

/// Makes the tables of new types. All are made bare before any gets its fields, so that they may
/// refer to each other.
///
/// # Errors
/// When the database refuses.
pub fn create_types(
    writer: &mut Writer<'_>,
    schema: &Schema,
    types: &[&Type],
) -> Result<(), StoreError> {
    for of in types {
        tables::create_type(writer, of)?;
    }
    for of in types {
        for field in &of.fields {
            tables::add_field(writer, schema, of, field)?;
        }
        for set in of.unique_sets() {
            tables::add_unique(writer, of, &set)?;
        }
    }
    Ok(())
}
