//! Rows to records: one statement for the records with the keys of what they refer to, and one
//! more for each `refs` field.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::DateTime;
use domain::record::{Fields, Record, RecordId, Reference, Revision, Timestamp};
use domain::schema::{Field, FieldIndex, Kind, Schema, Type, TypeIndex};
use domain::value::Value;

use super::moment::Moment;
use crate::engine::{Reader, Row};
use crate::error::StoreError;
use crate::names;
use crate::statement::{Param, Statement};
use crate::tables::META_COLUMNS;

/// Writes the part of a statement that reads the records of a type.
///
/// ```text
/// SELECT r.id, …, r."c_dc", j3."c_name" FROM "r_server" r LEFT JOIN "r_dc" j3 ON j3.id = r."c_dc"
/// ```
pub(crate) struct RecordQuery<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) of: &'a Type,
    pub(crate) moment: Moment,
}

impl RecordQuery<'_> {
    /// The columns to select, in the order in which [`read_row`] reads them.
    pub(crate) fn columns(&self) -> String {
        let mut columns = Statement::default();
        self.write_columns(&mut columns, |_, key, to| {
            to.push(key);
        });
        columns.text().to_owned()
    }

    /// Appends the same, with the columns of keys as `key` writes them, which is told the alias and
    /// the type that each is of.
    pub(super) fn write_columns(
        &self,
        to: &mut Statement,
        key: impl Fn((&str, &Type), &str, &mut Statement),
    ) {
        to.push("r.").push(&META_COLUMNS.join(", r."));
        for field in self.of.fields.iter().filter(|field| !field.kind.is_refs()) {
            to.push(", r.").push(&names::column(field));
            let (alias, target) = (alias(field.index), field.kind.target());
            let Some(target) = target.map(|target| self.schema.get(target)) else {
                continue;
            };
            for of_key in target.key_fields() {
                to.push(", ");
                key((&alias, target), &format!("{alias}.{}", names::column(of_key)), to);
            }
        }
    }

    /// The table as `r`, joined with those that its `ref` fields point to.
    pub(crate) fn tables(&self) -> String {
        self.tables_around(self.moment.records(self.of, "r"))
    }

    /// The same around another way to read `r`.
    pub(crate) fn tables_around(&self, mut tables: String) -> String {
        for field in &self.of.fields {
            if let Kind::Ref { target, .. } = &field.kind {
                let alias = alias(field.index);
                write!(
                    tables,
                    " LEFT JOIN {}",
                    self.moment.join(
                        self.schema.get(*target),
                        &alias,
                        &format!("r.{}", names::column(field))
                    )
                )
                .unwrap_or_default();
            }
        }
        tables
    }

    /// How many columns [`Self::columns`] has.
    pub(crate) fn width(&self) -> usize {
        let own = self.of.fields.iter().filter(|field| !field.kind.is_refs());
        let widths = own.map(|field| {
            let target = field.kind.target().map(|target| self.schema.get(target));
            target.map_or(0, |target| target.key.len()).saturating_add(1)
        });
        widths.sum::<usize>().saturating_add(META_COLUMNS.len())
    }
}

/// The alias of the table that a `ref` field points to.
pub(crate) fn alias(field: FieldIndex) -> String {
    format!("j{}", field.0)
}

/// Runs a statement made by [`RecordQuery`] and reads its records, `refs` and all.
pub(crate) fn read_records(
    reader: &mut Reader<'_>,
    query: &RecordQuery<'_>,
    statement: &Statement,
) -> Result<Vec<Record>, StoreError> {
    let mut keys = Keys::default();
    let mut records = reader.query(statement, |row| read_row(query, &mut keys, row))?;
    add_links(reader, query, &mut records)?;
    Ok(records)
}

