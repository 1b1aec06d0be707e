//! Each fault of a schema, with its exact words.

use super::*;
use crate::schema::{Kind, OnDelete};
use crate::value::Value;

fn text(text: &str) -> Json {
    Json::text(text)
}

fn number(digits: &str) -> Json {
    Json::Number(digits.to_owned())
}

fn list<const N: usize>(items: [Json; N]) -> Json {
    Json::List(items.into())
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(
        members
            .into_iter()
            .map(|(name, member)| (name.to_owned(), member))
            .collect(),
    )
}

const YES: Json = Json::Bool(true);

fn field<const N: usize>(name: &str, settings: [(&str, Json); N]) -> FieldDraft {
    FieldDraft {
        name: name.to_owned(),
        settings: object(settings),
    }
}

/// What every sound type here begins with.
fn name_field() -> FieldDraft {
    field(
        "name",
        [("kind", text("text")), ("required", YES), ("unique", YES)],
    )
}

fn type_of(name: &str, settings: Json, fields: Vec<FieldDraft>) -> TypeDraft {
    TypeDraft {
        name: name.to_owned(),
        settings,
        fields,
    }
}

fn of_types(types: Vec<TypeDraft>) -> SchemaDraft {
    SchemaDraft {
        types,
        settings: Settings::new(),
    }
}

/// `dc`, and `server` with the fields `name`, `dc`, `tags`, `notes` and those given.
fn with_server(settings: Json, fields: Vec<FieldDraft>) -> SchemaDraft {
    let mut all = vec![
        name_field(),
        field("dc", [("kind", text("ref")), ("to", text("dc"))]),
        field("tags", [("kind", text("refs")), ("to", text("dc"))]),
        field("notes", [("kind", text("long text"))]),
    ];
    all.extend(fields);
    of_types(vec![
        type_of("dc", object([]), vec![name_field()]),
        type_of("server", settings, all),
    ])
}

fn faults_of(draft: &SchemaDraft) -> Vec<String> {
    build(draft).map_or_else(
        |faults| faults.iter().map(ToString::to_string).collect(),
        |_sound| Vec::new(),
    )
}

#[track_caller]
fn check_file(draft: &SchemaDraft, faults: &[&str]) {
    assert_eq!(faults_of(draft), faults);
}

#[track_caller]
fn check_type<const N: usize>(settings: [(&str, Json); N], faults: &[&str]) {
    check_file(&with_server(object(settings), Vec::new()), faults);
}

/// Checks a field `it` of `server`.
#[track_caller]
fn check_field<const N: usize>(settings: [(&str, Json); N], faults: &[&str]) {
    check_file(
        &with_server(object([]), vec![field("it", settings)]),
        faults,
    );
}

/// Checks a field `it` of this kind with one more setting, and the setting that the fault is on.
#[track_caller]
fn check_setting(kind: &str, name: &str, value: Json, fault: &str) {
    let draft = with_server(
        object([]),
        vec![field("it", [("kind", text(kind)), (name, value)])],
    );
    check_file(&draft, &[fault]);
    let faults = build(&draft).unwrap_err();
    assert_eq!(faults[0].path.setting.as_deref(), Some(name));
}

#[test]
fn a_file_has_types_and_nothing_else() {
    check_file(
        &of_types(Vec::new()),
        &[
            "schema: there are no types; declare one with [types.server] and its fields with [types.server.fields]",
        ],
    );
    let beside = |name: &str| SchemaDraft {
        types: Vec::new(),
        settings: Settings::from([(name.to_owned(), number("3"))]),
    };
    check_file(
        &beside("type"),
        &["schema: there is no setting \"type\"; did you mean \"types\"?"],
    );
    check_file(
        &beside("version"),
        &["schema: there is no setting \"version\"; a schema has nothing but [types.NAME] tables"],
    );
    check_file(
        &beside("types"),
        &[
            "schema: \"types\" is not a table; write [types.server] and below it [types.server.fields]",
        ],
    );
    let many = |count: usize| {
        (0..count)
            .map(|at| type_of(&format!("t{at}"), object([]), vec![name_field()]))
            .collect()
    };
    check_file(&of_types(many(200)), &[]);
    check_file(
        &of_types(many(201)),
        &["schema: there are 201 types; declare at most 200"],
    );
}

