//! The one door: all that changes a record goes through [`commit`], in one transaction with its
//! history, its versions and the heads.

use std::collections::{BTreeMap, BTreeSet};

use domain::activity::quarter_of;
use domain::change::CheckedChange;
use domain::history::{Commit, Entry, Hash, canonical, chain, digest};
use domain::query::Stored;
use domain::record::{CommitNumber, Timestamp};
use domain::review::{Approved, Passage};
use domain::schema::{Schema, TypeIndex};

use super::rows::write_rows;
use super::tally::Tally;
use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::read::head;
use crate::statement::{Param, Statement};

/// Who, through what and why.
#[derive(Clone, Debug)]
pub struct CommitInfo {
    /// The moment of the write; moved on where it lies before the last commit.
    pub now: Timestamp,
    /// Who.
    pub actor: String,
    /// The name of the token that was used.
    pub token: Option<String>,
    /// Through what.
    pub origin: String,
    /// Why.
    pub reason: Option<String>,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its number.
    pub number: CommitNumber,
    /// When.
    pub at: Timestamp,
    /// Its hash.
    pub hash: Hash,
}

/// Number, hash and time of the last commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastCommit {
    /// Its number; 0 before the first.
    pub number: CommitNumber,
    /// Its hash.
    pub hash: Hash,
    /// When; 1970 before the first.
    pub at: Timestamp,
}

/// Number, hash and time of the last commit.
///
/// # Errors
/// When the database can't be asked.
pub fn last_commit(reader: &mut Reader<'_>) -> Result<LastCommit, StoreError> {
    read_register(reader, "SELECT last_commit, last_hash, last_at FROM register")
}

fn read_register(reader: &mut Reader<'_>, text: &str) -> Result<LastCommit, StoreError> {
    let found = reader.query_one(&Statement::new(text), |row| {
        let hash = Hash::try_from(row.bytes(1)?)
            .map_err(|_bytes| StoreError::Corrupt("the last hash has no 32 bytes".to_owned()))?;
        let at = crate::read::timestamp(row.integer(2)?)?;
        Ok(LastCommit { number: CommitNumber(row.integer(0)?), hash, at })
    })?;
    found.ok_or_else(|| StoreError::Corrupt("the register's row is gone".to_owned()))
}

/// Locks the register against all other writers until the transaction ends, and tells where it
/// stands. The first thing that every transaction does which will commit.
///
/// # Errors
/// When the database can't be asked.
pub fn lock_register(writer: &mut Writer<'_>) -> Result<LastCommit, StoreError> {
    if let Some(last) = &writer.locked {
        return Ok(last.clone());
    }
    let text = writer.dialect().lock_register();
    let last = read_register(writer, text)?;
    writer.locked = Some(last.clone());
    Ok(last)
}

/// Writes approved changes: the records, their versions, their history and the heads.
///
/// The changes must have been checked against the register as this transaction sees it, behind
/// [`lock_register`]. `told` is told again and again how many are written.
///
/// # Errors
/// When the database refuses or can't be asked; then nothing may be kept of the transaction.
pub fn commit(
    writer: &mut Writer<'_>,
    schema: &Schema,
    approved: &Approved,
    info: &CommitInfo,
    told: &dyn Fn(usize),
) -> Result<Committed, StoreError> {
    let last = lock_register(writer)?;
    let commit = Commit { passage: approved.passage().clone(), ..info.after(&last) };
    write_changes(writer, schema, (&last, &commit), approved.changes(), told)
}

/// Writes changes as [`commit`] would, lets `look` look at the register as it would be, and undoes
/// all of it. What a grant's filter says of a record can be asked of the database alone.
///
/// # Errors
/// As [`commit`], and those of `look`.
pub fn try_out<T>(
    writer: &mut Writer<'_>,
    schema: &Schema,
    changes: &[CheckedChange],
    info: &CommitInfo,
    look: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let last = lock_register(writer)?;
    let commit = info.after(&last);
    writer.batch("SAVEPOINT tried_out")?;
    write_changes(writer, schema, (&last, &commit), changes, &|_| {})?;
    let seen = look(writer)?;
    writer.batch("ROLLBACK TO SAVEPOINT tried_out; RELEASE SAVEPOINT tried_out")?;
    writer.locked = Some(last);
    Ok(seen)
}

fn write_changes(
    writer: &mut Writer<'_>,
    schema: &Schema,
    (last, commit): (&LastCommit, &Commit),
    changes: &[CheckedChange],
    told: &dyn Fn(usize),
) -> Result<Committed, StoreError> {
    writer.make_room(changes.len())?;
    let entries: Vec<Entry> = changes.iter().map(|change| entry(schema, change)).collect();
    let tally = Tally::new(told);
    let committed = write_history(writer, last, (commit, &entries), &tally)?;
    write_rows(writer, schema, changes, (commit, &tally))?;
    write_heads(writer, schema, changes, &committed)?;
    told(changes.len());
    Ok(committed)
}

impl CommitInfo {
    /// The commit that comes after the last one.
    pub(super) fn after(&self, last: &LastCommit) -> Commit {
        Commit {
            number: CommitNumber(last.number.0.saturating_add(1)),
            at: self.now.max(last.at),
            actor: self.actor.clone(),
            token: self.token.clone(),
            origin: self.origin.clone(),
            reason: self.reason.clone(),
            request_id: self.request_id.clone(),
            passage: Passage::default(),
            fold: None,
        }
    }
}

