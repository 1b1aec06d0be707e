//! `GET` and `POST /{plural}/import/`: a file into the register. It is tried first and shown as a
//! comparison; the page keeps the file itself, so that nothing of it is kept here.

use std::sync::Arc;

use app::Context;
use app::import::{BadRow, ImportError, ReadOptions, Report, RunOptions, Sample, read};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::review::Ask;
use domain::schema::{Demand, Type};

use super::cell::Link;
use super::page::{go_to, page};
use super::record_change::{is_reviewed, must_change};
use super::shell::{list_path, plural_label};
use super::{REQUESTS, Shell, Visit};
use crate::auth::csrf;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::TypePath;
use crate::extract::caller::REASON_LENGTH_MAX;
use crate::extract::multipart::Upload;

/// The most bytes of a file: some ten thousand servers; for more there is the command.
const FILE_LENGTH_MAX: usize = 4 * 1_024 * 1_024;
/// Rows of a kind that the page shows.
const SHOWN: usize = 50;
/// Characters of a file's name that the reason repeats.
const NAME_LENGTH_MAX: usize = 100;

#[derive(Template)]
#[template(path = "ui/records_import.html")]
struct RecordsImport {
    shell: Shell,
    list: Link,
    title: String,
    /// The columns that a file may have: names, and whether a new record needs them.
    columns: Vec<(String, bool)>,
    errors: Vec<String>,
    sent: Sent,
    /// What the file would do.
    tried: Option<Tried>,
    is_reviewed: bool,
    needs_reason: bool,
}

/// What somebody sent.
#[derive(Default)]
struct Sent {
    /// What was pasted.
    pasted: String,
    file: Bytes,
    encoding: String,
    create_missing: bool,
    skip_bad: bool,
    reason: String,
    /// Whether it shall be done.
    is_meant: bool,
}

/// What a file would do.
struct Tried {
    /// The file as the form carries it on: exactly, which a text field would not.
    content: String,
    added: usize,
    updated: usize,
    unchanged: usize,
    wrong: usize,
    /// Records of other types that would be made: `tag 3`.
    created: Vec<String>,
    additions: Vec<ShownRow>,
    updates: Vec<ShownRow>,
    bad_rows: Vec<(String, String)>,
}

/// A row of the file, and what it does to its record.
struct ShownRow {
    place: String,
    label: String,
    fields: Vec<(String, String, String)>,
}

/// Somebody's import into a type.
struct Importing<'a> {
    edge: &'a Edge,
    of: &'a Type,
    ctx: Context,
}

/// Asks for a file.
pub(crate) async fn ask(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
) -> Result<Response, ApiError> {
    let of = edge.record_type(path.type_index);
    must_change(&visit.ctx, &edge, of)?;
    let importing = Importing { edge: &edge, of, ctx: visit.ctx };
    importing.page(visit.shell, Sent::default(), (None, Vec::new()))
}

/// Tries a file, or imports it.
pub(crate) async fn sent(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
    upload: Upload,
) -> Result<Response, ApiError> {
    visit.check(&upload.text(csrf::FIELD))?;
    let of = edge.record_type(path.type_index);
    must_change(&visit.ctx, &edge, of)?;
    let (sent, mut errors) = Sent::of(&upload);
    let reason = Some(sent.reason.clone()).filter(|reason| !reason.is_empty());
    let ctx = Context { reason, ask: Ask::Whatever, ..visit.ctx };
    let importing = Importing { edge: &edge, of, ctx };
    if !errors.is_empty() {
        return importing.page(visit.shell, sent, (None, errors));
    }
    if sent.is_meant {
        match importing.run(&sent, true).await? {
            Ok(report) => return Ok(go_to(&importing.next(&report), [])),
            Err(told) => errors.extend(told),
        }
    }
    // Why it was not done is seen best beside what it would do.
    let tried = match importing.run(&sent, false).await? {
        Ok(report) => Some(importing.tried(&sent, &report)),
        Err(told) => {
            errors = told;
            None
        }
    };
    importing.page(visit.shell, sent, (tried, errors))
}

impl Sent {
    /// What was sent, and what is wrong with it.
    fn of(upload: &Upload) -> (Self, Vec<String>) {
        let mut errors = Vec::new();
        let chosen = upload.part("file");
        // Browsers end the lines of what is pasted their own way.
        let pasted = String::from_utf8_lossy(&upload.part("pasted").bytes).replace("\r\n", "\n");
        let mut encoding = upload.text("encoding");
        let file = match upload.text("content") {
            kept if !kept.is_empty() => STANDARD.decode(kept).map(Bytes::from).unwrap_or_default(),
            _ if chosen.bytes.is_empty() => {
                encoding.clear();
                Bytes::from(pasted.trim_matches('\n').to_owned())
            }
            _ => chosen.bytes,
        };
        if file.is_empty() {
            errors.push("Choose a file, or paste its rows.".to_owned());
        }
        if file.len() > FILE_LENGTH_MAX {
            errors.push(format!(
                "The file is larger than {FILE_LENGTH_MAX} bytes; \"domesday import\" takes it."
            ));
        }
        let mut reason = upload.text("reason");
        if reason.chars().count() > REASON_LENGTH_MAX || reason.contains('\0') {
            errors.push(format!("The reason has at most {REASON_LENGTH_MAX} characters."));
        }
        if reason.is_empty() && !chosen.file_name.is_empty() {
            let name = chosen.file_name.chars().filter(|sign| !sign.is_control());
            reason = format!("import of {}", name.take(NAME_LENGTH_MAX).collect::<String>());
        }
        let sent = Self {
            pasted,
            file,
            encoding,
            create_missing: upload.text("create_missing") == "1",
            skip_bad: upload.text("skip_bad") == "1",
            reason,
            is_meant: upload.text("do") == "import",
        };
        (sent, errors)
    }
}

