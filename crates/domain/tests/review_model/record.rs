//! The record under review, in a form that takes little room, and what is asked of it: from there
//! to the values that the rules compare, and back.

use std::cell::RefCell;
use std::collections::hash_map::{DefaultHasher, HashMap};
use std::hash::{Hash, Hasher as _};
use std::sync::LazyLock;

use domain::history::Values;
use domain::json::Json;
use domain::record::{RecordId, Revision};
use domain::review::{Requested, RequestedAction, Resolution, compare, rebase};
use domain::schema::{
    Demand, Field, FieldIndex, FieldName, Kind, OnDelete, Review, TextRules, Type, TypeIndex,
    TypeName,
};

/// Two texts, and a list of references.
pub(crate) const FIELDS: [&str; 3] = ["a", "b", "tags"];

/// The place of the list.
pub(crate) const TAGS: usize = 2;

/// What fields hold: of a text, its digit, and 0 for none; of the list, a bit for each reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Record(pub(crate) [u8; 3]);

/// What is asked for: as [`Record`], of the fields that are to change.
pub(crate) type Wish = [Option<u8>; 3];

/// What a request asks for, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Content {
    pub(crate) base: Record,
    pub(crate) proposed: Wish,
}

/// A request beside the record, as the rules compare them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// The digest of what a decision is about.
    pub(crate) seen: u64,
    pub(crate) has_conflict: bool,
    /// The record as it would be.
    pub(crate) outcome: Record,
}

/// How conflicts are solved: all of them in one way, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Solve {
    Not,
    Mine,
    Theirs,
    Digit(u8),
}

