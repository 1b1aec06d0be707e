//! Each difference between two schemas, in the words that people read.

use super::*;
use crate::json::Json;
use crate::schema::Schema;
use crate::schema::draft::{FieldDraft, TypeDraft, build};
use crate::schema::samples::{
    YES, field, list, name_field, number, object, of_types, text, type_of,
};

fn schema(types: Vec<TypeDraft>) -> Schema {
    let mut all = vec![
        type_of("dc", object([]), vec![name_field()]),
        type_of("room", object([]), vec![name_field()]),
    ];
    all.extend(types);
    build(&of_types(all)).unwrap()
}

fn with_fields(fields: Vec<FieldDraft>) -> Schema {
    with_rack(object([]), fields)
}

fn with_rack(settings: Json, fields: Vec<FieldDraft>) -> Schema {
    let mut all = vec![name_field()];
    all.extend(fields);
    schema(vec![type_of("rack", settings, all)])
}

fn told(old: &Schema, new: &Schema) -> Vec<String> {
    plan(old, new)
        .iter()
        .map(|step| {
            let lossy = if step.is_lossy() { "! " } else { "" };
            let condition = match step.condition() {
                Some(Condition::NoRecords) => " [no records]",
                Some(Condition::NoDuplicates) => " [no duplicates]",
                None => "",
            };
            format!("{lossy}{step}{condition}")
        })
        .collect()
}

#[track_caller]
fn check(old: &Schema, new: &Schema, steps: &[&str]) {
    assert_eq!(told(old, new), steps);
    assert_eq!(told(old, old), [""; 0]);
}

/// Checks what becomes of a field `it` of `rack`; `!` stands before what is lossy.
#[track_caller]
fn check_field<const N: usize, const M: usize>(
    before: [(&str, Json); N],
    after: [(&str, Json); M],
    steps: &[&str],
) {
    let (before, after) = (field("it", before), field("it", after));
    check(&with_fields(vec![before]), &with_fields(vec![after]), steps);
}

#[test]
fn types_are_added_and_dropped() {
    let (without, with) = (schema(Vec::new()), with_fields(Vec::new()));
    check(&without, &with, &["add the type rack"]);
    check(&with, &without, &["! drop the type rack with all its records"]);
    assert_eq!(plan(&without, &with)[0].work, Work::AddType { index: TypeIndex(2) });
}

#[test]
fn fields_are_added_and_dropped() {
    let without = with_fields(Vec::new());
    let with = |settings: [(&str, Json); 2]| with_fields(vec![field("it", settings)]);
    let ip = with([("kind", text("ip")), ("index", YES)]);
    check(&without, &ip, &["add the field rack.it"]);
    check(&ip, &without, &["! drop the field rack.it with all its values"]);
    check(
        &without,
        &with([("kind", text("ip")), ("required", YES)]),
        &[
            "add the field rack.it; it is required and has no default, so there must be no records yet [no records]",
        ],
    );
    check(
        &without,
        &with_fields(vec![field(
            "it",
            [("kind", text("integer")), ("required", YES), ("default", number("1"))],
        )]),
        &["add the field rack.it; records that exist get its default"],
    );
    let unique = with([("kind", text("ip")), ("unique", YES)]);
    check(
        &without,
        &unique,
        &[
            "add the field rack.it",
            "make rack.it unique; no two records may share a value [no duplicates]",
        ],
    );
    check(
        &unique,
        &without,
        &["let records share rack.it", "! drop the field rack.it with all its values"],
    );
}

#[test]
fn a_field_that_refers_to_an_added_type_comes_after_it() {
    let old = schema(vec![type_of("a", object([]), vec![name_field()])]);
    let shelf = field("shelf", [("kind", text("ref")), ("to", text("shelf"))]);
    let new = schema(vec![
        type_of("a", object([]), vec![name_field(), shelf]),
        type_of("shelf", object([]), vec![name_field()]),
    ]);
    check(&old, &new, &["add the type shelf", "add the field a.shelf"]);
    check(
        &new,
        &old,
        &[
            "! drop the field a.shelf with all its values",
            "! drop the type shelf with all its records",
        ],
    );
}

