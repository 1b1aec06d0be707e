//! What the storm left: read from the database, beside the program's own ways to it.

use testkit::TestDatabase;

use super::weather::Weather;
use crate::LEASE;

/// A moment between two runs beside the interval of a second and the lease, for a machine that has
/// other things to do.
const SLACK_US: i64 = 2_000_000;

/// Checks what is in the database, and tells it in a sentence.
pub(crate) async fn of(database: &TestDatabase, tasks: usize, weather: &Weather<'_>) -> String {
    let runs = database.count("SELECT count(*) FROM task_runs").await;
    let lost = database.count("SELECT count(*) FROM task_runs WHERE outcome = 'lost'").await;
    let effects = database.count("SELECT count(*) FROM audit WHERE origin = 'task'").await;
    assert!(runs > i64::try_from(tasks).unwrap() * 3, "{runs} runs alone");

    let overlaps = database
        .count(
            "SELECT count(*) FROM (SELECT started_at, lag(coalesce(ended_at, 9000000000000000000)) \
             OVER (PARTITION BY task ORDER BY id) AS ended FROM task_runs) AS r \
             WHERE r.started_at < r.ended",
        )
        .await;
    assert_eq!(overlaps, 0, "runs overlap others of their task");

    let gap_us = database
        .count(
            "SELECT coalesce(max(r.started_at - r.before), 0) FROM (SELECT started_at, \
             lag(started_at) OVER (PARTITION BY task ORDER BY id) AS before FROM task_runs) AS r",
        )
        .await;
    let lease_us = i64::try_from(LEASE.as_micros()).unwrap();
    let gap_max_us = 1_000_000 + lease_us + SLACK_US;
    assert!(gap_us <= gap_max_us || !weather.has_others(), "a task did not run for {gap_us} us");

    // An effect of a run behind the moment at which it was over, or of one whose task another has.
    let late = database
        .count(
            "SELECT count(*) FROM audit a JOIN task_runs r ON r.id = CAST(a.request_id AS BIGINT) \
             WHERE a.origin = 'task' AND a.at > coalesce(r.ended_at, 9000000000000000000)",
        )
        .await;
    assert_eq!(late, 0, "a run that had lost its task wrote");
    let out_of_order = database
        .count(
            "SELECT count(*) FROM (SELECT CAST(request_id AS BIGINT) AS run, \
             lag(CAST(request_id AS BIGINT)) OVER (PARTITION BY actor ORDER BY number) AS before \
             FROM audit WHERE origin = 'task') AS a WHERE a.run < a.before",
        )
        .await;
    assert_eq!(out_of_order, 0, "a run wrote behind the next one of its task");
    let Weather { kills, freezes, .. } = weather;
    assert!(lost > 0 || kills + freezes == 0, "nothing that was killed or frozen was lost");
    #[expect(clippy::cast_precision_loss, reason = "told to a tenth")]
    let gap = gap_us as f64 / 1e6;
    format!(
        "{runs} runs, {lost} lost, {kills} kills, {freezes} freezes, {effects} effects, {} writes \
         refused, at most {gap:.1} s between two runs of a task",
        weather.refused()
    )
}
