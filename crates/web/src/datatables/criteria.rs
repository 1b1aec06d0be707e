//! The conditions that the extensions `ColumnControl` and `SearchBuilder` put on columns. Knows
//! nothing of the schema.

use domain::fault::{Faults, FieldFault};
use domain::query::CONDITIONS_MAX;

use super::request::{Column, Sent};
use crate::extract::parameters::bad;

/// How deep groups of conditions lie in each other: far more than anybody can follow.
const DEPTH_MAX: usize = 8;
/// The prefix of all that `SearchBuilder` sends.
pub(super) const SEARCH_BUILDER: &str = "searchBuilder";

/// Conditions, and how they are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Criteria {
    /// All must hold.
    All(Vec<Criteria>),
    /// One must hold.
    Any(Vec<Criteria>),
    /// This one must hold.
    One(Condition),
}

/// A condition on a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The parameter that says it.
    pub(crate) at: String,
    /// The paths of the column; one of them must satisfy it.
    pub(crate) paths: Vec<String>,
    /// What is wanted there.
    pub(crate) wanted: Wanted,
    /// Whether the opposite is.
    pub(crate) negated: bool,
}

/// What a condition wants of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// None.
    Empty,
    /// One of these.
    OneOf(Vec<String>),
    /// One that stands so to this.
    Compared(How, String),
    /// One from the first to the second.
    Between(String, String),
}

/// How a value stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Contains,
    Starts,
    Ends,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a word asks for, before its values are known.
#[derive(Clone, Copy)]
enum Asked {
    Empty,
    Equal,
    Compared(How),
    Between,
}

/// Reads all conditions; every one of them must hold.
pub(super) fn criteria(sent: &Sent<'_>, columns: &[Column], faults: &mut Faults) -> Vec<Criteria> {
    let mut reader = Reader { sent, columns, faults, read: 0 };
    let mut criteria = Vec::new();
    for index in 0..columns.len() {
        criteria.extend(reader.column_search(index).map(Criteria::One));
        criteria.extend(reader.column_list(index).map(Criteria::One));
    }
    criteria.extend(reader.group(SEARCH_BUILDER, 0));
    criteria
}

struct Reader<'a, 'b> {
    sent: &'a Sent<'b>,
    columns: &'a [Column],
    faults: &'a mut Faults,
    /// How many conditions there were, each value of a list being one.
    read: usize,
}

impl Reader<'_, '_> {
    /// What was typed into the search of a column's header.
    fn column_search(&mut self, index: usize) -> Option<Condition> {
        let at = format!("columns[{index}][columnControl][search]");
        let of = |part: &str| self.sent.get(&format!("{at}[{part}]")).unwrap_or_default();
        let values = [of("value")].into_iter().filter(|value| !value.is_empty());
        let (values, word) = (values.map(str::to_owned).collect(), of("logic"));
        let paths = self.columns.get(index)?.paths.clone();
        self.condition(at, word, values, paths)
    }

    /// What was chosen from the list of a column's header.
    fn column_list(&mut self, index: usize) -> Option<Condition> {
        let at = format!("columns[{index}][columnControl][list]");
        let values: Vec<String> = self.sent.within(&at).map(str::to_owned).collect();
        let paths = self.columns.get(index)?.paths.clone();
        self.condition(at, "equal", values, paths)
    }

    /// A group of `SearchBuilder`; `None` when nothing in it is complete.
    fn group(&mut self, prefix: &str, depth: usize) -> Option<Criteria> {
        let mut inside = Vec::new();
        for index in 0..=CONDITIONS_MAX {
            let member = format!("{prefix}[criteria][{index}]");
            if self.sent.within(&member).next().is_none() {
                break;
            }
            let is_group = self.sent.within(&format!("{member}[criteria]")).next().is_some();
            if is_group && depth == DEPTH_MAX {
                let most = format!("Groups lie at most {DEPTH_MAX} deep in each other.");
                self.faults.add(member, bad(most));
            } else if is_group {
                inside.extend(self.group(&member, depth + 1));
            } else {
                inside.extend(self.criterion(&member).map(Criteria::One));
            }
        }
        match self.sent.get(&format!("{prefix}[logic]")) {
            _ if inside.is_empty() => None,
            Some("OR") => Some(Criteria::Any(inside)),
            _ => Some(Criteria::All(inside)),
        }
    }

