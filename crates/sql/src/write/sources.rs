//! Sources of messages: how far each partition was read, which messages were seen, how old what a
//! source said of a record is, and which change requests wait for it. All of it is written with what
//! the messages changed.

use domain::message::{Sequence, Stamp};
use domain::record::Timestamp;

use crate::dialect::Dialect;
use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// A partition of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePartition {
    /// The topic.
    pub topic: String,
    /// Its number, from 0.
    pub number: i32,
}

/// How far a partition was read, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionState {
    /// How often it was taken over.
    pub epoch: i64,
    /// The offset that is read next; `None` where none was read.
    pub next: Option<i64>,
    /// When the message before was written, in milliseconds since 1970.
    pub last_ms: Option<i64>,
}

/// A step in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionStep {
    /// The epoch of whoever makes it.
    pub epoch: i64,
    /// The offset that was read next so far; `None` where none was.
    pub from: Option<i64>,
    /// The offset that is read next from now on.
    pub to: i64,
    /// When the message before was written, in milliseconds since 1970.
    pub last_ms: Option<i64>,
}

fn read_state(row: &Row<'_>) -> Result<PartitionState, StoreError> {
    Ok(PartitionState {
        epoch: row.integer(0)?,
        next: row.integer_or_null(1)?,
        last_ms: row.integer_or_null(2)?,
    })
}

/// Takes a partition over: whoever had it before moves it no more.
///
/// # Errors
/// When the database can't be asked.
pub fn partition_take(
    writer: &mut Writer<'_>,
    source: &str,
    SourcePartition { topic, number }: &SourcePartition,
) -> Result<PartitionState, StoreError> {
    let text = "INSERT INTO source_partitions (source, topic, number, epoch) VALUES ($1, $2, $3, 1) \
                ON CONFLICT (source, topic, number) DO UPDATE \
                SET epoch = source_partitions.epoch + 1 RETURNING epoch, next, last_ms";
    let values = [source.into(), topic.as_str().into(), i64::from(*number).into()];
    let taken = writer.query_one(&Statement::with(text, values), read_state)?;
    taken.ok_or_else(|| StoreError::Corrupt("a partition that was taken is not there".to_owned()))
}

/// Moves on in a partition; `false` where it is somebody else's, or not where it was.
///
/// # Errors
/// When the database can't be asked.
pub fn partition_move(
    writer: &mut Writer<'_>,
    source: &str,
    SourcePartition { topic, number }: &SourcePartition,
    step: &PartitionStep,
) -> Result<bool, StoreError> {
    let text = "UPDATE source_partitions SET next = $5, last_ms = $6 WHERE source = $1 \
                AND topic = $2 AND number = $3 AND epoch = $4 AND coalesce(next, -1) = $7";
    let values = [
        source.into(),
        topic.as_str().into(),
        i64::from(*number).into(),
        step.epoch.into(),
        step.to.into(),
        step.last_ms.into(),
        step.from.unwrap_or(-1).into(),
    ];
    Ok(writer.execute(&Statement::with(text, values))? == 1)
}

/// How far the partitions of a source were read.
///
/// # Errors
/// When the database can't be asked.
pub fn partitions_of(
    reader: &mut Reader<'_>,
    source: &str,
) -> Result<Vec<(SourcePartition, PartitionState)>, StoreError> {
    let text = "SELECT epoch, next, last_ms, topic, number FROM source_partitions \
                WHERE source = $1 ORDER BY topic, number";
    reader.query(&Statement::with(text, [source.into()]), |row| {
        let number = i32::try_from(row.integer(4)?).unwrap_or(i32::MAX);
        Ok((SourcePartition { topic: row.text(3)?, number }, read_state(row)?))
    })
}

/// Has PostgreSQL plan each statement of the rest of the transaction for its values, or as it finds
/// best. A topic that is read into empty tables fills them within a minute, before anybody has counted
/// their rows: plans that were kept from when they were empty would read all of them for each look-up.
///
/// # Errors
/// When the database can't be asked.
pub fn plan_each(writer: &mut Writer<'_>, is_each: bool) -> Result<(), StoreError> {
    match (writer.dialect(), is_each) {
        (Dialect::Sqlite, _) => Ok(()),
        (Dialect::Postgres, true) => writer.batch("SET LOCAL plan_cache_mode = force_custom_plan"),
        (Dialect::Postgres, false) => writer.batch("SET LOCAL plan_cache_mode = auto"),
    }
}

