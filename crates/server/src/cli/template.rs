//! `domesday template`: what a running server makes exports with, asked over HTTP as whoever holds the
//! token.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::output::{self, Output};
use super::remote::{Remote, RemoteArgs, address_of, text};
use crate::config::Config;

const PATH: &str = "/api/-/templates/";

/// Look at the templates of exports, keep one, or remove one.
#[derive(Debug, Subcommand)]
pub(super) enum TemplateCommand {
    /// Tell of all templates.
    #[command(after_help = "Example:\n  DOMESDAY_TOKEN=domesday_… domesday template list")]
    List(RemoteArgs),
    /// Write out the text of a template.
    #[command(after_help = "Example:\n  domesday template show hosts > hosts.j2")]
    Show(One),
    /// Keep a template, in the place of one of the same name.
    #[command(after_help = "Examples:\n  domesday template set hosts hosts.j2 --type server\n  \
                            domesday template set table table.j2 --media-type text/markdown")]
    Set(Set),
    /// Remove a template that was uploaded.
    #[command(after_help = "Example:\n  domesday template remove hosts")]
    Remove(One),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The name of the template.
    #[arg(value_name = "TEMPLATE")]
    name: String,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// The name of the template, as `?export=` takes it.
    #[arg(value_name = "TEMPLATE")]
    name: String,
    /// The file with its text; - for standard input.
    file: PathBuf,
    /// The media type of what it makes; plain text, if nothing is said.
    #[arg(long, value_name = "TYPE/SUBTYPE")]
    media_type: Option<String>,
    /// A type that it is for, as often as there are some; all, if nothing is said.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl TemplateCommand {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::List(remote) => {
                let all = Remote::new(remote, config)?.get(PATH).await?;
                if output.json { Ok(output::json(&all)?) } else { tell(&all) }
            }
            Self::Show(One { name, remote }) => {
                let one = Remote::new(remote, config)?.get(&address_of(PATH, &name)).await?;
                if output.json {
                    return Ok(output::json(&one)?);
                }
                Ok(output::bytes(text(&one, "text").as_bytes())?)
            }
            Self::Set(set) => set.run(config, output).await,
            Self::Remove(One { name, remote }) => {
                Remote::new(remote, config)?.delete(&address_of(PATH, &name)).await?;
                Ok(output::note(format_args!("The template {name} is removed."))?)
            }
        }
    }
}

impl Set {
    async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let Self { name, file, media_type, types, remote } = self;
        let body = json!({"text": read(&file)?, "media_type": media_type, "types": types});
        let remote = Remote::new(remote, config)?;
        let answered = remote.ask(Method::PUT, &address_of(PATH, &name), Some(&body)).await?;
        // What is wrong with a template stands with the member that it is in.
        let problem = answered.problem();
        let wrong = problem.as_ref().and_then(|problem| problem.get("errors")?.as_object());
        let wrong = wrong.into_iter().flatten().flat_map(|(member, told)| {
            let told = told.as_array().into_iter().flatten().filter_map(Value::as_str);
            told.map(move |told| format!("{member}: {told}"))
        });
        let wrong: Vec<String> = wrong.collect();
        ensure!(wrong.is_empty(), "{}: {}", file.display(), wrong.join("; "));
        ensure!(answered.is_success, "{}", answered.detail());
        if output.json {
            return Ok(output::line(answered.text)?);
        }
        Ok(output::line(format_args!("The template {name} is kept: ?export={name}."))?)
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .read_to_string(&mut text)
            .context("standard input can't be read")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))
}

fn tell(all: &Value) -> anyhow::Result<()> {
    let all = all.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
    let rows = all.iter().map(|one| {
        let types = one.get("types").and_then(Value::as_array).cloned().unwrap_or_default();
        let types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
        let types = if types.is_empty() { "all".to_owned() } else { types.join(", ") };
        let member = |name| text(one, name);
        [member("name"), types, member("media_type"), member("origin"), member("updated_at")]
    });
    Ok(output::table(["template", "for", "makes", "from", "since"], rows)?)
}
