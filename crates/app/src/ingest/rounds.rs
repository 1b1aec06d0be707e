//! News of a source in the order in which it came, in rounds: in each, there is one change of a record at
//! most, so that a round can be one commit.

use std::collections::{BTreeMap, HashMap};

use domain::json::Json;
use domain::message::{Fact, Operation};

/// What is to become of a record in a round, by one message or several that say the same kind of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) operation: Operation,
    /// Which record.
    pub(super) key: BTreeMap<String, Json>,
    /// Its values, as the last of the messages has each.
    pub(super) fields: BTreeMap<String, Json>,
    /// The messages, by their places.
    pub(super) messages: Vec<usize>,
}

impl Wanted {
    /// What a message wants.
    pub(super) fn of(fact: &Fact, message: usize) -> Self {
        Self {
            operation: fact.operation,
            key: fact.key.clone(),
            fields: fact.fields.clone(),
            messages: vec![message],
        }
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
    pub(super) fn add(&mut self, key: String, fact: &Fact, message: usize) {
        if let (Some(place), Some(round)) = (self.places.get(&key), self.rounds.last_mut())
            && let Some(wanted) = round.get_mut(*place)
        {
            let is_both = |operation| wanted.operation == operation && fact.operation == operation;
            if is_both(Operation::Upsert) || is_both(Operation::Delete) {
                wanted.fields.extend(fact.fields.clone());
                wanted.messages.push(message);
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
            round.push(Wanted::of(fact, message));
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
            rounds.add(fact.key.values().map(ToString::to_string).collect(), &fact, place);
        }
        let told = |wanted: &Wanted| {
            let (name, note) = (wanted.fields.get("name"), wanted.fields.get("note"));
            let text = |json: Option<&Json>| json.map(ToString::to_string).unwrap_or_default();
            format!("{:?} {} {} {:?}", wanted.operation, text(name), text(note), wanted.messages)
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
