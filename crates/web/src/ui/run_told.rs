//! A run of a task as pages tell it: how it went, how long it took, what it counted.

use app::tasks::StoredRun;
use chrono::TimeDelta;

/// How a run went, in a word.
pub(super) fn outcome(run: &StoredRun) -> &'static str {
    run.end.as_ref().map_or("running", |end| end.outcome.word())
}

/// How long a run took: `1.2 s`; nothing while it goes on.
pub(super) fn took(run: &StoredRun) -> String {
    run.end.as_ref().map(|end| span(end.at - run.started_at)).unwrap_or_default()
}

/// A span as people read it: `12 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`.
pub(super) fn span(span: TimeDelta) -> String {
    let millis = span.num_milliseconds().max(0);
    match (millis, span.num_seconds()) {
        (..1_000, _) => format!("{millis} ms"),
        (_, seconds @ ..60) => format!("{seconds}.{} s", millis % 1_000 / 100),
        (_, seconds @ ..3_600) => two((seconds / 60, "min"), (seconds % 60, "s")),
        (_, seconds) => two((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
    }
}

/// Two units, the smaller one where there is some of it.
fn two((large, unit): (i64, &str), (small, of): (i64, &str)) -> String {
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {of}") }
}

/// What a run counted: `closed 3, things 7`.
pub(super) fn counts(run: &StoredRun) -> String {
    let counted = run.end.as_ref().and_then(|end| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&end.counts).ok()
    });
    let pairs = counted.into_iter().flatten().map(|(name, number)| format!("{name} {number}"));
    pairs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_units_that_fit() {
        for (millis, told) in [
            (-5, "0 ms"),
            (12, "12 ms"),
            (1_250, "1.2 s"),
            (59_999, "59.9 s"),
            (60_000, "1 min"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(span(TimeDelta::milliseconds(millis)), told);
        }
    }
}
