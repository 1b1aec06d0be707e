//! Random records with values of every kind, and the register that holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Days, NaiveDate};
use domain::change::{Action, FieldsInput};
use domain::json::Json;
use domain::record::{Fields, Record, RecordId, Reference};
use domain::schema::{Kind, Schema, Type};
use domain::value::{Decimal, Value};
use proptest::prelude::*;
use proptest::sample::select;
use testkit::Hands;

use crate::model::World;

/// The values of the records of each type, in the order of ids.
#[derive(Clone)]
pub(crate) struct Seeds(Vec<Vec<Vec<Option<Value>>>>);

/// A record on each line, of which there are many.
impl fmt::Debug for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (type_index, records) in self.0.iter().enumerate() {
            for (record, id) in records.iter().zip(1..) {
                let texts: Vec<String> =
                    record.iter().map(|value| json(value.as_ref()).to_string()).collect();
                write!(f, "\n{type_index}.{id}: {}", texts.join(" "))?;
            }
        }
        Ok(())
    }
}

/// Records of the type that refers to all others.
const THINGS: std::ops::Range<usize> = 2..25;
/// Records of each other type.
const OTHERS: usize = 6;

const MICROS_FIRST: i64 = -62_135_596_800_000_000;
const MICROS_LAST: i64 = 253_402_300_799_999_999;

/// Characters that fold oddly, that mean something to SQL, `LIKE`, JSON, FTS5 or regular
/// expressions, or that lie at the ends of Unicode's planes; letters among them, so that texts
/// meet.
const PIECES: [&str; 46] = [
    "a",
    "A",
    "b",
    "B",
    "ab",
    "1",
    "0",
    "ss",
    "ß",
    "ẞ",
    "ſ",
    "s",
    "K",
    "k",
    "İ",
    "i",
    "ı",
    "I",
    "Σ",
    "ς",
    "σ",
    "ﬃ",
    "ffi",
    "é",
    "e\u{301}",
    "ŉ",
    "ΐ",
    "ᾷ",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "*",
    "?",
    "[a]",
    "(",
    "|",
    ",",
    " ",
    "😀",
    "𐐀",
    "𐐨",
    "\u{D7FF}",
    "\u{E000}",
    "\u{10FFFF}",
];
const BREAKS: [&str; 6] = ["\n", "\r\n", "\t", " ", "\u{1}", "\u{2028}"];

fn line(length_max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(&PIECES[..]), 1..9).prop_map(move |pieces| {
        let text: String = pieces.concat().chars().take(length_max).collect();
        let text = text.trim();
        if text.is_empty() { "a" } else { text }.to_owned()
    })
}

fn lines() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => select(&PIECES[..]), 1 => select(&BREAKS[..])];
    prop::collection::vec(piece, 1..20).prop_map(|pieces| pieces.concat())
}

fn integer() -> impl Strategy<Value = i64> {
    let odd = [i64::MIN, i64::MIN + 1, -1, 0, 1, (1 << 53) + 1, i64::MAX];
    prop_oneof![select(odd.to_vec()), any::<i64>(), -3..4_i64]
}

fn decimal() -> impl Strategy<Value = Decimal> {
    let text = prop_oneof![
        "-?[1-9][0-9]{37}",
        "-?0\\.[0-9]{37}1",
        "-?[0-9]{1,19}\\.[0-9]{1,19}",
        "-?[0-2](\\.[05])?",
    ];
    text.prop_map(|text| Decimal::parse(&text).unwrap())
}

fn date() -> impl Strategy<Value = NaiveDate> {
    let odd = [
        (1, 1, 1),
        (1, 1, 7),
        (1969, 12, 31),
        (1970, 1, 1),
        (2020, 12, 31),
        (2021, 1, 3),
        (2024, 2, 29),
        (9999, 12, 31),
    ];
    let odd = odd.map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap());
    let first = odd[0];
    prop_oneof![
        select(odd.to_vec()),
        (0..3_652_059_u64).prop_map(move |days| first + Days::new(days)),
    ]
}

