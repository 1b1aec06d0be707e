//! Tasks: when each runs next, and who is at it.
//!
//! A run holds its task by a fencing number and shows by beats that it lives. Whoever sees no beat
//! for the time of a lease ends the run for it, which raises the number: a write that carries an
//! older one is refused in its own transaction ([`task_is_held`]).

use domain::record::Timestamp;
use domain::task::Due;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// A task as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTask {
    /// Its name.
    pub name: String,
    /// The schedule that `due` follows from.
    pub schedule: String,
    /// When it runs next.
    pub due: Due,
    /// Whether somebody had it rest.
    pub is_paused: bool,
    /// Whether its last run came to nothing.
    pub is_failing: bool,
    /// Who wants a run now.
    pub run_asked_by: Option<String>,
    /// Who wants its run to stop.
    pub stop_asked_by: Option<String>,
    /// The number of its last run's fence.
    pub fence: i64,
    /// The run that is at it.
    pub run: Option<i64>,
    /// The replica that it is in.
    pub holder: Option<String>,
    /// How many beats there have been.
    pub beat: i64,
}

const TASK: &str = "name, schedule, since, due, at, tries, is_paused, is_failing, run_asked_by, \
                    stop_asked_by, fence, run, holder, beat";

fn read_task(row: &Row<'_>) -> Result<StoredTask, StoreError> {
    Ok(StoredTask {
        name: row.text(0)?,
        schedule: row.text(1)?,
        due: Due {
            since: timestamp(row.integer(2)?)?,
            due: timestamp(row.integer(3)?)?,
            at: timestamp(row.integer(4)?)?,
            tries: u32::try_from(row.integer(5)?).unwrap_or(u32::MAX),
        },
        is_paused: row.integer(6)? != 0,
        is_failing: row.integer(7)? != 0,
        run_asked_by: row.text_or_null(8)?,
        stop_asked_by: row.text_or_null(9)?,
        fence: row.integer(10)?,
        run: row.integer_or_null(11)?,
        holder: row.text_or_null(12)?,
        beat: row.integer(13)?,
    })
}

/// The values of a [`Due`], in the order of its columns.
fn due_params(due: &Due) -> [Param; 4] {
    [
        due.since.timestamp_micros().into(),
        due.due.timestamp_micros().into(),
        due.at.timestamp_micros().into(),
        i64::from(due.tries).into(),
    ]
}

/// Those of these tasks that are kept.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks(reader: &mut Reader<'_>, names: &[String]) -> Result<Vec<StoredTask>, StoreError> {
    let mut statement = Statement::new(&format!("SELECT {TASK} FROM tasks WHERE "));
    reader.dialect().any("name", Param::Texts(names.to_vec()), &mut statement);
    reader.query(&statement, read_task)
}

/// Whether to wait for a row that another transaction is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until it is free.
    UntilFree,
    /// Not at all: it is passed over.
    No,
}

/// A task, whose row is this transaction's alone until it ends.
///
/// # Errors
/// When the database can't be asked.
pub fn task_locked(
    writer: &mut Writer<'_>,
    name: &str,
    wait: Wait,
) -> Result<Option<StoredTask>, StoreError> {
    let lock = match wait {
        Wait::UntilFree => writer.dialect().for_update(),
        Wait::No => writer.dialect().skip_locked(),
    };
    let text = format!("SELECT {TASK} FROM tasks WHERE name = $1{lock}");
    writer.query_one(&Statement::with(&text, [name.into()]), read_task)
}

/// A task as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredTask {
    /// Its name.
    pub name: String,
    /// Its schedule.
    pub schedule: String,
    /// When it runs first by that.
    pub first: Due,
    /// Whether it rests.
    pub is_paused: bool,
}

