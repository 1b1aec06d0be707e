//! Plots of how many records have each value: counted once for all who see the same, and kept under the
//! heads that the rows were read with, since counting reads every record.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::Context;
use app::freshness::Witness;
use domain::freshness::{Depends, Heads, Key, Question};
use domain::schema::{Field, Kind, Type};

use super::front_show::plan;
use super::shell::{list_path, plural_label};
use crate::edge::Edge;
use crate::error::ApiError;

/// Bars of a plot.
const BARS: u32 = 12;
/// Plots of a type.
const PLOTS: usize = 6;
/// The most that are kept, each a few kilobytes: one for all who see the same. Then all are let go,
/// most of which are of what was.
const KEPT_MAX: usize = 64;

/// How many records of a type have each value of a field.
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
}

/// A number, and where it leads.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) count: u64,
    pub(super) href: String,
}

/// Plots that have been made.
#[derive(Default)]
pub(crate) struct KeptPlots(Mutex<HashMap<Key, Arc<[Plot]>>>);

impl KeptPlots {
    fn find(&self, key: Key) -> Option<Arc<[Plot]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone)
    }

    fn keep(&self, key: Key, plots: &Arc<[Plot]>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, Arc::clone(plots));
    }
}

/// A plot for each of the first fields that sort the records of a type into some few kinds.
pub(super) async fn of(edge: &Edge, ctx: &Context, of: &Type) -> Result<Arc<[Plot]>, ApiError> {
    let question = Question {
        depends: Depends::Type(of.index),
        audience: ctx.access.audience(edge.schema()),
        base_url: "",
        address: "plots",
        moments: &[],
        form: "",
        coding: "",
    };
    let key = |heads: &Heads| edge.maker.key(heads, &question);
    if let Some(plots) = edge.plots.find(key(&edge.app.stand().await?.heads)) {
        return Ok(plots);
    }
    let witness = Arc::new(Witness::default());
    let ctx = Context { witness: Some(Arc::clone(&witness)), ..ctx.clone() };
    let plots: Arc<[Plot]> = counted(edge, &ctx, of).await?.into();
    // Where somebody wrote meanwhile, they may show no one moment.
    if let Some(heads) = witness.heads() {
        edge.plots.keep(key(&heads), &plots);
    }
    Ok(plots)
}

async fn counted(edge: &Edge, ctx: &Context, of: &Type) -> Result<Vec<Plot>, ApiError> {
    let sorts = |field: &&Field| matches!(field.kind, Kind::Ref { .. } | Kind::Choice(_));
    let mut plots = Vec::new();
    for field in of.fields.iter().filter(sorts).take(PLOTS) {
        let tally = edge.app.tally(ctx, plan(of), field.index, BARS).await?;
        let bars = tally.into_iter().map(|counted| Bar {
            href: format!("{}?{}={}", list_path(of), field.name.as_str(), counted.word),
            label: counted.label,
            count: counted.count,
        });
        let title = format!("{} by {}", plural_label(of), field.label.to_lowercase());
        plots.push(Plot { title, bars: bars.collect() });
    }
    Ok(plots)
}
