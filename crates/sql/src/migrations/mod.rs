//! The system's own tables, brought up to date in numbered steps, one after the other, by one
//! process at a time.

use crate::dialect::Dialect;
use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::store::Store;
use crate::write::chain_again;

/// The steps: number, SQLite's text, PostgreSQL's.
const STEPS: [(i64, &str, &str); 16] = [
    (1, include_str!("sqlite/0001_register.sql"), include_str!("postgres/0001_register.sql")),
    (HISTORY, include_str!("sqlite/0002_history.sql"), include_str!("postgres/0002_history.sql")),
    (3, include_str!("sqlite/0003_people.sql"), include_str!("postgres/0003_people.sql")),
    (4, include_str!("sqlite/0004_reviews.sql"), include_str!("postgres/0004_reviews.sql")),
    (5, include_str!("sqlite/0005_notices.sql"), include_str!("postgres/0005_notices.sql")),
    (6, include_str!("sqlite/0006_freshness.sql"), include_str!("postgres/0006_freshness.sql")),
    (7, include_str!("sqlite/0007_pages.sql"), include_str!("postgres/0007_pages.sql")),
    (8, include_str!("sqlite/0008_views.sql"), include_str!("postgres/0008_views.sql")),
    (9, include_str!("sqlite/0009_preferences.sql"), include_str!("postgres/0009_preferences.sql")),
    (10, include_str!("sqlite/0010_tasks.sql"), include_str!("postgres/0010_tasks.sql")),
    (11, include_str!("sqlite/0011_sources.sql"), include_str!("postgres/0011_sources.sql")),
    (12, include_str!("sqlite/0012_cursors.sql"), include_str!("postgres/0012_cursors.sql")),
    (13, include_str!("sqlite/0013_webhooks.sql"), include_str!("postgres/0013_webhooks.sql")),
    (
        14,
        include_str!("sqlite/0014_source_desk.sql"),
        include_str!("postgres/0014_source_desk.sql"),
    ),
    (15, include_str!("sqlite/0015_templates.sql"), include_str!("postgres/0015_templates.sql")),
    (16, include_str!("sqlite/0016_brought.sql"), include_str!("postgres/0016_brought.sql")),
];

/// The step that gave each commit a digest of its own.
const HISTORY: i64 = 2;

/// The newest step that this program has.
pub(crate) const NEWEST: i64 = 16;

impl Store {
    /// Brings the tables up to a step, which is one that there is.
    pub(crate) async fn migrate(&self, to: i64) -> Result<(), StoreError> {
        self.write(move |writer| migrate(writer, to)).await
    }
}

/// Brings the tables up to date inside a transaction.
///
/// # Errors
/// When the database can't be asked, or is newer than this program.
pub fn upgrade(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    migrate(writer, NEWEST)
}

/// The newest step that was taken.
///
/// # Errors
/// When the database can't be asked.
pub fn migration(reader: &mut Reader<'_>) -> Result<i64, StoreError> {
    let newest = Statement::new("SELECT coalesce(max(number), 0) FROM migrations");
    Ok(reader.query_one(&newest, |row| row.integer(0))?.unwrap_or(0))
}

fn migrate(writer: &mut Writer<'_>, to: i64) -> Result<(), StoreError> {
    if writer.dialect() == Dialect::Postgres {
        // Two replicas that start at once: the second waits here. The number is any that no other
        // program is likely to use.
        writer.batch("SELECT pg_advisory_xact_lock(7305436118)")?;
    }
    writer.batch("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY)")?;
    let found = migration(writer)?;
    if found > NEWEST {
        return Err(StoreError::TooNew { found, known: NEWEST });
    }
    let wanted = STEPS.into_iter().filter(|(number, ..)| *number > found && *number <= to);
    for (number, sqlite, postgres) in wanted {
        writer.batch(match writer.dialect() {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        })?;
        let done = Statement::with("INSERT INTO migrations (number) VALUES ($1)", [number.into()]);
        writer.execute(&done)?;
    }
    // Behind all steps: commits are read as they are kept by now.
    if found < HISTORY && to >= HISTORY {
        chain_again(writer)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_step_is_the_last_one() {
        assert_eq!(STEPS.last().map(|(number, ..)| *number), Some(NEWEST));
    }
}
