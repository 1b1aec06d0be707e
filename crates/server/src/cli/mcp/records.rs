//! Records, as they are and as they were: `list_records`, `get_record`, `record_history`,
//! `search_everything`.

use rmcp::model::JsonObject;
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::register::{Query, Register, of_next, segment, take};
use super::tool::{Effect, Texts, Tool};

/// Items on a page where nothing is said.
const PAGE_DEFAULT: u32 = 25;
/// The most items on a page: what an assistant reads before it asks for more.
pub(super) const PAGE_MAX: u32 = 100;
/// Lookups whose several values are one.
const OF_SEVERAL: [&str; 2] = ["all", "range"];

/// Takes what a list is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct ListRecords {
    /// The type, by its list, such as `servers`.
    #[serde(rename = "type")]
    type_name: String,
    /// What must hold, by filter: `{"dc__name": "iad1", "state!": "retired", "ip__net": "10.0.0.0/8"}`.
    /// Of several values in a list any will do.
    #[serde(default)]
    filters: JsonObject,
    /// Words that must all be found in the record.
    search: Option<String>,
    /// The order, such as `-updated_at,name`; `-` for the greatest first.
    ordering: Option<Texts>,
    /// Only these members of each record, such as `["id", "name", "ip"]`: answers get much shorter.
    fields: Option<Texts>,
    /// Fields with a choice or a reference: how many of the matching records have each value.
    facets: Option<Texts>,
    /// The register as it stood then: a commit's number, a time, a day, "yesterday", "30d".
    as_of: Option<String>,
    /// Records on this page, 25 if nothing is said.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with all else as it was.
    cursor: Option<String>,
}

/// Takes a record, and what of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct GetRecord {
    /// The type, by its list, such as `servers`.
    #[serde(rename = "type")]
    type_name: String,
    /// The id of the record; or give its key.
    id: Option<i64>,
    /// The key of the record, such as "db1001"; a list where the key has several fields.
    key: Option<Texts>,
    /// Only these members.
    fields: Option<Texts>,
    /// The record as it was then: a commit's number, a time, a day, "yesterday", "30d".
    as_of: Option<String>,
}

/// Takes a record, and which of its changes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct RecordHistory {
    /// The type, by its list, such as `servers`.
    #[serde(rename = "type")]
    type_name: String,
    /// The id of the record, also of one that is gone; or give its key.
    id: Option<i64>,
    /// The key of the record, such as "db1001"; a list where the key has several fields.
    key: Option<Texts>,
    /// Only changes that gave this field another value.
    field: Option<String>,
    /// Only changes after this moment: a commit's number, a time, a day, "30d".
    after: Option<String>,
    /// Only changes before this moment.
    before: Option<String>,
    /// Changes on this page, 25 if nothing is said.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with all else as it was.
    cursor: Option<String>,
}

/// Takes a text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct SearchEverything {
    /// The words to look for.
    text: String,
    /// Records of each type, 5 if nothing is said.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
}

