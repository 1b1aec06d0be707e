//! The command line: what it takes, and the way from it to the commands.
//!
//! Answers go to standard output, everything else to the error stream. The program ends with 0
//! when all went well, 1 when something failed, 2 when it was asked wrongly.

mod ansible;
mod backup;
mod cache;
mod check;
mod configuration;
pub(crate) mod demo;
mod diff;
mod documents;
mod export;
mod fleet;
mod group;
mod health;
mod history;
mod import;
mod kafka;
mod mcp;
mod moving;
mod output;
mod past;
mod remote;
mod revert;
mod review;
mod schema;
mod serve;
mod task;
mod template;
mod token;
mod user;
mod webhook;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser, Subcommand};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::config::{Config, LogFormat, Sources};
use crate::traces::{self, Traces};
use output::{Output, Usage};

/// The register of an organisation's infrastructure: what exists, who holds it, and every change.
#[derive(Debug, Parser)]
#[command(name = "domesday", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    /// The configuration; domesday.toml in this folder, if nothing is said and it is there.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DOMESDAY_CONFIG",
        help_heading = "Everywhere"
    )]
    config: Option<PathBuf>,
    /// The schema to use instead of the built-in one (schema.file).
    #[arg(long = "schema", global = true, value_name = "FILE", help_heading = "Everywhere")]
    schema_file: Option<String>,
    /// The database: `sqlite:PATH` or `postgres://user:password@host/database` (database.url).
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    database: Option<String>,
    /// Answer with JSON, for scripts.
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  domesday demo                                     look around, with a fleet of 5,000
  domesday serve                                    serve the register in ./domesday.sqlite3
  domesday import server fleet.csv --create-missing load a spreadsheet
  domesday export server --filter dc__name=iad1 --format csv
  domesday diff --from yesterday                    what has changed since
  domesday review list                              what waits for a second person
  domesday user add alice --group operators --password
  domesday token create --user alice --expires 90d";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the register over HTTP until told to stop.
    Serve(serve::Serve),
    /// Ask a running server whether it is ready.
    Health(health::Health),
    /// Serve a register of its own, filled with a believable fleet.
    Demo(demo::Demo),
    /// Add and change records from a CSV, XLSX, JSON or YAML file.
    Import(import::Import),
    /// Bring over what a Django application holds: users, records, tags, history, open approvals.
    ImportDjango(moving::ImportDjango),
    /// Bring over what a NetBox holds, from what its API answered.
    #[command(name = "import-netbox")]
    ImportNetBox(moving::ImportNetBox),
    /// Write records out as CSV, XLSX, JSON or YAML.
    Export(export::Export),
    /// Write everything that the register holds into one file, while it is used.
    Backup(backup::Backup),
    /// Put a backup into a new database.
    Restore(backup::Restore),
    /// Prove that a backup is whole and can be restored.
    Verify(backup::Verify),
    /// Look at the history, prove it, and let old parts of it go.
    #[command(subcommand)]
    History(history::History),
    /// Tell which records differ between two moments, and how.
    Diff(diff::Diff),
    /// Take changes back, by new ones.
    #[command(subcommand)]
    Revert(revert::Revert),
    /// Look at changes that wait, and decide on them.
    #[command(subcommand)]
    Review(review::Review),
    /// Make a believable fleet.
    #[command(subcommand)]
    Fleet(fleet::Fleet),
    /// Check, show and apply the schema.
    #[command(subcommand)]
    Schema(schema::SchemaCommand),
    /// Make, list and close the accounts of people and machines.
    #[command(subcommand)]
    User(user::User),
    /// Make groups, put people into them, and say what they may.
    #[command(subcommand)]
    Group(group::Group),
    /// Make, list and end the tokens by which machines sign in.
    #[command(subcommand)]
    Token(token::Token),
    /// Look at the answers that a running server keeps, and have them forgotten.
    #[command(subcommand)]
    Cache(cache::CacheCommand),
    /// Look at what runs by itself, and have it run, stop, rest or go on.
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Look at the templates of exports, keep one, or remove one.
    #[command(subcommand)]
    Template(template::TemplateCommand),
    /// Look at who is told what happens, and see to what was given up.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Look at sources of messages, see to those that could not be taken in, and try a source out.
    #[command(subcommand)]
    Kafka(kafka::KafkaCommand),
    /// Tell Ansible of hosts, as its inventory scripts do.
    Ansible(ansible::Ansible),
    /// Let an assistant read the register and propose changes (Model Context Protocol).
    Mcp(mcp::Mcp),
    /// Look the configuration over, and say what is unsafe.
    Check(check::Check),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(configuration::ConfigCommand),
    /// Write what a shell needs to complete commands.
    Completions(documents::Completions),
    /// Write manual pages, one for each command.
    Man(documents::Man),
}

