//! Many changes in one request: `POST`, `PUT`, `PATCH` and `DELETE` of a list with an array, and
//! `PATCH` and `DELETE` of all that a filter matches. One commit, all or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::submit::{CHANGES_MAX, EachMatching, Wish};
use axum::extract::State;
use axum::response::Response;
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Target, Unnamed,
};
use domain::fault::{Faults, FieldFault, NON_FIELD};
use domain::json::Json;
use domain::record::{RecordId, Revision};
use domain::schema::{Demand, Type, TypeIndex};
use domain::value::{Value, parse_scalar};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::body::{OneOrMany, json, one_or_many};
use crate::extract::list::take_filter;
use crate::extract::parameters::bad;
use crate::extract::{Body, TypePath, Write};
use crate::rest::change::{Answering, Shape, fulfil};

/// How many records a filter is expected to match.
const EXPECT_COUNT: &str = "expect_count";

/// What is done with each item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Each {
    /// It is added.
    Add,
    /// The record that it names by its id or its key is changed.
    Patch,
    /// The record is replaced; one that is named by a key that nobody has is added.
    Put,
    /// The record that it names, or whose id it is, is deleted.
    Delete,
}

/// Adds the records of a list.
pub(crate) async fn add(
    edge: &Arc<Edge>,
    write: Write,
    type_index: TypeIndex,
    items: Vec<Json>,
    body: &[u8],
) -> Result<Response, ApiError> {
    List { type_index, items, body }.make(edge, write, Each::Add).await
}

/// Changes the records of a list, each named by its id or its key, or all that a filter matches.
pub(crate) async fn patch(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    write: Write,
    Body(bytes): Body,
) -> Result<Response, ApiError> {
    named_or_matching(&edge, write, path.type_index, &bytes, Each::Patch).await
}

/// Replaces the records of a list; one that is named by a key that nobody has is added.
pub(crate) async fn put(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    write: Write,
    Body(bytes): Body,
) -> Result<Response, ApiError> {
    write.parameters.clone().refuse_rest(edge.settings.lenient_filters)?;
    let items = list(json(&bytes)?)?;
    List { type_index: path.type_index, items, body: &bytes }.make(&edge, write, Each::Put).await
}

/// Deletes the records of a list of ids or of objects that name one, or all that a filter matches.
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    write: Write,
    Body(bytes): Body,
) -> Result<Response, ApiError> {
    named_or_matching(&edge, write, path.type_index, &bytes, Each::Delete).await
}

/// Changes the records that a list names, or all that the filter of the address matches.
async fn named_or_matching(
    edge: &Arc<Edge>,
    write: Write,
    type_index: TypeIndex,
    body: &[u8],
    each: Each,
) -> Result<Response, ApiError> {
    match one_or_many(json(body)?)? {
        OneOrMany::Many(items) => {
            write.parameters.clone().refuse_rest(edge.settings.lenient_filters)?;
            List { type_index, items, body }.make(edge, write, each).await
        }
        OneOrMany::One(wish) => matching(edge, write, type_index, wish, body).await,
    }
}

fn list(body: Json) -> Result<Vec<Json>, ApiError> {
    let type_name = body.type_name();
    if let Json::List(items) = body {
        return Ok(items);
    }
    Err(ApiError::Unreadable(format!("Expected a list of items but got {type_name}.")))
}

fn members(item: Json) -> Result<FieldsInput, Faults> {
    let type_name = item.type_name();
    if let Json::Object(members) = item {
        return Ok(members);
    }
    let told = format!("Invalid data. Expected a dictionary, but got {type_name}.");
    Err(Faults::one(NON_FIELD, bad(told)))
}

/// The revision that an item names, as the condition of its change.
fn take_revision(record_type: &Type, fields: &mut FieldsInput) -> Result<Preconditions, Faults> {
    // A field of that name can't be: every record has a revision.
    match fields.remove("revision") {
        None | Some(Json::Null) if record_type.if_match == Demand::Required => {
            let told = "Name the revision that the change was made for.";
            Err(Faults::one("revision", bad(told)))
        }
        None | Some(Json::Null) => Ok(Preconditions::default()),
        Some(Json::Number(digits)) => match digits.parse() {
            Ok(revision) => Ok(Preconditions::revision(Revision(revision))),
            Err(_) => Err(Faults::one("revision", FieldFault::NotInteger)),
        },
        Some(_) => Err(Faults::one("revision", FieldFault::NotInteger)),
    }
}

/// The record that an item names: by id, else by its key, which stays among the fields.
fn take_target(record_type: &Type, fields: &mut FieldsInput) -> Result<Target, Faults> {
    if let Some(id) = fields.remove("id") {
        let number = match &id {
            Json::Number(digits) | Json::Text(digits) => digits.parse().ok(),
            Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
        };
        let fault = || Faults::one("id", FieldFault::NotInteger);
        return number.map(|id| Target::Id(RecordId(id))).ok_or_else(fault);
    }
    let mut faults = Faults::default();
    let mut key: Vec<Value> = Vec::with_capacity(record_type.key.len());
    for field in record_type.key_fields() {
        let name = field.name.as_str();
        match fields.get(name).map(|sent| parse_scalar(&field.kind, sent)) {
            Some(Ok(Some(value))) => key.push(value),
            Some(Err(fault)) => faults.add(name, fault),
            Some(Ok(None)) | None => {
                faults.add("id", bad(format!("Name the record by its id or its {name}.")));
            }
        }
    }
    faults.or_ok(Target::Key(key))
}