impl Importing<'_> {
    /// Imports a file, or only tries to; what is wrong with it where that can't be.
    ///
    /// # Errors
    /// What is no fault of the file.
    async fn run(
        &self,
        sent: &Sent,
        is_meant: bool,
    ) -> Result<Result<Report, Vec<String>>, ApiError> {
        let encoding = Some(sent.encoding.clone()).filter(|name| !name.is_empty());
        let options = ReadOptions { encoding, ..ReadOptions::default() };
        let options_of_run = RunOptions {
            create_missing: sent.create_missing,
            // What would be done is told of the other rows, too.
            skip_bad: sent.skip_bad || !is_meant,
            dry_run: !is_meant,
            samples_max: SHOWN,
            ..RunOptions::default()
        };
        let mut import = match read(self.edge.schema(), self.of.index, &sent.file, &options) {
            Ok(import) => import,
            Err(error) => return self.told(error).map(Err),
        };
        match self.edge.app.import(&self.ctx, &mut import, &options_of_run).await {
            Ok(report) => Ok(Ok(report)),
            Err(error) => self.told(error).map(Err),
        }
    }

    /// What is wrong with a file, as the page tells it.
    fn told(&self, error: ImportError) -> Result<Vec<String>, ApiError> {
        match error {
            ImportError::App(error) => {
                let problem = Problem::of_changes(&error, &self.of.label);
                if problem.status().is_server_error() || problem.status() == StatusCode::FORBIDDEN {
                    return Err(error.into());
                }
                Ok(vec![problem.told()])
            }
            ImportError::BadRows(rows) => {
                let wrong = if rows.len() == 1 { "row is" } else { "rows are" };
                Ok(vec![format!("Nothing was imported: {} {wrong} wrong.", rows.len())])
            }
            ImportError::BadColumns(wrong) => Ok(wrong),
            ImportError::BadReferences(wrong) => {
                let told = |wrong| format!("A record that is referred to can't be made: {wrong}");
                Ok(wrong.into_iter().map(told).collect())
            }
            error @ (ImportError::UnknownEncoding(_)
            | ImportError::NotText { .. }
            | ImportError::NoHeader
            | ImportError::BadCsv { .. }
            | ImportError::BadJson { .. }) => Ok(vec![format!("The file can't be read: {error}.")]),
        }
    }

    fn tried(&self, sent: &Sent, report: &Report) -> Tried {
        let created = report.created.iter();
        let label = |index| self.edge.schema().get(index).label.to_lowercase();
        let told = |bad: &BadRow| (bad.place.to_string(), bad.why.clone());
        let shown = |samples: &[Sample]| samples.iter().map(|row| self.row(row)).collect();
        Tried {
            content: STANDARD.encode(&sent.file),
            added: report.added,
            updated: report.updated,
            unchanged: report.unchanged,
            wrong: report.skipped.len(),
            created: created.map(|(index, count)| format!("{} {count}", label(*index))).collect(),
            additions: shown(&report.additions),
            updates: shown(&report.samples),
            bad_rows: report.skipped.iter().take(SHOWN).map(told).collect(),
        }
    }

    fn row(&self, sample: &Sample) -> ShownRow {
        let label = |name: &str| {
            let field = self.of.field_named(name);
            field.map_or_else(|| name.to_owned(), |field| field.label.clone())
        };
        let fields = sample.differences.iter().map(|difference| {
            (label(&difference.field), difference.before.clone(), difference.after.clone())
        });
        ShownRow {
            place: sample.place.to_string(),
            label: sample.label.clone(),
            fields: fields.collect(),
        }
    }

    /// Where one is sent after it: to what came of it.
    fn next(&self, report: &Report) -> String {
        match (report.request, &report.commit) {
            (Some(request), _) => format!("{REQUESTS}{request}/"),
            (None, Some(commit)) => format!("/-/history/?commit={}", commit.number),
            (None, None) => list_path(self.of),
        }
    }

    fn page(
        &self,
        shell: Shell,
        sent: Sent,
        (tried, errors): (Option<Tried>, Vec<String>),
    ) -> Result<Response, ApiError> {
        let of = self.of;
        let needed = |field: &domain::schema::Field| field.required && field.default.is_none();
        let columns = of.fields.iter();
        let title = plural_label(of);
        page(
            if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST },
            &RecordsImport {
                title: format!("Import {}", title.to_lowercase()),
                list: Link { href: list_path(of), label: title },
                columns: columns
                    .map(|field| (field.name.as_str().to_owned(), needed(field)))
                    .collect(),
                errors,
                sent,
                tried,
                is_reviewed: is_reviewed(&self.ctx, self.edge, of),
                needs_reason: of.reason == Demand::Required,
                shell,
            },
        )
    }
}
