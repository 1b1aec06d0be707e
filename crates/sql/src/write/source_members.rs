//! Who reads a source now, and how far behind it was: told by each replica every few seconds, for
//! people to see. Nothing is decided by it.

use domain::record::Timestamp;

use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A replica that reads a source, as it tells itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMember {
    /// The source.
    pub source: String,
    /// The replica.
    pub replica: String,
    /// What it does, in a word.
    pub state: String,
    /// The stable word for what is wrong.
    pub code: Option<String>,
    /// What is wrong, in a sentence.
    pub error: Option<String>,
    /// Its partitions, as JSON.
    pub partitions: String,
    /// Messages a minute, lately.
    pub per_minute: i64,
    /// When it told.
    pub at: Timestamp,
}

/// Keeps what a replica tells of itself.
///
/// # Errors
/// When the database can't be asked.
pub fn member_tell(writer: &mut Writer<'_>, member: &StoredMember) -> Result<(), StoreError> {
    let text = "INSERT INTO source_members (source, replica, state, code, error, partitions, \
                per_minute, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                ON CONFLICT (source, replica) DO UPDATE SET state = excluded.state, \
                code = excluded.code, error = excluded.error, partitions = excluded.partitions, \
                per_minute = excluded.per_minute, at = excluded.at";
    let values = [
        member.source.as_str().into(),
        member.replica.as_str().into(),
        member.state.as_str().into(),
        member.code.as_deref().into(),
        member.error.as_deref().into(),
        member.partitions.as_str().into(),
        member.per_minute.into(),
        member.at.timestamp_micros().into(),
    ];
    writer.execute_soon(Statement::with(text, values))
}

/// A replica reads a source no more.
///
/// # Errors
/// When the database can't be asked.
pub fn member_leave(
    writer: &mut Writer<'_>,
    source: &str,
    replica: &str,
) -> Result<(), StoreError> {
    let text = "DELETE FROM source_members WHERE source = $1 AND replica = $2";
    writer.execute_soon(Statement::with(text, [source.into(), replica.into()]))
}

/// The replicas that read sources and have told so since a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn members_since(
    reader: &mut Reader<'_>,
    since: Timestamp,
) -> Result<Vec<StoredMember>, StoreError> {
    let text = "SELECT source, replica, state, code, error, partitions, per_minute, at \
                FROM source_members WHERE at >= $1 ORDER BY source, replica";
    let values = [since.timestamp_micros().into()];
    reader.query(&Statement::with(text, values), |row| {
        Ok(StoredMember {
            source: row.text(0)?,
            replica: row.text(1)?,
            state: row.text(2)?,
            code: row.text_or_null(3)?,
            error: row.text_or_null(4)?,
            partitions: row.text(5)?,
            per_minute: row.integer(6)?,
            at: timestamp(row.integer(7)?)?,
        })
    })
}

/// Keeps how far behind a replica was in a minute, the worst of it.
///
/// # Errors
/// When the database can't be asked.
pub fn lag_keep(
    writer: &mut Writer<'_>,
    (source, replica): (&str, &str),
    (minute, behind): (Timestamp, i64),
) -> Result<(), StoreError> {
    let text = "INSERT INTO source_lags (source, minute, replica, behind) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (source, minute, replica) DO UPDATE SET behind = \
                CASE WHEN excluded.behind > source_lags.behind THEN excluded.behind \
                ELSE source_lags.behind END";
    let minute = minute.timestamp_micros();
    let values = [source.into(), minute.into(), replica.into(), behind.into()];
    writer.execute_soon(Statement::with(text, values))
}

/// How far behind a source was in each minute since a moment, of all its replicas together.
///
/// # Errors
/// When the database can't be asked.
pub fn lags_since(
    reader: &mut Reader<'_>,
    source: &str,
    since: Timestamp,
) -> Result<Vec<(Timestamp, i64)>, StoreError> {
    let text = "SELECT minute, CAST(sum(behind) AS BIGINT) FROM source_lags \
                WHERE source = $1 AND minute >= $2 GROUP BY minute ORDER BY minute";
    let values = [source.into(), since.timestamp_micros().into()];
    reader.query(&Statement::with(text, values), |row| {
        Ok((timestamp(row.integer(0)?)?, row.integer(1)?))
    })
}

/// Lets go of what was told before a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn members_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let value = || [before.timestamp_micros().into()];
    let members = Statement::with("DELETE FROM source_members WHERE at < $1", value());
    let lags = Statement::with("DELETE FROM source_lags WHERE minute < $1", value());
    Ok(writer.execute(&members)? + writer.execute(&lags)?)
}
