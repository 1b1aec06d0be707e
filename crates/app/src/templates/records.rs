//! Records as a template sees them: with the members that the same list has as JSON, and the names of
//! those in their order. What many records refer to is one value.

use std::collections::HashMap;
use std::sync::Arc;

use domain::history::key_names;
use domain::json::Json;
use domain::record::{CommitNumber, Record, RecordId, Reference};
use domain::schema::{FieldIndex, Schema, Type, TypeIndex};
use domain::value::{Value as Stored, datetime_text};
use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use super::render::Limits;
use crate::encode::{Member, display, list_url};
use crate::json;

/// What a value counts beside its text.
const VALUE_WEIGHT: usize = 16;

/// The names of the members of records, or of references of a field.
#[derive(Debug)]
struct Names {
    places: HashMap<String, usize>,
    /// The names, as a template goes through them.
    keys: Vec<Value>,
}

impl Names {
    fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Arc<Self> {
        let names: Vec<&str> = names.into_iter().collect();
        let keys = names.iter().map(|name| Value::from(*name)).collect();
        let places = names.into_iter().zip(0..).map(|(name, at)| (name.to_owned(), at)).collect();
        Arc::new(Self { places, keys })
    }
}

/// A record, or a reference: values that have names.
#[derive(Debug)]
struct Row {
    names: Arc<Names>,
    values: Box<[Value]>,
}

impl Object for Row {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.values.get(*self.names.places.get(key)?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.names.keys.clone())
    }
}

/// How the references of a field are shown.
struct Referring {
    target: TypeIndex,
    names: Arc<Names>,
    /// Those of one that may not be seen.
    hidden: Arc<Names>,
    /// How many parts the key has.
    parts: usize,
    /// The address of the target's list; `None` where a part of the key has the name `url`.
    address: Option<String>,
}