fn micros() -> impl Strategy<Value = i64> {
    let odd = [MICROS_FIRST, -1, 0, 1, 999_999, 1_000_000, MICROS_LAST];
    prop_oneof![
        select(odd.to_vec()),
        MICROS_FIRST..=MICROS_LAST,
        // The last microsecond of a day far away.
        (0..2_932_896_i64).prop_map(|day| day * 86_400_000_000 - 1),
    ]
}

fn texts<const N: usize>(texts: [&'static str; N]) -> impl Strategy<Value = Json> {
    select(texts.to_vec()).prop_map(Json::text)
}

/// A value of a kind. References are to ids that there will be.
fn present(kind: &Kind, targets: usize) -> BoxedStrategy<Value> {
    let parsed = |texts: BoxedStrategy<Json>| {
        let kind = kind.clone();
        texts
            .prop_map(move |text| domain::value::parse_scalar(&kind, &text).unwrap().unwrap())
            .boxed()
    };
    let reference = move || {
        (1..=i64::try_from(targets).unwrap())
            .prop_map(|id| Reference { id: RecordId(id), key: [].into() })
    };
    match kind {
        Kind::Text(rules) => line(rules.max_length).prop_map(Value::Text).boxed(),
        Kind::LongText(_) => lines().prop_map(Value::Text).boxed(),
        Kind::Integer { min: Some(min), .. } => (*min..*min + 4).prop_map(Value::Integer).boxed(),
        Kind::Integer { .. } => integer().prop_map(Value::Integer).boxed(),
        Kind::Decimal { .. } => decimal().prop_map(Value::Decimal).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Kind::Date => date().prop_map(Value::Date).boxed(),
        Kind::Datetime => micros()
            .prop_map(|micros| Value::Datetime(DateTime::from_timestamp_micros(micros).unwrap()))
            .boxed(),
        Kind::Ip => prop_oneof![
            any::<[u8; 4]>().prop_map(|v4| Value::Ip(v4.into())),
            any::<[u8; 16]>().prop_map(|v6| Value::Ip(v6.into())),
            any::<u8>().prop_map(|last| Value::Ip([10, 0, last % 2, last].into())),
            any::<u8>()
                .prop_map(|last| Value::Ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()].into())),
            Just(Value::Ip("::ffff:10.0.0.1".parse().unwrap())),
        ]
        .boxed(),
        Kind::Network => parsed(
            texts([
                "0.0.0.0/0",
                "0.0.0.0/8",
                "10.0.0.0/8",
                "10.0.0.0/16",
                "10.0.1.0/24",
                "10.0.0.1/32",
                "255.255.255.255/32",
                "::/0",
                "2001:db8::/32",
                "2001:db8::/64",
                "2001:db8::1/128",
                "::ffff:10.0.0.0/104",
            ])
            .boxed(),
        ),
        Kind::Mac => (0..4_u8, any::<[u8; 6]>())
            .prop_map(|(few, bytes)| Value::Mac(if few > 0 { [few; 6] } else { bytes }))
            .boxed(),
        Kind::Url(_) => parsed(
            texts([
                "https://a.example/",
                "HTTPS://B.example/%25?q='x'&r=\"#f",
                "ftp://u:p@[::1]:21/a_b",
                "https://straße.example/ü?ß=ſ",
            ])
            .boxed(),
        ),
        Kind::Email(_) => parsed(
            texts(["a@example.org", "A@Example.org", "o'b_%@example.org", "ß@straße.example"])
                .boxed(),
        ),
        Kind::Choice(choices) => {
            let words: Vec<String> = choices.iter().map(|choice| choice.value.clone()).collect();
            select(words).prop_map(Value::Text).boxed()
        }
        Kind::Ref { .. } => reference().prop_map(Value::Ref).boxed(),
        Kind::Refs { .. } => prop::collection::btree_set(reference(), 0..4)
            .prop_map(|all| Value::Refs(all.into_iter().collect()))
            .boxed(),
        Kind::Json => prop_oneof![
            Just(Json::Bool(true)),
            lines().prop_map(Json::Text),
            Just(sql::json::parse(r#"{"a": [1, 2.50, 1e400, null, {}], "é\"": "\\"}"#).unwrap()),
        ]
        .prop_map(|tree| Value::from(&tree))
        .boxed(),
    }
}

/// Records of every type.
pub(crate) fn seeds(schema: &Schema) -> impl Strategy<Value = Seeds> + use<> {
    let schema = schema.clone();
    THINGS.prop_flat_map(move |things| {
        let count = |of: &Type| {
            if of.name.as_str() == "thing" { things } else { OTHERS }
        };
        let types: Vec<_> = schema
            .types()
            .iter()
            .map(|of| {
                let fields: Vec<BoxedStrategy<Option<Value>>> = of
                    .fields
                    .iter()
                    .map(|field| {
                        let targets = field.kind.target().map_or(0, |to| count(schema.get(to)));
                        let value = present(&field.kind, targets);
                        if field.required || field.kind.is_refs() {
                            value.prop_map(Some).boxed()
                        } else {
                            prop::option::weighted(0.8, value).boxed()
                        }
                    })
                    .collect();
                let of = of.clone();
                prop::collection::vec(fields, count(&of))
                    .prop_map(move |records| distinct(&of, records))
                    .boxed()
            })
            .collect();
        types.prop_map(Seeds)
    })
}

/// Records that keep what must be unique: a value taken already is left out, or gets a number
/// where there must be one.
fn distinct(of: &Type, mut records: Vec<Vec<Option<Value>>>) -> Vec<Vec<Option<Value>>> {
    for set in of.unique_sets() {
        let mut taken = BTreeSet::new();
        for (number, record) in records.iter_mut().enumerate() {
            let values: Vec<Option<Value>> = set.iter().map(|i| record[i.0].clone()).collect();
            if values.contains(&None) || taken.insert(values) {
                continue;
            }
            let first = of.field(set[0]);
            record[set[0].0] = match &record[set[0].0] {
                Some(Value::Text(text)) if first.required => {
                    let kept: String = text.chars().take(30).collect();
                    Some(Value::Text(format!("{kept}#{number}")))
                }
                _ => None,
            };
        }
    }
    records
}

fn input(of: &Type, values: &[Option<Value>], references: bool) -> FieldsInput {
    let fields = of.fields.iter().zip(values);
    fields
        .filter(|(field, _)| references || field.kind.target().is_none())
        .map(|(field, value)| (field.name.to_string(), json(value.as_ref())))
        .collect()
}

fn json(value: Option<&Value>) -> Json {
    let id = |reference: &Reference| Json::Number(reference.id.to_string());
    match value {
        None => Json::Null,
        Some(Value::Integer(number)) => Json::Number(number.to_string()),
        Some(Value::Boolean(truth)) => Json::Bool(*truth),
        Some(Value::Json(text)) => sql::json::parse(text).unwrap(),
        Some(Value::Ref(reference)) => id(reference),
        Some(Value::Refs(references)) => Json::List(references.iter().map(id).collect()),
        Some(other) => Json::Text(other.to_text()),
    }
}

/// Adds the records with the values of their neighbours, then gives all their own in one commit,
/// so that every unique value changes hands.
pub(crate) async fn write(hands: &Hands<'_>, seeds: &Seeds) -> World {
    let schema = hands.app().schema.as_ref().clone();
    let (mut additions, mut updates) = (Vec::new(), Vec::new());
    for of in schema.types() {
        let records = &seeds.0[of.index.0];
        for (index, own) in records.iter().enumerate() {
            let neighbours = &records[(index + 1) % records.len()];
            let fields = input(of, neighbours, false);
            additions.push(hands.change(of.name.as_str(), Action::Add { fields }));
            let id = i64::try_from(index).unwrap() + 1;
            let mut update = hands.update_of(of.name.as_str(), id, "{}");
            if let Action::Update { fields, .. } = &mut update.action {
                *fields = input(of, own, true);
            }
            updates.push(update);
        }
    }
    hands.submit(additions).await.unwrap();
    let outcome = hands.submit(updates).await.unwrap();
    let mut records: BTreeMap<_, Vec<Record>> = BTreeMap::new();
    for subject in outcome.subjects {
        let of = records.entry(subject.type_index).or_default();
        of.push(subject.record.unwrap());
    }
    let records = records.into_values().collect();
    let mut world = World { schema, records, as_of: None };
    for (records, seeds) in world.records.iter_mut().zip(&seeds.0) {
        for (record, seed) in records.iter_mut().zip(seeds) {
            record.fields = Fields::from_values(seed.clone());
        }
    }
    world
}