/// Reads the columns of [`RecordQuery::columns`]; `refs` fields stay empty.
pub(crate) fn read_row(
    query: &RecordQuery<'_>,
    keys: &mut Keys,
    row: &Row<'_>,
) -> Result<Record, StoreError> {
    let mut column = META_COLUMNS.len();
    let mut skip = |columns: usize| {
        let this = column;
        column = column.saturating_add(columns);
        this
    };
    let mut values = Vec::with_capacity(query.of.fields.len());
    for field in &query.of.fields {
        let target = field.kind.target().map(|target| query.schema.get(target));
        values.push(match target {
            Some(_) if field.kind.is_refs() => Some(Value::Refs(Vec::new())),
            Some(target) => {
                let id = row.integer_or_null(skip(1))?;
                let from = skip(target.key.len());
                let reference =
                    id.map(|id| keys.reference(target, id, || key(target, (row, from))));
                reference.transpose()?.map(Value::Ref)
            }
            None => Value::from_stored(&field.kind, row.cell(skip(1))?),
        });
    }
    Ok(Record {
        type_index: query.of.index,
        id: RecordId(row.integer(0)?),
        revision: Revision(row.integer(1)?),
        created_at: timestamp(row.integer(2)?)?,
        updated_at: timestamp(row.integer(3)?)?,
        changed_by: row.text(4)?,
        fields: Fields::from_values(values),
    })
}

/// The keys of what records refer to, each read once: a few data centres stand behind thousands of
/// servers.
#[derive(Default)]
pub(super) struct Keys(HashMap<(TypeIndex, i64), Arc<[Value]>>);

/// Keys kept; where there are more, all are let go, so that memory holds whatever is read.
pub(super) const KEYS_MAX: usize = 10_000;

impl Keys {
    /// The reference to a record, whose key is read where it is not known.
    pub(super) fn reference(
        &mut self,
        target: &Type,
        id: i64,
        read: impl FnOnce() -> Result<Vec<Value>, StoreError>,
    ) -> Result<Reference, StoreError> {
        if let Some(reference) = self.known_reference(target, RecordId(id)) {
            return Ok(reference);
        }
        let key: Arc<[Value]> = read()?.into();
        if self.0.len() >= KEYS_MAX {
            self.0.clear();
        }
        self.0.insert((target.index, id), Arc::clone(&key));
        Ok(Reference { id: RecordId(id), key })
    }

    /// The reference to a record whose key was read.
    pub(super) fn known_reference(&self, target: &Type, id: RecordId) -> Option<Reference> {
        let key = self.0.get(&(target.index, id.0))?;
        Some(Reference { id, key: Arc::clone(key) })
    }
}

/// The key of a record of a type that stands in a row from a column on.
pub(super) fn key(target: &Type, (row, from): (&Row<'_>, usize)) -> Result<Vec<Value>, StoreError> {
    let mut key = Vec::with_capacity(target.key.len());
    for (place, field) in target.key_fields().enumerate() {
        let cell = row.cell(from.saturating_add(place))?;
        key.extend(Value::from_stored(&field.kind, cell));
    }
    Ok(key)
}

pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::Corrupt(format!("{micros} is no moment")))
}

/// Fills the `refs` fields of records, with one statement for each field.
pub(super) fn add_links(
    reader: &mut Reader<'_>,
    query: &RecordQuery<'_>,
    records: &mut [Record],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    for field in &query.of.fields {
        let Kind::Refs { target, .. } = &field.kind else {
            continue;
        };
        let ids = records.iter().map(|record| record.id.0).collect();
        let mut links = links(reader, query, field, query.schema.get(*target), ids)?;
        for record in records.iter_mut() {
            if let Some(found) = links.remove(&record.id) {
                record.fields.set(field.index, Some(Value::Refs(found)));
            }
        }
    }
    Ok(())
}

fn links(
    reader: &mut Reader<'_>,
    query: &RecordQuery<'_>,
    field: &Field,
    target: &Type,
    ids: Vec<i64>,
) -> Result<HashMap<RecordId, Vec<Reference>>, StoreError> {
    let keys: Vec<String> =
        target.key_fields().map(|key| format!("t.{}", names::column(key))).collect();
    let mut statement = query.moment.statement(&format!(
        "SELECT l.record, l.target, {} FROM {} JOIN {} WHERE ",
        keys.join(", "),
        query.moment.links(query.of, field, "l"),
        query.moment.join(target, "t", "l.target")
    ));
    reader.dialect().any("l.record", Param::Integers(ids), &mut statement);
    statement.push(" ORDER BY l.record, l.target");
    let mut links: HashMap<RecordId, Vec<Reference>> = HashMap::new();
    let mut keys = Keys::default();
    reader.query(&statement, |row| {
        let reference = keys.reference(target, row.integer(1)?, || key(target, (row, 2)))?;
        links.entry(RecordId(row.integer(0)?)).or_default().push(reference);
        Ok(())
    })?;
    Ok(links)
}
