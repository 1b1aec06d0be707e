//! What the checks of changes need to know, looked up for many changes at once.

use std::collections::BTreeMap;

use domain::change::{Facts, Needs, Referrer, UniqueClaim};
use domain::query::Stored;
use domain::record::{Record, RecordId, Reference, Revision};
use domain::schema::{FieldIndex, Kind, OnDelete, Schema, Type, TypeIndex};
use domain::value::Value;

use super::heads::head;
use super::moment::Moment;
use super::record::{RecordQuery, read_records};
use crate::dialect::Dialect;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::names;
use crate::statement::{Param, Statement};

/// How many values one statement looks for.
const LOOKED_FOR_AT_ONCE: usize = 1_000;
/// How many sets of several values, which nest as deep as there are sets; SQLite takes 1,000.
const SETS_AT_ONCE: usize = 200;

/// Looks up what [`domain::change::needs`] asks for.
///
/// # Errors
/// When the database can't be asked.
pub fn gather(
    reader: &mut Reader<'_>,
    schema: &Schema,
    needs: &Needs,
) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    for (type_index, ids) in by_type(&needs.records) {
        for ids in ids.chunks(LOOKED_FOR_AT_ONCE) {
            records(reader, schema, schema.get(type_index), &Wanted::Ids(ids), &mut facts)?;
        }
    }
    for (type_index, keys) in by_type(&needs.records_by_key) {
        let of = schema.get(type_index);
        for keys in keys.chunks(at_once(&of.key)) {
            records(reader, schema, of, &Wanted::Keys(keys), &mut facts)?;
        }
    }
    for (type_index, ids) in by_type(&needs.references) {
        for ids in ids.chunks(LOOKED_FOR_AT_ONCE) {
            references(reader, schema.get(type_index), &Wanted::Ids(ids), &mut facts)?;
        }
    }
    for (type_index, keys) in by_type(&needs.references_by_key) {
        let of = schema.get(type_index);
        for keys in keys.chunks(at_once(&of.key)) {
            references(reader, of, &Wanted::Keys(keys), &mut facts)?;
        }
    }
    for type_index in &needs.added {
        let next_id = head(reader, schema.get(*type_index))?.next_id;
        facts.next_ids.insert(*type_index, next_id);
    }
    for (type_index, ids) in by_type(&needs.deleted) {
        for ids in ids.chunks(LOOKED_FOR_AT_ONCE) {
            last_revisions(reader, schema.get(type_index), ids, &mut facts)?;
        }
    }
    Ok(facts)
}

/// How many sets of values of these fields one statement looks for.
fn at_once(fields: &[FieldIndex]) -> usize {
    match fields {
        [_only] => LOOKED_FOR_AT_ONCE,
        _ => SETS_AT_ONCE,
    }
}

fn by_type<T: Clone>(
    names: &std::collections::BTreeSet<(TypeIndex, T)>,
) -> BTreeMap<TypeIndex, Vec<T>> {
    let mut sorted: BTreeMap<TypeIndex, Vec<T>> = BTreeMap::new();
    for (type_index, name) in names {
        sorted.entry(*type_index).or_default().push(name.clone());
    }
    sorted
}

/// Which records of a type to look for.
enum Wanted<'a> {
    Ids(&'a [RecordId]),
    Keys(&'a [Vec<Value>]),
}

impl Wanted<'_> {
    fn write(&self, of: &Type, prefix: &str, reader: &Reader<'_>, to: &mut Statement) {
        match self {
            Self::Ids(ids) => {
                let ids = Param::Integers(ids.iter().map(|id| id.0).collect());
                reader.dialect().any(&format!("{prefix}id"), ids, to);
            }
            Self::Keys(keys) => {
                let values: Vec<Vec<Stored>> =
                    keys.iter().map(|key| key.iter().map(Value::to_stored).collect()).collect();
                AnyOf { of, fields: &of.key, sets: &values, prefix }.write(reader.dialect(), to);
            }
        }
    }
}

