//! The words behind a field's name in a filter, and which kinds have which.

use crate::nearest::nearest;
use crate::query::{Comparison, DatePart, Place};
use crate::schema::Kind;

/// How a value is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Null or not.
    IsNull,
    /// As a value of its kind.
    Value(ByValue),
    /// By its text form.
    Text(ByText),
    /// Inside a network.
    Net,
    /// To each of a list, among others.
    All,
}

/// How a value stands to others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByValue {
    /// Equal to it.
    Exact,
    /// Equal to one of a list.
    In,
    /// Between two, both included.
    Range,
    /// Before or after it.
    Compare(Comparison),
}

/// How a text form stands to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByText {
    /// It holds it here, case as written.
    Holds(Place),
    /// It holds it here, whatever the case.
    HoldsFolded(Place),
    /// It matches an expression, case as written.
    Matches,
    /// It matches an expression, whatever the case.
    MatchesFolded,
}

/// All lookups, in the order in which they are told.
const LOOKUPS: [(&str, Lookup); 19] = [
    ("exact", Lookup::Value(ByValue::Exact)),
    ("in", Lookup::Value(ByValue::In)),
    ("isnull", Lookup::IsNull),
    ("range", Lookup::Value(ByValue::Range)),
    ("gt", Lookup::Value(ByValue::Compare(Comparison::Greater))),
    ("gte", Lookup::Value(ByValue::Compare(Comparison::GreaterOrEqual))),
    ("lt", Lookup::Value(ByValue::Compare(Comparison::Less))),
    ("lte", Lookup::Value(ByValue::Compare(Comparison::LessOrEqual))),
    ("iexact", Lookup::Text(ByText::HoldsFolded(Place::Whole))),
    ("contains", Lookup::Text(ByText::Holds(Place::Anywhere))),
    ("icontains", Lookup::Text(ByText::HoldsFolded(Place::Anywhere))),
    ("startswith", Lookup::Text(ByText::Holds(Place::Start))),
    ("istartswith", Lookup::Text(ByText::HoldsFolded(Place::Start))),
    ("endswith", Lookup::Text(ByText::Holds(Place::End))),
    ("iendswith", Lookup::Text(ByText::HoldsFolded(Place::End))),
    ("regex", Lookup::Text(ByText::Matches)),
    ("iregex", Lookup::Text(ByText::MatchesFolded)),
    ("net", Lookup::Net),
    ("all", Lookup::All),
];

/// The parts of a date, as Django names them.
const DATE_PARTS: [(&str, DatePart); 8] = [
    ("year", DatePart::Year),
    ("iso_year", DatePart::IsoYear),
    ("quarter", DatePart::Quarter),
    ("month", DatePart::Month),
    ("week", DatePart::Week),
    ("week_day", DatePart::WeekDay),
    ("iso_week_day", DatePart::IsoWeekDay),
    ("day", DatePart::Day),
];

/// The parts that a moment has beyond a date's.
const TIME_PARTS: [(&str, DatePart); 3] =
    [("hour", DatePart::Hour), ("minute", DatePart::Minute), ("second", DatePart::Second)];

/// The word for the day of a moment.
const DAY_OF_MOMENT: &str = "date";

/// What a column is to a filter: itself, or what a transform makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The value itself.
    Itself,
    /// The day of a moment.
    Day,
    /// A part of a date or moment.
    Part(DatePart),
}

/// Kinds with the same lookups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Boolean,
    Choice,
    Address,
    HardwareAddress,
    Date,
    Datetime,
    DatePart,
    Reference,
    References,
    Opaque,
}

impl Family {
    fn of(kind: &Kind, view: View) -> Self {
        match (view, kind) {
            (View::Part(_), _) => Self::DatePart,
            (View::Day, _) | (View::Itself, Kind::Date) => Self::Date,
            (View::Itself, Kind::Datetime) => Self::Datetime,
            (View::Itself, Kind::Text(_) | Kind::LongText(_) | Kind::Url(_) | Kind::Email(_)) => {
                Self::Text
            }
            (View::Itself, Kind::Integer { .. } | Kind::Decimal { .. }) => Self::Number,
            (View::Itself, Kind::Boolean) => Self::Boolean,
            (View::Itself, Kind::Choice(_)) => Self::Choice,
            (View::Itself, Kind::Ip | Kind::Network) => Self::Address,
            (View::Itself, Kind::Mac) => Self::HardwareAddress,
            (View::Itself, Kind::Ref { .. }) => Self::Reference,
            (View::Itself, Kind::Refs { .. }) => Self::References,
            (View::Itself, Kind::Json) => Self::Opaque,
        }
    }

