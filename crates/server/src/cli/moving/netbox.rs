//! `domesday import-netbox`: over from a NetBox, by what its API answered.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::moving::netbox::NetBoxList;
use clap::Args;
use domain::json::Json;
use domain::schema::Schema;

use super::MoveArgs;
use crate::cli::output::{self, Output};
use crate::config::{Config, NetBoxRecords, netbox_mapping};
use crate::wire;

/// The mapping that is used where nobody brings one.
const MAPPING: &str = include_str!("netbox.toml");

/// Bring over what a NetBox holds, from a folder with what its API answered.
///
/// The folder has a file for each list, such as devices.json: the answer as it came, a list of
/// objects, or the answers of several pages one after the other. A mapping says what the lists are
/// here; --show-mapping writes the one that is used without, to be changed. Run again on a newer dump,
/// it brings what is new.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    curl -H \"Authorization: Token $TOKEN\" \"$NETBOX/api/dcim/devices/?limit=0\" > dump/devices.json\n  \
    domesday import-netbox dump --dry-run\n  \
    domesday import-netbox --show-mapping > netbox.toml\n  \
    domesday import-netbox dump --mapping netbox.toml")]
pub(in crate::cli) struct ImportNetBox {
    /// The folder with the lists.
    #[arg(required_unless_present = "show_mapping")]
    dump: Option<PathBuf>,
    /// What the lists are here; by default that of --show-mapping.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Write the mapping that is used where none is named, and do nothing else.
    #[arg(long)]
    show_mapping: bool,
    #[command(flatten)]
    how: MoveArgs,
}

impl ImportNetBox {
    pub(in crate::cli) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        if self.show_mapping {
            return Ok(output::bytes(MAPPING.as_bytes())?);
        }
        let Some(dump) = &self.dump else {
            bail!("name the folder with the lists");
        };
        let records = match &self.mapping {
            None => netbox_mapping(MAPPING, "the built-in mapping"),
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("{} can't be read", path.display()))?;
                netbox_mapping(&text, &path.display().to_string())
            }
        };
        let schema = wire::schema(config)?;
        let lists = lists(&schema, records?, dump)?;
        let trial = self.how.open(config).await?;
        let ctx = wire::context(&trial.app, None);
        let ctx = app::Context { origin: "import:netbox".to_owned(), ..ctx };
        let (bar, options) = self.how.options();
        let moved = trial.app.import_netbox(&ctx, lists, &options).await;
        bar.finish_and_clear();
        self.how.tell(&moved?, output)
    }
}

/// The lists that are there, and what is not.
fn lists(
    schema: &Schema,
    records: Vec<NetBoxRecords>,
    dump: &Path,
) -> anyhow::Result<(Vec<NetBoxList>, Vec<String>)> {
    let (mut lists, mut passed_over) = (Vec::new(), Vec::new());
    let mut mapped = Vec::new();
    for NetBoxRecords { file, type_name, mapping } in records {
        let of = super::super::export::find_type(schema, &type_name)?;
        for rule in mapping.key.iter().chain(&mapping.fields) {
            if of.field_named(&rule.field).is_none() {
                bail!("the mapping of {file} fills {}, which a {} has not", rule.field, of.name);
            }
        }
        mapped.push(file.clone());
        let path = dump.join(&file);
        if !path.exists() {
            passed_over.push(format!("{file}: it is not in the dump"));
            continue;
        }
        let bytes = std::fs::read(&path);
        let bytes = bytes.with_context(|| format!("{} can't be read", path.display()))?;
        let objects = objects(&bytes).with_context(|| path.display().to_string())?;
        let name = file.strip_suffix(".json").unwrap_or(&file).to_owned();
        lists.push(NetBoxList { name, of: of.index, mapping, objects });
    }
    if lists.is_empty() {
        bail!("{} has none of {}", dump.display(), mapped.join(", "));
    }
    let others = std::fs::read_dir(dump)?.filter_map(Result::ok);
    let mut others: Vec<String> = others
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "json"))
        .filter(|name| !mapped.contains(name))
        .collect();
    others.sort_unstable();
    passed_over
        .extend(others.into_iter().map(|name| format!("{name}: the mapping has no such file")));
    Ok((lists, passed_over))
}

/// The objects of answers, or of a list.
fn objects(bytes: &[u8]) -> anyhow::Result<Vec<Json>> {
    let mut objects = Vec::new();
    let parts =
        serde_json::Deserializer::from_slice(bytes).into_iter::<&serde_json::value::RawValue>();
    for part in parts {
        let mut answer = app::json::parse(part?.get())?;
        if let Json::Object(members) = &mut answer
            && let Some(results) = members.remove("results")
        {
            answer = results;
        }
        let Json::List(items) = answer else {
            bail!("it is neither a list of objects nor an answer with \"results\"");
        };
        objects.extend(items);
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_lists_and_pages_are_read() {
        for text in [
            r#"[{"id":1},{"id":2}]"#,
            r#"{"count":2,"next":null,"results":[{"id":1},{"id":2}]}"#,
            "{\"results\":[{\"id\":1}]}\n{\"results\":[{\"id\":2}]}\n",
        ] {
            assert_eq!(objects(text.as_bytes()).unwrap().len(), 2, "{text}");
        }
        for text in ["{}", "3", "[{]", r#"{"detail":"Invalid token"}"#] {
            assert!(objects(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_built_in_mapping_fits_the_built_in_schema() {
        let schema = app::schema_file::built_in().unwrap();
        for records in netbox_mapping(MAPPING, "the mapping").unwrap() {
            let of = schema.named(&records.type_name).unwrap();
            for rule in records.mapping.key.iter().chain(&records.mapping.fields) {
                assert!(of.field_named(&rule.field).is_some(), "{}", rule.field);
            }
        }
    }
}
