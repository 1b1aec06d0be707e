//! `domesday schema`: what the register keeps.

use std::path::PathBuf;

use anyhow::Context as _;
use app::schema_file::{self, SchemaFileFault};
use clap::Subcommand;
use domain::schema::plan::Step;
use domain::schema::{Field, Schema};

use super::output::{self, Output};
use crate::config::Config;
use crate::wire;

/// Check, show and apply the schema.
#[derive(Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// Tell what is wrong with a schema file, line by line.
    #[command(
        after_help = "Examples:\n  domesday schema check racks.toml\n  domesday schema check"
    )]
    Check {
        /// The file; the configured schema, if nothing is said.
        file: Option<PathBuf>,
    },
    /// Print the schema; that of a team begins as a copy of the built-in one.
    #[command(after_help = "Example:\n  domesday schema show > my-schema.toml")]
    Show,
    /// Show what the schema would do to the tables that are there.
    #[command(after_help = "Example:\n  domesday schema plan --schema racks.toml")]
    Plan,
    /// Carry the schema out, where that loses data only what is named.
    #[command(after_help = "Examples:\n  domesday schema apply --schema racks.toml\n  \
                            domesday schema apply --schema racks.toml --allow-loss server.group")]
    Apply {
        /// A type or a field (type.field) whose data may go, as `schema plan` names it.
        #[arg(long, value_name = "NAME", num_args = 1..)]
        allow_loss: Vec<String>,
    },
}

impl SchemaCommand {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Check { file: Some(file) } => {
                let name = file.display().to_string();
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("the schema file {name} can't be read"))?;
                check(&name, &text, output)
            }
            Self::Check { file: None } => {
                let (name, text) = wire::schema_text(config)?;
                check(&name, &text, output)
            }
            Self::Show => {
                let schema = wire::schema(config)?;
                let (name, text) = wire::schema_text(config)?;
                if output.json {
                    return Ok(output::json(&shown(&schema, &name, &text))?);
                }
                Ok(output::bytes(text.as_bytes())?)
            }
            Self::Plan => {
                let steps = wire::schema_plan(config).await?;
                tell(&steps, "The tables are as the schema says.", "needs", output)
            }
            Self::Apply { allow_loss } => {
                let steps = wire::schema_apply(config, allow_loss).await?;
                tell(&steps, "There was nothing to do.", "allowed by", output)
            }
        }
    }
}

fn check(name: &str, text: &str, output: Output) -> anyhow::Result<()> {
    let read = schema_file::read(name, text);
    let faults = read.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    if output.json {
        output::json(&faults.iter().map(fault).collect())?;
    }
    match &read {
        Ok(_) if output.json => Ok(()),
        Ok(schema) => {
            let count = schema.types().len();
            output::line(format_args!("{name} is a good schema of {count} types."))?;
            Ok(())
        }
        Err(faults) => {
            for fault in faults.iter().filter(|_| !output.json) {
                output::line(fault)?;
            }
            anyhow::bail!("faults in {name}: {}", faults.len())
        }
    }
}

fn fault(fault: &SchemaFileFault) -> serde_json::Value {
    let path = &fault.fault.path;
    serde_json::json!({
        "file": fault.file_name,
        "line": fault.line,
        "column": fault.column,
        "type": path.type_name,
        "field": path.field,
        "message": fault.fault.message,
        "help": fault.fault.hint,
    })
}

/// The types in the order of the file, which the members of an object would lose, and the file.
fn shown(schema: &Schema, name: &str, text: &str) -> serde_json::Value {
    let types: Vec<serde_json::Value> = schema
        .types()
        .iter()
        .map(|of| {
            let names = |fields: &mut dyn Iterator<Item = &Field>| -> Vec<String> {
                fields.map(|field| field.name.to_string()).collect()
            };
            serde_json::json!({
                "name": of.name.to_string(),
                "plural": of.plural,
                "key": names(&mut of.key_fields()),
                "fields": names(&mut of.fields.iter()),
            })
        })
        .collect();
    serde_json::json!({ "file": name, "types": types, "toml": text })
}

fn tell(steps: &[Step], nothing: &str, allowance: &str, output: Output) -> anyhow::Result<()> {
    if output.json {
        let shown: Vec<serde_json::Value> = steps
            .iter()
            .map(|step| {
                serde_json::json!({
                    "name": step.name(),
                    "what": step.to_string(),
                    "loses_data": step.is_lossy(),
                })
            })
            .collect();
        output::json(&shown.into())?;
    } else if steps.is_empty() {
        output::line(nothing)?;
    } else {
        for step in steps {
            let warning = if step.is_lossy() {
                format!("   loses data: {allowance} --allow-loss {}", step.name())
            } else {
                String::new()
            };
            output::line(format_args!("{step}{warning}"))?;
        }
    }
    Ok(())
}
