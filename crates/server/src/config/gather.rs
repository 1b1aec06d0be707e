//! From a file, variables and flags to one text for each key, with where it came from. The
//! stronger takes the place of the weaker: flags, variables, the file, the default.

use std::collections::BTreeMap;
use std::fmt;

use domain::nearest::nearest;
use toml_edit::{Document, Item, TableLike, Value};
use web::{ConfiguredSetting, Providers};

use super::identity;
use super::kafka::{self, KafkaTables};
use super::keys::{KEYS, VARIABLE_PREFIX, known, variable};
use super::tasks;
use super::tasks::ConfiguredTask;
use super::templates::{self, ConfiguredTemplate};
use super::webhooks::{self, ConfiguredWebhook};

/// What the configuration is made of.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The file's name and text, where there is one.
    pub(crate) file: Option<(String, String)>,
    /// All variables of the environment.
    pub(crate) variables: Vec<(String, String)>,
    /// Flags of the command line: key, flag, value.
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

/// A value as text, and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The value; empty for none.
    pub(crate) text: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// Without the value, which may be a secret.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of the file.
    File {
        /// The file's name.
        name: String,
        /// The line, from 1.
        line: usize,
    },
    /// A variable.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// What the tables of the file come to that are no plain settings.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) providers: Providers,
    pub(super) tasks: Vec<ConfiguredTask>,
    pub(super) webhooks: Vec<ConfiguredWebhook>,
    pub(super) templates: Vec<ConfiguredTemplate>,
    pub(super) kafka: KafkaTables,
    /// What stands in them, as people look at it.
    pub(super) shown: Vec<ConfiguredSetting>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            providers: Providers::default(),
            tasks: tasks::built_in(),
            webhooks: Vec::new(),
            templates: Vec::new(),
            kafka: KafkaTables::default(),
            shown: Vec::new(),
        }
    }
}

/// The settings by key.
pub(super) type Settings = BTreeMap<&'static str, Setting>;

/// Gathers the settings; faults are sentences that name where they stand.
pub(super) fn gather(sources: &Sources, faults: &mut Vec<String>) -> (Settings, Tables) {
    let mut tables = Tables::default();
    let mut settings: Settings =
        KEYS.iter().map(|key| (key.name, setting(key.default, Origin::Default))).collect();
    if let Some((name, text)) = &sources.file {
        tables = read_file(name, text, &mut settings, faults);
    }
    read_variables(&sources.variables, &mut settings, faults);
    for (key, flag, value) in &sources.flags {
        settings.insert(key, setting(value, Origin::Flag(flag)));
    }
    (settings, tables)
}

fn setting(text: &str, origin: Origin) -> Setting {
    Setting { text: text.to_owned(), origin }
}

/// Reads the file: its keys into the settings, and the providers that it names.
fn read_file(name: &str, text: &str, settings: &mut Settings, faults: &mut Vec<String>) -> Tables {
    let mut tables = Tables::default();
    let line_of = |span: Option<std::ops::Range<usize>>| {
        let before = text.get(..span.map_or(0, |span| span.start));
        before.unwrap_or_default().matches('\n').count() + 1
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = line_of(error.span());
            let why = error.message().replace('\n', ", ");
            faults.push(format!("{name}:{line}: this is not TOML: {why}"));
            return tables;
        }
    };
    for (section, item) in document.as_table() {
        let at = |table: &dyn TableLike, key: &str| {
            line_of(table.key(key).and_then(toml_edit::Key::span))
        };
        if matches!(section, "tasks" | "webhooks" | "templates") {
            let first = at(document.as_table(), section);
            let place =
                |table: &dyn TableLike, key: &str| format!("{name}:{}", at(table, key).max(first));
            let Tables { tasks, webhooks, templates, shown, .. } = &mut tables;
            match section {
                "tasks" => tasks::read(item, &place, (tasks, shown), faults),
                "webhooks" => webhooks::read(item, &place, (webhooks, shown), faults),
                _ => templates::read(item, &place, (templates, shown), faults),
            }
            continue;
        }
        let Some(table) = item.as_table_like() else {
            let line = at(document.as_table(), section);
            let fault = unknown(section);
            faults.push(format!("{name}:{line}: {fault}"));
            continue;
        };
        for (key, item) in table.iter() {
            let line = at(table, key);
            let place =
                |table: &dyn TableLike, key: &str| format!("{name}:{}", at(table, key).max(line));
            if section == "kafka" && kafka::is_table(key) {
                let Tables { kafka, shown, .. } = &mut tables;
                kafka::read((key, item), &place, (kafka, shown), faults);
                continue;
            }
            if section == "identity" && identity::is_kind(key) {
                let Tables { providers, shown, .. } = &mut tables;
                identity::read((key, item), &place, (providers, shown), faults);
                continue;
            }
            let path = format!("{section}.{key}");
            match (known(&path), scalar_text(item)) {
                (None, _) => faults.push(format!("{name}:{line}: {}", unknown(&path))),
                (Some(_), None) => faults
                    .push(format!("{name}:{line}: {path} takes a text, a number, true or false")),
                (Some(key), Some(text)) => {
                    let name = name.to_owned();
                    settings.insert(key.name, setting(&text, Origin::File { name, line }));
                }
            }
        }
    }
    tables
}

fn scalar_text(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        Value::Boolean(truth) => Some(truth.value().to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// A name with two underscores is meant for us. One with fewer may be somebody else's: Kubernetes
/// gives every container `DOMESDAY_PORT` and the like where a service has our name. It is a fault
/// only where it is nearly one of ours.
fn read_variables(
    variables: &[(String, String)],
    settings: &mut Settings,
    faults: &mut Vec<String>,
) {
    for (name, value) in variables {
        let Some(ours) = name.strip_prefix(VARIABLE_PREFIX) else {
            continue;
        };
        let is_meant = |key: &&super::keys::Key| variable(key) == *name;
        if let Some(key) = KEYS.iter().find(is_meant) {
            let origin = Origin::Variable(name.clone());
            settings.insert(key.name, setting(value, origin));
            continue;
        }
        let nearly = KEYS.iter().map(variable).find(|of_key| {
            let one_underscore = of_key.replace("__", "_");
            one_underscore.eq_ignore_ascii_case(&name.replace("__", "_"))
        });
        if let Some(nearly) = nearly {
            faults.push(format!("{name}: there is no such variable; did you mean {nearly}?"));
        } else if ours.contains("__") {
            let path = ours.to_ascii_lowercase().replace("__", ".");
            faults.push(format!("{name}: {}", unknown(&path)));
        }
    }
}

/// There is no such key; the nearest one, or all.
fn unknown(path: &str) -> String {
    let names = || KEYS.iter().map(|key| key.name);
    if let Some(meant) = nearest(path, names()) {
        return format!("there is no key {path}; did you mean {meant}?");
    }
    let all: Vec<&str> = names().collect();
    format!("there is no key {path}; the keys are: {}", all.join(", "))
}
