//! What the audit keeps beside commits. Rows are added and never changed.

use domain::audit::Event;

use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::Statement;

/// Keeps an event.
///
/// # Errors
/// When the database can't be asked.
pub fn audit_add(writer: &mut Writer<'_>, event: &Event) -> Result<(), StoreError> {
    // Numbered by what is there: write transactions come one after the other in SQLite, and those
    // that add events lock the register first in PostgreSQL.
    super::lock_register(writer)?;
    let statement = Statement::with(
        "INSERT INTO audit (number, at, actor, token, origin, request_id, action, subject, reason) \
         SELECT coalesce(max(number), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT), \
         CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT), \
         CAST($7 AS TEXT), CAST($8 AS TEXT) FROM audit",
        [
            event.at.timestamp_micros().into(),
            event.actor.as_str().into(),
            event.token.as_deref().into(),
            event.origin.as_str().into(),
            event.request_id.as_deref().into(),
            event.action.word().into(),
            event.subject.as_str().into(),
            event.reason.as_deref().into(),
        ],
    );
    writer.execute_soon(statement)?;
    if event.action.may_change_rights() {
        super::system_heads::people_changed(writer, event.at)?;
    }
    Ok(())
}