impl Each {
    /// The changes that the items of a list stand for.
    ///
    /// # Errors
    /// Where there are too many; all that is wrong with any, by their places.
    pub(crate) fn proposal(
        self,
        record_type: &Type,
        items: Vec<Json>,
    ) -> Result<Proposal, ApiError> {
        if items.len() > CHANGES_MAX {
            let told = format!("There are {} items; send at most {CHANGES_MAX}.", items.len());
            return Err(ApiError::Unreadable(told));
        }
        let mut changes = Vec::with_capacity(items.len());
        let mut faults: BTreeMap<usize, Faults> = BTreeMap::new();
        for (place, item) in items.into_iter().enumerate() {
            match self.change(record_type, item) {
                Ok(change) => changes.push(change),
                Err(wrong) => {
                    faults.insert(place, wrong);
                }
            }
        }
        if faults.is_empty() {
            Ok(Proposal { changes })
        } else {
            Err(ApiError::InvalidItems(faults))
        }
    }

    fn change(self, record_type: &Type, item: Json) -> Result<ProposedChange, Faults> {
        let type_index = record_type.index;
        let mut fields = if self == Self::Delete && matches!(item, Json::Number(_)) {
            BTreeMap::from([("id".to_owned(), item)])
        } else {
            members(item)?
        };
        if self == Self::Add {
            let preconditions = Preconditions::default();
            return Ok(ProposedChange {
                type_index,
                action: Action::Add { fields },
                preconditions,
            });
        }
        let preconditions = take_revision(record_type, &mut fields)?;
        let target = take_target(record_type, &mut fields)?;
        let action = match (self, target) {
            (Self::Delete, target) => Action::Delete { target },
            (Self::Put, Target::Key(key)) => Action::Put { key, fields, unnamed: Unnamed::Reset },
            (Self::Put, target) => Action::Update { target, fields, unnamed: Unnamed::Reset },
            (Self::Add | Self::Patch, target) => {
                Action::Update { target, fields, unnamed: Unnamed::Keep }
            }
        };
        Ok(ProposedChange { type_index, action, preconditions })
    }
}

/// A list of changes, and the body that it stood in.
struct List<'a> {
    type_index: TypeIndex,
    items: Vec<Json>,
    body: &'a [u8],
}

impl List<'_> {
    /// Makes the changes.
    async fn make(self, edge: &Arc<Edge>, write: Write, each: Each) -> Result<Response, ApiError> {
        let Self { type_index, items, body } = self;
        if write.preconditions.are_given() {
            let told = "A list names the revision of each record in its items, not in a header.";
            return Err(ApiError::Unreadable(told.to_owned()));
        }
        let wish = Wish::Changes(each.proposal(edge.record_type(type_index), items)?);
        fulfil(edge, write, wish, Answering::Records { type_index, shape: Shape::Many }, body).await
    }
}

/// Makes the same change of all that the filter of the address matches.
async fn matching(
    edge: &Arc<Edge>,
    mut write: Write,
    type_index: TypeIndex,
    mut wish: FieldsInput,
    body: &[u8],
) -> Result<Response, ApiError> {
    let record_type = edge.record_type(type_index);
    let mut faults = Faults::default();
    let parameters = std::mem::take(&mut write.parameters);
    if parameters.pairs().is_empty() {
        faults.add(NON_FIELD, bad("Send a list of records, or name some by a filter."));
    }
    let lenient = edge.settings.lenient_filters;
    let filter = take_filter(edge.schema(), record_type, parameters, lenient, &mut faults);
    let expect_count = match wish.remove(EXPECT_COUNT) {
        Some(Json::Number(digits)) => digits.parse().ok(),
        _ => None,
    };
    if expect_count.is_none() {
        faults.add(EXPECT_COUNT, bad("Say how many records you mean, as a number."));
    }
    let fields = match wish.remove("fields") {
        None => None,
        Some(Json::Object(fields)) => Some(fields),
        Some(_) => {
            faults.add("fields", bad("Give an object: the values that all get."));
            None
        }
    };
    for name in wish.keys() {
        faults.add(name.as_str(), bad("Unknown member. There are fields and expect_count."));
    }
    let is_change = write.is_patch;
    if is_change != fields.is_some() && faults.is_empty() {
        let told = if is_change { "This is required." } else { "A deletion takes none." };
        faults.add("fields", bad(told));
    }
    faults.or_ok(())?;
    let expect_count = expect_count.unwrap_or_default();
    let wish = Wish::EachMatching(EachMatching { type_index, filter, expect_count, fields });
    fulfil(edge, write, wish, Answering::Records { type_index, shape: Shape::Many }, body).await
}
