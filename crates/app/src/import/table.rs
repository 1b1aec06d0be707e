//! From text to a table: rows of named values with their places, whatever form the file has.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use domain::json::Json;

use super::text::line_after;
use super::{ImportError, csv, yaml};
use crate::formula::meant;
use crate::json::from_serde;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rows of cells under a header.
    Csv,
    /// A list of objects, one object, or objects one after the other (JSON lines).
    Json,
    /// A workbook, of which one sheet is read.
    Xlsx,
    /// A list of mappings, or documents of one each.
    Yaml,
}

impl Format {
    /// Whether its rows are cells under a header, each of them text.
    pub(super) fn has_cells(self) -> bool {
        match self {
            Self::Csv | Self::Xlsx => true,
            Self::Json | Self::Yaml => false,
        }
    }
}

/// Where a row stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// It begins in this line, from 1.
    Line(u64),
    /// It is this row of a sheet, from 1.
    Row(u64),
    /// It is this item of the list, from 1.
    Item(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
            Self::Item(item) => write!(f, "item {item}"),
        }
    }
}

/// A file as rows of named values.
#[derive(Clone, Debug)]
pub struct Table {
    /// What the file's form is.
    pub format: Format,
    /// The names of the columns, or of all members that any object has.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<TableRow>,
    /// The sheets of the workbook that it is one of.
    pub sheets: Vec<String>,
}

/// A row as it stands in the file.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// Where.
    pub place: Place,
    /// Its values, each with the place of its column. Cells are texts.
    pub values: Vec<(usize, Json)>,
    /// What is wrong with its form.
    pub fault: Option<String>,
    /// What is wrong with cells, each with the place of its column: no matter where that is passed
    /// over.
    pub cell_faults: Vec<(usize, String)>,
}

/// Reads a file's text. Without a format, text that begins with `[` or `{` is JSON, and text that
/// begins with `---` or an item of a list is YAML; without a separator, that of the header is used.
///
/// # Errors
/// [`ImportError::BadCsv`], [`ImportError::BadJson`] and [`ImportError::BadYaml`] where not even rows
/// can be told apart, [`ImportError::NoHeader`] for a CSV file without any content.
pub fn read(
    text: &str,
    format: Option<Format>,
    separator: Option<char>,
) -> Result<Table, ImportError> {
    let begins_as_json = text.trim_start().starts_with(['[', '{']);
    match format {
        Some(Format::Csv) => read_csv(text, separator),
        Some(Format::Yaml) => yaml::read(text),
        None if yaml::is_one(text) => yaml::read(text),
        None if !begins_as_json => read_csv(text, separator),
        // A workbook is no text.
        Some(Format::Json | Format::Xlsx) | None => read_json(text),
    }
}

fn read_csv(text: &str, separator: Option<char>) -> Result<Table, ImportError> {
    let separator = separator.unwrap_or_else(|| csv::sniff_separator(text));
    let rows = csv::parse(text, separator).map_err(|unclosed| ImportError::BadCsv {
        line: unclosed.line,
        why: "a quote opens here and is never closed",
    })?;
    let mut rows = rows.into_iter();
    let header = rows.next().ok_or(ImportError::NoHeader)?;
    if let Some(why) = header.fault {
        return Err(ImportError::BadCsv { line: header.line, why });
    }
    let columns: Vec<String> =
        header.cells.into_iter().map(|cell| meant(cell.trim().to_owned())).collect();
    let width = columns.len();
    Ok(Table {
        format: Format::Csv,
        columns,
        rows: rows.map(|row| table_row(row, width)).collect(),
        sheets: Vec::new(),
    })
}

fn table_row(row: csv::CsvRow, width: usize) -> TableRow {
    let found = row.cells.len();
    let ragged = (found != width).then(|| {
        format!("the row has {found} cells and the header {width}; is a separator not in quotes?")
    });
    TableRow {
        place: Place::Line(row.line),
        values: row.cells.into_iter().map(meant).map(Json::Text).enumerate().collect(),
        fault: row.fault.map(str::to_owned).or(ragged),
        cell_faults: Vec::new(),
    }
}

fn read_json(text: &str) -> Result<Table, ImportError> {
    let mut table = JsonTable::default();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    let (mut begin, mut items) = (0, 0_u64);
    while let Some(value) = values.next() {
        let value = value.map_err(|error| ImportError::BadJson { why: error.to_string() })?;
        let blank_before = text.get(begin..).unwrap_or_default();
        let begin_of_value = begin + (blank_before.len() - blank_before.trim_start().len());
        begin = values.byte_offset();
        let value = from_serde(value);
        if let Json::List(list) = value {
            for item in list {
                items += 1;
                table.add(Place::Item(items), item);
            }
        } else if items > 0 {
            // What stands behind a list counts on, so that no two have one place.
            items += 1;
            table.add(Place::Item(items), value);
        } else {
            table.skip_to(text, begin_of_value);
            table.add(Place::Line(table.line), value);
        }
    }
    Ok(table.finish(Format::Json))
}

