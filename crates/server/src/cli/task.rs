//! `domesday task`: what runs by itself in a running server, asked over HTTP as whoever holds the
//! token.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::output::{self, Output};
use super::remote::{self, Remote, RemoteArgs, address_of, text};
use crate::config::Config;

/// How often there is a look for more of a log that is followed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const PATH: &str = "/api/-/tasks/";

/// Look at what runs by itself, and have it run, stop, rest or go on.
#[derive(Debug, Subcommand)]
pub(super) enum TaskCommand {
    /// Tell of all tasks, and how their latest runs went.
    #[command(after_help = "Example:\n  DOMESDAY_TOKEN=domesday_… domesday task list")]
    List(RemoteArgs),
    /// Have a task run now, also one that is paused.
    #[command(after_help = "Example:\n  domesday task run history-fold")]
    Run(One),
    /// Have the run of a task stop.
    #[command(after_help = "Example:\n  domesday task cancel history-fold")]
    Cancel(One),
    /// Have a task rest; a run that goes on is not stopped by it.
    #[command(after_help = "Example:\n  domesday task pause history-fold")]
    Pause(One),
    /// Have a task that rests go on; what was due meanwhile is not caught up with.
    #[command(after_help = "Example:\n  domesday task resume history-fold")]
    Resume(One),
    /// Tell what a run says: the latest one of a task, or another.
    #[command(after_help = "Examples:\n  domesday task log history-fold\n  \
                            domesday task log history-fold 17\n  domesday task log clean-up -f")]
    Log(Log),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The name of the task.
    #[arg(value_name = "TASK")]
    name: String,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(super) struct Log {
    /// The name of the task.
    #[arg(value_name = "TASK")]
    name: String,
    /// The number of the run; by default that of the latest.
    #[arg(value_name = "RUN")]
    run: Option<i64>,
    /// Go on with what it says until it has ended.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl TaskCommand {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::List(remote) => {
                let tasks = Remote::new(remote, config)?.get(PATH).await?;
                if output.json { Ok(output::json(&tasks)?) } else { tell(&tasks) }
            }
            Self::Run(one) => act(one, "run", "is told to run", (config, output)).await,
            Self::Cancel(one) => act(one, "cancel", "is told to stop", (config, output)).await,
            Self::Pause(one) => act(one, "pause", "rests", (config, output)).await,
            Self::Resume(one) => act(one, "resume", "goes on", (config, output)).await,
            Self::Log(log) => log.tell(config, output).await,
        }
    }
}

async fn act(
    One { name, remote }: One,
    verb: &str,
    told: &str,
    (config, output): (&Config, Output),
) -> anyhow::Result<()> {
    let told = format!("The task {name} {told}.");
    remote::act((remote, config), (address_of(PATH, &name), verb), told, output).await
}

fn tell(tasks: &Value) -> anyhow::Result<()> {
    let tasks = tasks.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
    let header = ["task", "state", "does", "schedule", "last begun", "outcome", "took", "next"];
    let rows = tasks.iter().map(|task| {
        let last = task.pointer("/runs/0").cloned().unwrap_or(Value::Null);
        let took = last.get("duration_s").and_then(Value::as_f64);
        [
            text(task, "name"),
            text(task, "state"),
            text(task, "what"),
            text(task, "schedule"),
            text(&last, "started_at"),
            text(&last, "outcome"),
            took.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1} s")),
            text(task, "next_at"),
        ]
    });
    Ok(output::table(header, rows)?)
}

impl Log {
    async fn tell(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let remote = Remote::new(self.remote, config)?;
        let address = address_of(PATH, &self.name);
        let run = if let Some(run) = self.run {
            run
        } else {
            let runs = remote.get(&format!("{address}runs/?limit=1")).await?;
            let latest = runs.pointer("/results/0/id").and_then(Value::as_i64);
            latest.ok_or_else(|| anyhow::anyhow!("The task {} has not run yet.", self.name))?
        };
        let mut after = 0;
        loop {
            let log = remote.get(&format!("{address}runs/{run}/log/?after={after}")).await?;
            let lines = log.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
            for line in &lines {
                if output.json {
                    output::line(line)?;
                } else {
                    let (at, level, said) =
                        (text(line, "at"), text(line, "level"), text(line, "text"));
                    output::line(format_args!("{at} {level:<5} {said}"))?;
                }
            }
            let last = lines.last().and_then(|line| line.get("line")?.as_i64());
            after = last.unwrap_or(after);
            let outcome = log.pointer("/run/outcome").filter(|outcome| !outcome.is_null());
            match outcome {
                Some(_) if !lines.is_empty() => {}
                Some(outcome) if self.follow && !output.json => {
                    let outcome = outcome.as_str().unwrap_or_default();
                    return Ok(output::line(format_args!("The run has ended: {outcome}."))?);
                }
                Some(_) => return Ok(()),
                None if self.follow => tokio::time::sleep(LOOK_EVERY).await,
                None if lines.is_empty() => return Ok(()),
                None => {}
            }
        }
    }
}
