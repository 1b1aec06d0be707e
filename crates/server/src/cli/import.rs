//! `domesday import`: files into the register.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use app::Progress;
use app::import::{
    BadRow, Format, ImportError, Mapping, ReadOptions, Report, RunOptions, XlsxLimits, read,
};
use clap::{Args, ValueEnum};
use domain::schema::Schema;

use super::output::{self, Output, Usage};
use crate::config::Config;
use crate::wire;

/// The most bad rows that are told at the terminal; a file has them all.
const BAD_ROWS_TOLD_MAX: usize = 20;

/// Add and change records from a CSV, XLSX, JSON or YAML file, all rows or none.
///
/// A row is matched by its id where it has one, else by its type's key (a server's name); a key
/// that nobody has adds a record. A blank cell clears the field, a column that the file does not
/// have leaves it alone, and --default stands in for both.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    domesday import server fleet.csv --dry-run\n  \
    domesday import server fleet.csv --create-missing --default environment=production\n  \
    domesday import server old.csv --map Hostname=name --map Comment=   (passes Comment over)\n  \
    domesday import server fleet.xlsx --sheet Berlin\n  \
    domesday import server fleet.csv --skip-bad --bad-rows bad.csv\n  \
    domesday import server fleet.csv --as alice       (a change request, where reviews are required)\n  \
    domesday import tag tags.csv --map id=      (of another register, which has other ids)")]
pub(super) struct Import {
    /// The type of the records, such as server.
    #[arg(value_name = "TYPE")]
    type_name: String,
    /// The file; - for standard input.
    file: PathBuf,
    /// The form of the file; by its beginning, if nothing is said.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The sheet of a workbook; the first, if nothing is said.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The encoding of a file without a mark, such as windows-1252; UTF-8, if nothing is said.
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// What stands between two cells (tab for a tab); by the header, if nothing is said.
    #[arg(long, value_name = "CHAR", value_parser = character)]
    delimiter: Option<char>,
    /// What stands between the items of a list in a cell.
    #[arg(long, value_name = "CHAR", value_parser = character, default_value = "|")]
    separator: char,
    /// Take a column for a field of another name; without a field, pass it over.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair)]
    map: Vec<(String, String)>,
    /// What to take for a blank cell or a missing column.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    default: Vec<(String, String)>,
    /// Make the records that rows refer to and that are not there.
    #[arg(long)]
    create_missing: bool,
    /// Write nothing; tell what would be added, updated and left alone.
    #[arg(long)]
    dry_run: bool,
    /// Leave bad rows out instead of refusing the file.
    #[arg(long)]
    skip_bad: bool,
    /// Where bad rows are written with place and reason; beside the file, if nothing is said.
    #[arg(long, value_name = "FILE", requires = "skip_bad")]
    bad_rows: Option<PathBuf>,
    /// Why, as history shall tell it.
    #[arg(long)]
    reason: Option<String>,
    /// Import in the name of a user, with their rights: what must be reviewed becomes a change
    /// request. Without, the file goes straight in, past any review.
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    /// Cells, whatever stands between them.
    Csv,
    /// A list of objects, or one.
    Json,
    /// An object a line.
    Jsonl,
    /// A workbook, of which one sheet is read.
    Xlsx,
    /// A list of mappings, or documents of one each.
    Yaml,
}

/// `tab`, `\t` or a character.
fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some('"' | '\n' | '\r' | '\\'), _) => {
            Err("quotes and line ends can't separate".to_owned())
        }
        (_, Some(only), None) => Ok(only),
        _ => Err("give one character, or tab".to_owned()),
    }
}

/// `name=value`; the value may hold more of them.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "give NAME=VALUE".to_owned())
}

