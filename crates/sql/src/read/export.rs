//! Everything that a plan matches, in pieces that memory holds whatever the size.

use std::collections::HashMap;

use domain::query::{Column, Cursor, OrderBy, Page, Plan};
use domain::record::{Record, RecordId};
use domain::schema::{Schema, Type};

use super::commits::check_known;
use super::condition::Condition;
use super::find::find;
use super::keyset::Keyset;
use super::record::{RecordQuery, read_records};
use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Param;
use crate::tables::needs_index;

/// Records read at once by an export.
const BATCH: u32 = 500;

/// A piece of an export: records, and how to go on.
#[derive(Debug)]
pub struct Batch {
    /// The records.
    pub records: Vec<Record>,
    /// What to hand in for the next piece; `None` when this was the last.
    pub next: Option<Position>,
}

/// How far an export has come.
#[derive(Debug)]
pub enum Position {
    /// At a cursor, where the order has an index.
    After(Cursor),
    /// At a place in the list of all ids, where it has none: sorting once beats sorting for each
    /// piece.
    Ids(std::vec::IntoIter<i64>),
}

/// Reads the next piece of everything that a plan matches. All pieces of an export must be read in
/// one transaction.
///
/// # Errors
/// When the database can't be asked.
pub fn export_batch(
    reader: &mut Reader<'_>,
    schema: &Schema,
    plan: &Plan,
    position: Option<Position>,
) -> Result<Batch, StoreError> {
    let of = schema.get(plan.type_index);
    let ids = match position {
        Some(Position::Ids(ids)) => ids,
        None if !has_index(of, &plan.order) => {
            matching_ids(reader, schema, of, plan, None)?.into_iter()
        }
        after => {
            let page = match after {
                Some(Position::After(cursor)) => Page::Cursor { cursor, limit: BATCH },
                _ => Page::Offset { offset: 0, limit: BATCH },
            };
            let plan = Plan { page, count: false, ..plan.clone() };
            let found = find(reader, schema, &plan, None)?;
            return Ok(Batch { records: found.records, next: found.next.map(Position::After) });
        }
    };
    let query = RecordQuery { schema, of, moment: plan.as_of.into() };
    by_ids(reader, &query, ids)
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
    let of = schema.get(plan.type_index);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let ids = matching_ids(reader, schema, of, plan, Some(limit))?;
    Ok(ids.into_iter().map(RecordId).collect())
}

fn by_ids(
    reader: &mut Reader<'_>,
    query: &RecordQuery<'_>,
    mut ids: std::vec::IntoIter<i64>,
) -> Result<Batch, StoreError> {
    let piece: Vec<i64> = ids.by_ref().take(BATCH as usize).collect();
    let places: HashMap<RecordId, usize> =
        piece.iter().enumerate().map(|(place, id)| (RecordId(*id), place)).collect();
    let mut statement = query.moment.statement("SELECT ");
    statement.push(&query.columns()).push(" FROM ").push(&query.tables()).push(" WHERE ");
    reader.dialect().any("r.id", Param::Integers(piece), &mut statement);
    let mut records = read_records(reader, query, &statement)?;
    records.sort_by_key(|record| places.get(&record.id).copied());
    let next = (ids.len() > 0).then_some(Position::Ids(ids));
    Ok(Batch { records, next })
}

fn matching_ids(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    plan: &Plan,
    limit: Option<i64>,
) -> Result<Vec<i64>, StoreError> {
    let query = RecordQuery { schema, of, moment: plan.as_of.into() };
    check_known(reader, plan.as_of)?;
    let keyset = Keyset::new(&query, &plan.order, false);
    let mut statement = query.moment.statement("SELECT r.id FROM ");
    statement.push(&query.tables()).push(&keyset.joins).push(" WHERE ");
    let (dialect, moment) = (reader.dialect(), query.moment);
    let condition = Condition { schema, moment, dialect, of, prefix: "r." };
    condition.write(&plan.filter, &mut statement);
    keyset.write_order(&mut statement);
    if let Some(limit) = limit {
        statement.limit(limit);
    }
    reader.query(&statement, |row| row.integer(0))
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
