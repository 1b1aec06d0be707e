//! From a table to proposed changes: which field a column is, which record a row is about.

use std::collections::{BTreeSet, HashMap};

use domain::change::{Action, FieldsInput, Preconditions, ProposedChange, Target, Unnamed};
use domain::json::Json;
use domain::record::RecordId;
use domain::schema::{Field, Schema, Type, TypeIndex};
use domain::value::{Value, parse_integer, parse_scalar};

use super::cell::read_cell;
use super::columns::{Meaning, meanings};
use super::table::{Format, Table, TableRow};
use super::{BadRow, ImportError, Place, ReadOptions, Reason};
use crate::Phase;

/// How many rows are read until somebody is told.
const ROWS_BETWEEN_TOLD: usize = 1_000;

/// A file that has been read, with what each of its rows shall do.
#[derive(Clone, Debug)]
pub struct Import {
    /// The type of its records.
    pub type_index: TypeIndex,
    /// The rows that can be asked for, and what each asks for; as many of one as of the other.
    pub(super) rows: Vec<RowPlace>,
    pub(super) changes: Vec<ProposedChange>,
    pub(super) bad_rows: Vec<BadRow>,
    pub(super) table: Table,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowPlace {
    /// Its number among the file's rows.
    pub(super) row: usize,
    pub(super) place: Place,
}

/// Which record a row is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Id(i64),
    Key(Vec<Value>),
}

pub(super) fn shape(
    schema: &Schema,
    type_index: TypeIndex,
    table: Table,
    options: &ReadOptions,
) -> Result<Import, ImportError> {
    let record_type = schema.get(type_index);
    let meanings = meanings(record_type, &table, options).map_err(ImportError::BadColumns)?;
    let shaper =
        Shaper { schema, record_type, options, meanings, has_cells: table.format.has_cells() };
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut changes = Vec::with_capacity(table.rows.len());
    let mut subjects: HashMap<Subject, Vec<usize>> = HashMap::new();
    let mut bad_rows = Vec::new();
    for (row, of_table) in table.rows.iter().enumerate() {
        if row % ROWS_BETWEEN_TOLD == 0 {
            options.progress.tell(Phase::Reading, row, table.rows.len());
        }
        let place = of_table.place;
        match shaper.row(of_table) {
            Ok((subject, change)) => {
                subjects.entry(subject).or_default().push(row);
                rows.push(RowPlace { row, place });
                changes.push(change);
            }
            Err(reasons) => bad_rows.push(BadRow { row, place, reasons }),
        }
    }
    let repeated = repeated(record_type, &table, subjects);
    let mut import = Import { type_index, rows, changes, bad_rows, table };
    import.leave_out(&repeated);
    import.bad_rows.extend(repeated);
    import.bad_rows.sort_by_key(|bad| bad.row);
    Ok(import)
}

/// Rows about the same record: which of them is meant can't be told.
fn repeated(
    record_type: &Type,
    table: &Table,
    subjects: HashMap<Subject, Vec<usize>>,
) -> Vec<BadRow> {
    let mut bad_rows = Vec::new();
    for (subject, rows) in subjects.into_iter().filter(|(_, rows)| rows.len() > 1) {
        let place = |row: &usize| table.rows.get(*row).map(|of_table| of_table.place);
        let places: Vec<String> = rows.iter().filter_map(place).map(|at| at.to_string()).collect();
        let name = match &subject {
            Subject::Id(id) => format!("id {id}"),
            Subject::Key(key) => describe_key(record_type, key),
        };
        let why = format!("{} are about the same {}, {name}", places.join(", "), record_type.name);
        bad_rows.extend(rows.iter().filter_map(|row| {
            let reasons = vec![Reason::of_row(why.as_str())];
            Some(BadRow { row: *row, place: place(row)?, reasons })
        }));
    }
    bad_rows
}

/// `name=db1001`
pub(super) fn describe_key(record_type: &Type, key: &[Value]) -> String {
    let parts: Vec<String> = record_type
        .key_fields()
        .zip(key)
        .map(|(field, value)| format!("{}={}", field.name, value.to_text()))
        .collect();
    parts.join(", ")
}

struct Shaper<'a> {
    schema: &'a Schema,
    record_type: &'a Type,
    options: &'a ReadOptions,
    meanings: Vec<Meaning>,
    has_cells: bool,
}

