//! Runs of tasks: what became of each, and the tail of its log.

use domain::record::Timestamp;
use domain::task::Outcome;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// A run as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// Its number.
    pub id: i64,
    /// Its task.
    pub task: String,
    /// The replica that it is in, or was.
    pub replica: String,
    /// The number of its fence.
    pub fence: i64,
    /// When it was due; `None` where somebody asked for it.
    pub due: Option<Timestamp>,
    /// Who asked for it.
    pub asked_by: Option<String>,
    /// How many tries failed before it.
    pub tries: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended; `None` while it goes on.
    pub end: Option<RunEnd>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Why it was not done.
    pub error: Option<String>,
    /// What it counted, as a JSON object.
    pub counts: String,
    /// When the next run is.
    pub next_at: Timestamp,
}

/// A line of a run's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its number in the run, from 1.
    pub line: i64,
    /// When.
    pub at: Timestamp,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// What.
    pub text: String,
}

const RUN: &str = "r.id, r.task, r.replica, r.fence, r.due, r.asked_by, r.tries, r.started_at, \
                   r.ended_at, r.outcome, r.error, r.counts, r.next_at";

fn read_run(row: &Row<'_>) -> Result<StoredRun, StoreError> {
    Ok(StoredRun {
        id: row.integer(0)?,
        task: row.text(1)?,
        replica: row.text(2)?,
        fence: row.integer(3)?,
        due: row.integer_or_null(4)?.map(timestamp).transpose()?,
        asked_by: row.text_or_null(5)?,
        tries: u32::try_from(row.integer(6)?).unwrap_or(u32::MAX),
        started_at: timestamp(row.integer(7)?)?,
        end: read_end(row)?,
    })
}

fn read_end(row: &Row<'_>) -> Result<Option<RunEnd>, StoreError> {
    let (Some(at), Some(word)) = (row.integer_or_null(8)?, row.text_or_null(9)?) else {
        return Ok(None);
    };
    let outcome = Outcome::of_word(&word)
        .ok_or_else(|| StoreError::Corrupt(format!("a run that ended as {word}")))?;
    Ok(Some(RunEnd {
        at: timestamp(at)?,
        outcome,
        error: row.text_or_null(10)?,
        counts: row.text_or_null(11)?.unwrap_or_else(|| "{}".to_owned()),
        next_at: timestamp(row.integer_or_null(12)?.unwrap_or(at))?,
    }))
}

/// Keeps a run that begins, and gives its number; the one that it has is passed over.
///
/// # Errors
/// When the database can't be asked.
pub fn run_add(writer: &mut Writer<'_>, run: &StoredRun) -> Result<i64, StoreError> {
    let statement = Statement::with(
        "INSERT INTO task_runs (task, replica, fence, due, asked_by, tries, started_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        [
            run.task.as_str().into(),
            run.replica.as_str().into(),
            run.fence.into(),
            run.due.map(|due| due.timestamp_micros()).into(),
            run.asked_by.as_deref().into(),
            i64::from(run.tries).into(),
            run.started_at.timestamp_micros().into(),
        ],
    );
    let added = writer.query_one(&statement, |row| row.integer(0))?;
    added.ok_or_else(|| StoreError::Corrupt("an added run is not there".to_owned()))
}

/// Keeps how a run ended.
///
/// # Errors
/// When the database can't be asked.
pub fn run_end(writer: &mut Writer<'_>, id: i64, end: &RunEnd) -> Result<(), StoreError> {
    let text = "UPDATE task_runs SET ended_at = $2, outcome = $3, error = $4, counts = $5, \
                next_at = $6 WHERE id = $1 AND ended_at IS NULL";
    let values = [
        id.into(),
        end.at.timestamp_micros().into(),
        end.outcome.word().into(),
        end.error.as_deref().into(),
        end.counts.as_str().into(),
        end.next_at.timestamp_micros().into(),
    ];
    writer.execute_soon(Statement::with(text, values))
}

/// A run.
///
/// # Errors
/// When the database can't be asked.
pub fn run(reader: &mut Reader<'_>, id: i64) -> Result<Option<StoredRun>, StoreError> {
    let text = format!("SELECT {RUN} FROM task_runs r WHERE r.id = $1");
    reader.query_one(&Statement::with(&text, [id.into()]), read_run)
}

