//! Messages that could not be taken in, until somebody has seen to them.

use domain::record::Timestamp;

use super::sources::SourcePartition;
use crate::dialect::Dialect;
use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// A message that could not be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number; passed over where it is added.
    pub id: i64,
    /// Where it stood.
    pub partition: SourcePartition,
    /// Its offset there.
    pub offset: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers, as a JSON list of pairs.
    pub headers: String,
    /// What it says, from its beginning; `None` for a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Whether it says more than that.
    pub is_cut: bool,
    /// Why it could not be taken in.
    pub reason: String,
    /// When that was.
    pub at: Timestamp,
}

/// Which dead letters of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterQuestion {
    /// Those of this number.
    pub id: Option<i64>,
    /// Those of this topic.
    pub topic: Option<String>,
    /// Those of this partition.
    pub number: Option<i32>,
    /// Those whose reason has this in it, in small letters or large.
    pub reason: Option<String>,
    /// Those of smaller numbers.
    pub before: Option<i64>,
}

/// Keeps a message that could not be taken in, once.
///
/// # Errors
/// When the database can't be asked.
pub fn letter_add(
    writer: &mut Writer<'_>,
    source: &str,
    letter: &DeadLetter,
) -> Result<(), StoreError> {
    let text = "INSERT INTO dead_letters (source, topic, number, message_offset, key, headers, \
                payload, is_cut, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                ON CONFLICT (source, topic, number, message_offset) DO NOTHING";
    let bytes = |bytes: &Option<Vec<u8>>| match bytes {
        Some(bytes) => Param::from(bytes.as_slice()),
        None => Param::from(None::<&str>),
    };
    let values = [
        source.into(),
        letter.partition.topic.as_str().into(),
        i64::from(letter.partition.number).into(),
        letter.offset.into(),
        bytes(&letter.key),
        letter.headers.as_str().into(),
        bytes(&letter.payload),
        i64::from(letter.is_cut).into(),
        letter.reason.as_str().into(),
        letter.at.timestamp_micros().into(),
    ];
    writer.execute(&Statement::with(text, values)).map(drop)
}

const LETTER: &str = "SELECT id, topic, number, message_offset, key, headers, payload, is_cut, reason, at \
     FROM dead_letters WHERE source = $1";

fn read_letter(row: &Row<'_>) -> Result<DeadLetter, StoreError> {
    let number = i32::try_from(row.integer(2)?).unwrap_or(i32::MAX);
    Ok(DeadLetter {
        id: row.integer(0)?,
        partition: SourcePartition { topic: row.text(1)?, number },
        offset: row.integer(3)?,
        key: row.bytes_or_null(4)?,
        headers: row.text(5)?,
        payload: row.bytes_or_null(6)?,
        is_cut: row.integer(7)? != 0,
        reason: row.text(8)?,
        at: timestamp(row.integer(9)?)?,
    })
}

fn matching(dialect: Dialect, statement: &mut Statement, question: &LetterQuestion) {
    let LetterQuestion { id, topic, number, reason, before } = question;
    if let Some(id) = id {
        statement.push(" AND id = ").bind(*id);
    }
    if let Some(topic) = topic {
        statement.push(" AND topic = ").bind(topic.as_str());
    }
    if let Some(number) = number {
        statement.push(" AND number = ").bind(i64::from(*number));
    }
    if let Some(reason) = reason {
        statement.push(" AND ");
        dialect.contains("lower(reason)", &reason.to_lowercase(), statement);
    }
    if let Some(before) = before {
        statement.push(" AND id < ").bind(*before);
    }
}

/// The dead letters of a source, the latest first, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn letters_of(
    reader: &mut Reader<'_>,
    source: &str,
    question: &LetterQuestion,
    limit: i64,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut statement = Statement::with(LETTER, [source.into()]);
    matching(reader.dialect(), &mut statement, question);
    statement.push(" ORDER BY id DESC").limit(limit);
    reader.query(&statement, read_letter)
}

/// The dead letters of a source behind one, up to another, the oldest first, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn letters_between(
    reader: &mut Reader<'_>,
    source: &str,
    (question, after, last): (&LetterQuestion, i64, i64),
    limit: i64,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut statement = Statement::with(LETTER, [source.into()]);
    matching(reader.dialect(), &mut statement, question);
    statement.push(" AND id > ").bind(after).push(" AND id <= ").bind(last);
    statement.push(" ORDER BY id").limit(limit);
    reader.query(&statement, read_letter)
}

/// How many dead letters a source has, and the number of the latest.
///
/// # Errors
/// When the database can't be asked.
pub fn letters_count(
    reader: &mut Reader<'_>,
    source: &str,
    question: &LetterQuestion,
) -> Result<(u64, i64), StoreError> {
    let text = "SELECT count(*), coalesce(max(id), 0) FROM dead_letters WHERE source = $1";
    let mut statement = Statement::with(text, [source.into()]);
    matching(reader.dialect(), &mut statement, question);
    let counted = reader
        .query_one(&statement, |row| Ok((row.integer(0)?.unsigned_abs(), row.integer(1)?)))?;
    Ok(counted.unwrap_or_default())
}

/// Lets go of dead letters, by their numbers.
///
/// # Errors
/// When the database can't be asked.
pub fn letters_remove(
    writer: &mut Writer<'_>,
    source: &str,
    ids: Vec<i64>,
) -> Result<u64, StoreError> {
    let text = "DELETE FROM dead_letters WHERE source = $1 AND ";
    let mut statement = Statement::with(text, [source.into()]);
    writer.dialect().any("id", Param::Integers(ids), &mut statement);
    writer.execute(&statement)
}

/// Dead letters of a source that have not been told elsewhere yet, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn letters_untold(
    reader: &mut Reader<'_>,
    source: &str,
    limit: i64,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut statement = Statement::with(LETTER, [source.into()]);
    statement.push(" AND is_told = 0 ORDER BY id").limit(limit);
    reader.query(&statement, read_letter)
}

/// Keeps that dead letters have been told elsewhere.
///
/// # Errors
/// When the database can't be asked.
pub fn letters_told(
    writer: &mut Writer<'_>,
    source: &str,
    ids: Vec<i64>,
) -> Result<(), StoreError> {
    let text = "UPDATE dead_letters SET is_told = 1 WHERE source = $1 AND ";
    let mut statement = Statement::with(text, [source.into()]);
    writer.dialect().any("id", Param::Integers(ids), &mut statement);
    writer.execute(&statement).map(drop)
}