/// Keeps tasks as the configuration has them. One that is known already keeps its next run, unless
/// its schedule is another one.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks_configure(
    writer: &mut Writer<'_>,
    tasks: impl IntoIterator<Item = ConfiguredTask>,
) -> Result<(), StoreError> {
    let rows = tasks.into_iter().map(|task| {
        let [since, due, at, tries] = due_params(&task.first);
        let is_paused = i64::from(task.is_paused).into();
        vec![task.name.into(), task.schedule.into(), since, due, at, tries, is_paused]
    });
    let moved = |column: &str| {
        format!(
            "{column} = CASE WHEN tasks.schedule = excluded.schedule THEN tasks.{column} \
             ELSE excluded.{column} END"
        )
    };
    let moved = ["since", "due", "at", "tries"].map(moved).join(", ");
    let text = format!(
        "INSERT INTO tasks (name, schedule, since, due, at, tries, is_configured_paused) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET {moved}, \
         schedule = excluded.schedule, is_configured_paused = excluded.is_configured_paused"
    );
    writer.execute_many(&text, rows)
}

/// Moves a task's next run.
///
/// # Errors
/// When the database can't be asked.
pub fn task_move(writer: &mut Writer<'_>, name: &str, due: &Due) -> Result<(), StoreError> {
    let [since, due, at, tries] = due_params(due);
    let text = "UPDATE tasks SET since = $2, due = $3, at = $4, tries = $5 WHERE name = $1";
    writer.execute_soon(Statement::with(text, [name.into(), since, due, at, tries]))
}

/// Which tasks may begin by a moment, and when the next one may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When the soonest of all that wait is to begin; `None` where none waits.
    pub soonest: Option<Timestamp>,
    /// Whether somebody wants one to run now.
    pub is_asked: bool,
}

/// What waits of these tasks.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks_waiting(reader: &mut Reader<'_>, names: &[String]) -> Result<Waiting, StoreError> {
    let mut statement = Statement::new(
        "SELECT min(CASE WHEN is_paused + is_configured_paused = 0 THEN at END), \
         count(run_asked_by) FROM tasks WHERE run IS NULL AND ",
    );
    reader.dialect().any("name", Param::Texts(names.to_vec()), &mut statement);
    let found = reader.query_one(&statement, |row| {
        Ok(Waiting {
            soonest: row.integer_or_null(0)?.map(timestamp).transpose()?,
            is_asked: row.integer(1)? > 0,
        })
    })?;
    Ok(found.unwrap_or(Waiting { soonest: None, is_asked: false }))
}

/// Those of these tasks that may begin by `now`, the longest due first, and those of which it was
/// decided behind `set_back` when they run next. No other transaction is at them.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks_due(
    writer: &mut Writer<'_>,
    names: &[String],
    (now, set_back): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<StoredTask>, StoreError> {
    let mut statement = Statement::with(
        &format!(
            "SELECT {TASK} FROM tasks WHERE run IS NULL AND (run_asked_by IS NOT NULL \
             OR (is_paused + is_configured_paused = 0 AND (at <= $1 OR since > $2))) AND "
        ),
        [now.timestamp_micros().into(), set_back.timestamp_micros().into()],
    );
    writer.dialect().any("name", Param::Texts(names.to_vec()), &mut statement);
    statement.push(" ORDER BY at, name").limit(limit);
    let skip_locked = writer.dialect().skip_locked();
    statement.push(skip_locked);
    writer.query(&statement, read_task)
}

/// A run begins: from now on it is at its task, until it ends or is lost.
///
/// # Errors
/// When the database can't be asked.
pub fn task_begin(
    writer: &mut Writer<'_>,
    name: &str,
    (run, holder): (i64, &str),
    (now, due): (Timestamp, &Due),
) -> Result<(), StoreError> {
    let [since, due, at, tries] = due_params(due);
    let text = "UPDATE tasks SET run = $2, holder = $3, beat = beat + 1, beat_at = $4, \
                since = $5, due = $6, at = $7, tries = $8, fence = fence + 1, \
                run_asked_by = NULL, stop_asked_by = NULL WHERE name = $1";
    let values = [
        name.into(),
        run.into(),
        holder.into(),
        now.timestamp_micros().into(),
        since,
        due,
        at,
        tries,
    ];
    writer.execute_soon(Statement::with(text, values))
}

