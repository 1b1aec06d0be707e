//! Heads: for each type, the last commit that touched it, the next id and the count of records.

use domain::record::CommitNumber;
use domain::schema::Type;

use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;

/// What is kept for each type beside its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last commit that touched the type; 0 for none.
    pub commit: CommitNumber,
    /// The id of the next record that is added.
    pub next_id: i64,
    /// How many records there are.
    pub records: i64,
}

/// The head of a type.
///
/// # Errors
/// When the database can't be asked.
pub fn head(reader: &mut Reader<'_>, of: &Type) -> Result<Head, StoreError> {
    let statement = Statement::with(
        "SELECT head, next_id, records FROM heads WHERE type = $1",
        [of.name.as_str().into()],
    );
    let found = reader.query_one(&statement, |row| {
        Ok(Head {
            commit: CommitNumber(row.integer(0)?),
            next_id: row.integer(1)?,
            records: row.integer(2)?,
        })
    })?;
    Ok(found.unwrap_or(Head { commit: CommitNumber(0), next_id: 1, records: 0 }))
}

/// How many records of a type there were after a commit.
///
/// # Errors
/// When the database can't be asked.
pub(super) fn records_after(
    reader: &mut Reader<'_>,
    of: &Type,
    number: CommitNumber,
) -> Result<i64, StoreError> {
    let statement = Statement::with(
        "SELECT records FROM counts WHERE type = $1 AND commit_number <= $2 \
         ORDER BY commit_number DESC LIMIT 1",
        [of.name.as_str().into(), number.0.into()],
    );
    Ok(reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0))
}
