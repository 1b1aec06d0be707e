//! Random filters, searches and orders about records, as somebody would write them: most ask for
//! what some record holds, so that they find something.

use domain::filter::{filter, lookup_names, search};
use domain::query::order::order;
use domain::query::{Column, DatePart, Expr, OrderBy};
use domain::record::Record;
use domain::schema::{Kind, Type};
use domain::value::Value;

use crate::model::{World, kind, part_of, value};

const META: [(&str, Column); 5] = [
    ("id", Column::Id),
    ("revision", Column::Revision),
    ("created_at", Column::CreatedAt),
    ("updated_at", Column::UpdatedAt),
    ("changed_by", Column::ChangedBy),
];

const PARTS: [(&str, DatePart); 11] = [
    ("year", DatePart::Year),
    ("iso_year", DatePart::IsoYear),
    ("quarter", DatePart::Quarter),
    ("month", DatePart::Month),
    ("week", DatePart::Week),
    ("week_day", DatePart::WeekDay),
    ("iso_week_day", DatePart::IsoWeekDay),
    ("day", DatePart::Day),
    ("hour", DatePart::Hour),
    ("minute", DatePart::Minute),
    ("second", DatePart::Second),
];

const PATTERNS: [&str; 14] = [
    "^a",
    "b$",
    "[a-b]+",
    "s{2}",
    "(?i)SS|ß",
    "^.$",
    "\\w\\b",
    "[^a]",
    "\\d",
    "\\s",
    "(?m)^a$",
    "(a|ß)+.*[σς]",
    "[\\\\%_]",
    "\\.|:",
];

/// Chance that can be had again from its number.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `end` (`SplitMix64`).
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % end).unwrap()
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn pick_if_any<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| self.pick(from))
    }
}

/// A question, as text and as what it means.
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) filter: Expr,
}

/// A filter, a search, or a few of them together.
pub(crate) fn question(dice: &mut Dice, world: &World, of: &Type) -> Question {
    loop {
        let mut parameters = Vec::new();
        let mut parts = Vec::new();
        let mut text = String::new();
        if dice.once_in(4) {
            let term = search_text(dice, world, of);
            text = format!("search={term:?} ");
            parts.push(search(&term));
        }
        for _ in 0..=usize::from(dice.once_in(4)) {
            parameters.extend(parameter(dice, world, of));
        }
        // Names and values that don't go together are refused, which is tested elsewhere.
        if let Ok(found) = filter(of, &world.schema, &parameters)
            && !(parts.is_empty() && parameters.is_empty())
        {
            text.push_str(&format!("{parameters:?}"));
            parts.push(found);
            let filter = Expr::And(parts);
            return Question { text, filter };
        }
    }
}

fn parameter(dice: &mut Dice, world: &World, start: &Type) -> Vec<(String, String)> {
    let mut of = start;
    let mut name = String::new();
    let mut depth = 0;
    let column = loop {
        if dice.once_in(8) {
            let (meta, column) = *dice.pick(&META);
            name.push_str(meta);
            break column;
        }
        let field = dice.pick(&of.fields);
        name.push_str(field.name.as_str());
        match field.kind.target() {
            Some(target) if depth < 3 && !dice.once_in(3) => {
                of = world.schema.get(target);
                name.push_str("__");
                depth += 1;
            }
            _ => break Column::Field(field.index),
        }
    };
    let kind = kind(of, column);
    let lookups: Vec<&str> = if matches!(kind, Kind::Refs { .. }) {
        vec!["exact", "in", "isnull", "all"]
    } else if kind.target().is_some() {
        vec!["exact", "in", "isnull"]
    } else {
        lookup_names(&kind).collect()
    };
    let mut lookup = *dice.pick(&lookups);
    name = format!("{name}__{lookup}");
    let part = PARTS.iter().find(|(word, _)| *word == lookup);
    if part.is_some() || lookup == "date" {
        lookup = *dice.pick(&["exact", "in", "gt", "gte", "lt", "lte", "range"]);
        name = format!("{name}__{lookup}");
    }
    if dice.once_in(3) {
        name.push('!');
    }
    let mut sample = |dice: &mut Dice| {
        let record = dice.pick_if_any(world.of(of.index))?;
        let found = value(record, column)?;
        Some(match part {
            Some((_, part)) => part_of(&found, *part).to_string(),
            None => sample_text(dice, &kind, &found, &name),
        })
    };
    let times = 1 + usize::from(dice.once_in(6));
    (0..times).filter_map(|_| Some((name.clone(), wanted(dice, lookup, &mut sample)?))).collect()
}

