//! What answers depend on beside the records.

use domain::record::Timestamp;

use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::Statement;

/// Remembers when what somebody may last changed; that it did, the database itself counts.
///
/// # Errors
/// When the database can't be asked.
pub(super) fn people_changed(writer: &mut Writer<'_>, at: Timestamp) -> Result<(), StoreError> {
    let text = "UPDATE system_heads SET at = $1 WHERE name = 'people' AND at < $1";
    writer.execute_soon(Statement::with(text, [at.timestamp_micros().into()]))
}

/// Has all that answers were kept under forgotten, by every replica at once.
///
/// # Errors
/// When the database can't be asked.
pub fn cache_clear(writer: &mut Writer<'_>, at: Timestamp) -> Result<(), StoreError> {
    let text = "UPDATE system_heads SET head = head + 1, at = $1 WHERE name = 'cache'";
    writer.execute_soon(Statement::with(text, [at.timestamp_micros().into()]))
}

/// As [`cache_clear`], in a register that was restored: its heads have been counted before, by the
/// register that it was a copy of, for other answers. `at` is one that no clearing has counted to.
///
/// # Errors
/// When the database can't be asked.
pub fn cache_restart(writer: &mut Writer<'_>, at: Timestamp) -> Result<(), StoreError> {
    let text = "UPDATE system_heads SET head = $1, at = $1 WHERE name = 'cache'";
    writer.execute_soon(Statement::with(text, [at.timestamp_micros().into()]))
}
