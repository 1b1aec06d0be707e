//! Drafts for the tests of this folder, in few words.

use super::draft::{FieldDraft, SchemaDraft, Settings, TypeDraft};
use crate::json::Json;

pub(super) fn text(text: &str) -> Json {
    Json::text(text)
}

pub(super) fn number(digits: &str) -> Json {
    Json::Number(digits.to_owned())
}

pub(super) fn list<const N: usize>(items: [Json; N]) -> Json {
    Json::List(items.into())
}

pub(super) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect())
}

pub(super) const YES: Json = Json::Bool(true);

pub(super) fn field<const N: usize>(name: &str, settings: [(&str, Json); N]) -> FieldDraft {
    FieldDraft { name: name.to_owned(), settings: object(settings) }
}

/// What every sound type here begins with.
pub(super) fn name_field() -> FieldDraft {
    field("name", [("kind", text("text")), ("required", YES), ("unique", YES)])
}

pub(super) fn type_of(name: &str, settings: Json, fields: Vec<FieldDraft>) -> TypeDraft {
    TypeDraft { name: name.to_owned(), settings, fields }
}

pub(super) fn of_types(types: Vec<TypeDraft>) -> SchemaDraft {
    SchemaDraft { types, settings: Settings::new() }
}
