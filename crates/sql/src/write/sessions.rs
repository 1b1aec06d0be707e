//! Who is signed in where, and what is good once.

use domain::record::Timestamp;

use super::people::{StoredUser, user};
use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Its number.
    pub id: i64,
    /// The number of its user.
    pub user: i64,
    /// The provider that they signed in with; `password` for the register's own.
    pub provider: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Where from it began.
    pub address: Option<String>,
    /// What browser it is in, as that says.
    pub agent: Option<String>,
    /// What the provider gave to end its own session by.
    pub id_token: Option<String>,
}

const SESSION: &str = "id, user_id, provider, created_at, seen_at, address, agent, id_token";

fn read_session(row: &Row<'_>) -> Result<StoredSession, StoreError> {
    Ok(StoredSession {
        id: row.integer(0)?,
        user: row.integer(1)?,
        provider: row.text(2)?,
        created_at: timestamp(row.integer(3)?)?,
        seen_at: timestamp(row.integer(4)?)?,
        address: row.text_or_null(5)?,
        agent: row.text_or_null(6)?,
        id_token: row.text_or_null(7)?,
    })
}

/// Keeps a new session.
///
/// # Errors
/// When the database can't be asked.
pub fn session_add(
    writer: &mut Writer<'_>,
    hash: &[u8],
    session: &StoredSession,
) -> Result<(), StoreError> {
    let statement = Statement::with(
        "INSERT INTO sessions (hash, user_id, provider, created_at, seen_at, address, agent, \
         id_token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            hash.into(),
            session.user.into(),
            session.provider.as_str().into(),
            session.created_at.timestamp_micros().into(),
            session.seen_at.timestamp_micros().into(),
            session.address.as_deref().into(),
            session.agent.as_deref().into(),
            session.id_token.as_deref().into(),
        ],
    );
    writer.execute(&statement).map(drop)
}

/// The session whose secret has this hash, and its user.
///
/// # Errors
/// When the database can't be asked.
pub fn session_find(
    reader: &mut Reader<'_>,
    hash: &[u8],
) -> Result<Option<(StoredSession, StoredUser)>, StoreError> {
    let text = format!("SELECT {SESSION} FROM sessions WHERE hash = $1");
    let Some(session) = reader.query_one(&Statement::with(&text, [hash.into()]), read_session)?
    else {
        return Ok(None);
    };
    Ok(user(reader, session.user)?.map(|user| (session, user)))
}

/// A user's sessions, the last used first.
///
/// # Errors
/// When the database can't be asked.
pub fn sessions_of(reader: &mut Reader<'_>, user: i64) -> Result<Vec<StoredSession>, StoreError> {
    let text = format!("SELECT {SESSION} FROM sessions WHERE user_id = $1 ORDER BY seen_at DESC");
    reader.query(&Statement::with(&text, [user.into()]), read_session)
}

/// Remembers that a session was used.
///
/// # Errors
/// When the database can't be asked.
pub fn session_seen(writer: &mut Writer<'_>, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let values = [now.timestamp_micros().into(), id.into()];
    let text = "UPDATE sessions SET seen_at = $1 WHERE id = $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Ends one of a user's sessions; tells whether there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn session_end(writer: &mut Writer<'_>, user: i64, id: i64) -> Result<bool, StoreError> {
    let text = "DELETE FROM sessions WHERE user_id = $1 AND id = $2";
    Ok(writer.execute(&Statement::with(text, [user.into(), id.into()]))? > 0)
}

