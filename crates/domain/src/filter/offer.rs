//! What a builder of conditions offers: of each field the comparisons that people look for, in
//! their words, each a filter that [`super::filter()`] takes. The API has more.

use super::path::SEPARATOR;
use crate::schema::{Field, Kind, Schema, Type, TypeIndex};

/// Something that can be compared: a field, or one of what a field refers to.
#[derive(Clone, Debug)]
pub struct Offered<'s> {
    /// As a filter names it: `dc__name`.
    pub name: String,
    /// As people read it: `Data centre › Name`.
    pub label: String,
    /// What it holds.
    pub kind: &'s Kind,
    /// The type that is reached through a reference; `None` for a field of the type itself.
    pub through: Option<TypeIndex>,
    /// How it can be compared.
    pub comparisons: Vec<Comparison>,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What stands between the field's name and the equals sign: `__icontains!`.
    suffix: Suffix,
    /// As people read it, between field and value.
    pub label: &'static str,
    /// What it is compared with.
    pub takes: Takes,
}

/// A lookup, and whether it is negated.
type Suffix = (&'static str, bool);

/// What a comparison wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A value.
    One,
    /// Values, separated by commas.
    Many,
    /// Two values, separated by a comma.
    Two,
    /// Nothing more: this is sent.
    Fixed(&'static str),
}

impl Comparison {
    /// The filter's parameter for a field of this name.
    pub fn parameter(&self, name: &str) -> String {
        let (lookup, is_negated) = self.suffix;
        let separator = if lookup.is_empty() { "" } else { SEPARATOR };
        let negation = if is_negated { "!" } else { "" };
        format!("{name}{separator}{lookup}{negation}")
    }
}

const fn is(label: &'static str, lookup: &'static str, takes: Takes) -> Comparison {
    Comparison { suffix: (lookup, false), label, takes }
}

const fn not(label: &'static str, lookup: &'static str, takes: Takes) -> Comparison {
    Comparison { suffix: (lookup, true), label, takes }
}

const TEXT: [Comparison; 11] = [
    is("contains", "icontains", Takes::One),
    not("does not contain", "icontains", Takes::One),
    is("is", "iexact", Takes::One),
    not("is not", "iexact", Takes::One),
    is("starts with", "istartswith", Takes::One),
    not("does not start with", "istartswith", Takes::One),
    is("ends with", "iendswith", Takes::One),
    is("is any of", "in", Takes::Many),
    not("is none of", "in", Takes::Many),
    is("matches", "iregex", Takes::One),
    not("does not match", "iregex", Takes::One),
];
const NUMBER: [Comparison; 8] = [
    is("=", "", Takes::One),
    not("≠", "", Takes::One),
    is("<", "lt", Takes::One),
    is("≤", "lte", Takes::One),
    is(">", "gt", Takes::One),
    is("≥", "gte", Takes::One),
    is("between", "range", Takes::Two),
    is("is any of", "in", Takes::Many),
];
const DATE: [Comparison; 7] = [
    is("is on", "", Takes::One),
    not("is not on", "", Takes::One),
    is("is before", "lt", Takes::One),
    is("is on or before", "lte", Takes::One),
    is("is after", "gt", Takes::One),
    is("is on or after", "gte", Takes::One),
    is("between", "range", Takes::Two),
];
/// A moment is compared by its day.
const DATETIME: [Comparison; 7] = [
    is("is on", "date", Takes::One),
    not("is not on", "date", Takes::One),
    is("is before", "date__lt", Takes::One),
    is("is on or before", "date__lte", Takes::One),
    is("is after", "date__gt", Takes::One),
    is("is on or after", "date__gte", Takes::One),
    is("between", "date__range", Takes::Two),
];
const BOOLEAN: [Comparison; 2] =
    [is("is yes", "", Takes::Fixed("true")), is("is no", "", Takes::Fixed("false"))];
const CHOICE: [Comparison; 4] = [
    is("is", "", Takes::One),
    not("is not", "", Takes::One),
    is("is any of", "in", Takes::Many),
    not("is none of", "in", Takes::Many),
];
const ADDRESS: [Comparison; 8] = [
    is("is in network", "net", Takes::One),
    not("is not in network", "net", Takes::One),
    is("is", "", Takes::One),
    not("is not", "", Takes::One),
    is("contains", "icontains", Takes::One),
    is("starts with", "istartswith", Takes::One),
    is("between", "range", Takes::Two),
    is("is any of", "in", Takes::Many),
];
const HARDWARE_ADDRESS: [Comparison; 5] = [
    is("is", "", Takes::One),
    not("is not", "", Takes::One),
    is("contains", "icontains", Takes::One),
    is("starts with", "istartswith", Takes::One),
    is("is any of", "in", Takes::Many),
];
const REFERENCES: [Comparison; 5] = [
    is("has any of", "in", Takes::Many),
    is("has all of", "all", Takes::Many),
    not("has none of", "in", Takes::Many),
    is("has", "", Takes::One),
    not("has not", "", Takes::One),
];
const EMPTY: [Comparison; 2] = [
    is("is empty", "isnull", Takes::Fixed("true")),
    is("is not empty", "isnull", Takes::Fixed("false")),
];

fn of_kind(kind: &Kind) -> &'static [Comparison] {
    match kind {
        Kind::Text(_) | Kind::LongText(_) | Kind::Url(_) | Kind::Email(_) => &TEXT,
        Kind::Integer { .. } | Kind::Decimal { .. } => &NUMBER,
        Kind::Boolean => &BOOLEAN,
        Kind::Date => &DATE,
        Kind::Datetime => &DATETIME,
        Kind::Ip | Kind::Network => &ADDRESS,
        Kind::Mac => &HARDWARE_ADDRESS,
        Kind::Choice(_) | Kind::Ref { .. } => &CHOICE,
        Kind::Refs { .. } => &REFERENCES,
        Kind::Json => &[],
    }
}

