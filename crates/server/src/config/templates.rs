//! `[[templates]]`: forms of exports. Their texts are read where the program is put together, since
//! they may stand in files.

use std::path::PathBuf;

use app::templates::is_name;
use domain::task::NAME_MAX;
use toml_edit::Item;
use web::ConfiguredSetting;

use super::table::{Place, TableReader, show};

/// A template as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfiguredTemplate {
    pub(crate) name: String,
    pub(crate) text: ConfiguredText,
    /// The media type of what it makes; the usual one where there is none.
    pub(crate) media_type: Option<String>,
    /// The names of the types that it is for; none for all.
    pub(crate) types: Vec<String>,
}

/// Where a template's text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfiguredText {
    /// In a file, from where the program is started.
    File(PathBuf),
    /// There.
    Here(String),
}

/// The keys, of which none is a secret.
const KEYS: [&str; 5] = ["name", "file", "text", "media_type", "types"];

/// Reads the tables.
pub(super) fn read(
    item: &Item,
    at: Place<'_>,
    (templates, shown): (&mut Vec<ConfiguredTemplate>, &mut Vec<ConfiguredSetting>),
    faults: &mut Vec<String>,
) {
    let Some(tables) = item.as_array_of_tables() else {
        faults.push("templates is a list of tables: [[templates]]".to_owned());
        return;
    };
    for table in tables {
        shown.extend(show::settings("templates", table, (&KEYS, at)));
        let mut reader = TableReader { kind: "templates", table, at, faults };
        reader.only(&KEYS);
        let Some(template) = template(&mut reader) else { continue };
        if templates.iter().any(|other| other.name == template.name) {
            reader.fault("name", &format!("there are two templates named {}", template.name));
        }
        templates.push(template);
    }
}

fn template(reader: &mut TableReader<'_>) -> Option<ConfiguredTemplate> {
    let name = reader.required("name")?;
    if !is_name(&name) {
        let told = "small letters, digits and hyphens: it stands in addresses";
        reader.fault("name", &format!("takes at most {NAME_MAX} {told}"));
        return None;
    }
    let (file, text) = (reader.path("file"), reader.text("text"));
    let media_type = reader.text("media_type");
    let types = reader.texts("types").unwrap_or_default();
    let text = match (file, text) {
        (Some(file), None) => ConfiguredText::File(file),
        (None, Some(text)) => ConfiguredText::Here(text),
        (Some(_), Some(_)) => {
            reader.fault("text", "and file are both there: one of them is the template");
            return None;
        }
        (None, None) => {
            reader.fault("file", "is missing: the file of the template, or text in its place");
            return None;
        }
    };
    Some(ConfiguredTemplate { name, text, media_type, types })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn read(table: &str) -> Result<Config, String> {
        let text = format!("[[templates]]\n{table}");
        let file = Some(("domesday.toml".to_owned(), text));
        Config::read(&Sources { file, ..Sources::default() }).map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_template_stands_in_a_file_or_there() {
        let config = read(
            "name = 'hosts'\nfile = 'hosts.j2'\n\n[[templates]]\nname = 'table'\n\
             text = '''\n| name |\n'''\nmedia_type = 'text/markdown'\ntypes = ['server']\n",
        );
        let templates = config.unwrap().templates;
        let [hosts, table] = templates.as_slice() else { panic!("{templates:?}") };
        assert_eq!(hosts.text, ConfiguredText::File("hosts.j2".into()));
        assert_eq!((hosts.media_type.as_deref(), hosts.types.len()), (None, 0));
        assert_eq!(table.text, ConfiguredText::Here("| name |\n".to_owned()));
        assert_eq!(table.media_type.as_deref(), Some("text/markdown"));
        assert_eq!(table.types, ["server"]);
    }

    #[test]
    fn what_is_wrong_with_a_template_is_told_with_its_line() {
        for (table, told) in [
            ("name = 'a b'\ntext = 'x'", "domesday.toml:2: templates.name takes at most 50"),
            ("name = 'a'", "templates.file is missing"),
            ("name = 'a'\ntext = 'x'\nfile = 'y'", "domesday.toml:3: templates.text and file are"),
            (
                "name = 'a'\ntext = 'x'\ntyp = 'y'",
                "domesday.toml:4: templates.typ there is no such",
            ),
            (
                "name = 'a'\ntext = 'x'\n[[templates]]\nname = 'a'\ntext = 'y'",
                "domesday.toml:5: templates.name there are two templates named a",
            ),
        ] {
            let faults = read(table).unwrap_err();
            assert!(faults.contains(told), "{faults}");
        }
        let faults = Config::read(&Sources {
            file: Some(("domesday.toml".to_owned(), "templates = 'x'".to_owned())),
            ..Sources::default()
        });
        assert!(faults.unwrap_err().to_string().contains("[[templates]]"));
    }
}
