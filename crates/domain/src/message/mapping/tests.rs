//! What messages become by a mapping, and what they are told that become nothing.

use proptest::prelude::*;

use super::super::{Format, Incoming, Payload, read};
use super::*;

fn object(members: &[(&str, Json)]) -> Json {
    Json::Object(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}

fn number(digits: &str) -> Json {
    Json::Number(digits.to_owned())
}

fn place(text: &str) -> Place {
    Place::parse(text).unwrap()
}

fn rule(field: &str, places: &[&str]) -> FieldRule {
    let places = places.iter().map(|text| place(text)).collect();
    FieldRule { field: field.to_owned(), places, part: Part::Whole, values: None, default: None }
}

fn map(values: &[(&str, Json)], otherwise: Otherwise) -> ValueMap {
    let values = values.iter().map(|(word, value)| ((*word).to_owned(), value.clone())).collect();
    ValueMap { values, otherwise }
}

/// Servers by their name, which tombstones have in their key.
fn servers() -> Mapping {
    let states = [("up", Json::text("active")), ("1", Json::text("active"))];
    let state = FieldRule {
        values: Some(map(&states, Otherwise::Refuse)),
        default: Some(Json::text("planned")),
        ..rule("state", &["/state"])
    };
    let origin = FieldRule { default: Some(Json::text("cmdb")), ..rule("group", &[]) };
    let words = [("gone", Operation::Delete), ("seen", Operation::Upsert)];
    Mapping {
        key: vec![rule("name", &["/host/name", "key:"])],
        fields: vec![state, origin, rule("ip", &["/host/ips/0", "/host/ip"])],
        operation: OperationRule::Told {
            places: vec![place("/what")],
            words: words.map(|(word, operation)| (word.to_owned(), operation)).into(),
            otherwise: None,
        },
        tombstone: Some(Operation::Delete),
        id: Some(place("header:id")),
        time: Some(place("/at")),
        sequence: Some(place("/number")),
    }
}

fn message(payload: Json) -> Incoming {
    let headers = vec![("id".to_owned(), Some(b"m1".to_vec()))];
    Incoming { key: Some(Json::text("db9")), headers, payload: Payload::Json(payload) }
}

fn seen(more: &[(&str, Json)]) -> Json {
    let host = object(&[("name", Json::text("db1")), ("ip", Json::text("10.0.0.1"))]);
    let usual = [("what", Json::text("seen")), ("host", host), ("state", Json::text("up"))];
    // Of two members of one name the later counts.
    object(&[&usual[..], more].concat())
}

fn understand(mapping: &Mapping, message: Incoming) -> Result<Fact, Vec<MessageFault>> {
    mapping.understand(&read(Format::Plain, message)?)
}

#[track_caller]
fn check_fields(payload: Json, expect: &[(&str, Json)]) {
    let fact = understand(&servers(), message(payload)).unwrap();
    assert_eq!(Json::Object(fact.fields), object(expect));
}

#[track_caller]
fn check_refused(mapping: &Mapping, payload: Json, expect: &[&str]) {
    let faults = understand(mapping, message(payload)).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(told, expect);
}

#[test]
fn a_message_becomes_a_fact() {
    let more = [("at", Json::text("2026-01-31T12:00:00Z")), ("number", number("7"))];
    let fact = understand(&servers(), message(seen(&more))).unwrap();
    assert_eq!(fact.operation, Operation::Upsert);
    assert_eq!(Json::Object(fact.key), object(&[("name", Json::text("db1"))]));
    assert_eq!(fact.id, Some(MessageId { source: None, id: "m1".to_owned() }));
    assert_eq!(fact.stamp.at, Some("2026-01-31T12:00:00Z".parse().unwrap()));
    assert_eq!(fact.stamp.sequence, Some(Sequence::Number(7)));
    let expect = [
        ("name", Json::text("db1")),
        ("state", Json::text("active")),
        ("group", Json::text("cmdb")),
        ("ip", Json::text("10.0.0.1")),
    ];
    assert_eq!(Json::Object(fact.fields), object(&expect));
}

#[test]
fn the_first_place_that_has_anything_counts() {
    let name = ("name", Json::text("db1"));
    let constants = [("state", Json::text("active")), ("group", Json::text("cmdb"))];
    let ips = |ips: Json| object(&[name.clone(), ("ips", ips), ("ip", Json::text("10.0.0.1"))]);
    let with = |ip: Json| [&[name.clone(), ("ip", ip)][..], &constants].concat();
    let list = Json::List(vec![Json::text("10.0.0.2")]);
    check_fields(seen(&[("host", ips(list))]), &with(Json::text("10.0.0.2")));
    check_fields(seen(&[("host", ips(Json::List(Vec::new())))]), &with(Json::text("10.0.0.1")));
    // Null is something: the field is to be empty.
    check_fields(seen(&[("host", ips(Json::List(vec![Json::Null])))]), &with(Json::Null));
    // What is not told is left as it is.
    let bare = object(std::slice::from_ref(&name));
    check_fields(seen(&[("host", bare)]), &[std::slice::from_ref(&name), &constants].concat());
}

#[test]
fn values_are_mapped_by_their_word() {
    let state = |value: Json| {
        let fact = understand(&servers(), message(seen(&[("state", value)])));
        fact.map(|fact| fact.fields.get("state").cloned())
    };
    assert_eq!(state(number("1")), Ok(Some(Json::text("active"))));
    assert_eq!(state(Json::text("1")), Ok(Some(Json::text("active"))));
    for unknown in [Json::text("UP"), Json::Bool(true), Json::Null, Json::List(Vec::new())] {
        assert!(state(unknown).is_err());
    }
    let mut lenient = servers();
    let value = |mapping: &Mapping| {
        let fact = understand(mapping, message(seen(&[("state", Json::text("odd"))]))).unwrap();
        fact.fields.get("state").cloned()
    };
    lenient.fields[0].values = Some(map(&[], Otherwise::Keep));
    assert_eq!(value(&lenient), Some(Json::text("odd")));
    lenient.fields[0].values = Some(map(&[], Otherwise::Become(Json::Null)));
    assert_eq!(value(&lenient), Some(Json::Null));
}

#[test]
fn a_part_of_what_is_there_may_be_meant() {
    let slug = |text: &str| object(&[("id", number("1")), ("slug", Json::text(text))]);
    let list = Json::List(vec![slug("ssd"), Json::text("no object"), slug("raid")]);
    let each = Part::Each(Pointer::parse("/slug").unwrap());
    let (ssd, address) = (Json::text("ssd"), Json::text("10.0.0.1/24"));
    for (part, there, expect) in [
        (each.clone(), list, Json::List(vec![ssd.clone(), Json::text("raid")])),
        // What is no list has no items.
        (each, ssd.clone(), ssd.clone()),
        (Part::Host, address.clone(), Json::text("10.0.0.1")),
        (Part::Host, Json::text("2001:db8::1/64"), Json::text("2001:db8::1")),
        (Part::Host, Json::text("10.0.0.1"), Json::text("10.0.0.1")),
        (Part::Host, Json::Null, Json::Null),
        (Part::Whole, address.clone(), address),
    ] {
        let rule = FieldRule { part, ..rule("tags", &["/tags"]) };
        let mapping = Mapping { fields: vec![rule], ..servers() };
        let fact = understand(&mapping, message(seen(&[("tags", there)]))).unwrap();
        assert_eq!(fact.fields["tags"], expect);
    }
}

#[test]
fn a_delete_has_nothing_but_the_key() {
    // What else it says does not matter, be it wrong.
    let gone = [("what", Json::text("gone")), ("state", Json::text("odd"))];
    let fact = understand(&servers(), message(seen(&gone))).unwrap();
    assert_eq!((fact.operation, &fact.fields), (Operation::Delete, &fact.key));
    let tombstone = Incoming { payload: Payload::Tombstone, ..message(Json::Null) };
    let fact = understand(&servers(), tombstone.clone()).unwrap();
    assert_eq!(fact.operation, Operation::Delete);
    assert_eq!(Json::Object(fact.key), object(&[("name", Json::text("db9"))]));
    let strict = Mapping { tombstone: None, ..servers() };
    assert_eq!(understand(&strict, tombstone.clone()), Err(vec![MessageFault::Tombstone]));
    let keyless = Incoming { key: None, ..tombstone };
    let told = MessageFault::join(&understand(&servers(), keyless).unwrap_err());
    assert_eq!(told, "nothing tells the key field name: there is nothing at /host/name or key:");
}

#[test]
fn operations_that_nobody_knows_are_refused_unless_told_otherwise() {
    let odd = seen(&[("what", Json::text("maybe"))]);
    check_refused(&servers(), odd.clone(), &["\"maybe\" is no operation that this source knows"]);
    let none = object(&[("host", object(&[("name", Json::text("db1"))]))]);
    check_refused(
        &servers(),
        none.clone(),
        &["nothing tells what to do: there is nothing at /what"],
    );
    let OperationRule::Told { places, words, .. } = servers().operation else { unreachable!() };
    let otherwise = Some(Operation::Upsert);
    let operation = OperationRule::Told { places, words, otherwise };
    let lenient = Mapping { operation, ..servers() };
    for payload in [odd, none] {
        assert_eq!(understand(&lenient, message(payload)).unwrap().operation, Operation::Upsert);
    }
}

#[test]
fn all_faults_are_told_together() {
    let host = object(&[("name", Json::text(""))]);
    let payload = seen(&[
        ("host", host),
        ("state", Json::text("odd")),
        ("at", Json::text("noon")),
        ("number", number("1.5")),
    ]);
    let told = [
        "nothing tells the key field name: there is nothing at /host/name or key:",
        "the field state can't be \"odd\": the source's map has no such value",
        "the message's time must be as in RFC 3339, or milliseconds since 1970, not \"noon\"",
        "the message's sequence must be text or a whole number, not 1.5",
    ];
    check_refused(&servers(), payload, &told);
}

#[test]
fn an_id_is_short_text_or_a_number() {
    let by_member = Mapping { id: Some(place("/id")), ..servers() };
    let id = |value: Json| understand(&by_member, message(seen(&[("id", value)])));
    assert_eq!(id(number("7")).unwrap().id.unwrap().id, "7");
    assert!(id(Json::text("i".repeat(ID_MAX))).is_ok());
    for bad in [Json::text("i".repeat(ID_MAX + 1)), Json::text(""), Json::Null, Json::Bool(true)] {
        assert!(matches!(id(bad).unwrap_err()[..], [MessageFault::BadId(_)]));
    }
    assert_eq!(understand(&by_member, message(seen(&[]))).unwrap().id, None);
}

#[test]
fn an_event_brings_id_time_and_sequence_of_its_own() {
    let header = |name: &str, value: &str| (name.to_owned(), Some(value.as_bytes().to_vec()));
    let headers = vec![
        header("ce_specversion", "1.0"),
        header("ce_id", "7"),
        header("ce_source", "/cmdb"),
        header("ce_type", "seen"),
        header("ce_time", "2026-01-31T12:00:00Z"),
        header("ce_sequence", "00042"),
    ];
    let event = Incoming { headers, ..message(seen(&[("what", Json::Null)])) };
    let OperationRule::Told { words, .. } = servers().operation else { unreachable!() };
    let places = vec![place("attribute:type")];
    let operation = OperationRule::Told { places, words, otherwise: None };
    let mapping = Mapping { operation, id: None, time: None, sequence: None, ..servers() };
    let fact = mapping.understand(&read(Format::CloudEvents, event).unwrap()).unwrap();
    assert_eq!(fact.operation, Operation::Upsert);
    let source = Some("/cmdb".to_owned());
    assert_eq!(fact.id, Some(MessageId { source, id: "7".to_owned() }));
    assert_eq!(fact.stamp.at, Some("2026-01-31T12:00:00Z".parse().unwrap()));
    assert_eq!(fact.stamp.sequence, Some(Sequence::Number(42)));
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        "-?[0-9]{1,25}(\\.[0-9]{1,3})?".prop_map(Json::Number),
        "(seen|gone|up|db1|[a-z0-9é]{0,6})".prop_map(Json::Text),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = "(host|name|ip|ips|state|what|at|number|[a-z]{1,3})";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            proptest::collection::btree_map(name, inner, 0..6).prop_map(Json::Object),
        ]
    })
}

proptest! {
    /// Whatever comes, it becomes a fact with a key, or faults that say why not.
    #[test]
    fn every_message_is_understood_or_told_why_not(
        payload in any_json(),
        key in proptest::option::of(any_json()),
        is_event in any::<bool>(),
    ) {
        let format = if is_event { Format::CloudEvents } else { Format::Plain };
        let incoming = Incoming { key, ..message(payload) };
        match read(format, incoming).and_then(|parts| servers().understand(&parts)) {
            Ok(fact) => {
                prop_assert!(fact.key.values().all(|value| *value != Json::Null));
                prop_assert!(fact.key.iter().all(|(field, value)| fact.fields.get(field) == Some(value)));
                prop_assert_eq!(fact.key.len(), 1);
            }
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                prop_assert!(MessageFault::join(&faults).chars().count() < 2_000);
            }
        }
    }
}
