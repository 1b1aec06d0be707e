//! The first and the last step of an import: asking for a file, and showing what it would do.

use app::import::{BadRow, Reason, Report, Sample};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::schema::{Field, Type};

use super::columns::Carried;
use super::sent::Sent;
use super::{Importing, SHOWN};
use crate::error::ApiError;
use crate::ui::Shell;
use crate::ui::asking::Touched;
use crate::ui::assets;
use crate::ui::cell::Link;
use crate::ui::page::page;
use crate::ui::shell::{list_path, plural_label};

#[derive(Template)]
#[template(path = "ui/records_import.html")]
struct RecordsImport {
    shell: Shell,
    list: Link,
    title: String,
    /// The columns that a file may have: names, and whether a new record needs them.
    columns: Vec<(String, bool)>,
    errors: Vec<String>,
    pasted: String,
    encoding: String,
    create_missing: bool,
    /// The most bytes of a file.
    file_length_max: usize,
    script: String,
    styles: Vec<String>,
}

#[derive(Template)]
#[template(path = "ui/records_import_tried.html")]
struct Tried {
    shell: Shell,
    list: Link,
    title: String,
    errors: Vec<String>,
    sent: Carried,
    added: usize,
    updated: usize,
    unchanged: usize,
    wrong: usize,
    /// Records of other types that would be made: `tag 3`.
    created: Vec<String>,
    additions: Vec<ShownRow>,
    updates: Vec<ShownRow>,
    bad_rows: Vec<WrongRow>,
    /// Whether the file is a text that may be edited here.
    is_editable: bool,
    is_reviewed: bool,
    needs_reason: bool,
    script: String,
    styles: Vec<String>,
}

/// A row of the file, and what it does to its record.
struct ShownRow {
    place: String,
    label: String,
    fields: Vec<(String, String, String)>,
}

/// A row that is wrong: of which fields, and why.
struct WrongRow {
    place: String,
    reasons: Vec<(String, String)>,
}

/// Whether a new record needs a value of a field.
pub(super) fn needed(field: &Field) -> bool {
    field.required && field.default.is_none()
}

fn field_label(of: &Type, name: &str) -> String {
    of.field_named(name).map_or_else(|| name.to_owned(), |field| field.label.clone())
}

impl Importing {
    pub(super) fn ask_page(
        self,
        shell: Shell,
        sent: Sent,
        errors: Vec<String>,
    ) -> Result<Response, ApiError> {
        let of = self.of();
        let title = plural_label(of);
        page(
            if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST },
            &RecordsImport {
                title: format!("Import {}", title.to_lowercase()),
                list: Link { href: list_path(of), label: title },
                columns: of
                    .fields
                    .iter()
                    .map(|field| (field.name.as_str().to_owned(), needed(field)))
                    .collect(),
                errors,
                pasted: sent.pasted,
                encoding: sent.encoding,
                create_missing: sent.create_missing,
                file_length_max: self.edge.settings.body_limit,
                script: assets::script("src/import.ts"),
                styles: assets::styles("src/import.ts"),
                shell,
            },
        )
    }

    pub(super) fn tried_page(
        self,
        shell: Shell,
        sent: &Sent,
        (report, errors): (&Report, Vec<String>),
    ) -> Result<Response, ApiError> {
        let of = self.of();
        let title = plural_label(of);
        let types = report.created.keys().copied().chain([of.index]);
        let touched = Touched::of(&self.edge, &self.ctx, types);
        let created = report.created.iter();
        let label = |index| self.edge.schema().get(index).label.to_lowercase();
        let shown = |samples: &[Sample]| samples.iter().map(|row| shown_row(of, row)).collect();
        let wrong = report.skipped.iter().take(SHOWN).map(|bad| wrong_row(of, bad));
        page(
            if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST },
            &Tried {
                title: format!("Import {}", title.to_lowercase()),
                list: Link { href: list_path(of), label: title },
                errors,
                added: report.added,
                updated: report.updated,
                unchanged: report.unchanged,
                wrong: report.skipped.len(),
                created: created
                    .map(|(index, count)| format!("{} {count}", label(*index)))
                    .collect(),
                additions: shown(&report.additions),
                updates: shown(&report.samples),
                bad_rows: wrong.collect(),
                is_editable: sent.is_editable(),
                is_reviewed: touched.is_reviewed(),
                needs_reason: touched.needs_reason(),
                sent: Carried::of(sent),
                script: assets::script("src/import.ts"),
                styles: assets::styles("src/import.ts"),
                shell,
            },
        )
    }
}

fn shown_row(of: &Type, sample: &Sample) -> ShownRow {
    let fields = sample.differences.iter().map(|difference| {
        let label = field_label(of, &difference.field);
        (label, difference.before.clone(), difference.after.clone())
    });
    ShownRow {
        place: sample.place.to_string(),
        label: sample.label.clone(),
        fields: fields.collect(),
    }
}

fn wrong_row(of: &Type, bad: &BadRow) -> WrongRow {
    let told = |reason: &Reason| {
        let field = reason.field.as_deref().map(|name| field_label(of, name));
        (field.unwrap_or_default(), reason.why.clone())
    };
    WrongRow { place: bad.place.to_string(), reasons: bad.reasons.iter().map(told).collect() }
}
