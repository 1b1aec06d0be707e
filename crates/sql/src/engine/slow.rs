//! Statements that take long are told in the log: their text, which has no values in it.

use std::time::{Duration, Instant};

use crate::error::StoreError;

/// From when on a statement is told; `None` for never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slow(pub(crate) Option<Duration>);

impl Slow {
    /// Runs a statement, and tells of it where that takes long.
    #[expect(clippy::disallowed_methods, reason = "a measure, not a time that is kept")]
    pub(crate) fn watch<T>(
        self,
        text: &str,
        rows: impl FnOnce(&T) -> u64,
        run: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(limit) = self.0 else {
            return run();
        };
        let begun = Instant::now();
        let done = run();
        let took = begun.elapsed();
        if took >= limit {
            let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            if let Ok(value) = &done {
                let rows = rows(value);
                tracing::warn!(statement = text, ms, rows, "a statement was slow");
            } else {
                tracing::warn!(statement = text, ms, "a statement was slow, and failed");
            }
        }
        done
    }
}
