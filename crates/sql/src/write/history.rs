//! The register written again from its history, and the history chained again.

use std::collections::{BTreeMap, HashMap};

use domain::change::CheckedChange;
use domain::history::{BaseEntry, Commit, Entry, GENESIS, chain, digest, replayed};
use domain::record::{CommitNumber, RecordId};
use domain::review::Passage;
use domain::schema::{Schema, Type};

use super::commit::{Committed, last_commit, write_heads};
use super::rows::{write_base_rows, write_rows};
use super::tally::Tally;
use crate::dialect::Dialect;
use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::json;
use crate::names;
use crate::read::{base_behind, commit_read, entries_of, folded_to};
use crate::statement::Statement;
use crate::tables::is_searched;

/// Records of the base written at once.
const BASE_AT_ONCE: i64 = 2_000;

/// Empties the tables of all types and writes them again from the history, which does not change.
/// Tells `progress` up to which commit they are written, and which is the last.
///
/// # Errors
/// When the database can't be asked, or holds history that is not as it was written.
pub fn rebuild(
    writer: &mut Writer<'_>,
    schema: &Schema,
    progress: &mut dyn FnMut(i64, i64),
) -> Result<(), StoreError> {
    let last = super::lock_register(writer)?;
    writer.make_room(usize::MAX)?;
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
    let folded_to = folded_to(writer)?;
    // The next ids stay: what was deleted before the base is known no more, and its ids are never
    // given again.
    for of in schema.types() {
        let name = of.name.as_str();
        writer.execute(&Statement::with(
            "UPDATE heads SET records = (SELECT count(*) FROM base WHERE type = $1) WHERE type = $1",
            [name.into()],
        ))?;
        writer.execute(&Statement::with(
            "DELETE FROM counts WHERE type = $1 AND commit_number > $2",
            [name.into(), folded_to.0.into()],
        ))?;
    }
    replay_base(writer, schema)?;
    for number in (folded_to.0.saturating_add(1)..=last.number.0).map(CommitNumber) {
        let Some(kept) = commit_read(writer, number)? else {
            return Err(StoreError::Corrupt(format!("commit {number} is gone")));
        };
        let changes = changes_of(writer, schema, &kept.commit)?;
        write_rows(writer, schema, &changes, (&kept.commit, &Tally::new(&|_| {})))?;
        let made = Committed { number, at: kept.commit.at, hash: kept.hash };
        write_heads(writer, schema, &changes, &made)?;
        progress(number.0, last.number.0);
    }
    Ok(())
}

/// Writes the records of the base.
fn replay_base(writer: &mut Writer<'_>, schema: &Schema) -> Result<(), StoreError> {
    let mut behind = (String::new(), RecordId(0));
    loop {
        let entries = base_behind(writer, &behind.0, behind.1, BASE_AT_ONCE)?;
        let Some(last) = entries.last() else {
            return Ok(());
        };
        behind = (last.type_name.clone(), last.id);
        let mut by_commit: BTreeMap<(CommitNumber, &str), Vec<&BaseEntry>> = BTreeMap::new();
        for entry in &entries {
            by_commit.entry((entry.commit, &entry.type_name)).or_default().push(entry);
        }
        for ((_, type_name), entries) in by_commit {
            if let Some(of) = schema.named(type_name) {
                replay_base_of(writer, schema, of, &entries)?;
            }
        }
    }
}

fn replay_base_of(
    writer: &mut Writer<'_>,
    schema: &Schema,
    of: &Type,
    entries: &[&BaseEntry],
) -> Result<(), StoreError> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    let commit = Commit {
        number: first.commit,
        at: first.updated_at,
        actor: first.changed_by.clone(),
        token: None,
        origin: String::new(),
        reason: None,
        request_id: None,
        passage: Passage::default(),
        fold: None,
    };
    let (mut records, mut added_at) = (Vec::new(), HashMap::new());
    for entry in entries {
        let fields = json::parse(&entry.fields)
            .map_err(|error| StoreError::Corrupt(format!("the base: {error}")))?;
        added_at.insert(entry.id, entry.created_at);
        records.extend(replayed(
            schema,
            &commit,
            &Entry {
                type_name: entry.type_name.clone(),
                id: entry.id,
                revision: entry.revision,
                before: None,
                after: None,
            },
            None,
            Some(&fields),
        ));
    }
    write_base_rows(writer, of, &records, added_at, &commit)
}

/// Gives every commit its digest and its hash anew, where they were made by an older rule.
pub(crate) fn chain_again(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    let last = last_commit(writer)?;
    let mut previous = GENESIS;
    for number in (1..=last.number.0).map(CommitNumber) {
        let Some(kept) = commit_read(writer, number)? else {
            return Err(StoreError::Corrupt(format!("commit {number} is gone")));
        };
        let digest = digest(&kept.commit, &entries_of(writer, number)?);
        previous = chain(&previous, &kept.commit, &digest);
        writer.execute(&Statement::with(
            "UPDATE commits SET digest = $1, hash = $2 WHERE number = $3",
            [digest.as_slice().into(), previous.as_slice().into(), number.0.into()],
        ))?;
    }
    writer.locked = None;
    writer.batch("UPDATE heads SET hash = (SELECT hash FROM commits WHERE number = heads.head)")?;
    let text = "UPDATE register SET last_hash = $1";
    writer.execute_soon(Statement::with(text, [previous.as_slice().into()]))
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
