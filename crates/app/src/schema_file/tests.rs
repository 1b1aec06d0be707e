//! Files, their faults with the lines they stand on, and the way back.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, faults: &[&str]) {
    let found = read("s.toml", text).map_or_else(
        |faults| faults.iter().map(ToString::to_string).collect(),
        |_sound| Vec::new(),
    );
    assert_eq!(found, faults, "{text}");
    assert_eq!(broken_law(text), None);
}

#[test]
fn the_built_in_schema_is_sound_and_as_designed() {
    let schema = built_in().unwrap();
    let names: Vec<&str> = schema.types().iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["server", "uri", "component", "dc", "environment", "type", "tag", "group"]);
    for of in schema.types() {
        assert_eq!(of.key_fields().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["name"]);
        assert_eq!(of.plural, format!("{}s", of.name));
    }
    assert_eq!(broken_law(BUILT_IN), None);
}

#[test]
fn a_fault_names_the_line_of_its_setting() {
    check(
        "[types.dc.fields]
name = { kind = \"text\", required = true, unique = true }

[types.server]
review = \"requird\"

[types.server.fields]
name = { kind = \"text\", required = true, unique = true }
dc = { kind = \"ref\", to = \"dcc\" }
size = \"integer\"

[types.server.fields.state]
kind = \"choice\"
values = [
  \"active\",
  \"active\",
]
",
        &[
            "s.toml:5: server: \"review\" can't be \"requird\"; did you mean \"required\"?",
            "s.toml:9: server.dc: there is no type \"dcc\"; did you mean \"dc\"?",
            "s.toml:10: server.size: a field must be a table, not \"integer\"; write { kind = \"integer\" }",
            "s.toml:14: server.state: the value \"active\" stands there twice; leave one of them out",
        ],
    );
}

#[test]
fn a_fault_names_the_column_of_its_setting_in_characters() {
    let text = "[types.dc.fields]\n  name = { label = \"Näme\", kind = \"txt\" }\n";
    let faults = read("s.toml", text).unwrap_err();
    let place = faults.first().map(|fault| (fault.line, fault.column));
    assert_eq!(place, Some((2, 28)), "{faults:?}");
    let faults = read("s.toml", "[types.dc]\nlabel = x\n").unwrap_err();
    let place = faults.first().map(|fault| (fault.line, fault.column));
    assert_eq!(place, Some((2, 9)), "{faults:?}");
}

#[test]
fn what_a_type_lacks_is_told_at_its_first_line() {
    check(
        "\n\n[types.rack]\nlabel = \"Rack\"\n[types.rack.fields]\nunit = { kind = \"integer\" }\n",
        &[
            "s.toml:3: rack: no field names its records; write key = [\"name\"], or required = true and unique = true on a text field",
        ],
    );
}

#[test]
fn a_type_whose_page_would_be_one_of_the_programs_own_is_told() {
    check(
        "[types.metric.fields]
name = { kind = \"text\", required = true, unique = true }

[types.user]
label = \"Account\"
plural = \"account\"
fields.name = { kind = \"text\", required = true, unique = true }
",
        &[
            "s.toml:1: metric: its page would be at /metrics, where the program has its own; give it another, such as plural = \"metrics-list\"",
            "s.toml:6: user: its page would be at /account, where the program has its own; give it another, such as plural = \"account-list\"",
        ],
    );
}

#[test]
fn parts_that_are_no_tables_are_told() {
    check(
        "",
        &[
            "s.toml:1: there are no types; declare one with [types.server] and its fields with [types.server.fields]",
        ],
    );
    check(
        "\ntypes = 3",
        &[
            "s.toml:2: \"types\" is not a table; write [types.server] and below it [types.server.fields]",
        ],
    );
    check("[[types.rack]]\n", &["s.toml:1: rack: a type must be a table; write [types.rack]"]);
    check("[type.rack]\n", &["s.toml:1: there is no setting \"type\"; did you mean \"types\"?"]);
}

#[test]
fn faults_of_syntax_have_their_line() {
    check(
        "[types.rack]\nlabel = Rack\n",
        &[
            "s.toml:2: this is no TOML: string values must be quoted, expected literal string; correct it, so that the rest can be read",
        ],
    );
    check(
        "[types.rack]\n[types.rack]\n",
        &["s.toml:2: this is no TOML: duplicate key; correct it, so that the rest can be read"],
    );
}

#[test]
fn numbers_keep_their_digits() {
    let text = "[types.rack.fields]
name = { kind = \"text\", required = true, unique = true }
load = { kind = \"decimal\", min = +1_0.50, max = \"99999999999999999999999999999999999999\", default = 0x20 }
extra = { kind = \"json\", default = { a = [1.50, 1e5, true, \"x\"], \"b c\" = {} } }
bought = { kind = \"date\", default = 2026-11-24 }
";
    check(text, &[]);
    let schema = read("s.toml", text).unwrap();
    let rack = schema.named("rack").unwrap();
    let default = |name: &str| {
        let field = rack.field_named(name).unwrap();
        field.default.as_ref().unwrap().to_text()
    };
    assert_eq!(default("load"), "32");
    assert_eq!(default("extra"), r#"{"a":[1.50,1e+5,true,"x"],"b c":{}}"#);
    assert_eq!(default("bought"), "2026-11-24");
    let written = write(&schema);
    assert!(written.contains("min = \"10.5\""), "{written}");
}

#[test]
fn depth_ends_in_a_fault_not_in_a_crash() {
    let nested = |deep: usize| {
        format!(
            "[types.a.fields]\nname = {{ kind = \"text\", required = true, unique = true }}\nx = {{ kind = \"json\", default = {}{} }}\n",
            "[".repeat(deep),
            "]".repeat(deep)
        )
    };
    check(&nested(30), &[]);
    check(
        &nested(40),
        &[
            "s.toml:3: a.x: lists and tables lie in one another more than 32 deep; write something flatter",
        ],
    );
    let dotted = "a.".repeat(78);
    let inline = format!("{}1{}", format!("{{ {dotted}a = ").repeat(70), " }".repeat(70));
    for text in [
        nested(100_000),
        format!("[{}a]", "a.".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("x = {}", "{ a = ".repeat(100_000)),
        format!("x = {inline}"),
        format!("[{dotted}b]\nx = {inline}"),
    ] {
        assert_eq!(broken_law(&text), None);
        assert!(read("s.toml", &text).is_err());
    }
}

#[test]
fn kept_texts_keep_the_laws() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/schema");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(broken_law(&String::from_utf8_lossy(&bytes)), None, "{}", path.display());
        count += 1;
    }
    assert!(count >= 5, "{count} texts in {folder}");
}

/// A part of the built-in schema replaced by something else that such files have.
fn mutated() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just(String::new()),
        "[\\[\\]{}=.,\"'\n#_0-9a-z-]{1,3}",
        Just("true".to_owned()),
        Just("-9223372036854775808".to_owned()),
        Just("1e400".to_owned()),
        Just("nan".to_owned()),
        Just("[[]]".to_owned()),
        Just("{}".to_owned()),
        Just("\"\"".to_owned()),
        Just("refs".to_owned()),
        Just("json".to_owned()),
        Just("decimal".to_owned()),
        Just("boolean".to_owned()),
        Just("unique = true, ".to_owned()),
        Just("default = \"1\", ".to_owned()),
        Just("key".to_owned()),
        Just("unique_together = [[\"name\", \"ip\"]]\n".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    // From where the declarations begin; mutated comments tell nothing.
    let body = BUILT_IN.split_once("[types.server]").unwrap().1;
    let text = format!("[types.server]{body}");
    let length = text.len();
    proptest::collection::vec((0..length, 0..12_usize, token), 1..6).prop_map(move |edits| {
        let mut text = text.clone();
        for (start, removed, token) in edits {
            let start =
                (start..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            let end = (start.saturating_add(removed)..text.len())
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(text.len());
            text.replace_range(start..end, &token);
        }
        text
    })
}

/// The settings of a field of any kind, all of them sound or nearly.
fn settings() -> impl Strategy<Value = String> {
    let flag = |name: &'static str| {
        any::<bool>().prop_map(
            move |on| {
                if on { format!(", {name} = true") } else { String::new() }
            },
        )
    };
    let words =
        "[ -~\u{7f}\u{e9}\n\t]{0,8}".prop_map(|words| toml_edit::Value::from(words).to_string());
    let kind = prop_oneof![
        (1..900_usize, words.clone()).prop_map(|(max, default)| {
            format!("kind = \"text\", max_length = {max}, default = {default}")
        }),
        words.clone().prop_map(|default| format!("kind = \"long text\", default = {default}")),
        (any::<i64>(), any::<i64>()).prop_map(|(a, b)| {
            format!("kind = \"integer\", min = {}, max = {}", a.min(b), a.max(b))
        }),
        ("-?[1-9][0-9]{0,9}(\\.[0-9]{1,9})?", 0..38_u8).prop_map(|(default, places)| {
            format!("kind = \"decimal\", default = {default}, places = {places}")
        }),
        proptest::collection::btree_set("[a-z ,|']{1,5}", 1..4)
            .prop_map(|values| { format!("kind = \"choice\", values = {values:?}") }),
        words
            .clone()
            .prop_map(|text| format!("kind = \"json\", default = {{ {text:?} = [{text}, 1.50] }}")),
        Just("kind = \"ref\", to = \"t0\", on_delete = \"cascade\"".to_owned()),
        Just("kind = \"refs\", to = \"t1\", on_delete = \"protect\"".to_owned()),
        Just("kind = \"network\", search = true, default = \"10.0.0.0/8\"".to_owned()),
        Just("kind = \"url\", search = false, pattern = 'https:.*'".to_owned()),
        Just("kind = \"datetime\", default = 2026-01-01T00:00:00Z".to_owned()),
        Just("kind = \"mac\", default = \"00-1B-44-11-3A-B7\"".to_owned()),
    ];
    (kind, flag("required"), flag("index"), words).prop_map(|(kind, required, index, help)| {
        format!("{{ {kind}{required}{index}, help = {help} }}")
    })
}

fn generated() -> impl Strategy<Value = String> {
    let fields = proptest::collection::vec(settings(), 0..4);
    proptest::collection::vec(fields, 2..4).prop_map(|types| {
        let types = types.iter().enumerate().map(|(at, fields)| {
            let settings = "key = [\"b\", \"a\"]\nunique_together = [[\"a\", \"c\"]]";
            let mut lines = vec![format!("[types.t{at}]\n{settings}\n[types.t{at}.fields]")];
            lines.extend(
                ["a", "b", "c"]
                    .map(|name| format!("{name} = {{ kind = \"text\", required = true }}")),
            );
            let others = fields.iter().enumerate();
            lines.extend(others.map(|(at, settings)| format!("f{at} = {settings}")));
            lines.join("\n")
        });
        types.collect::<Vec<_>>().join("\n")
    })
}

/// The generator is worth little if its schemas are refused.
#[test]
fn most_generated_schemas_are_sound() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = settings();
    let sound = (0..200)
        .filter(|_| {
            let settings = strategy.new_tree(&mut runner).unwrap().current();
            let name = "name = { kind = \"text\", required = true, unique = true }";
            let others = format!("[types.t0.fields]\n{name}\n[types.t1.fields]\n{name}\n");
            read("s.toml", &format!("{others}it = {settings}")).is_ok()
        })
        .count();
    assert!(sound > 80, "{sound} of 200");
}

proptest! {
    #[test]
    fn any_text_keeps_the_laws(text in any::<String>()) {
        prop_assert_eq!(broken_law(&text), None);
    }

    #[test]
    fn texts_like_toml_keep_the_laws(text in "(\\[?\\[types(\\.[a-z\"]{0,3}){0,3}\\]?\\]\n|[a-z.\"]{1,9} = [a-z0-9\"'\\[\\]{}=, ]{0,20}\n){0,9}") {
        prop_assert_eq!(broken_law(&text), None);
    }

    #[test]
    fn mutations_of_the_built_in_schema_keep_the_laws(text in mutated()) {
        prop_assert_eq!(broken_law(&text), None);
    }

    #[test]
    fn generated_schemas_keep_the_laws(text in generated()) {
        prop_assert_eq!(broken_law(&text), None);
    }
}
