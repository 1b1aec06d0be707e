//! The values of filters: text to what a kind holds, with the words that Django has for faults.
//!
//! A filter may ask for what a field would refuse, such as a number beyond its bounds: no record
//! has it, and that is an answer, not a fault.

use chrono::NaiveDate;
use ipnet::IpNet;

use super::pattern::Pattern;
use crate::fault::FieldFault;
use crate::json::Json;
use crate::record::RecordId;
use crate::schema::Kind;
use crate::value::{Value, fold, parse_scalar};

/// The most values of one parameter, by commas and repeats: what still fits in an address, and far
/// below what both databases take.
pub const VALUES_MAX: usize = 1_000;
/// The most characters of a text to look for.
pub const TEXT_LENGTH_MAX: usize = 4_000;

/// A result with every fault of a parameter's values.
pub(super) type Parsed<T> = Result<T, Vec<FieldFault>>;

/// Parses every text, or gives all their different faults.
pub(super) fn each<T>(
    texts: &[&str],
    parse: impl Fn(&str) -> Result<T, FieldFault>,
) -> Parsed<Vec<T>> {
    let mut values = Vec::with_capacity(texts.len());
    let mut faults = Vec::new();
    for text in texts {
        match parse(text) {
            Ok(value) => values.push(value),
            Err(fault) if !faults.contains(&fault) => faults.push(fault),
            Err(_known) => {}
        }
    }
    if faults.is_empty() { Ok(values) } else { Err(faults) }
}

/// The items of lists joined by commas; blank ones are left out.
pub(super) fn items<'t>(texts: &[&'t str]) -> Parsed<Vec<&'t str>> {
    let items: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect();
    if items.is_empty() {
        return Err(vec![bad("Enter at least one value.")]);
    }
    if items.len() > VALUES_MAX {
        return Err(vec![bad(&format!("At most {VALUES_MAX} values are taken."))]);
    }
    Ok(items)
}

/// The two ends of a range.
pub(super) fn ends<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, FieldFault>,
) -> Result<(T, T), FieldFault> {
    match text.split(',').collect::<Vec<_>>().as_slice() {
        [from, to] if !from.trim().is_empty() && !to.trim().is_empty() => {
            Ok((parse(from.trim())?, parse(to.trim())?))
        }
        _ => Err(bad("Range query expects two values.")),
    }
}

/// A value to compare with those of a kind that is no reference.
pub(super) fn scalar(kind: &Kind, text: &str) -> Result<Value, FieldFault> {
    let unbounded = match kind {
        // Kept as written in the register, so compared as written.
        Kind::LongText(_) => return self::text(text).map(Value::Text),
        Kind::Text(_) | Kind::Email(_) => {
            return self::text(text.trim()).map(Value::Text);
        }
        Kind::Url(_) => {
            let text = self::text(text.trim())?;
            // Kept in another form than it was written in, so compared in that; a part of a URL is
            // compared as it is.
            return Ok(match parse_scalar(kind, &Json::text(text.as_str())) {
                Ok(Some(kept)) => kept,
                _ => Value::Text(text),
            });
        }
        Kind::Choice(choices) => {
            let word = text.trim();
            return if choices.iter().any(|choice| choice.value == word) {
                Ok(Value::Text(word.to_owned()))
            } else {
                Err(bad(&format!(
                    "Select a valid choice. {word} is not one of the available choices."
                )))
            };
        }
        Kind::Boolean => return truth(text).map(Value::Boolean),
        Kind::Integer { .. } => Kind::Integer { min: None, max: None },
        Kind::Decimal { .. } => Kind::Decimal { min: None, max: None, places: None },
        Kind::Date => Kind::Date,
        Kind::Datetime => Kind::Datetime,
        Kind::Ip => Kind::Ip,
        Kind::Network => Kind::Network,
        Kind::Mac => Kind::Mac,
        Kind::Json | Kind::Ref { .. } | Kind::Refs { .. } => return Err(FieldFault::NotText),
    };
    match parse_scalar(&unbounded, &Json::text(text)) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(in_djangos_words(blank(&unbounded))),
        Err(fault) => Err(in_djangos_words(fault)),
    }
}

/// The fault of a blank where a kind needs a value.
fn blank(kind: &Kind) -> FieldFault {
    // A letter is none of what these kinds hold either, and their parsers know their own words.
    parse_scalar(kind, &Json::text("?")).err().unwrap_or(FieldFault::Blank)
}

/// What django-filter says where a body gets the words of Django REST framework.
#[expect(clippy::wildcard_enum_match_arm, reason = "all other faults read the same in both")]
fn in_djangos_words(fault: FieldFault) -> FieldFault {
    match fault {
        FieldFault::NotInteger => bad("Enter a whole number."),
        FieldFault::NotDecimal => bad("Enter a number."),
        FieldFault::NotDate => bad("Enter a valid date."),
        FieldFault::NotDatetime => bad("Enter a valid date/time."),
        other => other,
    }
}

/// A text to look for.
pub(super) fn text(text: &str) -> Result<String, FieldFault> {
    if text.chars().nth(TEXT_LENGTH_MAX).is_some() {
        return Err(FieldFault::TooLong { max: TEXT_LENGTH_MAX });
    }
    Ok(text.to_owned())
}

/// A text to look for whatever its case.
pub(super) fn folded_text(text: &str) -> Result<String, FieldFault> {
    self::text(text).map(|text| fold(&text))
}

/// True or false, as django-filter's REST widget takes them.
pub(super) fn truth(text: &str) -> Result<bool, FieldFault> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FieldFault::NotBoolean),
    }
}

/// A whole number.
pub(super) fn number(text: &str) -> Result<i64, FieldFault> {
    let kind = Kind::Integer { min: None, max: None };
    let Value::Integer(number) = scalar(&kind, text)? else {
        return Err(in_djangos_words(FieldFault::NotInteger));
    };
    Ok(number)
}

/// A day.
pub(super) fn day(text: &str) -> Result<NaiveDate, FieldFault> {
    let Value::Date(day) = scalar(&Kind::Date, text)? else {
        return Err(in_djangos_words(FieldFault::NotDate));
    };
    Ok(day)
}

/// A network, whose host bits must be zero; an address alone is a network of one.
pub(super) fn network(text: &str) -> Result<IpNet, FieldFault> {
    let Value::Network(network) = scalar(&Kind::Network, text)? else {
        return Err(FieldFault::NotNetwork);
    };
    Ok(network)
}

/// The id of a record that a reference may point to.
pub(super) fn id(text: &str) -> Result<RecordId, FieldFault> {
    match text.trim().parse() {
        Ok(id) if id > 0 => Ok(RecordId(id)),
        _ => Err(bad("Select a valid choice. That choice is not one of the available choices.")),
    }
}

/// A regular expression, case as written.
pub(super) fn pattern(text: &str) -> Result<Pattern, FieldFault> {
    Pattern::parse(text, false)
}

/// A regular expression, whatever the case.
pub(super) fn folded_pattern(text: &str) -> Result<Pattern, FieldFault> {
    Pattern::parse(text, true)
}

/// A fault with these words.
pub(super) fn bad(words: &str) -> FieldFault {
    FieldFault::BadParameter(words.to_owned())
}
