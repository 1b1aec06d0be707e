//! From a filter's target and values to its condition.

use super::lookup::{ByText, ByValue, Lookup, View};
use super::name::{End, Place, Target};
use super::pattern::Pattern;
use super::value::{self, Parsed};
use super::{choice, date};
use crate::fault::FieldFault;
use crate::query::{self, Column, Comparison, Expr, Test, TextTest};
use crate::record::RecordId;
use crate::schema::{Field, Kind};

/// What django-filter takes for null where a choice is asked for.
const NULL: &str = "null";

/// The condition that one parameter puts on a record: any of its values will do.
pub(super) fn build(target: &Target<'_>, texts: &[&str]) -> Parsed<Expr> {
    let expr = match (&target.end, target.lookup) {
        (_, Lookup::IsNull) => {
            let truths = value::each(texts, value::truth)?;
            any(truths.into_iter().map(|is_null| {
                if is_null {
                    absent(target)
                } else {
                    via(&target.path, Expr::Not(Box::new(null(&target.end))))
                }
            }))
        }
        (End::Reference(field), Lookup::All) => points_to_all(target, field, texts)?,
        (End::Reference(field), _) => points_to(target, field, texts)?,
        (End::Column(place), lookup) => {
            let (texts, asks_null) = without_null(place, lookup, texts);
            let mut exprs = Vec::new();
            if !texts.is_empty() {
                exprs.push(via(&target.path, on_column(place, lookup, &texts)?));
            }
            if asks_null {
                exprs.push(absent(target));
            }
            any(exprs)
        }
    };
    Ok(if target.negated { Expr::Not(Box::new(expr)) } else { expr })
}

/// The condition that a record at the end of the path satisfies `inside`.
fn via(path: &[&Field], inside: Expr) -> Expr {
    path.iter().rev().fold(inside, |inside, field| Expr::Via(field.index, Box::new(inside)))
}

/// The condition that there is nothing at the end, be it that the path breaks off before, as
/// Django's outer joins have it.
fn absent(target: &Target<'_>) -> Expr {
    target.path.iter().rev().fold(null(&target.end), |inside, field| {
        let inside = Expr::Via(field.index, Box::new(inside));
        if field.required { inside } else { any([Expr::PointsNowhere(field.index), inside]) }
    })
}

fn null(end: &End<'_>) -> Expr {
    match end {
        End::Reference(field) => Expr::PointsNowhere(field.index),
        End::Column(place) => Expr::Test(place.column, Test::IsNull),
    }
}

fn points_to(target: &Target<'_>, field: &Field, texts: &[&str]) -> Parsed<Expr> {
    let texts = if target.lookup == Lookup::Value(ByValue::In) {
        value::items(texts)?
    } else {
        texts.to_vec()
    };
    let (nulls, texts): (Vec<&str>, Vec<&str>) =
        texts.into_iter().partition(|text| *text == NULL && !field.required);
    let mut exprs = Vec::new();
    if !texts.is_empty() {
        let mut ids: Vec<RecordId> = value::each(&texts, value::id)?;
        ids.sort_unstable();
        ids.dedup();
        exprs.push(via(&target.path, Expr::PointsTo(field.index, ids)));
    }
    if !nulls.is_empty() {
        exprs.push(absent(target));
    }
    Ok(any(exprs))
}

/// The condition that a list of references holds all of one list's; any of the lists will do.
fn points_to_all(target: &Target<'_>, field: &Field, texts: &[&str]) -> Parsed<Expr> {
    let mut lists = Vec::with_capacity(texts.len());
    for text in texts {
        let ids: Vec<RecordId> = value::each(&value::items(&[text])?, value::id)?;
        let each = ids.into_iter().map(|id| Expr::PointsTo(field.index, vec![id]));
        lists.push(via(&target.path, all(each)));
    }
    Ok(any(lists))
}

