//! Opening the register: the database, and the schema applied to it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use domain::access::{Access, Actor, Right};
use domain::audit::{self, Event};
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Refusal, Target, Unnamed, draft,
};
use domain::json::Json;
use domain::query::{Expr, Page, Plan};
use domain::record::{Record, Timestamp};
use domain::review::admit;
use domain::schema::plan::{Fill, Rule, Step, Work, plan};
use domain::schema::{Field, Schema, Type};
use domain::value::{Value, parse_scalar};
use sql::write::CommitInfo;
use sql::{Store, StoreError, Writer, read, write};

use tokio::sync::Semaphore;

use crate::{
    App, Bodies, Clock, Context, Entropy, Error, Freshness, PasswordCost, Progress, Remembered,
    Running, SessionLimits, Sources, Tasks, Templates, Webhooks, schema_file,
};

/// What the applied schema is called where it can't be read.
const APPLIED: &str = "the applied schema";

/// Passwords checked at once: each takes 19 MiB and a processor for a while.
const PASSWORD_CHECKS_MAX: usize = 2;

/// The origin of commits and events that follow from a change of the schema.
const ORIGIN: &str = "schema";

/// Why the register can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database can't be reached or used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Applying the schema would drop or narrow what records hold.
    #[error(
        "the schema would lose something: {}; if this is not the schema of the register, name that \
         with --schema or schema.file; else apply it with `domesday schema apply --allow-loss {}`",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        names(.0).join(" --allow-loss ")
    )]
    WouldLose(Vec<Step>),
}

fn names(steps: &[Step]) -> Vec<String> {
    let mut names: Vec<String> = steps.iter().map(Step::name).collect();
    names.dedup();
    names
}

impl App {
    /// Opens the database, and applies the schema where that only adds to what is there, or loses
    /// what `allow_loss` names.
    ///
    /// # Errors
    /// When the database can't be used, or applying the schema would lose something else.
    pub async fn open(
        settings: sql::Settings,
        schema: Schema,
        allow_loss: Vec<String>,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        let store = Store::open(settings).await?;
        let app = Self::over(Arc::new(schema), store, clock, entropy);
        if app.pending_steps().await?.is_none_or(|steps| !steps.is_empty()) {
            let (schema, now) = (Arc::clone(&app.schema), app.clock.now());
            let refused =
                app.store.write(move |writer| apply(writer, &schema, &allow_loss, now)).await?;
            if !refused.is_empty() {
                return Err(OpenError::WouldLose(refused));
            }
        }
        Ok(app)
    }

    /// A register over a database, whose tables are not looked at.
    pub fn over(schema: Arc<Schema>, store: Store, clock: Clock, entropy: Entropy) -> Self {
        Self {
            schema,
            store,
            clock,
            entropy,
            password_cost: PasswordCost::default(),
            session_limits: SessionLimits::default(),
            password_checks: Arc::new(Semaphore::new(PASSWORD_CHECKS_MAX)),
            running: Running::default(),
            freshness: Freshness::default(),
            remembered: Remembered::default(),
            bodies: Bodies::default(),
            tasks: Tasks::default(),
            webhooks: Webhooks::default(),
            sources: Sources::default(),
            templates: Templates::default(),
        }
    }

    /// Whether the database answers and holds the tables of this schema: another process may have
    /// applied another one since.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn is_ready(&self) -> Result<bool, Error> {
        Ok(self.pending_steps().await?.is_some_and(|steps| steps.is_empty()))
    }

    /// Which database this is: `SQLite` or `PostgreSQL`, and its version.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer; others when the database can't be
    /// asked.
    pub async fn database(&self, ctx: &Context) -> Result<(&'static str, String), Error> {
        ctx.must_everywhere(Right::Administer)?;
        Ok(self.store.read(read::engine).await?)
    }

    /// What applying the schema would do to the database; `None` when no schema was ever applied.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn pending_steps(&self) -> Result<Option<Vec<Step>>, StoreError> {
        let applied = self.store.read(write::applied_schema).await?;
        applied.map(|text| Ok(plan(&read_applied(&text)?, &self.schema))).transpose()
    }
}

