//! What a field holds: its kind, the settings that the kind has, and their bounds.

use super::super::{Kind, OnDelete, Pattern, TextRules, TypeIndex};
use super::choices::choices;
use super::fault::{alternatives, did_you_mean, quoted};
use super::pattern;
use super::reader::{Reader, describe};
use crate::json::Json;
use crate::value::{Decimal, parse_integer};

pub(super) const KINDS: [&str; 16] = [
    "text",
    "long text",
    "integer",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "ip",
    "network",
    "mac",
    "url",
    "email",
    "choice",
    "ref",
    "refs",
    "json",
];

/// Words that other systems have for our kinds.
const OTHER_WORDS: [(&str, &str); 22] = [
    ("string", "text"),
    ("str", "text"),
    ("char", "text"),
    ("varchar", "text"),
    ("textarea", "long text"),
    ("markdown", "long text"),
    ("int", "integer"),
    ("number", "integer"),
    ("float", "decimal"),
    ("double", "decimal"),
    ("bool", "boolean"),
    ("timestamp", "datetime"),
    ("address", "ip"),
    ("inet", "ip"),
    ("cidr", "network"),
    ("subnet", "network"),
    ("prefix", "network"),
    ("enum", "choice"),
    ("select", "choice"),
    ("reference", "ref"),
    ("references", "refs"),
    ("object", "json"),
];

/// The most characters a kind of text may have, and how many it has when nothing is said.
struct Lengths {
    default: usize,
    max: usize,
}

const TEXT: Lengths = Lengths { default: 255, max: 1_000 };
/// The most characters of a text that has an index. An index entry of PostgreSQL has 2,704 bytes,
/// and a character folds into six at most (`ΐ` into three of two).
pub(super) const INDEXED_LENGTH_MAX: usize = 400;
/// The most bytes that the fields of one index may hold together, which leaves room for what
/// PostgreSQL writes beside eight of them.
pub(super) const INDEXED_BYTES_MAX: usize = 2_600;
/// The bytes of a decimal of 38 digits; nothing else without text has more.
const OTHER_BYTES_MAX: usize = 41;
const LONG_TEXT: Lengths = Lengths { default: 100_000, max: 1_000_000 };
/// What browsers and proxies take, and in ASCII, which a URL is kept in, an index too.
const URL: Lengths = Lengths { default: 2_000, max: 2_000 };
/// *Source:* RFC 5321, section 4.5.3.1.3: a path of 256 with its brackets.
const EMAIL: Lengths = Lengths { default: 254, max: 254 };

/// The word of the setting `kind`, if it is one.
pub(super) fn kind_word(reader: &mut Reader<'_, '_>) -> Option<&'static str> {
    if reader.raw("kind").is_none() {
        // People who come from other systems write `type`.
        let hint = match reader.raw("type") {
            Some(Json::Text(word)) if KINDS.contains(&word.as_str()) => {
                format!("write kind = {}", quoted(word))
            }
            _ => format!("write kind = {}", alternatives(KINDS)),
        };
        reader.fault_of_part("it has no kind", hint);
        return None;
    }
    let word = reader.text("kind")?;
    let known = KINDS.into_iter().find(|kind| *kind == word);
    if known.is_none() {
        let other = OTHER_WORDS.iter().find(|(other, _)| *other == word);
        let hint = match other {
            Some((_, kind)) => format!("did you mean {}?", quoted(kind)),
            None => did_you_mean(word, KINDS)
                .unwrap_or_else(|| format!("write {}", alternatives(KINDS))),
        };
        reader.fault("kind", format!("there is no kind {}", quoted(word)), hint);
    }
    known
}

/// The kind of this word, with its settings.
pub(super) fn read_kind(
    word: &str,
    reader: &mut Reader<'_, '_>,
    type_names: &[&str],
) -> Option<Kind> {
    Some(match word {
        "text" => Kind::Text(text_rules(reader, &TEXT)),
        "long text" => Kind::LongText(text_rules(reader, &LONG_TEXT)),
        "url" => Kind::Url(text_rules(reader, &URL)),
        "email" => Kind::Email(text_rules(reader, &EMAIL)),
        "integer" => {
            let (min, max) =
                bounds(reader, "a whole number of 64 bits", |bound| parse_integer(bound).ok());
            Kind::Integer { min, max }
        }
        "decimal" => {
            let (min, max) = bounds(reader, "a number of at most 38 digits", parse_decimal);
            let places = reader.count("places", 0, 38).and_then(|places| u8::try_from(places).ok());
            Kind::Decimal { min, max, places }
        }
        "boolean" => Kind::Boolean,
        "date" => Kind::Date,
        "datetime" => Kind::Datetime,
        "ip" => Kind::Ip,
        "network" => Kind::Network,
        "mac" => Kind::Mac,
        "choice" => Kind::Choice(choices(reader)),
        "ref" => {
            let target = target(reader, type_names);
            let on_delete = reader.word("on_delete", &REF_ON_DELETE);
            Kind::Ref { target: target?, on_delete: on_delete.unwrap_or(OnDelete::Protect) }
        }
        "refs" => {
            let target = target(reader, type_names);
            let on_delete = reader.word("on_delete", &REFS_ON_DELETE);
            Kind::Refs { target: target?, on_delete: on_delete.unwrap_or(OnDelete::Clear) }
        }
        "json" => Kind::Json,
        _ => return None,
    })
}