/// A table that grows object by object.
pub(super) struct JsonTable {
    columns: Vec<String>,
    places: HashMap<String, usize>,
    rows: Vec<TableRow>,
    /// The line of the byte up to which lines have been counted.
    line: u64,
    counted: usize,
}

impl Default for JsonTable {
    fn default() -> Self {
        Self { columns: Vec::new(), places: HashMap::new(), rows: Vec::new(), line: 1, counted: 0 }
    }
}

impl JsonTable {
    fn skip_to(&mut self, text: &str, offset: usize) {
        self.line += line_after(text.get(self.counted..offset).unwrap_or_default()) - 1;
        self.counted = offset;
    }

    /// Adds a row: what is no object is its fault.
    pub(super) fn add(&mut self, place: Place, object: Json) {
        let type_name = object.type_name();
        let (values, fault) = match object {
            Json::Object(members) => (self.values(members), None),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
                (Vec::new(), Some(format!("this is of type {type_name}; a record is an object")))
            }
        };
        self.rows.push(TableRow { place, values, fault, cell_faults: Vec::new() });
    }

    fn values(&mut self, members: BTreeMap<String, Json>) -> Vec<(usize, Json)> {
        let mut values = Vec::with_capacity(members.len());
        for (name, value) in members {
            let column = *self.places.entry(name).or_insert_with_key(|name| {
                self.columns.push(name.clone());
                self.columns.len() - 1
            });
            values.push((column, value));
        }
        values
    }

    /// The table of a file of this form.
    pub(super) fn finish(self, format: Format) -> Table {
        Table { format, columns: self.columns, rows: self.rows, sheets: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows as `place: column=value ...`.
    fn rows(text: &str) -> Vec<String> {
        let table = read(text, None, None).unwrap();
        let show = |row: &TableRow| {
            let values = row
                .values
                .iter()
                .map(|(column, value)| format!("{}={value}", table.columns.get(*column).unwrap()));
            let shown: Vec<String> = values.chain(row.fault.clone()).collect();
            format!("{}: {}", row.place, shown.join(" "))
        };
        table.rows.iter().map(show).collect()
    }

    #[test]
    fn every_form_gives_the_same_rows() {
        assert_eq!(
            rows("name;n\n\na;1\r\n\"b\nc\";2"),
            [r#"line 3: name="a" n="1""#, r#"line 4: name="b\nc" n="2""#]
        );
        assert_eq!(
            rows(r#" [{"name": "a", "n": 1}, {"name": "b"}]"#),
            [r#"item 1: n=1 name="a""#, r#"item 2: name="b""#]
        );
        assert_eq!(rows("{\n\"name\": \"a\"\n}"), [r#"line 1: name="a""#]);
        assert_eq!(
            rows("\n{\"name\": \"a\"}\n\n {\"x\": null}\n"),
            [r#"line 2: name="a""#, "line 4: x=null"]
        );
    }

    #[test]
    fn a_row_of_another_form_is_that_rows_fault_alone() {
        assert_eq!(
            rows("a,b\n1\n1,2"),
            [
                "line 2: a=\"1\" the row has 1 cells and the header 2; \
                 is a separator not in quotes?",
                "line 3: a=\"1\" b=\"2\""
            ]
        );
        assert_eq!(
            rows("[7, {}]"),
            ["item 1: this is of type number; a record is an object", "item 2: "]
        );
    }

    #[test]
    fn what_has_no_rows_is_an_error_with_its_line() {
        let error = |text| read(text, None, None).unwrap_err().to_string();
        assert_eq!(error(" \n"), "the file is empty: the first line names the columns");
        assert_eq!(error("a\n\"b"), "line 2: a quote opens here and is never closed");
        assert_eq!(
            error("{\"a\":1}\n{\"a\":}"),
            "the JSON can't be read: expected value at line 2 column 6"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[\\[{}\\]\":,;a1\n\r\t |\\\\\u{0}\u{e9}]{0,60}") {
            let _table = read(&text, None, None);
            let _table = read(&text, Some(Format::Csv), Some('\u{e9}'));
            let _table = read(&text, Some(Format::Json), None);
        }
    }
}