/// The schema whose text the database keeps.
pub(crate) fn read_applied(text: &str) -> Result<Schema, StoreError> {
    schema_file::read_applied(APPLIED, text).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        StoreError::Corrupt(faults.join("; "))
    })
}

/// Applies the schema; gives the steps that would lose something unnamed, and then does nothing.
fn apply(
    writer: &mut Writer<'_>,
    schema: &Schema,
    allow_loss: &[String],
    now: Timestamp,
) -> Result<Vec<Step>, StoreError> {
    // Another replica may have been quicker; whoever comes second finds nothing to do.
    write::lock_register(writer)?;
    let mut told = Vec::new();
    match write::applied_schema(writer)? {
        None => {
            let types: Vec<&Type> = schema.types().iter().collect();
            write::create_types(writer, schema, &types)?;
        }
        Some(applied) => {
            let old = read_applied(&applied)?;
            let steps = plan(&old, schema);
            let unnamed = |step: &&Step| step.is_lossy() && !allow_loss.contains(&step.name());
            let refused: Vec<Step> = steps.iter().filter(unnamed).cloned().collect();
            if !refused.is_empty() {
                return Ok(refused);
            }
            told.extend(steps.iter().map(ToString::to_string));
            clear_dropped(writer, &old, &steps, now)?;
            write::alter(writer, &old, schema, &steps)?;
            refit(writer, schema, &steps, now)?;
        }
    }
    write::remember_schema(writer, &schema_file::write(schema), now)?;
    write::audit_add(
        writer,
        &Event {
            at: now,
            actor: Actor::System.name().to_owned(),
            token: None,
            origin: ORIGIN.to_owned(),
            request_id: None,
            action: audit::Action::SchemaApplied,
            subject: format!("schema of {} types", schema.types().len()),
            reason: Some(told.join("; ")).filter(|told| !told.is_empty()),
        },
    )?;
    Ok(Vec::new())
}

/// Makes records hold what the new schema wants of them, as one commit: added fields get their
/// default, and values that are taken no more give way to it, or to null.
fn refit(
    writer: &mut Writer<'_>,
    schema: &Schema,
    steps: &[Step],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut proposal = Proposal::default();
    for of in schema.types() {
        let fields: Vec<&str> = steps
            .iter()
            .filter(|step| step.type_name == of.name && may_not_fit(&step.work))
            .filter_map(|step| step.field.as_ref().map(domain::schema::FieldName::as_str))
            .collect();
        if !fields.is_empty() {
            propose_refit(writer, schema, of, &fields, &mut proposal)?;
        }
    }
    commit(writer, schema, proposal, now)
}

/// Clears, as one commit under the old schema, what the new one has no place for: the values of
/// fields that go or point elsewhere, and the records of types that go. So history says that they
/// went, and a field or type that comes again under the same name begins empty.
fn clear_dropped(
    writer: &mut Writer<'_>,
    old: &Schema,
    steps: &[Step],
    now: Timestamp,
) -> Result<(), StoreError> {
    let goes = |of: &Type, field: Option<&Field>| {
        steps.iter().any(|step| {
            step.type_name == of.name
                && step.field.as_ref() == field.map(|field| &field.name)
                && matches!(
                    step.work,
                    Work::DropType | Work::DropField | Work::Narrow(Rule::Target { .. })
                )
        })
    };
    let mut types = old.types().to_vec();
    let mut proposal = Proposal::default();
    for of in &mut types {
        let mut cleared = FieldsInput::new();
        let whole = of.clone();
        for field in of.fields.iter_mut().filter(|field| goes(&whole, Some(field))) {
            // It may be empty from now on, required or not.
            field.required = false;
            cleared.insert(field.name.to_string(), Json::Null);
        }
        let type_goes = goes(&whole, None);
        if !type_goes && cleared.is_empty() {
            continue;
        }
        for_each_record(writer, old, &whole, |record| {
            let target = Target::Id(record.id);
            let action = if type_goes {
                Action::Delete { target }
            } else {
                Action::Update { target, fields: cleared.clone(), unnamed: Unnamed::Keep }
            };
            proposal.changes.push(ProposedChange {
                type_index: whole.index,
                action,
                preconditions: Preconditions::default(),
            });
        })?;
    }
    commit(writer, &Schema::from_types(types), proposal, now)
}

