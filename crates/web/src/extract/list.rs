//! What a request for a list asks: parameters to a plan, all faults told together.

use domain::fault::{Faults, FieldFault};
use domain::filter;
use domain::query::order::{default_order, order};
use domain::query::{Cursor, Expr, OrderBy, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Page, Plan};
use domain::record::Timestamp;
use domain::schema::{FieldIndex, Schema, Type};

use super::parameters::bad;
use super::{AsOf, Parameters, Projection, facets};

/// What a request for a page of a list asks.
#[derive(Clone, Debug)]
pub(crate) struct ListRequest {
    /// Which records.
    pub(crate) plan: Plan,
    /// Which members of them.
    pub(crate) projection: Projection,
    /// The moment at which they are read.
    pub(crate) as_of: AsOf,
    /// Where the page begins, when the client counts; cursors otherwise.
    pub(crate) offset: Option<u64>,
    /// Records on a page.
    pub(crate) limit: u32,
    /// The fields by whose values the records are also counted.
    pub(crate) facets: Vec<FieldIndex>,
}

/// What a request for all records that a filter matches asks.
#[derive(Clone, Debug)]
pub(crate) struct Everything {
    /// Which records.
    pub(crate) plan: Plan,
    /// Which members of them.
    pub(crate) projection: Projection,
    /// The moment at which they are read.
    pub(crate) as_of: AsOf,
}

/// What an export has when nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// What can be read back: the id and the fields.
    Table,
    /// All that an answer has.
    Record,
}

impl ListRequest {
    /// Reads the parameters of a page.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub(crate) fn page(
        schema: &Schema,
        record_type: &Type,
        mut parameters: Parameters,
        (now, lenient): (Timestamp, bool),
    ) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let as_of = AsOf::take(&mut parameters, now, &mut faults);
        let projection = Projection::take(record_type, &mut parameters, &mut faults);
        let limit = take_number(&mut parameters, "limit", 1..=PAGE_SIZE_MAX.into(), &mut faults);
        let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(PAGE_SIZE_DEFAULT);
        let offset = take_number(&mut parameters, "offset", 0..=i64::MAX as u64, &mut faults);
        let cursor = parameters.take("cursor", &mut faults);
        let count = take_count(&mut parameters, &mut faults);
        let facets = facets::take(record_type, &mut parameters, &mut faults);
        let order = take_order(schema, record_type, &mut parameters, &mut faults);
        let start = Start { offset, cursor: cursor.as_deref(), limit };
        let page = start.page(schema, record_type, &order, &mut faults);
        let filter = take_filter(schema, record_type, parameters, lenient, &mut faults);
        faults.or_ok(Self {
            plan: Plan { type_index: record_type.index, filter, order, page, count, as_of: None },
            projection,
            as_of,
            offset,
            limit,
            facets,
        })
    }

    /// Reads the parameters of an export, which has no pages.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub(crate) fn everything(
        schema: &Schema,
        record_type: &Type,
        mut parameters: Parameters,
        columns: Columns,
        (now, lenient): (Timestamp, bool),
    ) -> Result<Everything, Faults> {
        let mut faults = Faults::default();
        let as_of = AsOf::take(&mut parameters, now, &mut faults);
        let projection = match columns {
            Columns::Table => Projection::take_columns(record_type, &mut parameters, &mut faults),
            Columns::Record => Projection::take(record_type, &mut parameters, &mut faults),
        };
        for name in ["limit", "offset", "cursor", "count"] {
            if parameters.take(name, &mut faults).is_some() {
                faults.add(name, bad("This format has no pages: it holds everything."));
            }
        }
        let order = take_order(schema, record_type, &mut parameters, &mut faults);
        let filter = take_filter(schema, record_type, parameters, lenient, &mut faults);
        let plan = Plan {
            type_index: record_type.index,
            filter,
            order,
            page: Page::All,
            count: false,
            as_of: None,
        };
        faults.or_ok(Everything { plan, projection, as_of })
    }
}

/// Takes a whole number within bounds.
pub(crate) fn take_number(
    parameters: &mut Parameters,
    name: &str,
    range: std::ops::RangeInclusive<u64>,
    faults: &mut Faults,
) -> Option<u64> {
    let text = parameters.take(name, faults)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(number) if digits && range.contains(&number) => return Some(number),
        Ok(number) if digits && number > *range.end() => {
            faults.add(name, FieldFault::TooLarge { max: range.end().to_string() });
        }
        Ok(_) if digits => {
            faults.add(name, FieldFault::TooSmall { min: range.start().to_string() });
        }
        _ => faults.add(name, FieldFault::NotInteger),
    }
    None
}

fn take_count(parameters: &mut Parameters, faults: &mut Faults) -> bool {
    match parameters.take("count", faults).as_deref() {
        None | Some("exact") => true,
        Some("none") => false,
        Some(_) => {
            faults.add("count", bad("Give exact or none."));
            true
        }
    }
}

fn take_order(
    schema: &Schema,
    record_type: &Type,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Vec<OrderBy> {
    match parameters.take("ordering", faults) {
        Some(text) if !text.trim().is_empty() => match order(schema, record_type, &text) {
            Ok(order) => return order,
            Err(wrong) => faults.merge(wrong),
        },
        _ => {}
    }
    default_order(record_type)
}

/// Where a page begins, as the client said.
struct Start<'a> {
    offset: Option<u64>,
    cursor: Option<&'a str>,
    limit: u32,
}

impl Start<'_> {
    fn page(
        &self,
        schema: &Schema,
        record_type: &Type,
        order: &[OrderBy],
        faults: &mut Faults,
    ) -> Page {
        if self.offset.is_some() && self.cursor.is_some() {
            faults.add("cursor", bad("Give cursor or offset, not both."));
        }
        let limit = self.limit;
        if let Some(text) = self.cursor {
            match Cursor::parse(text, schema, record_type, order) {
                Ok(cursor) => return Page::Cursor { cursor, limit },
                Err(fault) => faults.add("cursor", fault),
            }
        }
        Page::Offset { offset: self.offset.unwrap_or(0), limit }
    }
}

/// Makes a filter of `search` and all that is left.
pub(crate) fn take_filter(
    schema: &Schema,
    record_type: &Type,
    mut parameters: Parameters,
    lenient: bool,
    faults: &mut Faults,
) -> Expr {
    let search = parameters.take("search", faults);
    let filter =
        parameters.into_pairs().and_then(|pairs| known_filter(schema, record_type, pairs, lenient));
    let filter = filter.unwrap_or_else(|wrong| {
        faults.merge(wrong);
        Expr::all()
    });
    match search {
        Some(text) if !text.trim().is_empty() => Expr::And(vec![filter, filter::search(&text)]),
        _ => filter,
    }
}

/// The filter of all parameters; when lenient, of those that are known.
fn known_filter(
    schema: &Schema,
    record_type: &Type,
    pairs: Vec<(String, String)>,
    lenient: bool,
) -> Result<Expr, Faults> {
    let faults = match filter::filter(record_type, schema, &pairs) {
        Err(faults) if lenient => faults,
        made_or_refused => return made_or_refused,
    };
    let is_unknown = |name: &str| {
        faults.iter().any(|(of, faults)| of == name && faults.iter().any(is_unknown_field))
    };
    let known: Vec<_> = pairs.into_iter().filter(|(name, _)| !is_unknown(name)).collect();
    filter::filter(record_type, schema, &known)
}

fn is_unknown_field(fault: &FieldFault) -> bool {
    matches!(fault, FieldFault::UnknownField(_))
}