const REF_ON_DELETE: [(&str, OnDelete); 3] =
    [("protect", OnDelete::Protect), ("cascade", OnDelete::Cascade), ("clear", OnDelete::Clear)];

/// A record is not deleted because one of many that it refers to is.
const REFS_ON_DELETE: [(&str, OnDelete); 2] =
    [("protect", OnDelete::Protect), ("clear", OnDelete::Clear)];

/// The most bytes that a value of a kind has in an index.
pub(super) fn bytes_max(kind: &Kind) -> usize {
    match kind {
        Kind::Text(rules) | Kind::LongText(rules) | Kind::Email(rules) => {
            rules.max_length.saturating_mul(char::MAX.len_utf8())
        }
        Kind::Url(rules) => rules.max_length,
        Kind::Choice(choices) => {
            let lengths = choices.iter().map(|choice| choice.value.len());
            lengths.max().unwrap_or(0)
        }
        Kind::Integer { .. }
        | Kind::Decimal { .. }
        | Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ip
        | Kind::Network
        | Kind::Mac
        | Kind::Ref { .. }
        | Kind::Refs { .. }
        | Kind::Json => OTHER_BYTES_MAX,
    }
}

fn text_rules(reader: &mut Reader<'_, '_>, lengths: &Lengths) -> TextRules {
    TextRules {
        max_length: reader.count("max_length", 1, lengths.max).unwrap_or(lengths.default),
        pattern: reader.text("pattern").and_then(|text| read_pattern(reader, text)),
    }
}

fn read_pattern(reader: &mut Reader<'_, '_>, text: &str) -> Option<Pattern> {
    pattern::compile(text)
        .map_err(|why| {
            reader.fault(
                "pattern",
                format!("{} is no pattern: {why}", quoted(text)),
                "write a regular expression in single quotes, such as '[a-z]+[0-9]{4}'",
            );
        })
        .ok()
}

/// The settings `min` and `max`.
fn bounds<T: Ord>(
    reader: &mut Reader<'_, '_>,
    what: &str,
    parse: impl Fn(&Json) -> Option<T>,
) -> (Option<T>, Option<T>) {
    let mut bound = |name: &str| {
        let found = reader.raw(name)?;
        let parsed = parse(found);
        if parsed.is_none() {
            reader.fault(
                name,
                format!("{} can't be {}", quoted(name), describe(found)),
                format!("write {what}"),
            );
        }
        parsed
    };
    let (min, max) = (bound("min"), bound("max"));
    if let (Some(least), Some(most)) = (&min, &max)
        && least > most
    {
        reader.fault("min", "\"min\" is greater than \"max\"", "write the smaller number as min");
    }
    (min, max)
}

fn parse_decimal(bound: &Json) -> Option<Decimal> {
    if let Json::Number(text) | Json::Text(text) = bound {
        Decimal::parse(text.trim()).ok()
    } else {
        None
    }
}

/// The setting `to`.
fn target(reader: &mut Reader<'_, '_>, type_names: &[&str]) -> Option<TypeIndex> {
    if reader.raw("to").is_none() {
        reader.fault_of_part(
            "it refers to no type",
            format!("write to = {}", alternatives(type_names.iter().copied().take(5))),
        );
        return None;
    }
    let name = reader.text("to")?;
    let index = type_names.iter().position(|known| *known == name);
    if index.is_none() {
        let hint = did_you_mean(name, type_names.iter().copied())
            .unwrap_or_else(|| format!("declare it as [types.{}]", quoted(name).replace('"', "")));
        reader.fault("to", format!("there is no type {}", quoted(name)), hint);
    }
    index.map(TypeIndex)
}
