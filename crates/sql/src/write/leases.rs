//! Leases: work that one process does at a time, across all replicas.

use std::time::Duration;

use domain::record::Timestamp;

use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::Statement;

/// Takes or renews a lease; `false` while somebody else holds it.
///
/// # Errors
/// When the database can't be asked.
pub fn lease_take(
    writer: &mut Writer<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    length: Duration,
) -> Result<bool, StoreError> {
    let now_us = now.timestamp_micros();
    let length_us = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    let statement = Statement::with(
        "INSERT INTO leases (name, holder, until, fence) VALUES ($1, $2, $3, 1) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, \
         fence = leases.fence + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END \
         WHERE leases.holder = excluded.holder OR leases.until <= $4",
        [name.into(), holder.into(), now_us.saturating_add(length_us).into(), now_us.into()],
    );
    Ok(writer.execute(&statement)? > 0)
}
