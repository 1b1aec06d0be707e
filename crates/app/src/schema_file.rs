//! Schema files: from TOML to a schema, every fault with its line; and back.
//!
//! The rules are `domain::schema::draft`'s. Here is only what a file adds to them: its syntax, and
//! which line a part stands on.

mod laws;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use domain::json::Json;
use domain::schema::Schema;
use domain::schema::draft::{
    FieldDraft, SchemaDraft, SchemaFault, SchemaPath, Settings, TypeDraft, build, build_applied,
};
use toml_edit::{Document, Formatted, Item, TableLike, Value};

pub use laws::broken_law;
pub use write::write;

/// The schema of an installation that brings none of its own.
pub const BUILT_IN: &str = include_str!("../../../schema/infra.toml");

/// What faults of the built-in schema name as their file.
pub const BUILT_IN_NAME: &str = "schema/infra.toml";

/// The longest file in bytes; a schema of the most types and fields has less.
const FILE_LENGTH_MAX: usize = 8 << 20;

/// How deep lists and tables may lie in one another; only the default of a `json` field needs
/// more than three.
const DEPTH_MAX: usize = 32;

/// One thing that is wrong with a schema file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFileFault {
    /// The file as it was named.
    pub file_name: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub fault: SchemaFault,
}

/// `schema/infra.toml:12: server.dc: there is no type "dcc"; did you mean "dc"?`
impl fmt::Display for SchemaFileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file_name, self.line)?;
        if self.fault.path.type_name.is_some() {
            write!(f, "{}", self.fault)
        } else {
            write!(f, "{}; {}", self.fault.message, self.fault.hint)
        }
    }
}

/// The built-in schema.
///
/// # Errors
/// None that a test has not excluded.
pub fn built_in() -> Result<Schema, Vec<SchemaFileFault>> {
    read(BUILT_IN_NAME, BUILT_IN)
}

/// Reads a schema from the text of a file.
///
/// # Errors
/// The first syntax fault, or all others, by line.
pub fn read(file_name: &str, text: &str) -> Result<Schema, Vec<SchemaFileFault>> {
    read_by(build, file_name, text)
}

/// Reads a schema that was applied once: a page that the program got since then is no fault.
///
/// # Errors
/// As [`read`].
pub fn read_applied(name: &str, text: &str) -> Result<Schema, Vec<SchemaFileFault>> {
    read_by(build_applied, name, text)
}

fn read_by(
    build: fn(&SchemaDraft) -> Result<Schema, Vec<SchemaFault>>,
    file_name: &str,
    text: &str,
) -> Result<Schema, Vec<SchemaFileFault>> {
    let lines = Lines::of(text);
    let located = |at: Position, fault: SchemaFault| SchemaFileFault {
        file_name: file_name.to_owned(),
        line: at.line,
        column: at.column,
        fault,
    };
    if text.len() > FILE_LENGTH_MAX {
        let message = format!("the file has more than {FILE_LENGTH_MAX} bytes");
        let fault = fault(SchemaPath::default(), message, "write a schema, not data");
        return Err(vec![located(Position::START, fault)]);
    }
    let document = Document::parse(text).map_err(|error| {
        let message = format!("this is no TOML: {}", error.message().replace('\n', ", "));
        let fault =
            fault(SchemaPath::default(), message, "correct it, so that the rest can be read");
        vec![located(lines.position_of(error.span()), fault)]
    })?;
    let mut reader = Reader { text, lines, places: BTreeMap::new(), faults: Vec::new() };
    let draft = reader.draft(document.as_table());
    let mut faults = std::mem::take(&mut reader.faults);
    match build(&draft) {
        Ok(schema) if faults.is_empty() => return Ok(schema),
        Ok(_) => {}
        Err(mut more) => {
            // What could not be read can't be judged.
            more.retain(|fault| faults.iter().all(|unread| unread.path != fault.path));
            faults.extend(more);
        }
    }
    let mut faults: Vec<SchemaFileFault> =
        faults.into_iter().map(|fault| located(reader.place(&fault.path), fault)).collect();
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

fn fault(path: SchemaPath, message: impl Into<String>, hint: impl Into<String>) -> SchemaFault {
    SchemaFault { path, message: message.into(), hint: hint.into() }
}

/// Where something stands in a text; both from 1.
#[derive(Clone, Copy)]
struct Position {
    line: usize,
    /// In characters.
    column: usize,
}

impl Position {
    const START: Self = Self { line: 1, column: 1 };
}

/// A text, and where its lines begin.
struct Lines<'t> {
    text: &'t str,
    begins: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let behind_breaks = text.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        Self { text, begins: std::iter::once(0).chain(behind_breaks).collect() }
    }

    /// Where a span begins.
    fn position_of(&self, span: Option<Range<usize>>) -> Position {
        let start = span.map_or(0, |span| span.start);
        let line = self.begins.partition_point(|begin| *begin <= start);
        let begin = line.checked_sub(1).and_then(|line| self.begins.get(line)).copied();
        let before = self.text.get(begin.unwrap_or_default()..start).unwrap_or_default();
        Position { line, column: before.chars().count().saturating_add(1) }
    }
}

/// Turns a document into a draft, noting where each part stands.
struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
    places: BTreeMap<SchemaPath, Position>,
    faults: Vec<SchemaFault>,
}