#[test]
fn types_have_names_and_plurals_of_their_own() {
    let named = |name: &str| of_types(vec![type_of(name, object([]), vec![name_field()])]);
    check_file(&named("rack"), &[]);
    check_file(
        &named("Data Center"),
        &["Data Center: \"Data Center\" can't be a name; write \"data_center\""],
    );
    check_file(
        &named("räck\n"),
        &["räck\\n: \"räck\\n\" can't be a name; write \"r_ck\""],
    );
    check_file(
        &named("2"),
        &[
            "2: \"2\" can't be a name; names are 1 to 40 characters of a-z, 0-9 and _, begin with a letter, and have neither `__` inside nor `_` at the end",
        ],
    );
    let sound = |name: &str| type_of(name, object([]), vec![name_field()]);
    check_file(
        &of_types(vec![sound("rack"), sound("rack")]),
        &[
            "rack: there are two types of this name; give each type a name of its own",
            "rack: there are two types of this name; give each type a name of its own",
        ],
    );
    check_file(
        &of_types(vec![
            sound("rack"),
            type_of(
                "shelf",
                object([("plural", text("racks"))]),
                vec![name_field()],
            ),
        ]),
        &[
            "shelf: its plural \"racks\" is that of \"rack\" too; give it another, such as plural = \"racks-list\"",
        ],
    );
    check_type(
        [("plural", text("The Servers"))],
        &[
            "server: \"The Servers\" can't stand in an address; write a-z, 0-9 and single dashes, beginning with a letter, such as \"servers\"",
        ],
    );
    check_file(
        &of_types(vec![type_of("rack", text("x"), Vec::new())]),
        &["rack: a type must be a table; write [types.rack]"],
    );
}

#[test]
fn settings_of_types_are_known_and_have_their_form() {
    check_type([("review", text("required")), ("label", text("Box"))], &[]);
    check_type(
        [("reviews", text("off"))],
        &["server: a type has no setting \"reviews\"; did you mean \"review\"?"],
    );
    check_type(
        [("colour", text("red"))],
        &[
            "server: a type has no setting \"colour\"; a type has plural, label, description, key, review, unique_together and fields",
        ],
    );
    check_type(
        [("ip", object([("kind", text("ip"))]))],
        &["server: a type has no setting \"ip\"; fields stand below [types.NAME.fields]"],
    );
    check_type(
        [("fields", number("3"))],
        &[
            "server: \"fields\" is not a table; write one line a field below [types.NAME.fields]: name = { kind = \"text\" }",
        ],
    );
    check_type(
        [("review", text("require"))],
        &["server: \"review\" can't be \"require\"; did you mean \"required\"?"],
    );
    check_type(
        [("review", object([]))],
        &["server: \"review\" can't be a table; write \"required\", \"optional\" or \"off\""],
    );
    check_type(
        [("label", number("3"))],
        &["server: \"label\" must be a text, not 3; write label = \"...\""],
    );
    check_type(
        [("label", text(" "))],
        &["server: the label is blank; write a few words on one line, or leave it out"],
    );
    check_type(
        [("label", text(&"x".repeat(101)))],
        &[
            "server: the label is longer than 100 characters; write a few words on one line, or leave it out",
        ],
    );
    check_type(
        [("label", text("a\nb"))],
        &[
            "server: the label has control characters or line breaks; write a few words on one line, or leave it out",
        ],
    );
    check_type(
        [("description", text(&"x".repeat(1_001)))],
        &["server: \"description\" is too long; write at most 1000 characters"],
    );
    check_type(
        [("description", text("a\u{7}"))],
        &["server: \"description\" has control characters; write plain text"],
    );
}

