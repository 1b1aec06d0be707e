//! `GET /{plural}/`: a type as a table.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::query::{Column, Plan};
use domain::record::Record;
use domain::schema::{Field, FieldIndex, Kind, Schema, Type};
use domain::view::{COLUMNS, SEARCH, TOP_ROW};

use super::cell::{Cell, cell};
use super::column_width::column_width;
use super::page::page;
use super::record_change::may_change;
use super::shell::{list_path, plural_label};
use super::views_menu::{self, Opening, VIEW, ViewsMenu};
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
    /// The names of templates that can write the records, parted by commas.
    templates: String,
    count: String,
    may_add: bool,
    search: String,
    /// What a search leaves as it is.
    kept: Vec<(String, String)>,
    /// Whether any filter is set.
    is_filtered: bool,
    columns: Vec<ShownColumn>,
    rows: Vec<Row>,
    views: ViewsMenu,
    /// What of a view can't be shown.
    notice: Option<String>,
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
    /// Its place in the schema, which the script goes by.
    place: usize,
    /// In pixels, at the usual size of text.
    width: usize,
    /// Whether the address shows it.
    is_shown: bool,
}

struct Row {
    href: String,
    /// What the record is called.
    label: String,
    cells: Vec<ShownCell>,
}

struct ShownCell {
    cell: Cell,
    /// Whether it leads to the record.
    is_key: bool,
    is_shown: bool,
}

/// Shows the records of a type, the filter, the order and the page that the address names.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, stand, shell, mut parameters, .. } = visit;
    let of = edge.record_type(path.type_index);
    let seen = edge.app.view_list(&ctx, Some(of.index)).await?;
    let notice = match views_menu::open(&edge, &ctx, of, &seen, &mut parameters) {
        Opening::There(response) => return Ok(response),
        Opening::Here(notice) => notice,
    };
    let order = ColumnOrder::of(of, parameters.first(COLUMNS));
    let mut asked = parameters.clone();
    asked.drop_where(|name| OF_THE_GRID.contains(&name));
    let request =
        ListRequest::page(edge.schema(), of, asked, (ctx.now, edge.settings.lenient_filters))?;
    let as_of = request.as_of.commit(&edge, &ctx).await?;
    let found = edge.app.find(&ctx, Plan { as_of, ..request.plan.clone() }).await?;
    let cursor = |cursor: &domain::query::Cursor| {
        let text = cursor.to_text(edge.schema(), of, &request.plan.order);
        with(&parameters, "cursor", &text)
    };
    let title = plural_label(of);
    let rows: Vec<Row> = found
        .records
        .iter()
        .map(|record| row(edge.schema(), (of, &order), record, &shell.past))
        .collect();
    let templates = edge.app.template_names(stand.heads.pages, of).await?.join(",");
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
            templates,
            count: found.count.map(grouped).unwrap_or_default(),
            may_add: as_of.is_none() && may_change(&ctx, &edge, of),
            search: parameters.first(SEARCH).to_owned(),
            kept: parameters
                .pairs()
                .iter()
                .filter(|(name, _)| !OF_THE_PAGE.contains(&name.as_str()))
                .cloned()
                .collect(),
            is_filtered: parameters
                .pairs()
                .iter()
                .any(|(name, _)| !NO_FILTERS.contains(&name.as_str())),
            columns: columns(edge.schema(), of, (&request, &order, &rows), &parameters),
            rows,
            views: ViewsMenu::of(&ctx, of, &seen, &parameters),
            notice,
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
const NO_FILTERS: [&str; 9] =
    ["ordering", "limit", "cursor", "offset", "count", AS_OF, COLUMNS, TOP_ROW, VIEW];
/// Parameters that another search begins without.
const OF_THE_PAGE: [&str; 5] = [SEARCH, "cursor", "offset", TOP_ROW, VIEW];
/// Parameters that say how the records are shown, and nothing of which.
const OF_THE_GRID: [&str; 2] = [COLUMNS, TOP_ROW];

/// The fields of a type in the order of the columns, those that are not shown behind.
struct ColumnOrder(Vec<(FieldIndex, bool)>);

impl ColumnOrder {
    /// The columns that a list of names asks for, the first of the type always among them; all of
    /// them, where it names none. Names of nothing are passed over, as the script does.
    fn of(of: &Type, names: &str) -> Self {
        let mut shown: Vec<FieldIndex> = Vec::new();
        for field in names.split(',').filter_map(|name| of.field_named(name.trim())) {
            if !shown.contains(&field.index) {
                shown.push(field.index);
            }
        }
        let is_all = shown.is_empty();
        if let Some(key) = of.fields.first().filter(|key| !shown.contains(&key.index)) {
            shown.insert(0, key.index);
        }
        let rest = of.fields.iter().filter(|field| !shown.contains(&field.index));
        let rest: Vec<_> = rest.map(|field| (field.index, is_all)).collect();
        Self(shown.into_iter().map(|index| (index, true)).chain(rest).collect())
    }

    /// The fields of the type, and whether each is shown.
    fn fields<'t>(&self, of: &'t Type) -> impl Iterator<Item = (&'t Field, bool)> {
        self.0.iter().map(|(index, is_shown)| (of.field(*index), *is_shown))
    }
}

fn columns(
    schema: &Schema,
    of: &Type,
    (request, order, rows): (&ListRequest, &ColumnOrder, &[Row]),
    parameters: &Parameters,
) -> Vec<ShownColumn> {
    let first = request.plan.order.first();
    order
        .fields(of)
        .enumerate()
        .map(|(index, (field, is_shown))| {
            let name = field.name.as_str();
            let cells = rows.iter().filter_map(|row| Some(&row.cells.get(index)?.cell));
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
                place: field.index.0,
                width: column_width(field, cells),
                is_shown,
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

fn row(schema: &Schema, (of, order): (&Type, &ColumnOrder), record: &Record, past: &str) -> Row {
    let shown = |(field, is_shown): (&Field, bool)| ShownCell {
        cell: cell(schema, field, record, past),
        is_key: field.index == FieldIndex(0),
        is_shown,
    };
    Row {
        href: format!("{}{}/{past}", list_path(of), record.id),
        label: app::encode::display(of, record),
        cells: order.fields(of).map(shown).collect(),
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