/// Ends all of a user's sessions, but for one if that is said.
///
/// # Errors
/// When the database can't be asked.
pub fn sessions_end(
    writer: &mut Writer<'_>,
    user: i64,
    but: Option<i64>,
) -> Result<(), StoreError> {
    let text = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";
    let values = [user.into(), but.unwrap_or_default().into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Removes the sessions that began, or were last used, before these moments.
///
/// # Errors
/// When the database can't be asked.
pub fn sessions_forget(
    writer: &mut Writer<'_>,
    created_before: Timestamp,
    seen_before: Timestamp,
) -> Result<(), StoreError> {
    let values = [created_before.timestamp_micros().into(), seen_before.timestamp_micros().into()];
    let text = "DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Keeps something that is good once, until it ends; `false` where it is kept already.
///
/// # Errors
/// When the database can't be asked.
pub fn one_time_keep(
    writer: &mut Writer<'_>,
    (purpose, hash): (&str, &[u8]),
    expires_at: Timestamp,
    content: &str,
) -> Result<bool, StoreError> {
    let text = "INSERT INTO one_time (purpose, hash, expires_at, content) \
                VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let ends = expires_at.timestamp_micros();
    let values = [purpose.into(), hash.into(), ends.into(), content.into()];
    Ok(writer.execute(&Statement::with(text, values))? > 0)
}

/// Takes what is good once, so that nobody else can; `None` where it is not there, or has ended.
///
/// # Errors
/// When the database can't be asked.
pub fn one_time_take(
    writer: &mut Writer<'_>,
    (purpose, hash): (&str, &[u8]),
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let text = "DELETE FROM one_time WHERE purpose = $1 AND hash = $2 \
                RETURNING expires_at, content";
    let taken = writer.query_one(&Statement::with(text, [purpose.into(), hash.into()]), |row| {
        Ok((row.integer(0)?, row.text(1)?))
    })?;
    Ok(taken.filter(|(ends, _)| now.timestamp_micros() < *ends).map(|(_, content)| content))
}

/// Whether something is kept, and has not ended.
///
/// # Errors
/// When the database can't be asked.
pub fn one_time_is_kept(
    reader: &mut Reader<'_>,
    (purpose, hash): (&str, &[u8]),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = "SELECT expires_at FROM one_time WHERE purpose = $1 AND hash = $2";
    let statement = Statement::with(text, [purpose.into(), hash.into()]);
    let ends = reader.query_one(&statement, |row| row.integer(0))?;
    Ok(ends.is_some_and(|ends| now.timestamp_micros() < ends))
}

/// Removes all that was good once for a purpose.
///
/// # Errors
/// When the database can't be asked.
pub fn one_time_clear(writer: &mut Writer<'_>, purpose: &str) -> Result<(), StoreError> {
    let statement = Statement::with("DELETE FROM one_time WHERE purpose = $1", [purpose.into()]);
    writer.execute(&statement).map(drop)
}

/// Removes what has ended.
///
/// # Errors
/// When the database can't be asked.
pub fn one_time_forget(writer: &mut Writer<'_>, now: Timestamp) -> Result<(), StoreError> {
    let values = [now.timestamp_micros().into()];
    writer.execute(&Statement::with("DELETE FROM one_time WHERE expires_at < $1", values)).map(drop)
}

/// Failed attempts of an account or from an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many there were since the last that went well.
    pub failures: i64,
    /// When the last was, in microseconds since 1970.
    pub failed_at: i64,
    /// Until when the next is not looked at, in microseconds since 1970.
    pub wait_until: i64,
}

/// The failed attempts of a subject.
///
/// # Errors
/// When the database can't be asked.
pub fn attempts(reader: &mut Reader<'_>, subject: &str) -> Result<Attempts, StoreError> {
    let text = "SELECT failures, failed_at, wait_until FROM attempts WHERE subject = $1";
    let found = reader.query_one(&Statement::with(text, [subject.into()]), |row| {
        Ok(Attempts {
            failures: row.integer(0)?,
            failed_at: row.integer(1)?,
            wait_until: row.integer(2)?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// Keeps the failed attempts of a subject; none are forgotten.
///
/// # Errors
/// When the database can't be asked.
pub fn attempts_set(
    writer: &mut Writer<'_>,
    subject: &str,
    attempts: Attempts,
) -> Result<(), StoreError> {
    let statement = if attempts == Attempts::default() {
        Statement::with("DELETE FROM attempts WHERE subject = $1", [subject.into()])
    } else {
        Statement::with(
            "INSERT INTO attempts (subject, failures, failed_at, wait_until) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (subject) DO UPDATE SET \
             failures = excluded.failures, failed_at = excluded.failed_at, \
             wait_until = excluded.wait_until",
            [
                subject.into(),
                attempts.failures.into(),
                attempts.failed_at.into(),
                attempts.wait_until.into(),
            ],
        )
    };
    writer.execute(&statement).map(drop)
}

/// Removes attempts whose last was before a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn attempts_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<(), StoreError> {
    let values = [before.timestamp_micros().into()];
    writer.execute(&Statement::with("DELETE FROM attempts WHERE failed_at < $1", values)).map(drop)
}
