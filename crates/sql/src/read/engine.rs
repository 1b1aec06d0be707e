//! Which database this is.

use crate::dialect::Dialect;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;

/// Which database this is: `SQLite` or `PostgreSQL`, and its version in its own words.
///
/// # Errors
/// When the database can't be asked.
pub fn engine(reader: &mut Reader<'_>) -> Result<(&'static str, String), StoreError> {
    let (name, text) = match reader.dialect() {
        Dialect::Sqlite => ("SQLite", "SELECT sqlite_version()"),
        Dialect::Postgres => ("PostgreSQL", "SELECT current_setting('server_version')"),
    };
    let version = reader.query_one(&Statement::new(text), |row| row.text(0))?;
    Ok((name, version.unwrap_or_default()))
}