/// A value's text as a filter wants it.
fn sample_text(dice: &mut Dice, kind: &Kind, found: &Value, name: &str) -> String {
    match found {
        Value::Ref(reference) => reference.id.to_string(),
        Value::Refs(references) if references.is_empty() => "1".to_owned(),
        Value::Refs(references) => dice.pick(references).id.to_string(),
        Value::Datetime(_) if name.contains("__date") => found.to_text().chars().take(10).collect(),
        Value::Ip(address) if name.contains("__net") && dice.once_in(2) => {
            let prefix = dice.below(if address.is_ipv4() { 33 } else { 129 });
            let prefix = u8::try_from(prefix).unwrap();
            ipnet::IpNet::new(*address, prefix).unwrap().trunc().to_string()
        }
        _ if kind.is_textual() && dice.once_in(3) => recased(dice, &found.to_text()),
        _ => found.to_text(),
    }
}

fn wanted(
    dice: &mut Dice,
    lookup: &str,
    sample: &mut impl FnMut(&mut Dice) -> Option<String>,
) -> Option<String> {
    Some(match lookup {
        "isnull" => (*dice.pick(&["true", "false", "1", "0"])).to_owned(),
        "in" => [sample(dice)?, sample(dice)?, sample(dice)?].join(","),
        "range" | "all" => [sample(dice)?, sample(dice)?].join(","),
        "regex" | "iregex" => match dice.below(3) {
            0 => format!("^{}$", escaped(&sample(dice)?)),
            1 => {
                let whole = sample(dice)?;
                escaped(&part(dice, &whole))
            }
            _ => (*dice.pick(&PATTERNS)).to_owned(),
        },
        "exact" | "iexact" | "gt" | "gte" | "lt" | "lte" | "net" => sample(dice)?,
        _ => {
            let whole = sample(dice)?;
            let part = part(dice, &whole);
            if dice.once_in(2) { part } else { recased(dice, &part) }
        }
    })
}

/// The regular expression of a text.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The beginning, the end or the middle of a text.
fn part(dice: &mut Dice, text: &str) -> String {
    let length = text.chars().count();
    let wanted = 1 + dice.below(length.min(10));
    let start = match dice.below(3) {
        0 => 0,
        1 => length - wanted.min(length),
        _ => dice.below(length),
    };
    text.chars().skip(start).take(wanted).collect()
}

fn recased(dice: &mut Dice, text: &str) -> String {
    match dice.below(3) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => domain::value::fold(text),
    }
}

fn search_text(dice: &mut Dice, world: &World, of: &Type) -> String {
    let mut terms = Vec::new();
    for _ in 0..=usize::from(dice.once_in(4)) {
        // All records of a type may be gone one day.
        let Some(record): Option<&Record> = dice.pick_if_any(world.of(of.index)) else {
            return "none".to_owned();
        };
        let texts: Vec<String> = record
            .fields
            .values()
            .iter()
            .flatten()
            .map(Value::to_text)
            .filter(|text| !text.is_empty())
            .collect();
        let whole = dice.pick(&texts).clone();
        // Sometimes across the end of one field and the beginning of the next.
        let whole = if dice.once_in(6) { texts.join("\n") } else { whole };
        let part = part(dice, &whole);
        let part = recased(dice, &part);
        terms.push(if dice.once_in(2) { format!("\"{part}\"") } else { part });
    }
    terms.join(" ")
}

/// An order by one to three columns, some behind references.
pub(crate) fn ordering(dice: &mut Dice, world: &World, start: &Type) -> (String, Vec<OrderBy>) {
    loop {
        let mut columns = Vec::new();
        for _ in 0..=dice.below(3) {
            let mut of = start;
            let mut name = if dice.once_in(2) { "-" } else { "" }.to_owned();
            while let Some(field) = Some(dice.pick(&of.fields)).filter(|_| !dice.once_in(8)) {
                name.push_str(field.name.as_str());
                match field.kind.target() {
                    Some(target) if !dice.once_in(3) => {
                        of = world.schema.get(target);
                        name.push_str("__");
                    }
                    _ => break,
                }
            }
            if name.ends_with("__") || name.len() < 2 {
                name.push_str(dice.pick(&META).0);
            }
            columns.push(name);
        }
        let text = columns.join(",");
        // What has no order is refused, which is tested elsewhere.
        if let Ok(order) = order(&world.schema, start, &text) {
            return (text, order);
        }
    }
}
