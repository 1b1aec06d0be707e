//! From the settings of a schema file to a [`Schema`], or to everything that is wrong with them.
//!
//! A draft knows nothing of files: each fault carries a path (type, field, setting), and whoever
//! read the draft from a file knows the line of each path.

mod choices;
mod fault;
mod field;
mod key;
mod kind;
mod names;
mod pattern;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use fault::{SchemaFault, SchemaPath};

use self::fault::{did_you_mean, quoted};
use self::field::build_field;
use self::key::{Member, build_key, build_unique_together};
use self::names::{PLACES, check_type_name, derive_label, derive_plural, is_plural};
use self::reader::Reader;
use super::{APPROVALS_MAX, Demand, FieldIndex, Review, ReviewPolicy, Schema, Type, TypeIndex};
use crate::json::Json;
use crate::moment::Span;

/// The most types of a schema; far above any real one, so that checks stay quick.
const TYPES_MAX: usize = 200;
/// The most fields of a type; well below the columns that a table may have.
const FIELDS_MAX: usize = 200;

/// Settings as they were read, by name.
pub type Settings = BTreeMap<String, Json>;

/// A schema as somebody wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaDraft {
    /// The types, in order.
    pub types: Vec<TypeDraft>,
    /// Whatever stands beside the types; there are no such settings, so each is a fault.
    pub settings: Settings,
}

/// A type as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeDraft {
    /// Its name.
    pub name: String,
    /// Its settings, an object; anything else is a fault.
    pub settings: Json,
    /// Its fields, in order.
    pub fields: Vec<FieldDraft>,
}

/// A field as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDraft {
    /// Its name.
    pub name: String,
    /// Its settings, an object; anything else is a fault.
    pub settings: Json,
}

/// Makes a schema of a draft.
///
/// # Errors
/// All faults of the draft, those of a part in the order of its settings' meaning.
pub fn build(draft: &SchemaDraft) -> Result<Schema, Vec<SchemaFault>> {
    let (types, mut faults) = types(draft);
    check_places(&types, &mut faults);
    if faults.is_empty() { Ok(Schema::from_types(types)) } else { Err(faults) }
}

/// Makes a schema of the draft of one that was applied once, by a program that may have had fewer
/// pages of its own.
///
/// # Errors
/// As [`build`].
pub fn build_applied(draft: &SchemaDraft) -> Result<Schema, Vec<SchemaFault>> {
    let (types, faults) = types(draft);
    if faults.is_empty() { Ok(Schema::from_types(types)) } else { Err(faults) }
}

fn types(draft: &SchemaDraft) -> (Vec<Type>, Vec<SchemaFault>) {
    let mut faults = Vec::new();
    check_file(draft, &mut faults);
    if draft.types.len() > TYPES_MAX {
        return (Vec::new(), faults);
    }
    let names: Vec<&str> = draft.types.iter().map(|of| of.name.as_str()).collect();
    let types: Vec<Type> = draft
        .types
        .iter()
        .enumerate()
        .filter_map(|(index, of)| build_type(TypeIndex(index), of, &names, &mut faults))
        .collect();
    check_plurals(&types, &mut faults);
    (types, faults)
}

fn check_file(draft: &SchemaDraft, faults: &mut Vec<SchemaFault>) {
    for name in draft.settings.keys() {
        let path = SchemaPath::default().setting(name);
        faults.push(if name == "types" {
            SchemaFault::new(
                path,
                "\"types\" is not a table",
                "write [types.server] and below it [types.server.fields]",
            )
        } else {
            let hint = did_you_mean(name, ["types"])
                .unwrap_or_else(|| "a schema has nothing but [types.NAME] tables".to_owned());
            SchemaFault::new(path, format!("there is no setting {}", quoted(name)), hint)
        });
    }
    let path = SchemaPath::default();
    if draft.types.is_empty() && draft.settings.is_empty() {
        faults.push(SchemaFault::new(
            path,
            "there are no types",
            "declare one with [types.server] and its fields with [types.server.fields]",
        ));
    } else if draft.types.len() > TYPES_MAX {
        faults.push(SchemaFault::new(
            path,
            format!("there are {} types", draft.types.len()),
            format!("declare at most {TYPES_MAX}"),
        ));
    }
}

const TYPE_SETTINGS: [&str; 9] = [
    "plural",
    "label",
    "description",
    "key",
    "review",
    "reason",
    "if_match",
    "unique_together",
    "fields",
];

const DEMANDS: [(&str, Demand); 2] =
    [("required", Demand::Required), ("optional", Demand::Optional)];

const REVIEWS: [(&str, Review); 3] =
    [("required", Review::Required), ("optional", Review::Optional), ("off", Review::Off)];

/// A type, as whole as its faults let it be; `None` when it can't even be named.
fn build_type(
    index: TypeIndex,
    draft: &TypeDraft,
    type_names: &[&str],
    faults: &mut Vec<SchemaFault>,
) -> Option<Type> {
    let path = SchemaPath::of_type(&draft.name);
    let name = check_type_name(&draft.name, faults);
    if type_names.iter().filter(|name| **name == draft.name).count() > 1 {
        faults.push(SchemaFault::new(
            path.clone(),
            "there are two types of this name",
            "give each type a name of its own",
        ));
    }
    let Json::Object(settings) = &draft.settings else {
        faults.push(SchemaFault::new(
            path,
            "a type must be a table",
            format!("write [types.{}]", draft.name),
        ));
        return None;
    };
    let members = build_members(draft, type_names, faults);
    let mut reader = Reader::new(path, settings, faults);
    check_type_settings(&mut reader, settings);
    let plural = read_plural(&mut reader, &draft.name);
    let label = reader.label();
    let description = reader.prose("description");
    let review = read_review(&mut reader);
    let reason = reader.word("reason", &DEMANDS).unwrap_or(Demand::Optional);
    let if_match = reader.word("if_match", &DEMANDS).unwrap_or(Demand::Optional);
    let key = build_key(&mut reader, &members);
    let unique_together = build_unique_together(&mut reader, &members);
    let name = name?;
    Some(Type {
        index,
        plural,
        label: label.unwrap_or_else(|| derive_label(name.as_str())),
        name,
        description,
        key,
        fields: members.into_iter().filter_map(|member| member.field).collect(),
        unique_together,
        review,
        reason,
        if_match,
    })
}

