//! From what a caller wrote to a value, kind by kind.
//!
//! Bodies bring numbers and booleans as such; CSV cells and filters bring text. Both are taken by
//! every kind that text can name, so that the edges need not know kinds.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use ipnet::IpNet;

use super::{Decimal, Value};
use crate::fault::FieldFault;
use crate::json::Json;
use crate::record::{RecordId, Timestamp};
use crate::schema::{Kind, TextRules, Type};

/// Parses the value of a field that is no reference; `None` for null and empty text.
///
/// # Errors
/// What is wrong with it, for this kind.
pub fn parse_scalar(kind: &Kind, input: &Json) -> Result<Option<Value>, FieldFault> {
    if let Kind::Json = kind {
        return parse_json(input);
    }
    if input == &Json::Null {
        return Ok(None);
    }
    if let Kind::LongText(rules) = kind {
        // Kept as written, blank lines and all; only nothing at all is null.
        let text = as_text(input)?;
        return if text.is_empty() {
            Ok(None)
        } else {
            check_rules(&text, rules).map(|()| Some(Value::Text(text)))
        };
    }
    if let Json::Text(text) = input
        && text.trim().is_empty()
    {
        return Ok(None);
    }
    parse_present(kind, input).map(Some)
}

fn parse_present(kind: &Kind, input: &Json) -> Result<Value, FieldFault> {
    match kind {
        Kind::Text(rules) => parse_line(input, rules).map(Value::Text),
        Kind::Url(rules) => {
            let text = parse_line(input, rules)?;
            let parsed = url::Url::parse(&text).map_err(|_bad| FieldFault::NotUrl)?;
            if parsed.cannot_be_a_base() || !parsed.has_host() {
                return Err(FieldFault::NotUrl);
            }
            // An index of PostgreSQL takes the longest of them in ASCII alone.
            if text.is_ascii() {
                return Ok(Value::Text(text));
            }
            let text = String::from(parsed);
            check_rules(&text, rules)?;
            Ok(Value::Text(text))
        }
        Kind::Email(rules) => {
            let text = parse_line(input, rules)?;
            if email_address::EmailAddress::is_valid(&text) {
                Ok(Value::Text(text))
            } else {
                Err(FieldFault::NotEmail)
            }
        }
        Kind::Integer { min, max } => {
            let number = parse_integer(input)?;
            check_bounds(&number, min.as_ref(), max.as_ref())?;
            Ok(Value::Integer(number))
        }
        Kind::Decimal { min, max, places } => {
            let number = Decimal::parse(number_text(input).ok_or(FieldFault::NotDecimal)?)?;
            check_bounds(&number, min.as_ref(), max.as_ref())?;
            match places {
                Some(max) if number.places() > i64::from(*max) => {
                    Err(FieldFault::TooManyPlaces { max: *max })
                }
                _ => Ok(Value::Decimal(number)),
            }
        }
        Kind::Boolean => parse_boolean(input).map(Value::Boolean),
        Kind::Date => parse_date(input).map(Value::Date),
        Kind::Datetime => parse_datetime(input).map(Value::Datetime),
        Kind::Ip => parse_ip(input).map(Value::Ip),
        Kind::Network => parse_network(input).map(Value::Network),
        Kind::Mac => parse_mac(input).map(Value::Mac),
        Kind::Choice(choices) => {
            let text = as_text(input)?;
            let text = text.trim();
            if choices.iter().any(|choice| choice.value == text) {
                return Ok(Value::Text(text.to_owned()));
            }
            let choices: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            Err(FieldFault::NotAChoice { value: text.to_owned(), choices: choices.join(", ") })
        }
        Kind::LongText(_) | Kind::Json | Kind::Ref { .. } | Kind::Refs { .. } => {
            Err(FieldFault::NotText)
        }
    }
}

/// The longest `json` value, in bytes of its canonical text: a document, not a file.
const JSON_LENGTH_MAX: usize = 1 << 20;

fn parse_json(input: &Json) -> Result<Option<Value>, FieldFault> {
    if input == &Json::Null {
        return Ok(None);
    }
    if input.has_nul() {
        return Err(FieldFault::NulCharacter);
    }
    let text = input.to_string();
    if text.len() > JSON_LENGTH_MAX {
        return Err(FieldFault::TooLong { max: JSON_LENGTH_MAX });
    }
    Ok(Some(Value::Json(text)))
}

