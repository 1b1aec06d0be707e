//! Faults of fields: kinds and the settings that they have.

use super::*;

#[test]
fn a_text_with_an_index_has_at_most_400_characters() {
    for flag in ["unique", "index"] {
        let check = |length: &str, faults: &[&str]| {
            let settings = [("kind", text("text")), (flag, YES), ("max_length", number(length))];
            check_field(settings, faults);
        };
        check("400", &[]);
        check(
            "401",
            &[
                "server.it: 401 characters don't fit into an index; write at most 400 for a text that is unique or has an index",
            ],
        );
    }
}

#[test]
fn references_point_to_types() {
    let reference = |settings: Vec<(&str, Json)>| {
        let name = "it".to_owned();
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
        let settings = Json::Object(settings.collect());
        with_server(object([]), vec![FieldDraft { name, settings }])
    };
    check_file(
        &reference(vec![("kind", text("ref"))]),
        &["server.it: it refers to no type; write to = \"dc\" or \"server\""],
    );
    check_file(
        &reference(vec![("kind", text("ref")), ("to", text("dcc"))]),
        &["server.it: there is no type \"dcc\"; did you mean \"dc\"?"],
    );
    check_file(
        &reference(vec![("kind", text("refs")), ("to", text("planet"))]),
        &["server.it: there is no type \"planet\"; declare it as [types.planet]"],
    );
    check_file(
        &reference(vec![
            ("kind", text("refs")),
            ("to", text("dc")),
            ("on_delete", text("cascade")),
        ]),
        &["server.it: \"on_delete\" can't be \"cascade\"; write \"protect\" or \"clear\""],
    );
    check_file(
        &reference(vec![
            ("kind", text("ref")),
            ("to", text("dc")),
            ("on_delete", text("clear")),
            ("required", YES),
        ]),
        &[
            "server.it: a required reference can't be cleared; write on_delete = \"protect\" or \"cascade\", or leave required out",
        ],
    );
}

#[test]
fn choices_have_values() {
    const HINT: &str = "write values = [\"planned\", \"active\"]";
    check_field(
        [("kind", text("choice"))],
        &[&format!("server.it: a choice needs values; {HINT}")],
    );
    let labelled =
        |value: &str, label: &str| object([("value", text(value)), ("label", text(label))]);
    check_field(
        [("kind", text("choice")), ("values", list([text("a"), labelled("b", "B!")]))],
        &[],
    );
    for (values, fault) in [
        (list([]), format!("there are no values; {HINT}")),
        (text("a"), format!("\"values\" can't be \"a\"; {HINT}")),
        (
            list([text("a"), text("b"), text("a")]),
            "the value \"a\" stands there twice; leave one of them out".to_owned(),
        ),
        (
            list([number("1")]),
            "values are texts, not 1; write \"1\"".to_owned(),
        ),
        (
            list([object([("value", text("a")), ("lable", text("A"))])]),
            "a value that is a table has a value and a label, both texts; write { value = \"active\", label = \"In use\" }".to_owned(),
        ),
        (
            list([text("")]),
            "a value is blank; write a short word on one line, without blanks around it".to_owned(),
        ),
        (
            list([text(" a")]),
            "the value \" a\" has blanks around it; write a short word on one line, without blanks around it".to_owned(),
        ),
        (
            list([text("a\nb")]),
            "the value \"a\\nb\" has control characters; write a short word on one line, without blanks around it".to_owned(),
        ),
        (
            list([labelled("a", "")]),
            "the label is blank; write a few words on one line, or leave it out".to_owned(),
        ),
    ] {
        check_setting("choice", "values", values, &format!("server.it: {fault}"));
    }
    let many = |count: usize| Json::List((0..count).map(|at| text(&at.to_string())).collect());
    check_field([("kind", text("choice")), ("values", many(500))], &[]);
    check_setting(
        "choice",
        "values",
        many(501),
        "server.it: there are 501 values; write at most 500, or make a type of them and refer to it",
    );
}

#[test]
fn lengths_have_bounds() {
    for (kind, max) in [("text", 1_000), ("long text", 1_000_000), ("url", 2_000), ("email", 254)] {
        for fits in [1, max] {
            check_field([("kind", text(kind)), ("max_length", number(&fits.to_string()))], &[]);
        }
        for bad in [number("0"), number("-1"), number("1.5"), number(&(max + 1).to_string())] {
            let fault = format!(
                "server.it: \"max_length\" can't be {bad}; write a whole number from 1 to {max}"
            );
            check_setting(kind, "max_length", bad, &fault);
        }
    }
    check_setting(
        "decimal",
        "places",
        number("39"),
        "server.it: \"places\" can't be 39; write a whole number from 0 to 38",
    );
}

