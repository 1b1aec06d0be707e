//! What filters and orders mean, written as plainly as can be: the register in memory, and an
//! `Expr` evaluated over it. This is the specification that both databases are held to.

use std::cmp::Ordering;
use std::net::IpAddr;

use chrono::{Datelike, NaiveDateTime, Timelike};
use domain::query::{Column, Comparison, DatePart, Expr, OrderBy, Place, Test, TextTest};
use domain::record::{CommitNumber, Record, RecordId};
use domain::schema::{Kind, Schema, Type, TypeIndex};
use domain::value::{Decimal, Value, fold};

/// The fewest characters that a search finds anywhere in a text.
const ANYWHERE: usize = 3;

/// The register, in memory.
pub(crate) struct World {
    pub(crate) schema: Schema,
    /// The records of each type, by id.
    pub(crate) records: Vec<Vec<Record>>,
    /// The commit after which it stood so; `None` for now.
    pub(crate) as_of: Option<CommitNumber>,
}

impl World {
    pub(crate) fn of(&self, type_index: TypeIndex) -> &[Record] {
        &self.records[type_index.0]
    }

    pub(crate) fn record(&self, type_index: TypeIndex, id: RecordId) -> Option<&Record> {
        self.of(type_index).iter().find(|record| record.id == id)
    }

    /// The ids of the records that satisfy a filter, in an order.
    pub(crate) fn find(&self, of: &Type, filter: &Expr, order: &[OrderBy]) -> Vec<i64> {
        let mut found: Vec<&Record> =
            self.of(of.index).iter().filter(|record| self.holds(of, filter, record)).collect();
        found.sort_by(|a, b| self.compare(of, order, a, b));
        found.iter().map(|record| record.id.0).collect()
    }

    fn holds(&self, of: &Type, expr: &Expr, record: &Record) -> bool {
        match expr {
            Expr::And(parts) => parts.iter().all(|part| self.holds(of, part, record)),
            Expr::Or(parts) => parts.iter().any(|part| self.holds(of, part, record)),
            Expr::Not(inside) => !self.holds(of, inside, record),
            Expr::Via(field, inside) => {
                let target = self.schema.get(of.field(*field).kind.target().unwrap());
                points_to(record.fields.get(*field))
                    .into_iter()
                    .filter_map(|id| self.record(target.index, id))
                    .any(|behind| self.holds(target, inside, behind))
            }
            Expr::PointsTo(field, ids) => {
                points_to(record.fields.get(*field)).iter().any(|id| ids.contains(id))
            }
            Expr::PointsNowhere(field) => points_to(record.fields.get(*field)).is_empty(),
            Expr::Test(column, test) => match (value(record, *column), test) {
                (None, test) => matches!(test, Test::IsNull),
                (Some(value), test) => passes(&kind(of, *column), &value, test),
            },
            Expr::Search(term) => searched(of, record, term),
        }
    }

    /// Nulls are the last when ascending and the first when descending; the id breaks ties, in the
    /// direction of the last column.
    fn compare(&self, of: &Type, order: &[OrderBy], a: &Record, b: &Record) -> Ordering {
        for by in order {
            let ordering = match (self.key(of, by, a), self.key(of, by, b)) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) => a.cmp(&b),
            };
            let ordering = directed(ordering, by.descending);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        let descending = order.last().is_some_and(|by| by.descending);
        directed(a.id.cmp(&b.id), descending)
    }

    fn key(&self, of: &Type, by: &OrderBy, record: &Record) -> Option<Key> {
        let (mut of, mut record) = (of, record);
        for field in &by.path {
            let target = of.field(*field).kind.target().unwrap();
            let id = *points_to(record.fields.get(*field)).first()?;
            record = self.record(target, id)?;
            of = self.schema.get(target);
        }
        Some(Key::of(&kind(of, by.column), &value(record, by.column)?))
    }
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