fn entry(schema: &Schema, change: &CheckedChange) -> Entry {
    let of = schema.get(change.type_index);
    Entry {
        type_name: of.name.to_string(),
        id: change.id,
        revision: change.revision,
        before: change.before.as_ref().map(|record| canonical(schema, of, &record.fields)),
        after: change.after.as_ref().map(|fields| canonical(schema, of, fields)),
    }
}

/// Writes a commit with its changes, chained to the last one, and makes it the last.
pub(super) fn write_history(
    writer: &mut Writer<'_>,
    last: &LastCommit,
    (commit, entries): (&Commit, &[Entry]),
    tally: &Tally<'_>,
) -> Result<Committed, StoreError> {
    let digest = digest(commit, entries);
    let hash = chain(&last.hash, commit, &digest);
    let names = &commit.passage.approved_by;
    let approved_by = (!names.is_empty()).then(|| names.join("\n"));
    writer.execute_soon(Statement::with(
        "INSERT INTO commits (number, at, actor, token, origin, reason, request_id, digest, hash, \
         folded_to, base_digest, approved_by, is_bypass) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            commit.number.0.into(),
            commit.at.timestamp_micros().into(),
            commit.actor.as_str().into(),
            commit.token.as_deref().into(),
            commit.origin.as_str().into(),
            commit.reason.as_deref().into(),
            commit.request_id.as_deref().into(),
            digest.as_slice().into(),
            hash.as_slice().into(),
            commit.fold.map(|fold| fold.to.0).into(),
            Param::from(commit.fold.map_or(Stored::Null, |fold| Stored::Bytes(fold.base.to_vec()))),
            approved_by.as_deref().into(),
            i64::from(commit.passage.is_bypass).into(),
        ],
    ))?;
    let rows = entries.iter().zip(0_i64..).map(|(entry, place)| -> Vec<Param> {
        tally.add(1);
        vec![
            commit.number.0.into(),
            place.into(),
            entry.type_name.as_str().into(),
            entry.id.0.into(),
            entry.revision.0.into(),
            entry.before.as_deref().into(),
            entry.after.as_deref().into(),
        ]
    });
    writer.execute_many(
        "INSERT INTO changes (commit_number, place, type, id, revision, before, after) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        rows,
    )?;
    write_activity(writer, commit.at, entries)?;
    let register = Statement::with(
        "UPDATE register SET last_commit = $1, last_hash = $2, last_at = $3",
        [commit.number.0.into(), hash.as_slice().into(), commit.at.timestamp_micros().into()],
    );
    writer.execute_soon(register)?;
    writer.locked = Some(LastCommit { number: commit.number, hash, at: commit.at });
    Ok(Committed { number: commit.number, at: commit.at, hash })
}

/// Counts changes where plots read how many there were.
fn write_activity(
    writer: &mut Writer<'_>,
    at: Timestamp,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let mut changes: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in entries {
        let count = changes.entry(entry.type_name.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    for (type_name, count) in changes {
        writer.execute_soon(Statement::with(
            "INSERT INTO activity (quarter, type, changes) VALUES ($1, $2, $3) \
             ON CONFLICT (quarter, type) DO UPDATE SET changes = activity.changes + excluded.changes",
            [quarter_of(at).into(), type_name.into(), count.into()],
        ))?;
    }
    Ok(())
}

/// What a commit does to the head of one type.
#[derive(Default)]
struct HeadChange {
    records: i64,
    highest_added: i64,
}

pub(super) fn write_heads(
    writer: &mut Writer<'_>,
    schema: &Schema,
    changes: &[CheckedChange],
    made: &Committed,
) -> Result<(), StoreError> {
    let number = made.number;
    let mut touched: BTreeMap<TypeIndex, HeadChange> = BTreeMap::new();
    for change in changes {
        let head = touched.entry(change.type_index).or_default();
        match (&change.before, &change.after) {
            (None, Some(_)) => {
                head.records = head.records.saturating_add(1);
                head.highest_added = head.highest_added.max(change.id.0);
            }
            (Some(_), None) => head.records = head.records.saturating_sub(1),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    for (type_index, change) in touched {
        let of = schema.get(type_index);
        let old = head(writer, of)?;
        writer.execute_soon(Statement::with(
            "INSERT INTO heads (type, head, at, hash, next_id, records) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (type) DO UPDATE SET \
             head = excluded.head, at = excluded.at, hash = excluded.hash, \
             next_id = excluded.next_id, records = excluded.records",
            [
                of.name.as_str().into(),
                number.0.into(),
                made.at.timestamp_micros().into(),
                made.hash.as_slice().into(),
                old.next_id.max(change.highest_added.saturating_add(1)).into(),
                old.records.saturating_add(change.records).into(),
            ],
        ))?;
        if change.records != 0 {
            writer.execute_soon(Statement::with(
                "INSERT INTO counts (type, commit_number, records) VALUES ($1, $2, $3)",
                [
                    of.name.as_str().into(),
                    number.0.into(),
                    old.records.saturating_add(change.records).into(),
                ],
            ))?;
        }
    }
    Ok(())
}

/// The types that changes touch.
pub(super) fn types_of(changes: &[CheckedChange]) -> BTreeSet<TypeIndex> {
    changes.iter().map(|change| change.type_index).collect()
}