/// Text, or a number as it was written, which people send for names such as `42`.
fn as_text(input: &Json) -> Result<String, FieldFault> {
    match input {
        Json::Text(text) | Json::Number(text) if text.contains('\0') => {
            Err(FieldFault::NulCharacter)
        }
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => Err(FieldFault::NotText),
    }
}

fn parse_line(input: &Json, rules: &TextRules) -> Result<String, FieldFault> {
    let text = as_text(input)?;
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(FieldFault::ControlCharacter);
    }
    check_rules(text, rules)?;
    Ok(text.to_owned())
}

fn check_rules(text: &str, rules: &TextRules) -> Result<(), FieldFault> {
    if text.chars().count() > rules.max_length {
        return Err(FieldFault::TooLong { max: rules.max_length });
    }
    match &rules.pattern {
        Some(pattern) if !pattern.regex.is_match(text) => {
            Err(FieldFault::PatternMismatch { pattern: pattern.text.clone() })
        }
        _ => Ok(()),
    }
}

fn check_bounds<T: Ord + ToString>(
    number: &T,
    min: Option<&T>,
    max: Option<&T>,
) -> Result<(), FieldFault> {
    match (min, max) {
        (Some(min), _) if number < min => Err(FieldFault::TooSmall { min: min.to_string() }),
        (_, Some(max)) if number > max => Err(FieldFault::TooLarge { max: max.to_string() }),
        _ => Ok(()),
    }
}

fn number_text(input: &Json) -> Option<&str> {
    match input {
        Json::Number(text) | Json::Text(text) => Some(text.trim()),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// Parses a whole number of 64 bits; `3.0` and `3e2` are whole.
///
/// # Errors
/// [`FieldFault::NotInteger`], or a bound when it is whole but has more than 64 bits.
pub fn parse_integer(input: &Json) -> Result<i64, FieldFault> {
    let text = number_text(input).ok_or(FieldFault::NotInteger)?;
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    let decimal = match Decimal::parse(text) {
        Ok(decimal) => decimal,
        Err(FieldFault::TooManyDigits) if text.starts_with('-') => return Err(too_small()),
        Err(FieldFault::TooManyDigits) => return Err(too_large()),
        Err(_) => return Err(FieldFault::NotInteger),
    };
    if decimal.places() > 0 {
        return Err(FieldFault::NotInteger);
    }
    let digits = decimal.to_string();
    digits.parse().map_err(|_bad| if digits.starts_with('-') { too_small() } else { too_large() })
}

fn too_small() -> FieldFault {
    FieldFault::TooSmall { min: i64::MIN.to_string() }
}

fn too_large() -> FieldFault {
    FieldFault::TooLarge { max: i64::MAX.to_string() }
}

fn parse_boolean(input: &Json) -> Result<bool, FieldFault> {
    match input {
        Json::Bool(truth) => Ok(*truth),
        Json::Text(text) | Json::Number(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
            _ => Err(FieldFault::NotBoolean),
        },
        Json::Null | Json::List(_) | Json::Object(_) => Err(FieldFault::NotBoolean),
    }
}

/// The years that there are. The year before the first is 0 to some and -1 to PostgreSQL.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

fn parse_date(input: &Json) -> Result<NaiveDate, FieldFault> {
    let Json::Text(text) = input else {
        return Err(FieldFault::NotDate);
    };
    let text = text.trim();
    // chrono would take years of five digits and fewer than two digits for a month.
    let shape = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) if shape && YEARS.contains(&day.year()) => Ok(day),
        _ => Err(FieldFault::NotDate),
    }
}

/// RFC 3339, also with a blank for `T`, without seconds' fraction or zone (then UTC), or a day
/// alone (then its midnight).
fn parse_datetime(input: &Json) -> Result<Timestamp, FieldFault> {
    let Json::Text(text) = input else {
        return Err(FieldFault::NotDatetime);
    };
    let text = text.trim();
    let with_zone = DateTime::parse_from_rfc3339(text).map(|moment| moment.with_timezone(&Utc));
    let moment = with_zone
        .ok()
        .or_else(|| {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                .map(|naive| naive.and_utc())
        })
        .or_else(|| {
            let midnight = parse_date(input).ok()?.and_hms_opt(0, 0, 0)?;
            Some(midnight.and_utc())
        })
        .filter(|moment| YEARS.contains(&moment.year()))
        .ok_or(FieldFault::NotDatetime)?;
    // Whole microseconds, and no leap second, which microseconds since 1970 can't tell.
    let micros = (moment.nanosecond() / 1_000).min(999_999);
    moment.with_nanosecond(micros.saturating_mul(1_000)).ok_or(FieldFault::NotDatetime)
}

