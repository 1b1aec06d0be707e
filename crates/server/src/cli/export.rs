//! `domesday export`: records out of the register.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::encode::Member;
use app::export::{ExportFormat, ExportTarget};
use app::templates::TemplateExport;
use clap::{Args, ValueEnum};
use domain::filter::{filter, search};
use domain::nearest::nearest;
use domain::query::order::{default_order, order};
use domain::query::{Expr, Page, Plan};
use domain::schema::{Schema, Type};

use super::import::pair;
use super::output::{self, Output, Usage};
use crate::config::Config;
use crate::wire;

/// Write records out as CSV, XLSX, JSON, JSON lines or YAML; an import reads them back.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    domesday export server --format csv --output fleet.csv\n  \
    domesday export server --filter dc__name=iad1 --filter 'ip__net=10.0.0.0/8'\n  \
    domesday export server --search db --ordering -updated_at --format jsonl | jq .name\n  \
    domesday export server --as-of 2026-01-31 --output january.xlsx\n  \
    domesday export server --output fleet.yaml\n  \
    domesday export server --template backends --filter state=active")]
pub(super) struct Export {
    /// The type of the records, such as server.
    #[arg(value_name = "TYPE")]
    type_name: String,
    /// Only records that this is true of, as in the address of a list: `dc__name=iad1`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    filter: Vec<(String, String)>,
    /// Only records that hold these words.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// The order, as in the address of a list: `-updated_at,name`.
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true)]
    ordering: Option<String>,
    /// The records as they stood at a moment: a commit's number, a time, a day, yesterday, 30d.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<String>,
    /// The form; by the ending of the file, if nothing is said, else CSV.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The form is that of a template: one of the configuration, or one that was uploaded.
    #[arg(long, value_name = "NAME", conflicts_with = "format")]
    template: Option<String>,
    /// The file to write; standard output, if nothing is said.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    /// Rows of cells under a header.
    Csv,
    /// An object a line.
    Jsonl,
    /// A workbook with one sheet.
    Xlsx,
    /// A list of objects.
    Json,
    /// A list of mappings, as YAML has them.
    Yaml,
}

/// The type of this name or plural.
pub(super) fn find_type<'s>(schema: &'s Schema, name: &str) -> Result<&'s Type, Usage> {
    let found = schema.named(name).or_else(|| schema.by_plural(name));
    found.ok_or_else(|| {
        let known: Vec<&str> = schema.types().iter().map(|of| of.name.as_str()).collect();
        let meant = nearest(name, known.iter().copied())
            .map(|meant| format!(" (did you mean {meant}?)"))
            .unwrap_or_default();
        Usage(format!("there is no type {name:?}{meant}; the types are: {}", known.join(", ")))
    })
}

impl Export {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let schema = wire::schema(config)?;
        let record_type = find_type(&schema, &self.type_name)?;
        let mut plan = self.plan(&schema, record_type)?;
        let app = wire::open_existing(config).await?;
        let ctx = wire::context(&app, None);
        if let Some(text) = &self.as_of {
            plan.as_of = Some(super::past::commit_of(&app, "--as-of", text).await?);
        }
        let base_url = super::past::base_url(config);
        let total = count(&app, &ctx, &plan).await?;
        let made = match &self.template {
            Some(name) => {
                Some(self.templated((&app, &ctx), plan.clone(), (name, &base_url)).await?)
            }
            None => None,
        };
        let part = self.output.as_deref().map(part_of);
        let mut out = open(part.as_deref())?;
        let count = if let Some(made) = made {
            out.write_all(&made)?;
            out.flush()?;
            total
        } else {
            let bar = output::bar(total);
            let target = ExportTarget {
                format: self.format(),
                base_url: &base_url,
                out: &mut out,
                progress: &|count| bar.set_position(count),
            };
            let done = app.export_to(&ctx, plan, target).await;
            bar.finish_and_clear();
            done?
        };
        if let (Some(part), Some(path)) = (part, &self.output) {
            // Under its name stands a whole export or none.
            std::fs::rename(&part, path)
                .with_context(|| format!("{} can't be written", path.display()))?;
        }
        self.tell(record_type.name.as_str(), count, output)
    }

    /// What a template makes of the records.
    async fn templated(
        &self,
        (app, ctx): (&app::App, &app::Context),
        plan: Plan,
        (name, base_url): (&str, &str),
    ) -> anyhow::Result<Vec<u8>> {
        let pages = app.stand().await?.heads.pages;
        let template = app.template_for(ctx, pages, (name, plan.type_index)).await?;
        let members = Member::full(app.schema.get(plan.type_index));
        let search = self.search.iter().map(|text| ("search".to_owned(), text.clone()));
        let filters: Vec<_> = self.filter.iter().cloned().chain(search).collect();
        let members = members.as_slice();
        let asked = TemplateExport { template, plan, members, base_url, filters: &filters };
        Ok(app.export_template(ctx, asked).await?)
    }

    fn format(&self) -> ExportFormat {
        let ending = self.output.as_deref().and_then(Path::extension);
        match (self.format, ending.and_then(std::ffi::OsStr::to_str)) {
            (Some(FileFormat::Xlsx), _) | (None, Some("xlsx")) => ExportFormat::Xlsx,
            (Some(FileFormat::Json), _) | (None, Some("json")) => ExportFormat::Json,
            (Some(FileFormat::Yaml), _) | (None, Some("yaml" | "yml")) => ExportFormat::Yaml,
            (Some(FileFormat::Jsonl), _) | (None, Some("jsonl" | "ndjson")) => {
                ExportFormat::JsonLines
            }
            (Some(FileFormat::Csv) | None, _) => ExportFormat::Csv,
        }
    }

    /// Says what was written; as JSON on standard output, unless the records went there.
    fn tell(&self, type_name: &str, count: u64, output: Output) -> anyhow::Result<()> {
        let file = self.output.as_ref().map(|path| path.display().to_string());
        if output.json {
            let told = serde_json::json!({ "type": type_name, "records": count, "file": file });
            if file.is_some() { output::json(&told)? } else { output::note(told)? }
        } else if let Some(file) = file {
            output::note(format_args!("Wrote {count} records to {file}."))?;
        }
        Ok(())
    }

    fn plan(&self, schema: &Schema, record_type: &Type) -> Result<Plan, Usage> {
        let wrong = |faults: domain::fault::Faults| Usage(faults.to_string());
        let mut filters = vec![filter(record_type, schema, &self.filter).map_err(wrong)?];
        filters.extend(self.search.as_deref().map(search));
        Ok(Plan {
            type_index: record_type.index,
            filter: Expr::And(filters),
            order: match &self.ordering {
                Some(text) => order(schema, record_type, text).map_err(wrong)?,
                None => default_order(record_type),
            },
            page: Page::All,
            count: false,
            as_of: None,
        })
    }
}

async fn count(app: &app::App, ctx: &app::Context, plan: &Plan) -> anyhow::Result<u64> {
    let plan = Plan { page: Page::Offset { offset: 0, limit: 1 }, count: true, ..plan.clone() };
    Ok(app.find(ctx, plan).await?.count.unwrap_or_default())
}

/// Where a file is written until it is whole.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn open(path: Option<&Path>) -> anyhow::Result<Box<dyn Write + Send>> {
    Ok(match path {
        None => Box::new(std::io::stdout()),
        Some(path) => {
            let file = std::fs::File::create(path)
                .with_context(|| format!("{} can't be written", path.display()))?;
            Box::new(BufWriter::new(file))
        }
    })
}
