//! What files mean, as facts about the built-in schema's servers.

use std::path::Path;

use domain::change::{Action, ProposedChange, Target};
use domain::schema::Schema;
use proptest::prelude::*;

use super::*;
use crate::schema_file::built_in;

fn schema() -> Schema {
    built_in().unwrap()
}

fn options(columns: &[(&str, &str)], defaults: &[(&str, &str)]) -> ReadOptions {
    let owned = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        pairs.collect()
    };
    ReadOptions {
        columns: Mapping::ByName(owned(columns)),
        defaults: owned(defaults),
        ..ReadOptions::default()
    }
}

fn servers(text: &str, options: &ReadOptions) -> Result<Import, ImportError> {
    let schema = schema();
    let server = schema.named("server").unwrap().index;
    read(&schema, server, text.as_bytes(), options)
}

/// What the rows ask for, one line each: `#id` or the key, then the fields.
fn asked(import: &Import) -> Vec<String> {
    let show = |action: &Action| {
        let (subject, fields) = match action {
            Action::Put { key, fields, .. } => (domain::value::label(key), fields),
            Action::Update { target: Target::Id(id), fields, .. } => (format!("#{id}"), fields),
            Action::Add { .. }
            | Action::Update { .. }
            | Action::Restore { .. }
            | Action::Delete { .. } => panic!("{action:?}"),
        };
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{subject}: {}", fields.join(" "))
    };
    import.changes.iter().map(|change| show(&change.action)).collect()
}

#[track_caller]
fn check(text: &str, options: &ReadOptions, rows: &[&str]) {
    let import = servers(text, options).unwrap();
    assert_eq!(import.bad_rows(), []);
    assert_eq!(asked(&import), rows, "{text:?}");
}

#[track_caller]
fn check_bad(text: &str, bad: &[&str]) {
    let import = servers(text, &ReadOptions::default()).unwrap();
    let found: Vec<String> =
        import.bad_rows().iter().map(|bad| format!("{}: {}", bad.place, bad.why())).collect();
    assert_eq!(found, bad, "{text:?}");
}

