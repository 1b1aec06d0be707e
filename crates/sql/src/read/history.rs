//! Changes as people ask for them: newest first, of a record, a type, an actor, an origin.
//!
//! Each question begins at the index that answers it, so that a page reads as many rows as it has
//! entries, whatever the length of the history.

use domain::history::{Commit, Entry, Question};
use domain::record::{CommitNumber, RecordId, Revision};

use super::base::base_entry;
use super::commits::{entry, passage};
use super::timestamp;
use crate::engine::{Reader, Row};
use crate::error::StoreError;
use crate::statement::Statement;

/// A change with the commit that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Who, when, through what and why.
    pub commit: Commit,
    /// Its place among the commit's changes, from 0.
    pub place: i64,
    /// The change.
    pub entry: Entry,
}

/// Where a page of history ends: the next begins with an older entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPlace {
    /// The commit of the last entry.
    pub commit: CommitNumber,
    /// Its place in it.
    pub place: i64,
    /// Its record's revision.
    pub revision: Revision,
}

impl HistoryEntry {
    /// Where it stands.
    pub fn stands(&self) -> HistoryPlace {
        HistoryPlace {
            commit: self.commit.number,
            place: self.place,
            revision: self.entry.revision,
        }
    }
}

/// Reads the entries that answer a question, newest first and older than `before`, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn history(
    reader: &mut Reader<'_>,
    question: &Question,
    before: Option<HistoryPlace>,
    limit: u32,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let begins = Begins::at(question);
    let mut statement = Statement::new(
        "SELECT c.commit_number, m.at, m.actor, m.token, m.origin, m.reason, m.request_id, c.place, \
         c.type, c.id, c.revision, c.before, c.after, m.approved_by, m.is_bypass FROM ",
    );
    // SQLite reads them in this order; PostgreSQL finds it.
    statement.push(match begins {
        Begins::Commits => "commits m CROSS JOIN changes c",
        Begins::Changes | Begins::Record => "changes c CROSS JOIN commits m",
    });
    statement.push(" WHERE m.number = c.commit_number");
    write_condition(question, begins, before, &mut statement);
    statement.push(match begins {
        Begins::Commits => " ORDER BY m.number DESC, c.place DESC",
        Begins::Changes => " ORDER BY c.commit_number DESC, c.place DESC",
        Begins::Record => " ORDER BY c.revision DESC",
    });
    statement.limit(i64::from(limit));
    reader.query(&statement, entry_of)
}

/// Whether the history knows a type of this name, today's or one that is gone.
///
/// # Errors
/// When the database can't be asked.
pub fn knows_type(reader: &mut Reader<'_>, type_name: &str) -> Result<bool, StoreError> {
    let name = || [type_name.into()];
    for text in [
        "SELECT id FROM changes WHERE type = $1 LIMIT 1",
        "SELECT id FROM base WHERE type = $1 LIMIT 1",
    ] {
        if reader.query_one(&Statement::with(text, name()), |row| row.integer(0))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the history knows a record, one that is there or one that was.
///
/// # Errors
/// When the database can't be asked.
pub fn knows_record(
    reader: &mut Reader<'_>,
    type_name: &str,
    id: RecordId,
) -> Result<bool, StoreError> {
    let change = Statement::with(
        "SELECT id FROM changes WHERE type = $1 AND id = $2 LIMIT 1",
        [type_name.into(), id.0.into()],
    );
    let has_changes = reader.query_one(&change, |row| row.integer(0))?.is_some();
    Ok(has_changes || base_entry(reader, type_name, id)?.is_some())
}

/// How many changes the history holds of the commits up to one, and above another.
///
/// # Errors
/// When the database can't be asked.
pub fn changes_between(
    reader: &mut Reader<'_>,
    above: CommitNumber,
    to: CommitNumber,
) -> Result<u64, StoreError> {
    let statement = Statement::with(
        "SELECT count(*) FROM changes WHERE commit_number > $1 AND commit_number <= $2",
        [above.0.into(), to.0.into()],
    );
    let count = reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The table, and thereby the index, that a question begins at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Commits,
    Changes,
    Record,
}

impl Begins {
    fn at(question: &Question) -> Self {
        if question.type_name.is_some() && question.id.is_some() {
            Self::Record
        } else if question.actor.is_some()
            || question.origin.is_some()
            || question.request_id.is_some()
        {
            Self::Commits
        } else {
            Self::Changes
        }
    }
}

fn write_condition(
    question: &Question,
    begins: Begins,
    before: Option<HistoryPlace>,
    to: &mut Statement,
) {
    for (column, text) in [
        ("c.type", &question.type_name),
        ("m.actor", &question.actor),
        ("m.origin", &question.origin),
        ("m.request_id", &question.request_id),
    ] {
        if let Some(text) = text {
            to.push(" AND ").push(column).push(" = ").bind(text.as_str());
        }
    }
    if let Some(id) = question.id {
        to.push(" AND c.id = ").bind(id.0);
    }
    // The table that is read first, so that its index bounds what is read.
    let number = if begins == Begins::Commits { "m.number" } else { "c.commit_number" };
    for (sign, bound) in [(" > ", question.after), (" < ", question.before)] {
        if let Some(bound) = bound {
            to.push(" AND ").push(number).push(sign).bind(bound.0);
        }
    }
    let Some(before) = before else {
        return;
    };
    if begins == Begins::Record {
        to.push(" AND c.revision < ").bind(before.revision.0);
    } else {
        to.push(" AND ").push(number).push(" <= ").bind(before.commit.0);
        to.push(" AND (c.commit_number, c.place) < (").bind(before.commit.0);
        to.push(", ").bind(before.place).push(")");
    }
}

/// An entry, from the columns of [`history`].
pub(super) fn entry_of(row: &Row<'_>) -> Result<HistoryEntry, StoreError> {
    Ok(HistoryEntry {
        commit: Commit {
            number: CommitNumber(row.integer(0)?),
            at: timestamp(row.integer(1)?)?,
            actor: row.text(2)?,
            token: row.text_or_null(3)?,
            origin: row.text(4)?,
            reason: row.text_or_null(5)?,
            request_id: row.text_or_null(6)?,
            passage: passage(row, 13)?,
            fold: None,
        },
        place: row.integer(7)?,
        entry: entry(row, 8)?,
    })
}
