//! How many records have each value of a field.

use std::collections::HashMap;

use domain::query::order::default_order;
use domain::query::{Column, Expr, Page, Plan, Stored, Test};
use domain::record::RecordId;
use domain::schema::{FieldIndex, Schema, TypeIndex};
use domain::value::{Value, label};

use super::condition::Condition;
use super::find::find;
use super::moment::Moment;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::names;

/// A value, and how many records have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// As a filter takes it: an id, a word.
    pub word: String,
    /// As people read it.
    pub label: String,
    /// The record pointed to, of a `ref` field.
    pub id: Option<RecordId>,
    /// How many have it.
    pub count: u64,
}

/// Counts the records that a plan matches by their values of a field that holds one of some few, the
/// most frequent first; at most `limit`, and none for records without a value.
///
/// # Errors
/// When the database can't be asked.
pub fn tally(
    reader: &mut Reader<'_>,
    schema: &Schema,
    plan: &Plan,
    field: FieldIndex,
    limit: u32,
) -> Result<Vec<Counted>, StoreError> {
    let of = schema.get(plan.type_index);
    let (field, moment) = (of.field(field), Moment::from(plan.as_of));
    let column = format!("r.{}", names::column(field));
    let mut statement = moment.statement("SELECT ");
    statement.push(&column).push(", count(*) FROM ").push(&moment.records(of, "r"));
    statement.push(" WHERE ").push(&column).push(" IS NOT NULL AND ");
    let condition = Condition { schema, moment, dialect: reader.dialect(), of, prefix: "r." };
    condition.write(&plan.filter, &mut statement);
    statement.push(" GROUP BY 1 ORDER BY 2 DESC, 1");
    statement.limit(i64::from(limit));
    let counted = reader.query(&statement, |row| Ok((row.stored(0)?, row.integer(1)?)))?;
    let mut counted: Vec<Counted> = counted
        .into_iter()
        .map(|(value, count)| {
            let count = u64::try_from(count).unwrap_or(0);
            let (word, id) = match value {
                Stored::Integer(number) => (number.to_string(), Some(RecordId(number))),
                Stored::Text(text) => (text, None),
                Stored::Bytes(_) | Stored::Null => (String::new(), None),
            };
            Counted { label: word.clone(), word, id, count }
        })
        .collect();
    match field.kind.target() {
        Some(target) => name(reader, schema, target, &mut counted)?,
        None => counted.iter_mut().for_each(|one| one.id = None),
    }
    Ok(counted)
}

/// Gives what is counted the names that the records pointed to have today.
fn name(
    reader: &mut Reader<'_>,
    schema: &Schema,
    target: TypeIndex,
    counted: &mut [Counted],
) -> Result<(), StoreError> {
    let of = schema.get(target);
    let ids = counted.iter().filter_map(|one| one.id).map(|id| Value::Integer(id.0)).collect();
    let limit = u32::try_from(counted.len()).unwrap_or(u32::MAX);
    let plan = Plan {
        type_index: target,
        filter: Expr::Test(Column::Id, Test::In(ids)),
        order: default_order(of),
        page: Page::Offset { offset: 0, limit },
        count: false,
        as_of: None,
    };
    let records = find(reader, schema, &plan, None)?.records;
    let names: HashMap<RecordId, String> = records
        .into_iter()
        .map(|record| {
            let key = of.key.iter().filter_map(|part| record.fields.get(*part).cloned());
            (record.id, label(&key.collect::<Vec<_>>()))
        })
        .collect();
    for one in counted {
        if let Some(name) = one.id.and_then(|id| names.get(&id)) {
            one.label.clone_from(name);
        }
    }
    Ok(())
}
