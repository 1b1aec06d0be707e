//! `domesday review`: the queue, a change request beside the register, and decisions on it.

mod compare;

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{bail, ensure};
use app::encode::RequestEncoder;
use app::review::{Act, Acted, Asked, RequestQuestion, ToldRequest};
use app::{App, Context};
use clap::{Args, Subcommand};
use domain::record::RecordId;
use domain::review::State;
use domain::value::datetime_text;

use super::export::find_type;
use super::output::{self, Output, Usage};
use super::past::{base_url, json_list};
use crate::config::Config;
use crate::wire;

/// Look at changes that wait, and decide on them.
#[derive(Debug, Subcommand)]
pub(super) enum Review {
    /// List change requests, the newest first.
    #[command(after_help = "Examples:\n  domesday review list\n  \
                            domesday review list --awaiting bob\n  \
                            domesday review list --state approved --type server --record 3")]
    List(List),
    /// Show a change request beside the register as it is now.
    #[command(after_help = "Example:\n  domesday review show 17")]
    Show {
        /// Its number.
        number: i64,
    },
    /// Agree to a change request; the last that is wanted applies it.
    #[command(after_help = "Examples:\n  domesday review approve 17 --as bob\n  \
                            domesday review approve 17 --as bob --etag 1.9f86d081884c7d65")]
    Approve(Decide),
    /// Turn a change request down.
    #[command(
        after_help = "Example:\n  domesday review reject 17 --as bob --comment 'Not before May'"
    )]
    Reject(Decide),
}

/// List change requests, the newest first.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only in these states, parted by commas: open, pending, on-hold, approved, rejected,
    /// withdrawn, expired.
    #[arg(long, value_name = "STATES", default_value = "open")]
    state: String,
    /// Only asked for by this user.
    #[arg(long, value_name = "USER")]
    requester: Option<String>,
    /// Only those that this user is asked to decide.
    #[arg(long, value_name = "USER")]
    reviewer: Option<String>,
    /// Only those that are for this user to decide.
    #[arg(long, value_name = "USER")]
    awaiting: Option<String>,
    /// Only about records of this type.
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// Only about the record with this id.
    #[arg(long, value_name = "ID", requires = "type_name",
        value_parser = clap::value_parser!(i64).range(1..))]
    record: Option<i64>,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

/// A decision.
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The number of the change request.
    number: i64,
    /// Who decides: a user who may; whoever holds the database, if nothing is said.
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// The tag of what was shown, so that nothing else is decided on.
    #[arg(long, value_name = "TAG", conflicts_with = "yes")]
    etag: Option<String>,
    /// Decide on what is there now, without asking.
    #[arg(long)]
    yes: bool,
}

impl Review {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = wire::open_existing(config).await?;
        let base_url = base_url(config);
        let encoder = RequestEncoder { schema: &app.schema, base_url: &base_url };
        match self {
            Self::List(list) => list.run(&app, &encoder, output).await,
            Self::Show { number } => {
                let told = find(&app, &wire::context(&app, None), number).await?;
                tell(&app, &encoder, &told, output)
            }
            Self::Approve(decide) => decide.run(&app, &encoder, Asked::Approve, output).await,
            Self::Reject(decide) => decide.run(&app, &encoder, Asked::Reject, output).await,
        }
    }
}

impl List {
    async fn run(
        self,
        app: &App,
        encoder: &RequestEncoder<'_>,
        output: Output,
    ) -> anyhow::Result<()> {
        let ctx = wire::context(app, None);
        let ctx = match &self.awaiting {
            Some(user) => app.acting_as(&ctx, user).await?,
            None => ctx,
        };
        let limit = self.limit;
        let page = app.requests(&ctx, self.question(app)?, limit).await?;
        if output.json {
            return json_list(&page.requests, |listed, out| encoder.listed(listed, out));
        }
        if page.requests.is_empty() {
            return Ok(output::line("No change requests.")?);
        }
        let rows = page.requests.into_iter().map(|listed| {
            [
                listed.number.to_string(),
                listed.state.word().to_owned(),
                listed.requester,
                datetime_text(listed.created_at).chars().take(16).collect::<String>(),
                listed.title,
            ]
        });
        output::table(["number", "state", "requester", "since", "title"], rows)?;
        if page.next.is_some() {
            output::note(format_args!("There are more: --limit, or ask for less."))?;
        }
        Ok(())
    }