/// All that can be compared of the records of a type: its fields, each followed by those of what it
/// refers to, and when and by whom a record was changed.
pub fn offers<'s>(schema: &'s Schema, of: &'s Type) -> Vec<Offered<'s>> {
    static MOMENT: Kind = Kind::Datetime;
    static LINE: Kind =
        Kind::Text(crate::schema::TextRules { max_length: usize::MAX, pattern: None });
    let mut offers = Vec::new();
    for field in &of.fields {
        offers.push(offered(field, field.name.to_string(), field.label.clone()));
        let Some(target) = field.kind.target() else {
            continue;
        };
        for inner in &schema.get(target).fields {
            let name = format!("{}{SEPARATOR}{}", field.name, inner.name);
            let label = format!("{} › {}", field.label, inner.label);
            let is_required = inner.required && field.required && !field.kind.is_refs();
            let inner = &Field { required: is_required, ..inner.clone() };
            let Offered { comparisons, .. } = offered(inner, String::new(), String::new());
            let kind = &schema.get(target).field(inner.index).kind;
            let through = Some(target);
            offers.push(Offered { name, label, kind, through, comparisons });
        }
    }
    for (name, label, kind) in [
        ("created_at", "Added at", &MOMENT),
        ("updated_at", "Changed at", &MOMENT),
        ("changed_by", "Changed by", &LINE),
    ] {
        let comparisons = of_kind(kind).to_vec();
        let (name, label) = (name.to_owned(), label.to_owned());
        offers.push(Offered { name, label, kind, through: None, comparisons });
    }
    offers
}

fn offered(field: &Field, name: String, label: String) -> Offered<'_> {
    let mut comparisons = of_kind(&field.kind).to_vec();
    if !field.required {
        comparisons.extend(EMPTY);
    }
    Offered { name, label, kind: &field.kind, through: None, comparisons }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::filter;
    use crate::filter::fixture;

    fn value_of(kind: &Kind, comparison: &Comparison) -> String {
        let one = match (kind, comparison.label) {
            (_, "is in network" | "is not in network") | (Kind::Network, _) => "10.0.0.0/8",
            (Kind::Integer { .. } | Kind::Ref { .. } | Kind::Refs { .. }, _) => "3",
            (Kind::Decimal { .. }, _) => "3.5",
            (Kind::Date | Kind::Datetime, _) => "2026-01-31",
            (Kind::Ip, _) => "10.0.0.1",
            (Kind::Mac, _) => "00:1b:44:11:3a:b7",
            (Kind::Choice(_), _) => "active",
            _ => "a",
        };
        match comparison.takes {
            Takes::One => one.to_owned(),
            Takes::Many | Takes::Two => format!("{one},{one}"),
            Takes::Fixed(value) => value.to_owned(),
        }
    }

    #[test]
    fn whatever_is_offered_is_taken() {
        let schema = fixture::schema();
        let mut count = 0;
        for of in schema.types() {
            for offered in offers(&schema, of) {
                for comparison in &offered.comparisons {
                    let parameter = comparison.parameter(&offered.name);
                    let value = value_of(offered.kind, comparison);
                    let found = filter(of, &schema, &[(parameter.clone(), value.clone())]);
                    assert!(found.is_ok(), "{parameter}={value}: {found:?}");
                    count += 1;
                }
            }
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn what_is_always_there_is_not_asked_for_emptiness() {
        let schema = fixture::schema();
        let of = schema.named("server").unwrap();
        let can_be_empty = |name: &str| {
            let offers = offers(&schema, of);
            let found = offers.iter().find(|offered| offered.name == name).unwrap();
            found.comparisons.iter().any(|comparison| comparison.label == "is empty")
        };
        for (name, expected) in [
            ("name", false),
            ("cpus", true),
            ("dc", false),
            ("dc__name", false),
            ("dc__region", true),
            ("spare_dc__name", true),
            ("tags", true),
            ("tags__name", true),
            ("created_at", false),
        ] {
            assert_eq!(can_be_empty(name), expected, "{name}");
        }
    }

    #[test]
    fn labels_and_parameters_are_as_people_and_the_api_have_them() {
        let schema = fixture::schema();
        let offers = offers(&schema, schema.named("server").unwrap());
        let found = offers.iter().find(|offered| offered.name == "dc__name").unwrap();
        assert_eq!(found.label, "dc › name");
        let shown: Vec<String> = found.comparisons[..3]
            .iter()
            .map(|comparison| format!("{} {}", comparison.label, comparison.parameter("dc__name")))
            .collect();
        let expected = [
            "contains dc__name__icontains",
            "does not contain dc__name__icontains!",
            "is dc__name__iexact",
        ];
        assert_eq!(shown, expected);
    }
}
