//! What a cell of text means to a field.

use domain::json::Json;
use domain::schema::{Field, Kind, Schema, Type};

use crate::json;

/// What a cell holds, as the field's kind has it; null when it is blank.
///
/// # Errors
/// What is wrong with it, where its kind can't even be told from it. Everything else is left for
/// the checks that all changes pass.
pub(super) fn read_cell(
    schema: &Schema,
    field: &Field,
    cell: &str,
    list_separator: char,
) -> Result<Json, String> {
    if cell.trim().is_empty() {
        return Ok(Json::Null);
    }
    Ok(match &field.kind {
        Kind::Ref { target, .. } => reference(schema.get(*target), cell),
        Kind::Refs { target, .. } => Json::List(
            split_list(cell, list_separator)
                .iter()
                .map(|item| reference(schema.get(*target), item))
                .collect(),
        ),
        Kind::Json => {
            json::parse(cell.as_bytes()).map_err(|error| format!("not valid JSON: {error}"))?
        }
        Kind::Text(_)
        | Kind::LongText(_)
        | Kind::Integer { .. }
        | Kind::Decimal { .. }
        | Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ip
        | Kind::Network
        | Kind::Mac
        | Kind::Url(_)
        | Kind::Email(_)
        | Kind::Choice(_) => Json::text(cell),
    })
}

/// A key as a cell has it: its parts joined by ` / ` where it has several.
fn reference(target: &Type, cell: &str) -> Json {
    let parts: Vec<&str> = cell.split(" / ").collect();
    if target.key.len() < 2 || parts.len() != target.key.len() {
        return Json::text(cell.trim());
    }
    let names = target.key_fields().map(|field| field.name.as_str());
    let members = names.zip(parts);
    Json::Object(members.map(|(name, part)| (name.to_owned(), Json::text(part))).collect())
}

/// The items of a list in a cell, without blank ones. A backslash before the separator or another
/// backslash takes its meaning away.
fn split_list(cell: &str, separator: char) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        if c == separator {
            items.push(String::new());
            continue;
        }
        let escaped = characters.next_if(|next| c == '\\' && (*next == separator || *next == '\\'));
        if let Some(item) = items.last_mut() {
            item.push(escaped.unwrap_or(c));
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_at_separators_that_are_not_escaped() {
        let cases: [(&str, &[&str]); 6] = [
            ("a", &["a"]),
            ("a|b||c|", &["a", "b", "c"]),
            (r"a\\|b|c", &[r"a\", "b", "c"]),
            (r"a\|b", &["a|b"]),
            (r"C:\dir|\\x", &[r"C:\dir", r"\x"]),
            (" | ", &[]),
        ];
        for (cell, items) in cases {
            assert_eq!(split_list(cell, '|'), items, "{cell:?}");
        }
        assert_eq!(split_list("a;b|c", ';'), ["a", "b|c"]);
    }
}
