//! How a source's messages become facts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::event::Parts;
use super::fault::{MessageFault, shown};
use super::place::Place;
use super::pointer::Pointer;
use super::stamp::{Sequence, Stamp, parse_time};
use super::{Fact, ID_MAX, MessageId, Operation};
use crate::json::Json;

/// How a source's messages become facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The fields of the natural key, one at least. Each must be told.
    pub key: Vec<FieldRule>,
    /// Further fields. What a message does not tell of them stays as it is in the register.
    pub fields: Vec<FieldRule>,
    /// What to do.
    pub operation: OperationRule,
    /// What a message without a payload means; `None` where it means nothing.
    pub tombstone: Option<Operation>,
    /// Where the message's id is. A CloudEvent has its own, and this is another.
    pub id: Option<Place>,
    /// Where the time is. A CloudEvent has its own, and this is another.
    pub time: Option<Place>,
    /// Where the sequence is. A CloudEvent may have its own, and this is another.
    pub sequence: Option<Place>,
}

/// How a field is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// The field.
    pub field: String,
    /// Where it may be: the first place that has anything counts. A constant has none.
    pub places: Vec<Place>,
    /// Which part of what is there is meant.
    pub part: Part,
    /// What becomes of what is there; `None` where it is taken as it is.
    pub values: Option<ValueMap>,
    /// What it is where no place has anything, and what a constant always is.
    pub default: Option<Json>,
}

/// Which part of what stands somewhere is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// Of each item of a list, what stands there: `/slug` of tags that are objects.
    Each(Pointer),
    /// Of an address with the length of its network, such as `10.0.0.1/24`, the address.
    Host,
}

/// What becomes of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueMap {
    /// From text, or what a number, a boolean or null is in JSON.
    pub values: BTreeMap<String, Json>,
    /// What becomes of all others.
    pub otherwise: Otherwise,
}

/// What becomes of a value that a map does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// It stays as it is.
    Keep,
    /// It becomes this.
    Become(Json),
    /// The message can't be understood.
    Refuse,
}

/// How the operation is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationRule {
    /// It is the same always.
    Always(Operation),
    /// By a word in the message.
    Told {
        /// Where it may be: the first place that has anything counts.
        places: Vec<Place>,
        /// What words mean.
        words: BTreeMap<String, Operation>,
        /// What any other word means, or none; `None` where the message can't be understood.
        otherwise: Option<Operation>,
    },
}

impl Mapping {
    /// What a message says.
    ///
    /// # Errors
    /// All that keeps it from being understood.
    pub fn understand(&self, parts: &Parts) -> Result<Fact, Vec<MessageFault>> {
        let mut faults = Vec::new();
        let operation = noted(self.operation(parts), &mut faults);
        let key = self.key(parts, &mut faults);
        let mut fields = key.clone();
        // Of what is deleted, nothing but the key matters.
        if operation == Some(Operation::Upsert) {
            for rule in &self.fields {
                let told = noted(rule.value(parts), &mut faults).flatten();
                fields.extend(told.map(|value| (rule.field.clone(), value)));
            }
        }
        let id = noted(self.id(parts), &mut faults).flatten();
        let stamp = self.stamp(parts, &mut faults);
        match operation {
            Some(operation) if faults.is_empty() => Ok(Fact { operation, key, fields, id, stamp }),
            Some(_) | None => Err(faults),
        }
    }

    fn operation(&self, parts: &Parts) -> Result<Operation, MessageFault> {
        if parts.is_tombstone {
            return self.tombstone.ok_or(MessageFault::Tombstone);
        }
        match &self.operation {
            OperationRule::Always(operation) => Ok(*operation),
            OperationRule::Told { places, words, otherwise } => match first(places, parts) {
                None => {
                    otherwise.ok_or_else(|| MessageFault::NoOperation { places: names(places) })
                }
                Some(told) => {
                    let word = word(&told).and_then(|word| words.get(&*word).copied());
                    let unknown = || MessageFault::UnknownOperation { value: shown(&told) };
                    word.or(*otherwise).ok_or_else(unknown)
                }
            },
        }
    }

    fn key(&self, parts: &Parts, faults: &mut Vec<MessageFault>) -> BTreeMap<String, Json> {
        let mut key = BTreeMap::new();
        for rule in &self.key {
            let told = match rule.value(parts) {
                Ok(Some(value)) if value != Json::Null && value != Json::text("") => Ok(value),
                Ok(_) => {
                    let places = names(&rule.places);
                    Err(MessageFault::NoKey { field: rule.field.clone(), places })
                }
                Err(fault) => Err(fault),
            };
            key.extend(noted(told, faults).map(|value| (rule.field.clone(), value)));
        }
        key
    }

