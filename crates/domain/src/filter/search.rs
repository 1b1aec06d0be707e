//! The text of `search=`: words that must all be found, each in any searched field.

use super::condition::all;
use crate::json::Json;
use crate::query::{Column, Expr, Place, Test, TextTest};
use crate::schema::{Field, Kind, Type};
use crate::value::{Value, fold, parse_scalar};

/// The most terms; what follows is taken as one phrase, so that nothing typed is passed over.
const TERMS_MAX: usize = 10;

/// What a text in a search box asks for: terms between white space and commas, and phrases between
/// quotation marks, all of which some searched field must hold, whatever the case. U+0000 is left
/// out, as no field holds it. A text without any term asks for nothing.
pub fn search(text: &str) -> Expr {
    let text: String = text.chars().filter(|c| *c != '\0').collect();
    all(terms(&text).into_iter().map(|term| Expr::Search(fold(term))))
}

/// Records of which one of the searched fields is this text, whatever the case; `None` where none can
/// be. Long texts are passed over.
pub fn is_exactly(of: &Type, text: &str) -> Option<Expr> {
    let searched = of.fields.iter().filter(|field| field.searched);
    let exact: Vec<Expr> = searched.filter_map(|field| field_is(field, text)).collect();
    (!exact.is_empty()).then_some(Expr::Or(exact))
}

fn field_is(field: &Field, text: &str) -> Option<Expr> {
    if matches!(field.kind, Kind::LongText(_)) {
        return None;
    }
    let value = parse_scalar(&field.kind, &Json::Text(text.to_owned())).ok()??;
    let is_it = if let Value::Text(text) = &value {
        Test::Text(TextTest { place: Place::Whole, text: fold(text), folded: true })
    } else {
        Test::In(vec![value])
    };
    Some(Expr::Test(Column::Field(field.index), is_it))
}

fn terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut rest = text.trim_matches(is_separator);
    while !rest.is_empty() {
        if terms.len() + 1 == TERMS_MAX {
            terms.push(rest);
            break;
        }
        let (term, behind) = first_term(rest);
        if !term.trim().is_empty() {
            terms.push(term);
        }
        rest = behind.trim_start_matches(is_separator);
    }
    terms
}

/// The first term, without its quotation marks, and what stands behind it. A mark that nothing
/// closes is a letter like others.
fn first_term(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        let phrase = text.strip_prefix(quote).and_then(|inside| inside.split_once(quote));
        if let Some((phrase, behind)) = phrase
            && (behind.is_empty() || behind.starts_with(is_separator))
        {
            return (phrase, behind);
        }
    }
    match text.find(is_separator) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    }
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || character == ','
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(terms(text), expected, "{text:?}");
    }

    #[test]
    fn a_search_is_terms_and_phrases() {
        check("", &[]);
        check(" ,, ", &[]);
        check("db1001", &["db1001"]);
        check(" db,eqiad  web\t", &["db", "eqiad", "web"]);
        check("\"main db\", 'row c'", &["main db", "row c"]);
        check("o'brien \"x", &["o'brien", "\"x"]);
        check("'tis it's", &["'tis", "it's"]);
        check("\"\" a", &["a"]);
        check("1 2 3 4 5 6 7 8 9 10 11", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10 11"]);
    }

    #[test]
    fn a_search_is_folded_and_has_no_nul() {
        assert!(matches!(search("ST\0RASSE"), Expr::Search(text) if text == "strasse"));
        assert!(matches!(search(" "), Expr::And(none) if none.is_empty()));
    }
}
