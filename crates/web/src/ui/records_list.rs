//! `GET /{plural}/`: a type as a table.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::query::{Column, Plan};
use domain::record::Record;
use domain::schema::{Kind, Schema, Type};

use super::cell::{Cell, cell};
use super::page::page;
use super::record_change::may_change;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit, assets};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::as_of::AS_OF;
use crate::extract::facets::can_be_counted;
use crate::extract::links::with_query;
use crate::extract::{ListRequest, Parameters, TypePath};

#[derive(Template)]
#[template(path = "ui/records_list.html")]
struct RecordsList {
    shell: Shell,
    title: String,
    description: String,
    path: String,
    api: String,
    /// The fields that can be counted by, parted by commas.
    facets: String,
    count: String,
    may_add: bool,
    search: String,
    /// Whether any filter is set.
    is_filtered: bool,
    columns: Vec<ShownColumn>,
    rows: Vec<Row>,
    previous: Option<String>,
    next: Option<String>,
    grid: String,
    grid_imports: Vec<String>,
    grid_styles: Vec<String>,
}

/// A column, and where its head leads: to the same records in its order.
struct ShownColumn {
    name: String,
    label: String,
    kind: &'static str,
    of: String,
    choices: String,
    sort: Option<String>,
    sorted: &'static str,
}

struct Row {
    href: String,
    /// What the record is called.
    label: String,
    cells: Vec<Cell>,
}

/// Shows the records of a type, the filter, the order and the page that the address names.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, parameters, .. } = visit;
    let of = edge.record_type(path.type_index);
    ctx.must(Right::View, edge.schema(), of.index)?;
    let asked = (ctx.now, edge.settings.lenient_filters);
    let request = ListRequest::page(edge.schema(), of, parameters.clone(), asked)?;
    let as_of = request.as_of.commit(&edge, &ctx).await?;
    let found = edge.app.find(&ctx, Plan { as_of, ..request.plan.clone() }).await?;
    let cursor = |cursor: &domain::query::Cursor| {
        let text = cursor.to_text(edge.schema(), of, &request.plan.order);
        with(&parameters, "cursor", &text)
    };
    let title = plural_label(of);
    page(
        StatusCode::OK,
        &RecordsList {
            title,
            description: of.description.clone(),
            path: list_path(of),
            api: format!("/api/{}/", of.plural),
            facets: of
                .fields
                .iter()
                .filter(|field| can_be_counted(field))
                .map(|field| field.name.as_str())
                .collect::<Vec<_>>()
                .join(","),
            count: found.count.map(grouped).unwrap_or_default(),
            may_add: as_of.is_none() && may_change(&ctx, &edge, of),
            search: parameters.first("search").to_owned(),
            is_filtered: parameters
                .pairs()
                .iter()
                .any(|(name, _)| !NO_FILTERS.contains(&name.as_str())),
            columns: columns(edge.schema(), of, &request, &parameters),
            rows: found
                .records
                .iter()
                .map(|record| row(edge.schema(), of, record, &shell.past))
                .collect(),
            previous: found.previous.as_ref().map(cursor),
            next: found.next.as_ref().map(cursor),
            grid: assets::script("src/grid.ts"),
            grid_imports: assets::imports("src/grid.ts"),
            grid_styles: assets::styles("src/grid.ts"),
            shell,
        },
    )
}

/// Parameters of a list that leave no record out.
const NO_FILTERS: [&str; 6] = ["ordering", "limit", "cursor", "offset", "count", AS_OF];

fn columns(
    schema: &Schema,
    of: &Type,
    request: &ListRequest,
    parameters: &Parameters,
) -> Vec<ShownColumn> {
    let first = request.plan.order.first();
    of.fields
        .iter()
        .map(|field| {
            let name = field.name.as_str();
            let is_first = first.is_some_and(|by| by.column == Column::Field(field.index));
            let is_descending = first.is_some_and(|by| by.descending);
            let sorts = !field.kind.is_refs() && !matches!(field.kind, Kind::Json);
            let other_way = if is_first && !is_descending { "-" } else { "" };
            ShownColumn {
                name: name.to_owned(),
                label: field.label.clone(),
                kind: field.kind.word(),
                of: field.kind.target().map(|to| schema.get(to).plural.clone()).unwrap_or_default(),
                choices: choices(&field.kind),
                sort: sorts.then(|| with(parameters, "ordering", &format!("{other_way}{name}"))),
                sorted: match (is_first, is_descending) {
                    (false, _) => "none",
                    (true, false) => "ascending",
                    (true, true) => "descending",
                },
            }
        })
        .collect()
}

/// The words of a choice, parted by blanks, or by bars where one has a blank.
pub(super) fn choices(kind: &Kind) -> String {
    let Kind::Choice(choices) = kind else {
        return String::new();
    };
    let words: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
    words.join(if words.iter().any(|word| word.contains(' ')) { "|" } else { " " })
}

fn row(schema: &Schema, of: &Type, record: &Record, past: &str) -> Row {
    Row {
        href: format!("{}{}/{past}", list_path(of), record.id),
        label: app::encode::display(of, record),
        cells: of.fields.iter().map(|field| cell(schema, field, record, past)).collect(),
    }
}

/// The same list with another value of a parameter, from its beginning.
fn with(parameters: &Parameters, name: &str, value: &str) -> String {
    let kept = parameters
        .pairs()
        .iter()
        .filter(|(other, _)| other != name && other != "cursor" && other != "offset")
        .map(|(name, value)| (name.as_str(), value.as_str()));
    with_query("", kept.chain(std::iter::once((name, value))))
}

/// A number as people read it: `100,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_by_thousands() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }
}
