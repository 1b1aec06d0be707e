//! The system's own tables as they lie: read whole, for backups.
//!
//! Tables of records are not among them. They follow from the history, and are written from it.

use domain::query::Stored;

use crate::dialect::{Class, Dialect};
use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;

/// Rows read at once.
const ROWS_AT_ONCE: i64 = 1_000;

/// Each table with the columns that its rows are told apart and ordered by; none refers to one
/// behind it.
pub(crate) const TABLES: [(&str, &[&str]); 44] = [
    ("register", &["id"]),
    ("commits", &["number"]),
    ("changes", &["commit_number", "place"]),
    ("heads", &["type"]),
    ("counts", &["type", "commit_number"]),
    ("activity", &["quarter", "type"]),
    ("base", &["type", "id"]),
    ("schemas", &["number"]),
    ("audit", &["number"]),
    ("answers", &["actor", "key"]),
    ("users", &["id"]),
    ("groups", &["id"]),
    ("members", &["group_id", "user_id", "provider"]),
    ("grants", &["id"]),
    ("tokens", &["id"]),
    ("one_time", &["purpose", "hash"]),
    ("attempts", &["subject"]),
    ("views", &["id"]),
    ("view_defaults", &["user_id", "type"]),
    ("requests", &["number"]),
    ("request_records", &["request", "place"]),
    ("request_reviewers", &["request", "user_name"]),
    ("request_approvals", &["request", "place"]),
    ("request_events", &["request", "place"]),
    ("claims", &["type", "fields", "value"]),
    ("claims_record", &["type", "id"]),
    ("tasks", &["name"]),
    ("task_runs", &["id"]),
    ("task_log", &["run", "line"]),
    ("notices", &["id"]),
    ("source_partitions", &["source", "topic", "number"]),
    ("source_messages", &["source", "id"]),
    ("source_stamps", &["source", "type", "key"]),
    ("source_tallies", &["source"]),
    ("source_requests", &["source", "type", "key"]),
    ("dead_letters", &["id"]),
    ("cursors", &["name"]),
    ("snapshots", &["cursor"]),
    ("webhooks", &["name"]),
    ("webhook_queue", &["id"]),
    ("webhook_dead", &["id"]),
    ("templates", &["name"]),
    ("brought", &["source", "kind", "foreign_id"]),
    // The last one: what is loaded before moves what stands in it.
    ("system_heads", &["name"]),
];

/// What is of processes that run and of people who are signed in now, and is not taken along:
/// whoever was signed out since must not be signed in again.
#[cfg(test)]
const LEFT_OUT: [&str; 5] = ["leases", "migrations", "sessions", "source_lags", "source_members"];

/// A table of the system's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemTable {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of [`system_rows`].
    pub columns: Vec<String>,
    /// How many rows it has.
    pub rows: u64,
    key: Vec<usize>,
}

/// The tables that there are, in an order in which they can be loaded; those of a version before
/// this one may be fewer.
///
/// # Errors
/// When the database can't be asked.
pub fn system_tables(reader: &mut Reader<'_>) -> Result<Vec<SystemTable>, StoreError> {
    let mut tables = Vec::with_capacity(TABLES.len());
    for (name, key) in TABLES {
        let columns: Vec<String> =
            columns(reader, name)?.into_iter().map(|(name, _)| name).collect();
        if columns.is_empty() {
            continue;
        }
        let place = |key: &&str| columns.iter().position(|column| column == key);
        let key = key.iter().filter_map(place).collect();
        let count = Statement::new(&format!("SELECT count(*) FROM {name}"));
        let rows = reader.query_one(&count, |row| row.integer(0))?.unwrap_or(0).unsigned_abs();
        tables.push(SystemTable { name: name.to_owned(), columns, rows, key });
    }
    Ok(tables)
}

/// The next rows of a table behind one, in the order of its key; none when there are no more.
///
/// # Errors
/// When the database can't be asked.
pub fn system_rows(
    reader: &mut Reader<'_>,
    table: &SystemTable,
    behind: Option<&[Stored]>,
) -> Result<Vec<Vec<Stored>>, StoreError> {
    let key: Vec<&str> = table
        .key
        .iter()
        .filter_map(|place| table.columns.get(*place))
        .map(String::as_str)
        .collect();
    let key = key.join(", ");
    let mut statement =
        Statement::new(&format!("SELECT {} FROM {}", table.columns.join(", "), table.name));
    if let Some(behind) = behind {
        let values = table.key.iter().filter_map(|place| behind.get(*place));
        statement.push(&format!(" WHERE ({key}) > ("));
        for (place, value) in values.enumerate() {
            statement.push(if place == 0 { "" } else { ", " }).bind(value.clone());
        }
        statement.push(")");
    }
    statement.push(&format!(" ORDER BY {key}")).limit(ROWS_AT_ONCE);
    let width = table.columns.len();
    reader.query(&statement, |row| (0..width).map(|column| row.stored(column)).collect())
}