/// The values without `null`, where that stands for no value: among the words of a choice, unless
/// it is one of them.
fn without_null<'t>(place: &Place<'_>, lookup: Lookup, texts: &[&'t str]) -> (Vec<&'t str>, bool) {
    let Kind::Choice(choices) = place.kind else {
        return (texts.to_vec(), false);
    };
    let means_null = place.is_nullable
        && lookup == Lookup::Value(ByValue::Exact)
        && !choices.iter().any(|choice| choice.value == NULL);
    let (nulls, texts): (Vec<&str>, Vec<&str>) =
        texts.iter().partition(|text| means_null && **text == NULL);
    (texts, !nulls.is_empty())
}

fn on_column(place: &Place<'_>, lookup: Lookup, texts: &[&str]) -> Parsed<Expr> {
    match (lookup, place.view) {
        (Lookup::Value(lookup), View::Itself) => on_value(place, lookup, texts),
        (Lookup::Value(lookup), View::Day) => date::on_day(place.column, lookup, texts),
        (Lookup::Value(lookup), View::Part(part)) => {
            date::on_part((place.column, place.kind), part, lookup, texts)
        }
        (Lookup::Text(lookup), _) => on_text(place, lookup, texts),
        (Lookup::Net, _) => {
            let networks = value::each(&value::items(texts)?, value::network)?;
            Ok(any(networks
                .into_iter()
                .map(|network| Expr::Test(place.column, Test::Inside(network)))))
        }
        // A column has no list, so that its kind has no such lookup.
        (Lookup::IsNull | Lookup::All, _) => Ok(Expr::Test(place.column, Test::IsNull)),
    }
}

fn on_value(place: &Place<'_>, lookup: ByValue, texts: &[&str]) -> Parsed<Expr> {
    let parse = |text: &str| value::scalar(place.kind, text);
    let compare = |comparison, value| Expr::Test(place.column, Test::Compare(comparison, value));
    Ok(match lookup {
        ByValue::Exact => one_of(place.column, value::each(texts, parse)?),
        ByValue::In => one_of(place.column, value::each(&value::items(texts)?, parse)?),
        ByValue::Compare(comparison) => {
            let values = value::each(texts, parse)?;
            any(values.into_iter().map(|value| compare(comparison, value)))
        }
        ByValue::Range => {
            let ranges = value::each(texts, |text| value::ends(text, parse))?;
            any(ranges.into_iter().map(|(from, to)| {
                all([
                    compare(Comparison::GreaterOrEqual, from),
                    compare(Comparison::LessOrEqual, to),
                ])
            }))
        }
    })
}

fn one_of(column: Column, mut values: Vec<crate::value::Value>) -> Expr {
    values.sort_unstable();
    values.dedup();
    Expr::Test(column, Test::In(values))
}

fn on_text(place: &Place<'_>, lookup: ByText, texts: &[&str]) -> Parsed<Expr> {
    let alternatives = text_tests(lookup, texts)?;
    if let Kind::Choice(choices) = place.kind {
        let words = choice::matching(choices, &alternatives).map_err(|fault| vec![fault])?;
        return Ok(one_of(place.column, words));
    }
    Ok(any(alternatives.into_iter().map(|test| Expr::Test(place.column, test))))
}

fn text_tests(lookup: ByText, texts: &[&str]) -> Parsed<Vec<Test>> {
    let holds = |place: query::Place, folded: bool| {
        move |text| Test::Text(TextTest { place, text, folded })
    };
    let patterns = |parse: fn(&str) -> Result<Pattern, FieldFault>| {
        value::each(texts, |text| parse(text).map(Test::Matches))
    };
    match lookup {
        ByText::Holds(place) => {
            value::each(texts, |text| value::text(text).map(holds(place, false)))
        }
        ByText::HoldsFolded(place) => {
            value::each(texts, |text| value::folded_text(text).map(holds(place, true)))
        }
        ByText::Matches => patterns(value::pattern),
        ByText::MatchesFolded => patterns(value::folded_pattern),
    }
}

/// All of these; the condition itself when it is alone.
pub(super) fn all(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    alone(exprs.into_iter().collect()).unwrap_or_else(Expr::And)
}

/// Any of these; the condition itself when it is alone.
pub(super) fn any(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    alone(exprs.into_iter().collect()).unwrap_or_else(Expr::Or)
}

fn alone(mut exprs: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
    match (exprs.pop(), exprs.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            exprs.extend(last);
            Err(exprs)
        }
    }
}
