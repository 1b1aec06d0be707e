//! News of a source in the order in which it came, in rounds: in each, there is one change of a record at
//! most, so that a round can be one commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::json::Json;
use domain::message::{Fact, Operation};

/// What is to become of a record in a round, by one message or several that say the same kind of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// What was said of it last.
    last: Said,
    /// What was said of it before, in order.
    before: Vec<Said>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// This.
    pub(super) fact: Arc<Fact>,
    /// The message, by its place.
    pub(super) message: usize,
}

impl Wanted {
    /// Which record.
    pub(super) fn key(&self) -> &BTreeMap<String, Json> {
        &self.last.fact.key
    }

    pub(super) fn operation(&self) -> Operation {
        self.last.fact.operation
    }

    /// Its values, as the last of the messages has each.
    pub(super) fn fields(&self) -> BTreeMap<String, Json> {
        let mut said = self.said();
        let mut fields = said.next().map(|said| said.fact.fields.clone()).unwrap_or_default();
        said.for_each(|said| fields.extend(said.fact.fields.clone()));
        fields
    }

    /// What each message said, in order.
    fn said(&self) -> impl Iterator<Item = &Said> {
        self.before.iter().chain([&self.last])
    }

    /// The same, each for itself.
    pub(super) fn into_said(self) -> Vec<Said> {
        self.before.into_iter().chain([self.last]).collect()
    }

    /// How many messages it is told by.
    pub(super) fn messages(&self) -> u64 {
        self.before.len() as u64 + 1
    }
}

impl From<Said> for Wanted {
    fn from(said: Said) -> Self {
        Self { last: said, before: Vec::new() }
    }
}

/// The rounds, of which the last may grow.
#[derive(Default)]
pub(super) struct Rounds {
    rounds: Vec<Vec<Wanted>>,
    /// Where in the last round a record is, by its key as text.
    places: HashMap<String, usize>,
}

impl Rounds {
    /// Adds what a message says of a record: to what others say of it in the same round, where that
    /// comes to the same, else in the next.
    pub(super) fn add(&mut self, key: String, said: Said) {
        if let (Some(place), Some(round)) = (self.places.get(&key), self.rounds.last_mut())
            && let Some(wanted) = round.get_mut(*place)
        {
            if wanted.operation() == said.fact.operation {
                wanted.before.push(std::mem::replace(&mut wanted.last, said));
                return;
            }
            self.rounds.push(Vec::new());
            self.places.clear();
        }
        if self.rounds.is_empty() {
            self.rounds.push(Vec::new());
        }
        if let Some(round) = self.rounds.last_mut() {
            self.places.insert(key, round.len());
            round.push(said.into());
        }
    }

    pub(super) fn into_rounds(self) -> Vec<Vec<Wanted>> {
        self.rounds
    }
}

#[cfg(test)]
mod tests {
    use domain::message::Stamp;

    use super::*;

    #[track_caller]
    fn check(facts: &[(&str, Operation, &str)], expected: &[&str]) {
        let mut rounds = Rounds::default();
        for (place, (key, operation, note)) in facts.iter().enumerate() {
            let key = BTreeMap::from([("name".to_owned(), Json::text(*key))]);
            let mut fields = key.clone();
            fields.insert("note".to_owned(), Json::text(*note));
            let stamp = Stamp::default();
            let fact = Fact { operation: *operation, key, fields, id: None, stamp };
            let key = fact.key.values().map(ToString::to_string).collect();
            rounds.add(key, Said { fact: Arc::new(fact), message: place });
        }
        let told = |wanted: &Wanted| {
            let fields = wanted.fields();
            let text = |field| fields.get(field).map(Json::to_string).unwrap_or_default();
            let messages: Vec<usize> = wanted.said().map(|said| said.message).collect();
            format!("{:?} {} {} {messages:?}", wanted.operation(), text("name"), text("note"))
        };
        let rounds = rounds.into_rounds();
        let found: Vec<String> = rounds
            .iter()
            .map(|round| round.iter().map(told).collect::<Vec<_>>().join("; "))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_says_the_same_of_a_record_is_one_change_and_else_the_next_round() {
        use Operation::{Delete, Upsert};
        check(&[], &[]);
        check(
            &[("a", Upsert, "1"), ("b", Upsert, "2"), ("a", Upsert, "3")],
            &[r#"Upsert "a" "3" [0, 2]; Upsert "b" "2" [1]"#],
        );
        check(
            &[("a", Upsert, "1"), ("b", Upsert, "2"), ("a", Delete, "3"), ("a", Upsert, "4")],
            &[
                r#"Upsert "a" "1" [0]; Upsert "b" "2" [1]"#,
                r#"Delete "a" "3" [2]"#,
                r#"Upsert "a" "4" [3]"#,
            ],
        );
    }
}