    fn criterion(&mut self, prefix: &str) -> Option<Condition> {
        let of = |part: &str| self.sent.get(&format!("{prefix}[{part}]")).unwrap_or_default();
        let (word, data) = (of("condition"), of("origData"));
        let values: Vec<String> = [of("value1"), of("value2")]
            .into_iter()
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        let column = self.columns.iter().find(|column| column.data == data);
        let paths = column.map(|column| column.paths.clone()).unwrap_or_default();
        self.condition(prefix.to_owned(), word, values, paths)
    }

    /// `None` for one that is still being written, or that says nothing.
    fn condition(
        &mut self,
        at: String,
        word: &str,
        values: Vec<String>,
        paths: Vec<String>,
    ) -> Option<Condition> {
        if word.is_empty() {
            return None;
        }
        let Some((asked, negated)) = asked(word) else {
            self.faults.add(at, bad(format!("There is no condition \"{word}\".")));
            return None;
        };
        let values_given = values.len();
        let wanted = wanted(asked, values)?;
        self.read += values_given.max(1);
        if self.read > CONDITIONS_MAX {
            self.faults.add(at, bad(format!("There are at most {CONDITIONS_MAX} conditions.")));
            return None;
        }
        if paths.is_empty() {
            self.faults.add(at, FieldFault::UnknownField("This column shows no field.".to_owned()));
            return None;
        }
        Some(Condition { at, paths, wanted, negated })
    }
}

/// The words of both extensions: `ColumnControl`'s are words, `SearchBuilder`'s signs.
fn asked(word: &str) -> Option<(Asked, bool)> {
    let asked = match word {
        "empty" | "notEmpty" | "null" | "!null" => Asked::Empty,
        "equal" | "notEqual" | "=" | "!=" => Asked::Equal,
        "contains" | "notContains" | "!contains" | "without" => Asked::Compared(How::Contains),
        "starts" | "!starts" => Asked::Compared(How::Starts),
        "ends" | "!ends" => Asked::Compared(How::Ends),
        "less" | "<" => Asked::Compared(How::Less),
        "lessOrEqual" | "<=" => Asked::Compared(How::LessOrEqual),
        "greater" | ">" => Asked::Compared(How::Greater),
        "greaterOrEqual" | ">=" => Asked::Compared(How::GreaterOrEqual),
        "between" | "!between" => Asked::Between,
        _ => return None,
    };
    Some((asked, word.starts_with("not") || word.starts_with('!') || word == "without"))
}

