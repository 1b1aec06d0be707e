//! Plans to pages.

use domain::change::Target;
use domain::query::{Column, Cursor, Expr, OrderBy, Page, Plan};
use domain::record::{Record, RecordId};
use domain::schema::{Schema, Type};

use super::condition::Condition;
use super::heads::head;
use super::keyset::Keyset;
use super::record::{RecordQuery, read_records, read_row};
use crate::engine::Reader;
use crate::error::StoreError;
use crate::names;
use crate::statement::{Param, Statement};

/// Records read at once by an export.
const BATCH: u32 = 500;

/// One page of records.
#[derive(Clone, Debug)]
pub struct Found {
    /// The records, in the plan's order.
    pub records: Vec<Record>,
    /// How many the filter matches, where the plan asks for it.
    pub count: Option<u64>,
    /// How many there are of the type, whatever the filter.
    pub total: u64,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// Where the page before ends; `None` on the first one.
    pub previous: Option<Cursor>,
}

/// Reads one page, with a number of statements that depends on the type alone.
///
/// # Errors
/// When the database can't be asked.
pub fn find(reader: &mut Reader<'_>, schema: &Schema, plan: &Plan) -> Result<Found, StoreError> {
    let of = schema.get(plan.type_index);
    let total = u64::try_from(head(reader, of)?.records).unwrap_or(0);
    let count = match (plan.count, &plan.filter) {
        (false, _) => None,
        (true, Expr::And(parts)) if parts.is_empty() => Some(total),
        (true, filter) => Some(count(reader, schema, of, filter)?),
    };
    let page = PageRead::new(plan);
    let (mut records, mut keys) = page.run(reader, schema, of, plan)?;
    let has_more = records.len() as u64 > u64::from(page.limit);
    if has_more {
        records.pop();
        keys.pop();
    }
    if page.reverse {
        records.reverse();
        keys.reverse();
    }
    let cursor = |at: Option<(&Record, Vec<_>)>, forward| {
        at.map(|(record, values)| Cursor {
            forward,
            values,
            id: record.id,
        })
    };
    let first = cursor(records.first().zip(keys.first().cloned()), false);
    let last = cursor(records.last().zip(keys.last().cloned()), true);
    // Going back, there is a next page for sure: the one that was come from.
    let next = if has_more || page.reverse { last } else { None };
    let previous = if page.skips && (has_more || !page.reverse) {
        first
    } else {
        None
    };
    Ok(Found {
        records,
        count,
        total,
        next,
        previous,
    })
}

/// How a page is read.
struct PageRead<'a> {
    offset: u64,
    limit: u32,
    after: Option<&'a Cursor>,
    reverse: bool,
    /// Whether there are records before the page.
    skips: bool,
}

impl<'a> PageRead<'a> {
    fn new(plan: &'a Plan) -> Self {
        match &plan.page {
            Page::Offset { offset, limit } => Self {
                offset: *offset,
                limit: *limit,
                after: None,
                reverse: false,
                skips: *offset > 0,
            },
            Page::Cursor { cursor, limit } => Self {
                offset: 0,
                limit: *limit,
                after: Some(cursor),
                reverse: !cursor.forward,
                skips: true,
            },
            Page::All => Self {
                offset: 0,
                limit: u32::MAX,
                after: None,
                reverse: false,
                skips: false,
            },
        }
    }

    /// The records, one more than the limit if there is one, and the values of their order's
    /// columns.
    #[expect(clippy::type_complexity, reason = "two columns of one table")]
    fn run(
        &self,
        reader: &mut Reader<'_>,
        schema: &Schema,
        of: &Type,
        plan: &Plan,
    ) -> Result<(Vec<Record>, Vec<Vec<domain::query::Stored>>), StoreError> {
        let query = RecordQuery { schema, of };
        let keyset = Keyset::new(schema, of, &plan.order, self.reverse);
        let mut statement = Statement::new("SELECT ");
        statement.push(&query.columns());
        for column in keyset.columns() {
            statement.push(", ").push(column);
        }
        statement
            .push(" FROM ")
            .push(&query.tables())
            .push(&keyset.joins)
            .push(" WHERE ");
        let condition = Condition {
            schema,
            dialect: reader.dialect(),
            of,
            prefix: "r.",
        };
        condition.write(&plan.filter, &mut statement);
        if let Some(cursor) = self.after {
            statement.push(" AND ");
            keyset.write_after(cursor, &mut statement);
        }
        keyset.write_order(&mut statement);
        let limit = i64::from(self.limit).saturating_add(1);
        statement.push(" LIMIT ").bind(limit);
        if self.offset > 0 {
            let offset = i64::try_from(self.offset).unwrap_or(i64::MAX);
            statement.push(" OFFSET ").bind(offset);
        }
        let (width, keys) = (query.width(), plan.order.len());
        let mut values = Vec::new();
        let mut records = reader.query(&statement, |row| {
            let key: Result<Vec<_>, _> = (0..keys)
                .map(|key| row.stored(width.saturating_add(key)))
                .collect();
            values.push(key?);
            read_row(&query, row)
        })?;
        super::record::add_links(reader, &query, &mut records)?;
        Ok((records, values))
    }
}

