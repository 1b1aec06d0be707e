//! Tells which records nobody has touched for long.

use std::sync::Arc;

use domain::filter::filter;
use domain::moment::Span;
use domain::query::{Expr, Page, Plan};
use domain::value::datetime_text;

use crate::encode::display;
use crate::tasks::{Doing, Failure, Run, Work};

/// How many records are told by name.
const TOLD_MAX: u32 = 100;

/// Tells which records nobody has touched for long.
pub struct ReportStale {
    /// The name of their type.
    pub type_name: String,
    /// How long.
    pub untouched_for: Span,
}

impl Work for ReportStale {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            let ctx = run.context();
            let schema = Arc::clone(&run.app.schema);
            let of = schema.named(&self.type_name);
            let of = of.ok_or_else(|| format!("the schema has no type {}", self.type_name))?;
            let before = self.untouched_for.before(ctx.now).unwrap_or(ctx.now);
            let asked = [("updated_at__lt".to_owned(), datetime_text(before))];
            let untouched = filter(of, &schema, &asked).map_err(|faults| faults.to_string())?;
            let plan = Plan {
                type_index: of.index,
                filter: Expr::And(vec![untouched]),
                order: Vec::new(),
                page: Page::Offset { limit: TOLD_MAX, offset: 0 },
                count: true,
                as_of: None,
            };
            let found = run.app.find(&ctx, plan).await.map_err(Failure::from)?;
            let all = found.count.unwrap_or(0);
            run.count("stale", all);
            run.info(format!("{all} {} not touched since {}", of.plural, datetime_text(before)));
            for record in &found.records {
                let at = datetime_text(record.updated_at);
                run.info(format!("{} (id {}): {at}", display(of, record), record.id));
            }
            Ok(())
        })
    }
}
