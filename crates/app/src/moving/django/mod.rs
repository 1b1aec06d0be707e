//! A Django application with a table for each type, django-simple-history, an audit and a queue of
//! approvals, as such inventories are: its users, records, tags, history, audit and open approvals.

mod audit;
mod history;
mod models;
mod people;
mod replay;
mod requests;
mod values;

use std::collections::{BTreeMap, HashMap};

use domain::schema::{Schema, Type};
use sql::write;
use sql::{Foreign, ForeignPage, ForeignRow, Reader, StoreError, Writer};

use super::bring::{Batch, Known, Told, digest_of};
use super::{BATCH, Here, MoveOptions, Mover, Report};
use crate::people::bad;
use crate::{App, Context, Error};
use history::Histories;
use models::{Model, Models, USERS};
use people::Names;
use values::{Linked, Reading, links, name_of, number_of, said};

/// What the system is called in the register.
const SOURCE: &str = "django";
/// The last row that was brought of something that is numbered.
const LAST: &str = "last";

/// Where the tables are, and what their values mean here.
#[derive(Clone, Debug, Default)]
pub struct DjangoOptions {
    /// The application's label, with which the names of its tables begin; found where nobody says.
    pub app: Option<String>,
    /// The tables of types, by the names of these, where they are called something else.
    pub tables: BTreeMap<String, String>,
    /// The fields of columns, by type and column, where they are called something else.
    pub columns: BTreeMap<(String, String), String>,
    /// What values of choices are here, by type, field and value.
    pub values: BTreeMap<(String, String, String), String>,
}

impl App {
    /// Brings over what a Django application's database holds and what is not here yet.
    ///
    /// # Errors
    /// [`Error::BadRequest`] where its tables can't be told; others when one of the two databases can't
    /// be asked. What was brought by then stays.
    pub async fn import_django(
        &self,
        ctx: &Context,
        foreign: Foreign,
        (django, options): (DjangoOptions, &MoveOptions),
    ) -> Result<Report, Error> {
        ctx.must_anywhere(domain::access::Right::Administer)?;
        let schema = self.schema.clone();
        let begin = move |reader: &mut Reader<'_>| {
            let tables = foreign.tables()?;
            let models = match models::models(&schema, &tables, &django) {
                Ok(models) => models,
                Err(why) => return Ok(Err(bad("tables", &why))),
            };
            Django::new(reader, &schema, (foreign, models, django)).map(Ok)
        };
        let mover = self.store.read(begin).await??;
        let report = self.move_in(ctx, mover, options).await?;
        if !options.dry_run {
            self.store.write(write::refresh_statistics).await?;
        }
        Ok(report)
    }
}

/// A Django application that is being brought over.
struct Django {
    foreign: Foreign,
    models: Models,
    options: DjangoOptions,
    known: Known,
    names: Names,
    histories: Histories,
    report: Report,
    stage: Stage,
}

/// What comes next. What others refer to comes first, then the history of the rest, then the rest as it
/// is now.
enum Stage {
    People {
        after: i64,
    },
    /// Types that need no history to have come.
    Names(Table),
    History,
    /// The other types as they are now, with what no history tells, such as tags.
    Records(Table),
    Audit {
        after: i64,
    },
    Requests {
        place: usize,
    },
    Done,
}

/// How far the tables of types are.
#[derive(Default)]
struct Table {
    place: usize,
    after: i64,
    /// What its rows refer to by many-to-many fields, once that is read.
    linked: Option<HashMap<String, Linked>>,
    /// Whether rows of it wait for others of it.
    is_partial: bool,
    /// Whether it is read the second time.
    is_again: bool,
}

impl Mover for Django {
    fn advance(&mut self, writer: &mut Writer<'_>, at: &Here) -> Result<bool, StoreError> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::People { after } => self.people(writer, at, after)?,
            Stage::Names(table) => self.names(writer, at, table)?,
            Stage::History => self.history(writer, at)?,
            Stage::Records(table) => self.records(writer, at, table)?,
            Stage::Audit { after } => self.audit(writer, at, after)?,
            Stage::Requests { place } => self.requests(writer, at, place)?,
            Stage::Done => return Ok(false),
        };
        Ok(true)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

impl Django {
    fn new(
        reader: &mut Reader<'_>,
        schema: &Schema,
        (foreign, models, options): (Foreign, Models, DjangoOptions),
    ) -> Result<Self, StoreError> {
        let known = Known::read(reader, schema, SOURCE)?;
        let mut left_at = HashMap::new();
        for model in &models.all {
            left_at.insert(model.of, last(reader, &history::kind(schema, model.of))?);
        }
        let histories = Histories::new(&models.all, &left_at);
        let report = Report { passed_over: models.passed_over.clone(), ..Report::default() };
        let (names, stage) = (Names::new(), Stage::People { after: 0 });
        Ok(Self { foreign, models, options, known, names, histories, report, stage })
    }

    fn people(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        after: i64,
    ) -> Result<Stage, StoreError> {
        if !self.models.has_users {
            return Ok(Stage::Names(Table::default()));
        }
        let rows = self.foreign.rows(page(USERS, "id", after))?;
        let next = next_after(&rows, "id");
        people::bring(writer, at, rows, (&mut self.names, &mut self.report))?;
        Ok(next.map_or_else(|| Stage::Names(Table::default()), |after| Stage::People { after }))
    }

