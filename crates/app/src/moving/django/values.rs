//! What the cells of a row are as fields.

use std::collections::{BTreeMap, HashMap};

use domain::change::FieldsInput;
use domain::json::Json;
use domain::record::Timestamp;
use domain::schema::{Choice, Field, Kind, Type};
use domain::value::{Value, parse_scalar};
use sql::ForeignRow;

use super::super::bring::Known;
use super::DjangoOptions;
use super::models::{List, Model};

/// What a row refers to by each many-to-many field: the names that the other system has for it.
pub(super) type Linked = HashMap<String, Vec<String>>;

/// A row as fields.
pub(super) struct Fields {
    pub(super) fields: FieldsInput,
    /// Whether a reference to its own kind is left out, which has not come yet.
    pub(super) is_partial: bool,
}

/// What a row says.
pub(super) struct Reading<'a> {
    pub(super) of: &'a Type,
    pub(super) model: &'a Model,
    pub(super) known: &'a Known,
    pub(super) options: &'a DjangoOptions,
}

impl Reading<'_> {
    /// The fields of a row; of many-to-many fields those of `linked`, or none where nothing is known
    /// of them.
    ///
    /// # Errors
    /// What it refers to and is not here.
    pub(super) fn fields(
        &self,
        row: &ForeignRow,
        linked: Option<(&[List], &Linked)>,
    ) -> Result<Fields, String> {
        let mut fields = FieldsInput::new();
        let mut is_partial = false;
        for (column, name) in &self.model.columns {
            let Some(field) = self.of.field_named(name) else { continue };
            let cell = row.get(column).unwrap_or(&Json::Null);
            if !(matches!(field.kind, Kind::Ref { .. }) && column.ends_with("_id")) {
                fields.insert(name.clone(), self.value(field, cell));
                continue;
            }
            let is_own = field.kind.target() == Some(self.of.index);
            match self.reference(field, cell) {
                Ok(value) => drop(fields.insert(name.clone(), value)),
                // It comes later, and this row again.
                Err(_) if is_own && !field.required => is_partial = true,
                Err(why) => return Err(why),
            }
        }
        if let Some((lists, linked)) = linked {
            for list in lists {
                let targets = linked.get(&list.field).map_or(&[][..], Vec::as_slice);
                let ids = targets.iter().map(|target| {
                    let id = self.known.record(list.target, target);
                    id.map(|id| Json::Number(id.0.to_string()))
                        .ok_or_else(|| format!("{}: number {target} is not here", list.field))
                });
                let ids = ids.collect::<Result<Vec<_>, _>>()?;
                fields.insert(list.field.clone(), Json::List(ids));
            }
        }
        Ok(Fields { fields, is_partial })
    }

    fn reference(&self, field: &Field, cell: &Json) -> Result<Json, String> {
        let (Some(target), Some(number)) = (field.kind.target(), number_of(cell)) else {
            return Ok(Json::Null);
        };
        let id = self.known.record(target, &number);
        id.map(|id| Json::Number(id.0.to_string()))
            .ok_or_else(|| format!("{}: number {number} is not here", field.name))
    }

    fn value(&self, field: &Field, cell: &Json) -> Json {
        match (&field.kind, cell) {
            (Kind::Boolean, Json::Number(digits)) => Json::Bool(digits != "0"),
            (Kind::Json, Json::Text(text)) => {
                sql::json::parse(text).unwrap_or_else(|_| Json::text(text.as_str()))
            }
            (Kind::Choice(choices), Json::Text(text)) => {
                let of = (self.of.name.to_string(), field.name.to_string(), text.clone());
                let mapped = self.options.values.get(&of);
                Json::text(mapped.cloned().unwrap_or_else(|| choice(choices, text)))
            }
            (_, other) => other.clone(),
        }
    }
}

