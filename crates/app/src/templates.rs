//! Templates of exports: what people wrote to have the records of a list in a form of their own. Those
//! of the configuration are this process's; those that administrators upload are everybody's.
//!
//! ```text
//! ?export=NAME ─ template_for: compiled, by the head of pages ─ export_template: records as values
//!              ─ render: in a sandbox, within bounds ─ the answer
//! ```
//! A template sees the records and what was asked, and nothing that moves by itself: its answers are
//! kept under a key that has its digest in it.

mod compile;
mod kept;
mod records;
mod render;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::query::Plan;
use tokio::sync::Semaphore;

pub use compile::{CompiledTemplate, MEDIA_TYPE_DEFAULT, TemplateFault, TemplateText, compile};
pub use kept::{Origin, TEMPLATES_MAX, TEXT_LENGTH_MAX, TemplateDraft, ToldTemplate, is_name};
pub use render::Limits;

use crate::encode::Member;
use crate::{App, Context, Error};
use records::Gathered;

/// Templates that are rendered at once: each may keep a processor busy, and hold its records.
const AT_ONCE: usize = 2;

/// The templates of this process. Clones share what is known of those that were uploaded.
#[derive(Clone, Debug)]
pub struct Templates {
    /// Those of the configuration, by name.
    configured: Arc<BTreeMap<String, Arc<CompiledTemplate>>>,
    /// Those that were uploaded, as they were where the head of pages stood so.
    uploaded: Arc<Mutex<Option<Uploaded>>>,
    at_once: Arc<Semaphore>,
    /// What a template may take.
    pub limits: Limits,
}

#[derive(Clone, Debug)]
struct Uploaded {
    /// The head of pages, which every upload moves.
    pages: i64,
    templates: Arc<BTreeMap<String, Arc<CompiledTemplate>>>,
}

impl Default for Templates {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Templates {
    /// What changes when those of the configuration do.
    pub fn configured_form(&self) -> String {
        let forms: Vec<String> = self.configured.values().map(|one| one.form()).collect();
        forms.join("\n")
    }

    /// With these of the configuration.
    pub fn new(configured: impl IntoIterator<Item = CompiledTemplate>) -> Self {
        let named = configured.into_iter().map(|one| (one.text.name.clone(), Arc::new(one)));
        Self {
            configured: Arc::new(named.collect()),
            uploaded: Arc::default(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            limits: Limits::default(),
        }
    }
}

/// What is to be made with a template.
#[derive(Clone, Debug)]
pub struct TemplateExport<'a> {
    /// It.
    pub template: Arc<CompiledTemplate>,
    /// Of which records.
    pub plan: Plan,
    /// With which of their members.
    pub members: &'a [Member],
    /// What addresses of records begin with (`https://host`).
    pub base_url: &'a str,
    /// The filters, as they were asked for.
    pub filters: &'a [(String, String)],
}

impl App {
    /// Has a template make what it makes of all that a plan matches.
    ///
    /// # Errors
    /// [`Error::BadRequest`] of `export` where the template takes more than it may, fails, or is given
    /// more records than it is handed; others as of reading.
    pub async fn export_template(
        &self,
        ctx: &Context,
        asked: TemplateExport<'_>,
    ) -> Result<Vec<u8>, Error> {
        let TemplateExport { template, plan, members, base_url, filters } = asked;
        let closed = |_closed| Error::from(sql::StoreError::Closed);
        // Held until the template is done, even if nobody waits for it any more.
        let permit = Arc::clone(&self.templates.at_once).acquire_owned().await.map_err(closed)?;
        let record_type = self.schema.get(plan.type_index);
        let as_of = plan.as_of;
        let mut gathered = Gathered::new(&self.schema, record_type, members, base_url);
        let mut batches = self.export(ctx, plan)?;
        while let Some(batch) = batches.recv().await {
            for record in batch? {
                gathered.add(&record);
            }
            if let Some(told) = gathered.excess(self.templates.limits) {
                return Err(crate::people::bad("export", &told));
            }
        }
        drop(batches);
        let (count, limits) = (gathered.count(), self.templates.limits);
        let values = gathered.finish(base_url, filters, as_of);
        let name = template.text.name.clone();
        let rendered = tokio::task::spawn_blocking(move || {
            let _held = permit;
            render::render(&template, limits, count, values)
        });
        let rendered = rendered.await.map_err(|_failed| sql::StoreError::Closed)?;
        rendered
            .map_err(|fault| crate::people::bad("export", &format!("The template {name} {fault}.")))
    }
}
