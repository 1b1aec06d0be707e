//! What webhooks are sent beside the events of commits, and what was given up.

use domain::record::Timestamp;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// The most that waits for a webhook beside the events of commits; what comes then is not kept.
pub const QUEUE_MAX: i64 = 10_000;

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub id: i64,
    /// The event's id, where it has been sent before.
    pub event_id: Option<String>,
    /// The event's type.
    pub event_type: String,
    /// The event's subject.
    pub subject: String,
    /// The event as JSON; of one without an id, without its id and source.
    pub body: String,
    /// Since when it waits.
    pub at: Timestamp,
}

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadDelivery {
    /// Its number.
    pub id: i64,
    /// The event's id.
    pub event_id: String,
    /// The event's type.
    pub event_type: String,
    /// The event's subject.
    pub subject: String,
    /// The event, as JSON.
    pub body: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The status of the last answer.
    pub status: Option<i64>,
    /// What went wrong the last time.
    pub answer: String,
    /// When it was tried first.
    pub first_try_at: Timestamp,
    /// When it was given up.
    pub at: Timestamp,
}

/// Which dead deliveries are meant; all that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichDead {
    /// The one of this number.
    pub id: Option<i64>,
    /// Those of events of this type.
    pub event_type: Option<String>,
    /// Those of events of this subject.
    pub subject: Option<String>,
}

/// Keeps something to be sent to a webhook; its number is passed over. `false` where too much waits
/// already.
///
/// # Errors
/// When the database can't be asked.
pub fn queue_add(
    writer: &mut Writer<'_>,
    webhook: &str,
    queued: &Queued,
) -> Result<bool, StoreError> {
    Ok(add(writer, queued, "name = $6", Some(webhook.into()))? > 0)
}

/// Keeps a notice for all webhooks that take them; how many those are.
///
/// # Errors
/// When the database can't be asked.
pub fn queue_notice(writer: &mut Writer<'_>, notice: &Queued) -> Result<u64, StoreError> {
    add(writer, notice, "takes_notices = 1", None)
}

fn add(
    writer: &mut Writer<'_>,
    queued: &Queued,
    whose: &str,
    webhook: Option<Param>,
) -> Result<u64, StoreError> {
    let text = format!(
        "INSERT INTO webhook_queue (webhook, event_id, event_type, subject, body, at) \
         SELECT name, $1, $2, $3, $4, CAST($5 AS BIGINT) FROM webhooks w WHERE {whose} \
         AND (SELECT count(*) FROM webhook_queue q WHERE q.webhook = w.name) < {QUEUE_MAX} \
         ORDER BY name"
    );
    let values = [
        queued.event_id.as_deref().into(),
        queued.event_type.as_str().into(),
        queued.subject.as_str().into(),
        // Neither database keeps a NUL in a text; in JSON it is escaped.
        queued.body.as_str().into(),
        queued.at.timestamp_micros().into(),
    ];
    writer.execute(&Statement::with(&text, values.into_iter().chain(webhook)))
}

/// What waits for a webhook longest.
///
/// # Errors
/// When the database can't be asked.
pub fn queue_first(reader: &mut Reader<'_>, webhook: &str) -> Result<Option<Queued>, StoreError> {
    let mut statement = Statement::with(
        "SELECT id, event_id, event_type, subject, body, at FROM webhook_queue \
         WHERE webhook = $1 ORDER BY id",
        [webhook.into()],
    );
    statement.limit(1);
    reader.query_one(&statement, |row| {
        Ok(Queued {
            id: row.integer(0)?,
            event_id: row.text_or_null(1)?,
            event_type: row.text(2)?,
            subject: row.text(3)?,
            body: row.text(4)?,
            at: timestamp(row.integer(5)?)?,
        })
    })
}

/// Something was sent, or is given up.
///
/// # Errors
/// When the database can't be asked.
pub fn queue_remove(writer: &mut Writer<'_>, id: i64) -> Result<(), StoreError> {
    let text = "DELETE FROM webhook_queue WHERE id = $1";
    writer.execute(&Statement::with(text, [id.into()])).map(drop)
}

/// How much waits for each webhook, and how much is dead of it.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_counts(reader: &mut Reader<'_>) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let text = "SELECT name, \
                (SELECT count(*) FROM webhook_queue q WHERE q.webhook = w.name), \
                (SELECT count(*) FROM webhook_dead d WHERE d.webhook = w.name) FROM webhooks w";
    reader.query(&Statement::new(text), |row| Ok((row.text(0)?, row.integer(1)?, row.integer(2)?)))
}