/// The runs of a task, the latest first: those before one, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn runs_of(
    reader: &mut Reader<'_>,
    task: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<StoredRun>, StoreError> {
    let mut statement =
        Statement::with(&format!("SELECT {RUN} FROM task_runs r WHERE r.task = $1"), [task.into()]);
    if let Some(before) = before {
        statement.push(" AND r.id < ").bind(before);
    }
    statement.push(" ORDER BY r.id DESC").limit(limit);
    reader.query(&statement, read_run)
}

/// The latest runs of each of these tasks, at most `each`, the latest first.
///
/// # Errors
/// When the database can't be asked.
pub fn runs_latest(
    reader: &mut Reader<'_>,
    tasks: &[String],
    each: i64,
) -> Result<Vec<StoredRun>, StoreError> {
    let mut statement = Statement::new(&format!(
        "SELECT {RUN} FROM tasks t JOIN task_runs r ON r.task = t.name AND r.id IN \
         (SELECT l.id FROM task_runs l WHERE l.task = t.name ORDER BY l.id DESC"
    ));
    statement.limit(each).push(") WHERE ");
    reader.dialect().any("t.name", Param::Texts(tasks.to_vec()), &mut statement);
    statement.push(" ORDER BY r.id DESC");
    reader.query(&statement, read_run)
}

/// Appends lines to a run's log, of which only the last `kept` stay.
///
/// # Errors
/// When the database can't be asked.
pub fn log_add(
    writer: &mut Writer<'_>,
    run: i64,
    lines: &[LogLine],
    kept: i64,
) -> Result<(), StoreError> {
    let Some(last) = lines.last() else {
        return Ok(());
    };
    let rows = lines.iter().map(|line| {
        vec![
            run.into(),
            line.line.into(),
            line.at.timestamp_micros().into(),
            line.level.as_str().into(),
            line.text.as_str().into(),
        ]
    });
    writer.execute_many(
        "INSERT INTO task_log (run, line, at, level, text) VALUES ($1, $2, $3, $4, $5)",
        rows,
    )?;
    if last.line > kept {
        let text = "DELETE FROM task_log WHERE run = $1 AND line <= $2";
        writer.execute_soon(Statement::with(text, [run.into(), (last.line - kept).into()]))?;
    }
    Ok(())
}

/// The lines of a run's log behind one, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn log_of(
    reader: &mut Reader<'_>,
    run: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<LogLine>, StoreError> {
    let mut statement = Statement::with(
        "SELECT line, at, level, text FROM task_log WHERE run = $1 AND line > $2 ORDER BY line",
        [run.into(), after.into()],
    );
    statement.limit(limit);
    reader.query(&statement, |row| {
        Ok(LogLine {
            line: row.integer(0)?,
            at: timestamp(row.integer(1)?)?,
            level: row.text(2)?,
            text: row.text(3)?,
        })
    })
}

/// Lets go of runs that ended before a moment, with their logs.
///
/// # Errors
/// When the database can't be asked.
pub fn runs_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let values = [before.timestamp_micros().into()];
    writer.execute(&Statement::with("DELETE FROM task_runs WHERE ended_at < $1", values))
}

/// How a task stands in the register, whichever replicas it ran in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStand {
    /// Its name.
    pub task: String,
    /// Whether its last run came to nothing.
    pub is_failing: bool,
    /// When one was last done, of those that are kept.
    pub last_done_at: Option<Timestamp>,
}

/// How these tasks stand, by name; of each that no replica has looked at yet, nothing.
///
/// # Errors
/// When the database can't be asked.
pub fn tasks_stand(
    reader: &mut Reader<'_>,
    names: &[String],
) -> Result<Vec<TaskStand>, StoreError> {
    let mut statement = Statement::new("SELECT t.name, t.is_failing, ");
    statement.push("(SELECT r.ended_at FROM task_runs r WHERE r.task = t.name AND r.outcome = ");
    statement.bind(Outcome::Done.word()).push(" ORDER BY r.id DESC LIMIT 1) FROM tasks t WHERE ");
    reader.dialect().any("t.name", Param::Texts(names.to_vec()), &mut statement);
    statement.push(" ORDER BY t.name");
    reader.query(&statement, |row| {
        Ok(TaskStand {
            task: row.text(0)?,
            is_failing: row.integer(1)? != 0,
            last_done_at: row.integer_or_null(2)?.map(timestamp).transpose()?,
        })
    })
}
