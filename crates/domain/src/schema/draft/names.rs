//! Names of types and fields, and what follows from them: plurals and labels.

use super::super::{FieldName, TypeName, name::NameFault};
use super::fault::{SchemaFault, SchemaPath, quoted};
use crate::change::READ_ONLY_NAMES;

/// The longest plural: a name's length and an ending.
const PLURAL_LENGTH_MAX: usize = 60;

/// What the addresses of the program's own pages begin with: no type can have its page there. Of
/// those that could be a plural; a test of the routes holds them together.
pub(super) const PLACES: [&str; 8] =
    ["account", "api", "auth", "healthz", "integrations", "login", "metrics", "readyz"];

/// Parameters of lists and writes, which a filter of the same name would hide.
const PARAMETERS: [&str; 31] = [
    "limit",
    "offset",
    "cursor",
    "ordering",
    "search",
    "format",
    "fields",
    "exclude",
    "omit",
    "brief",
    "count",
    "as_of",
    "review",
    "bypass",
    "reason",
    "page",
    "page_size",
    "draw",
    "start",
    "length",
    "order",
    "columns",
    "keep",
    "export",
    "depth",
    "include",
    "expect_count",
    "snapshot",
    "top_row",
    "view",
    // Not a parameter, but what faults of a whole record stand under.
    "non_field_errors",
];

/// Lookups of filters: with a field `exact`, `dc__exact=` could mean two things.
/// *Source:* django-filter's lookups and Django's transforms, and `net` and `all` of our own.
const LOOKUPS: [&str; 32] = [
    "exact",
    "iexact",
    "contains",
    "icontains",
    "in",
    "gt",
    "gte",
    "lt",
    "lte",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "range",
    "isnull",
    "regex",
    "iregex",
    "date",
    "time",
    "year",
    "month",
    "day",
    "week_day",
    "iso_year",
    "week",
    "iso_week_day",
    "quarter",
    "hour",
    "minute",
    "second",
    "net",
    "all",
];

/// The one name that answers have and a field may take over: an installation may well keep
/// addresses of its own, and a record's own address can be told from its id.
const SHADOWABLE: &str = "url";

pub(super) fn check_type_name(text: &str, faults: &mut Vec<SchemaFault>) -> Option<TypeName> {
    TypeName::parse(text)
        .map_err(|fault| faults.push(not_a_name(SchemaPath::of_type(text), text, fault)))
        .ok()
}

pub(super) fn check_field_name(
    type_name: &str,
    text: &str,
    faults: &mut Vec<SchemaFault>,
) -> Option<FieldName> {
    let path = SchemaPath::of_field(type_name, text);
    let taken = if READ_ONLY_NAMES.contains(&text) && text != SHADOWABLE {
        "every record has it already"
    } else if PARAMETERS.contains(&text) {
        "it is a parameter of requests"
    } else if LOOKUPS.contains(&text) {
        "it is a lookup of filters"
    } else {
        return FieldName::parse(text)
            .map_err(|fault| faults.push(not_a_name(path, text, fault)))
            .ok();
    };
    let other = format!("{type_name}_{text}");
    let hint = match FieldName::parse(&other) {
        Ok(other) => format!("choose another, such as {}", quoted(other.as_str())),
        Err(_) => "choose another".to_owned(),
    };
    let message = format!("the name {} is reserved: {taken}", quoted(text));
    faults.push(SchemaFault::new(path, message, hint));
    None
}

fn not_a_name(path: SchemaPath, text: &str, fault: NameFault) -> SchemaFault {
    let suggestion = to_identifier(text);
    let hint = match FieldName::parse(&suggestion) {
        Ok(name) => format!("write {}", quoted(name.as_str())),
        Err(_) => fault.to_string(),
    };
    SchemaFault::new(path, format!("{} can't be a name", quoted(text)), hint)
}

/// What somebody probably wanted: `Owner E-Mail` becomes `owner_e_mail`.
fn to_identifier(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// Whether a text is kebab case: words of `a-z` and `0-9` with single dashes between.
pub(super) fn is_plural(text: &str) -> bool {
    text.len() <= PLURAL_LENGTH_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

/// The plural of a type's name as English mostly has it: `countries`, `switches`, `data-centers`.
pub(super) fn derive_plural(type_name: &str) -> String {
    let name = type_name.replace('_', "-");
    if let Some(stem) = name.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|ending| name.ends_with(ending)) {
        return format!("{name}es");
    }
    format!("{name}s")
}

/// A name as people read it: `owner_email` becomes `Owner email`.
pub(super) fn derive_label(name: &str) -> String {
    let mut letters = name.chars().map(|c| if c == '_' { ' ' } else { c });
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_english() {
        for (name, plural) in [
            ("server", "servers"),
            ("dc", "dcs"),
            ("uri", "uris"),
            ("country", "countries"),
            ("key", "keys"),
            ("switch", "switches"),
            ("address", "addresses"),
            ("box", "boxes"),
            ("data_center", "data-centers"),
        ] {
            assert_eq!(derive_plural(name), plural);
            assert!(is_plural(plural), "{plural}");
        }
    }

    #[test]
    fn a_plural_is_kebab_case() {
        for bad in ["", "-", "a-", "-a", "a--b", "A", "a_b", "1a", "é", &"a".repeat(61)] {
            assert!(!is_plural(bad), "{bad:?}");
        }
    }

    #[test]
    fn labels_have_blanks_and_a_capital() {
        assert_eq!(derive_label("owner_email"), "Owner email");
        assert_eq!(derive_label("ip"), "Ip");
    }
}
