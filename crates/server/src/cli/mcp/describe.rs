//! What the register keeps, and what the holder of the token may: `describe_register`,
//! `describe_type`.

use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::register::{OfType, Query, Register, take};
use super::tool::{Effect, Tool};

/// Rights beside looking and proposing, which no tool uses.
const UNUSED_RIGHTS: [&str; 4] = ["write", "review", "bypass", "administer"];

/// Takes nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct DescribeRegister {}

/// Takes a type.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct DescribeType {
    /// The type, by its list as `describe_register` names it, such as `servers`.
    #[serde(rename = "type")]
    type_name: String,
}

impl Tool for DescribeRegister {
    const NAME: &'static str = "describe_register";
    const TITLE: &'static str = "Describe the register";
    const ABOUT: &'static str = "\
Lists the types of records that there are, and says who you are to the register. Of each type: its list (the name \
that the other tools take), a description, whether changes of it are reviewed (`review`: `required`; `optional`, \
where people with the right to write need no review; `off`, where nothing can be proposed), and whether you may \
propose changes of it. Takes no arguments. Call this first.";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "Ask for one type with describe_type.";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let mut me = register.read("/api/-/me/", &Query::default()).await?;
        let mut types = Vec::new();
        for plural in register.plurals().await? {
            types.push(in_short(&register.described(&plural).await?));
        }
        let note = spare_rights(&me).map(|rights| {
            format!(
                "Your token also has the right to {rights} on everything. These tools never use it; a token \
                 made with --rights view,propose has not got it."
            )
        });
        let you = json!({"user": take(&mut me, "user"), "token": take(&mut me, "token")});
        Ok(json!({"you": you, "note": note, "types": types}))
    }
}

impl Tool for DescribeType {
    const NAME: &'static str = "describe_type";
    const TITLE: &'static str = "Describe a type";
    const ABOUT: &'static str = "\
Tells the fields of a type: kind, whether a value is required or unique, choices, limits, which list a reference \
points to; the fields that are its key; whether its changes are reviewed. `fields` is null where you may not \
propose changes of it; `filters` always has the names that list_records filters by, with their kinds, those \
through references (`dc__name`) among them. Example: {\"type\": \"servers\"}";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "The type has too many fields to be told at once.";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let plural = register.plural_of(&self.type_name).await?;
        let mut of_type = register.described(&plural).await?;
        let mut told = in_short(&of_type);
        let fields = of_type.about.pointer_mut("/actions/POST").map(Value::take);
        let filters = take(&mut of_type.about, "filters");
        if let Some(members) = told.as_object_mut() {
            members.insert("key".to_owned(), take(&mut of_type.about, "key"));
            members.insert("fields".to_owned(), fields.unwrap_or_default());
            members.insert("filters".to_owned(), filters_in_short(&filters));
        }
        Ok(told)
    }
}

fn in_short(of_type: &OfType) -> Value {
    json!({
        "list": of_type.plural,
        "type": of_type.name(),
        "description": of_type.about.get("description"),
        "review": of_type.review(),
        "may_propose": of_type.may_propose(),
    })
}

/// What somebody may on everything, beside looking and proposing.
fn spare_rights(me: &Value) -> Option<String> {
    let rights = me.pointer("/rights/everything")?.as_array()?;
    let rights: Vec<&str> = rights.iter().filter_map(Value::as_str).collect();
    let spare: Vec<&str> = UNUSED_RIGHTS.into_iter().filter(|one| rights.contains(one)).collect();
    (!spare.is_empty()).then(|| spare.join(", "))
}

/// What can be filtered by, without the words that a form shows.
fn filters_in_short(filters: &Value) -> Value {
    let filters = filters.as_array().into_iter().flatten();
    let short = filters.map(|filter| {
        let mut told = Map::new();
        for name in ["name", "kind", "target"] {
            if let Some(value) = filter.get(name) {
                told.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(choices) = filter.get("choices").and_then(Value::as_array) {
            let values = choices.iter().filter_map(|choice| choice.get("value").cloned());
            told.insert("choices".to_owned(), values.collect());
        }
        Value::Object(told)
    });
    short.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_that_no_tool_uses_are_pointed_out() {
        let me = |rights: &[&str]| json!({"rights": {"everything": rights}});
        assert_eq!(spare_rights(&me(&["view", "propose"])), None);
        assert_eq!(
            spare_rights(&me(&["view", "write", "bypass"])).as_deref(),
            Some("write, bypass")
        );
        assert_eq!(spare_rights(&json!({})), None);
    }

    #[test]
    fn filters_are_told_without_words_for_forms() {
        let told = json!([{"name": "state", "label": "State", "kind": "choice", "comparisons": [{}],
            "choices": [{"value": "active", "display_name": "In use"}]}]);
        let short = json!([{"name": "state", "kind": "choice", "choices": ["active"]}]);
        assert_eq!(filters_in_short(&told), short);
    }
}
