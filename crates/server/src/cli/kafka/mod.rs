//! `domesday kafka`: what comes from Kafka, and what goes there.

mod letters;
mod message;
mod produce;
mod snapshot;
mod sources;

use clap::Subcommand;

use super::output::Output;
use crate::config::Config;

/// Look at sources of messages, see to those that could not be taken in, and to what goes to Kafka.
#[derive(Debug, Subcommand)]
pub(super) enum KafkaCommand {
    /// Tell of all sources, and how each goes.
    #[command(after_help = "Example:\n  DOMESDAY_TOKEN=domesday_… domesday kafka sources")]
    Sources(super::remote::RemoteArgs),
    /// Tell how far behind the partitions of sources are, and who reads them.
    #[command(after_help = "Examples:\n  domesday kafka lag\n  domesday kafka lag cmdb")]
    Lag(sources::Lag),
    /// List dead letters: messages that could not be taken in.
    #[command(after_help = "Examples:\n  domesday kafka letters cmdb\n  \
                            domesday kafka letters cmdb --reason 'no such' --limit 500")]
    Letters(letters::List),
    /// Take dead letters in again, once what was wrong is mended.
    #[command(after_help = "Examples:\n  domesday kafka replay cmdb 17\n  \
                            domesday kafka replay cmdb --reason 'no such site'\n  \
                            domesday kafka replay cmdb --all")]
    Replay(letters::Chosen),
    /// Throw dead letters away.
    #[command(after_help = "Examples:\n  domesday kafka discard cmdb 17\n  \
                            domesday kafka discard cmdb --all")]
    Discard(letters::Chosen),
    /// Write records as messages of a source, for trying it: JSON, an object a line.
    #[command(after_help = "Examples:\n  \
                            echo '{\"name\": \"web1\", \"status\": \"active\"}' | domesday kafka produce cmdb\n  \
                            domesday export server --format jsonl | domesday kafka produce cmdb\n  \
                            domesday kafka produce cmdb messages.jsonl --raw")]
    Produce(produce::Produce),
    /// Have the topic of how records stand filled with all that are there.
    #[command(after_help = "Examples:\n  DOMESDAY_TOKEN=domesday_… domesday kafka snapshot\n  \
                            domesday kafka snapshot --type server --json")]
    Snapshot(snapshot::Snapshot),
}

impl KafkaCommand {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Sources(remote) => sources::list(remote, config, output).await,
            Self::Lag(lag) => lag.tell(config, output).await,
            Self::Letters(list) => list.tell(config, output).await,
            Self::Replay(chosen) => chosen.replay(config, output).await,
            Self::Discard(chosen) => chosen.discard(config, output).await,
            Self::Produce(produce) => produce.run(config, output).await,
            Self::Snapshot(snapshot) => snapshot.run(config, output).await,
        }
    }
}
