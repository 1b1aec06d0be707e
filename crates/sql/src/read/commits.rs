//! Commits and their changes, read back as they are kept.

use domain::history::{Commit, Entry, Fold, Hash};
use domain::record::{CommitNumber, RecordId, Revision, Timestamp};
use domain::review::Passage;
use domain::schema::Type;

use crate::engine::{Reader, Row};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A commit with its hashes, as it is kept.
#[derive(Clone, Debug)]
pub struct KeptCommit {
    /// Who, when, through what and why.
    pub commit: Commit,
    /// The digest of its content.
    pub digest: Hash,
    /// Its hash.
    pub hash: Hash,
}

/// Reads a commit; `None` when there is none of this number.
///
/// # Errors
/// When the database can't be asked.
pub fn commit_read(
    reader: &mut Reader<'_>,
    number: CommitNumber,
) -> Result<Option<KeptCommit>, StoreError> {
    let commits = commits_from(reader, number, 1)?.into_iter();
    Ok(commits.take(1).find(|kept| kept.commit.number == number))
}

/// The columns of [`commit`].
const COMMIT_COLUMNS: &str = "number, at, actor, token, origin, reason, request_id, digest, hash, folded_to, base_digest, \
     approved_by, is_bypass";

/// The commits from a number on, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn commits_from(
    reader: &mut Reader<'_>,
    number: CommitNumber,
    limit: i64,
) -> Result<Vec<KeptCommit>, StoreError> {
    let mut statement = Statement::with(
        &format!("SELECT {COMMIT_COLUMNS} FROM commits WHERE number >= $1 ORDER BY number"),
        [number.0.into()],
    );
    statement.limit(limit);
    reader.query(&statement, commit)
}

fn commit(row: &Row<'_>) -> Result<KeptCommit, StoreError> {
    let number = CommitNumber(row.integer(0)?);
    let hash = |column| -> Result<Hash, StoreError> {
        Hash::try_from(row.bytes(column)?)
            .map_err(|_bytes| StoreError::Corrupt(format!("commit {number} has no whole hash")))
    };
    let folded_to = row.integer_or_null(9)?.map(CommitNumber);
    let fold = folded_to.map(|to| Ok::<_, StoreError>(Fold { to, base: hash(10)? }));
    Ok(KeptCommit {
        commit: Commit {
            number,
            at: timestamp(row.integer(1)?)?,
            actor: row.text(2)?,
            token: row.text_or_null(3)?,
            origin: row.text(4)?,
            reason: row.text_or_null(5)?,
            request_id: row.text_or_null(6)?,
            passage: passage(row, 11)?,
            fold: fold.transpose()?,
        },
        digest: hash(7)?,
        hash: hash(8)?,
    })
}

/// How a commit came past the review, from a column on.
pub(super) fn passage(row: &Row<'_>, from: usize) -> Result<Passage, StoreError> {
    let approved_by = row.text_or_null(from)?.unwrap_or_default();
    let approved_by = approved_by.lines().map(str::to_owned).collect();
    Ok(Passage { approved_by, is_bypass: row.integer(from.saturating_add(1))? != 0 })
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
    reader.query(&statement, |row| entry(row, 0))
}

/// The change that stands in a row from a column on.
pub(super) fn entry(row: &Row<'_>, from: usize) -> Result<Entry, StoreError> {
    let column = |offset: usize| from.saturating_add(offset);
    Ok(Entry {
        type_name: row.text(column(0))?,
        id: RecordId(row.integer(column(1))?),
        revision: Revision(row.integer(column(2))?),
        before: row.text_or_null(column(3))?,
        after: row.text_or_null(column(4))?,
    })
}

/// A change, and where it stands in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedEntry {
    /// Its commit.
    pub commit: CommitNumber,
    /// Its place among the commit's changes, from 0.
    pub place: i64,
    /// The change.
    pub entry: Entry,
}

