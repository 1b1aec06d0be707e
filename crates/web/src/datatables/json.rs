//! `ajax.submitAs: 'json'`: one JSON document instead of bracketed names.

use serde_json::Value;

/// The pairs that the same request would send as a form.
pub(crate) fn flatten(document: &Value) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    add(String::new(), document, &mut pairs);
    pairs
}

fn add(name: String, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => pairs.push((name, String::new())),
        Value::Bool(truth) => pairs.push((name, truth.to_string())),
        Value::Number(number) => pairs.push((name, number.to_string())),
        Value::String(text) => pairs.push((name, text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                add(inside(&name, &index.to_string()), item, pairs);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                add(inside(&name, member), value, pairs);
            }
        }
    }
}

fn inside(name: &str, member: &str) -> String {
    if name.is_empty() {
        member.to_owned()
    } else {
        format!("{name}[{member}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_says_what_a_form_would() {
        let document = json!({
            "draw": 3,
            "columns": [{"data": "dc.name", "searchable": true, "search": {"value": "", "regex": false}}],
            "order": [],
            "note": null,
        });
        let pairs = flatten(&document);
        let expected = [
            ("columns[0][data]", "dc.name"),
            ("columns[0][search][regex]", "false"),
            ("columns[0][search][value]", ""),
            ("columns[0][searchable]", "true"),
            ("draw", "3"),
            ("note", ""),
        ];
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, expected);
    }
}
