//! `domesday diff`: what differs between two moments.

use app::App;
use app::diff::{DiffRequest, Difference};
use app::encode::{PastEncoder, display};
use clap::Args;
use domain::filter::{filter, search};
use domain::history::ChangeKind;
use domain::query::Expr;
use domain::schema::{Schema, TypeIndex};

use super::export::find_type;
use super::import::pair;
use super::output::{self, Output, Usage};
use super::past::{base_url, commit_of, context, json_list, tell_changes};
use crate::config::Config;
use crate::wire;

/// Records that are compared at once.
const AT_ONCE: u32 = 1_000;

/// Tell which records differ between two moments, and how.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    domesday diff --from yesterday\n  \
    domesday diff server --from 2026-01-31 --to 2026-02-28 --filter dc__name=iad1\n  \
    domesday diff --from 4711 --to 4712 --json")]
pub(super) struct Diff {
    /// The type of the records, such as server; all of them, if nothing is said.
    #[arg(value_name = "TYPE")]
    type_name: Option<String>,
    /// The first moment: a commit's number, a time, a day, yesterday, 30d.
    #[arg(long, value_name = "MOMENT")]
    from: String,
    /// The second moment; now, if nothing is said.
    #[arg(long, value_name = "MOMENT", default_value = "now", hide_default_value = true)]
    to: String,
    /// Only records that this was true of at one of the moments: `dc__name=iad1`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "type_name")]
    filter: Vec<(String, String)>,
    /// Only records that held these words at one of the moments.
    #[arg(long, value_name = "TEXT", requires = "type_name")]
    search: Option<String>,
}

impl Diff {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let schema = wire::schema(config)?;
        let (types, filter) = self.records(&schema)?;
        let app = wire::open_existing(config).await?;
        let mut request = DiffRequest {
            types,
            filter,
            from: commit_of(&app, "--from", &self.from).await?,
            to: match self.to.as_str() {
                // The last commit may be later than this clock, by that of another machine.
                "now" => app.last_commit(&context(&app)).await?,
                text => commit_of(&app, "--to", text).await?,
            },
            behind: None,
            limit: AT_ONCE,
        };
        let mut all = Vec::new();
        loop {
            let page = app.diff(&context(&app), request.clone()).await?;
            if output.json {
                all.extend(page.differences);
            } else {
                page.differences.iter().try_for_each(|difference| tell(&app, difference))?;
            }
            request.behind = page.next;
            if request.behind.is_none() {
                break;
            }
        }
        if output.json {
            let base_url = base_url(config);
            let encoder = PastEncoder { schema: &app.schema, base_url: &base_url };
            json_list(&all, |difference, out| encoder.difference(difference, out))?;
        }
        Ok(())
    }

    fn records(&self, schema: &Schema) -> Result<(Vec<TypeIndex>, Expr), Usage> {
        let Some(name) = &self.type_name else {
            return Ok((schema.types().iter().map(|of| of.index).collect(), Expr::all()));
        };
        let of = find_type(schema, name)?;
        let named = filter(of, schema, &self.filter).map_err(|faults| Usage(faults.to_string()))?;
        let filter = match self.search.as_deref().map(search) {
            Some(words) => Expr::And(vec![named, words]),
            None => named,
        };
        Ok((vec![of.index], filter))
    }
}

fn tell(app: &App, difference: &Difference) -> anyhow::Result<()> {
    let of = app.schema.get(difference.type_index);
    let (before, after) = (difference.before.as_ref(), difference.after.as_ref());
    let kind = ChangeKind::between(before, after);
    let key = after.or(before).map(|record| display(of, record)).unwrap_or_default();
    output::line(format_args!("{} {} {} {key}", kind.sign(), of.name, difference.id))?;
    if kind == ChangeKind::Updated {
        let encoder = PastEncoder { schema: &app.schema, base_url: "" };
        tell_changes(Some(of), &encoder.changes(of, difference))?;
    }
    Ok(())
}