impl Import {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let (bar, progress) = output::import_bar();
        let options = self.read_options(progress.clone())?;
        let bytes = read_file(&self.file)?;
        let schema = wire::schema(config)?;
        let record_type = super::export::find_type(&schema, &self.type_name)?;
        let read = read(&schema, record_type.index, &bytes, &options);
        bar.finish_and_clear();
        let mut import = match read {
            Ok(import) => import,
            Err(error) => bail!("{} can't be imported: {error}", self.file.display()),
        };
        drop(bytes);
        let trial = if self.dry_run { Some(wire::open_trial(config).await?) } else { None };
        if self.dry_run
            && let Some(path) = wire::missing_database(config)
        {
            output::note(format_args!(
                "There is no database {path} yet: this is what an empty register would take."
            ))?;
        }
        let app = match &trial {
            Some(trial) => trial.app.clone(),
            None => wire::open(config).await?,
        };
        // It passes by reviews: what it is of stands in history, where nobody says why.
        let file = self.file.display();
        let reason = self.reason.clone().unwrap_or_else(|| format!("import of {file}"));
        let ctx = wire::context(&app, Some(reason));
        let ctx = match &self.user {
            Some(user) => app.acting_as(&ctx, user).await?,
            None => ctx,
        };
        let done = app.import(&ctx, &mut import, &self.run_options(progress)).await;
        bar.finish_and_clear();
        let report = match done {
            Ok(report) => report,
            Err(ImportError::BadRows(bad)) => return Err(refused(&bad)?),
            Err(error) => return Err(error.into()),
        };
        let bad_file = match report.skipped.as_slice() {
            [] => None,
            bad => Some(self.write_bad_rows(&import.rejects(bad))?),
        };
        self.tell(&app.schema, &report, bad_file.as_deref(), output)
    }

    fn read_options(&self, progress: Progress) -> Result<ReadOptions, Usage> {
        let by_extension = match self.file.extension().and_then(std::ffi::OsStr::to_str) {
            Some("csv" | "tsv") => Some(Format::Csv),
            Some("json" | "jsonl" | "ndjson") => Some(Format::Json),
            Some("xlsx") => Some(Format::Xlsx),
            Some("yaml" | "yml") => Some(Format::Yaml),
            _ => None,
        };
        let format = self.format.map(|format| match format {
            FileFormat::Csv => Format::Csv,
            FileFormat::Json | FileFormat::Jsonl => Format::Json,
            FileFormat::Xlsx => Format::Xlsx,
            FileFormat::Yaml => Format::Yaml,
        });
        Ok(ReadOptions {
            format: format.or(by_extension),
            encoding: self.encoding.clone(),
            separator: self.delimiter,
            list_separator: self.separator,
            sheet: self.sheet.clone(),
            limits: XlsxLimits::COMMAND,
            columns: Mapping::ByName(once_each("--map", &self.map)?),
            defaults: once_each("--default", &self.default)?,
            progress,
        })
    }

    fn run_options(&self, progress: Progress) -> RunOptions {
        RunOptions {
            create_missing: self.create_missing,
            skip_bad: self.skip_bad,
            dry_run: self.dry_run,
            progress,
            ..RunOptions::default()
        }
    }

    /// Writes bad rows beside the file they are of, and gives where.
    fn write_bad_rows(&self, rejects: &str) -> anyhow::Result<PathBuf> {
        let path = self.bad_rows.clone().unwrap_or_else(|| {
            if self.file == Path::new("-") {
                PathBuf::from("import.bad")
            } else {
                let extension = match self.file.extension().and_then(std::ffi::OsStr::to_str) {
                    // What is wrong in a workbook is mended in CSV.
                    Some("xlsx") => "csv",
                    extension => extension.unwrap_or_default(),
                };
                self.file.with_extension(format!("bad.{extension}"))
            }
        });
        std::fs::write(&path, rejects)
            .with_context(|| format!("the bad rows can't be written to {}", path.display()))?;
        Ok(path)
    }

    fn tell(
        &self,
        schema: &Schema,
        report: &Report,
        bad_file: Option<&Path>,
        output: Output,
    ) -> anyhow::Result<()> {
        if output.json {
            output::json(&json(schema, report, bad_file))?;
            return Ok(());
        }
        if let Some(number) = report.request {
            return Ok(output::line(format_args!(
                "Change request {number} waits for a review: domesday review show {number}."
            ))?);
        }
        let (added, updated, left) = (report.added, report.updated, report.unchanged);
        if self.dry_run {
            output::line(format_args!(
                "Would add {added}, update {updated} and leave {left} alone."
            ))?;
        } else {
            output::line(format_args!("Added {added}, updated {updated}, left {left} alone."))?;
        }
        if !report.created.is_empty() {
            let verb = if self.dry_run { "Would make" } else { "Made" };
            let created = report.created.iter();
            let created: Vec<String> = created
                .map(|(index, count)| format!("{} {count}", schema.get(*index).name))
                .collect();
            output::line(format_args!("{verb} what was missing: {}.", created.join(", ")))?;
        }
        for sample in &report.samples {
            output::line(format_args!("{}, {}:", sample.place, sample.label))?;
            for difference in &sample.differences {
                let (before, after) = (&difference.before, &difference.after);
                output::line(format_args!("  {}: {before:?} -> {after:?}", difference.field))?;
            }
        }
        if let Some(path) = bad_file {
            let (count, path) = (report.skipped.len(), path.display());
            output::line(format_args!("Left {count} bad rows out; {path} tells why."))?;
        }
        if let Some(commit) = &report.commit {
            output::line(format_args!("Commit {}.", commit.number))?;
        }
        Ok(())
    }
}

