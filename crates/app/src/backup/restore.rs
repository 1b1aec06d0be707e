//! Putting a backup into a new database: all of it, proved, or nothing.

use std::io::Read;

use domain::access::Actor;
use domain::audit;
use domain::history::hex;
use domain::query::Stored;
use domain::record::Timestamp;
use domain::schema::Schema;
use domain::value::datetime_text;
use sql::{Store, StoreError, Writer, read, write};

use super::file::{BackupFault, BackupReader, Line};
use super::take::given_up;
use super::{BackupHead, BackupPhase};
use crate::open::read_applied;

/// Rows loaded at once.
const ROWS_AT_ONCE: usize = 1_000;

/// Why a backup was not restored; nothing of it is in the database then.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is no backup, or not a whole one.
    #[error("the backup can't be used")]
    Fault(#[source] BackupFault),
    /// It is of a database of a newer version.
    #[error(
        "the backup was taken by version {version}, whose tables (migration {found}) this one does \
         not know (it knows {known}): restore it with that version or a newer one"
    )]
    TooNew {
        /// The version of the program that took it.
        version: String,
        /// The newest migration in it.
        found: i64,
        /// The newest that this program has.
        known: i64,
    },
    /// There is a register in the database.
    #[error(
        "the database has a register already; restore into a new one, and name that with --database"
    )]
    NotEmpty,
    /// What it holds does not fit together.
    #[error("the backup does not fit together: {0}")]
    Broken(String),
    /// The database can't be reached or used.
    #[error(transparent)]
    Store(StoreError),
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the backup says of itself.
    pub head: BackupHead,
    /// How many records there are, of all types.
    pub records: u64,
}

/// Puts a backup into a database that has no register yet: its tables, brought up to date, the
/// schema, and the records as the history gives them; and walks the chain of hashes. One
/// transaction: who stops it half-way has an empty database.
///
/// # Errors
/// See [`RestoreError`].
pub async fn restore(
    settings: sql::Settings,
    input: impl Read + Send + 'static,
    now: Timestamp,
    progress: impl FnMut(BackupPhase, u64, u64) + Send + 'static,
) -> Result<Restored, RestoreError> {
    let file = BackupReader::new(input).map_err(RestoreError::Fault)?;
    let migration = file.head.migration;
    let store = match Store::open_at(settings, migration).await {
        Err(StoreError::TooNew { found, known }) if found == migration => {
            let version = file.head.version;
            return Err(RestoreError::TooNew { version, found, known });
        }
        opened => opened.map_err(RestoreError::Store)?,
    };
    let work = move |writer: &mut Writer<'_>| {
        write::lock_register(writer)?;
        if !read::is_empty(writer)? {
            return Err(given_up(RestoreError::NotEmpty));
        }
        Restoring { file, now, progress }.run(writer)
    };
    store.write(work).await.map_err(why)
}

/// What a transaction was given up for.
fn why(error: StoreError) -> RestoreError {
    if let StoreError::Corrupt(what) = error {
        return RestoreError::Broken(what);
    }
    let StoreError::GivenUp(cause) = error else {
        return RestoreError::Store(error);
    };
    match cause.downcast::<RestoreError>() {
        Ok(own) => *own,
        Err(other) => RestoreError::Store(StoreError::GivenUp(other)),
    }
}

struct Restoring<R: Read, P> {
    file: BackupReader<R>,
    now: Timestamp,
    progress: P,
}

