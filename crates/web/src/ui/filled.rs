//! What somebody filled in on a form, and what was wrong with it: shown again beside the fields, so
//! that nothing is typed twice.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use domain::change::FieldsInput;
use domain::fault::Faults;
use domain::json::Json;

use crate::auth::form::Form;
use crate::error::{ApiError, Problem};

/// The field that says which form of a page was sent.
pub(crate) const FORM: &str = "do";
/// Fields that are typed again: they stand in no page.
const SECRETS: [&str; 2] = ["password", "csrf"];

/// A form as somebody filled it in.
#[derive(Default)]
pub(crate) struct Filled {
    values: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
    /// What is wrong, but for the fields.
    pub(crate) notices: Vec<String>,
    status: StatusCode,
}

/// Something to tick.
pub(crate) struct Choice {
    /// The field's name: `group.ops`.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) help: String,
}

impl Choice {
    /// A choice among those of a kind, which the name begins with.
    pub(crate) fn of(kind: &str, word: &str) -> Self {
        Self { name: format!("{kind}.{word}"), label: word.to_owned(), help: String::new() }
    }
}

impl Filled {
    /// A form that nobody has sent, with what stands in it at first.
    pub(crate) fn with(values: &[(&str, &str)]) -> Self {
        let mut filled = Self::default();
        for (name, value) in values {
            filled.fill(*name, *value);
        }
        filled
    }

    /// A form that was sent, and refused for what its person can mend.
    ///
    /// # Errors
    /// Why it was refused, where that is more than the form's own affair.
    pub(crate) fn refused(form: Form, error: ApiError, fields: &[&str]) -> Result<Self, ApiError> {
        let mut filled = Self { values: form.into_fields(), ..Self::default() };
        filled.values.retain(|name, _| !SECRETS.contains(&name.as_str()));
        if let ApiError::Invalid(faults) | ApiError::App(app::Error::BadRequest(faults)) = &error {
            filled.status = StatusCode::BAD_REQUEST;
            filled.tell(faults, fields);
            return Ok(filled);
        }
        let ApiError::App(reason @ (app::Error::LastAdministrator | app::Error::NotFound { .. })) =
            &error
        else {
            return Err(error);
        };
        let problem = Problem::of_change(reason, "");
        filled.status = problem.status();
        filled.notices.push(problem.told());
        Ok(filled)
    }

    fn tell(&mut self, faults: &Faults, fields: &[&str]) {
        for (name, faults) in faults.iter() {
            let texts = faults.iter().map(|fault| sentence(&fault.to_string()));
            if fields.contains(&name) {
                self.errors.insert(name.to_owned(), texts.collect::<Vec<_>>().join(" "));
            } else {
                self.notices.extend(texts);
            }
        }
    }

    /// Puts a value into a field.
    pub(crate) fn fill(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
    }

    /// Whether this form of the page is the one that was sent.
    pub(crate) fn is_of(&self, form: &str) -> bool {
        self.value(FORM) == form
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether a box is ticked.
    pub(crate) fn is_chosen(&self, name: &str) -> bool {
        !self.value(name).is_empty()
    }

    /// What is wrong with a field; empty where nothing is.
    pub(crate) fn error(&self, name: &str) -> &str {
        self.errors.get(name).map_or("", String::as_str)
    }

    /// What the page is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

/// The words that were ticked among those of a kind.
pub(crate) fn chosen(form: &Form, kind: &str) -> Vec<String> {
    let ticked = form.fields().filter(|(_, value)| !value.is_empty());
    let words = ticked.filter_map(|(name, _)| name.strip_prefix(kind)?.strip_prefix('.'));
    words.map(str::to_owned).collect()
}

/// Fields of a form as the members of a body of the API, which are checked alike.
pub(crate) fn members(form: &Form, names: &[&str]) -> FieldsInput {
    let texts = names.iter().map(|name| ((*name).to_owned(), Json::text(form.field(name).trim())));
    texts.collect()
}

/// A list of texts as a member of a body of the API.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> Json {
    Json::List(items.into_iter().map(Json::Text).collect())
}

/// A text as a sentence, unless it begins with the name of something.
fn sentence(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    if first_word.ends_with(':') {
        return format!("{text}{end}");
    }
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_sentences() {
        for (text, told) in [
            ("give a name", "Give a name."),
            ("There is no group x.", "There is no group x."),
            ("nme: Unknown field. Did you mean name?", "nme: Unknown field. Did you mean name?"),
            ("über", "Über."),
            ("", "."),
        ] {
            assert_eq!(sentence(text), told);
        }
    }
}