/// A run ended: nothing that carries its fence is written any more.
///
/// # Errors
/// When the database can't be asked.
pub fn task_end(
    writer: &mut Writer<'_>,
    name: &str,
    (is_failing, due): (bool, &Due),
) -> Result<(), StoreError> {
    let [since, due, at, tries] = due_params(due);
    let text = "UPDATE tasks SET run = NULL, holder = NULL, stop_asked_by = NULL, \
                fence = fence + 1, is_failing = $2, since = $3, due = $4, at = $5, tries = $6 \
                WHERE name = $1";
    let values = [name.into(), i64::from(is_failing).into(), since, due, at, tries];
    writer.execute_soon(Statement::with(text, values))
}

/// What is known of a run that is at its task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The task.
    pub name: String,
    /// The run.
    pub run: i64,
    /// Its fence.
    pub fence: i64,
    /// How many beats there have been.
    pub beat: i64,
    /// Who wants it to stop.
    pub stop_asked_by: Option<String>,
}

const HELD: &str = "name, run, fence, beat, stop_asked_by";

fn read_held(row: &Row<'_>) -> Result<Held, StoreError> {
    Ok(Held {
        name: row.text(0)?,
        run: row.integer(1)?,
        fence: row.integer(2)?,
        beat: row.integer(3)?,
        stop_asked_by: row.text_or_null(4)?,
    })
}

/// A replica lives: which runs are its own by now. Those without a beat behind `lapsed` are none.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks_beat(
    writer: &mut Writer<'_>,
    holder: &str,
    (now, lapsed): (Timestamp, Timestamp),
) -> Result<Vec<Held>, StoreError> {
    let text = format!(
        "UPDATE tasks SET beat = beat + 1, beat_at = $2 WHERE holder = $1 AND run IS NOT NULL \
         AND beat_at > $3 RETURNING {HELD}"
    );
    let values = [holder.into(), now.timestamp_micros().into(), lapsed.timestamp_micros().into()];
    writer.query(&Statement::with(&text, values), read_held)
}

/// The runs of all other replicas.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks_of_others(reader: &mut Reader<'_>, holder: &str) -> Result<Vec<Held>, StoreError> {
    let text = format!("SELECT {HELD} FROM tasks WHERE run IS NOT NULL AND holder <> $1");
    reader.query(&Statement::with(&text, [holder.into()]), read_held)
}

/// Whether a run is still at its task and has shown a sign of life behind a moment. Until this
/// transaction ends, nobody takes the task from it.
///
/// # Errors
/// When the database can't be asked.
pub fn task_is_held(
    writer: &mut Writer<'_>,
    (name, fence): (&str, i64),
    beat_after: Timestamp,
) -> Result<bool, StoreError> {
    let text = format!(
        "SELECT 1 FROM tasks WHERE name = $1 AND fence = $2 AND beat_at > $3{}",
        writer.dialect().for_key_share()
    );
    let values = [name.into(), fence.into(), beat_after.timestamp_micros().into()];
    Ok(writer.query_one(&Statement::with(&text, values), |_| Ok(()))?.is_some())
}

/// Has a task rest, or go on.
///
/// # Errors
/// When the database can't be asked.
pub fn task_pause(writer: &mut Writer<'_>, name: &str, is_paused: bool) -> Result<(), StoreError> {
    let text = "UPDATE tasks SET is_paused = $2 WHERE name = $1";
    let values = [name.into(), i64::from(is_paused).into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Somebody wants a run now.
///
/// # Errors
/// When the database can't be asked.
pub fn task_ask_run(writer: &mut Writer<'_>, name: &str, by: &str) -> Result<(), StoreError> {
    let text = "UPDATE tasks SET run_asked_by = $2 WHERE name = $1";
    writer.execute(&Statement::with(text, [name.into(), by.into()])).map(drop)
}

/// Somebody wants the run to stop.
///
/// # Errors
/// When the database can't be asked.
pub fn task_ask_stop(writer: &mut Writer<'_>, name: &str, by: &str) -> Result<(), StoreError> {
    let text = "UPDATE tasks SET stop_asked_by = $2 WHERE name = $1 AND run IS NOT NULL";
    writer.execute(&Statement::with(text, [name.into(), by.into()])).map(drop)
}
