//! What is measured of those who tell the outside of changes.

use app::events::cursors::CursorState;
use metrics::{describe_gauge, gauge};

/// Records how far each is behind.
pub(super) fn record(publishers: &[CursorState]) {
    describe_gauge!(
        "domesday_publisher_behind_commits",
        "Commits that a publisher has not told to the outside."
    );
    describe_gauge!("domesday_publisher_failing", "1 while a publisher comes to nothing.");
    publishers.iter().for_each(record_one);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record_one(state: &CursorState) {
    let labels = [("publisher", state.cursor.name.clone())];
    gauge!("domesday_publisher_behind_commits", &labels).set(state.behind as f64);
    let is_failing = state.cursor.error.is_some();
    gauge!("domesday_publisher_failing", &labels).set(if is_failing { 1.0 } else { 0.0 });
}
