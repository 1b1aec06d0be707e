//! Faults of keys and of fields that are unique together.

use super::*;

#[test]
fn keys_name_required_fields_that_hold_one_plain_value() {
    let key = |names: &[&str]| ("key", Json::List(names.iter().map(|name| text(name)).collect()));
    check_type([key(&["name"])], &[]);
    check_type([key(&["nmae"])], &["server: there is no field \"nmae\"; did you mean \"name\"?"]);
    check_type(
        [key(&["name", "name"])],
        &["server: \"key\" names \"name\" twice; name each field once"],
    );
    check_type([key(&[])], &["server: the key is empty; write key = [\"name\"]"]);
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
        &with_server(object([key(&["it"])]), vec![field("it", [("kind", text("ip"))])]),
        &["server: the key field \"it\" is not required; write required = true on \"it\""],
    );
    check_type(
        [key(&["a", "b", "c", "d", "e", "f", "g", "h", "i"])],
        &["server: there are 9 fields in \"key\"; name at most 8"],
    );
}

/// A text that may have this many characters.
fn long(name: &str, max_length: usize) -> FieldDraft {
    let settings = [
        ("kind", text("text")),
        ("required", YES),
        ("max_length", number(&max_length.to_string())),
    ];
    field(name, settings)
}

#[test]
fn what_keys_and_sets_may_hold_fits_into_an_index() {
    let names = |names: &[&str]| Json::List(names.iter().map(|name| text(name)).collect());
    let key = |fields: Vec<FieldDraft>, key: &[&str], faults: &[&str]| {
        check_file(&with_server(object([("key", names(key))]), fields), faults);
    };
    key(vec![long("it", 400)], &["it"], &[]);
    key(
        vec![long("it", 401)],
        &["it"],
        &[
            "server: the key field \"it\" may have 401 characters, which don't fit into an index; write max_length = 400 or less on \"it\"",
        ],
    );
    key(vec![long("a", 400), long("b", 250)], &["a", "b"], &[]);
    let set = [("unique_together", list([names(&["a", "b"])]))];
    check_file(
        &with_server(object(set), vec![long("a", 400), long("b", 251)]),
        &[
            "server: \"a\", \"b\" may have 2604 bytes together, which don't fit into an index; lower their max_length until they have at most 2600; a character of a text or email counts as 4",
        ],
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
        &rack(vec![field("name", [("kind", text("text")), ("unique", YES)])]),
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
