//! Each fault of a schema, with its exact words.

mod keys;
mod kinds;

use super::*;
use crate::schema::samples::{
    YES, field, list, name_field, number, object, of_types, text, type_of,
};
use crate::schema::{Kind, OnDelete};
use crate::value::Value;

/// `dc`, and `server` with the fields `name`, `dc`, `tags`, `notes` and those given.
fn with_server(settings: Json, fields: Vec<FieldDraft>) -> SchemaDraft {
    let mut all = vec![
        name_field(),
        field("dc", [("kind", text("ref")), ("to", text("dc"))]),
        field("tags", [("kind", text("refs")), ("to", text("dc"))]),
        field("notes", [("kind", text("long text"))]),
    ];
    all.extend(fields);
    of_types(vec![type_of("dc", object([]), vec![name_field()]), type_of("server", settings, all)])
}

fn faults_of(draft: &SchemaDraft) -> Vec<String> {
    build(draft)
        .map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |_sound| Vec::new())
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
    check_file(&with_server(object([]), vec![field("it", settings)]), faults);
}

/// Checks a field `it` of this kind with one more setting, and the setting that the fault is on.
#[track_caller]
fn check_setting(kind: &str, name: &str, value: Json, fault: &str) {
    let draft = with_server(object([]), vec![field("it", [("kind", text(kind)), (name, value)])]);
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
    check_file(&beside("type"), &["schema: there is no setting \"type\"; did you mean \"types\"?"]);
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
        (0..count).map(|at| type_of(&format!("t{at}"), object([]), vec![name_field()])).collect()
    };
    check_file(&of_types(many(200)), &[]);
    check_file(&of_types(many(201)), &["schema: there are 201 types; declare at most 200"]);
}

#[test]
fn types_have_names_and_plurals_of_their_own() {
    let named = |name: &str| of_types(vec![type_of(name, object([]), vec![name_field()])]);
    check_file(&named("rack"), &[]);
    check_file(
        &named("Data Center"),
        &["Data Center: \"Data Center\" can't be a name; write \"data_center\""],
    );
    check_file(&named("räck\n"), &["räck\\n: \"räck\\n\" can't be a name; write \"r_ck\""]);
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
            type_of("shelf", object([("plural", text("racks"))]), vec![name_field()]),
        ]),
        &[
            "shelf: its plural \"racks\" is that of \"rack\" too; give it another, such as plural = \"racks-list\"",
        ],
    );
    for place in ["account", "api", "auth", "healthz", "integrations", "login", "metrics", "readyz"]
    {
        check_type(
            [("plural", text(place))],
            &[&format!(
                "server: its page would be at /{place}, where the program has its own; give it another, such as plural = \"{place}-list\"",
            )],
        );
    }
    check_file(
        &named("metric"),
        &[
            "metric: its page would be at /metrics, where the program has its own; give it another, such as plural = \"metrics-list\"",
        ],
    );
    check_type(
        [("plural", text("favicon.ico"))],
        &[
            "server: \"favicon.ico\" can't stand in an address; write a-z, 0-9 and single dashes, beginning with a letter, such as \"servers\"",
        ],
    );
    // What was applied by a program without that page can still be read, so that it can be left.
    let metric = named("metric");
    assert!(build(&metric).is_err() && build_applied(&metric).is_ok());
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
fn a_review_is_a_word_or_a_table_that_says_more() {
    check_type([("review", object([("approvals", number("2")), ("expires", text("30d"))]))], &[]);
    check_type(
        [(
            "review",
            object([
                ("polcy", text("off")),
                ("approvals", number("0")),
                ("group", number("1")),
                ("expires", text("3m")),
            ]),
        )],
        &[
            "server: review has no setting \"polcy\"; did you mean \"policy\"?",
            "server: \"approvals\" can't be 0; write a whole number from 1 to 9",
            "server: \"group\" must be a text, not 1; write group = \"...\"",
            "server: \"expires\" can't be \"3m\"; write a day or more, such as 30d, 6mo or 1y",
        ],
    );
    check_type(
        [("review", list([]))],
        &["server: \"review\" can't be a list; write \"required\", \"optional\" or \"off\""],
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
            "server: a type has no setting \"colour\"; a type has plural, label, description, key, review, reason, if_match, unique_together and fields",
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
    check_file(&named("a__b"), &["server.a__b: \"a__b\" can't be a name; write \"a_b\""]);
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
    let many = (0..197).map(|at| field(&format!("f{at}"), [("kind", text("ip"))])).collect();
    assert!(
        faults_of(&with_server(object([]), many))
            .contains(&"server: there are 201 fields; declare at most 200 in one type".to_owned())
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
                field("dc", [("kind", text("ref")), ("to", text("dc")), ("min", number("1"))]),
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
    assert_eq!((server.label.as_str(), server.plural.as_str()), ("Server", "servers"));
    assert_eq!(server.review, Review::Optional.into());
    let named = |name: &str| server.field_named(name).unwrap();
    assert!(named("asset_tag").searched && !named("state").searched);
    assert_eq!(named("asset_tag").label, "Asset tag");
    assert!(matches!(&named("asset_tag").kind, Kind::Text(rules) if rules.max_length == 255));
    assert!(matches!(&named("notes").kind, Kind::LongText(rules) if rules.max_length == 100_000));
    assert!(matches!(
        named("dc").kind,
        Kind::Ref { on_delete: OnDelete::Protect, target: TypeIndex(0) }
    ));
    assert!(matches!(named("tags").kind, Kind::Refs { on_delete: OnDelete::Clear, .. }));
    assert!(matches!(&named("state").kind, Kind::Choice(choices) if choices[0].label == "In use"));
    assert_eq!(named("state").default, Some(Value::Text("in_use".into())));
}

#[test]
fn every_part_of_a_path_has_a_parent_up_to_the_whole() {
    let setting = SchemaPath::of_field("server", "dc").setting("to");
    let field = setting.parent().unwrap();
    assert_eq!(field, SchemaPath::of_field("server", "dc"));
    assert_eq!(field.parent(), Some(SchemaPath::of_type("server")));
    assert_eq!(field.parent().unwrap().parent(), Some(SchemaPath::default()));
    assert_eq!(SchemaPath::default().parent(), None);
}