#[test]
fn bounds_are_numbers_of_the_kind_and_in_order() {
    check_setting(
        "integer",
        "min",
        number("1.5"),
        "server.it: \"min\" can't be 1.5; write a whole number of 64 bits",
    );
    check_setting(
        "integer",
        "max",
        number("9223372036854775808"),
        "server.it: \"max\" can't be 9223372036854775808; write a whole number of 64 bits",
    );
    check_setting(
        "decimal",
        "max",
        text("inf"),
        "server.it: \"max\" can't be \"inf\"; write a number of at most 38 digits",
    );
    for kind in ["integer", "decimal"] {
        check_field(
            [("kind", text(kind)), ("min", number("5")), ("max", number("4"))],
            &["server.it: \"min\" is greater than \"max\"; write the smaller number as min"],
        );
        check_field([("kind", text(kind)), ("min", number("5")), ("max", number("5"))], &[]);
    }
}

#[test]
fn patterns_are_regular_expressions() {
    check_setting(
        "text",
        "pattern",
        text("["),
        "server.it: \"[\" is no pattern: unclosed character class; write a regular expression in single quotes, such as '[a-z]+[0-9]{4}'",
    );
}

#[test]
fn defaults_are_values_that_the_field_takes() {
    const HINT: &str = "write a value that the field takes, or leave it out";
    for (kind, default, why) in [
        ("integer", text("x"), "the default \"x\" does not fit: A valid integer is required"),
        (
            "ip",
            text("10.0.0"),
            "the default \"10.0.0\" does not fit: Enter a valid IPv4 or IPv6 address",
        ),
        ("text", text(" "), "the default \" \" does not fit: it is empty"),
    ] {
        check_setting(kind, "default", default, &format!("server.it: {why}; {HINT}"));
    }
    check_field(
        [("kind", text("text")), ("unique", YES), ("default", text("a"))],
        &[
            "server.it: a unique field can't have a default, which only one record could take; leave the default out",
        ],
    );
}

#[test]
fn settings_of_fields_are_known_and_fit_the_kind() {
    check_setting(
        "text",
        "requierd",
        YES,
        "server.it: there is no setting \"requierd\"; did you mean \"required\"?",
    );
    check_setting(
        "text",
        "choices",
        YES,
        "server.it: there is no setting \"choices\"; did you mean \"values\"?",
    );
    check_setting(
        "boolean",
        "max_length",
        number("5"),
        "server.it: the kind \"boolean\" has no setting \"max_length\"; leave it out: only \"text\", \"long text\", \"url\" or \"email\" has max_length",
    );
    for (kind, setting) in [("boolean", "unique"), ("long text", "unique"), ("json", "unique")] {
        check_setting(
            kind,
            setting,
            YES,
            &format!("server.it: the kind \"{kind}\" has no setting \"{setting}\"; leave it out"),
        );
    }
    check_setting(
        "text",
        "unique",
        text("yes"),
        "server.it: \"unique\" must be true or false, not \"yes\"; write unique = true or leave it out",
    );
    let refs = |setting: &str, value: Json| {
        let settings = [("kind", text("refs")), ("to", text("dc")), (setting, value)];
        faults_of(&with_server(object([]), vec![field("it", settings)])).join("\n")
    };
    assert_eq!(
        refs("required", YES),
        "server.it: the kind \"refs\" has no setting \"required\"; leave it out: a list may always be empty"
    );
    assert_eq!(
        refs("unique", YES),
        "server.it: the kind \"refs\" has no setting \"unique\"; leave it out"
    );
    assert_eq!(
        refs("index", YES),
        "server.it: the kind \"refs\" has no setting \"index\"; leave it out: references have an index anyway"
    );
    assert_eq!(
        refs("default", list([])),
        "server.it: the kind \"refs\" has no setting \"default\"; leave it out: a schema can't know which records there will be"
    );
}

#[test]
fn a_field_has_a_kind() {
    check_field(
        [],
        &[
            "server.it: it has no kind; write kind = \"text\", \"long text\", \"integer\", \"decimal\", \"boolean\", \"date\", \"datetime\", \"ip\", \"network\", \"mac\", \"url\", \"email\", \"choice\", \"ref\", \"refs\" or \"json\"",
        ],
    );
    check_field(
        [("type", text("ip"))],
        &[
            "server.it: it has no kind; write kind = \"ip\"",
            "server.it: there is no setting \"type\"; did you mean \"kind\"?",
        ],
    );
    for (word, meant) in
        [("interger", "integer"), ("Text", "text"), ("string", "text"), ("cidr", "network")]
    {
        check_field(
            [("kind", text(word))],
            &[&format!("server.it: there is no kind \"{word}\"; did you mean \"{meant}\"?")],
        );
    }
    check_field(
        [("kind", number("3"))],
        &["server.it: \"kind\" must be a text, not 3; write kind = \"...\""],
    );
    let bare = |settings: Json| {
        let name = "it".to_owned();
        with_server(object([]), vec![FieldDraft { name, settings }])
    };
    check_file(
        &bare(text("ip")),
        &["server.it: a field must be a table, not \"ip\"; write { kind = \"ip\" }"],
    );
    check_file(
        &bare(list([])),
        &["server.it: a field must be a table, not a list; write { kind = \"text\" }"],
    );
}