/// How long threads are waited for that nobody needs any more.
const LEFT_BEHIND: Duration = Duration::from_secs(2);

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    match run(cli, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::report(&error),
    }
}

fn run(cli: Cli, output: Output) -> anyhow::Result<()> {
    let flags = [
        ("schema.file", "--schema", cli.schema_file.clone()),
        ("database.url", "--database", cli.database.clone()),
        ("http.listen", "--listen", cli.command.listen()),
    ];
    // These need neither a configuration nor a register.
    let command = match cli.command {
        Command::Completions(command) => return command.run(&mut Cli::command()),
        Command::Man(command) => return command.run(Cli::command(), output),
        Command::Fleet(command) => return command.run(output),
        Command::Serve(_)
        | Command::Health(_)
        | Command::Demo(_)
        | Command::Import(_)
        | Command::ImportDjango(_)
        | Command::ImportNetBox(_)
        | Command::Export(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Verify(_)
        | Command::History(_)
        | Command::Diff(_)
        | Command::Revert(_)
        | Command::Review(_)
        | Command::Schema(_)
        | Command::User(_)
        | Command::Group(_)
        | Command::Token(_)
        | Command::Cache(_)
        | Command::Task(_)
        | Command::Template(_)
        | Command::Webhook(_)
        | Command::Kafka(_)
        | Command::Ansible(_)
        | Command::Mcp(_)
        | Command::Check(_)
        | Command::Config(_) => cli.command,
    };
    let given = |(key, flag, value): (_, _, Option<String>)| Some((key, flag, value?));
    let flags = flags.into_iter().filter_map(given).collect();
    let config = read_config(cli.config.as_deref(), flags)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(command.run(&config, output));
    // A thread may still wait for a database that does not answer.
    runtime.shutdown_timeout(LEFT_BEHIND);
    outcome
}

/// The file that is read when nobody names one.
const CONFIG_FILE: &str = "domesday.toml";

fn read_config(
    file: Option<&Path>,
    flags: Vec<(&'static str, &'static str, String)>,
) -> anyhow::Result<Config> {
    let path = file.unwrap_or(Path::new(CONFIG_FILE));
    let name = path.display().to_string();
    let file = match std::fs::read_to_string(path) {
        Ok(text) => Some((name, text)),
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Usage(format!("the configuration {name} can't be read: {error}")).into());
        }
    };
    let lossless = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let sources =
        Sources { file, variables: std::env::vars_os().filter_map(lossless).collect(), flags };
    Config::read(&sources).map_err(|faults| Usage(faults.to_string()).into())
}