/// Makes the changes that a schema asks of records; none make no commit.
fn commit(
    writer: &mut Writer<'_>,
    schema: &Schema,
    proposal: Proposal,
    now: Timestamp,
) -> Result<(), StoreError> {
    let checked = crate::check::check(
        writer,
        schema,
        &Access::everything(),
        draft(schema, proposal),
        &Progress::NONE,
    )?;
    let checked = checked.map_err(|refused| {
        let first = refused.first().map_or_else(String::new, |refused| match &refused.why {
            Refusal::Invalid(faults) => faults.to_string(),
            Refusal::NotFound | Refusal::Exists | Refusal::Stale { .. } => {
                "it has changed meanwhile".to_owned()
            }
            Refusal::Protected { .. } => "other records refer to it".to_owned(),
        });
        StoreError::Schema(format!(
            "{} records can't follow the schema, the first because: {first}; give the field a \
             default, or change the records first",
            refused.len(),
        ))
    })?;
    if checked.changes.is_empty() {
        return Ok(());
    }
    let reason = "the schema was changed";
    let approved = admit(schema, Some(reason), checked.changes)
        .map_err(|denied| StoreError::Schema(denied.to_string()))?;
    let info = CommitInfo {
        now,
        actor: Actor::System.name().to_owned(),
        token: None,
        origin: ORIGIN.to_owned(),
        reason: Some(reason.to_owned()),
        request_id: None,
    };
    write::commit(writer, schema, &approved, &info, &|_| {}).map(drop)
}

fn may_not_fit(work: &Work) -> bool {
    if let Work::AddField { fill, .. } = work {
        return *fill != Fill::Null;
    }
    matches!(work, Work::ChangeKind { .. } | Work::Narrow(_))
}

fn propose_refit(
    writer: &mut Writer<'_>,
    schema: &Schema,
    of: &Type,
    fields: &[&str],
    proposal: &mut Proposal,
) -> Result<(), StoreError> {
    for_each_record(writer, schema, of, |record| {
        let changed = unfit(of, fields, record);
        if !changed.is_empty() {
            let target = Target::Id(record.id);
            let action = Action::Update { target, fields: changed, unnamed: Unnamed::Keep };
            let type_index = of.index;
            proposal.changes.push(ProposedChange {
                type_index,
                action,
                preconditions: Preconditions::default(),
            });
        }
    })
}

/// Reads every record of a type, piece by piece.
fn for_each_record(
    writer: &mut Writer<'_>,
    schema: &Schema,
    of: &Type,
    mut work: impl FnMut(&Record),
) -> Result<(), StoreError> {
    let plan = Plan {
        type_index: of.index,
        filter: Expr::all(),
        order: Vec::new(),
        page: Page::All,
        count: false,
        as_of: None,
    };
    read::export(writer, schema, &plan, &|_| None, |records| {
        records.iter().for_each(&mut work);
        ControlFlow::Continue(())
    })
}

/// The fields of a record whose value is missing or taken no more, with what shall stand in.
fn unfit(of: &Type, fields: &[&str], record: &Record) -> BTreeMap<String, Json> {
    let mut changed = BTreeMap::new();
    for field in fields.iter().filter_map(|name| of.field_named(name)) {
        let value = record.fields.get(field.index);
        let fits = match value {
            None => !field.required,
            Some(Value::Ref(_) | Value::Refs(_) | Value::Json(_)) => true,
            Some(value) => parse_scalar(&field.kind, &Json::Text(value.to_text())).is_ok(),
        };
        if !fits {
            let stand_in =
                field.default.as_ref().map_or(Json::Null, |default| Json::Text(default.to_text()));
            changed.insert(field.name.to_string(), stand_in);
        }
    }
    changed
}
