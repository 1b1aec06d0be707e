//! Everything that a plan matches, in pieces that memory holds whatever the size, by as many
//! statements however much it is.

use std::ops::ControlFlow;

use domain::query::{Column, OrderBy, Plan};
use domain::record::{Record, RecordId};
use domain::schema::{Schema, Type};

use super::commits::check_known;
use super::condition::Condition;
use super::entire::{Entire, Visible};
use super::heads::head;
use super::keyset::Keyset;
use super::record::RecordQuery;
use crate::dialect::Dialect;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::tables::needs_index;

/// Reads everything that a plan matches, and gives it to `take` piece by piece, which may break it
/// off. References to what is not `visible` come without their keys.
///
/// # Errors
/// When the database can't be asked.
pub fn export(
    reader: &mut Reader<'_>,
    schema: &Schema,
    plan: &Plan,
    visible: Visible<'_>,
    take: impl FnMut(Vec<Record>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    check_known(reader, plan.as_of)?;
    let (of, dialect) = (schema.get(plan.type_index), reader.dialect());
    let query = RecordQuery { schema, of, moment: plan.as_of.into() };
    // What is sorted is their ids alone: whole rows would fill the memory, or be waited for too long.
    let (ids, count) = if is_sorted(of, plan) {
        (None, usize::try_from(head(reader, of)?.records).unwrap_or_default())
    } else {
        let ids = matching_ids(reader, schema, of, plan, None)?;
        let count = ids.len();
        (Some(ids), count)
    };
    let mut entire = Entire::new(reader, &query, visible, count)?;
    let mut statement = query.moment.statement("SELECT ");
    entire.write_columns(&mut statement);
    statement.push(" FROM ");
    if let Some(ids) = ids {
        dialect.each_in_order(ids, &mut statement);
        let (table, condition) = query.moment.one(of, "r", "i.value");
        statement.push(" CROSS JOIN ").push(&query.tables_around(table));
        statement.push(" WHERE ").push(&condition).push(dialect.order_of_each());
    } else {
        write_matching(&query, plan, dialect, &mut statement);
    }
    reader.stream(&statement, |row| entire.read(row), take)
}

/// The ids of the records that a plan matches, in its order; no more than one over `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn ids(
    reader: &mut Reader<'_>,
    schema: &Schema,
    plan: &Plan,
    limit: usize,
) -> Result<Vec<RecordId>, StoreError> {
    check_known(reader, plan.as_of)?;
    let of = schema.get(plan.type_index);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let ids = matching_ids(reader, schema, of, plan, Some(limit))?;
    Ok(ids.into_iter().map(RecordId).collect())
}

fn matching_ids(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    plan: &Plan,
    limit: Option<i64>,
) -> Result<Vec<i64>, StoreError> {
    let query = RecordQuery { schema, of, moment: plan.as_of.into() };
    let mut statement = query.moment.statement("SELECT r.id FROM ");
    write_matching(&query, plan, reader.dialect(), &mut statement);
    if let Some(limit) = limit {
        statement.limit(limit);
    }
    reader.query(&statement, |row| row.integer(0))
}

/// Appends the tables, the condition and the order of a plan.
fn write_matching(query: &RecordQuery<'_>, plan: &Plan, dialect: Dialect, to: &mut Statement) {
    let RecordQuery { schema, of, moment } = *query;
    let keyset = Keyset::new(query, &plan.order, false);
    to.push(&query.tables()).push(&keyset.joins).push(" WHERE ");
    Condition { schema, moment, dialect, of, prefix: "r." }.write(&plan.filter, to);
    keyset.write_order(to);
}

/// Whether an index gives all of the records in the order of the plan.
fn is_sorted(of: &Type, plan: &Plan) -> bool {
    plan.filter.is_all() && plan.as_of.is_none() && has_index(of, &plan.order)
}

/// Whether an index gives this order: the id, or one required column that has one.
fn has_index(of: &Type, order: &[OrderBy]) -> bool {
    match order {
        [] => true,
        [by] if by.path.is_empty() => match by.column {
            Column::Id => true,
            Column::Field(field) => {
                let field = of.field(field);
                field.required && (field.unique || needs_index(of, field))
            }
            Column::Revision | Column::CreatedAt | Column::UpdatedAt | Column::ChangedBy => false,
        },
        _ => false,
    }
}
