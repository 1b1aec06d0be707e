//! A read, as a value: which records of a type, in which order, which part of them.
//!
//! A [`Plan`] is made from text by [`crate::filter`] and [`order`], and turned into SQL by the
//! `sql` crate. All it names has been resolved against the schema.

mod cursor;
pub mod order;

use ipnet::IpNet;

use crate::filter::pattern::Pattern;
use crate::record::{CommitNumber, RecordId};
use crate::schema::{FieldIndex, TypeIndex};
use crate::value::Value;

/// The most records on one page.
pub const PAGE_SIZE_MAX: u32 = 1_000;
/// The records on a page when nobody says.
pub const PAGE_SIZE_DEFAULT: u32 = 50;
/// The most conditions of one filter: what a page of advanced search needs several times over,
/// and what both databases plan in no time.
pub const CONDITIONS_MAX: usize = 100;
/// The most references that a filter or an order follows, one after the other.
pub const PATH_LENGTH_MAX: usize = 8;
/// The most columns to order by.
pub const ORDER_COLUMNS_MAX: usize = 8;

/// Which records to read, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The type.
    pub type_index: TypeIndex,
    /// What must hold of a record.
    pub filter: Expr,
    /// The order; the id is always the last, unwritten, tie-breaker (ascending).
    pub order: Vec<OrderBy>,
    /// Which part.
    pub page: Page,
    /// Whether to count all that the filter matches.
    pub count: bool,
    /// After which commit; `None` for now.
    pub as_of: Option<CommitNumber>,
}

/// Which part of the ordered records to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// From a place counted from the start.
    Offset {
        /// Records to skip.
        offset: u64,
        /// Records to read; 1 to [`PAGE_SIZE_MAX`].
        limit: u32,
    },
    /// From a record seen before.
    Cursor {
        /// The record and the direction.
        cursor: Cursor,
        /// Records to read; 1 to [`PAGE_SIZE_MAX`].
        limit: u32,
    },
    /// Everything, for exports, which read it in pieces.
    All,
}

/// A place in an ordered list, just before or just after a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Read on from the record (`true`), or the page that ends before it (`false`).
    pub forward: bool,
    /// The record's values of the order's columns, as they are stored and compared.
    pub values: Vec<Stored>,
    /// The record's id.
    pub id: RecordId,
}

/// A value as both databases store and compare it: three storage classes, so that order and
/// equality are the same in both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stored {
    /// Null; sorts as the order says: last when ascending, first when descending.
    Null,
    /// A number, boolean, date (days since 1970) or datetime (microseconds since 1970).
    Integer(i64),
    /// Text, compared by code point.
    Text(String),
    /// Ordered bytes: an address, network, hardware address or decimal.
    Bytes(Vec<u8>),
}

impl Stored {
    /// The value, borrowed.
    pub fn borrowed(&self) -> StoredRef<'_> {
        match self {
            Self::Null => StoredRef::Null,
            Self::Integer(number) => StoredRef::Integer(*number),
            Self::Text(text) => StoredRef::Text(text),
            Self::Bytes(bytes) => StoredRef::Bytes(bytes),
        }
    }
}

/// A [`Stored`] value that lies in an answer of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredRef<'a> {
    /// Null.
    Null,
    /// A number, boolean, date or datetime.
    Integer(i64),
    /// Text.
    Text(&'a str),
    /// Ordered bytes.
    Bytes(&'a [u8]),
}

impl StoredRef<'_> {
    /// The value as one of its own.
    pub fn to_owned(self) -> Stored {
        match self {
            Self::Null => Stored::Null,
            Self::Integer(number) => Stored::Integer(number),
            Self::Text(text) => Stored::Text(text.to_owned()),
            Self::Bytes(bytes) => Stored::Bytes(bytes.to_vec()),
        }
    }
}

/// One column to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// The `ref` fields to follow first, outermost first.
    pub path: Vec<FieldIndex>,
    /// The column of the type that the path ends at.
    pub column: Column,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A column of a record: a field, or what every record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The id.
    Id,
    /// The revision.
    Revision,
    /// When it was added.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Who changed it last.
    ChangedBy,
    /// A field; never a `refs` field in an order.
    Field(FieldIndex),
}

/// What must hold of a record.
///
/// Null is never equal to, less than or like anything; [`Expr::Not`] is true wherever its inside
/// is not, null included, as Django's `exclude` is.
#[derive(Clone, Debug)]
pub enum Expr {
    /// All of them; true when empty.
    And(Vec<Expr>),
    /// Any of them; false when empty.
    Or(Vec<Expr>),
    /// Not so.
    Not(Box<Expr>),
    /// A record that a `ref` or `refs` field points to satisfies the inside.
    Via(FieldIndex, Box<Expr>),
    /// A `ref` or `refs` field points to any of these.
    PointsTo(FieldIndex, Vec<RecordId>),
    /// A `ref` field is null, or a `refs` field empty.
    PointsNowhere(FieldIndex),
    /// A test of one column that is no reference.
    Test(Column, Test),
    /// Some searched field holds this text, case folded; three characters or more find it
    /// anywhere, fewer at the beginning of a field that is no long text.
    Search(String),
}

impl Expr {
    /// True of every record.
    pub fn all() -> Self {
        Self::And(Vec::new())
    }

    /// Whether it tests nothing, and so is true of every record.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(parts) if parts.iter().all(Self::is_all))
    }
}

/// A test of one value.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is null.
    IsNull,
    /// It is equal to one of these, exactly.
    In(Vec<Value>),
    /// It stands so to a value.
    Compare(Comparison, Value),
    /// Its text form stands so to a text.
    Text(TextTest),
    /// Its text form matches a regular expression.
    Matches(Pattern),
    /// The address or network lies inside a network (or is it).
    Inside(IpNet),
    /// A part of a date or datetime, in UTC, is one of these numbers.
    PartIn(DatePart, Vec<i64>),
    /// A part of a date or datetime, in UTC, stands so to a number.
    PartCompare(DatePart, Comparison, i64),
}

/// How two values stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How a text form stands to a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTest {
    /// Where the text must stand.
    pub place: Place,
    /// The text; folded already when `folded`.
    pub text: String,
    /// Whether case is folded on both sides.
    pub folded: bool,
}

/// Where one text stands in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the whole.
    Whole,
    /// Anywhere.
    Anywhere,
    /// At the start.
    Start,
    /// At the end.
    End,
}

/// A part of a date or of a moment in UTC, as Django names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatePart {
    /// The calendar year.
    Year,
    /// The year that the ISO week belongs to.
    IsoYear,
    /// 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// The ISO week, 1 to 53.
    Week,
    /// 1 (Sunday) to 7 (Saturday).
    WeekDay,
    /// 1 (Monday) to 7 (Sunday).
    IsoWeekDay,
    /// 1 to 31.
    Day,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59.
    Second,
}
