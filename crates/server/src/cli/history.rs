//! `domesday history`: what was changed, whether that is still what was written, and how long it is
//! kept.

use anyhow::anyhow;
use app::App;
use app::audit::label;
use app::encode::PastEncoder;
use app::past::{Bounds, HISTORY_PAGE_MAX, ToldEntry};
use clap::{Args, Subcommand};
use domain::history::{ChangeKind, Hash, Question, field_changes, hex, parse_hash};
use domain::moment::{Moment, Span};
use domain::record::{CommitNumber, RecordId};
use domain::schema::Schema;
use domain::value::datetime_text;

use super::export::find_type;
use super::output::{self, Output};
use super::past::{base_url, context, json_list, moment, moment_or_none, tell_changes};
use crate::config::Config;
use crate::wire;

/// Look at the history, prove it, and let old parts of it go.
#[derive(Debug, Subcommand)]
pub(super) enum History {
    /// List changes, the newest first.
    #[command(after_help = "Examples:\n  domesday history list --limit 5\n  \
                            domesday history list --type server --id 3\n  \
                            domesday history list --actor alice --after yesterday --field state")]
    List(List),
    /// Prove that the history is what was once written.
    ///
    /// Each commit has a hash over its content and the hash before it, so that nothing can be
    /// altered, added or left out unseen. Somebody who rewrites all of it is found by a hash that
    /// was kept elsewhere: the log tells that of each commit.
    #[command(after_help = "Examples:\n  domesday history verify\n  \
                            domesday history verify --expect 4711:$HASH --json")]
    Verify {
        /// A commit's number and its hash, as somebody noted it then.
        #[arg(long, value_name = "N:HASH", value_parser = expected)]
        expect: Vec<(i64, Hash)>,
    },
    /// Let the changes of old commits go, and keep how each record stood then.
    ///
    /// What is folded can be asked for no more, neither by history nor as of a moment before. The
    /// chain of hashes stays whole.
    #[command(after_help = "Examples:\n  domesday history fold --keep 3y --dry-run\n  \
                            domesday history fold --before 2024-01-01")]
    Fold(Fold),
}

/// List changes, the newest first.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only of this type, today's or one that is gone.
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// Only of the record with this id.
    #[arg(long, requires = "type_name", value_parser = clap::value_parser!(i64).range(1..))]
    id: Option<i64>,
    /// Only by this user.
    #[arg(long, value_name = "USER")]
    actor: Option<String>,
    /// Only through this: api, cli, import.
    #[arg(long)]
    origin: Option<String>,
    /// Only what gave this field another value.
    #[arg(long)]
    field: Option<String>,
    /// Only what has this text in its reason or in a value.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only of this commit.
    #[arg(long, value_name = "N", conflicts_with_all = ["after", "before"],
        value_parser = clap::value_parser!(i64).range(1..i64::MAX))]
    commit: Option<i64>,
    /// Only of the request with this id.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Only after a commit, or at a time or later: 4711, yesterday, 2026-01-31, 30d.
    #[arg(long, value_name = "MOMENT")]
    after: Option<String>,
    /// Only before a commit or a time.
    #[arg(long, value_name = "MOMENT")]
    before: Option<String>,
    /// The most changes.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Let the changes of old commits go.
#[derive(Debug, Args)]
pub(super) struct Fold {
    /// How long changes are kept: 90d, 6mo, 3y.
    #[arg(long, value_name = "TIME", value_parser = keep, required_unless_present = "before")]
    keep: Option<Span>,
    /// The first moment that is kept: a commit's number, a time, a day.
    #[arg(long, value_name = "MOMENT", conflicts_with = "keep")]
    before: Option<String>,
    /// Write nothing; tell what would go.
    #[arg(long)]
    dry_run: bool,
}

fn keep(text: &str) -> Result<Span, String> {
    Span::parse_days(text).ok_or_else(|| "give a day or more such as 90d, 6mo or 3y".to_owned())
}

/// `17:9f86d0…`
fn expected(text: &str) -> Result<(i64, Hash), String> {
    let wrong = || "give a commit's number and its hash, such as 17:9f86d0…".to_owned();
    let (number, digits) = text.split_once(':').ok_or_else(wrong)?;
    let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    Ok((number, parse_hash(digits).ok_or_else(wrong)?))
}

impl History {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = wire::open_existing(config).await?;
        match self {
            Self::List(list) => list.run(&app, config, output).await,
            Self::Verify { expect } => verify(&app, expect, output).await,
            Self::Fold(fold) => fold.run(&app, output).await,
        }
    }
}

