//! Filters on a part of a date or moment.
//!
//! A day or a year is a stretch of time, so what asks for one becomes a comparison of the column
//! itself, which an index answers; the other parts are left to the database.

use chrono::{NaiveDate, NaiveTime};

use super::condition::{all, any};
use super::lookup::ByValue;
use super::value::{self, Parsed};
use crate::fault::FieldFault;
use crate::query::{Column, Comparison, DatePart, Expr, Test};
use crate::schema::Kind;
use crate::value::Value;

/// A stretch of time, its start included and its end not.
struct Stretch {
    start: Value,
    end: Value,
}

/// The condition that the day of a moment stands so to these days.
pub(super) fn on_day(column: Column, lookup: ByValue, texts: &[&str]) -> Parsed<Expr> {
    let parse = |text: &str| {
        let day = value::day(text)?;
        let next = day.succ_opt().ok_or(FieldFault::NotDate)?;
        Ok(Stretch { start: midnight(day), end: midnight(next) })
    };
    on_stretch(column, lookup, texts, parse)
}

/// The condition that a part of a date or moment stands so to these numbers.
pub(super) fn on_part(
    (column, kind): (Column, &Kind),
    part: DatePart,
    lookup: ByValue,
    texts: &[&str],
) -> Parsed<Expr> {
    if part == DatePart::Year && lookup != ByValue::In {
        let parse = |text: &str| value::number(text).map(|year| year_stretch(kind, year));
        return on_stretch(column, lookup, texts, parse);
    }
    let test = |test| Expr::Test(column, test);
    let compare = |comparison, number| test(Test::PartCompare(part, comparison, number));
    match lookup {
        ByValue::In => {
            let numbers = value::each(&value::items(texts)?, value::number)?;
            Ok(test(Test::PartIn(part, numbers)))
        }
        ByValue::Compare(comparison) => {
            let numbers = value::each(texts, value::number)?;
            Ok(any(numbers.into_iter().map(|number| compare(comparison, number))))
        }
        ByValue::Range => {
            let ranges = value::each(texts, |text| value::ends(text, value::number))?;
            Ok(any(ranges.into_iter().map(|(from, to)| {
                all([
                    compare(Comparison::GreaterOrEqual, from),
                    compare(Comparison::LessOrEqual, to),
                ])
            })))
        }
        ByValue::Exact => {
            let numbers = value::each(texts, value::number)?;
            Ok(test(Test::PartIn(part, numbers)))
        }
    }
}

fn on_stretch(
    column: Column,
    lookup: ByValue,
    texts: &[&str],
    parse: impl Fn(&str) -> Result<Stretch, FieldFault>,
) -> Parsed<Expr> {
    let compare = |comparison, value| Expr::Test(column, Test::Compare(comparison, value));
    let between = |start, end| {
        all([compare(Comparison::GreaterOrEqual, start), compare(Comparison::Less, end)])
    };
    if lookup == ByValue::Range {
        let ranges = value::each(texts, |text| value::ends(text, &parse))?;
        return Ok(any(ranges.into_iter().map(|(from, to)| between(from.start, to.end))));
    }
    let items;
    let texts = if lookup == ByValue::In {
        items = value::items(texts)?;
        items.as_slice()
    } else {
        texts
    };
    let stretches = value::each(texts, parse)?.into_iter();
    Ok(any(stretches.map(|Stretch { start, end }| match lookup {
        ByValue::Compare(Comparison::Less) => compare(Comparison::Less, start),
        ByValue::Compare(Comparison::LessOrEqual) => compare(Comparison::Less, end),
        ByValue::Compare(Comparison::Greater) => compare(Comparison::GreaterOrEqual, end),
        ByValue::Compare(Comparison::GreaterOrEqual) => compare(Comparison::GreaterOrEqual, start),
        ByValue::Exact | ByValue::In | ByValue::Range => between(start, end),
    })))
}

/// The years that the register can hold are 1 to 9999; one beyond stands for all on its side.
fn year_stretch(kind: &Kind, year: i64) -> Stretch {
    let first_day = |year: i64| {
        let year = i32::try_from(year.clamp(-1, 10_001)).unwrap_or_default();
        let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        if matches!(kind, Kind::Datetime) { midnight(day) } else { Value::Date(day) }
    };
    Stretch { start: first_day(year), end: first_day(year.saturating_add(1)) }
}

fn midnight(day: NaiveDate) -> Value {
    Value::Datetime(day.and_time(NaiveTime::MIN).and_utc())
}