/// That the values of some fields are one of many sets of values.
struct AnyOf<'a> {
    of: &'a Type,
    fields: &'a [FieldIndex],
    sets: &'a [Vec<Stored>],
    prefix: &'a str,
}

impl AnyOf<'_> {
    fn write(&self, dialect: Dialect, to: &mut Statement) {
        let column =
            |field: &FieldIndex| format!("{}{}", self.prefix, names::column(self.of.field(*field)));
        if let [only] = self.fields {
            let values = Param::many(self.sets.iter().flatten().cloned());
            dialect.any(&column(only), values, to);
            return;
        }
        to.push("(");
        for (place, set) in self.sets.iter().enumerate() {
            to.push(if place > 0 { " OR (" } else { "(" });
            for (place, (field, value)) in self.fields.iter().zip(set).enumerate() {
                to.push(if place > 0 { " AND " } else { "" });
                to.push(&column(field)).push(" = ").bind(value.clone());
            }
            to.push(")");
        }
        to.push(")");
    }
}

/// Looks up whole records.
fn records(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    wanted: &Wanted<'_>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let query = RecordQuery { schema, of, moment: Moment::Now };
    let mut statement = Statement::new("SELECT ");
    statement.push(&query.columns()).push(" FROM ").push(&query.tables()).push(" WHERE ");
    wanted.write(of, "r.", reader, &mut statement);
    for record in read_records(reader, &query, &statement)? {
        remember(of, record, facts);
    }
    Ok(())
}

fn remember(of: &Type, record: Record, facts: &mut Facts) {
    let key: Option<Vec<Value>> =
        of.key.iter().map(|field| record.fields.get(*field).cloned()).collect();
    if let Some(key) = key {
        let reference = Reference { id: record.id, key: key.clone().into() };
        facts.references.insert((of.index, record.id), reference);
        facts.by_key.insert((of.index, key), record.id);
    }
    facts.records.insert((of.index, record.id), record);
}

/// Looks up ids and keys alone.
fn references(
    reader: &mut Reader<'_>,
    of: &Type,
    wanted: &Wanted<'_>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let columns: Vec<String> = of.key_fields().map(names::column).collect();
    let mut statement = Statement::new(&format!(
        "SELECT id, {} FROM {} WHERE ",
        columns.join(", "),
        names::records(of)
    ));
    wanted.write(of, "", reader, &mut statement);
    let found = reader.query(&statement, |row| {
        let mut key = Vec::with_capacity(of.key.len());
        for (place, field) in of.key_fields().enumerate() {
            let cell = row.cell(place.saturating_add(1))?;
            key.extend(Value::from_stored(&field.kind, cell));
        }
        Ok(Reference { id: RecordId(row.integer(0)?), key: key.into() })
    })?;
    for reference in found {
        facts.by_key.insert((of.index, reference.key.to_vec()), reference.id);
        facts.references.insert((of.index, reference.id), reference);
    }
    Ok(())
}

/// Looks up the last revisions of records that may be gone.
fn last_revisions(
    reader: &mut Reader<'_>,
    of: &Type,
    ids: &[RecordId],
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let mut statement = Statement::new("SELECT id, max(revision) FROM changes WHERE type = ");
    statement.bind(of.name.as_str()).push(" AND ");
    let ids = Param::Integers(ids.iter().map(|id| id.0).collect());
    reader.dialect().any("id", ids, &mut statement);
    statement.push(" GROUP BY id");
    let found = reader
        .query(&statement, |row| Ok((RecordId(row.integer(0)?), Revision(row.integer(1)?))))?;
    for (id, revision) in found {
        facts.last_revisions.insert((of.index, id), revision);
    }
    Ok(())
}