/// A word, or a table that says more.
fn read_review(reader: &mut Reader<'_, '_>) -> ReviewPolicy {
    let Some(Json::Object(settings)) = reader.raw("review") else {
        return reader.word("review", &REVIEWS).unwrap_or(Review::Optional).into();
    };
    let mut reader = reader.part("review", settings);
    for name in settings.keys().filter(|name| !REVIEW_SETTINGS.contains(&name.as_str())) {
        let hint = did_you_mean(name, REVIEW_SETTINGS)
            .unwrap_or_else(|| "review has policy, approvals, group and expires".to_owned());
        reader.fault(name, format!("review has no setting {}", quoted(name)), hint);
    }
    let review = reader.word("policy", &REVIEWS).unwrap_or(Review::Required);
    let approvals = reader.count("approvals", 1, usize::from(APPROVALS_MAX)).unwrap_or(1);
    let group = reader.text("group").map(str::to_owned);
    let expires = reader.text("expires").and_then(|text| {
        let span = Span::parse_days(text);
        if span.is_none() {
            let hint = "write a day or more, such as 30d, 6mo or 1y";
            reader.fault("expires", format!("\"expires\" can't be {}", quoted(text)), hint);
        }
        span
    });
    let approvals = u8::try_from(approvals).unwrap_or(APPROVALS_MAX);
    ReviewPolicy { review, approvals, group, expires }
}

const REVIEW_SETTINGS: [&str; 4] = ["policy", "approvals", "group", "expires"];

fn check_type_settings(reader: &mut Reader<'_, '_>, settings: &Settings) {
    for name in settings.keys() {
        if name == "fields" {
            reader.fault(
                name,
                "\"fields\" is not a table",
                "write one line a field below [types.NAME.fields]: name = { kind = \"text\" }",
            );
        } else if !TYPE_SETTINGS.contains(&name.as_str()) {
            // The commonest slip: a field in the table of its type.
            let hint = if matches!(settings.get(name), Some(Json::Object(_))) {
                "fields stand below [types.NAME.fields]".to_owned()
            } else {
                did_you_mean(name, TYPE_SETTINGS).unwrap_or_else(|| {
                    "a type has plural, label, description, key, review, reason, if_match, \
                     unique_together and fields"
                        .to_owned()
                })
            };
            reader.fault(name, format!("a type has no setting {}", quoted(name)), hint);
        }
    }
}

fn build_members<'a>(
    draft: &'a TypeDraft,
    type_names: &[&str],
    faults: &mut Vec<SchemaFault>,
) -> Vec<Member<'a>> {
    if draft.fields.len() > FIELDS_MAX {
        faults.push(SchemaFault::new(
            SchemaPath::of_type(&draft.name),
            format!("there are {} fields", draft.fields.len()),
            format!("declare at most {FIELDS_MAX} in one type"),
        ));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut members = Vec::with_capacity(draft.fields.len());
    for (index, field) in draft.fields.iter().enumerate() {
        if !seen.insert(field.name.as_str()) {
            faults.push(SchemaFault::new(
                SchemaPath::of_field(&draft.name, &field.name),
                "there are two fields of this name",
                "give each field of a type a name of its own",
            ));
        }
        members.push(Member {
            name: &field.name,
            field: build_field(FieldIndex(index), &draft.name, field, type_names, faults),
        });
    }
    members
}

fn read_plural(reader: &mut Reader<'_, '_>, type_name: &str) -> String {
    let derived = derive_plural(type_name);
    match reader.text("plural") {
        None => derived,
        Some(plural) if is_plural(plural) => plural.to_owned(),
        Some(plural) => {
            reader.fault(
                "plural",
                format!("{} can't stand in an address", quoted(plural)),
                format!(
                    "write a-z, 0-9 and single dashes, beginning with a letter, such as {}",
                    quoted(&derived)
                ),
            );
            derived
        }
    }
}

fn check_plurals(types: &[Type], faults: &mut Vec<SchemaFault>) {
    let mut seen: BTreeMap<&str, &Type> = BTreeMap::new();
    for of in types {
        // Two types of one name have been told.
        if let Some(first) = seen.insert(&of.plural, of)
            && first.name != of.name
        {
            faults.push(SchemaFault::new(
                SchemaPath::of_type(of.name.as_str()).setting("plural"),
                format!(
                    "its plural {} is that of {} too",
                    quoted(&of.plural),
                    quoted(first.name.as_str())
                ),
                another_plural(of),
            ));
        }
    }
}

/// Tells of types that would have no page, since one of the program's own is there.
fn check_places(types: &[Type], faults: &mut Vec<SchemaFault>) {
    for of in types.iter().filter(|of| PLACES.contains(&of.plural.as_str())) {
        faults.push(SchemaFault::new(
            SchemaPath::of_type(of.name.as_str()).setting("plural"),
            format!("its page would be at /{}, where the program has its own", of.plural),
            another_plural(of),
        ));
    }
}

fn another_plural(of: &Type) -> String {
    format!("give it another, such as plural = {}", quoted(&format!("{}-list", of.plural)))
}