fn wanted(asked: Asked, values: Vec<String>) -> Option<Wanted> {
    let mut given = values.into_iter();
    Some(match asked {
        Asked::Empty => Wanted::Empty,
        Asked::Equal if given.len() == 0 => return None,
        Asked::Equal => Wanted::OneOf(given.collect()),
        Asked::Compared(how) => Wanted::Compared(how, given.next()?),
        Asked::Between => Wanted::Between(given.next()?, given.next()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datatables::TableRequest;
    use crate::extract::Parameters;

    /// The parameters of so many of something.
    fn many(count: usize, one: impl Fn(usize) -> String) -> String {
        (0..count).map(one).collect()
    }

    const COLUMNS: &str = "columns[0][data]=name&columns[1][data]=tags&columns[1][name]=tags.name\
        &columns[2][data]=";

    fn read(query: &str) -> Result<Vec<Criteria>, Faults> {
        let parameters = Parameters::parse(&format!("{COLUMNS}&{query}"));
        TableRequest::parse(parameters, None).map(|request| request.criteria)
    }

    fn show(criteria: &Criteria) -> String {
        let each = |inside: &[Criteria], with: &str| {
            format!("({})", inside.iter().map(show).collect::<Vec<_>>().join(with))
        };
        match criteria {
            Criteria::All(inside) => each(inside, " & "),
            Criteria::Any(inside) => each(inside, " | "),
            Criteria::One(condition) => {
                let not = if condition.negated { "not " } else { "" };
                format!("{} {not}{:?}", condition.paths.join(","), condition.wanted)
            }
        }
    }

    #[track_caller]
    fn check(query: &str, expect: &[&str]) {
        let found: Vec<String> = read(query).unwrap().iter().map(show).collect();
        assert_eq!(found, expect, "{query}");
    }

    #[test]
    fn column_control_asks_of_its_column() {
        let of = |logic: &str, value: &str| {
            let at = "columns[1][columnControl][search]";
            format!("{at}[logic]={logic}&{at}[value]={value}&{at}[type]=text")
        };
        check(&of("contains", "a"), &["tags__name Compared(Contains, \"a\")"]);
        check(&of("notContains", "a"), &["tags__name not Compared(Contains, \"a\")"]);
        check(&of("notEqual", "a"), &["tags__name not OneOf([\"a\"])"]);
        check(&of("contains", ""), &[]);
        check(&of("notEmpty", ""), &["tags__name not Empty"]);
        let list = "columns[0][columnControl][list]";
        check(&format!("{list}[0]=a&{list}[1]=b"), &["name OneOf([\"a\", \"b\"])"]);
    }

    /// What is sent for a condition of `SearchBuilder`.
    fn criterion(at: &str, data: &str, condition: &str, values: &[&str]) -> String {
        let start = format!("{at}[condition]={condition}&{at}[origData]={data}&{at}[type]=x&");
        start
            + &many(values.len(), |index| {
                format!("{at}[value][]={0}&{at}[value{1}]={0}&", values[index], index + 1)
            })
    }

    #[test]
    fn search_builder_joins_conditions_in_groups() {
        let at = |index: usize| format!("searchBuilder[criteria][{index}]");
        let first = criterion(&at(0), "name", "!starts", &["a"]);
        let none = criterion(&at(1), "tags", "null", &[]);
        check("searchBuilder[logic]=AND", &[]);
        check(
            &format!("{first}{none}searchBuilder[logic]=OR"),
            &["(name not Compared(Starts, \"a\") | tags__name Empty)"],
        );
        let inner = format!("{}[criteria][0]", at(1));
        let inner = criterion(&inner, "name", "between", &["a", "b"]);
        check(
            &format!("{first}{inner}{}[logic]=OR&searchBuilder[logic]=AND", at(1)),
            &["(name not Compared(Starts, \"a\") & (name Between(\"a\", \"b\")))"],
        );
    }

    #[test]
    fn a_condition_that_is_still_being_written_is_none() {
        let at = "searchBuilder[criteria][0]";
        for (condition, values) in [("", &["a"][..]), ("=", &[]), ("between", &["a"])] {
            check(&criterion(at, "name", condition, values), &[]);
        }
        let whole = criterion("searchBuilder[criteria][1]", "name", "=", &["a"]);
        let half = criterion(at, "", "", &[]);
        check(&format!("{half}{whole}"), &["(name OneOf([\"a\"]))"]);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let at = "searchBuilder[criteria][0]";
        for (data, condition) in [("name", "sounds"), ("", "="), ("nothing", "=")] {
            assert!(read(&criterion(at, data, condition, &["a"])).is_err(), "{data} {condition}");
        }
        let dummy = "columns[2][columnControl][search]";
        assert!(read(&format!("{dummy}[logic]=equal&{dummy}[value]=a")).is_err());
    }

    #[test]
    fn conditions_have_limits() {
        let nested = |depth: usize| {
            let at = format!("searchBuilder{}", "[criteria][0]".repeat(depth + 1));
            criterion(&at, "name", "=", &["a"])
        };
        assert!(read(&nested(DEPTH_MAX)).is_ok());
        assert!(read(&nested(DEPTH_MAX + 1)).is_err());
        let list = |count| many(count, |i| format!("columns[0][columnControl][list][{i}]=a&"));
        assert!(read(&list(CONDITIONS_MAX)).is_ok());
        assert!(read(&list(CONDITIONS_MAX + 1)).is_err());
        let built = |count| {
            many(count, |i| {
                criterion(&format!("searchBuilder[criteria][{i}]"), "name", "=", &["a"])
            })
        };
        assert!(read(&built(CONDITIONS_MAX)).is_ok());
        assert!(read(&built(CONDITIONS_MAX + 1)).is_err());
    }
}
