//! A record with all that it refers to in one row, so that any number of records take the same few
//! statements: what a `refs` field points to stands in a cell of its own, as JSON.

use std::collections::BTreeMap;

use domain::query::{Expr, StoredRef};
use domain::record::{Record, RecordId, Reference};
use domain::schema::{Field, Type, TypeIndex};
use domain::value::Value;

use super::condition::Condition;
use super::heads::records_at;
use super::record::{KEYS_MAX, Keys, RecordQuery, key, read_row};
use crate::dialect::{Class, Dialect};
use crate::engine::{Reader, Row};
use crate::error::StoreError;
use crate::names;
use crate::statement::Statement;
use crate::tables::class;

/// What must hold of a record of a type for whoever reads to see it; `None` where all may be seen.
pub type Visible<'a> = &'a dyn Fn(&Type) -> Option<Expr>;

/// Reads whole records, with the keys of what may be seen of what they refer to.
pub(super) struct Entire<'a> {
    query: &'a RecordQuery<'a>,
    dialect: Dialect,
    visible: Visible<'a>,
    keys: Keys,
    /// The keys of all that `refs` fields may point to, of types that have few records: a row need
    /// only tell the ids, which takes PostgreSQL half the time.
    known: BTreeMap<TypeIndex, Keys>,
}

impl<'a> Entire<'a> {
    /// Reads what is to be known before so many rows, with two statements at most for each type
    /// behind a `refs` field.
    pub(super) fn new(
        reader: &mut Reader<'_>,
        query: &'a RecordQuery<'a>,
        visible: Visible<'a>,
        rows: usize,
    ) -> Result<Self, StoreError> {
        let (dialect, keys) = (reader.dialect(), Keys::default());
        let mut entire = Self { query, dialect, visible, keys, known: BTreeMap::new() };
        let targets = fields_of_many(query).map(|(_, of)| (of.index, of));
        for (index, target) in targets.collect::<BTreeMap<TypeIndex, &Type>>() {
            let records = usize::try_from(records_at(reader, target, query.moment)?);
            if records.is_ok_and(|records| records <= rows.min(KEYS_MAX)) {
                let keys = entire.all_keys(reader, target)?;
                entire.known.insert(index, keys);
            }
        }
        Ok(entire)
    }

    /// The keys of all records of a type.
    fn all_keys(&self, reader: &mut Reader<'_>, of: &Type) -> Result<Keys, StoreError> {
        let moment = self.query.moment;
        let mut statement = moment.statement("SELECT k.id");
        for field in of.key_fields() {
            statement.push(", ");
            self.write_visible(("k", of), &format!("k.{}", names::column(field)), &mut statement);
        }
        statement.push(" FROM ").push(&moment.records(of, "k"));
        let mut keys = Keys::default();
        reader.query(&statement, |row| {
            keys.reference(of, row.integer(0)?, || key(of, (row, 1))).map(drop)
        })?;
        Ok(keys)
    }

    /// Appends the columns to select, in the order in which [`Self::read`] reads them.
    pub(super) fn write_columns(&self, to: &mut Statement) {
        self.query.write_columns(to, |of, column, to| self.write_visible(of, column, to));
        for (field, target) in fields_of_many(self.query) {
            to.push(", ");
            self.write_many(field, target, to);
        }
    }

    /// Reads a row of these columns.
    pub(super) fn read(&mut self, row: &Row<'_>) -> Result<Record, StoreError> {
        let mut record = read_row(self.query, &mut self.keys, row)?;
        for (column, (field, target)) in (self.query.width()..).zip(fields_of_many(self.query)) {
            // PostgreSQL has null for none.
            if let StoredRef::Text(json) = row.cell(column)? {
                let mut references = match self.known.get(&target.index) {
                    Some(known) => from_ids(known, target, json)?,
                    None => from_rows(&mut self.keys, target, json)?,
                };
                references.sort_by_key(|reference| reference.id);
                record.fields.set(field.index, Some(Value::Refs(references)));
            }
        }
        Ok(record)
    }

