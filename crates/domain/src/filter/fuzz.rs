//! Whatever is sent as a filter is an expression within the bounds, or a fault: plain functions,
//! driven by proptest and by a kept corpus.

use proptest::prelude::*;

use super::fixture::schema;
use super::*;

/// What once went wrong or well could, one `name=value` a line.
const CORPUS: &str = include_str!("fuzz.corpus");

/// Resolves the parameters and checks what comes out.
fn any_parameters(parameters: &[(String, String)]) {
    let schema = schema();
    for record_type in schema.types() {
        match filter(record_type, &schema, parameters) {
            Ok(expr) => {
                assert!(weight_of(&expr) <= CONDITIONS_MAX);
                assert_sound(&expr, &schema, record_type);
            }
            Err(faults) => assert!(!faults.is_empty()),
        }
        let ordering = parameters.first().map_or("", |(name, _)| name);
        drop(crate::query::order::order(&schema, record_type, ordering));
    }
}

/// Checks that every index is of its type and nothing is in it that a database refuses.
fn assert_sound(expr: &Expr, schema: &Schema, at: &Type) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                assert_sound(part, schema, at);
            }
        }
        Expr::Not(inside) => assert_sound(inside, schema, at),
        Expr::Via(field, inside) => {
            let target = at.field(*field).kind.target().unwrap();
            assert_sound(inside, schema, schema.get(target));
        }
        Expr::PointsTo(field, ids) => {
            assert!(at.field(*field).kind.target().is_some() && !ids.is_empty());
        }
        Expr::PointsNowhere(field) => assert!(at.field(*field).kind.target().is_some()),
        Expr::Test(column, test) => {
            assert!(path::kind_of(at, *column).target().is_none());
            assert!(!format!("{test:?}").contains("\\0"));
            if let Test::Matches(pattern) = test {
                assert!(pattern.compile().is_ok());
            }
        }
        Expr::Search(text) => assert!(!text.contains('\0')),
    }
}

/// Parameters that are nearly right: parts of names, lookups and values in any order.
fn plausible() -> impl Strategy<Value = (String, String)> {
    let part = prop_oneof![
        4 => "name|description|cpus|price|virtual|bought|last_seen|ip|net|mac|page|state|phase",
        3 => "dc|spare_dc|tags|extra|parent|region|code|id|created_at|changed_by|revision",
        4 => "exact|iexact|icontains|istartswith|iregex|in|all|range|gt|lte|isnull|net",
        2 => "date|year|quarter|month|week_day|hour|[a-z_]{0,6}",
    ];
    let value = prop_oneof![
        "null|true|0|1|-1|3,4|1,2,3|active|10\\.0\\.0\\.0/8|10\\.0\\.0\\.1/8|::/0|::1",
        "2026-01-31|9999-12-31|0000-01-01|2026-01-31T23:59:60Z|-?[0-9]{1,25}(\\.[0-9]{1,5})?",
        "\\PC{0,12}|[a-z,^$.*+()\\[\\]{}|\\\\]{0,12}|.{0,6}",
    ];
    let name = (prop::collection::vec(part, 1..5), "!?")
        .prop_map(|(parts, negation)| parts.join("__") + &negation);
    (name, value)
}

#[test]
fn the_corpus_is_an_expression_or_a_fault() {
    for line in CORPUS.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.split_once('=').unwrap();
        any_parameters(&[(name.to_owned(), value.to_owned())]);
    }
}

proptest! {
    #[test]
    fn plausible_parameters_are_an_expression_or_a_fault(
        parameters in prop::collection::vec(plausible(), 0..4)
    ) {
        any_parameters(&parameters);
    }

    #[test]
    fn any_parameters_are_an_expression_or_a_fault(
        parameters in prop::collection::vec((".{0,20}", ".{0,20}"), 0..3)
    ) {
        any_parameters(&parameters);
    }

    #[test]
    fn any_search_is_an_expression(text in ".{0,40}|[a\"', ]{0,40}") {
        assert!(weight_of(&search(&text)) <= 10);
    }
}
