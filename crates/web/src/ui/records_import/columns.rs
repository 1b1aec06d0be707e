//! The step in which somebody says what the columns of a file hold.

use std::collections::BTreeSet;

use app::import::{Table, guess};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::json::Json;
use domain::schema::Type;

use super::Importing;
use super::sent::{COLUMNS_MAX, Sent};
use super::shown::needed;
use crate::error::ApiError;
use crate::ui::Shell;
use crate::ui::assets;
use crate::ui::cell::Link;
use crate::ui::page::page;
use crate::ui::shell::{list_path, plural_label};

/// Values of a column that are shown, and characters of each.
const SAMPLES: usize = 3;
const SAMPLE_LENGTH_MAX: usize = 40;
/// Rows that are looked through for them.
const ROWS_LOOKED_AT: usize = 1_000;

/// What a file looks like before it is known what it means.
pub(super) struct View {
    columns: Vec<ViewColumn>,
    sheets: Vec<String>,
    rows: usize,
}

struct ViewColumn {
    name: String,
    /// Some of its values.
    samples: Vec<String>,
}

impl View {
    pub(super) fn of(table: &Table) -> Self {
        let mut columns: Vec<ViewColumn> = table
            .columns
            .iter()
            .map(|name| ViewColumn { name: name.clone(), samples: Vec::new() })
            .collect();
        for row in table.rows.iter().take(ROWS_LOOKED_AT) {
            for (place, value) in &row.values {
                if let Some(column) = columns.get_mut(*place)
                    && column.samples.len() < SAMPLES
                    && let Some(sample) = sample(value)
                    && !column.samples.contains(&sample)
                {
                    column.samples.push(sample);
                }
            }
        }
        Self { columns, sheets: table.sheets.clone(), rows: table.rows.len() }
    }
}

fn sample(value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::Text(text) => text.trim().to_owned(),
        Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => value.to_string(),
    };
    let mut short: String = text.chars().take(SAMPLE_LENGTH_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Some(short).filter(|text| !text.is_empty())
}

#[derive(Template)]
#[template(path = "ui/records_import_columns.html")]
struct MappingPage {
    shell: Shell,
    list: Link,
    title: String,
    errors: Vec<String>,
    sent: Carried,
    columns: Vec<Column>,
    /// What a column may hold: names and labels.
    fields: Vec<(String, String)>,
    /// The fields that a new record needs.
    needed: Vec<String>,
    /// The sheets of a workbook, where it has several, and which one is read.
    sheets: Vec<(String, bool)>,
    rows: usize,
    script: String,
    styles: Vec<String>,
}

/// What the form carries on.
pub(super) struct Carried {
    pub(super) content: String,
    pub(super) encoding: String,
    pub(super) sheet: String,
    pub(super) create_missing: bool,
    pub(super) reason: String,
    pub(super) maps: Vec<String>,
}

impl Carried {
    pub(super) fn of(sent: &Sent) -> Self {
        Self {
            content: sent.content.clone(),
            encoding: sent.encoding.clone(),
            sheet: sent.sheet.clone(),
            create_missing: sent.create_missing,
            reason: sent.reason.clone(),
            maps: sent.maps.clone().unwrap_or_default(),
        }
    }
}

struct Column {
    place: usize,
    name: String,
    samples: Vec<String>,
    /// What it holds, as somebody said or as it is guessed; empty where it is left out.
    meant: String,
}

impl Importing {
    pub(super) fn columns_page(
        self,
        shell: Shell,
        sent: &Sent,
        (view, mut errors): (View, Vec<String>),
    ) -> Result<Response, ApiError> {
        let of = self.of();
        if view.columns.len() > COLUMNS_MAX {
            errors.push(format!(
                "The file has {} columns; the first {COLUMNS_MAX} can be mapped.",
                view.columns.len()
            ));
        }
        let title = plural_label(of);
        let id = ("id".to_owned(), "Id of a record that is there".to_owned());
        let fields =
            of.fields.iter().map(|field| (field.name.as_str().to_owned(), field.label.clone()));
        let chosen = sent.sheet.as_str();
        let is_read = |place: usize, name: &str| match chosen {
            "" => place == 0,
            chosen => chosen == name,
        };
        let sheets = view.sheets.iter().enumerate();
        let sheets: Vec<(String, bool)> =
            sheets.map(|(place, name)| (name.clone(), is_read(place, name))).collect();
        page(
            if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST },
            &MappingPage {
                title: format!("Import {}", title.to_lowercase()),
                list: Link { href: list_path(of), label: title },
                errors,
                sent: Carried::of(sent),
                columns: mapped(of, view.columns, sent.maps.as_deref()),
                fields: fields.chain([id]).collect(),
                needed: of
                    .fields
                    .iter()
                    .filter(|field| needed(field))
                    .map(|field| field.label.clone())
                    .collect(),
                sheets: if sheets.len() > 1 { sheets } else { Vec::new() },
                rows: view.rows,
                script: assets::script("src/import.ts"),
                styles: assets::styles("src/import.ts"),
                shell,
            },
        )
    }
}

/// The columns with what they hold: as somebody said, else as it is guessed, no field twice.
fn mapped(of: &Type, columns: Vec<ViewColumn>, said: Option<&[String]>) -> Vec<Column> {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut guesses: Vec<&str> = vec![""; columns.len()];
    // Whoever has the very name has it before others that are like it.
    for is_exact in [true, false] {
        for (column, meant) in columns.iter().zip(&mut guesses) {
            let likely = guess(of, &column.name).filter(|name| !is_exact || *name == column.name);
            if let Some(name) = likely
                && meant.is_empty()
                && taken.insert(name)
            {
                *meant = name;
            }
        }
    }
    let columns = columns.into_iter().zip(guesses).enumerate().take(COLUMNS_MAX);
    columns
        .map(|(place, (column, guessed))| Column {
            place,
            name: column.name,
            samples: column.samples,
            meant: match said {
                Some(said) => said.get(place).cloned().unwrap_or_default(),
                None => guessed.to_owned(),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_guessed_by_name_and_label_and_no_field_twice() {
        let schema = app::schema_file::built_in().unwrap();
        let server = schema.named("server").unwrap();
        let of = |names: &[&str], said: Option<&[String]>| -> Vec<String> {
            let column = |name: &&str| ViewColumn { name: (*name).to_owned(), samples: Vec::new() };
            let columns = mapped(server, names.iter().map(column).collect(), said);
            columns.into_iter().map(|column| column.meant).collect()
        };
        assert_eq!(
            of(&["Name", "name", "IP Address", "Descriptions", "Rack", "", "ID", "url"], None),
            ["", "name", "ip", "description", "", "", "id", ""]
        );
        let said = ["dc".to_owned()];
        assert_eq!(of(&["name", "x"], Some(&said)), ["dc", ""]);
    }
}