fn count(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    filter: &Expr,
) -> Result<u64, StoreError> {
    let mut statement = Statement::new("SELECT count(*) FROM ");
    statement.push(&names::records(of)).push(" WHERE ");
    let condition = Condition {
        schema,
        dialect: reader.dialect(),
        of,
        prefix: "",
    };
    condition.write(filter, &mut statement);
    let count = reader
        .query_one(&statement, |row| row.integer(0))?
        .unwrap_or(0);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Reads one record; `None` when there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn get(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    target: &Target,
) -> Result<Option<Record>, StoreError> {
    let query = RecordQuery { schema, of };
    let mut statement = Statement::new("SELECT ");
    statement
        .push(&query.columns())
        .push(" FROM ")
        .push(&query.tables())
        .push(" WHERE ");
    match target {
        Target::Id(id) => {
            statement.push("r.id = ").bind(id.0);
        }
        Target::Key(key) => {
            for (place, (field, value)) in of.key_fields().zip(key).enumerate() {
                let and = if place > 0 { " AND r." } else { "r." };
                statement.push(and).push(&names::column(field)).push(" = ");
                statement.bind(value.to_stored());
            }
        }
    }
    Ok(read_records(reader, &query, &statement)?.into_iter().next())
}

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
        None if !has_index(of, &plan.order) => all_ids(reader, schema, of, plan)?.into_iter(),
        after => {
            let page = match after {
                Some(Position::After(cursor)) => Page::Cursor {
                    cursor,
                    limit: BATCH,
                },
                _ => Page::Offset {
                    offset: 0,
                    limit: BATCH,
                },
            };
            let plan = Plan {
                page,
                count: false,
                ..plan.clone()
            };
            let found = find(reader, schema, &plan)?;
            return Ok(Batch {
                records: found.records,
                next: found.next.map(Position::After),
            });
        }
    };
    by_ids(reader, schema, of, ids)
}

fn by_ids(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    mut ids: std::vec::IntoIter<i64>,
) -> Result<Batch, StoreError> {
    let piece: Vec<i64> = ids.by_ref().take(BATCH as usize).collect();
    let places: std::collections::HashMap<RecordId, usize> = piece
        .iter()
        .enumerate()
        .map(|(place, id)| (RecordId(*id), place))
        .collect();
    let query = RecordQuery { schema, of };
    let mut statement = Statement::new("SELECT ");
    statement
        .push(&query.columns())
        .push(" FROM ")
        .push(&query.tables())
        .push(" WHERE ");
    reader
        .dialect()
        .any("r.id", Param::Integers(piece), &mut statement);
    let mut records = read_records(reader, &query, &statement)?;
    records.sort_by_key(|record| places.get(&record.id).copied());
    let next = (ids.len() > 0).then_some(Position::Ids(ids));
    Ok(Batch { records, next })
}

fn all_ids(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    plan: &Plan,
) -> Result<Vec<i64>, StoreError> {
    let query = RecordQuery { schema, of };
    let keyset = Keyset::new(schema, of, &plan.order, false);
    let mut statement = Statement::new("SELECT r.id FROM ");
    statement
        .push(&query.tables())
        .push(&keyset.joins)
        .push(" WHERE ");
    let condition = Condition {
        schema,
        dialect: reader.dialect(),
        of,
        prefix: "r.",
    };
    condition.write(&plan.filter, &mut statement);
    keyset.write_order(&mut statement);
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
                field.required && (field.unique || crate::tables::needs_index(of, field))
            }
            Column::Revision | Column::CreatedAt | Column::UpdatedAt | Column::ChangedBy => false,
        },
        _ => false,
    }
}