/// Which of these messages were seen, and when.
///
/// # Errors
/// When the database can't be asked.
pub fn messages_seen(
    reader: &mut Reader<'_>,
    source: &str,
    ids: Vec<String>,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT id, seen_at FROM source_messages WHERE source = $1 AND ";
    let mut statement = Statement::with(text, [source.into()]);
    reader.dialect().any("id", Param::Texts(ids), &mut statement);
    reader.query(&statement, |row| Ok((row.text(0)?, timestamp(row.integer(1)?)?)))
}

/// Keeps that messages were seen of which [`messages_seen`] knew nothing in this transaction, once it had
/// locked the register.
///
/// # Errors
/// When the database can't be asked.
pub fn messages_keep(
    writer: &mut Writer<'_>,
    source: &str,
    (ids, now): (Vec<String>, Timestamp),
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let statement = keeping(writer.dialect(), source, (ids, now));
    // PostgreSQL takes as long for it as for all else of messages that change nothing.
    writer.execute_meanwhile(statement)
}

/// Keeps that messages were seen which may have been seen before: now counts.
///
/// # Errors
/// When the database can't be asked.
pub fn messages_keep_again(
    writer: &mut Writer<'_>,
    source: &str,
    (ids, now): (Vec<String>, Timestamp),
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut statement = keeping(writer.dialect(), source, (ids, now));
    // Without a condition SQLite would take this for that of a join.
    statement.push(" WHERE true ON CONFLICT (source, id) DO UPDATE SET seen_at = excluded.seen_at");
    writer.execute_soon(statement)
}

fn keeping(dialect: Dialect, source: &str, (ids, now): (Vec<String>, Timestamp)) -> Statement {
    let text = "INSERT INTO source_messages (source, seen_at, id) \
                SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), value FROM ";
    let values = [source.into(), now.timestamp_micros().into()];
    let mut statement = Statement::with(text, values);
    dialect.each_text(ids, &mut statement);
    statement
}

/// Lets go of messages that were seen before a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn messages_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let values = [before.timestamp_micros().into()];
    writer.execute(&Statement::with("DELETE FROM source_messages WHERE seen_at < $1", values))
}

/// The newest that a source said of records of a type, by their keys.
///
/// # Errors
/// When the database can't be asked.
pub fn stamps(
    reader: &mut Reader<'_>,
    (source, type_name): (&str, &str),
    keys: Vec<String>,
) -> Result<Vec<(String, Stamp)>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT key, at, sequence FROM source_stamps WHERE source = $1 AND type = $2 AND ";
    let mut statement = Statement::with(text, [source.into(), type_name.into()]);
    reader.dialect().any("key", Param::Texts(keys), &mut statement);
    reader.query(&statement, |row| {
        let at = row.integer_or_null(1)?.map(timestamp).transpose()?;
        let sequence = row.text_or_null(2)?.map(|text| sequence_of(&text)).transpose()?;
        Ok((row.text(0)?, Stamp { at, sequence }))
    })
}

/// Keeps the newest that a source said of records of a type.
///
/// # Errors
/// When the database can't be asked.
pub fn stamps_keep(
    writer: &mut Writer<'_>,
    (source, type_name): (&str, &str),
    stamps: impl IntoIterator<Item = (String, Stamp)>,
) -> Result<(), StoreError> {
    let rows = stamps.into_iter().map(|(key, stamp)| {
        vec![
            source.into(),
            type_name.into(),
            key.into(),
            stamp.at.map(|at| at.timestamp_micros()).into(),
            stamp.sequence.as_ref().map(sequence_text).as_deref().into(),
        ]
    });
    writer.execute_many(
        "INSERT INTO source_stamps (source, type, key, at, sequence) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (source, type, key) DO UPDATE SET at = excluded.at, \
         sequence = excluded.sequence",
        rows,
    )
}

/// A sequence as it is kept: numbers and texts that look like them are told apart.
fn sequence_text(sequence: &Sequence) -> String {
    match sequence {
        Sequence::Number(number) => format!("n{number}"),
        // Neither database keeps a NUL in a text.
        Sequence::Text(text) => format!("t{}", text.replace('\0', "\u{fffd}")),
    }
}

fn sequence_of(text: &str) -> Result<Sequence, StoreError> {
    let number = text.strip_prefix('n').and_then(|digits| digits.parse().ok());
    let sequence = match (number, text.strip_prefix('t')) {
        (Some(number), _) => Some(Sequence::Number(number)),
        (None, text) => text.map(|text| Sequence::Text(text.to_owned())),
    };
    sequence.ok_or_else(|| StoreError::Corrupt(format!("a sequence {text}")))
}

