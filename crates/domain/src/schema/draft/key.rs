//! The fields that name a record, and those that are unique together.

use std::collections::BTreeSet;

use super::super::{Field, FieldIndex, Kind};
use super::fault::{did_you_mean, quoted};
use super::kind::{INDEXED_BYTES_MAX, INDEXED_LENGTH_MAX, bytes_max};
use super::reader::{Reader, as_list, as_texts};

/// The most fields of a key or of a set that is unique together: an index in both databases.
const TOGETHER_MAX: usize = 8;

/// A field of the type that is being read.
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    /// `None` when it has faults.
    pub(super) field: Option<Field>,
}

/// The setting `key`, or the first text field that can be one.
pub(super) fn build_key(reader: &mut Reader<'_, '_>, members: &[Member<'_>]) -> Vec<FieldIndex> {
    if reader.raw("key").is_none() {
        return default_key(reader, members).into_iter().collect();
    }
    let Some(names) = reader.texts("key") else {
        return Vec::new();
    };
    if names.is_empty() {
        reader.fault("key", "the key is empty", "write key = [\"name\"]");
    }
    let parts = resolve(reader, "key", &names, members);
    for field in &parts {
        let name = quoted(field.name.as_str());
        if !is_key_kind(&field.kind) {
            reader.fault(
                "key",
                format!("the key field {name} holds {}", field.kind.word()),
                "name fields that are no references, long texts or json",
            );
        } else if !field.required {
            reader.fault(
                "key",
                format!("the key field {name} is not required"),
                format!("write required = true on {name}"),
            );
        } else if let Kind::Text(rules) = &field.kind
            && rules.max_length > INDEXED_LENGTH_MAX
        {
            reader.fault(
                "key",
                format!(
                    "the key field {name} may have {} characters, which don't fit into an index",
                    rules.max_length
                ),
                format!("write max_length = {INDEXED_LENGTH_MAX} or less on {name}"),
            );
        }
    }
    check_size(reader, "key", &parts);
    parts.iter().map(|field| field.index).collect()
}

/// Tells a set of fields whose values together may be too long for the index of the set.
fn check_size(reader: &mut Reader<'_, '_>, setting: &str, fields: &[&Field]) {
    let bytes: usize = fields.iter().map(|field| bytes_max(&field.kind)).sum();
    if fields.len() > 1 && bytes > INDEXED_BYTES_MAX {
        let names: Vec<String> = fields.iter().map(|field| quoted(field.name.as_str())).collect();
        reader.fault(
            setting,
            format!(
                "{} may have {bytes} bytes together, which don't fit into an index",
                names.join(", ")
            ),
            format!(
                "lower their max_length until they have at most {INDEXED_BYTES_MAX}; a character \
                 of a text or email counts as 4"
            ),
        );
    }
}

fn default_key(reader: &mut Reader<'_, '_>, members: &[Member<'_>]) -> Option<FieldIndex> {
    let unique_texts = || {
        members
            .iter()
            .filter_map(|member| member.field.as_ref())
            .filter(|field| field.unique && matches!(field.kind, Kind::Text(_)))
    };
    if let Some(field) = unique_texts().find(|field| field.required) {
        return Some(field.index);
    }
    // A field with faults may well be the key once they are gone.
    if members.iter().any(|member| member.field.is_none()) {
        return None;
    }
    let hint = match unique_texts().next() {
        Some(field) => format!("write required = true on {}", quoted(field.name.as_str())),
        None if members.is_empty() => {
            "write [types.NAME.fields] and below it name = { kind = \"text\", required = true, unique = true }"
                .to_owned()
        }
        None => "write key = [\"name\"], or required = true and unique = true on a text field"
            .to_owned(),
    };
    reader.fault_of_part("no field names its records", hint);
    None
}

fn is_key_kind(kind: &Kind) -> bool {
    !matches!(kind, Kind::Ref { .. } | Kind::Refs { .. } | Kind::Json | Kind::LongText(_))
}

/// The setting `unique_together`.
pub(super) fn build_unique_together(
    reader: &mut Reader<'_, '_>,
    members: &[Member<'_>],
) -> Vec<Vec<FieldIndex>> {
    const NAME: &str = "unique_together";
    const HINT: &str = "write unique_together = [[\"a\", \"b\"]]";
    let Some(found) = reader.raw(NAME) else {
        return Vec::new();
    };
    let lists =
        as_list(found).and_then(|lists| lists.iter().map(as_texts).collect::<Option<Vec<_>>>());
    let Some(lists) = lists else {
        reader.fault(NAME, "\"unique_together\" must be a list of lists of names", HINT);
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut sets = Vec::with_capacity(lists.len());
    for names in lists {
        if names.len() < 2 {
            reader.fault(
                NAME,
                "a set that is unique together has two fields or more",
                "write unique = true on a field that is unique by itself",
            );
            continue;
        }
        let fields = resolve(reader, NAME, &names, members);
        for field in &fields {
            if matches!(field.kind, Kind::Refs { .. } | Kind::Json | Kind::LongText(_)) {
                reader.fault(
                    NAME,
                    format!("{} holds {}", quoted(field.name.as_str()), field.kind.word()),
                    "name fields that hold no lists, long texts or json",
                );
            }
        }
        check_size(reader, NAME, &fields);
        let set: Vec<FieldIndex> = fields.iter().map(|field| field.index).collect();
        let mut unordered = set.clone();
        unordered.sort_unstable();
        if set.len() == names.len() && !seen.insert(unordered) {
            reader.fault(NAME, "a set stands there twice", "leave one of them out");
        }
        sets.push(set);
    }
    sets
}

/// The fields of these names, save those that there are not, which are told, and those that have
/// faults of their own, which have been.
fn resolve<'m>(
    reader: &mut Reader<'_, '_>,
    setting: &str,
    names: &[&str],
    members: &'m [Member<'_>],
) -> Vec<&'m Field> {
    if names.len() > TOGETHER_MAX {
        reader.fault(
            setting,
            format!("there are {} fields in {}", names.len(), quoted(setting)),
            format!("name at most {TOGETHER_MAX}"),
        );
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        if !seen.insert(name) {
            reader.fault(
                setting,
                format!("{} names {} twice", quoted(setting), quoted(name)),
                "name each field once",
            );
            continue;
        }
        if let Some(member) = members.iter().find(|member| member.name == *name) {
            fields.extend(member.field.as_ref());
            continue;
        }
        let hint = did_you_mean(name, members.iter().map(|member| member.name))
            .unwrap_or_else(|| "name fields of this type".to_owned());
        reader.fault(setting, format!("there is no field {}", quoted(name)), hint);
    }
    fields
}
