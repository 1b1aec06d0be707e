//! One field: its settings, whether they fit its kind, and its default.

use super::super::{Field, FieldIndex, Kind, OnDelete};
use super::FieldDraft;
use super::fault::{SchemaFault, SchemaPath, alternatives, did_you_mean, quoted};
use super::kind::{INDEXED_LENGTH_MAX, KINDS, kind_word, read_kind};
use super::names::{check_field_name, derive_label};
use super::reader::{Reader, as_text, describe};
use crate::json::Json;
use crate::value::{Value, parse_scalar};

/// A setting, and the kinds that have it.
struct Setting {
    name: &'static str,
    kinds: &'static [&'static str],
}

const TEXTS: &[&str] = &["text", "long text", "url", "email"];
const NUMBERS: &[&str] = &["integer", "decimal"];
const REFERENCES: &[&str] = &["ref", "refs"];
/// A database can't tell long texts and documents apart by an index, and true and false serve for
/// two records only.
const UNIQUES: &[&str] = &[
    "text", "integer", "decimal", "date", "datetime", "ip", "network", "mac", "url", "email",
    "choice", "ref",
];
/// References have their indexes anyway.
const INDEXED: &[&str] = &[
    "text", "integer", "decimal", "boolean", "date", "datetime", "ip", "network", "mac", "url",
    "email", "choice",
];
const SEARCHED: &[&str] = &["text", "long text", "ip", "network", "mac", "url", "email"];
/// The kinds that are searched when nothing is said.
const SEARCHED_BY_DEFAULT: &[&str] = &["text", "long text", "ip", "url", "email"];
/// A list of references may always be empty.
const REQUIRED: &[&str] = &[
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
    "json",
];
/// A schema can't know which records there will be.
const DEFAULTED: &[&str] = &[
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
    "json",
];

const SETTINGS: [Setting; 16] = [
    Setting { name: "kind", kinds: &KINDS },
    Setting { name: "label", kinds: &KINDS },
    Setting { name: "help", kinds: &KINDS },
    Setting { name: "required", kinds: REQUIRED },
    Setting { name: "unique", kinds: UNIQUES },
    Setting { name: "index", kinds: INDEXED },
    Setting { name: "search", kinds: SEARCHED },
    Setting { name: "default", kinds: DEFAULTED },
    Setting { name: "max_length", kinds: TEXTS },
    Setting { name: "pattern", kinds: TEXTS },
    Setting { name: "min", kinds: NUMBERS },
    Setting { name: "max", kinds: NUMBERS },
    Setting { name: "places", kinds: &["decimal"] },
    Setting { name: "values", kinds: &["choice"] },
    Setting { name: "to", kinds: REFERENCES },
    Setting { name: "on_delete", kinds: REFERENCES },
];

/// Words that other systems have for our settings.
const OTHER_WORDS: [(&str, &str); 8] = [
    ("type", "kind"),
    ("choices", "values"),
    ("options", "values"),
    ("target", "to"),
    ("help_text", "help"),
    ("description", "help"),
    ("verbose_name", "label"),
    ("regex", "pattern"),
];

/// A field; `None` when it has faults.
pub(super) fn build_field(
    index: FieldIndex,
    type_name: &str,
    draft: &FieldDraft,
    type_names: &[&str],
    faults: &mut Vec<SchemaFault>,
) -> Option<Field> {
    let faults_before = faults.len();
    let name = check_field_name(type_name, &draft.name, faults);
    let path = SchemaPath::of_field(type_name, &draft.name);
    let Json::Object(settings) = &draft.settings else {
        faults.push(not_a_table(path, &draft.settings));
        return None;
    };
    let mut reader = Reader::new(path, settings, faults);
    let word = kind_word(&mut reader);
    check_settings(&mut reader, word);
    let label = reader.label();
    let help = reader.prose("help");
    let word = word?;
    let kind = read_kind(word, &mut reader, type_names);
    let flags = Flags::read(word, &mut reader);
    let kind = kind?;
    let default = read_default(&mut reader, &kind);
    check_together(&mut reader, &kind, &flags);
    let name = name?;
    (faults.len() == faults_before).then(|| Field {
        index,
        label: label.unwrap_or_else(|| derive_label(name.as_str())),
        name,
        help,
        kind,
        required: flags.required,
        unique: flags.unique,
        indexed: flags.indexed,
        searched: flags.searched,
        default,
    })
}