    /// What has no history is as old as the oldest history that may refer to it.
    fn names(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        table: Table,
    ) -> Result<Stage, StoreError> {
        let oldest = self.histories.next_at(&self.foreign, &self.names)?;
        let now = oldest.map_or(at.now(), |oldest| oldest.min(at.now()));
        let at = &Here { ctx: Context { now, ..at.ctx.clone() }, ..at.clone() };
        let next = self.table(writer, at, table, |model| model.is_early)?;
        Ok(next.map_or(Stage::History, Stage::Names))
    }

    fn records(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        table: Table,
    ) -> Result<Stage, StoreError> {
        let next = self.table(writer, at, table, |model| !model.is_early)?;
        Ok(next.map_or(Stage::Audit { after: -1 }, Stage::Records))
    }

    /// Brings the next rows of types as they are now; `None` when there are no more.
    fn table(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        mut table: Table,
        is_wanted: impl Fn(&Model) -> bool,
    ) -> Result<Option<Table>, StoreError> {
        let Some(model) = self.models.all.get(table.place).cloned() else {
            return Ok(None);
        };
        if !is_wanted(&model) {
            return Ok(Some(Table { place: table.place.saturating_add(1), ..Table::default() }));
        }
        let linked = match table.linked.take() {
            Some(linked) => linked,
            None => self.linked(&model.lists)?,
        };
        let rows = self.foreign.rows(page(&model.table, "id", table.after))?;
        let next = next_after(&rows, "id");
        table.is_partial |= self.rows(writer, at, (&model, &linked), rows)?;
        Ok(Some(match next {
            Some(after) => Table { after, linked: Some(linked), ..table },
            // What they refer to among themselves has come by now.
            None if table.is_partial && !table.is_again => {
                Table { place: table.place, is_again: true, ..Table::default() }
            }
            None => Table { place: table.place.saturating_add(1), ..Table::default() },
        }))
    }

    /// Brings rows of a type that say something new; whether some are not whole yet.
    fn rows(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        (model, linked): (&Model, &HashMap<String, Linked>),
        rows: Vec<ForeignRow>,
    ) -> Result<bool, StoreError> {
        let of = at.schema.get(model.of);
        let none = Linked::new();
        let (mut told, mut has_partial) = (Vec::new(), false);
        for row in rows {
            let Some(foreign_id) = row.get("id").and_then(number_of) else { continue };
            let linked = linked.get(&foreign_id).unwrap_or(&none);
            let name = name_of(of, &row, &foreign_id);
            let digest = digest_of(&said(&row, linked));
            let mut one = Told { foreign_id, name, fields: None, digest };
            if self.known.is_told(of.index, &one) {
                self.report.unchanged(of.name.as_str(), 1);
                continue;
            }
            let reading = self.reading(of, model);
            match reading.fields(&row, Some((&model.lists, linked))) {
                Ok(values::Fields { fields, is_partial }) => {
                    if is_partial {
                        has_partial = true;
                        one.digest = String::new();
                    }
                    told.push(Told { fields: Some(fields), ..one });
                }
                Err(why) => self.report.leave_out(of.name.as_str(), &one.name, why),
            }
        }
        self.bring(writer, at, (of, of.name.as_str(), told))?;
        Ok(has_partial)
    }

    fn bring(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        (of, kind, told): (&Type, &str, Vec<Told>),
    ) -> Result<(), StoreError> {
        let batch = Batch { of, kind, makes_references: true, told };
        self.known.bring(writer, (&at.schema, &at.ctx), batch, &mut self.report)
    }

    fn reading<'a>(&'a self, of: &'a Type, model: &'a Model) -> Reading<'a> {
        Reading { of, model, known: &self.known, options: &self.options }
    }

    /// What rows refer to by many-to-many fields.
    fn linked(&self, lists: &[models::List]) -> Result<HashMap<String, Linked>, StoreError> {
        let mut linked = HashMap::new();
        for list in lists {
            let mut after = 0;
            loop {
                let rows = self.foreign.rows(page(&list.table, "id", after))?;
                let next = next_after(&rows, "id");
                links(rows, list, &mut linked);
                let Some(next) = next else { break };
                after = next;
            }
        }
        Ok(linked)
    }
}

/// The number of the last row that was brought of a kind.
fn last(reader: &mut Reader<'_>, kind: &str) -> Result<i64, StoreError> {
    let brought = write::brought(reader, (SOURCE, kind))?;
    let last = brought.into_iter().find(|one| one.foreign_id == LAST);
    Ok(last.and_then(|last| last.digest.parse().ok()).unwrap_or(0))
}

fn page<'a>(table: &'a str, key: &'a str, after: i64) -> ForeignPage<'a> {
    ForeignPage { table, key, after, limit: BATCH }
}

/// From where to read on; `None` where all has been read.
fn next_after(rows: &[ForeignRow], key: &str) -> Option<i64> {
    if rows.len() < BATCH as usize {
        return None;
    }
    rows.last()?.get(key).and_then(number_of)?.parse().ok()
}
