//! Changes as they are told to the outside: oldest first, behind a place.

use domain::event::EventPlace;
use domain::history::Hash;

use super::history::{HistoryEntry, entry_of};
use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;

/// A change on its way to the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The change, with its commit.
    pub entry: HistoryEntry,
    /// How many changes its commit has.
    pub size: i64,
    /// Its commit's hash.
    pub hash: Hash,
}

impl OutboxEntry {
    /// Where it stands.
    pub fn place(&self) -> EventPlace {
        EventPlace { commit: self.entry.commit.number, index: self.entry.place }
    }
}

/// Reads the changes behind a place, of all types or of one, in their order, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn outbox(
    reader: &mut Reader<'_>,
    behind: EventPlace,
    type_name: Option<&str>,
    limit: u32,
) -> Result<Vec<OutboxEntry>, StoreError> {
    // The last place of a commit tells its size: places have no gaps. SQLite reads the tables in
    // this order; PostgreSQL finds it.
    let mut statement = Statement::with(
        "SELECT c.commit_number, m.at, m.actor, m.token, m.origin, m.reason, m.request_id, c.place, \
         c.type, c.id, c.revision, c.before, c.after, m.approved_by, m.is_bypass, m.hash, \
         (SELECT max(s.place) FROM changes s WHERE s.commit_number = c.commit_number) \
         FROM changes c CROSS JOIN commits m \
         WHERE m.number = c.commit_number AND (c.commit_number, c.place) > ($1, $2)",
        [behind.commit.0.into(), behind.index.into()],
    );
    if let Some(name) = type_name {
        statement.push(" AND c.type = ").bind(name);
    }
    statement.push(" ORDER BY c.commit_number, c.place").limit(i64::from(limit));
    reader.query(&statement, |row| {
        let hash = Hash::try_from(row.bytes(15)?)
            .map_err(|_bytes| StoreError::Corrupt("a commit has no whole hash".to_owned()))?;
        let size = row.integer(16)?.saturating_add(1);
        Ok(OutboxEntry { entry: entry_of(row)?, size, hash })
    })
}