impl List {
    async fn run(self, app: &App, config: &Config, output: Output) -> anyhow::Result<()> {
        let wanted = self.limit;
        let question = self.question(app).await?;
        let (ctx, mut entries, mut place) = (context(app), Vec::new(), None);
        while entries.len() < wanted {
            let more = wanted.saturating_sub(entries.len());
            let limit = u32::try_from(more).unwrap_or(u32::MAX).min(HISTORY_PAGE_MAX);
            let page = app.history(&ctx, question.clone(), place, limit).await?;
            entries.extend(page.entries);
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        if output.json {
            let base_url = base_url(config);
            let encoder = PastEncoder { schema: &app.schema, base_url: &base_url };
            return json_list(&entries, |told, out| encoder.entry(told, false, out));
        }
        entries.iter().try_for_each(|told| tell(&app.schema, told))
    }

    async fn question(self, app: &App) -> anyhow::Result<Question> {
        let after = moment_or_none(app, "--after", self.after.as_deref())?;
        let before = moment_or_none(app, "--before", self.before.as_deref())?;
        let type_name = match self.type_name {
            None => None,
            Some(name) => match find_type(&app.schema, &name) {
                Ok(of) => Some(of.name.to_string()),
                // One that is gone has its history all the same.
                Err(_) if app.was_type(&context(app), &name).await? => Some(name),
                Err(unknown) => return Err(unknown.into()),
            },
        };
        let Bounds { after, before } = match self.commit.map(CommitNumber) {
            Some(only) => Bounds::only(only),
            None => app.bounds(&context(app), after, before).await?,
        };
        Ok(Question {
            type_name,
            id: self.id.map(RecordId),
            actor: self.actor,
            origin: self.origin,
            request_id: self.request_id,
            after,
            before,
            field: self.field,
            search: self.search,
            snapshot: false,
        })
    }
}

/// A change as people read it.
fn tell(schema: &Schema, told: &ToldEntry) -> anyhow::Result<()> {
    let (commit, change) = (&told.entry.commit, &told.entry.entry);
    let values = told.after.as_ref().or(told.before.as_ref());
    let key = values.and_then(|values| label(schema, &change.type_name, values));
    let name = key.map(|key| format!(" {key}")).unwrap_or_default();
    let reason = commit.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    output::line(format_args!(
        "{}  {}  {}  {} {} {}{name}{reason}",
        commit.number,
        datetime_text(commit.at),
        commit.actor,
        told.kind.word(),
        change.type_name,
        change.id,
    ))?;
    if told.kind == ChangeKind::Updated {
        let of = schema.named(&change.type_name);
        tell_changes(of, &field_changes(told.before.as_ref(), told.after.as_ref()))?;
    }
    Ok(())
}

async fn verify(app: &App, expect: Vec<(i64, Hash)>, output: Output) -> anyhow::Result<()> {
    let expect = expect.into_iter().map(|(number, hash)| (CommitNumber(number), hash)).collect();
    let bar = output::bar(0);
    let shown = bar.clone();
    let progress = move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    };
    let verified = app.history_verify(&context(app), expect, progress).await;
    bar.finish_and_clear();
    let verified = verified?;
    let (commits, hash) = (verified.last.number.0, hex(&verified.last.hash));
    let Some(broken) = verified.broken else {
        if output.json {
            output::json(&serde_json::json!({ "fits": true, "commits": commits, "hash": hash }))?;
        } else {
            output::line(format_args!("The history fits: {commits} commits, the last {hash}."))?;
        }
        return Ok(());
    };
    let (number, why) = (broken.number, broken.why);
    if output.json {
        let told = serde_json::json!({
            "fits": false,
            "commits": commits,
            "hash": hash,
            "commit": number.0,
            "reason": why.to_string(),
        });
        output::json(&told)?;
    }
    Err(anyhow!("the history does not fit, first at commit {number}: {why}"))
}

impl Fold {
    async fn run(self, app: &App, output: Output) -> anyhow::Result<()> {
        let before = match (self.keep, &self.before) {
            (Some(keep), _) => {
                let now = app.clock.now();
                Moment::At(keep.before(now).unwrap_or(domain::record::Timestamp::UNIX_EPOCH))
            }
            (None, text) => moment(app, "--before", text.as_deref().unwrap_or_default())?,
        };
        let plan = app.fold_plan(before).await?;
        let folded = match &plan {
            Some(plan) if !self.dry_run => app.fold(&context(app), plan.to).await?,
            _ => None,
        };
        let commit = folded.map(|commit| commit.number.0);
        if output.json {
            output::json(&serde_json::json!({
                "to": plan.as_ref().map(|plan| plan.to.0),
                "commits": plan.as_ref().map_or(0, |plan| plan.commits),
                "changes": plan.as_ref().map_or(0, |plan| plan.changes),
                "held_by": plan.as_ref().and_then(|plan| plan.held_by.as_deref()),
                "commit": commit,
            }))?;
            return Ok(());
        }
        match plan {
            None => output::line("There is nothing to fold.")?,
            Some(plan) => {
                let verb = if self.dry_run { "Would fold" } else { "Folded" };
                let (to, commits, changes) = (plan.to, plan.commits, plan.changes);
                output::line(format_args!(
                    "{verb} {commits} commits up to {to}, with {changes} changes."
                ))?;
                if let Some(cursor) = &plan.held_by {
                    output::line(format_args!(
                        "Later ones stay: {cursor} has not told of them to the outside yet."
                    ))?;
                }
            }
        }
        if let Some(number) = commit {
            output::line(format_args!("Commit {number}."))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_expected_of_a_commit() {
        let digits = "0f".repeat(32);
        assert_eq!(expected(&format!("17:{digits}")), Ok((17, [15; 32])));
        for text in ["", "17", "17:", "x:0f", &format!("0:{digits}"), &format!("1:{digits}0")] {
            assert!(expected(text).is_err(), "{text}");
        }
        assert!(expected(&format!("1:{}", "é".repeat(32))).is_err());
        assert!(expected(&format!("1:{}", "zz".repeat(32))).is_err());
    }
}
