//! `cargo xtask demo`: the binary with a generated fleet, and with a Kafka where that is asked for.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::broker::Broker;
use crate::daemon::Folder;
use crate::process::begin_log;
use crate::workshop::cargo;
use crate::{paths, tools};

/// What messages of the demo mean.
const SOURCES: &str = r#"
[[kafka.sources]]
name = "inventory"
topics = ["inventory.servers"]
type = "server"
policy = "review"
missing_references = "create"
key = { name = "/hostname" }
[kafka.sources.fields]
ip = "/address"
state = { from = "/power", values = { on = "active", off = "maintenance" } }
component = { from = "/role", default = "web" }
dc = "/site"
environment = { constant = "production" }
group = { constant = "platform" }

[[kafka.sources]]
name = "sites"
topics = ["inventory.sites"]
type = "dc"
policy = "direct"
key = { name = "/code" }
operation = { from = "/op", words = { closed = "delete" }, otherwise = "upsert" }
"#;
/// Sites that come in at once; the last one can't be understood.
const SITES: &str = r#"{"code": "zrh1"}
{"code": "gru1"}
{"cod": "no key"}
"#;
/// Servers that wait for a review; nothing tells what is meant by the last one's power.
const SERVERS: &str = r#"{"hostname": "new1", "address": "10.9.9.1", "power": "on", "site": "zrh1"}
{"hostname": "new2", "address": "10.9.9.2", "power": "off", "site": "gru1"}
{"hostname": "new3", "address": "10.9.9.3", "power": "half", "site": "gru1"}
"#;

#[derive(Args)]
pub(crate) struct Options {
    /// With an Apache Kafka, two sources of messages, and some that wait to be read
    #[arg(long)]
    kafka: bool,
    /// What `domesday demo` shall be told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds the binary and becomes it, so that Ctrl-C is its own.
///
/// # Errors
/// When it can't be built or started.
pub(crate) fn run(options: &Options) -> Result<bool> {
    crate::assets::run()?;
    let log = paths::logs().join("demo.log");
    begin_log(&log)?;
    tools::c_compiler_and_openssl(&log)?;
    let mut build = cargo(&["build", "--profile", "trial", "--package", "server"]);
    if !crate::process::run(build.current_dir(paths::root()))? {
        return Ok(false);
    }
    if options.kafka {
        return with_kafka(options);
    }
    let mut demo = Command::new(program());
    let error = demo.arg("demo").args(&options.arguments).exec();
    Err(error).context("start target/trial/domesday")
}

fn program() -> PathBuf {
    paths::target().join("trial/domesday")
}

/// Runs the demo beside a broker, which ends with it.
fn with_kafka(options: &Options) -> Result<bool> {
    let log = paths::logs().join("demo.log");
    println!("Starting an Apache Kafka …");
    let broker = Broker::generous(&log).with_context(|| format!("Kafka ({})", log.display()))?;
    let folder = Folder::make(&paths::servers(), "demo")?;
    let configuration = folder.path().join("domesday.toml");
    let text = format!("[kafka]\nbrokers = \"{}\"\n{SOURCES}", broker.plain);
    std::fs::write(&configuration, text)?;
    let domesday = || {
        let mut command = Command::new(program());
        command.arg("--config").arg(&configuration);
        command
    };
    for (source, messages) in [("sites", SITES), ("inventory", SERVERS)] {
        let file = folder.path().join(source);
        std::fs::write(&file, messages)?;
        let mut produce = domesday();
        produce.args(["kafka", "produce", source, "--raw"]).arg(&file);
        if !crate::process::run(&mut produce)? {
            bail!("the messages of the demo can't be written");
        }
    }
    let name = configuration.display();
    println!(
        "Sources are at /-/sources/. To write messages, in another terminal:\n  \
         echo '{{\"hostname\": \"new1\", \"address\": \"10.9.9.9\", \"power\": \"on\", \"site\": \"zrh1\"}}' | \
         {} --config {name} kafka produce inventory --raw",
        program().display()
    );
    let mut demo = domesday();
    crate::process::run(demo.arg("demo").args(&options.arguments))
}
