//! Three values of a field, and what comes of them.

use super::*;
use crate::filter::fixture::schema;

/// A value in few words: `-` is none, `#1` a reference, `#1,#2` a list of them, `[]` an empty one.
fn value(text: &str) -> Json {
    let reference = |text: &str| {
        let id = text.trim_start_matches('#');
        // What it is called has no say in whether it is the same.
        let name = format!("called {}", text.len());
        Json::Object(BTreeMap::from([
            ("id".to_owned(), Json::Number(id.to_owned())),
            ("name".to_owned(), Json::Text(name)),
        ]))
    };
    match text {
        "-" => Json::Null,
        "[]" => Json::List(Vec::new()),
        list if list.contains(',') => Json::List(list.split(',').map(reference).collect()),
        one if one.starts_with("##") => Json::List(vec![reference(one)]),
        one if one.starts_with('#') => reference(one),
        text => Json::text(text),
    }
}

fn values(pairs: &[(&str, &str)]) -> Values {
    let named = pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text)));
    named.filter(|(_, value)| *value != Json::Null).collect()
}

fn update(base: &[(&str, &str)], proposed: &[(&str, &str)]) -> Requested {
    let asked = proposed.iter().map(|(name, text)| ((*name).to_owned(), value(text)));
    Requested {
        type_name: "server".to_owned(),
        id: Some(RecordId(1)),
        action: RequestedAction::Update,
        base_revision: Some(Revision(1)),
        base: Some(values(base)),
        proposed: asked.collect(),
    }
}

#[track_caller]
fn check(name: &str, [before, proposed, current]: [&str; 3], expected: (Comparison, &str)) {
    let schema = schema();
    let of = schema.named("server");
    let requested = update(&[(name, before)], &[(name, proposed)]);
    let now = values(&[(name, current)]);
    let compared = compare(of, &requested, Some(&now));
    let [field] = compared.fields.as_slice() else { panic!("{compared:?}") };
    let is_reference = is_reference(of, name);
    let is_same = essence(is_reference, &field.result) == essence(is_reference, &value(expected.1));
    let told = format!("{name}: {before} → {proposed}, now {current}: {field:?}");
    assert!(field.comparison == expected.0 && is_same, "{told}");
    assert_eq!(compared.has_conflict(), expected.0 == Comparison::Conflict, "{told}");
}

#[test]
fn a_field_is_asked_for_and_may_have_moved() {
    use Comparison::{Changed, Conflict, MovedSince, Same};
    for (name, before, proposed, current, comparison, result) in [
        ("description", "a", "b", "a", Changed, "b"),
        ("description", "a", "b", "b", Same, "b"),
        ("description", "a", "b", "c", Conflict, "c"),
        ("description", "a", "-", "a", Changed, "-"),
        ("description", "a", "-", "c", Conflict, "c"),
        ("description", "-", "b", "-", Changed, "b"),
        ("description", "-", "b", "c", Conflict, "c"),
        ("dc", "#1", "#2", "#1", Changed, "#2"),
        ("dc", "#1", "#2", "#2", Same, "#2"),
        ("dc", "#1", "#2", "#3", Conflict, "#3"),
        ("tags", "#1,#2", "#1,#3", "#1,#2", Changed, "#1,#3"),
        ("tags", "#1,#2", "#1,#3", "#1,#2,#4", MovedSince, "#1,#4,#3"),
        ("tags", "#1,#2", "#1,#3", "#1,#3", Same, "#1,#3"),
        ("tags", "#1,#2", "[]", "#1,#2,#4", MovedSince, "##4"),
        ("tags", "-", "##1", "##2", MovedSince, "#2,#1"),
        ("tags", "##1", "-", "-", Same, "-"),
        ("tags", "#1,#2", "##1", "#1,#2", Changed, "##1"),
    ] {
        check(name, [before, proposed, current], (comparison, result));
    }
}

#[test]
fn a_field_that_is_not_asked_for_stays_as_others_left_it() {
    let schema = schema();
    let requested = update(&[("name", "a"), ("ip", "10.0.0.1")], &[("name", "b")]);
    let now = values(&[("name", "a"), ("ip", "10.0.0.2")]);
    let compared = compare(schema.named("server"), &requested, Some(&now));
    assert_eq!(compared.outcome(), values(&[("name", "b")]));
    let ip = compared.fields.iter().find(|field| field.name == "ip").unwrap();
    assert_eq!((ip.comparison, ip.is_touched), (Comparison::MovedSince, false));
    assert!(!compared.has_conflict());
}