/// The choice that a word means: itself, or the one that differs in case and blanks alone.
fn choice(choices: &[Choice], word: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let is_meant =
        |one: &&Choice| plain(&one.value) == plain(word) || plain(&one.label) == plain(word);
    let exact = choices.iter().any(|one| one.value == word);
    let meant = choices.iter().find(is_meant).filter(|_| !exact);
    meant.map_or_else(|| word.to_owned(), |one| one.value.clone())
}

/// A whole number as text, which is what rows are called by.
pub(super) fn number_of(cell: &Json) -> Option<String> {
    match cell {
        Json::Number(digits) => Some(digits.clone()),
        // A key that is text, such as a UUID.
        Json::Text(text) if !text.is_empty() => Some(text.clone()),
        Json::Null | Json::Bool(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// A text; `None` where there is none.
pub(super) fn text_of(row: &ForeignRow, column: &str) -> Option<String> {
    match row.get(column) {
        Some(Json::Text(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// A moment; one without a zone is in UTC, as Django keeps them.
pub(super) fn moment_of(row: &ForeignRow, column: &str) -> Option<Timestamp> {
    match parse_scalar(&Kind::Datetime, row.get(column)?) {
        Ok(Some(Value::Datetime(moment))) => Some(moment),
        _ => None,
    }
}

/// Whether a flag is set.
pub(super) fn is_set(row: &ForeignRow, column: &str) -> bool {
    match row.get(column) {
        Some(Json::Bool(is_set)) => *is_set,
        Some(Json::Number(digits)) => digits != "0",
        _ => false,
    }
}

/// What a row is called where no field tells.
pub(super) fn name_of(of: &Type, row: &ForeignRow, id: &str) -> String {
    let key = of.key_fields().next().and_then(|field| text_of(row, field.name.as_str()));
    key.unwrap_or_else(|| format!("number {id}"))
}

/// The rows of a table of links, by the row that they are of.
pub(super) fn links(rows: Vec<ForeignRow>, list: &List, all: &mut HashMap<String, Linked>) {
    for row in rows {
        let (from, to) = (row.get(&list.from), row.get(&list.to));
        if let (Some(from), Some(to)) = (from.and_then(number_of), to.and_then(number_of)) {
            all.entry(from).or_default().entry(list.field.clone()).or_default().push(to);
        }
    }
}

/// What a row and its links say, as text.
pub(super) fn said(row: &ForeignRow, linked: &Linked) -> String {
    let linked: BTreeMap<String, Json> = linked
        .iter()
        .map(|(field, targets)| {
            let mut targets = targets.clone();
            targets.sort_unstable();
            (field.clone(), Json::List(targets.into_iter().map(Json::Text).collect()))
        })
        .collect();
    Json::List(vec![Json::Object(row.clone()), Json::Object(linked)]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_the_choice_that_differs_in_case_and_blanks_alone() {
        let choices: Vec<Choice> = [("active", "Active"), ("in_use", "In use"), ("IN USE", "Loud")]
            .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() })
            .into();
        for (word, expect) in [
            ("Active", "active"),
            ("In Use", "in_use"),
            ("in-use", "in_use"),
            // What is there as it is means itself.
            ("IN USE", "IN USE"),
            ("Inactive", "Inactive"),
        ] {
            assert_eq!(choice(&choices, word), expect);
        }
    }

    #[test]
    fn moments_are_read_as_both_databases_write_them() {
        for text in ["2024-03-01 12:00:00.000250", "2024-03-01T12:00:00.00025+00:00"] {
            let row = ForeignRow::from([("at".to_owned(), Json::text(text))]);
            let moment = moment_of(&row, "at").map(domain::value::datetime_text);
            assert_eq!(moment.as_deref(), Some("2024-03-01T12:00:00.000250Z"), "{text}");
        }
        let row = ForeignRow::from([("at".to_owned(), Json::text("yesterday"))]);
        assert_eq!((moment_of(&row, "at"), moment_of(&row, "when")), (None, None));
    }
}