    fn question(self, app: &App) -> Result<RequestQuestion, Usage> {
        let mut states = Vec::new();
        for word in self.state.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match (word, State::of_word(word)) {
                ("open", _) => states.extend(State::ALL.into_iter().filter(|one| one.is_open())),
                ("all", _) => states.extend(State::ALL),
                (_, Some(state)) => states.push(state),
                (_, None) => return Err(Usage(format!("there is no state {word}"))),
            }
        }
        if let Some(name) = &self.type_name {
            find_type(&app.schema, name)?;
        }
        Ok(RequestQuestion {
            states,
            requester: self.requester,
            reviewer: self.reviewer,
            type_name: self.type_name,
            id: self.record.map(RecordId),
            awaiting: self.awaiting,
            before: None,
        })
    }
}

impl Decide {
    async fn run(
        self,
        app: &App,
        encoder: &RequestEncoder<'_>,
        asked: Asked,
        output: Output,
    ) -> anyhow::Result<()> {
        let ctx = wire::context(app, None);
        let ctx = match &self.user {
            Some(user) => app.acting_as(&ctx, user).await?,
            None => ctx,
        };
        let number = self.number;
        let if_match = match &self.etag {
            Some(tag) => tag.trim_matches('"').to_owned(),
            None => self.seen(app, encoder, &ctx, asked.event().word()).await?,
        };
        let act = Act { number, asked, if_match: Some(if_match), comment: self.comment };
        let Acted { told, commit } = app.request_act(&ctx, act).await?;
        if output.json {
            let mut out = String::new();
            encoder.told(&told, &mut out);
            return Ok(output::line(out)?);
        }
        let (state, approvals) = (told.request.standing.state, told.approved_by);
        match (state, commit) {
            (State::Pending, _) => {
                let (has, wanted) = (approvals.len(), told.approvals);
                output::line(format_args!("Change request {number}: {has} of {wanted} agree."))?;
            }
            (state, Some(commit)) => {
                let commit = commit.number;
                output::line(format_args!(
                    "Change request {number} is {}: commit {commit}.",
                    state.word()
                ))?;
            }
            (state, None) => {
                output::line(format_args!("Change request {number} is {}.", state.word()))?;
            }
        }
        Ok(())
    }

    /// The tag of what is there, once somebody at the terminal has seen it and said yes.
    async fn seen(
        &self,
        app: &App,
        encoder: &RequestEncoder<'_>,
        ctx: &Context,
        verb: &str,
    ) -> anyhow::Result<String> {
        let told = find(app, ctx, self.number).await?;
        if self.yes {
            return Ok(told.etag);
        }
        if !std::io::stdin().is_terminal() {
            bail!(Usage(
                "say what you decide on, by --etag as `review show` tells it, or --yes".to_owned()
            ));
        }
        tell(app, encoder, &told, Output { json: false })?;
        output::note(format_args!("\n{verb} this? [y/N]"))?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        ensure!(matches!(line.trim(), "y" | "Y" | "yes"), "nothing was decided");
        Ok(told.etag)
    }
}

async fn find(app: &App, ctx: &Context, number: i64) -> anyhow::Result<ToldRequest> {
    let found = app.request(ctx, number).await?;
    found.ok_or_else(|| anyhow::anyhow!("there is no change request {number}"))
}

fn tell(
    app: &App,
    encoder: &RequestEncoder<'_>,
    told: &ToldRequest,
    output: Output,
) -> anyhow::Result<()> {
    if output.json {
        let mut out = String::new();
        encoder.told(told, &mut out);
        return Ok(output::line(out)?);
    }
    compare::tell(&app.schema, told)
}
