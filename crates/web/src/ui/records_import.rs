//! `GET` and `POST /{plural}/import/`: a file into the register, step by step. Columns that don't say
//! what they hold are mapped, the file is tried and shown as a comparison, then it is imported. The
//! page carries the file itself from step to step, so that nothing of it is kept here.
//!
//! ```text
//! ask ─ sent ─ open ─┬─ columns ─┐
//!                    └───────────┴─ tried ─┬─ imported
//!                                          └─ wrong rows as a file
//! ```

mod carried;
mod columns;
mod sent;
mod shown;
mod told;

use std::sync::Arc;

use app::import::{Import, ImportError, Report, RunOptions, are_known, read_table, shape_table};
use app::{Context, Progress};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::review::Ask;
use domain::schema::{Type, TypeIndex};

use self::columns::View;
use self::sent::{Sent, Wish};
use super::page::go_to;
use super::record_change::must_change;
use super::shell::list_path;
use super::{REQUESTS, Shell, Visit};
use crate::auth::csrf;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::TypePath;
use crate::extract::multipart::Upload;
use crate::rest::answer;

/// Rows of a kind that the page shows.
const SHOWN: usize = 50;

/// Somebody's import into a type.
struct Importing {
    edge: Arc<Edge>,
    type_index: TypeIndex,
    ctx: Context,
    progress: Progress,
}

/// A file that has been read.
struct Opened {
    view: View,
    /// What its rows ask for; none where it is yet to be said what its columns hold.
    import: Option<Import>,
    /// What is wrong with the columns.
    errors: Vec<String>,
}

/// Asks for a file.
pub(crate) async fn ask(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
) -> Result<Response, ApiError> {
    let type_index = path.type_index;
    must_change(&visit.ctx, &edge, edge.record_type(type_index))?;
    let importing = Importing { edge, type_index, ctx: visit.ctx, progress: Progress::NONE };
    importing.ask_page(visit.shell, Sent::default(), Vec::new())
}

/// Takes a file one step further, and tells how far it is to whoever wants to know.
pub(crate) async fn sent(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
    headers: HeaderMap,
    upload: Upload,
) -> Result<Response, ApiError> {
    visit.check(&upload.text(csrf::FIELD))?;
    let type_index = path.type_index;
    must_change(&visit.ctx, &edge, edge.record_type(type_index))?;
    let (sent, errors) = Sent::of(&upload, edge.settings.body_limit);
    let reason = Some(sent.reason.clone()).filter(|reason| !reason.is_empty());
    let ctx = Context { reason, ask: Ask::Whatever, ..visit.ctx };
    let importing = Importing { edge, type_index, ctx, progress: Progress::NONE };
    let shell = visit.shell;
    if !told::wants(&headers) {
        return importing.step(shell, sent, errors).await;
    }
    Ok(told::as_it_goes(|progress| async move {
        Importing { progress, ..importing }.step(shell, sent, errors).await
    }))
}

impl Importing {
    fn of(&self) -> &Type {
        self.edge.record_type(self.type_index)
    }

    async fn step(
        self,
        shell: Shell,
        sent: Sent,
        mut errors: Vec<String>,
    ) -> Result<Response, ApiError> {
        if !errors.is_empty() {
            return self.ask_page(shell, sent, errors);
        }
        if sent.wish == Wish::Edit {
            return self.ask_page(shell, sent.into_edited(), Vec::new());
        }
        let opened = match self.open(&sent).await? {
            Ok(opened) => opened,
            Err(errors) => return self.ask_page(shell, sent, errors),
        };
        let Some(mut import) = opened.import.filter(|_| sent.wish != Wish::Map) else {
            return self.columns_page(shell, &sent, (opened.view, opened.errors));
        };
        if sent.wish == Wish::Import {
            match self.run(&mut import, &sent, true).await? {
                Ok(report) => return Ok(go_to(&self.next(&report), [])),
                // Why it was not done is seen best beside what it would do.
                Err(told) => errors = told,
            }
            match self.open(&sent).await? {
                Ok(Opened { import: Some(again), .. }) => import = again,
                Ok(_) | Err(_) => return self.ask_page(shell, sent, errors),
            }
        }
        let report = match self.run(&mut import, &sent, false).await? {
            Ok(report) => report,
            Err(told) => {
                errors.extend(told);
                return self.columns_page(shell, &sent, (opened.view, errors));
            }
        };
        if sent.wish == Wish::Bad {
            return Ok(self.bad_rows(&import, &report));
        }
        self.tried_page(shell, &sent, (&report, errors))
    }