fn not_a_table(path: SchemaPath, found: &Json) -> SchemaFault {
    let kind = as_text(found).filter(|word| KINDS.contains(word)).unwrap_or("text");
    SchemaFault::new(
        path,
        format!("a field must be a table, not {}", describe(found)),
        format!("write {{ kind = {} }}", quoted(kind)),
    )
}

/// Tells the settings that there are not, and those that a kind has not.
fn check_settings(reader: &mut Reader<'_, '_>, kind: Option<&str>) {
    for name in reader.names() {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let hint = unknown_hint(name);
            reader.fault(name, format!("there is no setting {}", quoted(name)), hint);
            continue;
        };
        if let Some(kind) = kind
            && !setting.kinds.contains(&kind)
        {
            reader.fault(
                name,
                format!("the kind {} has no setting {}", quoted(kind), quoted(name)),
                misfit_hint(setting, kind),
            );
        }
    }
}

fn unknown_hint(name: &str) -> String {
    let known = || SETTINGS.iter().map(|setting| setting.name);
    if let Some((_, known)) = OTHER_WORDS.iter().find(|(other, _)| *other == name) {
        return format!("did you mean {}?", quoted(known));
    }
    did_you_mean(name, known()).unwrap_or_else(|| format!("a field has {}", alternatives(known())))
}

fn misfit_hint(setting: &Setting, kind: &str) -> String {
    match (setting.name, kind) {
        ("required", "refs") => "leave it out: a list may always be empty".to_owned(),
        ("index", "ref" | "refs") => "leave it out: references have an index anyway".to_owned(),
        ("default", "ref" | "refs") => {
            "leave it out: a schema can't know which records there will be".to_owned()
        }
        (name, _) => {
            // Whichever list is shorter tells more.
            if setting.kinds.len() <= SEARCHED.len() {
                format!(
                    "leave it out: only {} has {name}",
                    alternatives(setting.kinds.iter().copied())
                )
            } else {
                "leave it out".to_owned()
            }
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "they are four settings of the file")]
struct Flags {
    required: bool,
    unique: bool,
    indexed: bool,
    searched: bool,
}

impl Flags {
    fn read(kind: &str, reader: &mut Reader<'_, '_>) -> Self {
        Self {
            required: reader.flag("required").unwrap_or(false),
            unique: reader.flag("unique").unwrap_or(false),
            indexed: reader.flag("index").unwrap_or(false),
            searched: reader.flag("search").unwrap_or_else(|| SEARCHED_BY_DEFAULT.contains(&kind)),
        }
    }
}

/// The setting `default`, as the kind reads it.
fn read_default(reader: &mut Reader<'_, '_>, kind: &Kind) -> Option<Value> {
    // References have none, which has been told.
    if kind.target().is_some() {
        return None;
    }
    let found = reader.raw("default")?;
    let why = match parse_scalar(kind, found) {
        Ok(Some(value)) => return Some(value),
        Ok(None) => "it is empty".to_owned(),
        Err(fault) => fault.to_string().trim_end_matches('.').to_owned(),
    };
    reader.fault(
        "default",
        format!("the default {} does not fit: {why}", describe(found)),
        "write a value that the field takes, or leave it out",
    );
    None
}

/// Tells the settings that fit the kind but not one another.
fn check_together(reader: &mut Reader<'_, '_>, kind: &Kind, flags: &Flags) {
    if flags.required
        && let Kind::Ref { on_delete: OnDelete::Clear, .. } = kind
    {
        reader.fault(
            "on_delete",
            "a required reference can't be cleared",
            "write on_delete = \"protect\" or \"cascade\", or leave required out",
        );
    }
    if let Kind::Text(rules) = kind
        && (flags.unique || flags.indexed)
        && rules.max_length > INDEXED_LENGTH_MAX
    {
        reader.fault(
            "max_length",
            format!("{} characters don't fit into an index", rules.max_length),
            format!("write at most {INDEXED_LENGTH_MAX} for a text that is unique or has an index"),
        );
    }
    if flags.unique && reader.raw("default").is_some() {
        reader.fault(
            "default",
            "a unique field can't have a default, which only one record could take",
            "leave the default out",
        );
    }
}
