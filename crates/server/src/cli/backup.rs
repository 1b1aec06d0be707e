//! `domesday backup`, `restore` and `verify`: the register in one file, and back.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::backup::{BackupFile, BackupHead, BackupPhase, Restored, look, restore};
use clap::Args;
use domain::value::datetime_text;
use indicatif::ProgressBar;

use super::output::{self, Output};
use crate::config::Config;
use crate::wire;

/// What stands for the standard streams.
const STREAM: &str = "-";

/// Write everything that the register holds into one file, while it is used.
///
/// Records, history, change requests, people and their rights, tasks, sources and webhooks, as they
/// stand at one moment. Sessions are left out: people sign in again. The file holds hashes of
/// passwords and what grants hide, so that nobody but its owner can read it. A file that stood
/// there before stays until the new one is whole.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday backup /var/backups/domesday.backup\n  \
                        domesday backup - | age -r $KEY > domesday.backup.age\n  \
                        domesday --database postgres://domesday@db/domesday backup before.backup")]
pub(super) struct Backup {
    /// The file to write; - for standard output.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Put a backup into a new database: SQLite or PostgreSQL, whichever it was taken of.
///
/// Records are written from the history, and the chain of hashes is walked, before anything is
/// kept: what is cut off, altered or does not fit leaves the database empty. Restoring into the
/// other kind of database is how to move between them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  domesday --database sqlite:new.sqlite3 restore domesday.backup\n  \
                        domesday --database postgres://domesday@db/domesday restore domesday.backup\n  \
                        age -d domesday.backup.age | domesday restore -"
)]
pub(super) struct Restore {
    /// The file to read; - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Prove that a backup is whole and can be restored.
///
/// Restores it into a database of its own in the folder for temporary files, which goes again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday verify domesday.backup\n  \
                        domesday verify domesday.backup --quick --json")]
pub(super) struct Verify {
    /// The file to read; - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only read the file to its end and compare its digest.
    #[arg(long)]
    quick: bool,
}

impl Backup {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = wire::open_untouched(config).await?;
        let ctx = wire::context(&app, None);
        let bar = output::bar(0);
        let shown = bar.clone();
        let progress = move |done, total| {
            shown.set_length(total);
            shown.set_position(done);
            ControlFlow::Continue(())
        };
        let name = self.file.display().to_string();
        if self.file == Path::new(STREAM) {
            let taken = app.backup(&ctx, (io::stdout(), "standard output"), progress).await;
            bar.finish_and_clear();
            let (head, mut out) = taken?;
            out.flush()?;
            return tell_backup(&head, None, output);
        }
        let unusable = || format!("{name} can't be written");
        let (begun, file) = BackupFile::create(&self.file).with_context(unusable)?;
        let taken = app.backup(&ctx, (BufWriter::new(file), &name), progress).await;
        bar.finish_and_clear();
        let (head, out) = taken?;
        let file =
            out.into_inner().map_err(io::IntoInnerError::into_error).with_context(unusable)?;
        let bytes = file.metadata().with_context(unusable)?.len();
        begun.finish(&file).with_context(unusable)?;
        tell_backup(&head, Some((&name, bytes)), output)
    }
}

fn tell_backup(head: &BackupHead, file: Option<(&str, u64)>, output: Output) -> anyhow::Result<()> {
    let (commit, rows) = (head.commit, head.rows);
    if output.json {
        let mut told = head.to_json();
        if let (Some((name, bytes)), Some(told)) = (file, told.as_object_mut()) {
            told.insert("file".to_owned(), name.into());
            told.insert("bytes".to_owned(), bytes.into());
            output::json(&serde_json::Value::Object(told.clone()))?;
        } else {
            output::note(told)?;
        }
    } else if let Some((name, bytes)) = file {
        output::line(format_args!("Wrote {name}: commit {commit}, {rows} rows, {bytes} bytes."))?;
    } else {
        output::note(format_args!("Wrote commit {commit}, {rows} rows."))?;
    }
    Ok(())
}

impl Restore {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let settings = wire::store_settings(config)?;
        let Restored { head, records } = restored(&self.file, settings).await?;
        let (commit, at) = (head.commit, datetime_text(head.taken_at));
        if output.json {
            let mut told = head.to_json();
            if let Some(told) = told.as_object_mut() {
                told.insert("records".to_owned(), records.into());
            }
            return Ok(output::json(&told)?);
        }
        output::line(format_args!(
            "Restored {records} records with their history up to commit {commit}, as they stood {at}."
        ))?;
        Ok(output::note(
            "Sessions were not in it: people sign in again. What was taken back since, such as \
             tokens, is as it was then.",
        )?)
    }
}

impl Verify {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let head = if self.quick { self.look()? } else { self.restore(config).await? };
        let (commit, at, rows) = (head.commit, datetime_text(head.taken_at), head.rows);
        if output.json {
            return Ok(output::json(&head.to_json())?);
        }
        let what = if self.quick { "is whole" } else { "is whole and was restored" };
        let name = self.file.display();
        Ok(output::line(format_args!(
            "{name} {what}: commit {commit}, {rows} rows, taken {at} by {} of {}.",
            head.version, head.database
        ))?)
    }

    fn look(&self) -> anyhow::Result<BackupHead> {
        let bar = output::bar(0);
        let found = look(open(&self.file)?, |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        found.with_context(|| format!("{} can't be used", self.file.display()))
    }

    async fn restore(&self, config: &Config) -> anyhow::Result<BackupHead> {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let url = format!("sqlite:{}", folder.path().join("trial.sqlite3").display());
        let settings = sql::Settings { url, ..wire::store_settings(config)? };
        Ok(restored(&self.file, settings).await?.head)
    }
}

async fn restored(file: &Path, settings: sql::Settings) -> anyhow::Result<Restored> {
    let input = open(file)?;
    let bar = output::bar(0);
    let shown = bar.clone();
    let mut last = None;
    let progress = move |phase, done, total| {
        if last != Some(phase) {
            last = Some(phase);
            begin(&shown, phase);
        }
        shown.set_length(total);
        shown.set_position(done);
    };
    let restored = restore(settings, input, wire::now(), progress).await;
    bar.finish_and_clear();
    restored.with_context(|| format!("{} was not restored", file.display()))
}

/// A phase begins: nothing of what was before says how fast it will be.
fn begin(bar: &ProgressBar, phase: BackupPhase) {
    bar.set_message(match phase {
        BackupPhase::Rows => "Rows     ",
        BackupPhase::Records => "Commits  ",
        BackupPhase::Chain => "Chain    ",
    });
    bar.reset();
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if file == Path::new(STREAM) {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file);
    Ok(Box::new(opened.with_context(|| format!("{} can't be read", file.display()))?))
}
