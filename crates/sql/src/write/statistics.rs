//! What the databases know of their tables, to choose indexes well.

use crate::dialect::Dialect;
use crate::engine::Writer;
use crate::error::StoreError;

/// Brings the statistics up to date where much has changed since; PostgreSQL does so by itself.
///
/// # Errors
/// When the database can't be asked.
pub fn refresh_statistics(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    match writer.dialect() {
        Dialect::Sqlite => writer.batch("PRAGMA optimize"),
        Dialect::Postgres => Ok(()),
    }
}