#[test]
fn uniqueness_and_indexes_come_and_go() {
    let of = |settings: Vec<(&str, Json)>| {
        let mut all = vec![("kind".to_owned(), text("ip"))];
        all.extend(settings.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let name = "it".to_owned();
        let settings = Json::Object(all.into_iter().collect());
        with_fields(vec![FieldDraft { name, settings }])
    };
    let plain = of(Vec::new());
    for (setting, value, added, dropped) in [
        (
            "unique",
            YES,
            "make rack.it unique; no two records may share a value [no duplicates]",
            "let records share rack.it",
        ),
        ("index", YES, "add an index on rack.it", "drop the index on rack.it"),
    ] {
        let with = of(vec![(setting, value)]);
        check(&plain, &with, &[added]);
        check(&with, &plain, &[dropped]);
    }
    let unsearched = of(vec![("search", Json::Bool(false))]);
    check(&plain, &unsearched, &["keep the search out of rack.it"]);
    check(&unsearched, &plain, &["let the search look into rack.it"]);
    let it = || vec![field("it", [("kind", text("ip"))])];
    let names = list([list([text("it"), text("name")])]);
    let together = with_rack(object([("unique_together", names)]), it());
    check(
        &plain,
        &together,
        &[
            "make it and name of rack unique together; no two records may share all of them [no duplicates]",
        ],
    );
    check(&together, &plain, &["let records share it and name of rack together"]);
    let steps = plan(&plain, &together);
    let Work::AddUnique { fields, .. } = &steps[0].work else {
        panic!("{steps:?}");
    };
    assert_eq!(*fields, [FieldIndex(1), FieldIndex(0)]);
}

#[test]
fn a_changed_kind_drops_the_values_and_remakes_what_stands_on_them() {
    check_field(
        [("kind", text("text")), ("unique", YES)],
        [("kind", text("ip")), ("unique", YES), ("required", YES)],
        &[
            "let records share rack.it",
            "! change the kind of rack.it from text to ip, dropping all its values; it is required and has no default, so there must be no records yet [no records]",
            "! narrow rack.it: required",
            "make rack.it unique; no two records may share a value [no duplicates]",
        ],
    );
}

#[test]
fn rules_are_loosened_and_narrowed() {
    let kind = |word: &str| ("kind", text(word));
    let both =
        |a: [(&'static str, Json); 2], b: [(&'static str, Json); 2], there: &str, back: &str| {
            check_field(a.clone(), b.clone(), &[there]);
            check_field(b, a, &[back]);
        };
    both(
        [kind("text"), ("max_length", number("50"))],
        [kind("text"), ("max_length", number("60"))],
        "loosen rack.it: max_length from 50 to 60",
        "! narrow rack.it: max_length from 60 to 50",
    );
    for word in ["integer", "decimal"] {
        both(
            [kind(word), ("min", number("5"))],
            [kind(word), ("min", number("4"))],
            "loosen rack.it: min from 5 to 4",
            "! narrow rack.it: min from 4 to 5",
        );
        both(
            [kind(word), ("max", number("5"))],
            [kind(word), ("max", number("6"))],
            "loosen rack.it: max from 5 to 6",
            "! narrow rack.it: max from 6 to 5",
        );
        both(
            [kind(word), ("max", number("5"))],
            [kind(word), ("required", Json::Bool(false))],
            "loosen rack.it: max from 5 to nothing",
            "! narrow rack.it: max from nothing to 5",
        );
    }
    both(
        [kind("decimal"), ("places", number("2"))],
        [kind("decimal"), ("places", number("3"))],
        "loosen rack.it: places from 2 to 3",
        "! narrow rack.it: places from 3 to 2",
    );
    both(
        [kind("text"), ("pattern", text("a+"))],
        [kind("text"), ("required", Json::Bool(false))],
        "loosen rack.it: pattern from a+ to nothing",
        "! narrow rack.it: pattern from nothing to a+",
    );
    both(
        [kind("text"), ("pattern", text("a+"))],
        [kind("text"), ("pattern", text("b+"))],
        "! narrow rack.it: pattern from a+ to b+",
        "! narrow rack.it: pattern from b+ to a+",
    );
    both(
        [kind("choice"), ("values", list([text("a")]))],
        [kind("choice"), ("values", list([text("a"), text("b")]))],
        "let rack.it be \"b\"",
        "! narrow rack.it: no longer \"b\"",
    );
    both(
        [kind("ref"), ("to", text("dc"))],
        [kind("ref"), ("to", text("room"))],
        "! narrow rack.it: refer to room instead of dc",
        "! narrow rack.it: refer to dc instead of room",
    );
    both(
        [kind("ip"), ("required", Json::Bool(false))],
        [kind("ip"), ("required", YES)],
        "! narrow rack.it: required",
        "loosen rack.it: required",
    );
}

#[test]
fn what_tables_know_nothing_of_is_told_too() {
    check_field(
        [("kind", text("choice")), ("values", list([text("a")]))],
        [
            ("kind", text("choice")),
            ("values", list([object([("value", text("a")), ("label", text("Aa"))])])),
            ("default", text("a")),
        ],
        &["change the labels or texts of rack.it", "set default of rack.it from nothing to a"],
    );
    check_field(
        [("kind", text("refs")), ("to", text("dc"))],
        [("kind", text("refs")), ("to", text("dc")), ("on_delete", text("protect"))],
        &["set on_delete of rack.it from clear to protect"],
    );
    check(
        &with_fields(Vec::new()),
        &with_rack(
            object([
                ("plural", text("shelves")),
                ("review", text("required")),
                ("label", text("Shelf")),
            ]),
            Vec::new(),
        ),
        &[
            "set plural of rack from racks to shelves",
            "set review of rack from optional to required",
            "change the labels or texts of rack",
        ],
    );
}

#[test]
fn a_key_that_changes_is_lossy_and_named_by_its_type() {
    let unit = || vec![field("unit", [("kind", text("integer")), ("required", YES)])];
    let key = list([text("name"), text("unit")]);
    let (old, new) = (with_fields(unit()), with_rack(object([("key", key)]), unit()));
    check(
        &old,
        &new,
        &[
            "! name the records of rack by name and unit instead of name",
            "make name and unit of rack unique together; no two records may share all of them [no duplicates]",
        ],
    );
    assert_eq!(plan(&old, &new)[0].name(), "rack");
}

#[test]
fn order_alone_changes_nothing() {
    let (a, b) = (
        || field("a", [("kind", text("ip"))]),
        || field("b", [("kind", text("refs")), ("to", text("dc"))]),
    );
    check(&with_fields(vec![a(), b()]), &with_fields(vec![b(), a()]), &[]);
}