    /// Reads a file, on a thread that may be kept busy; what is wrong with it where that can't be.
    async fn open(&self, sent: &Sent) -> Result<Result<Opened, Vec<String>>, ApiError> {
        let (schema, of) = (Arc::clone(&self.edge.app.schema), self.type_index);
        let (file, options) = (sent.file.clone(), sent.read_options(self.progress.clone()));
        let (is_mapped, has_sheet) = (sent.maps.is_some(), !sent.sheet.is_empty());
        let reading = tokio::task::spawn_blocking(move || {
            let table = read_table(&file, &options)?;
            let view = View::of(&table);
            let is_told = has_sheet || table.sheets.len() < 2;
            let is_known = are_known(schema.get(of), &table.columns);
            let is_clear = is_mapped || (is_told && is_known);
            if !is_clear {
                return Ok(Opened { view, import: None, errors: Vec::new() });
            }
            match shape_table(&schema, of, table, &options) {
                Ok(import) => Ok(Opened { view, import: Some(import), errors: Vec::new() }),
                Err(ImportError::BadColumns(errors)) => Ok(Opened { view, import: None, errors }),
                Err(error) => Err(error),
            }
        });
        let read = reading.await.map_err(|error| {
            tracing::error!(%error, "a file made its reader fail");
            ApiError::Internal
        })?;
        match read {
            Ok(opened) => Ok(Ok(opened)),
            Err(error) => self.told(error).map(Err),
        }
    }

    /// Imports a file, or only tries to; what is wrong with it where that can't be.
    async fn run(
        &self,
        import: &mut Import,
        sent: &Sent,
        is_meant: bool,
    ) -> Result<Result<Report, Vec<String>>, ApiError> {
        let options = RunOptions {
            create_missing: sent.create_missing,
            // What would be done is told of the other rows, too.
            skip_bad: sent.skip_bad || !is_meant,
            dry_run: !is_meant,
            samples_max: SHOWN,
            progress: self.progress.clone(),
        };
        match self.edge.app.import(&self.ctx, import, &options).await {
            Ok(report) => Ok(Ok(report)),
            Err(error) => self.told(error).map(Err),
        }
    }

    /// What is wrong with a file, as the page tells it.
    fn told(&self, error: ImportError) -> Result<Vec<String>, ApiError> {
        match error {
            ImportError::App(error) => {
                let problem = Problem::of_changes(&error, &self.of().label);
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
            | ImportError::OldWorkbook
            | ImportError::BadXlsx { .. }
            | ImportError::TooLarge { .. }
            | ImportError::NoSheet { .. }
            | ImportError::BadYaml { .. }
            | ImportError::BadJson { .. }) => Ok(vec![format!("The file can't be read: {error}.")]),
        }
    }

    /// What is wrong, as a file to be mended.
    fn bad_rows(&self, import: &Import, report: &Report) -> Response {
        let (media_type, ending) = match import.format() {
            app::import::Format::Json => (answer::JSON_LINES, "jsonl"),
            app::import::Format::Yaml => (answer::YAML, "yaml"),
            app::import::Format::Csv | app::import::Format::Xlsx => (answer::CSV, "csv"),
        };
        let mut response = answer::body(media_type, import.rejects(&report.skipped));
        let name = format!("attachment; filename=\"{}-wrong.{ending}\"", self.of().plural);
        let headers = response.headers_mut();
        if let Ok(name) = HeaderValue::try_from(name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Where one is sent after it: to what came of it.
    fn next(&self, report: &Report) -> String {
        match (report.request, &report.commit) {
            (Some(request), _) => format!("{REQUESTS}{request}/"),
            (None, Some(commit)) => format!("/-/history/?commit={}", commit.number),
            (None, None) => list_path(self.of()),
        }
    }
}
