//! From what a grid asks for to a plan of a read.

use domain::fault::{Faults, FieldFault, NON_FIELD};
use domain::filter;
use domain::query::order::{default_order, order};
use domain::query::{CONDITIONS_MAX, Expr, OrderBy, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Page, Plan};
use domain::schema::{Schema, Type};

use super::columns::{Meaning, has_order, meaning, text_paths};
use super::criteria::{Condition, Criteria, How, Wanted};
use super::request::{Search, TableRequest};
use crate::extract::Projection;
use crate::extract::list::take_filter;
use crate::extract::parameters::bad;

/// How a grid's read is made.
#[derive(Clone, Debug)]
pub(crate) struct TablePlan {
    /// Which records, in which order.
    pub(crate) plan: Plan,
    /// Which members of them.
    pub(crate) projection: Projection,
    /// Which rows.
    pub(crate) page: TablePage,
}

/// Which rows a grid wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TablePage {
    /// A page, as djangorestframework-datatables counts them: a start inside a page gives the
    /// page.
    Page {
        /// The first row.
        offset: u64,
        /// How many.
        limit: u32,
    },
    /// Everything (`length=-1`).
    All,
    /// A start that is no number or before the first row.
    Invalid,
}

/// Makes the plan of a grid's read.
///
/// # Errors
/// All that is wrong with the request's parameters.
pub(crate) fn plan(
    schema: &Schema,
    record_type: &Type,
    request: &TableRequest,
    lenient: bool,
) -> Result<TablePlan, Faults> {
    let mut faults = Faults::default();
    let planner = Planner { schema, record_type, request };
    let mut all = Vec::new();
    let looked_into: usize = request.searches.iter().map(|one| one.columns.len()).sum();
    if looked_into > CONDITIONS_MAX {
        let most = format!("At most {CONDITIONS_MAX} columns are searched at once.");
        return Err(Faults::one(NON_FIELD, bad(most)));
    }
    for search in &request.searches {
        match planner.search(search) {
            Ok(expression) => all.extend(expression),
            Err(wrong) => faults.merge(wrong),
        }
    }
    for criteria in &request.criteria {
        all.push(planner.criteria(criteria, &mut faults));
    }
    let ordering = planner.ordering();
    let page = page(request.start.as_deref(), request.length.as_deref());
    let mut others = request.others.clone();
    let mut projection = Projection::take(record_type, &mut others, &mut faults);
    if !request.columns.is_empty() {
        projection = shown(record_type, request);
    }
    let given = others.take("ordering", &mut faults);
    let order = ordering
        .and_then(|ordering| match (ordering, given) {
            (Some(ordering), _) => Ok(ordering),
            (None, Some(text)) if !text.trim().is_empty() => order(schema, record_type, &text),
            (None, _) => Ok(default_order(record_type)),
        })
        .unwrap_or_else(|wrong| {
            faults.merge(wrong);
            Vec::new()
        });
    all.push(take_filter(schema, record_type, others, lenient, &mut faults));
    let plan = Plan {
        type_index: record_type.index,
        filter: Expr::And(all),
        order,
        page: match page {
            TablePage::Page { offset, limit } => Page::Offset { offset, limit },
            TablePage::All | TablePage::Invalid => Page::All,
        },
        count: true,
        as_of: None,
    };
    faults.or_ok(TablePlan { plan, projection, page })
}

/// The page that holds row `start` when pages have `length` rows.
fn page(start: Option<&str>, length: Option<&str>) -> TablePage {
    let length = length.and_then(|text| text.trim().parse::<i64>().ok());
    if length == Some(-1) {
        return TablePage::All;
    }
    let limit = length
        .filter(|length| *length > 0)
        .map_or(i64::from(PAGE_SIZE_DEFAULT), |length| length.min(i64::from(PAGE_SIZE_MAX)));
    let Ok(start) = start.map_or(Ok(0), |text| text.trim().parse::<i64>()) else {
        return TablePage::Invalid;
    };
    // As the original counts: a start just before the first row rounds to the first page.
    let number = start / limit;
    match (u64::try_from(number.saturating_mul(limit)), u32::try_from(limit)) {
        (Ok(offset), Ok(limit)) => TablePage::Page { offset, limit },
        _ => TablePage::Invalid,
    }
}