fn once_each(flag: &str, pairs: &[(String, String)]) -> Result<BTreeMap<String, String>, Usage> {
    let mut by_name = BTreeMap::new();
    for (name, value) in pairs {
        if by_name.insert(name.clone(), value.clone()).is_some() {
            return Err(Usage(format!("{flag} names {name:?} twice")));
        }
    }
    Ok(by_name)
}

fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("standard input can't be read")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))
}

/// Tells the first bad rows, and gives the error that ends the program.
fn refused(bad_rows: &[BadRow]) -> anyhow::Result<anyhow::Error> {
    for bad in bad_rows.iter().take(BAD_ROWS_TOLD_MAX) {
        output::note(format_args!("{}: {}", bad.place, bad.why()))?;
    }
    if let Some(more) = bad_rows.len().checked_sub(BAD_ROWS_TOLD_MAX).filter(|more| *more > 0) {
        output::note(format_args!("and {more} more"))?;
    }
    Ok(anyhow!(
        "nothing was imported, bad rows: {}; mend them, or leave them out with --skip-bad",
        bad_rows.len()
    ))
}

fn json(schema: &Schema, report: &Report, bad_file: Option<&Path>) -> serde_json::Value {
    let created: BTreeMap<String, usize> = report
        .created
        .iter()
        .map(|(index, count)| (schema.get(*index).name.to_string(), *count))
        .collect();
    let skipped: Vec<serde_json::Value> = report
        .skipped
        .iter()
        .map(|bad| serde_json::json!({ "place": bad.place.to_string(), "reason": bad.why() }))
        .collect();
    let samples: Vec<serde_json::Value> = report
        .samples
        .iter()
        .map(|sample| {
            let fields: BTreeMap<&str, [&str; 2]> = sample
                .differences
                .iter()
                .map(|of| (of.field.as_str(), [of.before.as_str(), of.after.as_str()]))
                .collect();
            serde_json::json!({
                "place": sample.place.to_string(),
                "label": sample.label,
                "fields": fields,
            })
        })
        .collect();
    serde_json::json!({
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "created": created,
        "skipped": skipped,
        "bad_rows": bad_file.map(|path| path.display().to_string()),
        "samples": samples,
        "commit": report.commit.as_ref().map(|commit| commit.number.0),
        "request": report.request,
    })
}