impl Command {
    fn listen(&self) -> Option<String> {
        match self {
            Self::Serve(serve) => serve.listen.clone(),
            Self::Demo(demo) => demo.listen.clone(),
            Self::Health(_)
            | Self::Import(_)
            | Self::ImportDjango(_)
            | Self::ImportNetBox(_)
            | Self::Export(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Verify(_)
            | Self::History(_)
            | Self::Diff(_)
            | Self::Revert(_)
            | Self::Review(_)
            | Self::Fleet(_)
            | Self::Schema(_)
            | Self::User(_)
            | Self::Group(_)
            | Self::Token(_)
            | Self::Cache(_)
            | Self::Task(_)
            | Self::Template(_)
            | Self::Webhook(_)
            | Self::Kafka(_)
            | Self::Ansible(_)
            | Self::Mcp(_)
            | Self::Check(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        // What a person did at the terminal needs no log; what a server does, does.
        let is_server = matches!(self, Self::Serve(_) | Self::Demo(_));
        let settings = config.traces.as_ref().filter(|_| is_server);
        let traces = settings.map(Traces::start).transpose()?;
        start_log(config, if is_server { &config.log.level } else { "warn" }, traces.as_ref())?;
        let ended = self.carry_out(config, output).await;
        if let Some(traces) = traces {
            traces.end().await;
        }
        ended
    }

    async fn carry_out(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Serve(_) => serve::serve(config, output).await,
            Self::Health(health) => health.run(config, output).await,
            Self::Demo(demo) => demo.run(config, output).await,
            Self::Import(import) => import.run(config, output).await,
            Self::ImportDjango(import) => import.run(config, output).await,
            Self::ImportNetBox(import) => import.run(config, output).await,
            Self::Export(export) => export.run(config, output).await,
            Self::Backup(backup) => backup.run(config, output).await,
            Self::Restore(restore) => restore.run(config, output).await,
            Self::Verify(verify) => verify.run(config, output).await,
            Self::History(command) => command.run(config, output).await,
            Self::Diff(diff) => diff.run(config, output).await,
            Self::Revert(command) => command.run(config, output).await,
            Self::Review(command) => command.run(config, output).await,
            Self::Schema(command) => command.run(config, output).await,
            Self::User(command) => command.run(config, output).await,
            Self::Group(command) => command.run(config, output).await,
            Self::Token(command) => command.run(config, output).await,
            Self::Cache(command) => command.run(config, output).await,
            Self::Task(command) => command.run(config, output).await,
            Self::Template(command) => command.run(config, output).await,
            Self::Webhook(command) => command.run(config, output).await,
            Self::Kafka(command) => command.run(config, output).await,
            Self::Ansible(ansible) => ansible.run(config).await,
            Self::Mcp(mcp) => mcp.run(config).await,
            Self::Check(check) => check.run(config, output).await,
            Self::Config(command) => command.run(config, output),
            Self::Fleet(_) | Self::Completions(_) | Self::Man(_) => Ok(()),
        }
    }
}

/// Begins to log. Spans of traces are for no log, whatever its level.
fn start_log(config: &Config, level: &str, traces: Option<&Traces>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{level},{}=off", traces::TARGET))?;
    // Where the disk of the log is full, saying so there would be a panic in whoever logs.
    let lines = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    // One object a line, in which what is told stands beside the time, and of the spans the request.
    let lines = match config.log.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    match traces {
        // A filter for all is quicker, and enough where there is nothing but the log.
        None => tracing_subscriber::registry().with(lines).with(filter).init(),
        Some(traces) => {
            let lines = lines.with_filter(filter);
            tracing_subscriber::registry().with(lines).with(traces.layer()).init();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_whole() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_that_does_something_has_examples() {
        fn check(command: &clap::Command) {
            if command.has_subcommands() {
                command.get_subcommands().for_each(check);
            } else {
                let help = command.get_after_help().map(ToString::to_string);
                let name = command.get_name();
                assert!(help.is_some_and(|help| help.starts_with("Example")), "{name}");
            }
        }
        check(&Cli::command());
    }

    #[test]
    fn the_documentation_has_every_command_and_every_flag_that_all_share() {
        fn check(command: &clap::Command, path: &str, text: &str, missing: &mut Vec<String>) {
            for below in command.get_subcommands() {
                let path = format!("{path} {}", below.get_name());
                if below.has_subcommands() {
                    check(below, &path, text, missing);
                } else if !text.contains(&path) {
                    missing.push(path);
                }
            }
        }
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
        let text = std::fs::read_to_string(page).unwrap();
        let command = Cli::command();
        let mut missing = Vec::new();
        check(&command, "domesday", &text, &mut missing);
        let shared = command.get_arguments().filter_map(clap::Arg::get_long);
        missing.extend(shared.map(|long| format!("--{long}")).filter(|flag| !text.contains(flag)));
        assert!(missing.is_empty(), "docs/cli.md does not tell: {}", missing.join(", "));
    }
}
