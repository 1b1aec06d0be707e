//! Pages, and single records.

use domain::change::Target;
use domain::query::{Cursor, Expr, Page, Plan, Stored};
use domain::record::{CommitNumber, Record};
use domain::schema::{Schema, Type};

use super::commits::check_known;
use super::condition::Condition;
use super::heads::records_at;
use super::keyset::Keyset;
use super::moment::Moment;
use super::record::{Keys, RecordQuery, add_links, read_records, read_row};
use crate::engine::Reader;
use crate::error::StoreError;
use crate::names;
use crate::statement::Statement;

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

/// Reads one page, with a number of statements that depends on the type alone. Where whoever reads
/// may see only some records of the type, `within` says which, and the total is of those.
///
/// # Errors
/// When the database can't be asked.
pub fn find(
    reader: &mut Reader<'_>,
    schema: &Schema,
    plan: &Plan,
    within: Option<&Expr>,
) -> Result<Found, StoreError> {
    let of = schema.get(plan.type_index);
    check_known(reader, plan.as_of)?;
    let total = match within {
        Some(within) => count(reader, schema, of, (within, plan.as_of))?,
        None => whole(records_at(reader, of, plan.as_of.into())?),
    };
    let count = match (plan.count, &plan.filter) {
        (false, _) => None,
        (true, filter) if filter.is_all() => Some(total),
        (true, filter) => Some(count(reader, schema, of, (filter, plan.as_of))?),
    };
    let page = PageRead::new(plan);
    let Rows { mut records, first_key, last_key } = page.run(reader, schema, of, plan)?;
    let has_more = records.len() > page.limit as usize;
    records.truncate(page.limit as usize);
    let cursor = |key: Option<Vec<Stored>>, record: Option<&Record>, forward| {
        key.zip(record).map(|(values, record)| Cursor { forward, values, id: record.id })
    };
    let start = cursor(first_key, records.first(), page.reverse);
    let end = cursor(last_key, records.last(), !page.reverse).filter(|_| has_more);
    let (previous, next) = if page.reverse {
        // Read backwards: there is a next page for sure, the one that was come from.
        records.reverse();
        (end, start)
    } else {
        (start.filter(|_| page.skips), end)
    };
    Ok(Found { records, count, total, next, previous })
}

/// The rows of a page in the order in which they were read, and the values of the order's columns
/// of the first and of the last that fits the page.
struct Rows {
    records: Vec<Record>,
    first_key: Option<Vec<Stored>>,
    last_key: Option<Vec<Stored>>,
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
            Page::All => {
                Self { offset: 0, limit: u32::MAX, after: None, reverse: false, skips: false }
            }
        }
    }

    fn write_bounds(&self, to: &mut Statement) {
        to.limit(i64::from(self.limit).saturating_add(1));
        if self.offset > 0 {
            let offset = i64::try_from(self.offset).unwrap_or(i64::MAX);
            to.push(" OFFSET ").bind(offset);
        }
    }

    /// Reads the records, one more than the limit if there is one.
    fn run(
        &self,
        reader: &mut Reader<'_>,
        schema: &Schema,
        of: &Type,
        plan: &Plan,
    ) -> Result<Rows, StoreError> {
        let query = RecordQuery { schema, of, moment: plan.as_of.into() };
        let keyset = Keyset::new(&query, &plan.order, self.reverse);
        let mut statement = query.moment.statement("SELECT ");
        statement.push(&query.columns());
        for column in keyset.columns() {
            statement.push(", ").push(column);
        }
        let (dialect, moment) = (reader.dialect(), query.moment);
        let condition = Condition { schema, moment, dialect, of, prefix: "r." };
        statement.push(" FROM ");
        // What is skipped is joined to nothing.
        let joins_late = self.offset > 0 || dialect.joins_late();
        let joins_late = joins_late && plan.order.iter().all(|by| by.path.is_empty());
        if joins_late {
            statement.push("(SELECT r.* FROM ").push(&moment.records(of, "r"));
        } else {
            statement.push(&query.tables()).push(&keyset.joins);
        }
        statement.push(" WHERE ");
        condition.write(&plan.filter, &mut statement);
        if let Some(cursor) = self.after {
            statement.push(" AND ");
            keyset.write_after(cursor, &mut statement);
        }
        keyset.write_order(&mut statement);
        self.write_bounds(&mut statement);
        if joins_late {
            statement.push(") r").push(&query.tables_around(String::new()));
            keyset.write_order(&mut statement);
        }
        let key_columns = query.width()..query.width().saturating_add(plan.order.len());
        let mut keys = Keys::default();
        let (mut place, mut first_key, mut last_key) = (0_u32, None, None);
        let mut records = reader.query(&statement, |row| {
            place = place.saturating_add(1);
            if place == 1 || place == self.limit {
                let key = key_columns.clone().map(|column| row.stored(column));
                let key: Vec<Stored> = key.collect::<Result<_, _>>()?;
                if place == 1 {
                    first_key = Some(key.clone());
                }
                last_key = Some(key);
            }
            read_row(&query, &mut keys, row)
        })?;
        add_links(reader, &query, &mut records)?;
        Ok(Rows { records, first_key, last_key })
    }
}

fn count(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    (filter, as_of): (&Expr, Option<CommitNumber>),
) -> Result<u64, StoreError> {
    let moment = Moment::from(as_of);
    let mut statement = moment.statement("SELECT count(*) FROM ");
    statement.push(&moment.records(of, "r")).push(" WHERE ");
    let condition = Condition { schema, moment, dialect: reader.dialect(), of, prefix: "" };
    condition.write(filter, &mut statement);
    Ok(whole(reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0)))
}

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Reads one record, now or as it stood after a commit; `None` when there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn get(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    target: &Target,
    as_of: Option<CommitNumber>,
) -> Result<Option<Record>, StoreError> {
    check_known(reader, as_of)?;
    let query = RecordQuery { schema, of, moment: as_of.into() };
    let mut statement = query.moment.statement("SELECT ");
    statement.push(&query.columns()).push(" FROM ");
    match target {
        Target::Id(id) => {
            let id = statement.parameter(id.0);
            let (table, condition) = query.moment.one(of, "r", &id);
            statement.push(&query.tables_around(table)).push(" WHERE ").push(&condition);
        }
        Target::Key(key) => {
            statement.push(&query.tables()).push(" WHERE ");
            for (place, (field, value)) in of.key_fields().zip(key).enumerate() {
                let and = if place > 0 { " AND r." } else { "r." };
                statement.push(and).push(&names::column(field)).push(" = ");
                statement.bind(value.to_stored());
            }
        }
    }
    Ok(read_records(reader, &query, &statement)?.into_iter().next())
}
