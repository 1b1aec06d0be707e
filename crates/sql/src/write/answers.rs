//! Answers to writes that carried an idempotency key, kept so that the same write sent again gets
//! the same answer and makes no second commit.
//!
//! *Source:* draft-ietf-httpapi-idempotency-key-header.

use domain::record::Timestamp;

use crate::dialect::Dialect;
use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// Whose key it is, and what was sent with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    /// Who sent it.
    pub actor: String,
    /// The key.
    pub key: String,
    /// A digest of the request.
    pub fingerprint: Vec<u8>,
}

/// An answer as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, a line each.
    pub headers: String,
    /// Its body.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: this is the first request with it.
    New,
    /// The answer to the same request.
    Answered(Answer),
    /// Another request had this key.
    Other,
    /// A request with this key is still at work on another replica.
    Running,
}

/// Looks a key up, and keeps others away from it until the transaction ends.
///
/// # Errors
/// When the database can't be asked.
pub fn answer_find(writer: &mut Writer<'_>, key: &AnswerKey) -> Result<Known, StoreError> {
    if writer.dialect() == Dialect::Postgres && !claim(writer, key)? {
        return Ok(Known::Running);
    }
    let statement = Statement::with(
        "SELECT fingerprint, status, headers, body FROM answers WHERE actor = $1 AND key = $2",
        [key.actor.as_str().into(), key.key.as_str().into()],
    );
    let found = writer.query_one(&statement, |row| {
        let status = u16::try_from(row.integer(1)?)
            .map_err(|_large| StoreError::Corrupt("an answer has no status".to_owned()))?;
        let answer = Answer { status, headers: row.text(2)?, body: row.bytes(3)? };
        Ok((row.bytes(0)?, answer))
    })?;
    Ok(match found {
        None => Known::New,
        Some((fingerprint, answer)) if fingerprint == key.fingerprint => Known::Answered(answer),
        Some(_) => Known::Other,
    })
}

/// Whether nobody else has the key in a transaction of theirs; in SQLite nobody can, since write
/// transactions come one after the other from their beginning.
fn claim(writer: &mut Writer<'_>, key: &AnswerKey) -> Result<bool, StoreError> {
    let statement = Statement::with(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))",
        [format!("{}\u{1f}{}", key.actor, key.key).into()],
    );
    Ok(writer.query_one(&statement, |row| row.integer(0))? == Some(1))
}

/// Keeps an answer.
///
/// # Errors
/// When the database can't be asked.
pub fn answer_keep(
    writer: &mut Writer<'_>,
    key: &AnswerKey,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), StoreError> {
    let statement = Statement::with(
        "INSERT INTO answers (actor, key, fingerprint, at, status, headers, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            key.actor.as_str().into(),
            key.key.as_str().into(),
            Param::from(key.fingerprint.as_slice()),
            now.timestamp_micros().into(),
            i64::from(answer.status).into(),
            answer.headers.as_str().into(),
            Param::from(answer.body.as_slice()),
        ],
    );
    writer.execute(&statement).map(drop)
}

/// Forgets answers that were given before a moment, and tells how many.
///
/// # Errors
/// When the database can't be asked.
pub fn answers_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let statement =
        Statement::with("DELETE FROM answers WHERE at < $1", [before.timestamp_micros().into()]);
    writer.execute(&statement)
}