impl Shaper<'_> {
    fn row(&self, row: &TableRow) -> Result<(Subject, ProposedChange), Vec<Reason>> {
        if let Some(fault) = &row.fault {
            return Err(vec![Reason::of_row(fault.as_str())]);
        }
        let faults = self.cell_faults(row);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut id = &Json::Null;
        let mut fields = FieldsInput::new();
        for (column, value) in &row.values {
            match self.meanings.get(*column) {
                Some(Meaning::Id) => id = value,
                Some(Meaning::Field(field)) => {
                    let field = self.record_type.field(*field);
                    let value = self.value(field, value)?;
                    fields.insert(field.name.as_str().to_owned(), value);
                }
                Some(Meaning::PassedOver) | None => {}
            }
        }
        self.fill(&mut fields)?;
        let (subject, action) = self.action(id, fields)?;
        let change = ProposedChange {
            type_index: self.record_type.index,
            action,
            preconditions: Preconditions::default(),
        };
        Ok((subject, change))
    }

    /// What is wrong with the cells of columns that are not passed over.
    fn cell_faults(&self, row: &TableRow) -> Vec<Reason> {
        let told = |(column, why): &(usize, String)| match self.meanings.get(*column)? {
            Meaning::Id => Some(Reason::of_field("id", why)),
            Meaning::Field(field) => {
                Some(Reason::of_field(self.record_type.field(*field).name.as_str(), why))
            }
            Meaning::PassedOver => None,
        };
        row.cell_faults.iter().filter_map(told).collect()
    }

    /// Puts the defaults where nothing is.
    fn fill(&self, fields: &mut FieldsInput) -> Result<(), Vec<Reason>> {
        for (name, default) in &self.options.defaults {
            let is_blank = match fields.get(name) {
                None | Some(Json::Null) => true,
                Some(Json::Text(text)) => text.trim().is_empty(),
                Some(Json::List(items)) => items.is_empty(),
                Some(Json::Bool(_) | Json::Number(_) | Json::Object(_)) => false,
            };
            if let Some(field) = self.record_type.field_named(name)
                && is_blank
            {
                fields.insert(name.clone(), self.cell(field, default)?);
            }
        }
        Ok(())
    }

    fn value(&self, field: &Field, value: &Json) -> Result<Json, Vec<Reason>> {
        if let Json::Text(cell) = value
            && self.has_cells
        {
            self.cell(field, cell)
        } else {
            Ok(value.clone())
        }
    }

    fn cell(&self, field: &Field, cell: &str) -> Result<Json, Vec<Reason>> {
        read_cell(self.schema, field, cell, self.options.list_separator)
            .map_err(|why| vec![Reason::of_field(field.name.as_str(), &why)])
    }

    fn action(&self, id: &Json, fields: FieldsInput) -> Result<(Subject, Action), Vec<Reason>> {
        let has_id = match id {
            Json::Null => false,
            Json::Text(text) => !text.trim().is_empty(),
            Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => true,
        };
        let unnamed = Unnamed::Keep;
        if has_id {
            let id = parse_integer(id).map_err(|fault| vec![Reason::of_field("id", &fault)])?;
            let target = Target::Id(RecordId(id));
            let action = Action::Update { target, fields, unnamed };
            return Ok((Subject::Id(id), action));
        }
        let key = self.key(&fields)?;
        let subject = Subject::Key(key.clone());
        let action = Action::Put { key, fields, unnamed };
        Ok((subject, action))
    }

    fn key(&self, fields: &FieldsInput) -> Result<Vec<Value>, Vec<Reason>> {
        let mut key = Vec::with_capacity(self.record_type.key.len());
        let mut faults = Vec::new();
        for field in self.record_type.key_fields() {
            let name = field.name.as_str();
            match parse_scalar(&field.kind, fields.get(name).unwrap_or(&Json::Null)) {
                Ok(Some(value)) => key.push(value),
                Ok(None) => {
                    let why = format!("a {} needs one, or an id", self.record_type.name);
                    faults.push(Reason::of_field(name, &why));
                }
                Err(fault) => faults.push(Reason::of_field(name, &fault)),
            }
        }
        if faults.is_empty() { Ok(key) } else { Err(faults) }
    }
}

impl Import {
    /// How many rows the file has, bad ones included.
    pub fn row_count(&self) -> usize {
        self.table.rows.len()
    }

    /// The form of the file.
    pub fn format(&self) -> Format {
        self.table.format
    }

    /// Takes bad rows out of what is asked for.
    pub(super) fn leave_out(&mut self, bad_rows: &[BadRow]) {
        let left_out: BTreeSet<usize> = bad_rows.iter().map(|bad| bad.row).collect();
        let stays = |at: &RowPlace| !left_out.contains(&at.row);
        let kept: Vec<bool> = self.rows.iter().map(stays).collect();
        let mut is_kept = kept.iter();
        self.changes.retain(|_| is_kept.next() == Some(&true));
        self.rows.retain(stays);
    }

    /// Every row, as if it were bad for one reason.
    pub(super) fn rows_as_bad(&self, why: &str) -> Vec<BadRow> {
        let rows = self.table.rows.iter().enumerate();
        let reasons = vec![Reason::of_row(why)];
        rows.map(|(row, of_table)| BadRow { row, place: of_table.place, reasons: reasons.clone() })
            .collect()
    }

    /// The rows that can't be meant, in the file's order.
    pub fn bad_rows(&self) -> &[BadRow] {
        &self.bad_rows
    }
}