impl Reader<'_> {
    fn draft(&mut self, root: &dyn TableLike) -> SchemaDraft {
        let mut draft = SchemaDraft::default();
        for (name, item) in root.iter() {
            match item.as_table_like() {
                Some(types) if name == "types" => {
                    for (name, item) in types.iter() {
                        let path = SchemaPath::of_type(name);
                        self.note(&path, types, name);
                        draft.types.push(self.type_draft(&path, name, item));
                    }
                }
                _ => {
                    let (name, value) = self.setting(&SchemaPath::default(), root, name, item);
                    draft.settings.insert(name, value);
                }
            }
        }
        draft
    }

    fn type_draft(&mut self, path: &SchemaPath, name: &str, item: &Item) -> TypeDraft {
        let mut fields = Vec::new();
        let settings = match item.as_table_like() {
            Some(table) => {
                let mut settings = Settings::new();
                for (setting, item) in table.iter() {
                    match item.as_table_like() {
                        Some(table) if setting == "fields" => {
                            fields = self.field_drafts(name, table);
                        }
                        _ => settings.extend([self.setting(path, table, setting, item)]),
                    }
                }
                Json::Object(settings)
            }
            None => self.json(path, item),
        };
        TypeDraft { name: name.to_owned(), settings, fields }
    }

    fn field_drafts(&mut self, type_name: &str, fields: &dyn TableLike) -> Vec<FieldDraft> {
        let mut drafts = Vec::with_capacity(fields.len());
        for (name, item) in fields.iter() {
            let path = SchemaPath::of_field(type_name, name);
            self.note(&path, fields, name);
            let settings = match item.as_table_like() {
                Some(table) => Json::Object(
                    table
                        .iter()
                        .map(|(setting, item)| self.setting(&path, table, setting, item))
                        .collect(),
                ),
                None => self.json(&path, item),
            };
            drafts.push(FieldDraft { name: name.to_owned(), settings });
        }
        drafts
    }

    fn setting(
        &mut self,
        part: &SchemaPath,
        table: &dyn TableLike,
        name: &str,
        item: &Item,
    ) -> (String, Json) {
        let path = part.setting(name);
        self.note(&path, table, name);
        (name.to_owned(), self.json(&path, item))
    }

    /// Notes where the key `name` stands as the place of a part.
    fn note(&mut self, path: &SchemaPath, table: &dyn TableLike, name: &str) {
        if let Some(span) = table.key(name).and_then(toml_edit::Key::span) {
            self.places.insert(path.clone(), self.lines.position_of(Some(span)));
        }
    }

    /// The place of a part, or of what it stands in.
    fn place(&self, path: &SchemaPath) -> Position {
        let parts = std::iter::successors(Some(path.clone()), SchemaPath::parent);
        parts
            .into_iter()
            .find_map(|part| self.places.get(&part).copied())
            .unwrap_or(Position::START)
    }

    fn json(&mut self, path: &SchemaPath, item: &Item) -> Json {
        self.item(item, 1).unwrap_or_else(|| {
            self.faults.push(fault(
                path.clone(),
                format!("lists and tables lie in one another more than {DEPTH_MAX} deep"),
                "write something flatter",
            ));
            Json::Null
        })
    }

    /// An item as JSON; `None` when it is too deep.
    fn item(&self, item: &Item, depth: usize) -> Option<Json> {
        match item {
            Item::None => Some(Json::Null),
            Item::Value(value) => self.value(value, depth),
            Item::Table(table) => self.object(table, depth),
            Item::ArrayOfTables(tables) => {
                let tables = tables.iter();
                let items = tables.map(|table| self.object(table, depth.saturating_add(1)));
                items.collect::<Option<_>>().map(Json::List)
            }
        }
    }

    fn value(&self, value: &Value, depth: usize) -> Option<Json> {
        match value {
            Value::String(text) => Some(Json::text(text.value())),
            Value::Integer(number) => Some(Json::Number(number.value().to_string())),
            Value::Float(number) => Some(self.float(number)),
            Value::Boolean(truth) => Some(Json::Bool(*truth.value())),
            Value::Datetime(moment) => Some(Json::Text(moment.value().to_string())),
            Value::Array(_) if depth >= DEPTH_MAX => None,
            Value::Array(items) => {
                let items = items.iter();
                let items = items.map(|item| self.value(item, depth.saturating_add(1)));
                items.collect::<Option<_>>().map(Json::List)
            }
            Value::InlineTable(table) => self.object(table, depth),
        }
    }

    fn object(&self, table: &dyn TableLike, depth: usize) -> Option<Json> {
        if depth >= DEPTH_MAX {
            return None;
        }
        let below = depth.saturating_add(1);
        let members = table.iter();
        let members = members.map(|(name, item)| Some((name.to_owned(), self.item(item, below)?)));
        members.collect::<Option<_>>().map(Json::Object)
    }

    /// A number with the digits that were written, which a float would round; infinity and the
    /// like, which are no numbers elsewhere, as text.
    fn float(&self, number: &Formatted<f64>) -> Json {
        let written = number.span().and_then(|span| self.text.get(span));
        let written = written.map(|digits| digits.trim_start_matches('+').replace('_', ""));
        let written = written.unwrap_or_else(|| number.value().to_string());
        // Through the same door as numbers of bodies, so that `1E5` is one number everywhere.
        match serde_json::from_str::<serde_json::Number>(&written) {
            Ok(number) => Json::Number(number.to_string()),
            Err(_) => Json::Text(written),
        }
    }
}