/// Looks up who holds unique values that changes want.
///
/// # Errors
/// When the database can't be asked.
pub fn gather_holders(
    reader: &mut Reader<'_>,
    schema: &Schema,
    claims: impl IntoIterator<Item = UniqueClaim>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let mut sorted: BTreeMap<(TypeIndex, Vec<FieldIndex>), Vec<Vec<Stored>>> = BTreeMap::new();
    for UniqueClaim { type_index, fields, values } in claims {
        sorted.entry((type_index, fields)).or_default().push(values);
    }
    for ((type_index, fields), sets) in sorted {
        let of = schema.get(type_index);
        let columns: Vec<String> =
            fields.iter().map(|field| names::column(of.field(*field))).collect();
        for sets in sets.chunks(at_once(&fields)) {
            let mut statement = Statement::new(&format!(
                "SELECT id, {} FROM {} WHERE ",
                columns.join(", "),
                names::records(of)
            ));
            AnyOf { of, fields: &fields, sets, prefix: "" }.write(reader.dialect(), &mut statement);
            let width = fields.len();
            let found = reader.query(&statement, |row| {
                let values: Result<Vec<Stored>, StoreError> =
                    (1..=width).map(|column| row.stored(column)).collect();
                Ok((RecordId(row.integer(0)?), values?))
            })?;
            for (id, values) in found {
                let claim = UniqueClaim { type_index, fields: fields.clone(), values };
                facts.holders.insert(claim, id);
            }
        }
    }
    Ok(())
}

/// Looks up what refers to records that are to be deleted; of those that protect them, no more
/// than `protecting_max` for each field.
///
/// # Errors
/// When the database can't be asked.
pub fn gather_referrers(
    reader: &mut Reader<'_>,
    schema: &Schema,
    deleted: &[(TypeIndex, RecordId)],
    protecting_max: usize,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let mut sorted: BTreeMap<TypeIndex, Vec<i64>> = BTreeMap::new();
    for (type_index, id) in deleted {
        facts.referrers.entry((*type_index, *id)).or_default();
        sorted.entry(*type_index).or_default().push(id.0);
    }
    for (type_index, ids) in sorted {
        for (from, field) in schema.referrers(type_index) {
            let protects = matches!(
                field.kind,
                Kind::Ref { on_delete: OnDelete::Protect, .. }
                    | Kind::Refs { on_delete: OnDelete::Protect, .. }
            );
            let limit = protects.then_some(protecting_max);
            let mut whole = Vec::new();
            for (target, id) in referrers(reader, from, field, ids.clone(), limit)? {
                let referrer = Referrer { type_index: from.index, field: field.index, id };
                facts.referrers.entry((type_index, target)).or_default().push(referrer);
                if !protects && !facts.records.contains_key(&(from.index, id)) {
                    whole.push(id);
                }
            }
            for ids in whole.chunks(LOOKED_FOR_AT_ONCE) {
                records(reader, schema, from, &Wanted::Ids(ids), facts)?;
            }
        }
    }
    Ok(())
}

/// Pairs of a record that is referred to and one that refers to it.
fn referrers(
    reader: &mut Reader<'_>,
    from: &Type,
    field: &domain::schema::Field,
    ids: Vec<i64>,
    limit: Option<usize>,
) -> Result<Vec<(RecordId, RecordId)>, StoreError> {
    let (table, target, record) = if field.kind.is_refs() {
        (names::links(from, field), "target".to_owned(), "record")
    } else {
        (names::records(from), names::column(field), "id")
    };
    let mut statement = Statement::new(&format!("SELECT {target}, {record} FROM {table} WHERE "));
    reader.dialect().any(&target, Param::Integers(ids), &mut statement);
    statement.push(&format!(" ORDER BY {target}, {record}"));
    if let Some(limit) = limit {
        statement.limit(i64::try_from(limit).unwrap_or(i64::MAX));
    }
    reader.query(&statement, |row| Ok((RecordId(row.integer(0)?), RecordId(row.integer(1)?))))
}
