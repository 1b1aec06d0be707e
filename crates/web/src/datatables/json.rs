//! `ajax.submitAs: 'json'`: one JSON document instead of bracketed names.

use domain::json::Json;

use crate::extract::Parameters;

/// The pairs that the same request would send as a form.
pub(crate) fn flatten(document: &Json) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    add(String::new(), document, &mut pairs);
    pairs
}

fn add(name: String, value: &Json, pairs: &mut Vec<(String, String)>) {
    match value {
        Json::Null => pairs.push((name, String::new())),
        Json::Bool(truth) => pairs.push((name, truth.to_string())),
        Json::Number(text) | Json::Text(text) => pairs.push((name, text.clone())),
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                add(inside(&name, &index.to_string()), item, pairs);
            }
        }
        Json::Object(members) => {
            for (member, value) in members {
                add(inside(&name, member), value, pairs);
            }
        }
    }
}

fn inside(name: &str, member: &str) -> String {
    if name.is_empty() { member.to_owned() } else { format!("{name}[{member}]") }
}

/// With `submitAs: 'json'`, a GET's parameters are one JSON document, behind whatever the address
/// held already.
pub(crate) fn with_document(mut parameters: Parameters) -> Parameters {
    let documents: Vec<Json> = parameters
        .pairs()
        .iter()
        .filter(|(name, value)| name.starts_with('{') && value.is_empty())
        .filter_map(|(name, _)| app::json::parse(name.as_bytes()).ok())
        .collect();
    if documents.is_empty() {
        return parameters;
    }
    parameters.drop_where(|name| name.starts_with('{'));
    let sent = documents.iter().flat_map(flatten).collect();
    parameters.and(Parameters::from_pairs(sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_what_a_form_would() {
        let document = serde_json::json!({
            "draw": 3,
            "columns": [{"data": "dc.name", "searchable": true, "search": {"value": "", "regex": false}}],
            "order": [],
            "note": null,
        });
        let document = app::json::parse(document.to_string().as_bytes()).unwrap();
        let pairs = flatten(&document);
        let expected = [
            ("columns[0][data]", "dc.name"),
            ("columns[0][search][regex]", "false"),
            ("columns[0][search][value]", ""),
            ("columns[0][searchable]", "true"),
            ("draw", "3"),
            ("note", ""),
        ];
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_document_in_the_address_counts_as_parameters() {
        let sent = Parameters::parse("format=datatables&%7B%22draw%22%3A4%2C%22start%22%3A0%7D");
        let pairs = with_document(sent).into_pairs().unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("format", "datatables"), ("draw", "4"), ("start", "0")]);
    }
}