fn points_to(value: Option<&Value>) -> Vec<RecordId> {
    match value {
        Some(Value::Ref(reference)) => vec![reference.id],
        Some(Value::Refs(references)) => references.iter().map(|r| r.id).collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn value(record: &Record, column: Column) -> Option<Value> {
    match column {
        Column::Id => Some(Value::Integer(record.id.0)),
        Column::Revision => Some(Value::Integer(record.revision.0)),
        Column::CreatedAt => Some(Value::Datetime(record.created_at)),
        Column::UpdatedAt => Some(Value::Datetime(record.updated_at)),
        Column::ChangedBy => Some(Value::Text(record.changed_by.clone())),
        Column::Field(field) => record.fields.get(field).cloned(),
    }
}

pub(crate) fn kind(of: &Type, column: Column) -> Kind {
    match column {
        Column::Id | Column::Revision => Kind::Integer { min: None, max: None },
        Column::CreatedAt | Column::UpdatedAt => Kind::Datetime,
        Column::ChangedBy => {
            Kind::Text(domain::schema::TextRules { max_length: usize::MAX, pattern: None })
        }
        Column::Field(field) => of.field(field).kind.clone(),
    }
}

/// What order and less and greater compare.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Decimal(Decimal),
    Moment(NaiveDateTime),
    Text(String),
    /// An address, v4 before v6; a network by its address, then the wider first.
    Address(IpAddr, u8),
    Bytes([u8; 6]),
}

impl Key {
    fn of(kind: &Kind, value: &Value) -> Self {
        match value {
            Value::Text(text) if kind.is_textual() => Self::Text(fold(text)),
            Value::Text(text) | Value::Json(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Number(*number),
            Value::Decimal(number) => Self::Decimal(number.clone()),
            Value::Boolean(truth) => Self::Number(i64::from(*truth)),
            Value::Date(_) | Value::Datetime(_) => Self::Moment(moment(value)),
            Value::Ip(address) => Self::Address(*address, 0),
            Value::Network(network) => Self::Address(network.network(), network.prefix_len()),
            Value::Mac(bytes) => Self::Bytes(*bytes),
            Value::Ref(_) | Value::Refs(_) => panic!("a reference has no order"),
        }
    }
}

fn passes(kind: &Kind, value: &Value, test: &Test) -> bool {
    match test {
        Test::IsNull => false,
        Test::In(values) => values.contains(value),
        Test::Compare(comparison, other) => {
            compares(&Key::of(kind, value), *comparison, &Key::of(kind, other))
        }
        Test::Text(test) => text_passes(&value.to_text(), test),
        Test::Matches(pattern) => pattern.compile().unwrap().is_match(&value.to_text()),
        Test::Inside(network) => match value {
            Value::Ip(address) => network.contains(address),
            Value::Network(inner) => network.contains(inner),
            _ => panic!("{value:?} is no address"),
        },
        Test::PartIn(part, numbers) => numbers.contains(&part_of(value, *part)),
        Test::PartCompare(part, comparison, number) => {
            compares(&part_of(value, *part), *comparison, number)
        }
    }
}

fn compares<T: Ord>(value: &T, comparison: Comparison, other: &T) -> bool {
    match comparison {
        Comparison::Less => value < other,
        Comparison::LessOrEqual => value <= other,
        Comparison::Greater => value > other,
        Comparison::GreaterOrEqual => value >= other,
    }
}

fn text_passes(text: &str, wanted: &TextTest) -> bool {
    let text = if wanted.folded { fold(text) } else { text.to_owned() };
    match wanted.place {
        Place::Whole => text == wanted.text,
        Place::Anywhere => text.contains(&wanted.text),
        Place::Start => text.starts_with(&wanted.text),
        Place::End => text.ends_with(&wanted.text),
    }
}

fn searched(of: &Type, record: &Record, term: &str) -> bool {
    let anywhere = term.chars().count() >= ANYWHERE;
    of.fields
        .iter()
        .filter(|field| field.searched)
        .filter(|field| anywhere || !matches!(field.kind, Kind::LongText(_)))
        .filter_map(|field| record.fields.get(field.index))
        .map(|value| fold(&value.to_text()))
        .any(|text| if anywhere { text.contains(term) } else { text.starts_with(term) })
}

fn moment(value: &Value) -> NaiveDateTime {
    match value {
        Value::Date(day) => day.and_hms_opt(0, 0, 0).unwrap(),
        Value::Datetime(moment) => moment.naive_utc(),
        _ => panic!("{value:?} is no time"),
    }
}

pub(crate) fn part_of(value: &Value, part: DatePart) -> i64 {
    let moment = moment(value);
    match part {
        DatePart::Year => i64::from(moment.year()),
        DatePart::IsoYear => i64::from(moment.iso_week().year()),
        DatePart::Quarter => i64::from((moment.month() - 1) / 3 + 1),
        DatePart::Month => moment.month().into(),
        DatePart::Week => moment.iso_week().week().into(),
        DatePart::WeekDay => moment.weekday().number_from_sunday().into(),
        DatePart::IsoWeekDay => moment.weekday().number_from_monday().into(),
        DatePart::Day => moment.day().into(),
        DatePart::Hour => moment.hour().into(),
        DatePart::Minute => moment.minute().into(),
        DatePart::Second => moment.second().into(),
    }
}