#[test]
fn names_of_fields_are_identifiers_that_nothing_else_has() {
    let named = |name: &str| with_server(object([]), vec![field(name, [("kind", text("ip"))])]);
    check_file(&named("url"), &[]);
    check_file(&named("type"), &[]);
    check_file(
        &named("Owner E-Mail"),
        &["server.Owner E-Mail: \"Owner E-Mail\" can't be a name; write \"owner_e_mail\""],
    );
    check_file(
        &named("a__b"),
        &["server.a__b: \"a__b\" can't be a name; write \"a_b\""],
    );
    check_file(
        &named("revision"),
        &[
            "server.revision: the name \"revision\" is reserved: every record has it already; choose another, such as \"server_revision\"",
        ],
    );
    check_file(
        &named("limit"),
        &[
            "server.limit: the name \"limit\" is reserved: it is a parameter of requests; choose another, such as \"server_limit\"",
        ],
    );
    check_file(
        &named("exact"),
        &[
            "server.exact: the name \"exact\" is reserved: it is a lookup of filters; choose another, such as \"server_exact\"",
        ],
    );
    check_file(
        &named("name"),
        &[
            "server.name: there are two fields of this name; give each field of a type a name of its own",
        ],
    );
    let many = (0..197)
        .map(|at| field(&format!("f{at}"), [("kind", text("ip"))]))
        .collect();
    assert!(
        faults_of(&with_server(object([]), many))
            .contains(&"server: there are 201 fields; declare at most 200 in one type".to_owned())
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
    for (word, meant) in [
        ("interger", "integer"),
        ("Text", "text"),
        ("string", "text"),
        ("cidr", "network"),
    ] {
        check_field(
            [("kind", text(word))],
            &[&format!(
                "server.it: there is no kind \"{word}\"; did you mean \"{meant}\"?"
            )],
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
    for (kind, setting) in [
        ("boolean", "unique"),
        ("long text", "unique"),
        ("json", "unique"),
    ] {
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
fn references_point_to_types() {
    let reference = |settings: Vec<(&str, Json)>| {
        let name = "it".to_owned();
        let settings = settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
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
        [
            ("kind", text("choice")),
            ("values", list([text("a"), labelled("b", "B!")])),
        ],
        &[],
    );
    for (values, fault) in [
        (list([]), format!("\"values\" can't be an empty list; {HINT}")),
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
    for (kind, max) in [
        ("text", 1_000),
        ("long text", 1_000_000),
        ("url", 2_000),
        ("email", 254),
    ] {
        for fits in [1, max] {
            check_field(
                [
                    ("kind", text(kind)),
                    ("max_length", number(&fits.to_string())),
                ],
                &[],
            );
        }
        for bad in [
            number("0"),
            number("-1"),
            number("1.5"),
            number(&(max + 1).to_string()),
        ] {
            let fault = format!(
                "server.it: \"max_length\" can't be {}; write a whole number from 1 to {max}",
                bad
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
            [
                ("kind", text(kind)),
                ("min", number("5")),
                ("max", number("4")),
            ],
            &["server.it: \"min\" is greater than \"max\"; write the smaller number as min"],
        );
        check_field(
            [
                ("kind", text(kind)),
                ("min", number("5")),
                ("max", number("5")),
            ],
            &[],
        );
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
        (
            "integer",
            text("x"),
            "the default \"x\" does not fit: A valid integer is required",
        ),
        (
            "ip",
            text("10.0.0"),
            "the default \"10.0.0\" does not fit: Enter a valid IPv4 or IPv6 address",
        ),
        (
            "text",
            text(" "),
            "the default \" \" does not fit: it is empty",
        ),
    ] {
        check_setting(
            kind,
            "default",
            default,
            &format!("server.it: {why}; {HINT}"),
        );
    }
    check_field(
        [
            ("kind", text("text")),
            ("unique", YES),
            ("default", text("a")),
        ],
        &[
            "server.it: a unique field can't have a default, which only one record could take; leave the default out",
        ],
    );
}

#[test]
fn keys_name_required_fields_that_hold_one_plain_value() {
    let key = |names: &[&str]| {
        (
            "key",
            Json::List(names.iter().map(|name| text(name)).collect()),
        )
    };
    check_type([key(&["name"])], &[]);
    check_type(
        [key(&["nmae"])],
        &["server: there is no field \"nmae\"; did you mean \"name\"?"],
    );
    check_type(
        [key(&["name", "name"])],
        &["server: \"key\" names \"name\" twice; name each field once"],
    );
    check_type(
        [key(&[])],
        &["server: the key is empty; write key = [\"name\"]"],
    );
    check_type(
        [("key", text("name"))],
        &["server: \"key\" must be a list of names, not \"name\"; write key = [\"...\"]"],
    );
    for (name, holds) in [("dc", "ref"), ("tags", "refs"), ("notes", "long text")] {
        check_type(
            [key(&[name])],
            &[&format!(
                "server: the key field \"{name}\" holds {holds}; name fields that are no references, long texts or json"
            )],
        );
    }
    check_file(
        &with_server(
            object([key(&["it"])]),
            vec![field("it", [("kind", text("ip"))])],
        ),
        &["server: the key field \"it\" is not required; write required = true on \"it\""],
    );
    check_type(
        [key(&["a", "b", "c", "d", "e", "f", "g", "h", "i"])],
        &["server: there are 9 fields in \"key\"; name at most 8"],
    );
}

#[test]
fn a_type_without_a_key_has_the_first_unique_required_text_or_a_fault() {
    let rack = |fields: Vec<FieldDraft>| of_types(vec![type_of("rack", object([]), fields)]);
    let schema = build(&with_server(object([]), Vec::new())).unwrap();
    assert_eq!(schema.types()[1].key, [FieldIndex(0)]);
    check_file(
        &rack(Vec::new()),
        &[
            "rack: no field names its records; write [types.NAME.fields] and below it name = { kind = \"text\", required = true, unique = true }",
        ],
    );
    check_file(
        &rack(vec![field(
            "name",
            [("kind", text("text")), ("unique", YES)],
        )]),
        &["rack: no field names its records; write required = true on \"name\""],
    );
    check_file(
        &rack(vec![field("name", [("kind", text("ip"))])]),
        &[
            "rack: no field names its records; write key = [\"name\"], or required = true and unique = true on a text field",
        ],
    );
    // One fault, not its consequence as well.
    check_file(
        &rack(vec![field("name", [("kind", text("txet"))])]),
        &["rack.name: there is no kind \"txet\"; did you mean \"text\"?"],
    );
}

#[test]
fn fields_that_are_unique_together_are_two_or_more() {
    const NAME: &str = "unique_together";
    let names = |names: &[&str]| Json::List(names.iter().map(|name| text(name)).collect());
    check_type([(NAME, list([names(&["name", "dc"])]))], &[]);
    check_type(
        [(NAME, names(&["name", "dc"]))],
        &[
            "server: \"unique_together\" must be a list of lists of names; write unique_together = [[\"a\", \"b\"]]",
        ],
    );
    check_type(
        [(NAME, list([names(&["name"])]))],
        &[
            "server: a set that is unique together has two fields or more; write unique = true on a field that is unique by itself",
        ],
    );
    check_type(
        [(NAME, list([names(&["name", "tags"])]))],
        &["server: \"tags\" holds refs; name fields that hold no lists, long texts or json"],
    );
    check_type(
        [(NAME, list([names(&["name", "dcs"])]))],
        &["server: there is no field \"dcs\"; did you mean \"dc\"?"],
    );
    check_type(
        [(NAME, list([names(&["name", "dc"]), names(&["dc", "name"])]))],
        &["server: a set stands there twice; leave one of them out"],
    );
}

#[test]
fn all_faults_are_told_at_once() {
    let draft = of_types(vec![
        type_of("Rack", object([("label", number("1"))]), vec![name_field()]),
        type_of(
            "server",
            object([("key", list([text("it")]))]),
            vec![
                field("it", [("kind", text("ipp"))]),
                field(
                    "dc",
                    [
                        ("kind", text("ref")),
                        ("to", text("dc")),
                        ("min", number("1")),
                    ],
                ),
            ],
        ),
    ]);
    check_file(
        &draft,
        &[
            "Rack: \"Rack\" can't be a name; write \"rack\"",
            "Rack: \"label\" must be a text, not 1; write label = \"...\"",
            "server.it: there is no kind \"ipp\"; did you mean \"ip\"?",
            "server.dc: the kind \"ref\" has no setting \"min\"; leave it out: only \"integer\" or \"decimal\" has min",
            "server.dc: there is no type \"dc\"; declare it as [types.dc]",
        ],
    );
}

#[test]
fn what_is_not_said_has_its_default() {
    let schema = build(&with_server(
        object([]),
        vec![
            field("asset_tag", [("kind", text("text"))]),
            field(
                "state",
                [
                    ("kind", text("choice")),
                    ("values", list([text("in_use")])),
                    ("default", text("in_use")),
                ],
            ),
        ],
    ))
    .unwrap();
    let server = schema.named("server").unwrap();
    assert_eq!(
        (server.label.as_str(), server.plural.as_str()),
        ("Server", "servers")
    );
    assert_eq!(server.review, Review::Optional);
    let named = |name: &str| server.field_named(name).unwrap();
    assert!(named("asset_tag").searched && !named("state").searched);
    assert_eq!(named("asset_tag").label, "Asset tag");
    assert!(matches!(&named("asset_tag").kind, Kind::Text(rules) if rules.max_length == 255));
    assert!(matches!(&named("notes").kind, Kind::LongText(rules) if rules.max_length == 100_000));
    assert!(matches!(
        named("dc").kind,
        Kind::Ref {
            on_delete: OnDelete::Protect,
            target: TypeIndex(0)
        }
    ));
    assert!(matches!(
        named("tags").kind,
        Kind::Refs {
            on_delete: OnDelete::Clear,
            ..
        }
    ));
    assert!(matches!(&named("state").kind, Kind::Choice(choices) if choices[0].label == "In use"));
    assert_eq!(named("state").default, Some(Value::Text("in_use".into())));
}

#[test]
fn every_part_of_a_path_has_a_parent_up_to_the_whole() {
    let setting = SchemaPath::of_field("server", "dc").setting("to");
    let field = setting.parent().unwrap();
    assert_eq!(field, SchemaPath::of_field("server", "dc"));
    assert_eq!(field.parent(), Some(SchemaPath::of_type("server")));
    assert_eq!(
        field.parent().unwrap().parent(),
        Some(SchemaPath::default())
    );
    assert_eq!(SchemaPath::default().parent(), None);
}