    fn id(&self, parts: &Parts) -> Result<Option<MessageId>, MessageFault> {
        let read = |value: &Json| {
            let good = word(value)
                .filter(|text| !text.is_empty() && text.chars().nth(ID_MAX).is_none())
                .filter(|_| matches!(value, Json::Text(_) | Json::Number(_)));
            good.map(Cow::into_owned).ok_or_else(|| MessageFault::BadId(shown(value)))
        };
        if let Some(place) = &self.id {
            let id = place.find(parts).map(|value| read(&value)).transpose()?;
            return Ok(id.map(|id| MessageId { source: None, id }));
        }
        match (parts.attributes.get("source"), parts.attributes.get("id")) {
            (Some(source), Some(id)) => {
                Ok(Some(MessageId { source: Some(read(source)?), id: read(id)? }))
            }
            (Some(_) | None, None) | (None, Some(_)) => Ok(None),
        }
    }

    fn stamp(&self, parts: &Parts, faults: &mut Vec<MessageFault>) -> Stamp {
        let find = |place: &Option<Place>, attribute: &str| {
            let found = match place {
                Some(place) => place.find(parts),
                None => parts.attributes.get(attribute).map(Cow::Borrowed),
            };
            found.filter(|value| **value != Json::Null)
        };
        let at = find(&self.time, "time")
            .map(|value| parse_time(&value).ok_or_else(|| MessageFault::BadTime(shown(&value))));
        let sequence = find(&self.sequence, "sequence").map(|value| {
            Sequence::parse(&value).ok_or_else(|| MessageFault::BadSequence(shown(&value)))
        });
        let at = at.and_then(|at| noted(at, faults));
        Stamp { at, sequence: sequence.and_then(|sequence| noted(sequence, faults)) }
    }
}

impl FieldRule {
    /// What a message says of the field; `None` for nothing.
    fn value(&self, parts: &Parts) -> Result<Option<Json>, MessageFault> {
        let Some(found) = first(&self.places, parts) else {
            return Ok(self.default.clone());
        };
        let found = self.part.of(found);
        let Some(map) = &self.values else {
            return Ok(Some(found.into_owned()));
        };
        let mapped = word(&found).and_then(|word| map.values.get(&*word));
        match (mapped, &map.otherwise) {
            (Some(value), _) | (None, Otherwise::Become(value)) => Ok(Some(value.clone())),
            (None, Otherwise::Keep) => Ok(Some(found.into_owned())),
            (None, Otherwise::Refuse) => {
                let (field, value) = (self.field.clone(), shown(&found));
                Err(MessageFault::UnknownValue { field, value })
            }
        }
    }
}

impl Part {
    fn of<'a>(&self, found: Cow<'a, Json>) -> Cow<'a, Json> {
        match (self, &*found) {
            (Self::Each(pointer), Json::List(items)) => {
                let each = items.iter().filter_map(|item| pointer.find(item));
                Cow::Owned(Json::List(each.cloned().collect()))
            }
            (Self::Host, Json::Text(text)) => {
                let host = text.split_once('/').map_or(text.as_str(), |(host, _)| host);
                Cow::Owned(Json::text(host))
            }
            _ => found,
        }
    }
}

/// What stands at the first place that has anything; null is something.
fn first<'a>(places: &[Place], parts: &'a Parts) -> Option<Cow<'a, Json>> {
    places.iter().find_map(|place| place.find(parts))
}

/// A value as maps name it; lists and objects have no name.
fn word(value: &Json) -> Option<Cow<'_, str>> {
    match value {
        Json::Text(text) => Some(Cow::Borrowed(text)),
        Json::Number(digits) => Some(Cow::Borrowed(digits)),
        Json::Null | Json::Bool(_) => Some(Cow::Owned(value.to_string())),
        Json::List(_) | Json::Object(_) => None,
    }
}

fn names(places: &[Place]) -> String {
    let names: Vec<String> = places.iter().map(Place::to_string).collect();
    names.join(" or ")
}

/// What is good; the fault goes to the others.
fn noted<T>(told: Result<T, MessageFault>, faults: &mut Vec<MessageFault>) -> Option<T> {
    told.map_err(|fault| faults.push(fault)).ok()
}

#[cfg(test)]
mod tests;
