//! The base: where history begins once older changes have been folded.

use domain::history::BaseEntry;
use domain::record::{CommitNumber, RecordId, Revision};

use super::timestamp;
use crate::engine::{Reader, Row};
use crate::error::StoreError;
use crate::statement::Statement;

/// The next entries of the base behind a record, sorted by type and id, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn base_behind(
    reader: &mut Reader<'_>,
    type_name: &str,
    id: RecordId,
    limit: i64,
) -> Result<Vec<BaseEntry>, StoreError> {
    let mut statement = Statement::with(
        &format!("SELECT {COLUMNS} FROM base WHERE (type, id) > ($1, $2) ORDER BY type, id"),
        [type_name.into(), id.0.into()],
    );
    statement.limit(limit);
    reader.query(&statement, entry)
}

/// The base of a record; `None` when it was not there when older changes were folded.
///
/// # Errors
/// When the database can't be asked.
pub fn base_entry(
    reader: &mut Reader<'_>,
    type_name: &str,
    id: RecordId,
) -> Result<Option<BaseEntry>, StoreError> {
    let statement = Statement::with(
        &format!("SELECT {COLUMNS} FROM base WHERE type = $1 AND id = $2"),
        [type_name.into(), id.0.into()],
    );
    reader.query_one(&statement, entry)
}

/// The columns of [`entry`].
const COLUMNS: &str =
    "type, id, commit_number, revision, created_at, updated_at, changed_by, fields";

fn entry(row: &Row<'_>) -> Result<BaseEntry, StoreError> {
    Ok(BaseEntry {
        type_name: row.text(0)?,
        id: RecordId(row.integer(1)?),
        commit: CommitNumber(row.integer(2)?),
        revision: Revision(row.integer(3)?),
        created_at: timestamp(row.integer(4)?)?,
        updated_at: timestamp(row.integer(5)?)?,
        changed_by: row.text(6)?,
        fields: row.text(7)?,
    })
}

/// Hands over the whole base, piece by piece.
///
/// # Errors
/// When the database can't be asked, and those of `work`.
pub(crate) fn base_each(
    reader: &mut Reader<'_>,
    mut work: impl FnMut(&mut Reader<'_>, Vec<BaseEntry>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut behind = (String::new(), RecordId(0));
    loop {
        let entries = base_behind(reader, &behind.0, behind.1, AT_ONCE)?;
        let Some(last) = entries.last() else {
            return Ok(());
        };
        behind = (last.type_name.clone(), last.id);
        work(reader, entries)?;
    }
}

/// Entries read at once.
const AT_ONCE: i64 = 2_000;