/// The next changes behind a place, in their order, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn entries_behind(
    reader: &mut Reader<'_>,
    commit: CommitNumber,
    place: i64,
    limit: i64,
) -> Result<Vec<PlacedEntry>, StoreError> {
    let mut statement = Statement::with(
        "SELECT commit_number, place, type, id, revision, before, after FROM changes \
         WHERE (commit_number, place) > ($1, $2) ORDER BY commit_number, place",
        [commit.0.into(), place.into()],
    );
    statement.limit(limit);
    reader.query(&statement, |row| {
        Ok(PlacedEntry {
            commit: CommitNumber(row.integer(0)?),
            place: row.integer(1)?,
            entry: entry(row, 2)?,
        })
    })
}

/// The number of the last commit made at or before a moment; 0 when there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn commit_at(reader: &mut Reader<'_>, at: Timestamp) -> Result<CommitNumber, StoreError> {
    let statement = Statement::with(
        "SELECT number FROM commits WHERE at <= $1 ORDER BY at DESC, number DESC LIMIT 1",
        [at.timestamp_micros().into()],
    );
    Ok(CommitNumber(reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0)))
}

/// The values that a record had at a revision, as canonical JSON; `None` when it never had it, or
/// was deleted by it.
///
/// # Errors
/// [`StoreError::Folded`] when its early revisions are known no more; others when the database
/// can't be asked.
pub fn values_at(
    reader: &mut Reader<'_>,
    type_name: &str,
    id: RecordId,
    revision: Revision,
) -> Result<Option<String>, StoreError> {
    let kept = Statement::with(
        "SELECT after FROM changes WHERE type = $1 AND id = $2 AND revision = $3",
        [type_name.into(), id.0.into(), revision.0.into()],
    );
    if let Some(after) = reader.query_one(&kept, |row| row.text_or_null(0))? {
        return Ok(after);
    }
    let base = Statement::with(
        "SELECT revision, fields FROM base WHERE type = $1 AND id = $2",
        [type_name.into(), id.0.into()],
    );
    match reader.query_one(&base, |row| Ok((row.integer(0)?, row.text(1)?)))? {
        Some((at, fields)) if at == revision.0 => Ok(Some(fields)),
        Some((at, _)) if at > revision.0 && revision.0 > 0 => {
            Err(StoreError::Folded { to: folded_to(reader)?.0 })
        }
        _ => Ok(None),
    }
}

/// The ids of a type's records that changed after one commit and not after another, behind an id,
/// in their order, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn changed_ids(
    reader: &mut Reader<'_>,
    of: &Type,
    (from, to): (CommitNumber, CommitNumber),
    behind: RecordId,
    limit: u32,
) -> Result<Vec<RecordId>, StoreError> {
    let name = of.name.as_str();
    let mut few = Statement::with(
        "SELECT count(*) FROM (SELECT place FROM changes WHERE type = $1 AND commit_number > $2 \
         AND commit_number <= $3",
        [name.into(), from.0.into(), to.0.into()],
    );
    few.limit(FEW + 1).push(") found");
    let are_few = reader.query_one(&few, |row| row.integer(0))?.unwrap_or(0) <= FEW;
    // Few are read and sorted each time; of many, those that come next are found by their ids, for
    // which the sign keeps both databases from the other index.
    let number = if are_few { "commit_number" } else { "+commit_number" };
    let mut statement = Statement::with(
        &format!(
            "SELECT DISTINCT id FROM changes WHERE type = $1 AND {number} > $2 \
             AND {number} <= $3 AND id > $4 ORDER BY id"
        ),
        [name.into(), from.0.into(), to.0.into(), behind.0.into()],
    );
    statement.limit(i64::from(limit));
    reader.query(&statement, |row| Ok(RecordId(row.integer(0)?)))
}

/// Changes that can all be read for each page of what differs.
const FEW: i64 = 2_000;

/// Checks that the register is still known as it stood after a commit; now, it always is.
pub(super) fn check_known(
    reader: &mut Reader<'_>,
    as_of: Option<CommitNumber>,
) -> Result<(), StoreError> {
    let Some(number) = as_of else {
        return Ok(());
    };
    let to = folded_to(reader)?;
    if number < to { Err(StoreError::Folded { to: to.0 }) } else { Ok(()) }
}

/// The last commit whose changes have been folded; 0 when there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn folded_to(reader: &mut Reader<'_>) -> Result<CommitNumber, StoreError> {
    let statement = Statement::new("SELECT folded_to FROM register");
    Ok(CommitNumber(reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0)))
}
