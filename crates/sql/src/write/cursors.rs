//! Cursors: how far each publisher of events has told of the commits, and who is at it.
//!
//! One process is at a cursor at a time. It beats; who sees the same beat for long enough, by its own
//! clock, takes the cursor over, and whoever had it before moves it no more. What a cursor has not
//! passed is never folded.

use domain::event::EventPlace;
use domain::record::{CommitNumber, Timestamp};

use super::commit::lock_register;
use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::{folded_to, timestamp};
use crate::statement::Statement;

/// The most bytes of an error that are kept.
const ERROR_BYTES_MAX: usize = 1_000;

/// A cursor as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCursor {
    /// Its name: `kafka`, `webhook:NAME`.
    pub name: String,
    /// The last event that was told.
    pub place: EventPlace,
    /// How often it was taken over.
    pub epoch: i64,
    /// Who is at it.
    pub holder: Option<String>,
    /// Grows as long as that one lives.
    pub beat: i64,
    /// When that was, by its holder's clock.
    pub beat_at: Option<Timestamp>,
    /// When it was moved last.
    pub moved_at: Option<Timestamp>,
    /// What went wrong last, until it is moved again; and when.
    pub error: Option<(String, Timestamp)>,
}

const COLUMNS: &str = "name, commit_number, place, epoch, holder, beat, beat_at, moved_at, error, \
                       error_at";

fn read_cursor(row: &Row<'_>) -> Result<StoredCursor, StoreError> {
    let error_at = row.integer_or_null(9)?.map(timestamp).transpose()?;
    Ok(StoredCursor {
        name: row.text(0)?,
        place: EventPlace { commit: CommitNumber(row.integer(1)?), index: row.integer(2)? },
        epoch: row.integer(3)?,
        holder: row.text_or_null(4)?,
        beat: row.integer(5)?,
        beat_at: row.integer_or_null(6)?.map(timestamp).transpose()?,
        moved_at: row.integer_or_null(7)?.map(timestamp).transpose()?,
        error: row.text_or_null(8)?.zip(error_at),
    })
}

/// Makes a cursor where there is none: at the last commit, or at the oldest that is known.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_make(
    writer: &mut Writer<'_>,
    name: &str,
    is_at_last: bool,
) -> Result<(), StoreError> {
    if cursor(writer, name)?.is_some() {
        return Ok(());
    }
    // Behind the register's lock, so that no folding passes it meanwhile.
    let last = lock_register(writer)?.number;
    let at = if is_at_last { last } else { folded_to(writer)? };
    let place = EventPlace::end_of(at);
    let text = "INSERT INTO cursors (name, commit_number, place) VALUES ($1, $2, $3) \
                ON CONFLICT (name) DO NOTHING";
    let values = [name.into(), place.commit.0.into(), place.index.into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// A cursor; `None` when there is none of this name.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor(reader: &mut Reader<'_>, name: &str) -> Result<Option<StoredCursor>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM cursors WHERE name = $1");
    reader.query_one(&Statement::with(&text, [name.into()]), read_cursor)
}

/// All cursors, by name.
///
/// # Errors
/// When the database can't be asked.
pub fn cursors(reader: &mut Reader<'_>) -> Result<Vec<StoredCursor>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM cursors ORDER BY name");
    reader.query(&Statement::new(&text), read_cursor)
}

/// The name of the cursor that is furthest behind, and the last commit that it has wholly passed;
/// `None` when there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_lowest(
    reader: &mut Reader<'_>,
) -> Result<Option<(String, CommitNumber)>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM cursors ORDER BY commit_number, place, name LIMIT 1");
    let lowest = reader.query_one(&Statement::new(&text), read_cursor)?;
    Ok(lowest.map(|cursor| (cursor.name, cursor.place.whole())))
}

/// Takes a cursor over from whoever is at it; `None` when it is not as it was seen any more.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_take(
    writer: &mut Writer<'_>,
    seen: &StoredCursor,
    (holder, now): (&str, Timestamp),
) -> Result<Option<StoredCursor>, StoreError> {
    let text = format!(
        "UPDATE cursors SET holder = $2, epoch = epoch + 1, beat = beat + 1, beat_at = $5 \
         WHERE name = $1 AND epoch = $3 AND beat = $4 RETURNING {COLUMNS}"
    );
    let values = [
        seen.name.as_str().into(),
        holder.into(),
        seen.epoch.into(),
        seen.beat.into(),
        now.timestamp_micros().into(),
    ];
    writer.query_one(&Statement::with(&text, values), read_cursor)
}

/// Tells that whoever is at a cursor lives; `false` when that is somebody else by now.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_beat(
    writer: &mut Writer<'_>,
    (name, epoch): (&str, i64),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = "UPDATE cursors SET beat = beat + 1, beat_at = $3 WHERE name = $1 AND epoch = $2";
    let values = [name.into(), epoch.into(), now.timestamp_micros().into()];
    Ok(writer.execute(&Statement::with(text, values))? == 1)
}

/// Moves a cursor on; `false` when somebody else is at it, or it is not where it was. What went
/// wrong before is forgotten.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_move(
    writer: &mut Writer<'_>,
    (name, epoch): (&str, i64),
    (from, to): (EventPlace, EventPlace),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = "UPDATE cursors SET commit_number = $5, place = $6, moved_at = $7, error = NULL, \
                error_at = NULL \
                WHERE name = $1 AND epoch = $2 AND commit_number = $3 AND place = $4";
    let values = [
        name.into(),
        epoch.into(),
        from.commit.0.into(),
        from.index.into(),
        to.commit.0.into(),
        to.index.into(),
        now.timestamp_micros().into(),
    ];
    Ok(writer.execute(&Statement::with(text, values))? == 1)
}

/// Keeps what goes wrong with a cursor.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_tell(
    writer: &mut Writer<'_>,
    (name, epoch): (&str, i64),
    error: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let error = error.get(..error.floor_char_boundary(ERROR_BYTES_MAX)).unwrap_or_default();
    let text = "UPDATE cursors SET error = $3, error_at = $4 WHERE name = $1 AND epoch = $2";
    // Neither database keeps a NUL in a text.
    let error = error.replace('\0', "\u{fffd}");
    let values = [name.into(), epoch.into(), error.into(), now.timestamp_micros().into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Forgets what went wrong; `false` when somebody else is at the cursor.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_well(writer: &mut Writer<'_>, name: &str, epoch: i64) -> Result<bool, StoreError> {
    let text = "UPDATE cursors SET error = NULL, error_at = NULL WHERE name = $1 AND epoch = $2";
    Ok(writer.execute(&Statement::with(text, [name.into(), epoch.into()]))? == 1)
}

/// Leaves a cursor to others.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_leave(writer: &mut Writer<'_>, name: &str, epoch: i64) -> Result<(), StoreError> {
    let text = "UPDATE cursors SET holder = NULL WHERE name = $1 AND epoch = $2";
    writer.execute(&Statement::with(text, [name.into(), epoch.into()])).map(drop)
}

/// Removes a cursor; `false` when it is not as it was seen any more.
///
/// # Errors
/// When the database can't be asked.
pub fn cursor_remove(writer: &mut Writer<'_>, seen: &StoredCursor) -> Result<bool, StoreError> {
    let text = "DELETE FROM cursors WHERE name = $1 AND epoch = $2 AND beat = $3";
    let values = [seen.name.as_str().into(), seen.epoch.into(), seen.beat.into()];
    Ok(writer.execute(&Statement::with(text, values))? == 1)
}