impl Tool for ListRecords {
    const NAME: &'static str = "list_records";
    const TITLE: &'static str = "List records";
    const ABOUT: &'static str = "\
Lists records of a type, filtered, searched and ordered, a page at a time; `count` is how many match. A filter is \
`field`, `field__lookup`, or goes through references (`dc__name`, `tags__name__in`); `!` at its end negates. Lookups: \
in, isnull, range, gt, gte, lt, lte; of text contains, icontains, startswith, endswith, iexact, regex; of addresses \
net; of references ids; of dates year, month, day, date. A reference by name is `dc__name`, not `dc`. An unknown \
filter is refused, with what was meant. Example: {\"type\": \"servers\", \"filters\": {\"dc__name\": \"iad1\", \"state\": \
[\"active\", \"failed\"]}, \"fields\": [\"id\", \"name\", \"ip\", \"state\"], \"ordering\": \"name\"}. To count alone: \
\"limit\": 1, and \"facets\" for counts by value.";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str =
        "Ask for fewer records (limit) or for fewer members of each (fields).";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let mut query = filtered(&self.filters)?;
        query.add("limit", page_size(self.limit)?);
        query.add_some("search", self.search);
        for (name, texts) in
            [("ordering", self.ordering), ("fields", self.fields), ("facets", self.facets)]
        {
            query.add_some(name, texts.as_ref().map(Texts::joined));
        }
        query.add_some("as_of", self.as_of);
        query.add_some("cursor", self.cursor);
        let plural = register.plural_of(&self.type_name).await?;
        let mut page = register.read(&format!("/api/{plural}/"), &query).await?;
        let next = of_next(&page, "cursor");
        // Words such as `yesterday` move on; the next page is to be of the same moment.
        let as_of = of_next(&page, "as_of").filter(|text| !text.is_empty());
        Ok(json!({
            "count": take(&mut page, "count"),
            "results": take(&mut page, "results"),
            "facets": take(&mut page, "facets"),
            "next_cursor": next,
            "next_as_of": as_of,
        }))
    }
}

impl Tool for GetRecord {
    const NAME: &'static str = "get_record";
    const TITLE: &'static str = "Read a record";
    const ABOUT: &'static str = "\
Reads one record, by its id or by its key (a server's name), as it is or as it was at a moment. References are told \
with id and key. Example: {\"type\": \"servers\", \"key\": \"db1001\"}";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "Ask for fewer members (fields).";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let plural = register.plural_of(&self.type_name).await?;
        let path = address(&plural, self.id, self.key.as_ref())?;
        let mut query = Query::default();
        query.add_some("fields", self.fields.as_ref().map(Texts::joined));
        query.add_some("as_of", self.as_of);
        Ok(json!({"record": register.read(&path, &query).await?}))
    }
}

impl Tool for RecordHistory {
    const NAME: &'static str = "record_history";
    const TITLE: &'static str = "Read the history of a record";
    const ABOUT: &'static str = "\
Lists the changes of one record, newest first: when, by whom, why, who approved, and of each field the value before \
and after. By id also of a record that is gone. Example: {\"type\": \"servers\", \"key\": \"db1001\", \"limit\": 5}";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "Ask for fewer changes (limit).";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let mut query = Query::default();
        query.add("limit", page_size(self.limit)?);
        for (name, text) in [
            ("field", self.field),
            ("after", self.after),
            ("before", self.before),
            ("cursor", self.cursor),
        ] {
            query.add_some(name, text);
        }
        let plural = register.plural_of(&self.type_name).await?;
        let path = address(&plural, self.id, self.key.as_ref())?;
        let id = match self.id {
            Some(id) => id,
            None => id_of(register, &path).await?,
        };
        let mut page = register.read(&format!("/api/{plural}/{id}/history/"), &query).await?;
        let next = of_next(&page, "cursor");
        Ok(json!({"changes": take(&mut page, "results"), "next_cursor": next}))
    }
}

impl Tool for SearchEverything {
    const NAME: &'static str = "search_everything";
    const TITLE: &'static str = "Search everything";
    const ABOUT: &'static str = "\
Finds records of every type that hold a text: names, addresses, descriptions. A few of each type; `more` names the \
types that have more, to be asked with list_records and `search`. Example: {\"text\": \"10.4.0.1\"}";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "Ask for fewer of each type (limit).";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let mut query = Query::default();
        query.add("q", &self.text);
        query.add_some("limit", self.limit);
        register.read("/api/-/search/", &query).await
    }
}

/// How many items a page has.
pub(super) fn page_size(limit: Option<u32>) -> Result<u32, Refusal> {
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Refusal::of("limit", &format!("Give 1 to {PAGE_MAX}; next_cursor leads on.")))
}

