//! Taking a backup while the register is used.

use std::io::Write;
use std::ops::ControlFlow;

use domain::access::Right;
use domain::audit;
use domain::record::Timestamp;
use sql::{Reader, StoreError, read, write};

use super::BackupHead;
use super::file::BackupWriter;
use crate::audit::event;
use crate::{App, Context, Error};

impl App {
    /// Writes everything that the register holds at one moment to `out`, while others read and
    /// write; gives back what the backup says of itself, and `out`. Audited as `subject`, which
    /// names where it goes. `progress` is told how many rows of how many are written, and says
    /// whether to go on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer everything; others when the database
    /// can't be asked, `out` can't be written, or `progress` gave it up.
    pub async fn backup<W: Write + Send + 'static>(
        &self,
        ctx: &Context,
        (out, subject): (W, &str),
        progress: impl FnMut(u64, u64) -> ControlFlow<()> + Send + 'static,
    ) -> Result<(BackupHead, W), Error> {
        ctx.must_everywhere(Right::Administer)?;
        let now = ctx.now;
        let work = move |reader: &mut Reader<'_>| take(reader, now, out, progress);
        let (head, out) = self.store.read_long(work).await?;
        let reason = format!("commit {}, {} rows", head.commit, head.rows);
        let event = event(ctx, audit::Action::BackedUp, subject.to_owned(), Some(reason));
        self.store.write(move |writer| write::audit_add(writer, &event)).await?;
        Ok((head, out))
    }
}

fn take<W: Write>(
    reader: &mut Reader<'_>,
    now: Timestamp,
    out: W,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(BackupHead, W), StoreError> {
    let last = write::last_commit(reader)?;
    let tables = read::system_tables(reader)?;
    let head = BackupHead {
        taken_at: now,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: read::engine(reader)?.0.to_owned(),
        migration: sql::migration(reader)?,
        commit: last.number,
        hash: last.hash,
        rows: tables.iter().map(|table| table.rows).sum(),
    };
    let mut file = BackupWriter::new(out, &head).map_err(given_up)?;
    file.last_ids(&read::last_ids(reader)?).map_err(given_up)?;
    let mut done = 0_u64;
    for table in &tables {
        file.table(&table.name, &table.columns).map_err(given_up)?;
        let mut rows = read::system_rows(reader, table, None)?;
        while let Some(last) = rows.last() {
            for row in &rows {
                file.row(row).map_err(given_up)?;
            }
            done = done.saturating_add(rows.len() as u64);
            if progress(done, head.rows).is_break() {
                return Err(given_up(Stopped));
            }
            rows = read::system_rows(reader, table, Some(last))?;
        }
    }
    Ok((head, file.finish().map_err(given_up)?))
}

/// The work was given up because somebody asked for it.
#[derive(Debug, thiserror::Error)]
#[error("it was given up before it was done")]
struct Stopped;

pub(super) fn given_up(why: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::GivenUp(Box::new(why))
}
