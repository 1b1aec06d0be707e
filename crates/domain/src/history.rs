//! What the register remembers of a change, and the chain of hashes that makes tampering evident.

mod question;

use std::fmt::Write as _;

pub use question::{
    ChangeKind, FieldChange, ListChange, Question, Values, field_changes, list_change,
};
use sha2::{Digest, Sha256};

use crate::change::CheckedChange;
use crate::json::{Json, write_text};
use crate::record::{CommitNumber, Fields, Record, RecordId, Reference, Revision, Timestamp};
use crate::review::Passage;
use crate::schema::{Kind, Schema, TextRules, Type};
use crate::value::{Value, datetime_text, parse_scalar};

/// The hash of a commit, over its content and the hash before it.
pub type Hash = [u8; 32];

/// A hash as people read and write it: 64 hexadecimal digits.
pub fn hex(hash: &Hash) -> String {
    hash.iter().fold(String::with_capacity(64), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}

/// The hash that [`hex`] has written so; `None` for anything else.
pub fn parse_hash(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if digits.len() != 2 * hash.len() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}

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
    /// How it came past the review.
    pub passage: Passage,
    /// What it folded, where that is what it did.
    pub fold: Option<Fold>,
}

/// The folding of older commits: their changes go, and of each record stays how it stood then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The last commit that was folded.
    pub to: CommitNumber,
    /// The [`BaseDigest`] of what stays.
    pub base: Hash,
}

/// A record as it stood when older changes were folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseEntry {
    /// The name of the record's type.
    pub type_name: String,
    /// Its id.
    pub id: RecordId,
    /// The commit that changed it last.
    pub commit: CommitNumber,
    /// Its revision.
    pub revision: Revision,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
    /// Its values, as canonical JSON.
    pub fields: String,
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

/// SHA-256 over parts, each with its length before it, so that no two lists of parts give the same
/// bytes.
#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, part: Option<&[u8]>) {
        match part {
            None => self.0.update([0]),
            Some(bytes) => {
                self.0.update([1]);
                self.0.update((bytes.len() as u64).to_be_bytes());
                self.0.update(bytes);
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        self.add(Some(text.as_bytes()));
    }

    fn hash(self) -> Hash {
        self.0.finalize().into()
    }
}

/// The digest of a commit's content: what folding lets go of it, its token, origin, reason, request,
/// passage and changes.
pub struct ContentDigest(Parts);

impl ContentDigest {
    /// The digest of a commit whose changes are still to be added.
    pub fn new(commit: &Commit) -> Self {
        let mut parts = Parts::default();
        parts.add(commit.token.as_deref().map(str::as_bytes));
        parts.add_text(&commit.origin);
        parts.add(commit.reason.as_deref().map(str::as_bytes));
        parts.add(commit.request_id.as_deref().map(str::as_bytes));
        parts.add(commit.fold.map(|fold| fold.to.to_string()).as_deref().map(str::as_bytes));
        parts.add(commit.fold.as_ref().map(|fold| fold.base.as_slice()));
        // Commits of before there were reviews have none of these three. A change has five parts,
        // so that no list of changes reads like another with these before it.
        if commit.passage != Passage::default() {
            parts.add_text("passage");
            parts.add_text(if commit.passage.is_bypass { "bypass" } else { "review" });
            parts.add_text(&commit.passage.approved_by.join("\n"));
        }
        Self(parts)
    }

    /// Adds the next change.
    pub fn add(&mut self, entry: &Entry) {
        self.0.add_text(&entry.type_name);
        self.0.add_text(&entry.id.to_string());
        self.0.add_text(&entry.revision.to_string());
        self.0.add(entry.before.as_deref().map(str::as_bytes));
        self.0.add(entry.after.as_deref().map(str::as_bytes));
    }

    /// The digest of all that was added.
    pub fn hash(self) -> Hash {
        self.0.hash()
    }
}

/// The digest of a commit with all its changes.
pub fn digest(commit: &Commit, entries: &[Entry]) -> Hash {
    let mut digest = ContentDigest::new(commit);
    for entry in entries {
        digest.add(entry);
    }
    digest.hash()
}

/// The digest of a base, whose entries come sorted by type and id.
#[derive(Default)]
pub struct BaseDigest(Parts);

impl BaseDigest {
    /// Adds the next entry.
    pub fn add(&mut self, entry: &BaseEntry) {
        self.0.add_text(&entry.type_name);
        self.0.add_text(&entry.id.to_string());
        self.0.add_text(&entry.commit.to_string());
        self.0.add_text(&entry.revision.to_string());
        self.0.add_text(&datetime_text(entry.created_at));
        self.0.add_text(&datetime_text(entry.updated_at));
        self.0.add_text(&entry.changed_by);
        self.0.add_text(&entry.fields);
    }

    /// The digest of all that was added.
    pub fn hash(self) -> Hash {
        self.0.hash()
    }
}

/// The hash of a commit, over the hash before it, its number, time and actor, and its [`digest()`].
pub fn chain(previous: &Hash, commit: &Commit, digest: &Hash) -> Hash {
    let mut parts = Parts::default();
    parts.add(Some(previous));
    parts.add_text(&commit.number.to_string());
    parts.add_text(&datetime_text(commit.at));
    parts.add_text(&commit.actor);
    parts.add(Some(digest));
    parts.hash()
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
    let (type_index, id, revision) = (of.index, entry.id, entry.revision);
    Some(CheckedChange { type_index, id, revision, before, after })
}