    /// Appends a column of which a row holds nothing where the record under `alias` may not be seen.
    fn write_visible(&self, (alias, of): (&str, &Type), column: &str, to: &mut Statement) {
        let Some(visible) = (self.visible)(of) else {
            to.push(column);
            return;
        };
        let RecordQuery { schema, moment, .. } = *self.query;
        let prefix = format!("{alias}.");
        let condition = Condition { schema, moment, dialect: self.dialect, of, prefix: &prefix };
        to.push("CASE WHEN ");
        condition.write(&visible, to);
        to.push(" THEN ").push(column).push(" END");
    }

    /// Appends the cell of all that a `refs` field points to: their ids, or id and key of each.
    fn write_many(&self, field: &Field, target: &Type, to: &mut Statement) {
        let Self { query, dialect, .. } = self;
        let (before, behind) = dialect.rows_as_json();
        to.push("(SELECT ").push(before);
        let links = query.moment.links(query.of, field, "l");
        if self.known.contains_key(&target.index) {
            to.push("l.target").push(behind).push(" FROM ").push(&links);
        } else {
            to.push(dialect.cells_as_json()).push("(");
            to.push(&dialect.as_text("l.target", Class::Integer));
            for key in target.key_fields() {
                let column = format!("k.{}", names::column(key));
                let text = class(&key.kind).map(|class| dialect.as_text(&column, class));
                to.push(", ");
                self.write_visible(("k", target), &text.unwrap_or(column), to);
            }
            to.push(")").push(behind).push(" FROM ").push(&links);
            to.push(" JOIN ").push(&query.moment.join(target, "k", "l.target"));
        }
        to.push(" WHERE l.record = r.id)");
    }
}

/// The `refs` fields of what is read, and what they point to.
fn fields_of_many<'a>(query: &RecordQuery<'a>) -> impl Iterator<Item = (&'a Field, &'a Type)> {
    let schema = query.schema;
    let fields = query.of.fields.iter().filter(|field| field.kind.is_refs());
    fields.filter_map(|field| Some((field, schema.get(field.kind.target()?))))
}

fn from_ids(known: &Keys, target: &Type, json: &str) -> Result<Vec<Reference>, StoreError> {
    let ids: Vec<i64> = serde_json::from_str(json).map_err(|_other| corrupt(json))?;
    let references = ids.into_iter().map(|id| known.known_reference(target, RecordId(id)));
    references.collect::<Option<_>>().ok_or_else(|| corrupt(json))
}

fn from_rows(keys: &mut Keys, target: &Type, json: &str) -> Result<Vec<Reference>, StoreError> {
    let rows: Result<Vec<Vec<Option<String>>>, _> = serde_json::from_str(json);
    let references = rows.map_err(|_other| corrupt(json))?.into_iter().map(|cells| {
        let mut cells = cells.into_iter();
        let id = cells.next().flatten().and_then(|id| id.parse::<i64>().ok());
        keys.reference(target, id.ok_or_else(|| corrupt(json))?, || {
            let key = target.key_fields().zip(cells);
            let key = key.filter_map(|(field, text)| text.map(|text| value(field, &text)));
            key.collect::<Option<_>>().ok_or_else(|| corrupt(json))
        })
    });
    references.collect()
}

fn corrupt(json: &str) -> StoreError {
    StoreError::Corrupt(format!("{json} does not tell what a record refers to"))
}

/// A value from the text of [`Dialect::as_text`].
fn value(field: &Field, text: &str) -> Option<Value> {
    let bytes;
    let stored = match class(&field.kind)? {
        Class::Text => StoredRef::Text(text),
        Class::Integer => StoredRef::Integer(text.parse().ok()?),
        Class::Bytes => {
            bytes = unhex(text)?;
            StoredRef::Bytes(&bytes)
        }
    };
    Value::from_stored(&field.kind, stored)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
