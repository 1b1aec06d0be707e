//! Text lookups on the words of a choice: they are known, so the database need not look.

use super::value::bad;
use crate::fault::FieldFault;
use crate::query::{Place, Test, TextTest};
use crate::schema::Choice;
use crate::value::{Value, fold};

/// The words that any of the tests holds of.
///
/// # Errors
/// When a pattern can't be used, which is no fault of one that was parsed.
pub(super) fn matching(choices: &[Choice], tests: &[Test]) -> Result<Vec<Value>, FieldFault> {
    let mut words = Vec::new();
    for test in tests {
        let regex = if let Test::Matches(pattern) = test {
            Some(pattern.compile().map_err(|error| bad(&error.to_string()))?)
        } else {
            None
        };
        let holds = |word: &str| match (test, &regex) {
            (_, Some(regex)) => regex.is_match(word),
            (Test::Text(test), None) => text_holds(test, word),
            _ => false,
        };
        let found = choices.iter().filter(|choice| holds(&choice.value));
        words.extend(found.map(|choice| Value::Text(choice.value.clone())));
    }
    Ok(words)
}

fn text_holds(test: &TextTest, word: &str) -> bool {
    let word = if test.folded { fold(word) } else { word.to_owned() };
    match test.place {
        Place::Whole => word == test.text,
        Place::Anywhere => word.contains(&test.text),
        Place::Start => word.starts_with(&test.text),
        Place::End => word.ends_with(&test.text),
    }
}
