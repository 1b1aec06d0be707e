//! Snapshots: that a publisher shall tell of all that is there, and how far it is with that.

use domain::record::{CommitNumber, Timestamp};

use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// How a snapshot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotState {
    /// It was asked for.
    Asked,
    /// It is being made.
    Running,
    /// It is made.
    Done,
    /// It came to nothing.
    Failed,
}

impl SnapshotState {
    const ALL: [Self; 4] = [Self::Asked, Self::Running, Self::Done, Self::Failed];

    /// The word for it, as it is kept and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// A snapshot as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The cursor of the publisher.
    pub cursor: String,
    /// Of records of which type; `None` for all.
    pub type_name: Option<String>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// How it stands.
    pub state: SnapshotState,
    /// How many records have been told.
    pub done: i64,
    /// How many there are.
    pub total: i64,
    /// The commit after which they stood so; `None` before it begins.
    pub commit: Option<CommitNumber>,
    /// Why it came to nothing.
    pub error: Option<String>,
}

/// Asks for a snapshot; `false` while another one is not over.
///
/// # Errors
/// When the database can't be asked.
pub fn snapshot_ask(
    writer: &mut Writer<'_>,
    (cursor, type_name): (&str, Option<&str>),
    (asked_by, now): (&str, Timestamp),
) -> Result<bool, StoreError> {
    let text = "INSERT INTO snapshots (cursor, type, asked_by, asked_at, state) \
                VALUES ($1, $2, $3, $4, 'asked') ON CONFLICT (cursor) DO UPDATE \
                SET type = excluded.type, asked_by = excluded.asked_by, \
                asked_at = excluded.asked_at, state = excluded.state, done = 0, total = 0, \
                commit_number = NULL, error = NULL WHERE snapshots.state IN ('done', 'failed')";
    let values = [cursor.into(), type_name.into(), asked_by.into(), now.timestamp_micros().into()];
    Ok(writer.execute(&Statement::with(text, values))? == 1)
}

/// The last snapshot that was asked of a publisher.
///
/// # Errors
/// When the database can't be asked.
pub fn snapshot(
    reader: &mut Reader<'_>,
    cursor: &str,
) -> Result<Option<StoredSnapshot>, StoreError> {
    let text = "SELECT cursor, type, asked_by, asked_at, state, done, total, commit_number, error \
                FROM snapshots WHERE cursor = $1";
    reader.query_one(&Statement::with(text, [cursor.into()]), |row| {
        let word = row.text(4)?;
        let state = SnapshotState::ALL.into_iter().find(|state| state.word() == word);
        let state = state.ok_or_else(|| {
            StoreError::Corrupt(format!("a snapshot is {word}, which is nothing"))
        })?;
        Ok(StoredSnapshot {
            cursor: row.text(0)?,
            type_name: row.text_or_null(1)?,
            asked_by: row.text(2)?,
            asked_at: timestamp(row.integer(3)?)?,
            state,
            done: row.integer(5)?,
            total: row.integer(6)?,
            commit: row.integer_or_null(7)?.map(CommitNumber),
            error: row.text_or_null(8)?,
        })
    })
}

/// Keeps how a snapshot stands, unless somebody else is at the cursor by now.
///
/// # Errors
/// When the database can't be asked.
pub fn snapshot_tell(
    writer: &mut Writer<'_>,
    snapshot: &StoredSnapshot,
    epoch: i64,
) -> Result<bool, StoreError> {
    let text = "UPDATE snapshots SET state = $2, done = $3, total = $4, commit_number = $5, \
                error = $6 WHERE cursor = $1 AND EXISTS (SELECT 1 FROM cursors c \
                WHERE c.name = snapshots.cursor AND c.epoch = $7)";
    let values = [
        snapshot.cursor.as_str().into(),
        snapshot.state.word().into(),
        snapshot.done.into(),
        snapshot.total.into(),
        snapshot.commit.map(|number| number.0).into(),
        snapshot.error.as_deref().into(),
        epoch.into(),
    ];
    Ok(writer.execute(&Statement::with(text, values))? == 1)
}