/// Filters as parameters. A value that would be passed over is refused.
fn filtered(filters: &JsonObject) -> Result<Query, Refusal> {
    let mut query = Query::default();
    for (name, value) in filters {
        if name == "format" {
            return Err(Refusal::of("filters.format", "Unknown filter: answers have one form."));
        }
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let texts: Option<Vec<String>> = values.iter().map(text).collect();
        let Some(texts) = texts.filter(|texts| !texts.is_empty()) else {
            let told = "Give a text, a number, true or false, or a list of these; for records without a value, \
                        the lookup __isnull with true.";
            return Err(Refusal::of(&format!("filters.{name}"), told));
        };
        let lookup = name.trim_end_matches('!').rsplit_once("__").map(|(_, lookup)| lookup);
        if lookup.is_some_and(|lookup| OF_SEVERAL.contains(&lookup)) {
            query.add(name, texts.join(","));
        } else {
            for text in &texts {
                query.add(name, text);
            }
        }
    }
    Ok(query)
}

/// A value as a filter takes it; an empty one would be no filter.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Where a record is, by its id or by its key.
fn address(plural: &str, id: Option<i64>, key: Option<&Texts>) -> Result<String, Refusal> {
    match (id, key) {
        (Some(id), None) => Ok(format!("/api/{plural}/{id}/")),
        (None, Some(key)) => {
            let parts = key.parts().iter().map(|part| segment("key", part));
            let parts = parts.collect::<Result<Vec<_>, _>>()?;
            Ok(format!("/api/{plural}/by/{}/", parts.join("/")))
        }
        (None, None) | (Some(_), Some(_)) => Err(Refusal::of("id", "Give the id or the key.")),
    }
}

/// The id of a record that is named by its key.
async fn id_of(register: &Register, path: &str) -> Result<i64, Refusal> {
    let mut query = Query::default();
    query.add("fields", "id");
    let record = register.read(path, &query).await?;
    let id = record.get("id").and_then(Value::as_i64);
    id.ok_or_else(|| Refusal::of("key", "The register tells no id of this record."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filters: &Value, expected: Option<&str>) {
        let found = filtered(filters.as_object().unwrap()).ok().map(|query| query.at(""));
        assert_eq!(found.as_deref(), expected, "{filters}");
    }

    #[test]
    fn filters_are_written_as_lists_take_them() {
        check(&json!({}), Some(""));
        check(&json!({"dc__name": "iad1"}), Some("?dc__name=iad1"));
        check(&json!({"state!": "failed"}), Some("?state%21=failed"));
        check(&json!({"state": ["a", "b"]}), Some("?state=a&state=b"));
        check(&json!({"id__range": [1, 9]}), Some("?id__range=1%2C9"));
        check(&json!({"tags__all!": [3, 4]}), Some("?tags__all%21=3%2C4"));
        check(&json!({"type__isnull": true}), Some("?type__isnull=true"));
    }

    #[test]
    fn what_would_be_no_filter_is_refused() {
        for value in [json!(""), json!(null), json!([]), json!({"a": 1}), json!(["a", ""])] {
            check(&json!({"name": value}), None);
        }
        check(&json!({"format": "csv"}), None);
    }

    #[test]
    fn a_record_is_named_once() {
        let key = Texts::Many(vec!["a/b".to_owned(), "c d".to_owned()]);
        let by_key = address("racks", None, Some(&key)).unwrap();
        assert_eq!(by_key, "/api/racks/by/a%2Fb/c%20d/");
        assert_eq!(address("racks", Some(3), None).unwrap(), "/api/racks/3/");
        assert!(address("racks", None, None).is_err());
        assert!(address("racks", Some(3), Some(&key)).is_err());
        let elsewhere = Texts::One("..".to_owned());
        assert!(address("racks", None, Some(&elsewhere)).is_err());
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(page_size(None).unwrap(), PAGE_DEFAULT);
        assert_eq!(page_size(Some(PAGE_MAX)).unwrap(), PAGE_MAX);
        assert!(page_size(Some(PAGE_MAX + 1)).is_err() && page_size(Some(0)).is_err());
    }
}