/// What became of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageTally {
    /// They changed the register.
    pub applied: u64,
    /// They wait in a change request.
    pub queued: u64,
    /// The register said the same already.
    pub unchanged: u64,
    /// They came before.
    pub repeats: u64,
    /// Their source has said something newer.
    pub late: u64,
    /// They could not be taken in.
    pub dead: u64,
}

impl MessageTally {
    fn counts(self) -> [u64; 6] {
        [self.applied, self.queued, self.unchanged, self.repeats, self.late, self.dead]
    }

    /// Adds another to it.
    pub fn add(&mut self, other: Self) {
        self.applied += other.applied;
        self.queued += other.queued;
        self.unchanged += other.unchanged;
        self.repeats += other.repeats;
        self.late += other.late;
        self.dead += other.dead;
    }

    /// All of them.
    pub fn messages(self) -> u64 {
        self.counts().iter().sum()
    }
}

/// Adds to what became of a source's messages.
///
/// # Errors
/// When the database can't be asked.
pub fn tally_add(
    writer: &mut Writer<'_>,
    source: &str,
    (tally, now): (MessageTally, Timestamp),
) -> Result<(), StoreError> {
    let text = "INSERT INTO source_tallies (source, applied, queued, unchanged, repeats, late, dead, \
                last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source) DO UPDATE SET \
                applied = source_tallies.applied + excluded.applied, \
                queued = source_tallies.queued + excluded.queued, \
                unchanged = source_tallies.unchanged + excluded.unchanged, \
                repeats = source_tallies.repeats + excluded.repeats, \
                late = source_tallies.late + excluded.late, \
                dead = source_tallies.dead + excluded.dead, last_at = excluded.last_at";
    let counts = tally.counts().map(|count| i64::try_from(count).unwrap_or(i64::MAX).into());
    let values = [source.into()].into_iter().chain(counts);
    let values = values.chain([now.timestamp_micros().into()]);
    writer.execute_soon(Statement::with(text, values))
}

/// What became of a source's messages so far, and when one last came.
///
/// # Errors
/// When the database can't be asked.
pub fn tally_of(
    reader: &mut Reader<'_>,
    source: &str,
) -> Result<(MessageTally, Option<Timestamp>), StoreError> {
    let text = "SELECT applied, queued, unchanged, repeats, late, dead, last_at \
                FROM source_tallies WHERE source = $1";
    let found = reader.query_one(&Statement::with(text, [source.into()]), |row| {
        let count = |column| row.integer(column).map(i64::unsigned_abs);
        let tally = MessageTally {
            applied: count(0)?,
            queued: count(1)?,
            unchanged: count(2)?,
            repeats: count(3)?,
            late: count(4)?,
            dead: count(5)?,
        };
        Ok((tally, row.integer_or_null(6)?.map(timestamp).transpose()?))
    })?;
    Ok(found.unwrap_or_default())
}

/// The open change request by which a source asks for something of a record.
///
/// # Errors
/// When the database can't be asked.
pub fn source_request(
    reader: &mut Reader<'_>,
    (source, type_name, key): (&str, &str, &str),
) -> Result<Option<i64>, StoreError> {
    let text = "SELECT r.number FROM source_requests s JOIN requests r ON r.number = s.request \
                WHERE s.source = $1 AND s.type = $2 AND s.key = $3 AND r.is_open = 1";
    let values = [source.into(), type_name.into(), key.into()];
    reader.query_one(&Statement::with(text, values), |row| row.integer(0))
}

/// Keeps by which change request a source asks for something of a record.
///
/// # Errors
/// When the database can't be asked.
pub fn source_request_keep(
    writer: &mut Writer<'_>,
    (source, type_name, key): (&str, &str, &str),
    request: i64,
) -> Result<(), StoreError> {
    let text = "INSERT INTO source_requests (source, type, key, request) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (source, type, key) DO UPDATE SET request = excluded.request";
    let values = [source.into(), type_name.into(), key.into(), request.into()];
    writer.execute_soon(Statement::with(text, values))
}

/// Lets go of what is kept of change requests that are closed.
///
/// # Errors
/// When the database can't be asked.
pub fn source_requests_forget(writer: &mut Writer<'_>) -> Result<u64, StoreError> {
    let text = "DELETE FROM source_requests WHERE request IN \
                (SELECT number FROM requests WHERE is_open = 0)";
    writer.execute(&Statement::new(text))
}