impl<R: Read, P: FnMut(BackupPhase, u64, u64)> Restoring<R, P> {
    fn run(mut self, writer: &mut Writer<'_>) -> Result<Restored, StoreError> {
        write::system_clear(writer)?;
        self.load(writer)?;
        sql::upgrade(writer)?;
        let applied = write::applied_schema(writer)?;
        let mut records = 0;
        if let Some(text) = applied {
            let schema = read_applied(&text)?;
            let types: Vec<_> = schema.types().iter().collect();
            write::create_types(writer, &schema, &types)?;
            records = self.rebuild(writer, &schema)?;
        }
        self.check_chain(writer)?;
        let head = self.file.head;
        // Answers that were kept under the heads of the register as it was before must not be taken
        // for those of this one.
        write::cache_restart(writer, self.now)?;
        write::refresh_statistics(writer)?;
        let subject = format!("backup of {}, commit {}", datetime_text(head.taken_at), head.commit);
        let event = audit::Event {
            at: self.now,
            actor: Actor::System.name().to_owned(),
            token: None,
            origin: "cli".to_owned(),
            request_id: None,
            action: audit::Action::Restored,
            subject,
            reason: Some(format!("taken of {} by {}", head.database, head.version)),
        };
        write::audit_add(writer, &event)?;
        Ok(Restored { head, records })
    }

    /// Loads the rows of all tables.
    fn load(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        let fault = |why| given_up(RestoreError::Fault(why));
        let (mut table, mut names) = (String::new(), Vec::new());
        let (mut rows, mut last_ids) = (Vec::with_capacity(ROWS_AT_ONCE), Vec::new());
        while let Some(line) = self.file.next().map_err(fault)? {
            match line {
                Line::Row(row) => rows.push(row),
                Line::LastIds(last) => last_ids = last,
                Line::Table { name, columns } => {
                    load(writer, &table, &names, &mut rows)?;
                    (table, names) = (name, columns);
                }
            }
            if rows.len() == ROWS_AT_ONCE {
                load(writer, &table, &names, &mut rows)?;
                (self.progress)(BackupPhase::Rows, self.file.rows(), self.file.head.rows);
            }
        }
        load(writer, &table, &names, &mut rows)?;
        write::last_ids_set(writer, &last_ids)
    }

    /// Writes the records from the history, and gives how many there are.
    fn rebuild(&mut self, writer: &mut Writer<'_>, schema: &Schema) -> Result<u64, StoreError> {
        let heads = |writer: &mut Writer<'_>| -> Result<Vec<read::Head>, StoreError> {
            schema.types().iter().map(|of| read::head(writer, of)).collect()
        };
        let counted = heads(writer)?;
        let progress = &mut self.progress;
        write::rebuild(writer, schema, &mut |done, total| {
            progress(BackupPhase::Records, done.unsigned_abs(), total.unsigned_abs());
        })?;
        let rebuilt = heads(writer)?;
        let mut found = schema.types().iter().zip(counted.iter().zip(&rebuilt));
        if let Some((of, (counted, rebuilt))) =
            found.find(|(_, (counted, rebuilt))| counted != rebuilt)
        {
            let (name, gives, was) = (&of.name, rebuilt.records, counted.records);
            return Err(given_up(RestoreError::Broken(format!(
                "the history gives {gives} records of {name} where {was} were counted"
            ))));
        }
        Ok(rebuilt.iter().map(|head| head.records.unsigned_abs()).sum())
    }

    /// Walks the chain of hashes to the commit that the head names.
    fn check_chain(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        let head = &self.file.head;
        let expected: Vec<_> =
            (head.commit.0 > 0).then_some((head.commit, head.hash)).into_iter().collect();
        let progress = &mut self.progress;
        let broken = read::verify(writer, &expected, &mut |done, total| {
            progress(BackupPhase::Chain, done.unsigned_abs(), total.unsigned_abs());
        })?;
        let last = write::last_commit(writer)?;
        let what = match broken {
            Some(broken) => {
                format!("the history does not fit at commit {}: {}", broken.number, broken.why)
            }
            None if (last.number, last.hash) != (head.commit, head.hash) => {
                format!("its history ends with commit {} {}", last.number, hex(&last.hash))
            }
            None => return Ok(()),
        };
        Err(given_up(RestoreError::Broken(what)))
    }
}

fn load(
    writer: &mut Writer<'_>,
    table: &str,
    names: &[String],
    rows: &mut Vec<Vec<Stored>>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    write::system_load(writer, table, names, std::mem::take(rows))
}