/// What the rules said, which say the same of the same, and are slow where they are asked for each
/// of a million states.
struct Known<K, V>(RefCell<HashMap<(Content, Record, K), V>>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Eq + Hash, V: Copy> Known<K, V> {
    fn ask(&self, of: (Content, Record, K), rules: impl FnOnce() -> V) -> V {
        *self.0.borrow_mut().entry(of).or_insert_with(rules)
    }
}

static TYPE: LazyLock<Type> = LazyLock::new(|| {
    let tags = Kind::Refs { target: TypeIndex(0), on_delete: OnDelete::Clear };
    let text = || Kind::Text(TextRules { max_length: 9, pattern: None });
    let kinds = [text(), text(), tags];
    let fields = FIELDS.into_iter().zip(kinds).enumerate();
    Type {
        index: TypeIndex(0),
        name: TypeName::parse("thing").unwrap(),
        plural: "things".to_owned(),
        label: "Thing".to_owned(),
        description: String::new(),
        key: vec![FieldIndex(0)],
        fields: fields.map(|(place, (name, kind))| field(place, name, kind)).collect(),
        unique_together: Vec::new(),
        review: Review::Required.into(),
        reason: Demand::Optional,
        if_match: Demand::Optional,
    }
});

fn field(place: usize, name: &str, kind: Kind) -> Field {
    Field {
        index: FieldIndex(place),
        name: FieldName::parse(name).unwrap(),
        label: name.to_owned(),
        help: String::new(),
        kind,
        required: false,
        unique: false,
        indexed: false,
        searched: false,
        default: None,
    }
}

impl Record {
    fn values(self) -> Values {
        let told = FIELDS.iter().zip(self.0).enumerate();
        told.map(|(place, (name, value))| ((*name).to_owned(), json(place, value)))
            .filter(|(_, value)| *value != Json::Null)
            .collect()
    }

    /// The record with other values, as the register's door writes them.
    fn with(mut self, values: &Values) -> Self {
        for (name, value) in values {
            let place = place(name);
            self.0[place] = digits(place, value);
        }
        self
    }
}

fn place(name: &str) -> usize {
    FIELDS.iter().position(|field| *field == name).unwrap()
}

fn json(place: usize, value: u8) -> Json {
    let reference = |id: u8| Json::Object([("id".to_owned(), Json::Number(id.to_string()))].into());
    match (place, value) {
        (_, 0) => Json::Null,
        (TAGS, bits) => {
            Json::List((0..8).filter(|id| bits & (1 << id) != 0).map(reference).collect())
        }
        (_, digit) => Json::text(digit.to_string()),
    }
}

/// What [`json()`] made, back again.
fn digits(place: usize, value: &Json) -> u8 {
    match value {
        Json::Null => 0,
        Json::Text(digit) if place != TAGS => digit.parse().unwrap(),
        Json::List(items) if place == TAGS => items.iter().map(|item| 1 << id_of(item)).sum(),
        Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => {
            panic!("{value} in {}", FIELDS[place])
        }
    }
}

fn id_of(item: &Json) -> u8 {
    let Json::Object(members) = item else { panic!("{item} among references") };
    members["id"].to_string().parse().unwrap()
}

impl Content {
    /// What a wish comes to on a record; `None` where it would change nothing.
    pub(crate) fn of(wish: Wish, base: Record) -> Option<Self> {
        let other = |(value, base): (Option<u8>, u8)| value.filter(|value| *value != base);
        let mut proposed = wish;
        for (value, base) in proposed.iter_mut().zip(base.0) {
            *value = other((*value, base));
        }
        proposed.iter().any(Option::is_some).then_some(Self { base, proposed })
    }

    fn requested(self) -> Requested {
        let asked = FIELDS.iter().zip(self.proposed).enumerate();
        let asked = asked
            .filter_map(|(place, (name, value))| Some(((*name).to_owned(), json(place, value?))));
        Requested {
            type_name: "thing".to_owned(),
            id: Some(RecordId(1)),
            action: RequestedAction::Update,
            base_revision: Some(Revision(1)),
            base: Some(self.base.values()),
            proposed: asked.collect(),
        }
    }

    fn of_requested(requested: &Requested) -> Self {
        let mut proposed = Wish::default();
        for (name, value) in &requested.proposed {
            let place = place(name);
            proposed[place] = Some(digits(place, value));
        }
        let base = Record([0; 3]).with(requested.base.as_ref().unwrap());
        Self { base, proposed }
    }

    /// Puts it beside the record.
    pub(crate) fn show(self, record: Record) -> Shown {
        thread_local! {
            static KNOWN: Known<(), Shown> = Known::default();
        }
        KNOWN.with(|known| known.ask((self, record, ()), || self.compare(record)))
    }

    fn compare(self, record: Record) -> Shown {
        let compared = compare(Some(&TYPE), &self.requested(), Some(&record.values()));
        let mut seen = String::new();
        compared.write_seen(Some(&TYPE), &mut seen);
        let mut digest = DefaultHasher::new();
        seen.hash(&mut digest);
        Shown {
            seen: digest.finish(),
            has_conflict: compared.has_conflict(),
            outcome: record.with(&compared.outcome()),
        }
    }

    /// The same of the record as it is; `None` where conflicts are left.
    pub(crate) fn rebase(self, record: Record, solve: Solve) -> Option<Self> {
        thread_local! {
            static KNOWN: Known<Solve, Option<Content>> = Known::default();
        }
        KNOWN.with(|known| known.ask((self, record, solve), || self.rebased(record, solve)))
    }

    fn rebased(self, record: Record, solve: Solve) -> Option<Self> {
        let resolution = match solve {
            Solve::Not => None,
            Solve::Mine => Some(Resolution::Mine),
            Solve::Theirs => Some(Resolution::Theirs),
            Solve::Digit(digit) => Some(Resolution::Value(Json::text(digit.to_string()))),
        };
        let solved = resolution.into_iter().flat_map(|how| FIELDS.map(|name| (name, how.clone())));
        let solved = solved.map(|(name, how)| (name.to_owned(), how)).collect();
        let current = (Some(Revision(1)), Some(&record.values()));
        let rebased = rebase(Some(&TYPE), &self.requested(), current, &solved);
        rebased.ok().map(|requested| Self::of_requested(&requested))
    }

    /// What the fields hold that it touches.
    pub(crate) fn touched(self, record: Record) -> Wish {
        let mut touched = self.proposed;
        for (value, now) in touched.iter_mut().zip(record.0) {
            *value = value.map(|_| now);
        }
        touched
    }
}
