//! What the databases know of their tables, to choose indexes well.

use crate::dialect::Dialect;
use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::Statement;

/// Tables of records in PostgreSQL that were never looked at, or of which more than a tenth has
/// changed since.
///
/// It looks at tables by itself, but not at those of less than fifty rows, ever, as those of sites and
/// environments are; and without knowing that there are five of them it takes a filter by a site for
/// one that leaves hardly anything. *Source:* its manual, on `autovacuum_analyze_threshold`, and on
/// `pg_class.reltuples`, which is negative of a table that was never looked at.
const CHANGED: &str = "SELECT quote_ident(c.relname) FROM pg_class c \
     LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid \
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace \
     AND (c.relname LIKE 'r\\_%' OR c.relname LIKE 'v\\_%') \
     AND (c.reltuples < 0 OR s.n_mod_since_analyze > c.reltuples / 10) ORDER BY c.relname";

/// Brings the statistics up to date where much has changed since.
///
/// # Errors
/// When the database can't be asked.
pub fn refresh_statistics(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    match writer.dialect() {
        Dialect::Sqlite => writer.batch("PRAGMA optimize"),
        Dialect::Postgres => {
            let changed = writer.query(&Statement::new(CHANGED), |row| row.text(0))?;
            if changed.is_empty() {
                return Ok(());
            }
            writer.batch(&format!("ANALYZE {}", changed.join(", ")))
        }
    }
}