/// The members that some column shows or `keep` names.
fn shown(record_type: &Type, request: &TableRequest) -> Projection {
    let shown = request.columns.iter().filter_map(|column| column.data.split('.').next());
    let kept = request.keep.iter().map(String::as_str);
    Projection::of_names(record_type, shown.chain(kept))
}

struct Planner<'a> {
    schema: &'a Schema,
    record_type: &'a Type,
    request: &'a TableRequest,
}

impl Planner<'_> {
    /// What must hold for a search to match; `None` for one that is passed over.
    fn search(&self, search: &Search) -> Result<Option<Expr>, Faults> {
        let mut faults = Faults::default();
        let mut any = Vec::new();
        let mut passed_over = false;
        for index in &search.columns {
            let paths = self.request.columns.get(*index);
            for path in paths.iter().flat_map(|column| &column.paths) {
                match meaning(self.schema, self.record_type, path) {
                    Meaning::Unknown => faults.add(
                        format!("columns[{index}][data]"),
                        FieldFault::UnknownField(format!("There is no field \"{path}\".")),
                    ),
                    Meaning::AnswerOnly => {}
                    Meaning::System if search.is_regex => {}
                    Meaning::System => any.push(self.exact(path, &search.term)),
                    Meaning::Field { field, .. } => {
                        for path in text_paths(self.schema, path, field) {
                            match self.text(&path, search) {
                                Some(matched) => any.push(matched),
                                None => passed_over = true,
                            }
                        }
                    }
                }
            }
        }
        // A pattern that is still being typed matches everything, as in the original.
        let expression = (!any.is_empty() || !passed_over).then_some(Expr::Or(any));
        faults.or_ok(expression)
    }

    /// Where a path holds a search's term; `None` when the term is no pattern.
    fn text(&self, path: &str, search: &Search) -> Option<Expr> {
        if !search.is_regex {
            return Some(
                self.filter(path, "__icontains", &search.term)
                    .unwrap_or_else(|| self.exact(path, &search.term)),
            );
        }
        // Where no pattern is taken at all, nothing matches.
        let takes_patterns = self.filter(path, "__iregex", "a").is_some();
        match self.filter(path, "__iregex", &search.term) {
            Some(matched) => Some(matched),
            None if takes_patterns => None,
            None => Some(Expr::Or(Vec::new())),
        }
    }

    /// What must hold for conditions to; those that can't be tested are faults.
    fn criteria(&self, criteria: &Criteria, faults: &mut Faults) -> Expr {
        let mut each =
            |inside: &[Criteria]| inside.iter().map(|one| self.criteria(one, faults)).collect();
        match criteria {
            Criteria::All(inside) => Expr::And(each(inside)),
            Criteria::Any(inside) => Expr::Or(each(inside)),
            Criteria::One(condition) => self.condition(condition, faults),
        }
    }

    fn condition(&self, condition: &Condition, faults: &mut Faults) -> Expr {
        let mut each = Vec::new();
        for path in &condition.paths {
            match meaning(self.schema, self.record_type, path) {
                Meaning::Unknown | Meaning::AnswerOnly => faults.add(
                    condition.at.clone(),
                    FieldFault::UnknownField(format!("There is no field \"{path}\" to test.")),
                ),
                Meaning::System => each.push(self.wanted(path, &condition.wanted)),
                Meaning::Field { field, .. } => {
                    let paths = text_paths(self.schema, path, field);
                    each.extend(paths.iter().map(|path| self.wanted(path, &condition.wanted)));
                }
            }
        }
        let expression = match condition.wanted {
            // What is shown is empty when each part of it is.
            Wanted::Empty => Expr::And(each),
            Wanted::OneOf(_) | Wanted::Compared(..) | Wanted::Between(..) => Expr::Or(each),
        };
        if condition.negated { Expr::Not(Box::new(expression)) } else { expression }
    }

    /// Where a path holds what is wanted. Nowhere when no value of its kind can be that, such as
    /// a number that is only half typed.
    fn wanted(&self, path: &str, wanted: &Wanted) -> Expr {
        let compare = |lookup: &str, value: &str| self.filter(path, lookup, value);
        let found = match wanted {
            Wanted::Empty => compare("__isnull", "true"),
            Wanted::OneOf(values) => {
                let one =
                    |value: &String| compare("__iexact", value).or_else(|| compare("", value));
                Some(Expr::Or(values.iter().filter_map(one).collect()))
            }
            Wanted::Between(first, last) => compare("__range", &format!("{first},{last}")),
            Wanted::Compared(how, value) => match how {
                How::Contains => compare("__icontains", value).or_else(|| compare("", value)),
                How::Starts => compare("__istartswith", value),
                How::Ends => compare("__iendswith", value),
                How::Less => compare("__lt", value),
                How::LessOrEqual => compare("__lte", value),
                How::Greater => compare("__gt", value),
                How::GreaterOrEqual => compare("__gte", value),
            },
        };
        found.unwrap_or(Expr::Or(Vec::new()))
    }

    /// Where a path holds exactly this; nowhere when it can't.
    fn exact(&self, path: &str, term: &str) -> Expr {
        self.filter(path, "", term).unwrap_or(Expr::Or(Vec::new()))
    }

    fn filter(&self, path: &str, lookup: &str, value: &str) -> Option<Expr> {
        let pair = (format!("{path}{lookup}"), value.to_owned());
        filter::filter(self.record_type, self.schema, &[pair]).ok()
    }

    /// The order that the grid's headers show; `None` when they show none.
    fn ordering(&self) -> Result<Option<Vec<OrderBy>>, Faults> {
        let mut words = Vec::new();
        let mut faults = Faults::default();
        for (place, by) in self.request.order.iter().enumerate() {
            let path = self.request.columns.get(by.column);
            let Some(path) = path.and_then(|column| column.paths.first()) else {
                continue;
            };
            let known = match meaning(self.schema, self.record_type, path) {
                Meaning::System => true,
                Meaning::Field { field, many } => has_order(field, many),
                Meaning::AnswerOnly => false,
                Meaning::Unknown => {
                    let column = format!("order[{place}][column]");
                    faults.add(column, bad(format!("There is no field \"{path}\".")));
                    false
                }
            };
            if known {
                let sign = if by.descending { "-" } else { "" };
                words.push(format!("{sign}{path}"));
            }
        }
        faults.or_ok(())?;
        if words.is_empty() {
            return Ok(None);
        }
        order(self.schema, self.record_type, &words.join(",")).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_inside_a_page_gives_the_page() {
        let some = |offset, limit| TablePage::Page { offset, limit };
        for (start, length, expected) in [
            (None, None, some(0, 50)),
            (Some("0"), Some("10"), some(0, 10)),
            (Some("15"), Some("10"), some(10, 10)),
            (Some("-5"), Some("10"), some(0, 10)),
            (Some("-15"), Some("10"), TablePage::Invalid),
            (Some("x"), Some("10"), TablePage::Invalid),
            (Some(""), Some("10"), TablePage::Invalid),
            (Some("0"), Some("0"), some(0, 50)),
            (Some("0"), Some("-2"), some(0, 50)),
            (Some("0"), Some("x"), some(0, 50)),
            (Some("0"), Some("5000"), some(0, 1000)),
            (Some("x"), Some("-1"), TablePage::All),
        ] {
            assert_eq!(page(start, length), expected, "{start:?} {length:?}");
        }
    }
}