fn parse_ip(input: &Json) -> Result<IpAddr, FieldFault> {
    let Json::Text(text) = input else {
        return Err(FieldFault::NotIp);
    };
    text.trim().parse().map_err(|_bad| FieldFault::NotIp)
}

fn parse_network(input: &Json) -> Result<IpNet, FieldFault> {
    let Json::Text(text) = input else {
        return Err(FieldFault::NotNetwork);
    };
    let text = text.trim();
    let network = text
        .parse::<IpNet>()
        .or_else(|_no_prefix| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_bad| FieldFault::NotNetwork)?;
    let meant = network.trunc();
    if network == meant {
        Ok(network)
    } else {
        Err(FieldFault::HostBits { meant: meant.to_string() })
    }
}

/// Twelve hexadecimal digits, with `:`, `-` or `.` between pairs or fours, or nothing.
fn parse_mac(input: &Json) -> Result<[u8; 6], FieldFault> {
    let Json::Text(text) = input else {
        return Err(FieldFault::NotMac);
    };
    let text = text.trim();
    let separators: Vec<char> = text.chars().filter(|c| !c.is_ascii_hexdigit()).collect();
    let alike = match separators.as_slice() {
        [] => true,
        [first, rest @ ..] => {
            let groups = text.split(*first).map(str::len).collect::<Vec<_>>();
            matches!(first, ':' | '-' | '.')
                && rest.iter().all(|c| c == first)
                && (groups == [2; 6] || groups == [4; 3])
        }
    };
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    if !alike || digits.len() != 12 {
        return Err(FieldFault::NotMac);
    }
    let number = u64::from_str_radix(&digits, 16).map_err(|_bad| FieldFault::NotMac)?;
    let [_, _, bytes @ ..] = number.to_be_bytes();
    Ok(bytes)
}

/// How a caller named the record that a reference shall point to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefInput {
    /// By its id.
    Id(RecordId),
    /// By the values of its type's key.
    Key(Vec<Value>),
}

/// Parses a reference: an id, `{"id": 3}`, `{"name": "eqiad"}` (all key fields), or the key as
/// text where it has one part. `None` for null and empty text. Where an object has an id, its
/// other members are taken as what an answer said about it and passed over.
///
/// # Errors
/// What is wrong with it.
pub fn parse_reference(target: &Type, input: &Json) -> Result<Option<RefInput>, FieldFault> {
    match input {
        Json::Null => Ok(None),
        Json::Text(text) if text.trim().is_empty() => Ok(None),
        Json::Number(_) => parse_integer(input).map(|id| Some(RefInput::Id(RecordId(id)))),
        Json::Text(_) => match target.key.as_slice() {
            [only] => {
                let value = parse_scalar(&target.field(*only).kind, input)?;
                Ok(value.map(|value| RefInput::Key(vec![value])))
            }
            _ => Err(FieldFault::NotAReference { found: "string" }),
        },
        Json::Object(members) => match members.get("id") {
            Some(id @ Json::Number(_)) => {
                parse_integer(id).map(|id| Some(RefInput::Id(RecordId(id))))
            }
            Some(other) => Err(FieldFault::NotAReference { found: other.type_name() }),
            None => {
                let mut key = Vec::with_capacity(target.key.len());
                for field in target.key_fields() {
                    let part = members.get(field.name.as_str()).unwrap_or(&Json::Null);
                    let value = parse_scalar(&field.kind, part)?
                        .ok_or(FieldFault::NotAReference { found: "object" })?;
                    key.push(value);
                }
                Ok(Some(RefInput::Key(key)))
            }
        },
        Json::Bool(_) | Json::List(_) => {
            Err(FieldFault::NotAReference { found: input.type_name() })
        }
    }
}

/// Parses a list of references, mixed as one likes; null is the empty list.
///
/// # Errors
/// The first item's fault.
pub fn parse_references(target: &Type, input: &Json) -> Result<Vec<RefInput>, FieldFault> {
    match input {
        Json::Null => Ok(Vec::new()),
        Json::List(items) => {
            let mut references = Vec::with_capacity(items.len());
            for item in items {
                let reference = parse_reference(target, item)?
                    .ok_or(FieldFault::NotAReference { found: item.type_name() })?;
                if !references.contains(&reference) {
                    references.push(reference);
                }
            }
            Ok(references)
        }
        Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => {
            Err(FieldFault::NotAList { found: input.type_name() })
        }
    }
}