/// The records of a list, on their way to a template.
pub(super) struct Gathered<'a> {
    record_type: &'a Type,
    members: &'a [Member],
    names: Arc<Names>,
    address: String,
    referring: HashMap<FieldIndex, Referring>,
    /// What was referred to before.
    seen: HashMap<(TypeIndex, RecordId), Value>,
    rows: Vec<Value>,
    weight: usize,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(
        schema: &Schema,
        record_type: &'a Type,
        members: &'a [Member],
        base_url: &str,
    ) -> Self {
        let referring = |field: &domain::schema::Field| {
            let target = field.kind.target()?;
            let keys = key_names(schema, &field.kind);
            let has_url = keys.contains(&"url");
            let names = std::iter::once("id").chain(keys.iter().copied());
            Some(Referring {
                target,
                hidden: Names::new(names.clone().chain(["hidden"])),
                names: Names::new(names.chain((!has_url).then_some("url"))),
                parts: keys.len(),
                address: (!has_url).then(|| list_url(base_url, schema.get(target))),
            })
        };
        let fields = record_type.fields.iter();
        Self {
            names: Names::new(members.iter().map(|member| member.name(record_type))),
            address: list_url(base_url, record_type),
            referring: fields.filter_map(|field| Some((field.index, referring(field)?))).collect(),
            seen: HashMap::new(),
            rows: Vec::new(),
            weight: 0,
            record_type,
            members,
        }
    }

    pub(super) fn add(&mut self, record: &Record) {
        let members = self.members;
        let values: Box<[Value]> =
            members.iter().map(|member| self.member(*member, record)).collect();
        self.rows.push(Value::from_object(Row { names: Arc::clone(&self.names), values }));
    }

    /// Why a template is not handed so much, if it is not.
    pub(super) fn excess(&self, limits: Limits) -> Option<String> {
        if self.count() > limits.records {
            let most = limits.records;
            return Some(format!("A template is handed at most {most} records; ask for fewer."));
        }
        let most = limits.input;
        let told =
            format!("A template is handed at most {most} bytes of text; ask for fewer records.");
        (self.weight > most).then_some(told)
    }

    pub(super) fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// All that a template sees.
    pub(super) fn finish(
        self,
        base_url: &str,
        filters: &[(String, String)],
        as_of: Option<CommitNumber>,
    ) -> Value {
        let of = self.record_type;
        let about = Value::from_pairs([
            ("name", of.name.as_str()),
            ("plural", of.plural.as_str()),
            ("label", of.label.as_str()),
            ("description", of.description.as_str()),
        ]);
        let filters = filters.iter().map(|(name, value)| {
            Value::from(vec![Value::from(name.as_str()), Value::from(value.as_str())])
        });
        Value::from_pairs([
            ("type", about),
            ("fields", Value::from(self.names.keys.clone())),
            ("count", Value::from(self.count())),
            ("filters", Value::from(filters.collect::<Vec<Value>>())),
            ("as_of", as_of.map_or_else(|| Value::from(()), |number| Value::from(number.0))),
            ("base_url", Value::from(base_url)),
            ("records", Value::from(self.rows)),
        ])
    }

    fn member(&mut self, member: Member, record: &Record) -> Value {
        match member {
            Member::Id => Value::from(record.id.0),
            Member::Url => Value::from(format!("{}{}/", self.address, record.id)),
            Member::Display => Value::from(display(self.record_type, record)),
            Member::Field(field) => self.field(field, record.fields.get(field)),
            Member::Revision => Value::from(record.revision.0),
            Member::CreatedAt => Value::from(datetime_text(record.created_at)),
            Member::UpdatedAt => Value::from(datetime_text(record.updated_at)),
            Member::ChangedBy => Value::from(record.changed_by.as_str()),
        }
    }

    fn field(&mut self, field: FieldIndex, value: Option<&Stored>) -> Value {
        let Some(value) = value else {
            let is_list = self.record_type.field(field).kind.is_refs();
            return if is_list { Value::from(Vec::<Value>::new()) } else { Value::from(()) };
        };
        self.weight = self.weight.saturating_add(VALUE_WEIGHT);
        match value {
            Stored::Text(text) => {
                self.weight = self.weight.saturating_add(text.len());
                Value::from(text.as_str())
            }
            Stored::Json(text) => {
                // As a tree it takes several times what its text does.
                self.weight = self.weight.saturating_add(text.len().saturating_mul(4));
                // It was JSON when it was kept.
                json::parse(text).map_or_else(|_bad| Value::from(()), |tree| of_json(&tree))
            }
            Stored::Integer(number) => Value::from(*number),
            Stored::Boolean(truth) => Value::from(*truth),
            Stored::Ref(reference) => self.reference(field, reference),
            Stored::Refs(references) => {
                let items = references.iter().map(|reference| self.reference(field, reference));
                Value::from(items.collect::<Vec<Value>>())
            }
            // A decimal has more digits than a number of a template holds.
            Stored::Decimal(_)
            | Stored::Date(_)
            | Stored::Datetime(_)
            | Stored::Ip(_)
            | Stored::Network(_)
            | Stored::Mac(_) => Value::from(value.to_text()),
        }
    }

    fn reference(&mut self, field: FieldIndex, reference: &Reference) -> Value {
        let Some(referring) = self.referring.get(&field) else {
            return Value::from(());
        };
        let about = (referring.target, reference.id);
        if let Some(known) = self.seen.get(&about) {
            return known.clone();
        }
        let id = std::iter::once(Value::from(reference.id.0));
        let (names, values): (_, Vec<Value>) = if reference.is_hidden() {
            let nothing = std::iter::repeat_n(Value::from(()), referring.parts);
            (&referring.hidden, id.chain(nothing).chain([Value::from(true)]).collect())
        } else {
            let key = reference.key.iter().map(of_key);
            let url = referring.address.as_ref();
            let url = url.map(|address| Value::from(format!("{address}{}/", reference.id)));
            (&referring.names, id.chain(key).chain(url).collect())
        };
        let row = Row { names: Arc::clone(names), values: values.into() };
        let value = Value::from_object(row);
        self.seen.insert(about, value.clone());
        value
    }
}

/// A part of a key, which is no reference.
fn of_key(part: &Stored) -> Value {
    match part {
        Stored::Integer(number) => Value::from(*number),
        Stored::Boolean(truth) => Value::from(*truth),
        Stored::Text(_)
        | Stored::Decimal(_)
        | Stored::Date(_)
        | Stored::Datetime(_)
        | Stored::Ip(_)
        | Stored::Network(_)
        | Stored::Mac(_)
        | Stored::Json(_)
        | Stored::Ref(_)
        | Stored::Refs(_) => Value::from(part.to_text()),
    }
}

fn of_json(tree: &Json) -> Value {
    match tree {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(digits) => digits
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_not_whole| digits.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_bad| Value::from(digits.as_str())),
        Json::Text(text) => Value::from(text.as_str()),
        Json::List(items) => Value::from(items.iter().map(of_json).collect::<Vec<Value>>()),
        Json::Object(members) => {
            Value::from_pairs(members.iter().map(|(name, member)| (name.as_str(), of_json(member))))
        }
    }
}
