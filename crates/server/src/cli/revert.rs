//! `domesday revert`: changes taken back, by new ones.

use anyhow::anyhow;
use app::Error;
use app::submit::Outcome;
use clap::Subcommand;
use domain::record::{CommitNumber, RecordId, Revision};

use super::export::find_type;
use super::output::{self, Output};
use crate::config::Config;
use crate::wire;

/// Take changes back, by new ones; what has changed since is not overwritten.
#[derive(Debug, Subcommand)]
pub(super) enum Revert {
    /// Take back all changes of a commit.
    #[command(after_help = "Example:\n  domesday revert commit 4711 --reason 'wrong spreadsheet'")]
    Commit {
        /// Its number, as `history list` has it.
        number: i64,
        /// Why, as history shall tell it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Make a record what it was at a revision; one that was deleted comes back.
    #[command(after_help = "Example:\n  domesday revert record server 3 --to-revision 4")]
    Record {
        /// Its type, such as server.
        #[arg(value_name = "TYPE")]
        type_name: String,
        /// Its id.
        id: i64,
        /// The revision.
        #[arg(long, value_name = "N")]
        to_revision: i64,
        /// Why, as history shall tell it.
        #[arg(long)]
        reason: Option<String>,
    },
}

impl Revert {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = wire::open_existing(config).await?;
        let done = match self {
            Self::Commit { number, reason } => {
                let ctx = wire::context(&app, reason);
                app.revert_commit(&ctx, CommitNumber(number)).await
            }
            Self::Record { type_name, id, to_revision, reason } => {
                let of = find_type(&app.schema, &type_name)?.index;
                let ctx = wire::context(&app, reason);
                app.revert_record(&ctx, of, RecordId(id), Revision(to_revision)).await
            }
        };
        match done {
            Ok(outcome) => tell(&outcome, output),
            Err(error) => Err(refused(error)?),
        }
    }
}

fn tell(outcome: &Outcome, output: Output) -> anyhow::Result<()> {
    let commit = outcome.commit.as_ref().map(|commit| commit.number.0);
    let Outcome { added, updated, deleted, .. } = outcome;
    if output.json {
        let changes = added + updated + deleted;
        output::json(&serde_json::json!({ "commit": commit, "changes": changes }))?;
        return Ok(());
    }
    match commit {
        None => output::line("There was nothing to take back.")?,
        Some(number) => {
            output::line(format_args!("Added {added}, updated {updated}, deleted {deleted}."))?;
            output::line(format_args!("Commit {number}."))?;
        }
    }
    Ok(())
}

/// Tells what stands in the way, and gives the error that ends the program.
fn refused(error: Error) -> anyhow::Result<anyhow::Error> {
    let Error::Conflict(conflicts) = &error else {
        return Ok(error.into());
    };
    for conflict in conflicts {
        for obstacle in &conflict.obstacles {
            let field = obstacle.field.as_ref().map(|field| format!(", {field}"));
            let (type_name, id) = (&conflict.type_name, conflict.id);
            let field = field.unwrap_or_default();
            output::note(format_args!("{type_name} {id}{field}: {}", obstacle.why))?;
        }
    }
    Ok(anyhow!("nothing was taken back: something else has changed since"))
}
