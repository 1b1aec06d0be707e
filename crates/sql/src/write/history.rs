//! History read back: the chain walked, and the register rebuilt from it.

use domain::change::CheckedChange;
use domain::history::{Commit, Entry, GENESIS, Hash, chain, replayed};
use domain::record::{CommitNumber, RecordId, Revision};
use domain::schema::Schema;

use super::commit::{last_commit, write_heads};
use super::rows::write_rows;
use super::tally::Tally;
use crate::dialect::Dialect;
use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::json;
use crate::names;
use crate::statement::Statement;
use crate::tables::is_searched;

/// A commit with its hash, as it is kept.
#[derive(Clone, Debug)]
pub struct KeptCommit {
    /// Who, when, through what and why.
    pub commit: Commit,
    /// Its hash.
    pub hash: Hash,
}

/// The first commit whose content and hash don't fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number; one more than the last when the end was cut off.
    pub number: CommitNumber,
}

/// Reads a commit; `None` when there is none of this number.
///
/// # Errors
/// When the database can't be asked.
pub fn commit_read(
    reader: &mut Reader<'_>,
    number: CommitNumber,
) -> Result<Option<KeptCommit>, StoreError> {
    let statement = Statement::with(
        "SELECT at, actor, token, origin, reason, request_id, hash FROM commits WHERE number = $1",
        [number.0.into()],
    );
    reader.query_one(&statement, |row| {
        let hash = Hash::try_from(row.bytes(6)?)
            .map_err(|_bytes| StoreError::Corrupt(format!("commit {number} has no whole hash")))?;
        Ok(KeptCommit {
            commit: Commit {
                number,
                at: crate::read::timestamp(row.integer(0)?)?,
                actor: row.text(1)?,
                token: row.text_or_null(2)?,
                origin: row.text(3)?,
                reason: row.text_or_null(4)?,
                request_id: row.text_or_null(5)?,
            },
            hash,
        })
    })
}

/// The changes of a commit, in their order.
///
/// # Errors
/// When the database can't be asked.
pub fn entries_of(reader: &mut Reader<'_>, number: CommitNumber) -> Result<Vec<Entry>, StoreError> {
    let statement = Statement::with(
        "SELECT type, id, revision, before, after FROM changes WHERE commit_number = $1 \
         ORDER BY place",
        [number.0.into()],
    );
    reader.query(&statement, |row| {
        Ok(Entry {
            type_name: row.text(0)?,
            id: RecordId(row.integer(1)?),
            revision: Revision(row.integer(2)?),
            before: row.text_or_null(3)?,
            after: row.text_or_null(4)?,
        })
    })
}

/// Walks the chain from its beginning; `None` when all of it fits.
///
/// # Errors
/// When the database can't be asked.
pub fn verify(reader: &mut Reader<'_>) -> Result<Option<Broken>, StoreError> {
    let last = last_commit(reader)?;
    let mut previous = GENESIS;
    for number in (1..=last.number.0).map(CommitNumber) {
        let Some(kept) = commit_read(reader, number)? else {
            return Ok(Some(Broken { number }));
        };
        let entries = entries_of(reader, number)?;
        if chain(&previous, &kept.commit, &entries) != kept.hash {
            return Ok(Some(Broken { number }));
        }
        previous = kept.hash;
    }
    let fits = last.number.0 == 0 || previous == last.hash;
    Ok((!fits).then_some(Broken { number: last.number }))
}

/// Empties the tables of all types and writes them again from the history, which does not change.
///
/// # Errors
/// When the database can't be asked, or holds history that is not as it was written.
pub fn rebuild(writer: &mut Writer<'_>, schema: &Schema) -> Result<(), StoreError> {
    let last = super::lock_register(writer)?;
    for of in schema.types() {
        for field in of.fields.iter().filter(|field| field.kind.is_refs()) {
            writer.batch(&format!("DELETE FROM {}", names::links(of, field)))?;
            writer.batch(&format!("DELETE FROM {}", names::link_versions(of, field)))?;
        }
    }
    for of in schema.types() {
        writer.batch(&format!("DELETE FROM {}", names::records(of)))?;
        writer.batch(&format!("DELETE FROM {}", names::versions(of)))?;
        if is_searched(of) && writer.dialect() == Dialect::Sqlite {
            writer.batch(&format!("DELETE FROM {}", names::trigrams(of)))?;
        }
    }
    // Types that are gone keep their heads, since their ids are never given again.
    for of in schema.types() {
        let head = Statement::with("DELETE FROM heads WHERE type = $1", [of.name.as_str().into()]);
        writer.execute(&head)?;
    }
    for number in (1..=last.number.0).map(CommitNumber) {
        let Some(kept) = commit_read(writer, number)? else {
            return Err(StoreError::Corrupt(format!("commit {number} is gone")));
        };
        let changes = changes_of(writer, schema, &kept.commit)?;
        write_rows(writer, schema, &changes, (&kept.commit, &Tally::new(&|_| {})))?;
        write_heads(writer, schema, &changes, number)?;
    }
    Ok(())
}

fn changes_of(
    reader: &mut Reader<'_>,
    schema: &Schema,
    commit: &Commit,
) -> Result<Vec<CheckedChange>, StoreError> {
    let mut changes = Vec::new();
    for entry in entries_of(reader, commit.number)? {
        let tree = |text: &Option<String>| {
            text.as_deref()
                .map(json::parse)
                .transpose()
                .map_err(|error| StoreError::Corrupt(format!("commit {}: {error}", commit.number)))
        };
        let (before, after) = (tree(&entry.before)?, tree(&entry.after)?);
        changes.extend(replayed(schema, commit, &entry, before.as_ref(), after.as_ref()));
    }
    Ok(changes)
}
