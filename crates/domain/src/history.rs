//! What the register remembers of a change, and the chain of hashes that makes tampering evident.

use sha2::{Digest, Sha256};

use crate::change::CheckedChange;
use crate::json::{Json, write_text};
use crate::record::{CommitNumber, Fields, Record, RecordId, Reference, Revision, Timestamp};
use crate::schema::{Kind, Schema, TextRules, Type};
use crate::value::{Value, datetime_text, parse_scalar};

/// The hash of a commit, over its content and the hash before it.
pub type Hash = [u8; 32];

/// The hash before the first commit.
pub const GENESIS: Hash = [0; 32];

/// Who, when, through what and why: what all changes of a commit share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its number.
    pub number: CommitNumber,
    /// When it was made; never before the commit before it.
    pub at: Timestamp,
    /// Who made it.
    pub actor: String,
    /// The name of the token that was used.
    pub token: Option<String>,
    /// Through what.
    pub origin: String,
    /// Why.
    pub reason: Option<String>,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// One change as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the record's type.
    pub type_name: String,
    /// Its id.
    pub id: RecordId,
    /// The revision that the change made.
    pub revision: Revision,
    /// The record before, as canonical JSON; `None` when it was added.
    pub before: Option<String>,
    /// The record after, as canonical JSON; `None` when it was deleted.
    pub after: Option<String>,
}

/// The hash of a commit. Every part goes in with its length before it, so that no two commits
/// give the same bytes.
pub fn chain(previous: &Hash, commit: &Commit, entries: &[Entry]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    let mut part = |bytes: Option<&[u8]>| match bytes {
        None => hasher.update([0]),
        Some(bytes) => {
            hasher.update([1]);
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        }
    };
    part(Some(commit.number.to_string().as_bytes()));
    part(Some(datetime_text(commit.at).as_bytes()));
    part(Some(commit.actor.as_bytes()));
    part(commit.token.as_deref().map(str::as_bytes));
    part(Some(commit.origin.as_bytes()));
    part(commit.reason.as_deref().map(str::as_bytes));
    part(commit.request_id.as_deref().map(str::as_bytes));
    for entry in entries {
        part(Some(entry.type_name.as_bytes()));
        part(Some(entry.id.to_string().as_bytes()));
        part(Some(entry.revision.to_string().as_bytes()));
        part(entry.before.as_deref().map(str::as_bytes));
        part(entry.after.as_deref().map(str::as_bytes));
    }
    hasher.finalize().into()
}

/// A record's values as canonical JSON: names sorted, references with the keys they had, nulls and
/// empty lists left out.
pub fn canonical(schema: &Schema, record_type: &Type, fields: &Fields) -> String {
    let mut named: Vec<_> = record_type
        .fields
        .iter()
        .filter_map(|field| fields.get(field.index).map(|value| (field, value)))
        .filter(|(_, value)| !matches!(value, Value::Refs(none) if none.is_empty()))
        .collect();
    named.sort_unstable_by_key(|(field, _)| field.name.as_str());
    let mut out = String::from("{");
    for (index, (field, value)) in named.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(field.name.as_str(), &mut out);
        out.push(':');
        value.write_json(&key_names(schema, &field.kind), &mut out);
    }
    out.push('}');
    out
}

/// The names of the key fields of the type that a reference points to; none for other kinds.
pub fn key_names<'a>(schema: &'a Schema, kind: &Kind) -> Vec<&'a str> {
    kind.target().map_or_else(Vec::new, |target| {
        schema.get(target).key_fields().map(|field| field.name.as_str()).collect()
    })
}

/// The values behind [`canonical`], as far as today's schema can hold them: what it has no field
/// for, or what a field can hold no more, is left out.
pub fn restore(schema: &Schema, record_type: &Type, canonical: &Json) -> Fields {
    let mut fields = Fields::empty(record_type.fields.len());
    for field in &record_type.fields {
        let kept = if let Json::Object(members) = canonical {
            members.get(field.name.as_str())
        } else {
            None
        };
        let value = match (&field.kind, kept) {
            (Kind::Ref { target, .. }, Some(kept)) => {
                reference(schema.get(*target), kept).map(Value::Ref)
            }
            (Kind::Refs { target, .. }, kept) => {
                let items = match kept {
                    Some(Json::List(items)) => items.as_slice(),
                    _ => &[],
                };
                let target = schema.get(*target);
                Some(Value::Refs(items.iter().filter_map(|item| reference(target, item)).collect()))
            }
            (_, None) => None,
            (kind, Some(kept)) => parse_scalar(&without_rules(kind), kept).ok().flatten(),
        };
        fields.set(field.index, value);
    }
    fields
}

/// What a field of this kind could ever have held: rules that came later don't judge the past.
fn without_rules(kind: &Kind) -> Kind {
    match kind {
        Kind::Text(_) | Kind::LongText(_) | Kind::Url(_) | Kind::Email(_) | Kind::Choice(_) => {
            Kind::LongText(TextRules { max_length: usize::MAX, pattern: None })
        }
        Kind::Integer { .. } => Kind::Integer { min: None, max: None },
        Kind::Decimal { .. } => Kind::Decimal { min: None, max: None, places: None },
        Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ip
        | Kind::Network
        | Kind::Mac
        | Kind::Ref { .. }
        | Kind::Refs { .. }
        | Kind::Json => kind.clone(),
    }
}

fn reference(target: &Type, kept: &Json) -> Option<Reference> {
    let Json::Object(members) = kept else {
        return None;
    };
    let Some(Json::Number(id)) = members.get("id") else {
        return None;
    };
    let key = target
        .key_fields()
        .filter_map(|field| {
            parse_scalar(&field.kind, members.get(field.name.as_str())?).ok().flatten()
        })
        .collect();
    Some(Reference { id: RecordId(id.parse().ok()?), key })
}

/// A kept change as one that can be written again, to rebuild the register from its history;
/// `None` when today's schema has no such type. Of the record before, only its values and its
/// revision are known.
pub fn replayed(
    schema: &Schema,
    commit: &Commit,
    entry: &Entry,
    before: Option<&Json>,
    after: Option<&Json>,
) -> Option<CheckedChange> {
    let of = schema.named(&entry.type_name)?;
    let before = before.map(|kept| Record {
        type_index: of.index,
        id: entry.id,
        revision: Revision(entry.revision.0.saturating_sub(1)),
        created_at: commit.at,
        updated_at: commit.at,
        changed_by: commit.actor.clone(),
        fields: restore(schema, of, kept),
    });
    let after = after.map(|kept| restore(schema, of, kept));
    Some(CheckedChange { type_index: of.index, id: entry.id, before, after })
}
