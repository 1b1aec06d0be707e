//! `domesday webhook`: who is told what happens by a running server, asked over HTTP as whoever holds
//! the token.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::output::{self, Output};
use super::remote::{self, Remote, RemoteArgs, address_of, text};
use crate::config::Config;

const PATH: &str = "/api/-/webhooks/";

/// Look at who is told what happens, and see to what was given up.
#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    /// Tell of all webhooks, and how it goes with them.
    #[command(after_help = "Example:\n  DOMESDAY_TOKEN=domesday_… domesday webhook list")]
    List(RemoteArgs),
    /// Tell which deliveries were given up, the oldest first.
    #[command(after_help = "Examples:\n  domesday webhook dead cmdb\n  \
                            domesday webhook dead cmdb --subject server/17 --json")]
    Dead(Dead),
    /// Have dead deliveries sent again: one, or all that are meant.
    #[command(after_help = "Examples:\n  domesday webhook replay cmdb 12\n  \
                            domesday webhook replay cmdb --all\n  \
                            domesday webhook replay cmdb --all --subject server/17")]
    Replay(Meant),
    /// Let go of dead deliveries: of one, or of all that are meant.
    #[command(after_help = "Examples:\n  domesday webhook discard cmdb 12\n  \
                            domesday webhook discard cmdb --all --event-type domesday.record.deleted")]
    Discard(Meant),
    /// Send a ping, behind all that waits.
    #[command(after_help = "Example:\n  domesday webhook test cmdb")]
    Test(One),
    /// Have a webhook rest; what happens meanwhile waits.
    #[command(after_help = "Example:\n  domesday webhook pause cmdb")]
    Pause(One),
    /// Have a webhook that rests go on.
    #[command(after_help = "Example:\n  domesday webhook resume cmdb")]
    Resume(One),
    /// Forget a webhook that the configuration names no more, and all that waits for it.
    #[command(after_help = "Example:\n  domesday webhook forget cmdb")]
    Forget(One),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The name of the webhook.
    #[arg(value_name = "WEBHOOK")]
    name: String,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only those of events of this type.
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// Only those of events of this subject, such as server/17.
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Dead {
    /// The name of the webhook.
    #[arg(value_name = "WEBHOOK")]
    name: String,
    /// Those above the number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(super) struct Meant {
    /// The name of the webhook.
    #[arg(value_name = "WEBHOOK")]
    name: String,
    /// The number of the delivery.
    #[arg(value_name = "NUMBER", required_unless_present = "all")]
    id: Option<u64>,
    /// All of them, or all of a type or subject.
    #[arg(long, conflicts_with = "id")]
    all: bool,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl WebhookCommand {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::List(remote) => {
                let webhooks = Remote::new(remote, config)?.get(PATH).await?;
                if output.json { Ok(output::json(&webhooks)?) } else { tell(&webhooks) }
            }
            Self::Dead(dead) => dead.tell(config, output).await,
            Self::Replay(meant) => meant.replay(config, output).await,
            Self::Discard(meant) => meant.discard(config, output).await,
            Self::Test(one) => act(one, "test", "is sent a ping", (config, output)).await,
            Self::Pause(one) => act(one, "pause", "rests", (config, output)).await,
            Self::Resume(one) => act(one, "resume", "goes on", (config, output)).await,
            Self::Forget(One { name, remote }) => {
                Remote::new(remote, config)?.delete(&address_of(PATH, &name)).await?;
                Ok(output::note(format_args!("The webhook {name} is forgotten."))?)
            }
        }
    }
}

async fn act(
    One { name, remote }: One,
    verb: &str,
    told: &str,
    (config, output): (&Config, Output),
) -> anyhow::Result<()> {
    let told = format!("The webhook {name} {told}.");
    remote::act((remote, config), (address_of(PATH, &name), verb), told, output).await
}

impl Which {
    /// As parameters, behind others.
    fn parameters(&self, others: &[(&str, String)]) -> String {
        let mut written = form_urlencoded::Serializer::new(String::new());
        written.extend_pairs(others);
        for (name, value) in [("event_type", &self.event_type), ("subject", &self.subject)] {
            if let Some(value) = value {
                written.append_pair(name, value);
            }
        }
        let written = written.finish();
        if written.is_empty() { written } else { format!("?{written}") }
    }
}

fn results(of: &Value) -> Vec<Value> {
    of.get("results").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn tell(webhooks: &Value) -> anyhow::Result<()> {
    let header =
        ["webhook", "state", "receiver", "behind", "waiting", "dead", "last taken", "last error"];
    let members =
        ["name", "state", "receiver", "behind", "waiting", "dead", "last_success_at", "last_error"];
    let rows = results(webhooks).into_iter().map(|one| members.map(|member| text(&one, member)));
    Ok(output::table(header, rows)?)
}

impl Dead {
    async fn tell(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let remote = Remote::new(self.remote, config)?;
        let parameters = self.which.parameters(&[("after", self.after.to_string())]);
        let dead =
            remote.get(&format!("{}dead/{parameters}", address_of(PATH, &self.name))).await?;
        if output.json {
            return Ok(output::json(&dead)?);
        }
        let header = ["number", "event", "type", "subject", "tries", "given up", "last answer"];
        let members = ["id", "event", "event_type", "subject", "attempts", "dead_at", "answer"];
        let found = results(&dead);
        let last = found.last().map(|one| text(one, "id")).unwrap_or_default();
        output::table(header, found.iter().map(|one| members.map(|member| text(one, member))))?;
        if dead.get("next").is_some_and(|next| !next.is_null()) {
            output::note(format_args!("There are more: --after {last}"))?;
        }
        Ok(())
    }
}

impl Meant {
    fn path(&self, of_all: &str, of_one: &str) -> String {
        let dead = format!("{}dead/", address_of(PATH, &self.name));
        match self.id {
            Some(id) => format!("{dead}{id}/{of_one}"),
            None => format!("{dead}{of_all}{}", self.which.parameters(&[])),
        }
    }

    async fn replay(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let path = self.path("replay/", "replay/");
        let replayed = Remote::new(self.remote, config)?.post(&path).await?;
        if output.json {
            return Ok(output::json(&replayed)?);
        }
        let count = text(&replayed, "count");
        Ok(output::line(format_args!("Deliveries that are sent again: {count}."))?)
    }

    async fn discard(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let path = self.path("", "");
        Remote::new(self.remote, config)?.delete(&path).await?;
        if output.json {
            return Ok(());
        }
        Ok(output::line("They are discarded.")?)
    }
}