#[test]
fn a_blank_cell_clears_and_a_missing_column_leaves_alone() {
    check(
        "name,description\ndb1, \n",
        &ReadOptions::default(),
        &[r#"db1: description=null name="db1""#],
    );
}

#[test]
fn a_row_is_matched_by_its_id_else_by_its_key() {
    check(
        "id,name\n7,db1\n,db2\n",
        &ReadOptions::default(),
        &[r#"#7: name="db1""#, r#"db2: name="db2""#],
    );
    check(
        r#"[{"id": 7, "name": "db1"}, {"id": null, "name": "db2"}]"#,
        &ReadOptions::default(),
        &[r#"#7: name="db1""#, r#"db2: name="db2""#],
    );
}

#[test]
fn cells_of_references_hold_keys_and_lists() {
    check(
        "name,dc,tags\ndb1,iad1,a| b |c\\|d\n",
        &ReadOptions::default(),
        &[r#"db1: dc="iad1" name="db1" tags=["a","b","c|d"]"#],
    );
    let with_commas = ReadOptions { list_separator: ',', ..ReadOptions::default() };
    check("name;tags\ndb1;a,b\n", &with_commas, &[r#"db1: name="db1" tags=["a","b"]"#]);
}

#[test]
fn objects_keep_their_values_as_they_are() {
    check(
        r#"{"name": "db1", "dc": {"id": 3}, "tags": ["a", 4]}"#,
        &ReadOptions::default(),
        &[r#"db1: dc={"id":3} name="db1" tags=["a",4]"#],
    );
}

#[test]
fn columns_are_mapped_and_blanks_get_defaults() {
    check(
        "Host,Extra,dc\ndb1,x,\ndb2,y,fra1\n",
        &options(&[("Host", "name"), ("Extra", "")], &[("dc", "iad1"), ("tags", "a|b")]),
        &[
            r#"db1: dc="iad1" name="db1" tags=["a","b"]"#,
            r#"db2: dc="fra1" name="db2" tags=["a","b"]"#,
        ],
    );
}

#[test]
fn what_our_exports_have_beside_the_fields_is_passed_over() {
    check(
        "id,url,name,revision,created_at,updated_at,changed_by,import_place,import_reason\n\
         7,http://x/,db1,3,2026-01-01,2026-01-01,alice,line 3,\n",
        &ReadOptions::default(),
        &[r#"#7: name="db1""#],
    );
}

#[test]
fn columns_and_options_that_do_not_fit_are_told_all_at_once() {
    let error = servers(
        "nmae,ip,IP\ndb1,10.0.0.1,10.0.0.1\n",
        &options(&[("IP", "ip"), ("Host", "name")], &[("dcc", "iad1")]),
    )
    .unwrap_err()
    .to_string();
    let fields = "its fields are: name, ip, component, dc, environment, type, state, group, \
                  tags, description";
    let expected = [
        r#"the file has no column "Host" to map; it has: nmae, ip, IP"#.to_owned(),
        format!(
            r#"the default for "dcc": a server has no field "dcc" (did you mean "dc"?); {fields}"#
        ),
        format!(r#"column "nmae": a server has no field "nmae" (did you mean "name"?); {fields}"#),
        r#"columns "ip" and "IP" both hold "ip""#.to_owned(),
        "no column holds \"name\", which tells one server from another; \
         the columns are: nmae, ip, IP"
            .to_owned(),
    ];
    assert_eq!(error, expected.join("\n"));
}

#[test]
fn rows_that_can_not_be_meant_are_told_with_their_lines() {
    check_bad(
        "id,name\n\nx,db1\n,\" \"\n,a\x01\n1,2,3\n,ok\n",
        &[
            "line 3: id: A valid integer is required.",
            "line 5: name: Control characters and line breaks are not allowed.",
            "line 6: the row has 3 cells and the header 2; is a separator not in quotes?",
        ],
    );
    check_bad("name,ip\n,10.0.0.1\n", &["line 2: name: a server needs one, or an id"]);
}

#[test]
fn rows_about_the_same_record_are_all_bad() {
    let why = "line 2, line 4 are about the same server, name=db1";
    check_bad(
        "name,ip\ndb1,10.0.0.1\ndb2,10.0.0.2\ndb1,10.0.0.3\n",
        &[&format!("line 2: {why}"), &format!("line 4: {why}")],
    );
}

#[test]
fn bad_rows_come_back_with_place_and_reason_in_the_form_of_their_file() {
    let import = servers("name;tags\n;\"a,\"\"b\"\"\"\n", &ReadOptions::default()).unwrap();
    assert_eq!(
        import.rejects(import.bad_rows()),
        "import_place,import_reason,name,tags\n\
         line 2,\"name: a server needs one, or an id\",,\"a,\"\"b\"\"\"\n"
    );
    let import = servers(r#"[{"ip": "10.0.0.1"}]"#, &ReadOptions::default()).unwrap();
    assert_eq!(
        import.rejects(import.bad_rows()),
        "{\"import_place\":\"item 1\",\"import_reason\":\"name: a server needs one, or an id\",\
         \"ip\":\"10.0.0.1\"}\n"
    );
}

#[test]
fn missing_references_are_each_put_once_before_the_rows() {
    let schema = schema();
    let import =
        servers("name,dc,tags\na,iad1,x|y\nb,iad1,y\nc,,\n", &ReadOptions::default()).unwrap();
    let describe = |change: ProposedChange| {
        let Action::Put { key, .. } = change.action else { panic!("{change:?}") };
        let type_name = &schema.get(change.type_index).name;
        format!("{type_name} {}", domain::value::label(&key))
    };
    let wanted: Vec<String> =
        missing(&schema, import.type_index, &import.changes).into_iter().map(describe).collect();
    assert_eq!(wanted, ["dc iad1", "tag x", "tag y"]);
}

#[test]
fn kept_files_break_no_law() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/import");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(broken_law(&schema(), &bytes, &ReadOptions::default()), None, "{path:?}");
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

proptest! {
    #[test]
    fn no_bytes_break_a_law(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(broken_law(&schema(), &bytes, &ReadOptions::default()), None);
    }

    #[test]
    fn no_text_breaks_a_law(
        header in "(name|id|tags|name,id|name;tags|\\[|\\{\"name\":)",
        rest in "[\\[{}\\]\":,;a1\n\r\t |\\\\\u{0}\u{e9}]{0,60}",
    ) {
        let text = format!("{header}{rest}");
        prop_assert_eq!(broken_law(&schema(), text.as_bytes(), &ReadOptions::default()), None);
    }
}