/// Keeps a delivery that is given up; its number is passed over.
///
/// # Errors
/// When the database can't be asked.
pub fn dead_add(
    writer: &mut Writer<'_>,
    webhook: &str,
    dead: &DeadDelivery,
) -> Result<(), StoreError> {
    let text = "INSERT INTO webhook_dead (webhook, event_id, event_type, subject, body, attempts, \
                status, answer, first_try_at, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Param; 10] = [
        webhook.into(),
        dead.event_id.as_str().into(),
        dead.event_type.as_str().into(),
        dead.subject.as_str().into(),
        dead.body.as_str().into(),
        i64::from(dead.attempts).into(),
        dead.status.into(),
        dead.answer.as_str().into(),
        dead.first_try_at.timestamp_micros().into(),
        dead.at.timestamp_micros().into(),
    ];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// How many deliveries of a webhook are dead.
///
/// # Errors
/// When the database can't be asked.
pub fn dead_count(reader: &mut Reader<'_>, webhook: &str) -> Result<i64, StoreError> {
    let text = "SELECT count(*) FROM webhook_dead WHERE webhook = $1";
    let count = reader.query_one(&Statement::with(text, [webhook.into()]), |row| row.integer(0))?;
    Ok(count.unwrap_or(0))
}

fn which(webhook: &str, which: &WhichDead, statement: &mut Statement) {
    statement.push(" WHERE webhook = ").bind(webhook);
    if let Some(id) = which.id {
        statement.push(" AND id = ").bind(id);
    }
    if let Some(event_type) = &which.event_type {
        statement.push(" AND event_type = ").bind(event_type.as_str());
    }
    if let Some(subject) = &which.subject {
        statement.push(" AND subject = ").bind(subject.as_str());
    }
}

const DEAD: &str =
    "id, event_id, event_type, subject, body, attempts, status, answer, first_try_at, at";

fn read_dead(row: &Row<'_>) -> Result<DeadDelivery, StoreError> {
    Ok(DeadDelivery {
        id: row.integer(0)?,
        event_id: row.text(1)?,
        event_type: row.text(2)?,
        subject: row.text(3)?,
        body: row.text(4)?,
        attempts: u32::try_from(row.integer(5)?).unwrap_or(u32::MAX),
        status: row.integer_or_null(6)?,
        answer: row.text(7)?,
        first_try_at: timestamp(row.integer(8)?)?,
        at: timestamp(row.integer(9)?)?,
    })
}

/// Dead deliveries of a webhook above a number, the oldest first, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn dead_of(
    reader: &mut Reader<'_>,
    (webhook, meant): (&str, &WhichDead),
    (after, limit): (i64, i64),
) -> Result<Vec<DeadDelivery>, StoreError> {
    let mut statement = Statement::new(&format!("SELECT {DEAD} FROM webhook_dead"));
    which(webhook, meant, &mut statement);
    statement.push(" AND id > ").bind(after);
    statement.push(" ORDER BY id").limit(limit);
    reader.query(&statement, read_dead)
}

/// Has dead deliveries sent again, in their order, behind all that waits; how many those are, of at
/// most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn dead_replay(
    writer: &mut Writer<'_>,
    (webhook, meant): (&str, &WhichDead),
    (now, limit): (Timestamp, i64),
) -> Result<u64, StoreError> {
    let mut statement =
        Statement::new("DELETE FROM webhook_dead WHERE id IN (SELECT id FROM webhook_dead");
    which(webhook, meant, &mut statement);
    statement.push(" ORDER BY id").limit(limit);
    statement.push(&format!(") RETURNING {DEAD}"));
    let mut taken = writer.query(&statement, read_dead)?;
    taken.sort_by_key(|dead| dead.id);
    let count = taken.len() as u64;
    let text = "INSERT INTO webhook_queue (webhook, event_id, event_type, subject, body, at) \
                VALUES ($1, $2, $3, $4, $5, $6)";
    let rows = taken.into_iter().map(|dead| {
        let DeadDelivery { event_id, event_type, subject, body, .. } = dead;
        let texts = [webhook.to_owned(), event_id, event_type, subject, body].map(Param::from);
        texts.into_iter().chain([now.timestamp_micros().into()]).collect()
    });
    writer.execute_many(text, rows)?;
    Ok(count)
}

/// Lets go of dead deliveries; how many those are.
///
/// # Errors
/// When the database can't be asked.
pub fn dead_discard(
    writer: &mut Writer<'_>,
    (webhook, meant): (&str, &WhichDead),
) -> Result<u64, StoreError> {
    let mut statement = Statement::new("DELETE FROM webhook_dead");
    which(webhook, meant, &mut statement);
    writer.execute(&statement)
}