    fn has(self, lookup: Lookup) -> bool {
        match lookup {
            Lookup::IsNull => true,
            Lookup::Value(ByValue::Exact | ByValue::In) => self != Self::Opaque,
            Lookup::Value(ByValue::Range | ByValue::Compare(_)) => !matches!(
                self,
                Self::Boolean | Self::Choice | Self::Reference | Self::References | Self::Opaque
            ),
            Lookup::Text(_) => {
                matches!(self, Self::Text | Self::Choice | Self::Address | Self::HardwareAddress)
            }
            Lookup::Net => self == Self::Address,
            Lookup::All => self == Self::References,
        }
    }

    /// The transforms it has, with what they make.
    fn transforms(self) -> impl Iterator<Item = (&'static str, View)> {
        let parts =
            DATE_PARTS.into_iter().filter(move |_| matches!(self, Self::Date | Self::Datetime));
        let times = TIME_PARTS.into_iter().filter(move |_| self == Self::Datetime);
        std::iter::once((DAY_OF_MOMENT, View::Day))
            .filter(move |_| self == Self::Datetime)
            .chain(parts.chain(times).map(|(word, part)| (word, View::Part(part))))
    }

    fn lookups(self) -> impl Iterator<Item = (&'static str, Lookup)> {
        LOOKUPS.into_iter().filter(move |(_, lookup)| self.has(*lookup))
    }
}

/// What the words behind a column's name ask for.
///
/// # Errors
/// The first word that the kind does not have there, and what it has.
pub(super) fn read(
    kind: &Kind,
    is_nullable: bool,
    words: &[&str],
) -> Result<(View, Lookup), String> {
    let mut view = View::Itself;
    let mut words = words;
    while let [word, rest @ ..] = words {
        let family = Family::of(kind, view);
        if let Some((_, next)) = family.transforms().find(|(name, _)| name == word) {
            view = next;
            words = rest;
            continue;
        }
        let known: Vec<&str> = names(kind, is_nullable, view).collect();
        let lookup = family.lookups().find(|(name, _)| name == word);
        return match (lookup, rest) {
            (Some((_, lookup)), []) if known.contains(word) => Ok((view, lookup)),
            (Some(_), [behind, ..]) if known.contains(word) => Err(nothing_follows(word, behind)),
            _ => Err(unknown(word, &known)),
        };
    }
    Ok((view, Lookup::Value(ByValue::Exact)))
}

fn names(kind: &Kind, is_nullable: bool, view: View) -> impl Iterator<Item = &'static str> {
    let family = Family::of(kind, view);
    family
        .lookups()
        .filter(move |(_, lookup)| is_nullable || *lookup != Lookup::IsNull)
        .map(|(name, _)| name)
        .chain(family.transforms().map(|(name, _)| name))
}

/// The fault of a word behind a lookup.
pub(super) fn nothing_follows(lookup: &str, behind: &str) -> String {
    format!("Nothing can follow {lookup}, and {behind} does.")
}

fn unknown(word: &str, known: &[&str]) -> String {
    let hint = nearest(word, known.iter().copied())
        .map(|meant| format!(" Did you mean {meant}?"))
        .unwrap_or_default();
    format!("There is no lookup {word} here.{hint} There are: {}.", known.join(", "))
}

/// The lookups and transforms that a kind has, for documents and hints; `exact` is implied where
/// none is given.
pub fn lookup_names(kind: &Kind) -> impl Iterator<Item = &'static str> {
    names(kind, true, View::Itself)
}

/// The lookup of this name of a reference, or of a list of them.
pub(super) fn reference_lookup(kind: &Kind, word: &str) -> Option<Lookup> {
    let mut lookups = Family::of(kind, View::Itself).lookups();
    lookups.find(|(name, _)| *name == word).map(|(_, lookup)| lookup)
}

/// The names of the lookups of a reference, or of a list of them.
pub(super) fn reference_lookup_names(kind: &Kind) -> Vec<&'static str> {
    Family::of(kind, View::Itself).lookups().map(|(name, _)| name).collect()
}