#[track_caller]
fn seen(requested: &Requested, now: Option<&Values>) -> String {
    let schema = schema();
    let of = schema.named("server");
    let mut out = String::new();
    compare(of, requested, now).write_seen(of, &mut out);
    out
}

#[test]
fn what_is_seen_changes_with_what_is_touched_alone() {
    let base = [("name", "a"), ("ip", "1"), ("dc", "#1"), ("tags", "#1,#2")];
    let requested = update(&base, &[("name", "b"), ("tags", "##1"), ("dc", "#2")]);
    let first = seen(&requested, Some(&values(&base)));
    let with = |name: &str, text: &str| {
        let mut now = values(&base);
        now.insert(name.to_owned(), value(text));
        seen(&requested, Some(&now))
    };
    assert_eq!(first, with("ip", "2"), "not touched");
    assert_eq!(first, with("tags", "#2,#1"), "the same tags");
    assert_ne!(first, with("name", "c"));
    assert_ne!(first, with("tags", "#1,#2,#3"));
    assert_ne!(first, with("dc", "#3"));
    assert_ne!(first, seen(&requested, None));
    assert_ne!(first, seen(&update(&base, &[("name", "c")]), Some(&values(&base))));
}

#[test]
fn a_deletion_is_of_the_whole_record_as_it_is_shown() {
    let base = [("name", "a"), ("ip", "1")];
    let deletion = Requested {
        action: RequestedAction::Delete,
        proposed: Values::new(),
        ..update(&base, &[])
    };
    let schema = schema();
    let moved = values(&[("name", "a"), ("ip", "2")]);
    let compared = compare(schema.named("server"), &deletion, Some(&moved));
    let of = |name: &str| {
        compared.fields.iter().find(|field| field.name == name).map(|field| field.comparison)
    };
    assert_eq!(of("name"), Some(Comparison::Changed));
    assert_eq!(of("ip"), Some(Comparison::MovedSince));
    assert!(!compared.has_conflict(), "whoever decides is shown it");
    assert_ne!(seen(&deletion, Some(&values(&base))), seen(&deletion, Some(&moved)));
    let gone = compare(schema.named("server"), &deletion, None);
    assert_eq!(gone.obstacle, Some(Obstacle::Gone));
}

#[test]
fn what_can_not_be_made_at_all_is_told() {
    let schema = schema();
    let of = schema.named("server");
    let there = values(&[("name", "a")]);
    let asked = update(&[("name", "a")], &[("name", "b")]);
    let restored = Requested { action: RequestedAction::Restore, base: None, ..asked.clone() };
    assert_eq!(compare(of, &asked, None).obstacle, Some(Obstacle::Gone));
    assert_eq!(compare(of, &restored, Some(&there)).obstacle, Some(Obstacle::There));
    assert_eq!(compare(of, &restored, None).obstacle, None);
    assert_eq!(compare(None, &asked, Some(&there)).obstacle, Some(Obstacle::NoType));
}

#[test]
fn conflicts_are_solved_one_way_or_the_other() {
    let schema = schema();
    let of = schema.named("server");
    let base = [("name", "a"), ("description", "old"), ("ip", "1")];
    let requested = update(&base, &[("name", "b"), ("description", "mine")]);
    let now = values(&[("name", "a"), ("description", "theirs"), ("ip", "2")]);
    let solve = |resolution: Option<Resolution>| {
        let solved = resolution.map(|how| ("description".to_owned(), how)).into_iter().collect();
        rebase(of, &requested, (Some(Revision(2)), Some(&now)), &solved)
    };
    assert_eq!(solve(None), Err(vec!["description".to_owned()]));
    for (how, expected) in [
        (Resolution::Mine, vec![("name", "b"), ("description", "mine")]),
        (Resolution::Theirs, vec![("name", "b")]),
        (Resolution::Value(value("both")), vec![("name", "b"), ("description", "both")]),
    ] {
        let new = solve(Some(how)).unwrap();
        assert_eq!(new.proposed, values(&expected));
        assert_eq!((new.base.as_ref(), new.base_revision), (Some(&now), Some(Revision(2))));
        assert!(!compare(of, &new, Some(&now)).has_conflict());
    }
}
