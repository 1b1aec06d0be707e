//! The system's own tables, brought up to date in numbered steps, one after the other, by one
//! process at a time.

use crate::dialect::Dialect;
use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::store::Store;
use crate::write::chain_again;

/// The steps: number, SQLite's text, PostgreSQL's.
const STEPS: [(i64, &str, &str); 14] = [
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
];

/// The step that gave each commit a digest of its own.
const HISTORY: i64 = 2;

impl Store {
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        self.write(migrate).await
    }
}

fn migrate(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    if writer.dialect() == Dialect::Postgres {
        // Two replicas that start at once: the second waits here. The number is any that no other
        // program is likely to use.
        writer.batch("SELECT pg_advisory_xact_lock(7305436118)")?;
    }
    writer.batch("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY)")?;
    let newest = Statement::new("SELECT coalesce(max(number), 0) FROM migrations");
    let found = writer.query_one(&newest, |row| row.integer(0))?.unwrap_or(0);
    let known = STEPS.iter().map(|(number, ..)| *number).max().unwrap_or(0);
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for (number, sqlite, postgres) in STEPS.into_iter().filter(|(number, ..)| *number > found) {
        writer.batch(match writer.dialect() {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        })?;
        let done = Statement::with("INSERT INTO migrations (number) VALUES ($1)", [number.into()]);
        writer.execute(&done)?;
    }
    // Behind all steps: commits are read as they are kept by now.
    if found < HISTORY {
        chain_again(writer)?;
    }
    Ok(())
}