/// The last number that each table gave which numbers its rows itself: none of them is given again.
///
/// # Errors
/// When the database can't be asked.
pub fn last_ids(reader: &mut Reader<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    let dialect = reader.dialect();
    let mut last = Vec::new();
    for (name, _) in TABLES {
        if let Some(statement) = last_id(dialect, reader, name)? {
            let id = reader.query_one(&statement, |row| row.integer_or_null(0))?.flatten();
            last.extend(id.filter(|id| *id > 0).map(|id| (name.to_owned(), id)));
        }
    }
    Ok(last)
}

/// What asks for the last number of a table; `None` where it numbers no rows itself.
fn last_id(
    dialect: Dialect,
    reader: &mut Reader<'_>,
    table: &str,
) -> Result<Option<Statement>, StoreError> {
    if dialect == Dialect::Sqlite {
        let text = "SELECT seq FROM sqlite_sequence WHERE name = $1";
        return Ok(Some(Statement::with(text, [table.into()])));
    }
    let sequence = "SELECT pg_get_serial_sequence(CAST($1 AS TEXT), 'id') \
                    FROM information_schema.columns \
                    WHERE table_schema = current_schema() AND table_name = CAST($1 AS TEXT) \
                    AND column_name = 'id' AND is_identity = 'YES'";
    let sequence = Statement::with(sequence, [table.into()]);
    let sequence = reader.query_one(&sequence, |row| row.text_or_null(0))?.flatten();
    Ok(sequence.map(|sequence| {
        Statement::new(&format!("SELECT CASE WHEN is_called THEN last_value END FROM {sequence}"))
    }))
}

/// Whether nobody has put anything into the register yet.
///
/// # Errors
/// When the database can't be asked.
pub fn is_empty(reader: &mut Reader<'_>) -> Result<bool, StoreError> {
    for table in ["commits", "schemas", "users", "audit"] {
        let any = Statement::new(&format!("SELECT 1 FROM {table} LIMIT 1"));
        if reader.query_one(&any, |_| Ok(()))?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The columns of a table, in the order of the database.
pub(crate) fn columns(
    reader: &mut Reader<'_>,
    table: &str,
) -> Result<Vec<(String, Class)>, StoreError> {
    let text = match reader.dialect() {
        Dialect::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        Dialect::Postgres => {
            "SELECT column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = CAST($1 AS TEXT) ORDER BY ordinal_position"
        }
    };
    let statement = Statement::with(text, [table.into()]);
    reader.query(&statement, |row| {
        let class = match row.text(1)?.as_str() {
            "INTEGER" | "bigint" => Class::Integer,
            "BLOB" | "bytea" => Class::Bytes,
            _ => Class::Text,
        };
        Ok((row.text(0)?, class))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A table that a new migration makes is either taken along, or left out on purpose.
    #[tokio::test]
    async fn every_table_is_taken_along_or_left_out_on_purpose() {
        for database in testkit::databases().await {
            let store = crate::Store::open(crate::Settings::new(&database.url)).await.unwrap();
            let (found, tables) = store
                .read(|reader| {
                    let text = match reader.dialect() {
                        Dialect::Sqlite => {
                            "SELECT name FROM sqlite_schema WHERE type = 'table' \
                             AND name NOT LIKE 'sqlite_%'"
                        }
                        Dialect::Postgres => {
                            "SELECT table_name::text FROM information_schema.tables \
                             WHERE table_schema = current_schema()"
                        }
                    };
                    let found = reader.query(&Statement::new(text), |row| row.text(0))?;
                    Ok((found, system_tables(reader)?))
                })
                .await
                .unwrap();
            let known = TABLES.iter().map(|(name, _)| *name).chain(LEFT_OUT);
            let known: BTreeSet<String> = known.map(str::to_owned).collect();
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), known);
            for (table, (name, key)) in tables.iter().zip(TABLES) {
                assert_eq!((table.name.as_str(), table.key.len()), (name, key.len()));
                assert!(table.columns.len() >= key.len(), "{table:?}");
            }
        }
    }
}
