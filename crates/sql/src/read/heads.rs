//! Heads: where the register stands, and for each type the next id and the count of records.

use domain::freshness::{Heads, Mark};
use domain::history::Hash;
use domain::record::CommitNumber;
use domain::schema::{Schema, Type};

use super::moment::Moment;
use crate::engine::{Reader, Row};
use crate::error::StoreError;
use crate::read::timestamp;
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

/// How many records of a type there are, now or after a commit.
///
/// # Errors
/// When the database can't be asked.
pub(super) fn records_at(
    reader: &mut Reader<'_>,
    of: &Type,
    moment: Moment,
) -> Result<i64, StoreError> {
    match moment {
        Moment::Now => Ok(head(reader, of)?.records),
        Moment::After(number) => records_after(reader, of, number),
    }
}

/// How many records of a type there were after a commit.
///
/// # Errors
/// When the database can't be asked.
fn records_after(
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

/// All heads, in one statement of a row each: what it is, its name, number, time and hash.
pub(crate) const HEADS: &str = "\
    SELECT 'type', type, head, at, hash FROM heads WHERE hash IS NOT NULL \
    UNION ALL SELECT 'last', '', last_commit, last_at, last_hash FROM register \
    UNION ALL SELECT 'folded', '', folded_to, 0, last_hash FROM register \
    UNION ALL SELECT 'system', s.name, s.head, s.at, r.last_hash FROM system_heads s, register r \
    UNION ALL SELECT 'schema', '', max(s.number), max(s.at), r.last_hash \
        FROM register r, schemas s GROUP BY r.last_hash";

/// Where the register stands, as this transaction sees it.
///
/// # Errors
/// When the database can't be asked.
pub fn heads(reader: &mut Reader<'_>, schema: &Schema) -> Result<Heads, StoreError> {
    let mut heads = Heads::empty(schema.types().len());
    reader.query(&Statement::new(HEADS), |row| take(row, schema, &mut heads))?;
    Ok(heads)
}

/// Takes a row of [`HEADS`] over into the heads.
pub(crate) fn take(row: &Row<'_>, schema: &Schema, heads: &mut Heads) -> Result<(), StoreError> {
    let (what, name) = (row.text(0)?, row.text(1)?);
    let (number, at) = (row.integer(2)?, timestamp(row.integer(3)?)?);
    let hash = || {
        Hash::try_from(row.bytes(4)?)
            .map_err(|_bytes| StoreError::Corrupt("a commit's hash has no 32 bytes".to_owned()))
    };
    match (what.as_str(), name.as_str()) {
        ("type", name) => {
            // A type that another schema had is nobody's business here.
            if let Some(of) = schema.named(name) {
                heads.set_type(of.index, Mark { commit: CommitNumber(number), at, hash: hash()? });
            }
        }
        ("last", _) => heads.last = Mark { commit: CommitNumber(number), at, hash: hash()? },
        ("folded", _) => heads.folded_to = CommitNumber(number),
        ("system", "people") => {
            heads.people = number;
            heads.rules_changed_at = heads.rules_changed_at.max(at);
        }
        ("system", "pages") => heads.pages = number,
        ("system", "cache") => heads.cleared = number,
        ("schema", _) => heads.rules_changed_at = heads.rules_changed_at.max(at),
        _ => {}
    }
    Ok(())
}
